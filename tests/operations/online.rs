//! `check --online`: what the servers say to our logins.

use crate::{
    harness::{Desk, DovecotOptions},
    place::{Place, USER, but},
};

#[test]
fn it_says_what_the_servers_offer() {
    let place = Place::new();
    let desk = place.setup(&[]).write();
    let said = desk.cli_text(&["check", "--online"], "");
    for words in [
        "mailbox support: logged in",
        "IDLE",
        "MOVE",
        "UIDPLUS",
        "under TLS",
        "8BITMIME",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(
        !desk.dir().join("maildesk.db").exists(),
        "a check changes nothing"
    );
}

#[test]
fn it_names_the_servers_folder_for_sent_mail_until_one_is_set() {
    let place = Place::with(DovecotOptions {
        settings: "namespace inbox {\n  mailbox Отправленные {\n    auto = create\n    \
                   special_use = \\Sent\n  }\n}"
            .into(),
        ..DovecotOptions::default()
    });
    let hint = "has \"Отправленные\" for sent mail: see sent_folder";
    let said = place
        .setup(&[])
        .write()
        .cli_text(&["check", "--online"], "");
    assert!(said.contains(hint), "{said}");
    let set = place.setup(&[("sent_folder", "\"Отправленные\"")]);
    let said = set.write().cli_text(&["check", "--online"], "");
    assert!(!said.contains("for sent mail"), "{said}");
}

#[test]
fn it_says_which_login_fails_and_why() {
    let billing = "billing@example.com";
    let place = Place::with(DovecotOptions {
        users: vec![
            (USER.into(), "secret".into()),
            (billing.into(), "topsecret".into()),
        ],
        ..DovecotOptions::default()
    });
    let wrong = |account| but(account, |account| account.password = "n0t-this".into());
    let desk = Desk::setup()
        .mailbox("support", &place.dovecot.account(USER))
        .mailbox("billing", &wrong(place.dovecot.account(billing)))
        .smtp(&wrong(place.smtp.account()))
        .write();
    let output = desk.cli_output(&["check", "--online"], "");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let line = |words: &str| {
        said.lines()
            .find(|line| line.contains(words))
            .unwrap_or_else(|| panic!("{words}: {said}"))
    };
    assert!(line("\"billing\"").contains("refuses the login"), "{said}");
    assert!(
        line("SMTP server refuses the login").contains("535"),
        "{said}"
    );
    assert!(line("mailbox support").contains("logged in"), "{said}");
    let all = format!("{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(!all.contains("n0t-this"), "{all}");
}
