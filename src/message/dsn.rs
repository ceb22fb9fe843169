//! Bounces: delivery status notifications (RFC 3464) and those that servers write in plain words.

use std::collections::HashMap;

use super::{Bounce, Message, message_id, parse::part::Part};

/// What is looked at of a report or of a returned mail, in bytes.
const LOOK_AT: usize = 64 * 1024;

/// Beginnings of bounce subjects, lower case.
const SUBJECTS: &[&str] = &[
    "undelivered mail returned",
    "undeliverable",
    "undelivered",
    "delivery status notification",
    "mail delivery failed",
    "mail delivery failure",
    "mail delivery system",
    "delivery failure",
    "delivery notification",
    "failure notice",
    "returned mail",
    "message not delivered",
    "mail system error",
    "warning: message",
    "mail failure",
    "delivery has failed",
    "non-delivery",
    "не удается доставить",
    "не удалось доставить",
    "недоставленное сообщение",
    "недоставлено",
    "сообщение не доставлено",
    "письмо не доставлено",
    "ошибка доставки",
    "уведомление о недоставке",
    "не вдалося доставити",
    "неможливо доставити",
    "недоставлений лист",
    "лист не доставлено",
    "помилка доставки",
    "unzustellbar",
    "unzustellbare nachricht",
];

/// Whether a subject is one of a bounce.
pub(super) fn is_bounce_subject(subject: &str) -> bool {
    let lower = subject.to_lowercase();
    let start = lower.trim_start_matches(['*', '[', '"', ' ']);
    SUBJECTS.iter().any(|known| start.starts_with(known))
}

/// What a bounce says, from its report parts, else from its words.
pub(super) fn read(message: &Message, parts: &[Part<'_>]) -> Bounce {
    let report = parts.iter().find(|part| {
        matches!(
            part.media_type.as_str(),
            "message/delivery-status" | "message/global-delivery-status"
        )
    });
    let mut bounce = match report {
        Some(part) => from_report(&lossy(part)),
        None => from_words(message),
    };
    let returned = parts.iter().filter(|part| {
        matches!(
            part.media_type.as_str(),
            "message/rfc822"
                | "text/rfc822-headers"
                | "message/global"
                | "message/global-headers"
                | "message/rfc822-headers"
        )
    });
    let original = returned.map(lossy).find_map(|text| original_id(&text));
    bounce.original_message_id = original
        .or_else(|| original_id(&message.text))
        .unwrap_or_default();
    bounce
}

/// The recipient that failed, else the first one (RFC 3464 section 2.3).
fn from_report(text: &str) -> Bounce {
    let groups = text.replace("\r\n", "\n");
    let mut found: Option<Bounce> = None;
    for group in groups.split("\n\n") {
        let fields = fields(group);
        let typed = |name: &str| fields.get(name).map(|value| after_type(value));
        let Some(recipient) = typed("final-recipient").or_else(|| typed("original-recipient"))
        else {
            continue;
        };
        let action = fields
            .get("action")
            .map(|a| a.to_lowercase())
            .unwrap_or_default();
        let status = fields.get("status").and_then(|value| enhanced_code(value));
        let status = status
            .or_else(|| {
                fields
                    .get("diagnostic-code")
                    .and_then(|value| enhanced_code(value))
            })
            .unwrap_or_default();
        let has_failed = action.starts_with("failed");
        let one = Bounce {
            recipient: recipient.trim_matches(['<', '>', ' ']).to_owned(),
            permanent: has_failed && !status.starts_with('4'),
            status,
            original_message_id: String::new(),
        };
        if has_failed {
            return one;
        }
        found.get_or_insert(one);
    }
    found.unwrap_or_default()
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

/// What servers such as qmail, Exim and Exchange say in prose.
fn from_words(message: &Message) -> Bounce {
    let failed = message.header("X-Failed-Recipients").next();
    let failed = failed
        .and_then(|value| value.split(',').next())
        .map(str::trim);
    let own = message.from.key();
    let text = message.text.get(..LOOK_AT).unwrap_or(&message.text);
    // what follows the returned mail is its author's words
    let words = text
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .take(4_000);
    let is_other = |word: &&str| {
        let is_address = word.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && domain.contains('.') && !domain.contains('@')
        });
        is_address && word.to_lowercase() != own && !word.contains("://")
    };
    let recipient = failed
        .or_else(|| words.clone().find(is_other))
        .unwrap_or_default();
    let status = enhanced_code(text).unwrap_or_default();
    let reply = words.clone().find_map(reply_code);
    let permanent = match (status.chars().next(), reply) {
        (Some(class), _) => class == '5',
        (None, Some(class)) => class == '5',
        (None, None) => false,
    };
    Bounce {
        recipient: recipient.to_owned(),
        status,
        permanent,
        original_message_id: String::new(),
    }
}

/// The first enhanced status code (RFC 3463): three numbers, the first of them 2, 4 or 5.
fn enhanced_code(text: &str) -> Option<String> {
    let is_part = |c: char| !c.is_ascii_digit() && c != '.';
    text.split(is_part).find_map(|word| {
        let word = word.trim_matches('.');
        let numbers: Vec<&str> = word.split('.').take(4).collect();
        let [class, subject, detail] = numbers.as_slice() else {
            return None;
        };
        let is_number = |n: &str| (1..=3).contains(&n.len());
        let is_code = matches!(*class, "2" | "4" | "5") && is_number(subject) && is_number(detail);
        is_code.then(|| word.to_owned())
    })
}

/// The class of an SMTP reply code such as 550 (RFC 5321 section 4.2).
fn reply_code(word: &str) -> Option<char> {
    let is_code = word.len() == 3 && word.bytes().all(|b| b.is_ascii_digit());
    let class = word
        .chars()
        .next()
        .filter(|class| matches!(class, '4' | '5'));
    class.filter(|_| is_code && matches!(word.chars().nth(1), Some('0'..='7')))
}

/// The Message-ID in the header of a returned mail, or in the words about it.
fn original_id(text: &str) -> Option<String> {
    let text = text.get(..LOOK_AT).unwrap_or(text);
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        if name
            .trim_matches(['>', ' ', '\t'])
            .eq_ignore_ascii_case("message-id")
        {
            // a long id stands on a line of its own
            let value = match value.trim() {
                "" => lines.next().unwrap_or_default(),
                value => value,
            };
            return message_id::first(value);
        }
    }
    None
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
        let bounce = from_report(report);
        assert_eq!(bounce.recipient, "gone@example.com");
        assert_eq!((bounce.status.as_str(), bounce.permanent), ("5.1.1", true));
        let delayed =
            from_report("Original-Recipient: rfc822;a@b\r\nAction: delayed\r\nStatus: 4.4.1\r\n");
        assert_eq!(
            (delayed.recipient.as_str(), delayed.permanent),
            ("a@b", false)
        );
        assert_eq!(from_report("nonsense"), Bounce::default());
    }

    #[test]
    fn codes() {
        for (text, expected) in [
            ("550 5.1.1 no such user", Some("5.1.1")),
            ("at 192.0.2.5.", None),
            ("status=5.7.26 (policy)", Some("5.7.26")),
            ("version 3.1.2 of 5.2.2", Some("5.2.2")),
            ("5.1", None),
        ] {
            assert_eq!(enhanced_code(text).as_deref(), expected, "{text}");
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
    fn subjects() {
        assert!(is_bounce_subject("Undeliverable: order 5"));
        assert!(is_bounce_subject("Не вдалося доставити повідомлення"));
        assert!(!is_bounce_subject("Re: Undeliverable goods"));
        assert!(!is_bounce_subject("My order was not delivered"));
    }
}
