//! `maildesk auth`: what it takes, and what it says where there is no consent in the end.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
};

use crate::{
    harness::Desk,
    place::{SOON, USER},
    scene::{Scene, wait_up},
};

#[track_caller]
fn refused(desk: &Desk, arguments: &[&str], stdin: &str, code: i32) -> String {
    let output = desk.cli_output(arguments, stdin);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{told}");
    assert!(output.stdout.is_empty());
    told
}

#[test]
fn a_wrong_name_is_answered_with_the_right_one() {
    let scene = Scene::new();
    let desk = scene.setup().write();
    let told = refused(&desk, &["auth", "sales"], "", 2);
    assert!(told.contains("give one of support"), "{told}");
    let told = refused(&desk, &["auth", "smtp"], "", 2);
    assert!(
        told.contains("shares the consent of a mailbox: run `maildesk auth support`"),
        "{told}"
    );
    let told = refused(&desk, &["auth", "support"], "", 1);
    assert!(told.contains("start `maildesk run` once"), "{told}");
    assert!(scene.tokens.asked("/device").is_empty());
    let check = desk.cli_text(&["check"], "");
    assert!(
        check.contains("consent for support: none yet: run `maildesk auth support`"),
        "{check}"
    );
    assert!(!desk.dir().join("maildesk.db").exists());
    let plain = Desk::setup()
        .mailbox("support", &scene.dovecot.account(USER))
        .smtp(&scene.smtp.account())
        .write();
    let told = refused(&plain, &["auth", "support"], "", 2);
    assert!(told.contains("add [mailbox.oauth2]"), "{told}");
}

#[test]
fn a_person_who_says_no_and_one_who_does_nothing_are_told_so() {
    let scene = Scene::new();
    let desk = scene.setup().start();
    desk.wait_log("there is no consent", SOON);
    for error in ["access_denied", "expired_token"] {
        scene.tokens.set_pending(&[error]);
        let told = refused(&desk, &["auth", "support"], "", 1);
        assert!(
            told.contains(&format!("no consent was given ({error}")),
            "{told}"
        );
    }
    let told = refused(
        &desk,
        &["auth", "support", "--refresh-token-stdin"],
        "\n",
        2,
    );
    assert!(told.contains("standard input"), "{told}");
    scene.tells_no_secret(&desk, &told);
}

#[test]
fn the_servers_say_by_check_online_how_the_desk_logs_in() {
    let scene = Scene::new();
    let desk = scene.setup().start();
    desk.wait_log("there is no consent", SOON);
    let before = desk.cli_output(&["check", "--online"], "");
    let said = String::from_utf8(before.stdout).unwrap();
    assert_eq!(before.status.code(), Some(1), "{said}");
    assert!(said.contains("run `maildesk auth support`"), "{said}");
    desk.cli_text(&["auth", "support"], "");
    wait_up(&desk);
    let said = desk.cli_text(&["check", "--online"], "");
    for words in [
        "mailbox support: logged in by OAuth2 with the consent for support",
        "logged in by OAuth2 with the consent for support to fake.example",
        "consent for support: there",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let status = desk.cli(&["status", "--json"]);
    assert_eq!(status["consents"][0]["name"], "support");
    assert_eq!(status["consents"][0]["ended"], "");
    // the check used the desk's token and gave it back: the desk goes on
    let used = scene.tokens.refreshed_with();
    let mut distinct = used.clone();
    distinct.dedup();
    assert_eq!(distinct, used);
    scene.tells_no_secret(&desk, &format!("{said}{status}"));
}

#[test]
fn consent_in_a_browser_comes_back_as_a_pasted_address() {
    let scene = Scene::new();
    let keys = ", grant = \"code\", auth_url = \"https://id.example.com/auth\"";
    let oauth2 = scene.tokens.settings_with(keys);
    let desk = scene
        .setup_at(&scene.dovecot.account(USER), &oauth2)
        .start();
    desk.wait_log("there is no consent", SOON);
    let mut child = Command::new(env!("CARGO_BIN_EXE_maildesk"))
        .arg("--config")
        .arg(desk.config())
        .args(["auth", "support"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let address = lines
        .find_map(|line| {
            let line = line.unwrap();
            line.contains("https://id.example.com/auth?")
                .then_some(line)
        })
        .unwrap();
    let (_, query) = address.split_once('?').unwrap();
    let state = form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == "state")
        .unwrap()
        .1
        .into_owned();
    let pasted = format!("http://localhost/?state={state}&code=a-code&scope=mail\n");
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(pasted.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    let asked = scene.tokens.asked("/token").remove(0);
    assert_eq!(asked.form["redirect_uri"], "http://localhost");
    assert!(asked.form["code_verifier"].len() >= 43);
    wait_up(&desk);
    let told = refused(
        &desk,
        &["auth", "support"],
        "http://localhost/?code=a-code\n",
        1,
    );
    assert!(told.contains("belongs to another attempt"), "{told}");
}
