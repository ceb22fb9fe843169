//! WRITE: ticket and text to RFC 5322 bytes and an envelope. Pure.
//!
//! The same arguments give the same bytes: time and chance come in with a [`Stamp`], so that a
//! mail may be composed before the transaction that stores it, and compared whole in tests.

mod addresses;
mod composer;
mod conversation;
mod facts;
mod file;
mod headline;
mod html;
mod message_id;
mod mime;
mod notification;
mod nps_mail;
mod nps_pages;
mod own_report_page;
mod pages;
mod report_page;
mod sample;
mod strings;
mod survey_mail;
mod template_files;
mod templates;

#[cfg(test)]
mod tests;

pub use composer::{ComposeError, Composer, Reply, Stamp, Thread};
pub use conversation::{Conversation, Said};
pub use file::File;
pub use headline::one_line;
pub use message_id::{agent_token, own_ticket};
pub use mime::LOOP_HEADER;
pub use notification::{NotSent, Notification};
pub use nps_pages::{NpsFacts, NpsPage};
pub use own_report_page::OwnReportPage;
pub use pages::{Notice, Page, SURVEY_SCRIPT, SurveyPage};
pub use report_page::{ReportComment, ReportLine, ReportPage, ReportSection};
pub use templates::Templates;

use crate::{address::Address, language::Language};

/// A finished mail: exactly these bytes are sent, however often it is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Without angle brackets.
    pub message_id: String,
    /// The envelope sender; empty is the null path `<>`.
    pub envelope_from: String,
    /// The one recipient.
    pub recipient: Address,
    /// The decoded subject, for lists.
    pub subject: String,
    /// RFC 5322 bytes with CRLF line ends.
    pub bytes: Vec<u8>,
}

/// Who writes: the part of the config that outgoing mail needs.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The name customers see in From.
    pub name: String,
    /// The address of From.
    pub address: Address,
    /// What parts a sub-address (RFC 5233) from the local part; empty when the server has none.
    pub delimiter: String,
    /// Where customers reach the survey pages; empty for a desk that lives by mail alone.
    pub public_url: String,
    /// The language of mail to agents, and to customers whose own cannot be told.
    pub language: Language,
}
