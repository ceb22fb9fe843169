//! Bounces: delivery status notifications (RFC 3464), those that servers write in plain words, and
//! feedback reports (RFC 5965).

mod subjects;
mod words;

use std::collections::HashMap;

use super::{Action, Bounce, Complaint, Kind, Message, message_id, parse::part::Part};

pub(super) use subjects::is_bounce_subject;

/// What is looked at of a report or of a returned mail, in bytes.
const LOOK_AT: usize = 64 * 1024;

/// Reads what a bounce or a feedback report says of a mail of ours into the message.
pub(super) fn tell(message: &mut Message, parts: &[Part<'_>]) {
    match message.kind {
        Kind::Bounce => message.bounce = Some(read(message, parts)),
        Kind::FeedbackReport => message.complaint = Some(complaint(message, parts)),
        _ => {}
    }
}

/// What a bounce says, from its report parts, else from its words.
fn read(message: &Message, parts: &[Part<'_>]) -> Bounce {
    let report = first_of(
        parts,
        &["message/delivery-status", "message/global-delivery-status"],
    );
    let told = report.map(lossy).and_then(|text| from_report(&text));
    let mut bounce = told.unwrap_or_else(|| words::read(message));
    (bounce.original_message_id, bounce.original_references) = original(message, parts);
    bounce
}

/// What a feedback report says (RFC 5965 section 3). Who complains is often left out of it.
fn complaint(message: &Message, parts: &[Part<'_>]) -> Complaint {
    let report = first_of(parts, &["message/feedback-report"]).map(lossy);
    let fields = fields(&report.unwrap_or_default().replace("\r\n", "\n"));
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let bare = |value: &str| value.trim_matches(['<', '>', ' ']).to_owned();
    let (original_message_id, original_references) = original(message, parts);
    Complaint {
        feedback_type: field("feedback-type").to_lowercase(),
        recipient: bare(field("original-rcpt-to")),
        original_sender: bare(field("original-mail-from")),
        original_message_id,
        original_references,
    }
}

/// The Message-ID and the References of the returned mail, from its part, else quoted in words.
fn original(message: &Message, parts: &[Part<'_>]) -> (String, Vec<String>) {
    const RETURNED: &[&str] = &[
        "message/rfc822",
        "text/rfc822-headers",
        "message/global",
        "message/global-headers",
        "message/rfc822-headers",
        "text/rfc822",
        "message/partial",
    ];
    let returned = parts.iter().filter(|part| {
        // some name the headers a text, or an attachment of no type at all
        RETURNED.contains(&part.media_type.as_str())
            || part.is_attachment && part.media_type.starts_with("text/")
    });
    let mut texts = returned
        .map(lossy)
        .chain([cut(&message.text, LOOK_AT).to_owned()]);
    texts
        .find_map(|text| {
            let id = ids_of(&text, "message-id").into_iter().next();
            let references = ids_of(&text, "references");
            (id.is_some() || !references.is_empty()).then(|| (id.unwrap_or_default(), references))
        })
        .unwrap_or_default()
}

fn first_of<'p, 'a>(parts: &'p [Part<'a>], types: &[&str]) -> Option<&'p Part<'a>> {
    parts
        .iter()
        .find(|part| types.contains(&part.media_type.as_str()))
}

/// The recipient that failed, else the first one (RFC 3464 section 2.3); `None` where the report
/// names none.
fn from_report(text: &str) -> Option<Bounce> {
    let groups = text.replace("\r\n", "\n");
    let mut found: Option<Bounce> = None;
    for group in groups.split("\n\n") {
        let fields = fields(group);
        let typed = |name: &str| fields.get(name).map(|value| after_type(value));
        // what we wrote to, before some server put another address in its place
        let original = typed("original-recipient").filter(|address| address.contains('@'));
        let Some(recipient) = original.or_else(|| typed("final-recipient")) else {
            continue;
        };
        let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        let mut codes =
            enhanced_codes(field("status")).chain(enhanced_codes(field("diagnostic-code")));
        let status = codes.next().unwrap_or_default();
        let action = action(field("action"), &status);
        let one = Bounce {
            recipient: recipient.trim_matches(['<', '>', ' ']).to_owned(),
            action,
            permanent: action == Action::Failed && !status.starts_with('4'),
            status,
            ..Bounce::default()
        };
        if action == Action::Failed {
            return Some(one);
        }
        found.get_or_insert(one);
    }
    found
}

/// The action of a report; by the class of the status where it has none.
fn action(word: &str, status: &str) -> Action {
    let word = word.to_lowercase();
    let known = [
        ("failed", Action::Failed),
        ("failure", Action::Failed),
        ("delayed", Action::Delayed),
        ("delivered", Action::Delivered),
        ("relayed", Action::Relayed),
        ("expanded", Action::Expanded),
    ];
    let found = known.iter().find(|(start, _)| word.starts_with(start));
    match (found, status.chars().next()) {
        (Some((_, action)), _) => *action,
        (None, Some('2')) => Action::Delivered,
        (None, Some('4')) => Action::Delayed,
        (None, _) => Action::Failed,
    }
}

/// Fields of a block, unfolded, by lower-case name; the first of a name counts.
fn fields(block: &str) -> HashMap<String, String> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_lowercase(), value.trim().to_owned()));
        }
    }
    fields.into_iter().rev().collect()
}

/// `rfc822; a@b` without its type.
fn after_type(value: &str) -> String {
    let address = value.split_once(';').map_or(value, |(_, address)| address);
    address.trim().to_owned()
}

