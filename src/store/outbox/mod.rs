//! The ledger of what goes out: one row a recipient, each with a state and a reason.

mod ledger;
mod queue;
mod taken_back;

use jiff::Timestamp;

pub use taken_back::TakenBack;

use super::{Pen, StoreError};
use crate::address::Address;

/// What a mail is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutboxKind {
    /// We have your mail.
    Acknowledgement,
    /// An agent's answer.
    Reply,
    /// To an agent.
    Notification,
    /// Were you happy.
    Survey,
    /// A rule's template, an answer to an agent's mail that was not sent on, or a question for NPS.
    Auto,
}

impl OutboxKind {
    /// The word of JSON, metrics and store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Acknowledgement => "acknowledgement",
            Self::Reply => "reply",
            Self::Notification => "notification",
            Self::Survey => "survey",
            Self::Auto => "auto",
        }
    }
}

/// Where an outgoing mail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxState {
    /// Its time comes later.
    Scheduled,
    /// To be sent, now or at its next attempt.
    Pending,
    /// Leased to a sender.
    Sending,
    /// The server took it.
    Sent,
    /// Refused for good, or given up.
    Failed,
    /// Taken back.
    Dropped,
}

impl OutboxState {
    /// All of them with their words.
    pub const WORDS: [(&'static str, OutboxState); 6] = [
        ("scheduled", Self::Scheduled),
        ("pending", Self::Pending),
        ("sending", Self::Sending),
        ("sent", Self::Sent),
        ("failed", Self::Failed),
        ("dropped", Self::Dropped),
    ];

    /// The word of JSON and store.
    pub fn word(self) -> &'static str {
        Self::WORDS
            .iter()
            .find(|(_, state)| *state == self)
            .map_or("", |(word, _)| word)
    }

    /// The state of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::WORDS
            .iter()
            .find(|(w, _)| *w == word)
            .map(|(_, state)| *state)
    }
}

/// A finished mail to be sent.
#[derive(Clone, Debug)]
pub struct NewOutbox {
    /// What it is for.
    pub kind: OutboxKind,
    /// The ticket that it speaks of.
    pub ticket: Option<i64>,
    /// The answer that it carries.
    pub message: Option<i64>,
    /// The survey that it asks.
    pub survey: Option<i64>,
    /// The one recipient.
    pub recipient: Address,
    /// The envelope sender; empty is `<>`.
    pub envelope_from: String,
    /// The decoded subject.
    pub subject: String,
    /// Without brackets; the same at every attempt.
    pub message_id: String,
    /// RFC 5322 bytes.
    pub bytes: Vec<u8>,
    /// Not before this time; `None` is now.
    pub not_before: Option<Timestamp>,
}

/// A row leased for one attempt.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its row.
    pub id: i64,
    /// What it is for.
    pub kind: String,
    /// The ticket that it speaks of.
    pub ticket: Option<i64>,
    /// Envelope sender; empty is `<>`.
    pub envelope_from: String,
    /// Envelope recipient.
    pub recipient: Address,
    /// The mail.
    pub bytes: Vec<u8>,
    /// Which attempt this is, from 1; counted before dialling.
    pub attempt: u32,
    /// When the row was made.
    pub created_at: Timestamp,
}

/// What is said of a mail that asks, at the moment when it would leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leave {
    /// It goes.
    Now,
    /// It waits until then, and is asked about again.
    Later(Timestamp),
    /// It is dropped, for this reason.
    Never(String),
}

/// Says of an outbox row and its survey whether it leaves, by the facts of that moment: asked in the
/// transaction that leases the row, so that nothing happens in between.
pub type Door = dyn Fn(&Pen<'_>, i64, i64) -> Result<Leave, StoreError> + Send + Sync;

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempted {
    /// The server took it.
    Sent,
    /// Try again at that time.
    Later {
        /// When.
        at: Timestamp,
        /// What the server or the network said.
        error: String,
    },
    /// No more attempts.
    Failed {
        /// What the server or the network said.
        error: String,
        /// The code, where it says that the address takes no mail.
        no_mailbox: Option<String>,
    },
}

/// An outbox row as `outbox list` shows it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct OutboxRow {
    /// Its row.
    pub id: i64,
    /// What it is for.
    pub kind: String,
    /// The ticket that it speaks of.
    pub ticket: Option<i64>,
    /// The recipient.
    pub recipient: String,
    /// The decoded subject.
    pub subject: String,
    /// Without brackets.
    pub message_id: String,
    /// `scheduled`, `pending`, `sending`, `sent`, `failed` or `dropped`.
    pub state: String,
    /// Attempts so far.
    pub attempts: u32,
    /// When it is tried next; null once it is over.
    pub next_attempt_at: Option<Timestamp>,
    /// What the last attempt ended with.
    pub last_error: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the server took it.
    pub sent_at: Option<Timestamp>,
    /// Why it was dropped, or is held.
    pub why: String,
    /// Whether it waits for its agent's word, since the customer wrote before it left.
    pub held: bool,
}
