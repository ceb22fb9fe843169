//! READ: bytes to facts. Pure, and never fails on content: trouble becomes a defect.

mod attachment;
pub mod authentication;
mod auto;
mod body;
mod calendar;
mod charset;
pub mod digest;
mod dsn;
mod embedded;
mod flowed;
pub mod forwarded;
mod header;
pub mod html;
pub mod language;
pub mod message_id;
mod notice;
mod parse;
pub mod reply_text;
mod rtf;
pub mod subject;
mod tnef;

use jiff::Timestamp;
use serde::Serialize;

use crate::{address::Address, language::Language};

pub use forwarded::Forwarded;
pub use parse::{all_attachment_bytes, attachment_by_digest, attachment_bytes, read, safe_html};

/// What a mail says, read as a person and as a gateway would.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// Message-ID without angle brackets; `None` when there is none that could be used.
    pub message_id: Option<String>,
    /// The ids of In-Reply-To, without brackets.
    pub in_reply_to: Vec<String>,
    /// The ids of References, oldest first, without brackets; capped at 200 (first and newest).
    pub references: Vec<String>,
    /// The author; both fields empty when From names nobody.
    pub from: Address,
    /// Reply-To.
    pub reply_to: Vec<Address>,
    /// To.
    pub to: Vec<Address>,
    /// Cc.
    pub cc: Vec<Address>,
    /// Where it was delivered: Delivered-To, X-Original-To, Envelope-To, X-Envelope-To.
    pub delivered_to: Vec<Address>,
    /// Return-Path: `None` when absent, `Some("")` for the null path.
    pub return_path: Option<String>,
    /// The decoded subject, without line breaks; may be empty.
    pub subject: String,
    /// Date, when it can be read.
    pub date: Option<Timestamp>,
    /// The language of the new text, when it can be told.
    pub language: Option<Language>,
    /// What kind of mail its own headers and structure show it to be: `Customer`, `AutoReply`,
    /// `Bounce`, `FeedbackReport` or `List`. `Agent`, `Own` and `Loop` are told by triage, which
    /// knows the desk.
    pub kind: Kind,
    /// The header or structure that showed the kind; empty for a plain mail.
    pub kind_reason: String,
    /// The whole readable body. Of what cannot be read in place (an encrypted mail, an invitation, a
    /// mail without text) lines in square brackets say in English what is there.
    pub text: String,
    /// The new words alone, under the same lines in square brackets.
    pub reply: String,
    /// The lines in square brackets alone, as they stand above `text` and `reply`; mostly empty.
    pub notice: String,
    /// What was quoted.
    pub quoted: String,
    /// The signature.
    pub signature: String,
    /// Views into the raw mail.
    pub attachments: Vec<Attachment>,
    /// What was odd, in words.
    pub defects: Vec<String>,
    /// All top-level headers, decoded, in order, for rules (`header.NAME`).
    pub headers: Vec<(String, String)>,
    /// What a delivery status notification says; only when `kind` is `Bounce`.
    pub bounce: Option<Bounce>,
    /// What a feedback report says; only when `kind` is `FeedbackReport`.
    pub complaint: Option<Complaint>,
    /// The mail that a person passes on with it; `None` for a machine's mail.
    pub forwarded: Option<Box<Forwarded>>,
    /// What is known of the author's domain. Nothing by reading alone: whoever knows whom the desk
    /// believes says it.
    pub dmarc: authentication::Verdict,
    /// Whether a server of pictures has one of the author. Nothing by reading alone.
    pub has_picture: bool,
    /// The size of the raw mail in bytes.
    pub size: u64,
}

impl Message {
    /// The decoded values of a header, by name without regard to case.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let is_it = move |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
        self.headers
            .iter()
            .filter(is_it)
            .map(|(_, value)| value.as_str())
    }
}

/// A part that is not the readable body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// A safe file name, Unicode, never a path; made up from the type where the mail has none.
    pub name: String,
    /// `type/subtype`, lower case.
    pub media_type: String,
    /// Decoded size in bytes.
    pub size: u64,
    /// Shown inside the text (`Content-Disposition: inline` or referred to by `cid:`).
    pub inline: bool,
    /// SHA-256 of the decoded bytes, in hex.
    pub sha256: String,
}

/// What a bounce says of the mail that came back (RFC 3464).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bounce {
    /// Original-Recipient, or Final-Recipient.
    pub recipient: String,
    /// What became of the mail.
    pub action: Action,
    /// The enhanced status code (RFC 3463), such as `5.1.1`; empty when there is none.
    pub status: String,
    /// Whether trying again is useless: the action is `failed` and the status not 4.x.x.
    pub permanent: bool,
    /// The Message-ID of the returned mail, without brackets; empty when it cannot be told.
    pub original_message_id: String,
    /// Its References. The last one is our own Message-ID where a relay (Amazon SES) has put its
    /// own in the place of ours.
    #[serde(skip)]
    pub original_references: Vec<String>,
}

/// What became of a mail that a delivery status notification tells of (RFC 3464 section 2.3.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It will not arrive.
    #[default]
    Failed,
    /// The server goes on trying.
    Delayed,
    /// It arrived.
    Delivered,
    /// It went on to a server that does not report.
    Relayed,
    /// It was delivered and went on to several addresses.
    Expanded,
}

impl Action {
    /// The word of RFC 3464.
    pub fn word(self) -> &'static str {
        match self {
            Action::Failed => "failed",
            Action::Delayed => "delayed",
            Action::Delivered => "delivered",
            Action::Relayed => "relayed",
            Action::Expanded => "expanded",
        }
    }
}

/// What a feedback report says of a mail that somebody marked as spam (RFC 5965).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Complaint {
    /// `abuse`, `fraud`, `not-spam`..., lower case; empty when not said.
    pub feedback_type: String,
    /// Original-Rcpt-To; empty where the report hides who complains.
    pub recipient: String,
    /// Original-Mail-From: our signed bounce address, where it is not hidden.
    pub original_sender: String,
    /// The Message-ID of the mail; empty when it cannot be told.
    pub original_message_id: String,
    /// Its References; see [`Bounce::original_references`].
    #[serde(skip)]
    pub original_references: Vec<String>,
}

/// The kind of a mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person who is not one of the desk's.
    #[default]
    Customer,
    /// One of the desk's agents.
    Agent,
    /// A machine that answers or announces (RFC 3834).
    AutoReply,
    /// A delivery status notification.
    Bounce,
    /// An abuse feedback report (RFC 5965).
    FeedbackReport,
    /// Bulk or list mail that no person wrote to us.
    List,
    /// Something that this desk sent came back.
    Loop,
    /// Written from the desk's own address.
    Own,
}

impl Kind {
    /// All of them with their words.
    pub const WORDS: [(&'static str, Kind); 8] = [
        ("customer", Kind::Customer),
        ("agent", Kind::Agent),
        ("auto_reply", Kind::AutoReply),
        ("bounce", Kind::Bounce),
        ("feedback_report", Kind::FeedbackReport),
        ("list", Kind::List),
        ("loop", Kind::Loop),
        ("own", Kind::Own),
    ];

    /// The word of the JSON and of rules.
    pub fn word(self) -> &'static str {
        let found = Self::WORDS.iter().find(|(_, kind)| *kind == self);
        found.map_or("", |(word, _)| word)
    }

    /// The kind of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        let found = Self::WORDS.iter().find(|(known, _)| *known == word);
        found.map(|(_, kind)| *kind)
    }

    /// Whether a machine made it: no automatic mail may answer it.
    pub fn is_machine(self) -> bool {
        !matches!(self, Kind::Customer | Kind::Agent)
    }
}
