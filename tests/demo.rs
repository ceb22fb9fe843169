//! `maildesk demo` and `maildesk inspect`: the first minutes with the program.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod harness;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

use harness::{
    eventually, free_port, http,
    mail::{decoded, header},
    process::{Group, exit_code},
};
use serde_json::{Value, json};
use tempfile::TempDir;

const MAILS: &str = "src/cli/demo_mails";

/// `maildesk` without a config anywhere.
fn maildesk() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_maildesk"));
    command.env_remove("MAILDESK_CONFIG");
    command
}

#[track_caller]
fn done(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(exit_code(output.status), 0, "{command:?}: {error}");
    output
}

/// The shipped mails in the order of their arrival.
fn mails() -> Vec<PathBuf> {
    let files = fs::read_dir(MAILS).unwrap();
    let mut files: Vec<PathBuf> = files.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[track_caller]
fn demo(dir: &Path) -> Vec<Value> {
    let mut command = maildesk();
    command.args(["demo", "--once", "--json", "--dir"]).arg(dir);
    let output = done(&mut command);
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    printed.as_array().unwrap().clone()
}

#[test]
fn every_mail_of_the_demo_goes_where_it_should() {
    let dir = TempDir::new().unwrap();
    let lines = demo(dir.path());
    let seen: Vec<Value> = lines
        .iter()
        .map(|line| {
            json!([
                line["from"],
                line["subject"],
                line["kind"],
                line["disposition"],
                line["ticket"],
                line["priority"],
                line["category"]
            ])
        })
        .collect();
    let seen = seen
        .iter()
        .map(Value::to_string)
        .collect::<Vec<_>>()
        .join("\n");
    let expected = fs::read_to_string("tests/demo.jsonl").unwrap_or_default();
    assert_eq!(seen, expected.trim_end(), "what became of the mails");

    // each new ticket of a person was acknowledged, in a file of its own
    let mut told = BTreeSet::new();
    for entry in fs::read_dir(dir.path().join("outgoing")).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(path.extension().unwrap(), "eml");
        let mail = fs::read(&path).unwrap();
        assert_eq!(header(&mail, "Auto-Submitted").unwrap(), "auto-replied");
        let to = header(&mail, "To").unwrap();
        let to = to.trim_end_matches('>');
        let to = to.rsplit_once('<').map_or(to, |(_, to)| to).to_owned();
        assert!(decoded(&mail).0.contains("[#"));
        assert!(told.insert(to), "told twice: {path:?}");
    }
    let customers: BTreeSet<String> = lines
        .iter()
        .filter(|line| line["disposition"] == "open_ticket")
        .map(|line| line["from"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(told, customers);
}

#[test]
fn the_demo_shows_a_table_and_where_to_look() {
    let dir = TempDir::new().unwrap();
    let output = done(maildesk().args(["demo", "--once", "--dir"]).arg(dir.path()));
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("14 mails went through the desk"), "{shown}");
    for word in [
        "open_ticket (new_mail)",
        "append",
        "ignore",
        "high",
        "import",
        "#1",
    ] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    // what it says to look at is there
    let config = dir.path().join("config.toml");
    let with_config =
        |arguments: &[&str]| done(maildesk().arg("--config").arg(&config).args(arguments));
    let ticket = with_config(&["ticket", "show", "1"]);
    assert!(!ticket.stdout.is_empty());
    with_config(&["rules", "explain", "1"]);
    with_config(&["check"]);
    // a second demo does not write over the first
    let again = maildesk()
        .args(["demo", "--once", "--dir"])
        .arg(dir.path())
        .output()
        .unwrap();
    assert_ne!(exit_code(again.status), 0);
    assert!(String::from_utf8_lossy(&again.stderr).contains("not empty"));
}

#[test]
fn inspect_sees_in_each_mail_what_the_demo_made_of_it() {
    let dir = TempDir::new().unwrap();
    let lines = demo(dir.path());
    let output = done(maildesk().args(["inspect", "--json"]).args(mails()));
    let text = String::from_utf8(output.stdout).unwrap();
    let seen: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(seen.len(), lines.len());
    for (seen, line) in seen.iter().zip(&lines) {
        assert_eq!(seen["subject"], line["subject"]);
        assert_eq!(seen["from"]["address"], line["from"]);
        assert_eq!(seen["kind"], line["kind"]);
        let keys: BTreeSet<&str> = seen
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let promised = [
            "attachments",
            "bounce",
            "cc",
            "complaint",
            "date",
            "decision",
            "defects",
            "dmarc",
            "forwarded",
            "from",
            "in_reply_to",
            "kind",
            "kind_reason",
            "language",
            "message_id",
            "quoted",
            "references",
            "reply",
            "reply_to",
            "signature",
            "subject",
            "text",
            "to",
            "triage",
        ];
        assert_eq!(keys, BTreeSet::from(promised));
        for (object, promised) in [
            ("triage", &["priority", "category", "tags", "matched"][..]),
            ("decision", &["disposition", "reason", "ticket"]),
            ("from", &["name", "address"]),
        ] {
            for key in promised {
                assert!(seen[object].get(*key).is_some(), "{object}.{key}");
            }
        }
        if line["disposition"] == "open_ticket" {
            assert_eq!(seen["decision"]["disposition"], "open_ticket");
            assert_eq!(
                seen["triage"]["priority"], line["priority"],
                "{}",
                line["subject"]
            );
            assert_eq!(
                seen["triage"]["category"], line["category"],
                "{}",
                line["subject"]
            );
        }
        let is_bounce = seen["kind"] == "bounce";
        assert_eq!(seen["bounce"].is_object(), is_bounce);
    }
    let with_file = seen
        .iter()
        .filter(|seen| !seen["attachments"].as_array().unwrap().is_empty());
    for attachment in with_file.flat_map(|seen| seen["attachments"].as_array().unwrap()) {
        for key in ["name", "media_type", "size", "inline", "sha256"] {
            assert!(attachment.get(key).is_some(), "{key}");
        }
    }
    // one file is one document, spread over lines or not
    let one = done(maildesk().args(["inspect", "--json"]).arg(&mails()[0]));
    assert_eq!(
        serde_json::from_slice::<Value>(&one.stdout).unwrap(),
        seen[0]
    );
    // with the demo's desk it knows that it has seen them
    let config = dir.path().join("config.toml");
    let known = done(
        maildesk()
            .arg("--config")
            .arg(config)
            .args(["inspect", "--json"])
            .arg(&mails()[0]),
    );
    let known: Value = serde_json::from_slice(&known.stdout).unwrap();
    assert_eq!(known["decision"]["reason"], "duplicate");
}

#[test]
fn the_demo_serves_its_pages_until_it_is_asked_to_end() {
    let dir = TempDir::new().unwrap();
    let port = free_port();
    let mut command = maildesk();
    command.args(["demo", "--dir"]).arg(dir.path().join("desk"));
    command.arg("--listen").arg(format!("127.0.0.1:{port}"));
    let log = dir.path().join("log");
    let mut group = Group::spawn(&mut command, &log);
    let patience = Duration::from_secs(60);
    eventually(patience, "the table is shown", || {
        let shown = fs::read_to_string(&log).unwrap_or_default();
        shown
            .contains(&format!("http://127.0.0.1:{port}/readyz"))
            .then_some(())
    });
    let ready = http::request(port, "GET", "/readyz", &[], "").unwrap();
    assert_eq!(ready.status, 200);
    assert_eq!(ready.json()["ready"], true);
    assert_eq!(ready.json()["mailboxes"][0]["name"], "support");
    let metrics = http::request(port, "GET", "/metrics", &[], "")
        .unwrap()
        .body;
    assert!(
        metrics.contains("maildesk_messages_received_total{mailbox=\"support\"} 14"),
        "{metrics}"
    );
    group.signal("TERM");
    assert_eq!(exit_code(group.wait(patience)), 0);
}
