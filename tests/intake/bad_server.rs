//! A mailbox server that goes wrong: nothing lost, nothing twice, no hammering.

use std::time::Instant;

use tempfile::TempDir;

use crate::{
    harness::{Act, Ca, Desk, FakeImap, FakeSmtp, Fault, ImapOptions, SmtpOptions, eventually},
    place::{SOON, assert_said, journal, question, wait_acknowledged, wait_settled},
};

struct Servers {
    imap: FakeImap,
    smtp: FakeSmtp,
    _dir: TempDir,
}

impl Servers {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let ca = Ca::new(dir.path());
        Self {
            imap: FakeImap::start(&ca, ImapOptions::default()),
            smtp: FakeSmtp::start(&ca, SmtpOptions::default()),
            _dir: dir,
        }
    }

    fn desk(&self) -> Desk {
        Desk::setup()
            .mailbox("support", &self.imap.account())
            .smtp(&self.smtp.account())
            .start()
    }

    /// Lets a fault strike while two mails come in, and expects both to be acknowledged.
    fn survives(&self, fault: Fault, connections: usize) -> Desk {
        let desk = self.desk();
        self.imap.fault(fault);
        self.imap.deliver(&question(1));
        self.imap.deliver(&question(2));
        wait_acknowledged(&desk, &self.smtp, [1, 2]);
        assert_eq!(journal(&desk).len(), 2);
        assert_eq!(self.imap.connections(), connections, "{}", desk.log());
        desk
    }
}

#[test]
fn no_to_a_fetch_is_not_taken_for_an_empty_mailbox() {
    let fault = Fault::reply("UID FETCH", "NO [SERVERBUG] try later").with("BODY.PEEK[]");
    let servers = Servers::new();
    let desk = servers.survives(fault.times(2), 3);
    desk.wait_log("try later", SOON);
}

#[test]
fn bad_to_a_listing_is_not_taken_for_an_empty_mailbox() {
    let fault = Fault::reply("UID FETCH", "BAD what").with("RFC822.SIZE");
    Servers::new().survives(fault, 2);
}

#[test]
fn a_connection_cut_inside_a_mail_stores_no_half_mail() {
    let fault = Fault::on("UID FETCH", Act::Cut(150)).with("BODY.PEEK[]");
    let servers = Servers::new();
    let desk = servers.survives(fault, 2);
    let text = desk.ticket(1)["messages"][0]["text"].to_string();
    assert!(text.contains("state of order 1?"), "{text}");
}

#[test]
fn an_answer_that_is_lost_is_asked_for_again() {
    let fault = Fault::on("UID FETCH", Act::DoThenClose).with("BODY.PEEK[]");
    Servers::new().survives(fault, 2);
}

#[test]
fn a_bye_is_a_good_bye() {
    let fault = Fault::on("NOOP", Act::Say("* BYE maintenance\r\n".into()));
    let desk = Servers::new().survives(fault, 2);
    assert_said(&desk, "maintenance", 1);
}

#[test]
fn a_refused_idle_means_polling() {
    let servers = Servers::new();
    servers
        .imap
        .fault(Fault::reply("IDLE", "BAD no idling here").always());
    let desk = Desk::setup()
        .mailbox_with(
            "support",
            &servers.imap.account(),
            &[("poll_interval", "\"1s\"")],
        )
        .smtp(&servers.smtp.account())
        .start();
    servers.imap.deliver(&question(1));
    wait_acknowledged(&desk, &servers.smtp, [1]);
    servers.imap.deliver(&question(2));
    wait_acknowledged(&desk, &servers.smtp, [1, 2]);
    assert_eq!(servers.imap.connections(), 1);
    assert_said(&desk, "no idling here", 1);
}

#[test]
fn an_idle_that_breaks_is_begun_anew() {
    Servers::new().survives(Fault::on("DONE", Act::Close), 2);
}

#[test]
fn mail_that_arrives_between_two_commands_is_not_overlooked() {
    // poll_interval is a minute: a mail whose EXISTS was overlooked would not come in time
    for command in ["SELECT", "UID FETCH", "NOOP"] {
        let servers = Servers::new();
        servers
            .imap
            .fault(Fault::on(command, Act::ArriveAfter(question(1))));
        servers
            .imap
            .fault(Fault::on("IDLE", Act::ArriveBefore(question(2))));
        let begun = Instant::now();
        let desk = servers.desk();
        // whatever came before SELECT ended may be history
        servers.imap.deliver(&question(3));
        desk.wait_tickets(3, SOON);
        assert!(begun.elapsed() < SOON, "{command}: only the poll found it");
        assert_eq!(journal(&desk).len(), 3, "{command}");
        assert_eq!(servers.imap.connections(), 1, "{command}");
    }
}

#[test]
fn a_server_that_closes_every_idle_is_not_hammered() {
    let servers = Servers::new();
    let desk = servers.desk();
    servers.imap.fault(Fault::on("IDLE", Act::Close).always());
    servers.imap.fault(Fault::on("NOOP", Act::Close).always());
    let begun = Instant::now();
    let before = servers.imap.connections();
    servers.imap.deliver(&question(1));
    eventually(SOON, "it came back four times", || {
        servers.imap.connections() >= before + 4
    });
    // half a second, one, two: doubled pauses, although each connection got as far as a fetch
    let took = begun.elapsed();
    assert!(took.as_millis() >= 3_000, "four connections in {took:?}");
    wait_acknowledged(&desk, &servers.smtp, [1]);
}

#[test]
fn one_mail_that_the_server_cannot_give_does_not_keep_the_others_out() {
    let servers = Servers::new();
    let desk = servers.desk();
    let refused = "NO [SERVERBUG] the message cannot be converted";
    for set in ["1 (UID BODY.PEEK[])", "1:2 (UID BODY", "1:3 (UID BODY"] {
        let fault = Fault::reply("UID FETCH", refused).with(set);
        servers.imap.fault(fault.always());
    }
    servers.imap.deliver(&question(1));
    servers.imap.deliver(&question(2));
    servers.imap.deliver(&question(3));
    // its headers came, so that the customer is told and the ticket says where the mail is
    wait_acknowledged(&desk, &servers.smtp, [1, 2, 3]);
    let tickets = desk.tickets();
    assert_eq!(tickets.len(), 3);
    let text = desk.ticket(1)["messages"][0]["text"].to_string();
    assert!(text.contains("server does not give this mail"), "{text}");
    assert_said(&desk, "does not give one mail", 1);
    // not at the first refusal: it may have been busy
    assert!(servers.imap.connections() >= 4, "{}", desk.log());
}

#[test]
fn a_mail_that_is_refused_with_its_headers_is_still_told_of() {
    let servers = Servers::new();
    for set in ["1 (UID BODY", "1:2 (UID BODY"] {
        let fault = Fault::reply("UID FETCH", "NO [SERVERBUG] damaged").with(set);
        servers.imap.fault(fault.always());
    }
    let desk = Desk::setup()
        .mailbox_with(
            "support",
            &servers.imap.account(),
            &[("after", "\"delete\"")],
        )
        .smtp(&servers.smtp.account())
        .start();
    servers.imap.deliver(&question(1));
    servers.imap.deliver(&question(2));
    wait_acknowledged(&desk, &servers.smtp, [2]);
    eventually(SOON, "the good one is deleted, the other stays", || {
        let left = servers.imap.mails("INBOX");
        left.len() == 1 && left[0].uid == 1
    });
    let lines = wait_settled(&desk, 2);
    assert!(
        lines.iter().all(|line| line.disposition != "ignore"),
        "{lines:?}"
    );
}
