//! The syntax of single fields, read by mail-parser: addresses, dates, MIME types and parameters.

use std::borrow::Cow;

use jiff::Timestamp;
use mail_parser::{HeaderValue, decoders::charsets::map::charset_decoder, parsers::MessageStream};

use crate::{
    address::Address,
    message::header::{HeaderDecoder, one_line},
};

/// A MIME type or disposition with its parameters (RFC 2045 section 5.1, RFC 2183, RFC 2231).
#[derive(Clone, Debug, Default)]
pub(in crate::message) struct Parameters {
    /// `type/subtype`, or the disposition; lower case.
    pub value: String,
    parameters: Vec<(String, String)>,
}

impl Parameters {
    /// A parameter by its lower-case name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A file name: of several, the one that the plain form cannot say (`filename*`, RFC 2231, is
    /// sent beside an ASCII `filename` for old readers).
    pub fn file_name(&self, name: &str) -> Option<&str> {
        let all = || self.parameters.iter().filter(|(key, _)| key == name);
        let whole = all().find(|(_, value)| !value.is_ascii());
        whole
            .or_else(|| all().next())
            .map(|(_, value)| value.as_str())
    }

    /// Reads a Content-Type or Content-Disposition value.
    pub fn read(raw: &[u8], decoder: &HeaderDecoder<'_>) -> Option<Self> {
        let is_plain = raw.is_ascii() && !raw.windows(2).any(|pair| pair == b"=?");
        let bytes = if is_plain {
            Cow::Borrowed(raw)
        } else {
            Cow::Owned(decoder.structured(raw).into_bytes())
        };
        let line = ended(&bytes);
        let HeaderValue::ContentType(parsed) = MessageStream::new(&line).parse_content_type()
        else {
            return None;
        };
        let mut value = parsed.c_type.trim().to_ascii_lowercase();
        if let Some(subtype) = &parsed.c_subtype {
            value.push('/');
            value.push_str(&subtype.trim().to_ascii_lowercase());
        }
        let parameters = parsed.attributes.unwrap_or_default().into_iter();
        let mut parameters: Vec<(String, String)> = parameters
            .map(|a| (a.name.to_ascii_lowercase(), a.value.into_owned()))
            .collect();
        if parameters
            .iter()
            .any(|(_, value)| value.contains(char::REPLACEMENT_CHARACTER))
        {
            // a character split between two continuations: mailparse joins them first
            let text = String::from_utf8_lossy(&bytes).replace(['\r', '\n'], " ");
            parameters = mailparse::parse_content_disposition(&text)
                .params
                .into_iter()
                .collect();
        }
        Some(Self { value, parameters })
    }
}

/// Every address of a field, groups opened, in order; what names nobody is left out.
pub(super) fn addresses(raw: &[u8], decoder: &HeaderDecoder<'_>) -> Vec<Address> {
    let text = without_needless_quotes(decoder.structured(raw));
    let line = ended(text.as_bytes());
    let HeaderValue::Address(parsed) = MessageStream::new(&line).parse_address() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for one in parsed.into_list() {
        let name = clean_name(one.name.as_deref().unwrap_or_default());
        let spec = one_line(one.address.as_deref().unwrap_or_default());
        let spec = spec.trim_start_matches("mailto:");
        let address = Address::new(name, spec);
        if address.is_usable() {
            found.push(address);
        } else if let Some(inner) = Address::parse(&address.name) {
            // `"ivan@example.com" <>` and `=?utf-8?Q?ivan=40example.com?=`
            found.push(Address::new("", inner.address));
        }
    }
    found
}

/// `"ivan"@example.com` is `ivan@example.com` (RFC 5322 section 3.4.1); mail-parser takes what is
/// quoted for a name. Of other quoted local parts the quotes are needed.
fn without_needless_quotes(text: String) -> String {
    if !text.contains("\"@") {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    let mut pieces = text.split("\"@").peekable();
    while let Some(piece) = pieces.next() {
        let is_last = pieces.peek().is_none();
        match piece.rsplit_once('"') {
            Some((before, local)) if !is_last && is_dot_atom(local) && !before.ends_with('\\') => {
                plain.extend([before, local, "@"]);
            }
            _ => {
                plain.push_str(piece);
                plain.push_str(if is_last { "" } else { "\"@" });
            }
        }
    }
    plain
}

/// RFC 5322 section 3.2.3.
fn is_dot_atom(text: &str) -> bool {
    let is_atom = |atom: &str| {
        let is_text = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
        !atom.is_empty() && atom.bytes().all(is_text)
    };
    text.split('.').all(is_atom)
}

/// A display name on one line, without the quotes that mailers put around a quoted name.
fn clean_name(name: &str) -> String {
    let name = one_line(name);
    let name = name.trim_matches(['"', '\'']).trim();
    name.to_owned()
}

/// A Date value (RFC 5322 section 3.3 with the obsolete forms); `None` when it names no real time.
pub(super) fn date(raw: &[u8]) -> Option<Timestamp> {
    let text = String::from_utf8_lossy(raw).replace(['\r', '\n'], " ");
    if let Ok(date) = jiff::fmt::rfc2822::parse(text.trim()) {
        return Some(date.timestamp()).filter(|date| date.as_second() > 0);
    }
    // what strict reading refuses: wrong weekdays, odd zones, missing commas
    let line = ended(raw);
    let HeaderValue::DateTime(date) = MessageStream::new(&line).parse_date() else {
        return None;
    };
    let is_real = date.is_valid() && date.year >= 1970;
    is_real.then(|| Timestamp::from_second(date.to_timestamp()).ok())?
}

/// A decoder for the labels that encoding_rs lacks, such as utf-7 and ibm850.
pub(in crate::message) fn rare_decoder(label: &str) -> Option<fn(&[u8]) -> String> {
    charset_decoder(label.trim().as_bytes())
}

/// mail-parser ends a field at its line end and finds nothing in one without.
fn ended(raw: &[u8]) -> Cow<'_, [u8]> {
    if raw.last() == Some(&b'\n') {
        return Cow::Borrowed(raw);
    }
    let mut line = raw.to_vec();
    line.push(b'\n');
    Cow::Owned(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_needlessly_quoted_local_part_is_the_plain_one() {
        let likely = || encoding_rs::UTF_8;
        let decoder = HeaderDecoder { likely: &likely };
        for (field, name, address) in [
            ("\"ivan+x\"@example.com", "", "ivan+x@example.com"),
            ("<\"i.van\"@example.com>", "", "i.van@example.com"),
            ("Ivan <\"ivan\"@example.com>", "Ivan", "ivan@example.com"),
            (
                "\"Petrov, Ivan\" <\"ivan\"@example.com>",
                "Petrov, Ivan",
                "ivan@example.com",
            ),
            ("\"Ivan\" <ivan@example.com>", "Ivan", "ivan@example.com"),
            ("\"@Ivan\" <ivan@example.com>", "@Ivan", "ivan@example.com"),
        ] {
            let found = addresses(field.as_bytes(), &decoder);
            assert_eq!(found, [Address::new(name, address)], "{field}");
        }
        for (text, expected) in [
            ("\"a\"@b, \"c d\"@e, \"f\"@g", "a@b, \"c d\"@e, f@g"),
            ("\"a..b\"@c", "\"a..b\"@c"),
            ("\"a\\\"b\"@c", "\"a\\\"b\"@c"),
            ("\"@\"@", "\"@\"@"),
            ("\"@", "\"@"),
        ] {
            assert_eq!(without_needless_quotes(text.to_owned()), expected);
        }
    }
}
