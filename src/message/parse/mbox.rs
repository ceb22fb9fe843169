//! The mails of an mbox (RFC 4155), without the `>` that stands before their own `From ` lines.

use std::io::{BufRead, Result};

use mail_parser::mailbox::mbox::MessageIterator;

/// The bytes of each mail, one after the other; none when the first line is no `From ` line.
///
/// # Errors
/// Those of the reader.
pub fn mbox(reader: impl BufRead) -> impl Iterator<Item = Result<Vec<u8>>> {
    MessageIterator::new(reader).map(|mail| Ok(mail?.unwrap_contents()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message;

    #[test]
    fn mails_are_parted_and_their_own_from_lines_restored() {
        let file = b"From olga@shop.example Sat Jan  3 01:05:34 2026\nSubject: One\n\n\
            Look:\n>From here it fails\n>>From a quoted one\n\n\
            From MAILER-DAEMON Sat Jan  3 01:06:00 2026\r\nSubject: Two\r\n\r\nEnd\r\n";
        let mails: Vec<_> = mbox(&file[..])
            .map(|mail| message::read(&mail.unwrap()))
            .collect();
        let subjects: Vec<&str> = mails.iter().map(|mail| mail.subject.as_str()).collect();
        assert_eq!(subjects, ["One", "Two"]);
        assert!(mails[0].text.contains("Look:\nFrom here it fails\n>From a"));
        assert_eq!(mbox(&b"Subject: x\n\nFrom\n"[..]).count(), 0);
    }
}
