//! Several mailboxes: the trouble of one is its own.

use crate::{
    harness::{Act, Desk, DovecotOptions, FakeImap, Fault, ImapOptions, eventually, free_port},
    place::{Place, SOON, USER, assert_said, but, question, shown, wait_acknowledged},
};

const BILLING: &str = "billing@example.com";

#[test]
fn a_wrong_password_and_a_dead_server_do_not_disturb_the_others() {
    let place = Place::with(DovecotOptions {
        users: vec![
            (USER.into(), "secret".into()),
            (BILLING.into(), "topsecret".into()),
        ],
        ..DovecotOptions::default()
    });
    let flaky = FakeImap::start(&place.ca, ImapOptions::default());
    flaky.fault(Fault::on("GREETING", Act::Close).always());
    let wrong = but(place.dovecot.account(BILLING), |account| {
        account.password = "wrong".into();
    });
    let dead = but(place.dovecot.account(USER), |account| {
        account.port = free_port();
    });
    let desk = Desk::setup()
        .mailbox("wrong", &wrong)
        .mailbox("dead", &dead)
        .mailbox("flaky", &flaky.account())
        .mailbox("support", &place.dovecot.account(USER))
        .smtp(&place.smtp.account())
        .without_waiting()
        .start();
    desk.wait_log("maildesk is ready", SOON);
    place.deliver(&question(1));
    wait_acknowledged(&desk, &place.smtp, [1]);

    // the neighbour's attempts are the clock: the fifth comes after some eight seconds
    eventually(SOON, "five attempts at the flaky one", || {
        flaky.connections() >= 5
    });
    let ready = desk.get("/readyz");
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json()["ready"], false);
    let error = |name: &str| {
        shown(&desk, name)["last_error"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(
        error("wrong").contains("refuses the login"),
        "{}",
        error("wrong")
    );
    assert!(error("dead").contains("refused"), "{}", error("dead"));
    assert!(error("flaky").contains("closed"), "{}", error("flaky"));
    assert_eq!(shown(&desk, "support")["up"], true);
    assert_eq!(shown(&desk, "wrong")["up"], false);
    assert_eq!(desk.get("/healthz").status, 200);

    // each trouble is said once, and the wrong password was tried once
    assert_said(&desk, "refuses the login", 1);
    assert_said(&desk, "mailbox=dead", 1);
    assert_said(&desk, "mailbox=flaky", 1);
    let log = place.dovecot.log();
    let logins = log
        .lines()
        .filter(|line| line.contains("auth failed") && line.contains(BILLING))
        .count();
    assert_eq!(logins, 1, "{log}");

    flaky.heal();
    eventually(SOON, "the flaky one is watched", || {
        shown(&desk, "flaky")["up"] == true
    });
    flaky.deliver(&question(2));
    wait_acknowledged(&desk, &place.smtp, [1, 2]);
}
