//! Where the stories of a mail take place: Dovecot, a desk, and a server for what goes out.

use std::time::Duration;

use tempfile::TempDir;

use crate::harness::{
    Account, Ca, Desk, DeskSetup, Dovecot, DovecotOptions, FakeSmtp, SmtpOptions, eventually, mail,
};
use maildesk::store::{JournalLine, Store};

/// The desk's own mailbox.
pub const USER: &str = "support@example.com";
/// Longer than anything may take on a busy machine.
pub const SOON: Duration = Duration::from_secs(40);

/// Real mailboxes, and a server that takes what goes out.
pub struct Place {
    _dir: TempDir,
    pub ca: Ca,
    pub dovecot: Dovecot,
    pub smtp: FakeSmtp,
}

impl Place {
    /// Servers as they usually are.
    pub fn new() -> Self {
        Self::with(DovecotOptions::default())
    }

    /// With another Dovecot.
    pub fn with(options: DovecotOptions) -> Self {
        let dir = TempDir::new().unwrap();
        let ca = Ca::new(dir.path());
        let dovecot = Dovecot::start(&ca, options);
        let smtp = FakeSmtp::start(&ca, SmtpOptions::default());
        Self {
            _dir: dir,
            ca,
            dovecot,
            smtp,
        }
    }

    /// A running desk that watches [`USER`], with further keys of its mailbox.
    pub fn desk(&self, keys: &[(&str, &str)]) -> Desk {
        self.setup(keys).start()
    }

    /// The same, not yet started.
    pub fn setup(&self, keys: &[(&str, &str)]) -> DeskSetup {
        Desk::setup()
            .mailbox_with("support", &self.dovecot.account(USER), keys)
            .smtp(&self.smtp.account())
    }

    /// A mail comes in.
    pub fn deliver(&self, mail: &[u8]) {
        self.dovecot.deliver(USER, mail);
    }

    /// The flags of the mails in the INBOX.
    pub fn flags(&self) -> Vec<String> {
        self.dovecot.flags(USER, "INBOX")
    }
}

/// The N-th customer, who asks something of their own.
pub fn question(number: usize) -> Vec<u8> {
    mail::plain(
        &format!("Customer {number} <{}>", customer(number)),
        USER,
        &format!("A question about order {number}"),
        &[
            &format!("Message-ID: <question-{number}@shop.example>"),
            "Date: Sat, 21 Nov 2026 10:00:00 +0300",
        ],
        &format!("Good day, where can I see the state of order {number}?"),
    )
}

/// The N-th customer's address.
pub fn customer(number: usize) -> String {
    format!("customer-{number}@shop.example")
}

/// Waits until these customers, and nobody else, have an acknowledgement each, and one only.
#[track_caller]
pub fn wait_acknowledged(desk: &Desk, smtp: &FakeSmtp, numbers: impl IntoIterator<Item = usize>) {
    let mut wanted: Vec<String> = numbers.into_iter().map(customer).collect();
    wanted.sort();
    eventually(SOON, "an acknowledgement for each customer", || {
        let told = recipients(smtp);
        let all = wanted.iter().all(|who| told.contains(who));
        if all {
            Ok(())
        } else {
            Err(format!("{told:?}"))
        }
    });
    desk.wait_outbox_empty(SOON);
    assert_eq!(recipients(smtp), wanted, "one acknowledgement a customer");
}

fn recipients(smtp: &FakeSmtp) -> Vec<String> {
    let mails = smtp.mails().into_iter();
    let mut told: Vec<String> = mails.flat_map(|mail| mail.recipients).collect();
    told.sort();
    told
}

/// What became of every mail that was stored.
#[track_caller]
pub fn journal(desk: &Desk) -> Vec<JournalLine> {
    let store = Store::open_existing(&desk.dir().join("maildesk.db")).unwrap();
    store.read_here(|view| view.journal(1_000_000)).unwrap()
}

/// Waits until this many mails were stored and all of them are settled.
#[track_caller]
pub fn wait_settled(desk: &Desk, count: usize) -> Vec<JournalLine> {
    eventually(SOON, &format!("{count} mails settled"), || {
        let lines = journal(desk);
        let settled = lines.iter().filter(|line| line.state != "received").count();
        match settled == lines.len() && settled >= count {
            true => Ok(lines),
            false => Err(format!("{settled} of {}", lines.len())),
        }
    })
}

/// How many lines of the log hold this text.
pub fn said(desk: &Desk, text: &str) -> usize {
    desk.log()
        .lines()
        .filter(|line| line.contains(text))
        .count()
}

/// Holds that the log says it so many times. What a line tells of may be seen before the line.
#[track_caller]
pub fn assert_said(desk: &Desk, text: &str, times: usize) {
    let count = || said(desk, text);
    eventually(SOON, &format!("the log says {text:?}"), || count() >= times);
    assert_eq!(count(), times, "{text:?}: {}", desk.log());
}

/// A mailbox as `/readyz` shows it.
#[track_caller]
pub fn shown(desk: &Desk, mailbox: &str) -> serde_json::Value {
    let page = desk.get("/readyz").json();
    let mailboxes = page["mailboxes"].as_array().unwrap();
    let found = mailboxes.iter().find(|state| state["name"] == mailbox);
    found.unwrap().clone()
}

/// An account with something changed.
pub fn but(mut account: Account, change: impl FnOnce(&mut Account)) -> Account {
    change(&mut account);
    account
}
