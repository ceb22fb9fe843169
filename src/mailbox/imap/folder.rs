//! Folder names on the wire: modified UTF-7 (RFC 3501 section 5.1.3), quoted.

use std::borrow::Cow;

use base64::{Engine, alphabet, engine::general_purpose};

/// A folder's Unicode name as an IMAP quoted string.
pub(super) fn quoted(folder: &str) -> String {
    let encoded = encode(folder);
    format!("\"{}\"", encoded.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The Unicode name of a folder; what is no modified UTF-7 stays as it is.
pub(super) fn decoded(name: &str) -> Cow<'_, str> {
    decode(name).map_or(Cow::Borrowed(name), Cow::Owned)
}

fn decode(name: &str) -> Option<String> {
    let mut parts = name.split('&');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let (shifted, plain) = part.split_once('-')?;
        if shifted.is_empty() {
            out.push('&');
        } else {
            let bytes = engine().decode(shifted).ok()?;
            let (pairs, rest) = bytes.as_chunks::<2>();
            let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
            let text: Result<String, _> = char::decode_utf16(units).collect();
            out.push_str(&text.ok().filter(|_| rest.is_empty())?);
        }
        out.push_str(plain);
    }
    Some(out)
}

fn encode(folder: &str) -> String {
    let mut out = String::new();
    let mut shifted: Vec<u16> = Vec::new();
    for c in folder.chars() {
        if (' '..='~').contains(&c) {
            flush(&mut shifted, &mut out);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            shifted.extend(c.encode_utf16(&mut [0; 2]).iter());
        }
    }
    flush(&mut shifted, &mut out);
    out
}

fn flush(shifted: &mut Vec<u16>, out: &mut String) {
    if shifted.is_empty() {
        return;
    }
    let bytes: Vec<u8> = shifted.drain(..).flat_map(u16::to_be_bytes).collect();
    out.push('&');
    out.push_str(&engine().encode(bytes));
    out.push('-');
}

fn engine() -> general_purpose::GeneralPurpose {
    general_purpose::GeneralPurpose::new(&alphabet::IMAP_MUTF7, general_purpose::NO_PAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_as_in_the_rfc() {
        assert_eq!(quoted("INBOX"), "\"INBOX\"");
        assert_eq!(quoted("A & B"), "\"A &- B\"");
        assert_eq!(
            encode("~peter/mail/台北/日本語"),
            "~peter/mail/&U,BTFw-/&ZeVnLIqe-"
        );
        assert_eq!(encode("Обработано"), "&BB4EMQRABDAEMQQ+BEIEMAQ9BD4-");
        for name in [
            "INBOX",
            "A & B",
            "~peter/mail/台北/日本語",
            "Отправленные 📤",
        ] {
            assert_eq!(decoded(&encode(name)), name);
        }
        for odd in ["&BB4", "&*-", "&2D0-", "&AA-", "Отправленные"] {
            assert_eq!(decoded(odd), odd);
        }
        assert_eq!(quoted("a\"b\\c"), "\"a\\\"b\\\\c\"");
    }
}
