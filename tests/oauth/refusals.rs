//! What mail servers and token servers refuse, and how that is told.

use tempfile::TempDir;

use crate::{
    harness::{Ca, FakeImap, FakeTokens, ImapOptions},
    place::{SOON, USER},
    scene::{Scene, wait_down, wait_up},
};

fn imap(scene: &Scene, words: &[&str]) -> FakeImap {
    FakeImap::start(
        &scene.ca,
        ImapOptions {
            gate: Some(scene.tokens.gate()),
            capabilities: words.iter().map(ToString::to_string).collect(),
            ..ImapOptions::default()
        },
    )
}

#[test]
fn a_login_goes_with_one_round_trip_or_two_as_the_server_has_it() {
    for words in [
        &["IDLE", "AUTH=XOAUTH2", "SASL-IR"][..],
        &["IDLE", "AUTH=XOAUTH2"],
    ] {
        let scene = Scene::new();
        let imap = imap(&scene, words);
        let desk = scene
            .setup_at(&imap.account(), &scene.tokens.settings())
            .start();
        desk.wait_log("there is no consent", SOON);
        assert_eq!(imap.connections(), 0, "without a token nobody is dialled");
        desk.cli_text(&["auth", "support"], "");
        wait_up(&desk);
    }
}

#[test]
fn a_token_that_is_refused_is_told_with_the_servers_status() {
    for words in [&["AUTH=XOAUTH2", "SASL-IR"][..], &["AUTH=XOAUTH2"]] {
        let scene = Scene::new();
        // tokens are for support@, the login says somebody else
        let imap = imap(&scene, words);
        let mut account = imap.account();
        account.username = "sales@example.com".into();
        let desk = scene.setup_at(&account, &scene.tokens.settings()).start();
        desk.wait_log("there is no consent", SOON);
        desk.cli_text(&["auth", "support"], "");
        wait_down(&desk, "refuses the token (status 400; ");
        let log = desk.log();
        assert!(log.contains("token not accepted"), "{log}");
        assert!(log.contains("correct `username`"), "{log}");
        scene.tells_no_secret(&desk, "");
    }
}

#[test]
fn a_server_without_xoauth2_is_told_no_token() {
    let scene = Scene::new();
    let imap = imap(&scene, &["AUTH=PLAIN", "IDLE"]);
    let desk = scene
        .setup_at(&imap.account(), &scene.tokens.settings())
        .start();
    desk.wait_log("there is no consent", SOON);
    desk.cli_text(&["auth", "support"], "");
    wait_down(&desk, "offers no XOAUTH2");
    let commands = imap.commands();
    assert!(!commands.iter().any(|one| one.contains("AUTHENTICATE")));
}

#[test]
fn no_secret_is_told_to_a_token_server_of_an_unknown_authority() {
    let scene = Scene::new();
    let other = TempDir::new().unwrap();
    let stranger = FakeTokens::start(&Ca::new(other.path()), USER);
    // its address with our authority
    let trusted = format!("{:?}", scene.ca.file());
    let theirs = format!("{:?}", other.path().join("ca.pem"));
    let settings = stranger.settings().replace(&theirs, &trusted);
    let desk = scene
        .setup_at(&scene.dovecot.account(USER), &settings)
        .start();
    desk.wait_log("there is no consent", SOON);
    let output = desk.cli_output(&["auth", "support"], "");
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("UnknownIssuer"), "{told}");
    assert!(stranger.asked("/device").is_empty());
}

#[test]
fn a_client_that_is_refused_is_told_from_a_consent_that_ended() {
    let scene = Scene::new();
    let settings = scene.tokens.settings().replace("our-secret", "old-secret");
    let desk = scene
        .setup_at(&scene.dovecot.account(USER), &settings)
        .start();
    desk.wait_log("there is no consent", SOON);
    let given = scene.tokens.consent();
    let output = desk.cli_output(&["auth", "support", "--refresh-token-stdin"], given);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("invalid_client"), "{told}");
    assert!(told.contains("client_secret"), "{told}");
    wait_down(&desk, "invalid_client");
    assert!(!desk.log().contains("old-secret"));
    scene.tells_no_secret(&desk, &told);
}
