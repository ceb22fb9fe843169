//! One part of a mail with its MIME fields read.

use std::{borrow::Cow, cell::OnceCell};

use super::{
    fields::Parameters,
    reader::{Field, Leaf},
    transfer,
};
use crate::message::{header::HeaderDecoder, message_id};

/// A part that has no parts itself.
#[derive(Debug, Default)]
pub(in crate::message) struct Part<'a> {
    /// `type/subtype`, lower case; `text/plain` when nothing usable is declared (RFC 2045
    /// section 5.2).
    pub media_type: String,
    /// The parameters of Content-Type.
    pub content_type: Parameters,
    /// The file name that the mail gives it, decoded but not yet safe.
    pub name: Option<String>,
    /// `Content-Disposition: attachment`.
    pub is_attachment: bool,
    /// `Content-Disposition: inline`.
    pub is_inline: bool,
    /// Content-ID without brackets.
    pub content_id: Option<String>,
    /// The outermost multipart/alternative around it.
    pub alternative: Option<usize>,
    encoding: String,
    body: Cow<'a, [u8]>,
    decoded: OnceCell<Vec<u8>>,
}

impl<'a> Part<'a> {
    pub(super) fn read(leaf: &Leaf<'a>, decoder: &HeaderDecoder<'_>) -> Self {
        let content_type = field(&leaf.headers, "content-type")
            .and_then(|raw| Parameters::read(raw, decoder))
            .unwrap_or_default();
        let disposition = field(&leaf.headers, "content-disposition")
            .and_then(|raw| Parameters::read(raw, decoder))
            .unwrap_or_default();
        let name = disposition
            .file_name("filename")
            .or_else(|| content_type.file_name("name"));
        let media_type = match content_type.value.as_str() {
            "" if leaf.in_digest => "message/rfc822",
            kind if kind.split('/').filter(|half| !half.is_empty()).count() == 2 => kind,
            _ => "text/plain",
        };
        let text = |name| field(&leaf.headers, name).map(|raw| decoder.text(raw));
        let encoding = text("content-transfer-encoding").unwrap_or_default();
        Self {
            media_type: media_type.to_owned(),
            name: name
                .map(|name| name.trim().to_owned())
                .filter(|name| !name.is_empty()),
            is_attachment: disposition.value == "attachment",
            is_inline: disposition.value == "inline",
            content_id: text("content-id").and_then(|raw| message_id::first(&raw)),
            alternative: leaf.alternative,
            // a comment may follow: `base64 (really)`
            encoding: encoding
                .split([' ', '(', ';'])
                .next()
                .unwrap_or_default()
                .to_owned(),
            body: Cow::Borrowed(leaf.body),
            decoded: OnceCell::new(),
            content_type,
        }
    }

    /// The decoded bytes. Those of texts are kept, for they are asked for more than once.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        let decode = || transfer::decode(&self.body, &self.encoding);
        if !self.media_type.starts_with("text/") {
            return decode();
        }
        match self.decoded.get() {
            Some(bytes) => Cow::Borrowed(bytes),
            None => match decode() {
                Cow::Borrowed(bytes) => Cow::Borrowed(bytes),
                Cow::Owned(bytes) => Cow::Borrowed(self.decoded.get_or_init(|| bytes)),
            },
        }
    }

    /// A part that stood inside another one.
    pub(super) fn made(media_type: &str, bytes: Vec<u8>) -> Self {
        Self {
            media_type: media_type.to_owned(),
            body: Cow::Owned(bytes),
            ..Self::default()
        }
    }

    /// The same part with other decoded bytes.
    pub(super) fn with_bytes(self, bytes: Vec<u8>) -> Self {
        Self {
            body: Cow::Owned(bytes),
            encoding: String::new(),
            decoded: OnceCell::new(),
            ..self
        }
    }

    /// The declared charset.
    pub fn charset(&self) -> Option<&str> {
        self.content_type.get("charset")
    }
}

/// The last field of a name, as mail-parser takes it.
fn field<'a>(headers: &[Field<'a>], name: &str) -> Option<&'a [u8]> {
    let found = headers
        .iter()
        .rev()
        .find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| *value)
}
