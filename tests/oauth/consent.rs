//! A person gives consent, takes it back, and gives it again.

use std::{thread, time::Duration};

use crate::{
    harness::{Desk, eventually},
    place::{SOON, customer, question, shown, wait_acknowledged},
    scene::{Scene, errors, wait_down, wait_up},
};

/// The consents that `/readyz` misses.
fn missing(desk: &Desk) -> Vec<String> {
    let state = desk.get("/readyz").json();
    let names = state["consents_missing"].as_array().unwrap();
    names
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_code_typed_in_elsewhere_opens_the_mailbox_and_the_relay() {
    let scene = Scene::new();
    let desk = scene.setup().start();
    desk.wait_log("run `maildesk auth support`", SOON);
    let state = shown(&desk, "support");
    assert_eq!(state["up"], false);
    assert_eq!(
        state["last_error"],
        "there is no consent for support yet: run `maildesk auth support`"
    );
    assert_eq!(desk.get("/readyz").status, 503);
    assert_eq!(missing(&desk), ["support"]);
    assert!(scene.tokens.asked("/token").is_empty());

    let patience = ["authorization_pending", "slow_down"];
    scene.tokens.set_pending(&patience);
    let output = desk.cli_output(&["auth", "support", "--json"], "");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}");
    assert!(told.contains("https://id.example.com/device"), "{told}");
    assert!(told.contains("WDJB-MJHT"), "{told}");
    let done: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(done["consent"], "support");
    assert_eq!(done["stored"], true);
    let asked = scene.tokens.asked("/token");
    let polls: Vec<_> = asked
        .iter()
        .filter(|asked| asked.form.contains_key("device_code"))
        .collect();
    assert_eq!(polls.len(), 3);
    assert!(
        polls[2].at - polls[1].at >= Duration::from_secs(5),
        "the server asked for it"
    );

    wait_up(&desk);
    assert_eq!(missing(&desk), [""; 0]);
    scene.dovecot.deliver(crate::place::USER, &question(1));
    wait_acknowledged(&desk, &scene.smtp, [1]);
    assert_eq!(desk.get("/readyz").status, 200);
    assert!(
        scene.dovecot.log().contains("method=XOAUTH2"),
        "{}",
        scene.dovecot.log()
    );
    let mail = scene.smtp.mails().remove(0);
    assert_eq!(mail.login.as_deref(), Some(crate::place::USER));
    assert_eq!(
        scene.tokens.refreshed_with().len(),
        1,
        "one token for mailbox and relay"
    );
    scene.tells_no_secret(&desk, &told);
}

#[test]
fn a_consent_that_ends_is_told_once_asks_nobody_and_comes_back_with_the_person() {
    let scene = Scene::new();
    let mut desk = scene.desk();
    scene.tokens.end_consent();
    scene.dovecot.kick(crate::place::USER);
    let words = "consent for support has ended (invalid_grant: invalid_grant of [...] said at \
                 length): run `maildesk auth support`";
    wait_down(&desk, words);
    assert_eq!(desk.get("/readyz").status, 503);
    assert_eq!(missing(&desk), ["support"]);
    desk.wait_log("has ended", SOON);
    assert_eq!(errors(&desk, "has ended"), 1);
    let asked = scene.tokens.asked("/token").len();

    // what goes out waits, and uses up no attempt
    let nobody = crate::harness::mail::plain(
        "Olga <olga@shop.example>",
        crate::place::USER,
        "By the pipe",
        &["Message-ID: <pipe@shop.example>"],
        "The export fails.",
    );
    desk.cli_output(&["deliver", "--mailbox", "support"], nobody);
    let row = eventually(SOON, "an acknowledgement waits", || {
        let rows = desk.cli(&["outbox", "list", "--json"]);
        let rows = rows.as_array().unwrap();
        rows.first().cloned()
    });

    // several rounds of the mailbox and of the outbox, and a start
    let silence = Duration::from_secs(7);
    let until = std::time::Instant::now() + silence;
    while std::time::Instant::now() < until {
        assert_eq!(scene.tokens.asked("/token").len(), asked, "nobody is asked");
        thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(errors(&desk, "has ended"), 1, "said once");
    assert_eq!(desk.terminate(), 0);
    desk.spawn();
    eventually(SOON, "said by the new process", || {
        errors(&desk, "has ended") == 2
    });
    assert_eq!(scene.tokens.asked("/token").len(), asked);
    let rows = desk.cli(&["outbox", "list", "--json"]);
    assert_eq!(rows[0]["attempts"], 0, "{row} {rows}");
    let status = desk.cli_text(&["status"], "");
    assert!(
        status.contains("consent for support  has ended"),
        "{status}"
    );
    let check = desk.cli_text(&["check"], "");
    assert!(check.contains("consent for support: has ended"), "{check}");

    desk.cli_text(&["auth", "support"], "");
    wait_up(&desk);
    scene.dovecot.deliver(crate::place::USER, &question(1));
    scene.smtp.wait_for(&customer(1), 1, SOON);
    scene.smtp.wait_for("olga@shop.example", 1, SOON);
    desk.wait_log("consent was given", SOON);
    assert_eq!(desk.get("/readyz").status, 200);
    scene.tells_no_secret(&desk, &format!("{status}{check}"));
}
