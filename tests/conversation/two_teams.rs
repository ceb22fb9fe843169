//! One mail to two mailboxes of the desk: a ticket in each team, one acknowledgement, and each
//! conversation by itself.

use maildesk::store::{JournalLine, Store};
use tempfile::TempDir;

use crate::{
    harness::{
        Ca, Desk, Dovecot, DovecotOptions, FakeSmtp, Postfix, SmtpOptions, SmtpSink, eventually,
        mail::plain,
    },
    story::{
        DESK, SOON, addresses,
        program::{answer, send},
    },
};

const SALES: &str = "sales@example.com";
const IVAN: &str = "Ivan <ivan@shop.example>";

/// A desk with two real mailboxes, of one team or of two.
struct Place {
    desk: Desk,
    smtp: FakeSmtp,
    dovecot: Dovecot,
    ca: Ca,
    _dir: TempDir,
}

impl Place {
    fn start(groups: [&str; 2], rules: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let ca = Ca::new(dir.path());
        let users = [DESK, SALES].map(|user| (user.to_owned(), "secret".to_owned()));
        let dovecot = Dovecot::start(
            &ca,
            DovecotOptions {
                users: users.to_vec(),
                ..DovecotOptions::default()
            },
        );
        let smtp = FakeSmtp::start(&ca, SmtpOptions::default());
        let [support, sales] = groups.map(|group| format!("\"{group}\""));
        let mut setup = Desk::setup()
            .mailbox_with("support", &dovecot.account(DESK), &[("group", &support)])
            .mailbox_with("sales", &dovecot.account(SALES), &[("group", &sales)])
            .smtp(&smtp.account())
            .set("survey", "enabled", "false");
        if !rules.is_empty() {
            std::fs::write(dir.path().join("10-own.toml"), rules).unwrap();
            let replies = dir.path().join("templates/en/replies");
            std::fs::create_dir_all(&replies).unwrap();
            std::fs::write(replies.join("soon.txt"), "Soon.\n").unwrap();
            let path = |name: &str| format!("\"{}\"", dir.path().join(name).display());
            setup = setup.set("rules", "directory", &path("")).set(
                "templates",
                "directory",
                &path("templates"),
            );
        }
        Self {
            desk: setup.start(),
            smtp,
            dovecot,
            ca,
            _dir: dir,
        }
    }

    fn journal(&self) -> Vec<JournalLine> {
        let store = Store::open_existing(&self.desk.dir().join("maildesk.db")).unwrap();
        store.read_here(|view| view.journal(1_000)).unwrap()
    }

    /// A copy as the way to a mailbox leaves it.
    #[track_caller]
    fn deliver(&self, user: &str, mail: &[u8]) -> JournalLine {
        let before = self.journal().len();
        let trace = format!(
            "Delivered-To: {user}\r\nReceived: from mx.shop.example by mx.example.com \
             for <{user}>; Sun, 22 Nov 2026 10:00:0{} +0000\r\n",
            before % 10
        );
        self.dovecot
            .deliver(user, &[trace.as_bytes(), mail].concat());
        self.filed(before + 1)
    }

    #[track_caller]
    fn filed(&self, count: usize) -> JournalLine {
        eventually(SOON, "the mail is filed", || {
            let mut lines = self.journal();
            let is_done = lines.len() == count && lines.iter().all(|l| l.state != "received");
            if is_done {
                lines.pop().ok_or_else(String::new)
            } else {
                Err(format!("{lines:#?}"))
            }
        })
    }

    fn acknowledgements(&self) -> usize {
        self.written("acknowledgement")
    }

    /// How many mails of a kind went out.
    fn written(&self, kind: &str) -> usize {
        let rows = self.desk.cli(&["outbox", "list", "--json"]);
        let rows = rows.as_array().unwrap().iter();
        rows.filter(|row| row["kind"] == kind).count()
    }
}

fn question() -> Vec<u8> {
    plain(
        IVAN,
        "support@example.com, Sales <sales@example.com>",
        "Prices and a fault",
        &[
            "Message-ID: <first@shop.example>",
            "Date: Sun, 22 Nov 2026 10:00:00 +0000",
        ],
        "Hello, what does it cost, and why does the import fail?",
    )
}

fn outcome(line: &JournalLine) -> (&str, &str, Option<i64>) {
    (&line.disposition, &line.reason, line.ticket)
}

