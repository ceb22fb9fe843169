//! The desk from a shell: exit codes, JSON shapes, and what each command leaves behind.

// the helpers of a test are tests too
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod ledgers;
mod place;
mod rules;
mod rules_corpus;
mod rules_diff;
mod rules_train;
mod tickets;

use std::{fs, io::Read as _};

use place::{MAIL, Place, open};

#[test]
fn wrong_usage_is_2_and_names_the_nearest() {
    let place = Place::new();
    place.ticket("Import");
    for (args, said) in [
        (vec!["tickets"], "ticket"),
        (vec!["ticket", "list", "--status", "opne"], "'open'"),
        (vec!["ticket", "set", "1", "--priority", "hihg"], "'high'"),
        (vec!["ticket", "set", "1"], "--priority"),
        (
            vec!["ticket", "set", "1", "--tag", "two words"],
            "without spaces",
        ),
        (
            vec!["ticket", "set", "1", "--assignee", "Ana"],
            "did you mean \"Anna\"?",
        ),
        (
            vec!["ticket", "reply", "1", "--agent", "bors@example.com"],
            "boris@example.com",
        ),
        (vec!["ticket", "show", "one"], "number"),
        (
            vec!["deliver", "--mailbox", "suport"],
            "did you mean \"support\"?",
        ),
        (vec!["outbox", "retry"], "--all"),
        (vec!["outbox", "drop", "1"], "--why"),
        (vec!["quarantine", "drop", "1", "--why", " "], "say why"),
        (vec!["survey", "report", "--by", "agents"], "'agent'"),
        (
            vec!["survey", "report", "--from", "yesterday"],
            "2026-01-31",
        ),
        (vec!["survey", "report", "--csv", "--json"], "--csv"),
        (vec!["-v", "-q", "status"], "--quiet"),
    ] {
        let ended = place.run(&args);
        assert_eq!(
            (ended.code, ended.out.as_str()),
            (2, ""),
            "of {args:?}: {}",
            ended.err
        );
        assert!(ended.err.contains(said), "of {args:?}: {}", ended.err);
    }
}

#[test]
fn what_is_not_there_is_1_and_says_where_to_look() {
    let place = Place::new();
    for (args, said) in [
        (
            vec!["ticket", "show", "7"],
            "maildesk: there is no ticket 7: `maildesk ticket list`",
        ),
        (vec!["ticket", "reply", "7"], "there is no ticket 7"),
        (vec!["ticket", "note", "7"], "there is no ticket 7"),
        (
            vec!["ticket", "set", "7", "--status", "open"],
            "there is no ticket 7",
        ),
        (vec!["ticket", "merge", "7", "8"], "there is no ticket 7"),
        (vec!["ticket", "raw", "7"], "there is no ticket 7"),
        (vec!["rules", "explain", "7"], "there is no ticket 7"),
        (vec!["rules", "explain", "none.eml"], "name an .eml file"),
        (vec!["outbox", "show", "7"], "`maildesk outbox list`"),
        (vec!["outbox", "retry", "7"], "`maildesk outbox list`"),
        (
            vec!["quarantine", "show", "7"],
            "`maildesk quarantine list`",
        ),
        (
            vec!["quarantine", "release", "7"],
            "`maildesk quarantine list`",
        ),
        (
            vec!["survey", "exclude", "7", "--why", "a test"],
            "`maildesk survey list`",
        ),
    ] {
        let ended = place.run(&args);
        assert_eq!(
            (ended.code, ended.out.as_str()),
            (1, ""),
            "of {args:?}: {}",
            ended.err
        );
        assert!(
            ended.err.starts_with("maildesk: "),
            "of {args:?}: {}",
            ended.err
        );
        assert!(ended.err.contains(said), "of {args:?}: {}", ended.err);
        assert_eq!(ended.err.lines().count(), 1, "of {args:?}: {}", ended.err);
    }
}

#[test]
fn without_a_database_each_command_says_what_to_do() {
    let place = Place::without_database();
    for command in [
        "ticket list",
        "outbox list",
        "quarantine list",
        "survey list",
        "status",
    ] {
        let args: Vec<&str> = command.split(' ').collect();
        let ended = place.run(&args);
        assert_eq!((ended.code, ended.out.as_str()), (1, ""), "of {command}");
        assert!(
            ended.err.contains("start `maildesk run` once"),
            "{}",
            ended.err
        );
    }
    // the mail server is to keep the mail and to try again
    assert_eq!(
        place
            .run_with(&["deliver", "--mailbox", "support"], MAIL)
            .code,
        75
    );
    let left: Vec<_> = fs::read_dir(place.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn strangers_text_cannot_command_the_terminal() {
    let place = Place::new();
    place.ticket("\u{1b}]0;pwned\u{7}\u{1b}[2Jred\u{9b}31m\u{202e}txt\r\nfake line");
    let nasty = "Subject: =?utf-8?b?G1szMW0=?=txt\n\n\u{1b}]0;pwned\u{7}\u{202e}import fails\n";
    fs::write(place.path().join("nasty.eml"), nasty).unwrap();
    let is_harmless = |text: &str| {
        let odd = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}');
        !text.contains(odd)
    };
    for args in [
        vec!["ticket", "list"],
        vec!["ticket", "show", "1"],
        vec!["ticket", "show", "1", "--json"],
        vec!["rules", "explain", "nasty.eml"],
    ] {
        let text = place.text(&args);
        assert!(is_harmless(&text), "of {args:?}: {text:?}");
        assert!(text.contains("txt"), "of {args:?}: {text:?}");
    }
    let listed = place.json(&["ticket", "list"]);
    assert!(
        listed[0]["subject"]
            .as_str()
            .unwrap()
            .starts_with("\u{1b}]0;"),
        "JSON loses nothing"
    );
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let place = Place::new();
    place.fill(|pen| {
        for _ in 0..2_000 {
            open(
                pen,
                "A subject that fills the pipe of the one who reads along here",
            )?;
        }
        Ok(())
    });
    let args = ["--config", "config.toml", "ticket", "list", "--json"];
    let mut child = place.command(&args).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 10]).unwrap();
    drop(stdout);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "");
}

#[test]
fn packagers_get_completions_and_manuals() {
    let place = Place::without_database();
    for shell in ["bash", "zsh", "fish"] {
        let script = place.run_anywhere(&["completions", shell], b"");
        assert!(
            script.code == 0 && script.out.contains("quarantine"),
            "{shell}"
        );
    }
    assert_eq!(place.run_anywhere(&["man", "man1"], b"").code, 0);
    for page in ["maildesk.1", "maildesk-ticket-reply.1"] {
        let text = fs::read_to_string(place.path().join("man1").join(page)).unwrap();
        assert!(text.contains(".SH SYNOPSIS"), "{page}");
    }
}
