//! Header values to text: unfolding (RFC 5322 section 2.2.3), encoded words (RFC 2047), raw 8-bit.

use std::borrow::Cow;

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use encoding_rs::Encoding;

use super::charset;

/// Bytes of one header value that are looked at; more is a bomb.
const RAW_LIMIT: usize = 128 * 1024;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Turns raw header values into text; holds what is known of the mail's undeclared 8-bit bytes.
pub(super) struct HeaderDecoder<'a> {
    /// The encoding of raw 8-bit bytes that are not UTF-8.
    pub likely: &'a dyn Fn() -> &'static Encoding,
}

impl HeaderDecoder<'_> {
    /// The decoded value on one line, without control and bidi characters.
    pub fn text(&self, raw: &[u8]) -> String {
        if let Some(line) = plain_line(raw) {
            return line;
        }
        let text = self.unfolded(raw);
        let decoded = self.replace_words(&text, &mut |word, out| out.push_str(word));
        one_line(&decoded)
    }

    /// The value with its syntax kept: encoded words become quoted strings, so that a comma or a
    /// bracket in a decoded name cannot be taken for syntax.
    pub fn structured(&self, raw: &[u8]) -> String {
        let text = self.unfolded(raw);
        let mut quotes_seen = 0usize;
        let mut looked_at = 0usize;
        let source: &str = &text;
        let decoded = self.replace_words_at(source, &mut |at, word, out| {
            let between = source.get(looked_at..at).unwrap_or_default();
            quotes_seen += between.matches('"').count();
            looked_at = at;
            // some mailers put encoded words inside quotes, against RFC 2047 section 5
            let is_quoted = quotes_seen % 2 == 1;
            // a decoded line end would end the field
            let escaped = word.replace('\\', "\\\\").replace('"', "\\\"");
            let escaped = escaped.replace(char::is_control, " ");
            if !is_quoted {
                out.push('"');
            }
            out.push_str(&escaped);
            if !is_quoted {
                out.push('"');
            }
        });
        decoded.into_owned()
    }

    /// Decoded from raw bytes, on one line, encoded words untouched.
    fn unfolded<'b>(&self, raw: &'b [u8]) -> Cow<'b, str> {
        let raw = raw.get(..RAW_LIMIT).unwrap_or(raw);
        let text = charset::decode(raw, None, self.likely);
        let trimmed = text.trim();
        if trimmed.bytes().any(|byte| matches!(byte, b'\r' | b'\n')) {
            let mut line = String::with_capacity(trimmed.len());
            for piece in trimmed
                .split(['\r', '\n'])
                .filter(|piece| !piece.is_empty())
            {
                line.push_str(piece);
            }
            return Cow::Owned(line);
        }
        match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        }
    }

    fn replace_words<'t>(
        &self,
        text: &'t str,
        put: &mut dyn FnMut(&str, &mut String),
    ) -> Cow<'t, str> {
        self.replace_words_at(text, &mut |_, word, out| put(word, out))
    }

    /// Replaces each run of encoded words by what `put` writes for its decoded text.
    ///
    /// Neighbours in the same charset are joined as bytes before they are decoded: many mailers
    /// split a character between two words.
    fn replace_words_at<'t>(
        &self,
        text: &'t str,
        put: &mut dyn FnMut(usize, &str, &mut String),
    ) -> Cow<'t, str> {
        if memchr::memmem::find(text.as_bytes(), b"=?").is_none() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find("=?") {
            let (before, at) = rest.split_at(start);
            let Some((first, mut after)) = next_word(at) else {
                let (mark, tail) = at.split_at(2);
                out.push_str(before);
                out.push_str(mark);
                rest = tail;
                continue;
            };
            out.push_str(before);
            let offset = text.len() - at.len();
            let mut run = vec![first];
            while let Some((word, tail)) = next_word(after.trim_start()) {
                run.push(word);
                after = tail;
            }
            put(offset, &self.decode_run(run), &mut out);
            rest = after;
        }
        out.push_str(rest);
        Cow::Owned(out)
    }

    fn decode_run(&self, run: Vec<Word<'_>>) -> String {
        let mut out = String::new();
        let mut words = run.into_iter().peekable();
        while let Some(Word { label, mut bytes }) = words.next() {
            while let Some(next) = words.next_if(|next| next.label.eq_ignore_ascii_case(label)) {
                bytes.extend(next.bytes);
            }
            out.push_str(&charset::decode(&bytes, Some(label), self.likely));
        }
        out
    }
}

/// The value on one line if there is nothing in it to decode, as in almost every header.
fn plain_line(raw: &[u8]) -> Option<String> {
    let raw = raw.get(..RAW_LIMIT).unwrap_or(raw).trim_ascii();
    // without a way out of the loop, sixteen bytes are looked at together
    let is_fold = |b: u8| matches!(b, b'\t' | b'\r' | b'\n');
    let is_odd = |b: u8| (b < b' ' && !is_fold(b)) || b >= 0x7f;
    if raw.iter().fold(false, |odd, b| odd | is_odd(*b)) {
        return None;
    }
    let text = std::str::from_utf8(raw).ok()?;
    if memchr::memmem::find(raw, b"=?").is_some() {
        return None;
    }
    let mut line = String::with_capacity(text.len());
    let mut start = 0usize;
    for at in memchr::memchr3_iter(b'\t', b'\r', b'\n', raw) {
        line.push_str(text.get(start..at).unwrap_or_default());
        if raw.get(at) == Some(&b'\t') {
            line.push(' ');
        }
        start = at + 1;
    }
    line.push_str(text.get(start..).unwrap_or_default());
    Some(line)
}