#[test]
fn each_team_has_its_ticket_and_the_customer_one_acknowledgement() {
    let place = Place::start(["support", "sales"], "");
    let first = place.deliver(DESK, &question());
    assert_eq!(outcome(&first), ("open_ticket", "new_mail", Some(1)));
    let second = place.deliver(SALES, &question());
    assert_eq!(outcome(&second), ("open_ticket", "copy_for_team", Some(2)));
    let ticket = place.desk.ticket(2);
    assert_eq!(
        (&ticket["group"], &ticket["linked_to"], &ticket["mailbox"]),
        (&"sales".into(), &1.into(), &"sales".into())
    );
    assert_eq!(addresses(&ticket["participants"]), ["ivan@shop.example"]);
    let events = ticket["events"].to_string();
    assert!(events.contains("not_acknowledged"), "{events}");
    // again to either: nothing new
    for user in [DESK, SALES] {
        let again = place.deliver(user, &question());
        assert_eq!(outcome(&again), ("ignore", "duplicate", None));
    }
    assert_eq!(place.acknowledgements(), 1);

    // each team answers, and each answer's answer comes back to it
    for number in ["1", "2"] {
        place
            .desk
            .cli_text(&["ticket", "reply", number], format!("From team {number}."));
    }
    let mails = place.smtp.wait_for("ivan@shop.example", 3, SOON);
    for number in &[1, 2] {
        // they went out side by side
        let words = format!("From team {number}.");
        let mail = mails.iter().find(|mail| mail.text().contains(&words));
        let mail = mail.unwrap();
        let mut reply = answer(&mail.data, IVAN, &format!("t{number}@shop.example"), "Yes.");
        let line = place.deliver(DESK, &reply.bytes());
        assert_eq!(outcome(&line), ("append", "reply_token", Some(*number)));
        reply.to = DESK.to_owned();
        reply.id = format!("i{number}@shop.example");
        reply.words = format!("By ids to {number}.");
        let line = place.deliver(DESK, &reply.bytes());
        assert_eq!(
            outcome(&line),
            ("append", "answers_our_mail", Some(*number))
        );
        // the first id alone is of both tickets: the tag tells
        reply.in_reply_to = None;
        reply.references = vec!["<first@shop.example>".to_owned()];
        reply.id = format!("f{number}@shop.example");
        reply.words = format!("By tag to {number}.");
        let line = place.deliver(DESK, &reply.bytes());
        assert_eq!(
            outcome(&line),
            ("append", "answers_mail_of_ticket", Some(*number))
        );
        // ours further back tells, too
        reply.references = vec![mail.header("Message-ID"), "<first@shop.example>".to_owned()];
        reply.subject = "Re: Prices and a fault".to_owned();
        reply.id = format!("o{number}@shop.example");
        reply.words = format!("By our id to {number}.");
        let line = place.deliver(DESK, &reply.bytes());
        assert_eq!(
            outcome(&line),
            ("append", "answers_our_mail", Some(*number))
        );
    }

    // he writes on under his own mail: each mailbox takes it for its team
    let further = |n: usize, to: &str| {
        plain(
            IVAN,
            to,
            "Re: Prices and a fault",
            &[
                &format!("Message-ID: <further-{n}@shop.example>"),
                "In-Reply-To: <first@shop.example>",
            ],
            &format!("Further words {n}."),
        )
    };
    for (n, (user, number)) in [(DESK, 1), (SALES, 2)].into_iter().enumerate() {
        let line = place.deliver(user, &further(n, user));
        assert_eq!(
            outcome(&line),
            ("append", "answers_mail_of_ticket", Some(number))
        );
    }
    let both = further(2, "support@example.com, sales@example.com");
    for (user, number) in [(DESK, 1), (SALES, 2)] {
        let line = place.deliver(user, &both);
        assert_eq!(
            outcome(&line),
            ("append", "answers_mail_of_ticket", Some(number))
        );
    }
    assert_eq!(place.desk.tickets().len(), 2);
    assert_eq!(place.acknowledgements(), 1);
}

#[test]
fn one_team_with_two_mailboxes_has_one_ticket() {
    // a program that sends every recipient a copy of its own, through the real Postfix
    if Postfix::is_skipped() {
        return;
    }
    let place = Place::start(["support", "support"], "");
    let world = SmtpSink::start();
    let postfix = Postfix::start(&place.ca, &place.dovecot, world.port);
    send(postfix.smtp, IVAN, &[DESK], &question());
    let first = place.filed(1);
    assert_eq!(outcome(&first), ("open_ticket", "new_mail", Some(1)));
    send(postfix.smtp, IVAN, &[SALES], &question());
    let second = place.filed(2);
    assert_eq!(outcome(&second), ("ignore", "duplicate", None));
    // and one that sends both at once
    let once = String::from_utf8(question()).unwrap();
    let once = once.replace("first@", "once@").replace("fail?", "stop?");
    send(postfix.smtp, IVAN, &[DESK, SALES], once.as_bytes());
    place.filed(4);
    assert_eq!(place.desk.tickets().len(), 2);
    assert_eq!(place.acknowledgements(), 2);
}

#[test]
fn the_team_that_a_rule_names_counts() {
    // both copies are for one team, whatever the mailboxes say
    let named = "[[rule]]\nid = \"prices\"\nwhen = { contains = \"cost\" }\n\
                 then = { group = \"sales\", no_acknowledge = true }\n";
    let place = Place::start(["support", "sales"], named);
    place.deliver(DESK, &question());
    let second = place.deliver(SALES, &question());
    assert_eq!(outcome(&second), ("ignore", "duplicate", None));
    // mailboxes of no team, and a rule that tells them apart; another one answers, and once
    let apart = "[[rule]]\nid = \"a\"\nwhen = { field = \"mailbox\", equals = \"sales\" }\n\
                 then = { group = \"sales\" }\n\
                 [[rule]]\nid = \"b\"\nwhen = { contains = \"cost\" }\n\
                 then = { reply = \"soon\" }\n";
    let place = Place::start(["", ""], apart);
    place.deliver(DESK, &question());
    let second = place.deliver(SALES, &question());
    assert_eq!(outcome(&second), ("open_ticket", "copy_for_team", Some(2)));
    assert_eq!(place.desk.ticket(2)["group"], "sales");
    assert_eq!((place.acknowledgements(), place.written("auto")), (0, 1));
}

#[test]
fn a_ticket_that_went_to_another_team_is_no_reason_for_a_second_one() {
    let place = Place::start(["support", "sales"], "");
    place.deliver(DESK, &question());
    place
        .desk
        .cli_text(&["ticket", "set", "1", "--group", "sales"], "");
    let second = place.deliver(SALES, &question());
    assert_eq!(outcome(&second), ("ignore", "duplicate", None));
    let again = place.deliver(DESK, &question());
    assert_eq!(outcome(&again), ("ignore", "duplicate", None));
}
