//! A desk with everything around it, for tests that tell a story: mail in, mail out.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

pub mod program;
pub mod shown;

use std::time::Duration;

use maildesk::store::{JournalLine, Store};
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{
    Ca, Desk, DeskSetup, Dovecot, DovecotOptions, FakeSmtp, Maildir, SmtpMail, SmtpOptions, Tls,
    eventually,
};

/// The address of the desk.
pub const DESK: &str = "support@example.com";
/// How long anything may take on a busy machine.
pub const SOON: Duration = Duration::from_secs(30);

enum Inbox {
    Maildir(Maildir),
    Dovecot(Dovecot),
}

/// A running desk with its agent Anna, its inbox and the server that takes its mail.
pub struct Story {
    pub desk: Desk,
    pub smtp: FakeSmtp,
    inbox: Inbox,
    _dir: TempDir,
}

impl Story {
    /// Over a Maildir and plain SMTP: for stories that do not care for the wire.
    #[track_caller]
    pub fn new(change: impl FnOnce(DeskSetup) -> DeskSetup) -> Self {
        Self::with_history::<&[u8]>(&[], change)
    }

    /// The same, with mails that were there before the desk came.
    #[track_caller]
    pub fn with_history<M: AsRef<[u8]>>(
        mails: &[M],
        change: impl FnOnce(DeskSetup) -> DeskSetup,
    ) -> Self {
        let dir = TempDir::new().unwrap();
        let options = SmtpOptions {
            tls: Tls::None,
            login: None,
            ..SmtpOptions::default()
        };
        let smtp = FakeSmtp::start(&Ca::new(dir.path()), options);
        let inbox = Maildir::new(dir.path().join("Maildir"));
        inbox.create();
        for mail in mails {
            inbox.deliver(mail.as_ref());
        }
        let often = [("poll_interval", "\"1s\"")];
        let setup = Desk::setup().maildir("support", inbox.path(), &often);
        let setup = setup
            .smtp(&smtp.account())
            .agent("Anna", "anna@example.com", &[]);
        let setup = agents_untold(setup);
        let story = Self {
            desk: change(setup).start(),
            smtp,
            inbox: Inbox::Maildir(inbox),
            _dir: dir,
        };
        story.filed(mails.len());
        story
    }

    /// Over the real Dovecot and SMTP under TLS.
    #[track_caller]
    pub fn over_imap(change: impl FnOnce(DeskSetup) -> DeskSetup) -> Self {
        let dir = TempDir::new().unwrap();
        let ca = Ca::new(dir.path());
        let dovecot = Dovecot::start(&ca, DovecotOptions::default());
        let smtp = FakeSmtp::start(&ca, SmtpOptions::default());
        let setup = Desk::setup()
            .mailbox("support", &dovecot.account(DESK))
            .smtp(&smtp.account())
            .agent("Anna", "anna@example.com", &[]);
        let setup = agents_untold(setup);
        Self {
            desk: change(setup).start(),
            smtp,
            inbox: Inbox::Dovecot(dovecot),
            _dir: dir,
        }
    }

    /// Puts a mail into the inbox.
    pub fn deliver(&self, mail: &[u8]) {
        match &self.inbox {
            Inbox::Maildir(maildir) => maildir.deliver(mail),
            Inbox::Dovecot(dovecot) => dovecot.deliver(DESK, mail),
        }
    }

    /// Delivers a mail and waits until the desk has filed it; returns what became of it.
    #[track_caller]
    pub fn tell(&self, mail: &[u8]) -> JournalLine {
        self.tell_all(&[mail]).remove(0)
    }

    /// The same for several mails that come at once, in their order.
    #[track_caller]
    pub fn tell_all<M: AsRef<[u8]>>(&self, mails: &[M]) -> Vec<JournalLine> {
        let before = self.journal().len();
        for mail in mails {
            self.deliver(mail.as_ref());
        }
        let lines = self.filed(before + mails.len());
        lines[before..].to_vec()
    }

    /// Waits until so many mails came in and all of them were filed.
    #[track_caller]
    fn filed(&self, count: usize) -> Vec<JournalLine> {
        eventually(SOON, &format!("{count} mails are filed"), || {
            let lines = self.journal();
            let is_done = lines.len() == count && lines.iter().all(|line| line.state != "received");
            if is_done {
                Ok(lines)
            } else {
                Err(format!("{lines:#?}"))
            }
        })
    }

    /// What became of every mail so far.
    pub fn journal(&self) -> Vec<JournalLine> {
        let store = Store::open_existing(&self.desk.dir().join("maildesk.db")).unwrap();
        store.read_here(|view| view.journal(100_000)).unwrap()
    }

    /// An agent answers from the shell; returns what the command prints as JSON.
    #[track_caller]
    pub fn answer(&self, ticket: i64, text: &str, more: &[&str]) -> Value {
        let number = ticket.to_string();
        let mut arguments = vec!["ticket", "reply", &number, "--agent", "Anna", "--json"];
        arguments.extend(more);
        serde_json::from_str(&self.desk.cli_text(&arguments, text)).unwrap()
    }

    /// Everything that goes or went out, whatever its state.
    #[track_caller]
    pub fn outbox(&self) -> Vec<Value> {
        let rows = self.desk.cli(&["outbox", "list", "--json"]);
        rows.as_array().unwrap().clone()
    }

    /// The recipients of one kind of mail, in order, whatever its state.
    #[track_caller]
    pub fn written(&self, kind: &str) -> Vec<String> {
        let rows = self.outbox();
        let rows = rows.iter().filter(|row| row["kind"] == kind);
        rows.map(|row| text(&row["recipient"])).collect()
    }

    /// The details of a ticket's events of a name, in order.
    #[track_caller]
    pub fn events(&self, ticket: i64, what: &str) -> Vec<String> {
        let ticket = self.desk.ticket(ticket);
        let events = ticket["events"].as_array().unwrap();
        let events = events.iter().filter(|event| event["what"] == what);
        events.map(|event| text(&event["detail"])).collect()
    }

    /// Waits until so many mails were sent to somebody; returns the last of them.
    #[track_caller]
    pub fn sent(&self, recipient: &str, count: usize) -> SmtpMail {
        let mut mails = self.smtp.wait_for(recipient, count, SOON);
        assert_eq!(mails.len(), count, "mails sent to {recipient}");
        mails.pop().unwrap()
    }
}

/// Most stories are about customers and count every mail: agents are told nothing in them.
fn agents_untold(setup: DeskSetup) -> DeskSetup {
    NOTIFY
        .iter()
        .fold(setup, |setup, key| setup.set("notify", key, "false"))
}

/// The keys of `[notify]`.
pub const NOTIFY: [&str; 4] = ["new_ticket", "new_answer", "assigned", "high_priority"];

/// A JSON string.
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

/// The addresses of a JSON list of people, sorted.
#[track_caller]
pub fn addresses(people: &Value) -> Vec<String> {
    let people = people.as_array().expect("a list of people").iter();
    let mut addresses: Vec<String> = people.map(|who| text(&who["address"])).collect();
    addresses.sort();
    addresses
}
