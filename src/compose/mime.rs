//! A mail's headers and two bodies to bytes, by lettre's typed builder.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lettre::message::{
    Mailbox, MultiPart, SinglePart,
    header::{HeaderName, HeaderValue, MessageId},
};

use super::{
    file::{self, File},
    headline::one_line,
};
use crate::{address::Address, language::Language};

/// The header that tells a desk its own automatic mail, so that two of them facing each other
/// stop; its value is the desk's address.
pub const LOOP_HEADER: &str = "X-Maildesk-Loop";

/// Longest display name we repeat, in characters.
const MAX_NAME: usize = 80;
/// The last second that RFC 5322 dates can write: the end of the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;

/// How automatic a mail is (RFC 3834 section 5).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Automatic {
    /// A person wrote it.
    No,
    /// An answer to one mail.
    Replied,
    /// Sent on an event of the desk.
    Generated,
}

impl Automatic {
    fn word(self) -> Option<&'static str> {
        match self {
            Automatic::No => None,
            Automatic::Replied => Some("auto-replied"),
            Automatic::Generated => Some("auto-generated"),
        }
    }
}

/// All that stands in a mail.
pub(super) struct Draft<'a> {
    pub from: Address,
    pub to: &'a Address,
    pub cc: &'a [Address],
    pub reply_to: Address,
    pub subject: &'a str,
    pub message_id: &'a str,
    pub in_reply_to: Option<String>,
    pub references: String,
    pub at: Timestamp,
    pub automatic: Automatic,
    pub desk: &'a Address,
    pub language: Language,
    /// How to get no more mails of this kind; only mails that nothing of the reader's brought about
    /// have it.
    pub unsubscribe: Option<&'a Unsubscribe>,
    /// Names the MIME boundary; must not occur in the bodies, so random.
    pub unique: &'a str,
    pub text: String,
    pub html: String,
    pub files: &'a [File],
}

/// The headers of RFC 2369 section 3.2 and RFC 8058.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unsubscribe {
    /// Where, best first.
    pub urls: Vec<String>,
    /// Whether a POST to the first is enough: it must be HTTPS then (RFC 8058 section 3.1).
    pub one_click: bool,
}

/// Why a mail could not be built.
#[derive(Debug, thiserror::Error)]
pub(super) enum BuildError {
    #[error("{masked} is not an address that mail can be sent to: {cause}")]
    Address {
        masked: String,
        cause: lettre::address::AddressError,
    },
    #[error("the headers do not make a mail: {0}")]
    Headers(#[from] lettre::error::Error),
}

/// RFC 5322 bytes with CRLF line ends; text and HTML as `multipart/alternative`, in 7-bit,
/// quoted-printable or base64, so that every relay takes them. With files that stands first in a
/// `multipart/mixed`.
pub(super) fn build(draft: &Draft<'_>) -> Result<Vec<u8>, BuildError> {
    let mut mail = lettre::Message::builder()
        .date(date(draft.at))
        .from(mailbox(&draft.from)?)
        .to(mailbox(draft.to)?);
    for address in draft.cc {
        mail = mail.cc(mailbox(address)?);
    }
    mail = mail
        .reply_to(mailbox(&draft.reply_to)?)
        .subject(draft.subject)
        .header(MessageId::from(format!("<{}>", draft.message_id)))
        .references(draft.references.clone());
    if let Some(id) = &draft.in_reply_to {
        mail = mail.in_reply_to(id.clone());
    }
    if let Some(word) = draft.automatic.word() {
        mail = mail
            .raw_header(header("Auto-Submitted", word))
            .raw_header(header("X-Auto-Response-Suppress", "All"))
            .raw_header(header(LOOP_HEADER, &draft.desk.key()));
    }
    mail = mail.raw_header(header("Content-Language", draft.language.code()));
    if let Some(unsubscribe) = draft.unsubscribe {
        let urls: Vec<String> = unsubscribe
            .urls
            .iter()
            .map(|url| format!("<{url}>"))
            .collect();
        mail = mail.raw_header(header("List-Unsubscribe", &urls.join(", ")));
        if unsubscribe.one_click {
            let word = "List-Unsubscribe=One-Click";
            mail = mail.raw_header(header("List-Unsubscribe-Post", word));
        }
    }
    // "=_" cannot occur in quoted-printable or base64 (RFC 2045 section 6.7); lettre panics on a
    // boundary that is no token
    let boundary = |start: &str| -> String {
        let unique = draft.unique.chars().filter(char::is_ascii_alphanumeric);
        start.chars().chain(unique.take(60)).collect()
    };
    let mut parts = MultiPart::alternative()
        .boundary(boundary("=_"))
        .singlepart(SinglePart::plain(clean_body(&draft.text)))
        .singlepart(SinglePart::html(clean_body(&draft.html)));
    if !draft.files.is_empty() {
        parts = MultiPart::mixed()
            .boundary(boundary("=_f"))
            .multipart(parts);
        for file in draft.files {
            parts = parts.singlepart(file::part(file));
        }
    }
    Ok(mail.multipart(parts)?.formatted())
}

fn mailbox(address: &Address) -> Result<Mailbox, BuildError> {
    let spec = address
        .address
        .parse()
        .map_err(|cause| BuildError::Address {
            masked: address.masked(),
            cause,
        })?;
    let name = one_line(&address.name, MAX_NAME);
    Ok(Mailbox::new((!name.is_empty()).then_some(name), spec))
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// lettre's date type panics on times that RFC 5322 cannot write, hence the bounds.
fn date(at: Timestamp) -> SystemTime {
    let seconds = u64::try_from(at.as_second()).unwrap_or(0).min(LAST_SECOND);
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Line ends as LF (lettre makes them CRLF) and no control characters but TAB: a bare CR or a NUL
/// breaks SMTP (RFC 5321 section 2.3.8).
fn clean_body(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .filter_map(|c| match c {
            '\r' => Some('\n'),
            '\n' | '\t' => Some(c),
            _ => (!c.is_control()).then_some(c),
        })
        .collect()
}