struct Word<'a> {
    label: &'a str,
    bytes: Vec<u8>,
}

/// One encoded word at the start of `text`, and what follows it.
fn next_word(text: &str) -> Option<(Word<'_>, &str)> {
    let (label, rest) = text.strip_prefix("=?")?.split_once('?')?;
    // RFC 2231 section 5 adds a language: `utf-8*ru`
    let label = label.split('*').next().unwrap_or(label);
    let is_label = |c: char| c.is_ascii_alphanumeric() || "-_:.()+".contains(c);
    if label.is_empty() || label.len() > 40 || !label.chars().all(is_label) {
        return None;
    }
    let (encoding, rest) = rest.split_once('?')?;
    let (data, rest) = rest.split_at(end_of_data(rest)?);
    let bytes = match encoding {
        "B" | "b" => from_base64(data)?,
        "Q" | "q" => from_q(data),
        _ => return None,
    };
    Some((Word { label, bytes }, rest.strip_prefix("?=")?))
}

/// Where the data of an encoded word ends. It never reaches into a next word: a header full of
/// unfinished ones stays linear.
fn end_of_data(text: &str) -> Option<usize> {
    let mut before = None;
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        let next = bytes.peek().map(|(_, next)| *next);
        match (before, byte, next) {
            (_, b'?', Some(b'=')) => return Some(at),
            (Some(b'='), b'?', _) => return None,
            _ => before = Some(byte),
        }
    }
    None
}

fn from_base64(data: &str) -> Option<Vec<u8>> {
    let clean: String = data.chars().filter(|c| !c.is_whitespace()).collect();
    LENIENT.decode(clean.trim_end_matches('=')).ok()
}

/// The Q encoding (RFC 2047 section 4.2); what is not an escape stays as it is.
fn from_q(data: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut bytes = data.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'_' => out.push(b' '),
            b'=' => {
                let mut ahead = bytes.clone();
                let digit = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16));
                if let (Some(high), Some(low)) = (digit(ahead.next()), digit(ahead.next())) {
                    out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                    bytes = ahead;
                } else {
                    out.push(byte);
                }
            }
            _ => out.push(byte),
        }
    }
    out
}

/// On one line, without control characters and without the bidi controls that make a text look
/// like another one.
pub(super) fn one_line(text: &str) -> String {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.trim().to_owned();
    }
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\r' | '\n' | '\t') {
            line.push(' ');
        } else if !c.is_control() && !is_bidi_control(c) && c != '\u{feff}' {
            line.push(c);
        }
    }
    match line.trim() {
        trimmed if trimmed.len() == line.len() => line,
        trimmed => trimmed.to_owned(),
    }
}

/// Unicode's directional controls (UAX #9 section 2).
pub(super) fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: &[u8]) -> String {
        let likely = || charset::guess([raw], None);
        HeaderDecoder { likely: &likely }.text(raw)
    }

    fn structured(raw: &[u8]) -> String {
        let likely = || charset::guess([raw], None);
        HeaderDecoder { likely: &likely }.structured(raw)
    }

    #[test]
    fn decodes_words() {
        for (raw, expected) in [
            ("Plain subject", "Plain subject"),
            (" folded\r\n subject\r\n", "folded subject"),
            ("=?utf-8?B?0J/RgNC40LLQtdGC?=", "Привет"),
            ("=?UTF-8?Q?=D0=9F=D1=80?= =?UTF-8?Q?=D0=B8=D0=B2?=", "Прив"),
            // one character split between two words
            ("=?utf-8?B?0J/R?=\r\n =?utf-8?B?gNC4?=", "При"),
            (
                "=?koi8-r?Q?=F0=D2=C9=D7=C5=D4?= mixed =?windows-1251?Q?=EC=E8=F0?=",
                "Привет mixed мир",
            ),
            ("=?utf-8*ru?Q?=D0=B0_b?=", "а b"),
            ("=?cp932?B?j0OX?= =?cp932?B?nQ==?=", "修理"),
            // broken ones stay as they are
            ("=?utf-8?X?abc?= =?nonsense", "=?utf-8?X?abc?= =?nonsense"),
            ("price =? 5", "price =? 5"),
            ("=?utf-8?Q?a=ZZ?=", "a=ZZ"),
        ] {
            assert_eq!(text(raw.as_bytes()), expected, "{raw}");
        }
    }

    #[test]
    fn raw_bytes_are_guessed() {
        let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode("Не работает выгрузка заказов");
        assert_eq!(text(&bytes), "Не работает выгрузка заказов");
        assert_eq!(text("Ошибка импорта".as_bytes()), "Ошибка импорта");
    }

    #[test]
    fn nothing_smuggles_a_line_or_a_direction() {
        assert_eq!(text(b"=?utf-8?Q?a=0D=0ABcc:_x=40y=00?="), "a  Bcc: x@y");
        assert_eq!(
            text("inv\u{202e}gpj.exe\u{1b}[31m".as_bytes()),
            "invgpj.exe[31m"
        );
    }

    #[test]
    fn structure_survives_decoding() {
        assert_eq!(
            structured(b"=?utf-8?Q?Doe=2C_=22J=22?= <a@b.example>"),
            "\"Doe, \\\"J\\\"\" <a@b.example>"
        );
        assert_eq!(
            structured(b"\"=?utf-8?Q?J=2C?=\" <a@b.example>"),
            "\"J,\" <a@b.example>"
        );
    }
}
