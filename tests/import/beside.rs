//! The daemon runs meanwhile, and its mailbox shows the same mails.

use std::time::{Duration, Instant};

use crate::archive::{DESK, conversation, fate, import, journal, mbox, write};
use crate::harness::{
    Ca, Desk, Dovecot, DovecotOptions, FakeSmtp, SmtpOptions, eventually, mail::plain,
};

const SOON: Duration = Duration::from_secs(60);

#[test]
fn beside_the_daemon_new_mail_is_answered_and_old_mail_is_recognised() {
    let dir = tempfile::tempdir().unwrap();
    let ca = Ca::new(dir.path());
    let dovecot = Dovecot::start(&ca, DovecotOptions::default());
    let smtp = FakeSmtp::start(&ca, SmtpOptions::default());
    let desk = Desk::setup()
        .mailbox_with("support", &dovecot.account(DESK), &[("start", "\"now\"")])
        .smtp(&smtp.account())
        .start();
    let mails: Vec<Vec<u8>> = (0..400).flat_map(conversation).collect();
    let path = write(&desk, "all.mbox", mbox(&mails));
    let waited = std::thread::scope(|scope| {
        let importing = scope.spawn(|| import(&desk, &[&path]));
        eventually(SOON, "the import has begun", || journal(&desk).len() > 50);
        let new = plain(
            "new@shop.example",
            DESK,
            "A question of today",
            &["Message-ID: <new@shop.example>"],
            "Where is my order?",
        );
        let asked = Instant::now();
        dovecot.deliver(DESK, &new);
        smtp.wait_for("new@shop.example", 1, SOON);
        let waited = asked.elapsed();
        let summary = importing.join().unwrap();
        assert_eq!(fate(&summary, "open_ticket", "history"), 400, "{summary}");
        assert_eq!(fate(&summary, "append", "history"), 400);
        waited
    });
    eprintln!("acknowledged {waited:?} after it came, during an import");

    // a server that is moved brings the old mails in as new ones
    dovecot.deliver_many(DESK, mails.iter().take(60));
    let lines = eventually(SOON, "the old mails are settled", || {
        let lines = journal(&desk);
        let is_done = lines.len() == 1_261 && lines.iter().all(|line| line.state == "filed");
        is_done.then_some(lines)
    });
    let copies = lines
        .iter()
        .filter(|line| line.reason == "duplicate")
        .count();
    assert_eq!(copies, 60);
    desk.wait_outbox_empty(SOON);
    let sent: Vec<String> = smtp
        .mails()
        .into_iter()
        .flat_map(|mail| mail.recipients)
        .collect();
    assert_eq!(sent, ["new@shop.example"], "nobody else was written to");
    assert_eq!(desk.tickets().len(), 401);

    // what a customer answers today is news
    let answer = plain(
        "customer-7@shop.example",
        DESK,
        "Re: again",
        &[
            "Message-ID: <today@shop.example>",
            "In-Reply-To: <7.2@shop.example>",
        ],
        "It happens again.",
    );
    dovecot.deliver(DESK, &answer);
    let tickets = desk.wait_tickets(402, SOON);
    let newest = tickets.last().unwrap();
    assert_eq!(newest["status"], "open");
    smtp.wait_for("customer-7@shop.example", 1, SOON);
}

#[test]
fn a_daemon_that_starts_and_stops_meanwhile_changes_nothing() {
    let mut desk = crate::archive::desk(|setup| setup);
    let mails: Vec<Vec<u8>> = (0..1_500).flat_map(conversation).collect();
    let path = write(&desk, "all.mbox", mbox(&mails));
    let config = desk.config().to_owned();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_maildesk"));
    command.arg("--config").arg(config);
    command.args(["import", "--mailbox", "support", "--json", &path]);
    command.stdout(std::process::Stdio::piped());
    let importing = command.spawn().unwrap();
    let so_many = |desk: &Desk, count| journal(desk).len() >= count;
    eventually(SOON, "the import has begun", || so_many(&desk, 200));
    desk.spawn();
    desk.wait_ready();
    // it has the filing from then on
    desk.wait_log("mail filed", SOON);
    assert_eq!(desk.terminate(), 0);
    let output = importing.wait_with_output().unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(fate(&summary, "open_ticket", "history"), 1_500, "{summary}");
    let lines = journal(&desk);
    assert_eq!(lines.len(), 4_500);
    assert!(
        lines
            .iter()
            .all(|line| line.state == "filed" && line.ticket.is_some())
    );
    crate::archive::assert_silent(&desk);
}