/// Enhanced status codes (RFC 3463): three numbers, the first of them 2, 4 or 5, the second one
/// digit up to 7. `4.94.2` is a version.
fn enhanced_codes(text: &str) -> impl Iterator<Item = String> {
    let is_part = |c: char| !c.is_ascii_digit() && c != '.';
    text.split(is_part).filter_map(|word| {
        let word = word.trim_matches('.');
        let numbers: Vec<&str> = word.split('.').take(4).collect();
        let [class, subject, detail] = numbers.as_slice() else {
            return None;
        };
        let is_code = matches!(*class, "2" | "4" | "5")
            && matches!(subject.as_bytes(), [b'0'..=b'7'])
            && (1..=3).contains(&detail.len());
        is_code.then(|| word.to_owned())
    })
}

/// The ids of the first header of a name in a returned mail, or in the words about it.
fn ids_of(text: &str, name: &str) -> Vec<String> {
    let mut lines = cut(text, LOOK_AT).lines().map(unquoted);
    let found = lines.find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.trim().eq_ignore_ascii_case(name).then_some(value)
    });
    let Some(value) = found else {
        return Vec::new();
    };
    // a long header goes on below, and prose may have lost the indent of it
    let more = lines.take_while(|line| line.trim_start().starts_with('<') && !line.contains(": "));
    let value = std::iter::once(value)
        .chain(more)
        .collect::<Vec<_>>()
        .join(" ");
    let bracketed = value
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>'));
    let mut ids: Vec<String> = bracketed
        .map(|(id, _)| id.trim().to_owned())
        .filter(|id| !id.is_empty() && !id.contains(char::is_whitespace))
        .collect();
    if ids.is_empty() {
        ids.extend(message_id::first(&value));
    }
    ids
}

/// A line without the marks of a quote.
fn unquoted(line: &str) -> &str {
    line.trim_start_matches(['>', '|', ' ', '\t'])
}

/// The beginning of a text, at a character's border.
fn cut(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or(text)
}

fn lossy(part: &Part<'_>) -> String {
    let bytes = part.bytes();
    String::from_utf8_lossy(bytes.get(..LOOK_AT).unwrap_or(&bytes)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_failed_recipient_is_taken() {
        let report = "Reporting-MTA: dns; mx.example.com\n\n\
            Final-Recipient: rfc822; ok@example.com\nAction: relayed\nStatus: 2.0.0\n\n\
            Final-Recipient: RFC822;\n <gone@example.com>\nAction: failed\nStatus: 5.1.1 (no user)\n";
        let bounce = from_report(report).unwrap();
        assert_eq!(bounce.recipient, "gone@example.com");
        assert_eq!((bounce.status.as_str(), bounce.permanent), ("5.1.1", true));
        let delayed =
            from_report("Original-Recipient: rfc822;a@b\r\nAction: delayed\r\nStatus: 4.4.1\r\n")
                .unwrap();
        assert_eq!(
            (delayed.recipient.as_str(), delayed.permanent),
            ("a@b", false)
        );
        assert_eq!(from_report("nonsense"), None);
    }

    #[test]
    fn codes() {
        for (text, expected) in [
            ("550 5.1.1 no such user", Some("5.1.1")),
            ("at 192.0.2.5.", None),
            ("status=5.7.26 (policy)", Some("5.7.26")),
            ("version 3.1.2 of 5.2.2", Some("5.2.2")),
            ("5.1", None),
            ("Exim 4.94.2", None),
        ] {
            assert_eq!(enhanced_codes(text).next().as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn plain_words_are_read() {
        let message = Message {
            text: "Hi. This is the qmail-send program at mx.example.com.\n\n<gone@example.com>:\n\
                   Sorry, no mailbox here by that name. 550 \n\n--- Below is a copy.\n\
                   Message-ID:\n <our.1@desk.example>\n"
                .to_owned(),
            ..Message::default()
        };
        let bounce = read(&message, &[]);
        assert_eq!(bounce.recipient, "gone@example.com");
        assert!(bounce.permanent);
        assert_eq!(bounce.original_message_id, "our.1@desk.example");
    }

    #[test]
    fn actions() {
        for (text, expected, permanent) in [
            ("Action: failed\nStatus: 5.1.1", Action::Failed, true),
            // given up after days
            ("Action: failed\nStatus: 4.4.7", Action::Failed, false),
            ("Action: Failure\nStatus: 5.0.0", Action::Failed, true),
            ("Action: delayed\nStatus: 4.4.1", Action::Delayed, false),
            ("Action: relayed\nStatus: 2.1.9", Action::Relayed, false),
            ("Action: delivered\nStatus: 2.0.0", Action::Delivered, false),
            ("Action: expanded\nStatus: 2.0.0", Action::Expanded, false),
            ("Status: 4.2.2", Action::Delayed, false),
            ("Diagnostic-Code: smtp; 550 5.7.1 no", Action::Failed, true),
        ] {
            let bounce = from_report(&format!("Final-Recipient: rfc822;a@b\n{text}\n")).unwrap();
            assert_eq!(
                (bounce.action, bounce.permanent),
                (expected, permanent),
                "{text}"
            );
        }
    }

    #[test]
    fn ids_are_found_where_they_stand() {
        for (text, expected) in [
            ("Message-ID: <a@b>\n", vec!["a@b"]),
            ("Subject: x\nMessage-Id:\n\t<a@b>\nTo: <c@d>\n", vec!["a@b"]),
            ("> > Message-ID: <a@b>\n", vec!["a@b"]),
            ("Message-ID: a@b\n", vec!["a@b"]),
            ("the Message-ID: is missing", vec![]),
        ] {
            assert_eq!(ids_of(text, "message-id"), expected, "{text}");
        }
        let references = "References: <a@b>\n <c@d>\n\t<e@f>\nTo: <g@h>\n";
        assert_eq!(ids_of(references, "references"), ["a@b", "c@d", "e@f"]);
    }
}
