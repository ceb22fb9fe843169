//! Connections break, folders are renumbered, servers come and go: nothing lost, nothing twice.

use crate::{
    harness::{
        Act, Ca, Desk, DovecotOptions, FakeImap, FakeSmtp, Fault, ImapOptions, SmtpOptions,
        eventually,
    },
    place::{
        Place, SOON, USER, assert_said, journal, question, shown, wait_acknowledged, wait_settled,
    },
};

#[test]
fn it_reconnects_after_a_kick_and_after_the_server_was_down() {
    let mut place = Place::new();
    let desk = place.desk(&[]);
    place.deliver(&question(1));
    wait_acknowledged(&desk, &place.smtp, [1]);

    place.dovecot.kick(USER);
    place.deliver(&question(2));
    wait_acknowledged(&desk, &place.smtp, [1, 2]);

    place.dovecot.stop();
    eventually(SOON, "the loss is shown", || {
        desk.get("/readyz").status == 503
    });
    place.deliver(&question(3));
    place.dovecot.restart();
    place.deliver(&question(4));
    wait_acknowledged(&desk, &place.smtp, [1, 2, 3, 4]);
    assert_eq!(desk.get("/readyz").status, 200);
    assert_eq!(desk.tickets().len(), 4);
    assert_eq!(journal(&desk).len(), 4, "no mail was fetched twice");
}

#[test]
fn a_changed_uidvalidity_brings_nothing_twice() {
    let place = Place::new();
    place.deliver(&question(1));
    let desk = place.desk(&[]);
    wait_settled(&desk, 1);
    place.deliver(&question(2));
    place.deliver(&question(3));
    wait_acknowledged(&desk, &place.smtp, [2, 3]);

    place.dovecot.change_uidvalidity(USER, "INBOX");
    place.deliver(&question(4));
    wait_acknowledged(&desk, &place.smtp, [2, 3, 4]);
    assert_eq!(desk.tickets().len(), 4);
    assert_said(&desk, "UIDVALIDITY changed", 1);
    let lines = wait_settled(&desk, 7);
    let opened = lines
        .iter()
        .filter(|line| line.disposition == "open_ticket");
    assert_eq!(opened.count(), 4, "{lines:?}");
}

#[test]
fn a_uidvalidity_that_changes_between_two_connections_is_noticed() {
    let dir = tempfile::TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    let imap = FakeImap::start(&ca, ImapOptions::default());
    let smtp = FakeSmtp::start(&ca, SmtpOptions::default());
    let desk = Desk::setup()
        .mailbox("support", &imap.account())
        .smtp(&smtp.account())
        .start();
    imap.deliver(&question(1));
    imap.deliver(&question(2));
    wait_acknowledged(&desk, &smtp, [1, 2]);
    imap.fault(Fault::on("SELECT", Act::UidValidity(9)));
    imap.fault(Fault::on("NOOP", Act::Close));
    imap.deliver(&question(3));
    // the mail is old by this server's dates, so it is not answered; but it is not lost
    desk.wait_tickets(3, SOON);
    wait_acknowledged(&desk, &smtp, [1, 2]);
    assert_eq!(desk.tickets().len(), 3);
    assert_said(&desk, "UIDVALIDITY changed from 1 to 9", 1);
    assert_said(&desk, "closed the connection", 1);
}

#[test]
fn without_idle_it_looks_every_poll_interval() {
    let place = Place::with(DovecotOptions {
        hide: vec!["IDLE".into()],
        ..DovecotOptions::default()
    });
    let desk = place.desk(&[("poll_interval", "\"1s\"")]);
    place.deliver(&question(1));
    wait_acknowledged(&desk, &place.smtp, [1]);
    place.deliver(&question(2));
    wait_acknowledged(&desk, &place.smtp, [1, 2]);
    assert_eq!(shown(&desk, "support")["up"], true);
}

#[test]
fn a_mail_that_another_client_removes_before_it_is_fetched_is_passed_over() {
    let dir = tempfile::TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    let imap = FakeImap::start(&ca, ImapOptions::default());
    let smtp = FakeSmtp::start(&ca, SmtpOptions::default());
    let desk = Desk::setup()
        .mailbox("support", &imap.account())
        .smtp(&smtp.account())
        .start();
    let slow = Act::Delay(std::time::Duration::from_millis(1500));
    imap.fault(Fault::on("UID FETCH", slow).with("BODY.PEEK[]"));
    let gone = imap.deliver(&question(1));
    eventually(SOON, "the body is asked for", || {
        let asked = imap.commands();
        asked.iter().any(|command| command.contains("BODY.PEEK[]"))
    });
    imap.expunge("INBOX", gone);
    imap.deliver(&question(2));
    wait_acknowledged(&desk, &smtp, [2]);
    assert_eq!(desk.tickets().len(), 1);
    assert_eq!(imap.connections(), 1);
    desk.wait_log("removed by another client", SOON);
}
