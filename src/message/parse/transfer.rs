//! Transfer encodings undone (RFC 2045 section 6): whatever can be read is read.

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;

/// The bytes of a part; `encoding` is its Content-Transfer-Encoding.
pub(super) fn decode<'a>(body: &'a [u8], encoding: &str) -> Cow<'a, [u8]> {
    match encoding.trim().to_ascii_lowercase().as_str() {
        "base64" => Cow::Owned(from_base64(body)),
        "quoted-printable" => Cow::Owned(from_quoted_printable(body)),
        _ => Cow::Borrowed(body),
    }
}

fn from_base64(body: &[u8]) -> Vec<u8> {
    if let Some(bytes) = base64_decode(body) {
        return bytes;
    }
    // a footer of a mailing list or a broken relay put something else between the lines
    let is_digit = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    let clean: Vec<u8> = body.iter().filter(is_digit).copied().collect();
    base64_decode(&clean).unwrap_or_default()
}

/// An escape that is none stays as it was written (RFC 2045 section 6.7 allows for that).
fn from_quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let (line, end) = match line {
            [text @ .., b'\r', b'\n'] => (text, &b"\r\n"[..]),
            [text @ .., b'\n'] => (text, &b"\n"[..]),
            text => (text, &b""[..]),
        };
        // white space at the end of a line was added on the way
        let line = line.trim_ascii_end();
        let (line, end) = match line {
            [text @ .., b'='] => (text, &b""[..]),
            text => (text, end),
        };
        let mut rest = line;
        while let Some((byte, tail)) = rest.split_first() {
            rest = tail;
            let escaped = match (byte, tail) {
                (b'=', [high, low, ..]) => hex(*high).zip(hex(*low)),
                _ => None,
            };
            match escaped {
                Some((high, low)) => {
                    out.push(high << 4 | low);
                    rest = tail.get(2..).unwrap_or_default();
                }
                None => out.push(*byte),
            }
        }
        out.extend_from_slice(end);
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_printable_with_soft_breaks_and_nonsense() {
        for (raw, expected) in [
            ("a=3Db", "a=b"),
            ("soft=\r\n break", "soft break"),
            ("soft=  \nbreak", "softbreak"),
            ("kept \r\nline\r\n", "kept\r\nline\r\n"),
            ("50=% =ZZ =", "50=% =ZZ "),
            ("=d0=90", "А"),
        ] {
            let out = decode(raw.as_bytes(), "Quoted-Printable");
            assert_eq!(String::from_utf8_lossy(&out), expected, "{raw:?}");
        }
    }

    #[test]
    fn base64_with_line_ends_missing_padding_and_nonsense() {
        for raw in [
            "0J/RgNC4\r\n",
            "0J/R\ngNC4",
            "0J/R*gNC4",
            "0J_R".replace('_', "/R").as_str(),
        ] {
            let out = decode(raw.as_bytes(), " BASE64 ");
            assert!("При".as_bytes().starts_with(&out[..2]), "{raw:?}");
        }
        assert_eq!(*decode(b"YWI", "base64"), *b"ab");
    }
}
