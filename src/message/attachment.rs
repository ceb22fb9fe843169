//! Attachments: names that are safe to show and to save under, and the list itself.

use ring::digest;

use super::{Attachment, header::is_bidi_control, parse::part::Part};

/// The longest name in bytes; most file systems take 255.
const LONGEST_NAME: usize = 200;

/// What the desk shows of a part; `number` counts from 1 and names the nameless.
pub(super) fn describe(part: &Part<'_>, number: usize, is_referred_to: bool) -> Attachment {
    let bytes = part.bytes();
    let name = part
        .name
        .as_deref()
        .map(safe_name)
        .filter(|name| !name.is_empty());
    Attachment {
        name: name.unwrap_or_else(|| made_up_name(&part.media_type, number)),
        media_type: part.media_type.clone(),
        size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        inline: is_referred_to || part.is_inline,
        sha256: sha256(&bytes),
    }
}

/// SHA-256 in hex.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// A file name without a path, control or bidi characters, or leading dots; may come out empty.
fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let is_fine = |c: &char| !c.is_control() && !is_bidi_control(*c) && *c != '\u{feff}';
    let clean: String = last.chars().filter(is_fine).collect();
    let clean = clean
        .trim_start_matches(['.', ' '])
        .trim_end_matches(['.', ' ']);
    if clean.len() <= LONGEST_NAME {
        return clean.to_owned();
    }
    // the extension says what it is: it stays
    let extension = clean
        .rsplit_once('.')
        .map_or("", |(_, extension)| extension);
    let extension = if extension.len() <= 16 { extension } else { "" };
    let room = LONGEST_NAME - extension.len() - 1;
    let stem: String = clean
        .char_indices()
        .take_while(|(at, c)| at + c.len_utf8() <= room)
        .map(|(_, c)| c)
        .collect();
    match extension {
        "" => stem,
        _ => format!("{stem}.{extension}"),
    }
}

fn made_up_name(media_type: &str, number: usize) -> String {
    let (kind, subtype) = media_type.split_once('/').unwrap_or((media_type, ""));
    let extension = match (kind, subtype) {
        ("message", "rfc822" | "global") => "eml",
        ("text", "plain") | ("message", _) | ("text", "rfc822-headers") => "txt",
        ("text", "calendar") => "ics",
        ("image", "jpeg") => "jpg",
        ("image", "svg+xml") => "svg",
        ("application", "pkcs7-mime" | "x-pkcs7-mime") => "p7m",
        ("application", "pkcs7-signature" | "x-pkcs7-signature") => "p7s",
        ("application", "pgp-signature" | "pgp-encrypted") => "asc",
        ("application", "ms-tnef" | "vnd.ms-tnef") => "dat",
        ("text", "html" | "csv" | "xml" | "markdown" | "vcard")
        | ("image", "png" | "gif" | "webp" | "bmp" | "tiff" | "heic")
        | ("application", "pdf" | "zip" | "json" | "xml" | "rtf")
        | ("audio" | "video", "mp4" | "mpeg" | "ogg" | "webm") => subtype,
        _ => "bin",
    };
    let stem = match kind {
        "image" | "message" | "audio" | "video" | "text" => kind,
        _ => "attachment",
    };
    format!("{stem}-{number}.{extension}")
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    let pairs = bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe() {
        for (name, expected) in [
            ("прайс.xlsx", "прайс.xlsx"),
            ("../../etc/passwd", "passwd"),
            ("C:\\docs\\отчёт.pdf", "отчёт.pdf"),
            ("..", ""),
            (".htaccess", "htaccess"),
            ("a\r\nb\0c.txt", "abc.txt"),
            ("cod\u{202e}fdp.exe", "codfdp.exe"),
            ("  spaced .txt ", "spaced .txt"),
            ("/", ""),
        ] {
            assert_eq!(safe_name(name), expected, "{name:?}");
        }
        let long = safe_name(&format!("{}.xlsx", "ж".repeat(500)));
        assert!(long.len() <= 200 && long.ends_with("ж.xlsx"), "{long}");
        assert!(safe_name(&format!("x.{}", "y".repeat(500))).len() <= 200);
    }

    #[test]
    fn the_nameless_get_a_name_by_type() {
        assert_eq!(made_up_name("image/jpeg", 2), "image-2.jpg");
        assert_eq!(made_up_name("message/rfc822", 1), "message-1.eml");
        assert_eq!(made_up_name("application/x-evil", 3), "attachment-3.bin");
        assert_eq!(made_up_name("text/calendar", 1), "text-1.ics");
    }
}
