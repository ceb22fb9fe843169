//! Folder names on the wire: modified UTF-7 (RFC 3501 section 5.1.3), quoted.

use base64::{Engine, alphabet, engine::general_purpose};

/// A folder's Unicode name as an IMAP quoted string.
pub(super) fn quoted(folder: &str) -> String {
    let encoded = encode(folder);
    format!("\"{}\"", encoded.replace('\\', "\\\\").replace('"', "\\\""))
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
    let engine =
        general_purpose::GeneralPurpose::new(&alphabet::IMAP_MUTF7, general_purpose::NO_PAD);
    out.push('&');
    out.push_str(&engine.encode(bytes));
    out.push('-');
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
        assert_eq!(quoted("a\"b\\c"), "\"a\\\"b\\\\c\"");
    }
}
