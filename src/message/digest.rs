//! What a mail is recognised by beside its Message-ID, which strangers choose.

use memchr::memchr;
use ring::digest::{Context, SHA256};

/// SHA-256 over what its author made, as it came over the wire: From, Date, Subject and the body.
/// Trace headers differ between two copies of one mail and are left out; so are line endings,
/// blanks at line ends and empty lines at the end, which servers change. How the desk reads a mail
/// has no part in it: a later version recognises what an earlier one stored.
pub fn content_digest(raw: &[u8]) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    let mut lines = Lines(raw);
    let mut is_kept = false;
    for line in lines.by_ref() {
        if line.is_empty() {
            break;
        }
        let is_folded = line
            .first()
            .is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        if !is_folded {
            let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
            let name = name.trim_ascii();
            is_kept = ["from", "date", "subject"]
                .iter()
                .any(|kept| name.eq_ignore_ascii_case(kept.as_bytes()));
        }
        if is_kept {
            // servers fold as they like
            for word in line
                .split(u8::is_ascii_whitespace)
                .filter(|word| !word.is_empty())
            {
                context.update(word);
                context.update(b" ");
            }
        }
    }
    let mut empty: u64 = 0;
    for line in lines {
        if line.is_empty() {
            empty += 1;
            continue;
        }
        for _ in 0..empty {
            context.update(b"\n");
        }
        empty = 0;
        context.update(b"\n");
        context.update(line);
    }
    context.finish().as_ref().to_vec()
}

/// Lines without their endings and the blanks before them.
struct Lines<'r>(&'r [u8]);

impl<'r> Iterator for Lines<'r> {
    type Item = &'r [u8];

    fn next(&mut self) -> Option<&'r [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let end = memchr(b'\n', self.0);
        let (line, rest) = match end.and_then(|end| self.0.split_at_checked(end)) {
            Some((line, rest)) => (line, rest.get(1..).unwrap_or_default()),
            None => (self.0, &[][..]),
        };
        self.0 = rest;
        Some(line.trim_ascii_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "Received: from a by b\nFrom: Ivan <ivan@shop.example>\nSubject: Where is\n \
                        my order\nDate: Sun, 22 Nov 2026 10:00:00 +0000\n\nHello,\n\norder 5.\n";

    fn digest(mail: &str) -> Vec<u8> {
        content_digest(mail.as_bytes())
    }

    #[test]
    fn copies_that_went_other_ways_are_one_mail() {
        let same = [
            MAIL.replace('\n', "\r\n"),
            MAIL.replace("Received: from a by b\n", ""),
            MAIL.replace("Where is\n my order", "Where is my order"),
            format!("Return-Path: <ivan@shop.example>\n{MAIL}\n\n"),
            MAIL.replace("Hello,\n", "Hello, \t\n"),
            MAIL.trim_end().to_owned(),
        ];
        for copy in same {
            assert_eq!(digest(&copy), digest(MAIL), "{copy:?}");
        }
    }

    #[test]
    fn other_words_are_another_mail() {
        let others = [
            MAIL.replace("order 5", "order 6"),
            MAIL.replace("10:00:00", "10:00:01"),
            MAIL.replace("ivan@", "olga@"),
            MAIL.replace("my order", "your order"),
            MAIL.replace("Hello,\n\norder", "Hello,\norder"),
            String::new(),
        ];
        for other in others {
            assert_ne!(digest(&other), digest(MAIL), "{other:?}");
        }
    }
}
