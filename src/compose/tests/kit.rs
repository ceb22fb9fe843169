//! A desk, a customer, and the parts of a mail.

use jiff::Timestamp;
use mail_parser::MessageParser;

use crate::{
    address::Address,
    compose::*,
    language::Language,
    token::{Purpose, Signer},
};

pub(super) const UNIQUE: &str = "abcdefghijklmnopqrstuvwxyz";

pub(super) fn signer() -> Signer {
    Signer::new(b"0123456789abcdef")
}

pub(super) fn desk() -> Desk {
    Desk {
        name: "Acme Support".to_owned(),
        address: Address::new("", "support@example.com"),
        delimiter: "+".to_owned(),
        public_url: "https://support.example.com/".to_owned(),
        language: Language::En,
    }
}

pub(super) fn composer(desk: Desk) -> Composer {
    Composer::new(desk, signer(), Templates::load(None).unwrap())
}

pub(super) fn stamp() -> Stamp {
    Stamp {
        at: "2026-11-21T22:15:03.5Z".parse::<Timestamp>().unwrap(),
        unique: UNIQUE.to_owned(),
    }
}

pub(super) fn olga() -> Address {
    Address::new("Ольга Петренко", "olga@customer.example")
}

pub(super) fn thread(language: Language, subject: &str) -> Thread<'_> {
    Thread {
        ticket: 123,
        subject,
        language,
        in_reply_to: Some("first@customer.example"),
        references: &[],
    }
}

pub(super) fn raw(mail: &Outgoing) -> String {
    String::from_utf8(mail.bytes.clone()).unwrap()
}

/// The unfolded value of a header, as it stands on the wire.
pub(super) fn wire(mail: &Outgoing, name: &str) -> Option<String> {
    let raw = raw(mail);
    let (head, _) = raw.split_once("\r\n\r\n").unwrap();
    let unfolded = head.replace("\r\n ", " ");
    unfolded
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{name}: ")))
        .map(str::to_owned)
}

/// Header names in order.
pub(super) fn names(mail: &Outgoing) -> Vec<String> {
    let parsed = MessageParser::new().parse(&mail.bytes).unwrap();
    let headers = parsed.headers().iter();
    headers.map(|header| header.name().to_owned()).collect()
}

pub(super) fn text_of(mail: &Outgoing) -> String {
    let parsed = MessageParser::new().parse(&mail.bytes).unwrap();
    parsed.body_text(0).unwrap().replace("\r\n", "\n")
}

pub(super) fn html_of(mail: &Outgoing) -> String {
    let parsed = MessageParser::new().parse(&mail.bytes).unwrap();
    parsed.body_html(0).unwrap().into_owned()
}

/// Tokens, the name in the Message-ID and the boundary blanked.
pub(super) fn normal(text: &str, purpose: Purpose, id: i64, party: &str) -> String {
    let id_seal = signer().seal(Purpose::MessageId, 123, UNIQUE);
    text.replace(&signer().seal(purpose, id, party), "TOKEN")
        .replace(&id_seal, "SEAL")
        .replace(UNIQUE, "UNIQUE")
        .replace("\r\n", "\n")
}
