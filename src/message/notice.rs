//! What the desk says in place of words that it cannot show: no mail makes an empty ticket.

use encoding_rs::Encoding;

use super::{Attachment, Message, body, calendar, parse::part::Part};

/// Attachments that are named.
const MOST_NAMED: usize = 5;

/// Lines in square brackets; `None` when the text says all that there is.
pub(super) fn of(
    parts: &[Part<'_>],
    message: &Message,
    likely: &dyn Fn() -> &'static Encoding,
) -> Option<String> {
    let mut lines: Vec<String> = Vec::new();
    if let Some(line) = parts.iter().find_map(sealed) {
        lines.push(line.to_owned());
    }
    let is_calendar = |part: &&Part<'_>| {
        matches!(
            part.media_type.as_str(),
            "text/calendar" | "application/ics"
        )
    };
    // an invitation often comes twice in one mail, as a part and as a file
    let mut calendars = parts.iter().filter(is_calendar).take(4);
    lines.extend(calendars.find_map(|part| calendar::summary(&body::decoded(part, likely))));
    if lines.is_empty() && message.text.trim().is_empty() {
        lines.push(without_text(&message.attachments));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Of S/MIME (RFC 8551 section 3.2) and PGP (RFC 3156, or armour in the text) that is not opened.
fn sealed(part: &Part<'_>) -> Option<&'static str> {
    match part.media_type.as_str() {
        "application/pgp-encrypted" => {
            Some("[PGP encrypted mail: it can be read only with the recipient's key]")
        }
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => {
            let kind = part.content_type.get("smime-type").unwrap_or_default();
            Some(match kind.to_ascii_lowercase().as_str() {
                "signed-data" => {
                    "[S/MIME signed mail: its text is inside the attachment and was not opened]"
                }
                "compressed-data" => {
                    "[S/MIME compressed mail: its text is inside the attachment and was not opened]"
                }
                "certs-only" => "[S/MIME certificates]",
                _ => "[S/MIME encrypted mail: it can be read only with the recipient's key]",
            })
        }
        // relays that do not know the type leave the name
        _ if part
            .name
            .as_ref()
            .is_some_and(|name| name.eq_ignore_ascii_case("smime.p7m")) =>
        {
            Some("[S/MIME mail: its text is inside the attachment smime.p7m and was not opened]")
        }
        _ => None,
    }
}

fn without_text(attachments: &[Attachment]) -> String {
    if attachments.is_empty() {
        return "[Empty mail: neither text nor attachments]".to_owned();
    }
    let named = attachments.iter().take(MOST_NAMED);
    let mut names: Vec<String> = named
        .map(|attachment| format!("{} ({})", attachment.name, size(attachment.size)))
        .collect();
    if let Some(more) = attachments.len().checked_sub(MOST_NAMED).filter(|n| *n > 0) {
        names.push(format!("and {more} more"));
    }
    format!("[No text. Attachments: {}]", names.join(", "))
}

/// Rounded up, for a person: `4 bytes`, `12 KB`, `3.4 MB`.
fn size(bytes: u64) -> String {
    const KB: u64 = 1024;
    const MB: u64 = KB * KB;
    match bytes {
        1 => "1 byte".to_owned(),
        0..KB => format!("{bytes} bytes"),
        KB..MB => format!("{} KB", bytes.div_ceil(KB)),
        _ => {
            let tenths = (bytes.saturating_mul(10)).div_ceil(MB);
            format!("{}.{} MB", tenths / 10, tenths % 10)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_for_people() {
        for (bytes, shown) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1_023, "1023 bytes"),
            (1_024, "1 KB"),
            (12_000, "12 KB"),
            (3_500_000, "3.4 MB"),
            (u64::MAX, "1759218604441.6 MB"),
        ] {
            assert_eq!(size(bytes), shown);
        }
    }

    #[test]
    fn many_attachments_are_counted() {
        let one = Attachment {
            name: "a.png".to_owned(),
            media_type: "image/png".to_owned(),
            size: 10,
            inline: false,
            sha256: String::new(),
        };
        let said = without_text(&vec![one; 7]);
        assert!(
            said.starts_with("[No text. Attachments: a.png (10 bytes), "),
            "{said}"
        );
        assert!(said.ends_with(", and 2 more]"), "{said}");
    }
}
