//! The mails of an mbox (RFC 4155), one after the other, in bounded memory.
//!
//! Writers agree on little. A mail begins at a `From ` line with a date that stands over headers;
//! a `From ` line of a text, which some writers leave as it is, has neither. `>From ` loses one `>`
//! (mboxrd, and mboxo, where it cannot be told from a quoted line). Content-Length (mboxcl) is what
//! a writer once counted, and is not believed.

use std::io::{BufRead, Read, Result};

use jiff::{Timestamp, civil::DateTime, tz::Offset};

use super::{Mail, Spot, is_header_line};
use crate::mailbox::oversize::{HEADER_BYTES, cut_to_headers};

/// What is read at once of a line without an end.
const PIECE: u64 = 64 << 10;

/// The mails of an mbox; none when the first line is no `From ` line. Of a mail over `limit` bytes
/// the headers alone.
pub fn mails<R: BufRead>(reader: R, limit: u64) -> Mails<R> {
    Mails {
        lines: Lines {
            reader,
            piece: Vec::new(),
            ahead: Vec::new(),
            offset: 0,
            has_begun: false,
        },
        limit,
    }
}

/// The one mail that `reader` holds from its `From ` line to its end.
pub(super) fn mail(reader: impl BufRead, length: u64, limit: u64) -> Result<Mail> {
    let mut lines = mails(reader.take(length), limit).lines;
    lines.go_on()?;
    lines.go_on()?;
    let mut gathered = Gathered::new(&lines.piece, limit);
    let mut begins_line = lines.piece.ends_with(b"\n");
    while lines.go_on()? {
        gathered.add(match begins_line {
            true => unquoted(&lines.piece),
            false => &lines.piece,
        });
        begins_line = lines.piece.ends_with(b"\n");
    }
    let length = lines.offset;
    Ok(gathered.done(Spot { offset: 0, length }))
}

/// Iterates over an mbox.
pub struct Mails<R> {
    lines: Lines<R>,
    limit: u64,
}

impl<R: BufRead> Mails<R> {
    fn read(&mut self) -> Result<Option<Mail>> {
        let lines = &mut self.lines;
        if !lines.has_begun {
            lines.go_on()?;
            lines.go_on()?;
        }
        if !lines.piece.starts_with(b"From ") {
            return Ok(None);
        }
        let offset = lines.offset;
        let mut gathered = Gathered::new(&lines.piece, self.limit);
        let (mut begins_line, mut is_after_blank) = (lines.piece.ends_with(b"\n"), false);
        while lines.go_on()? {
            if begins_line && begins_mail(&lines.piece, is_after_blank, &lines.ahead) {
                break;
            }
            gathered.add(match begins_line {
                true => unquoted(&lines.piece),
                false => &lines.piece,
            });
            is_after_blank = begins_line && is_blank(&lines.piece);
            begins_line = lines.piece.ends_with(b"\n");
        }
        let length = lines.offset - offset;
        Ok(Some(gathered.done(Spot { offset, length })))
    }
}

impl<R: BufRead> Iterator for Mails<R> {
    type Item = Result<Mail>;

    fn next(&mut self) -> Option<Result<Mail>> {
        self.read().transpose()
    }
}

/// Lines, or pieces of endless ones, each with a look at the next.
struct Lines<R> {
    reader: R,
    /// Empty at the end.
    piece: Vec<u8>,
    ahead: Vec<u8>,
    /// Where `piece` begins.
    offset: u64,
    has_begun: bool,
}

impl<R: BufRead> Lines<R> {
    fn go_on(&mut self) -> Result<bool> {
        self.has_begun = true;
        self.offset += self.piece.len() as u64;
        std::mem::swap(&mut self.piece, &mut self.ahead);
        self.ahead.clear();
        let mut next = (&mut self.reader).take(PIECE);
        next.read_until(b'\n', &mut self.ahead)?;
        Ok(!self.piece.is_empty())
    }
}

/// A mail in the making.
struct Gathered {
    envelope_at: Option<Timestamp>,
    bytes: Vec<u8>,
    size: u64,
    limit: u64,
}

impl Gathered {
    fn new(from_line: &[u8], limit: u64) -> Self {
        Self {
            envelope_at: envelope_date(from_line),
            bytes: Vec::new(),
            size: 0,
            limit,
        }
    }

    fn add(&mut self, piece: &[u8]) {
        // the empty line under a mail is taken off it: one at the limit is still whole
        let keep = self.limit.saturating_add(2).max(HEADER_BYTES as u64);
        let is_all = self.bytes.len() as u64 == self.size;
        self.size += piece.len() as u64;
        if is_all && self.size <= keep {
            self.bytes.extend_from_slice(piece);
        }
    }

    fn done(mut self, spot: Spot) -> Mail {
        let is_all = self.bytes.len() as u64 == self.size;
        for (end, blank) in [(&b"\r\n\r\n"[..], 2), (b"\n\n", 1)] {
            if is_all && self.bytes.ends_with(end) {
                self.bytes.truncate(self.bytes.len() - blank);
                self.size = self.bytes.len() as u64;
                break;
            }
        }
        let whole = is_all && self.size <= self.limit;
        if !whole {
            cut_to_headers(&mut self.bytes);
        }
        Mail {
            spot,
            envelope_at: self.envelope_at,
            size: self.size,
            whole,
            bytes: self.bytes,
        }
    }
}

fn begins_mail(line: &[u8], is_after_blank: bool, next: &[u8]) -> bool {
    line.starts_with(b"From ")
        && has_date(line)
        && (is_header_line(next)
            // cut off under it, or a mail without headers
            || (is_after_blank && (next.is_empty() || is_blank(next))))
}

fn is_blank(line: &[u8]) -> bool {
    matches!(line, b"\n" | b"\r\n")
}

fn unquoted(line: &[u8]) -> &[u8] {
    let quotes = line.iter().take_while(|byte| **byte == b'>').count();
    let is_quoted = quotes > 0
        && line
            .get(quotes..)
            .is_some_and(|rest| rest.starts_with(b"From "));
    line.get(usize::from(is_quoted)..).unwrap_or_default()
}

/// Whether a time and a year stand in it.
fn has_date(line: &[u8]) -> bool {
    let mut words = line.split(u8::is_ascii_whitespace);
    words.clone().any(is_time) && words.any(|word| year(word).is_some())
}

fn is_time(word: &[u8]) -> bool {
    let mut parts = word.split(|byte| *byte == b':');
    let is_number = |part: &[u8]| (1..=2).contains(&part.len()) && number(part).is_some();
    word.contains(&b':') && parts.all(is_number)
}

fn number(word: &[u8]) -> Option<i16> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

fn year(word: &[u8]) -> Option<i16> {
    let is_long = word.len() == 4;
    number(word).filter(|year| is_long && (1970..=2100).contains(year))
}

/// The date of a `From ` line: asctime in UTC by RFC 4155, with a zone or in another order by
/// writers of their own mind.
fn envelope_date(line: &[u8]) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let line = line.get(..line.len().min(1_000)).unwrap_or_default();
    let text = String::from_utf8_lossy(line).to_ascii_lowercase();
    let words: Vec<&str> = text.split_ascii_whitespace().skip(1).collect();
    let month_of = |word: &&str| MONTHS.iter().position(|month| month == word);
    let at = words.iter().rposition(|word| month_of(word).is_some())?;
    let month = i8::try_from(words.get(at).and_then(month_of)?).ok()? + 1;
    let around = [words.get(at + 1), words.get(at.wrapping_sub(1))];
    let day = |word: &&&str| word.parse::<i8>().ok();
    let day = around.iter().flatten().find_map(day)?;
    let after = words.get(at + 1..)?;
    let year = after.iter().find_map(|word| year(word.as_bytes()))?;
    let time = after.iter().find(|word| is_time(word.as_bytes()))?;
    let mut time = time.split(':').map(|part| part.parse::<i8>().unwrap_or(0));
    let (hour, minute, second) = (time.next()?, time.next()?, time.next().unwrap_or(0));
    let date = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    let zone = after.iter().find_map(|word| {
        let sign = match word.as_bytes().first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let digits: i32 = word.get(1..)?.parse().ok()?;
        Offset::from_seconds(sign * (digits / 100 * 3600 + digits % 100 * 60)).ok()
    });
    zone.unwrap_or(Offset::UTC).to_timestamp(date).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &[u8]) -> Vec<Mail> {
        let mails: Vec<Mail> = mails(file, 1 << 20).map(Result::unwrap).collect();
        for found in &mails {
            let at = found.spot.offset as usize;
            let again = mail(&file[at..], found.spot.length, 1 << 20).unwrap();
            assert_eq!(again.bytes, found.bytes, "read alone");
        }
        mails
    }

    fn texts(file: &str) -> Vec<String> {
        let mails = read(file.as_bytes()).into_iter();
        mails
            .map(|mail| String::from_utf8(mail.bytes).unwrap())
            .collect()
    }

    #[test]
    fn mails_are_parted_and_their_own_from_lines_restored() {
        let file = "From olga@shop.example Sat Jan  3 01:05:34 2026\nSubject: One\n\n\
            Look:\n>From here it fails\n>>From a quoted one\n\n\
            From MAILER-DAEMON Sat Jan  3 01:06:00 2026\r\nSubject: Two\r\n\r\nEnd\r\n\r\n";
        assert_eq!(
            texts(file),
            [
                "Subject: One\n\nLook:\nFrom here it fails\n>From a quoted one\n",
                "Subject: Two\r\n\r\nEnd\r\n"
            ]
        );
        assert!(texts("Subject: x\n\nFrom\n").is_empty());
        assert!(texts("").is_empty());
    }

    #[test]
    fn a_from_line_of_a_text_parts_nothing() {
        let from = "From - Sat Jan 03 01:05:34 2026\nSubject: One\n\n";
        for text in [
            "From what I see it fails\n",
            "From Monday on, 10:00 at the latest\nSubject: to change\n",
            "From 10:00 to 2026\nno header follows\n",
            "and\nFrom x@y.example Sat Jan  3 01:05:34 2026\n\nover no header\n",
        ] {
            let file = format!("{from}{text}");
            assert_eq!(texts(&file), [format!("Subject: One\n\n{text}")], "{text}");
        }
        // a writer that leaves out the empty line
        let two = format!("{from}End\nFrom x@y.example Sat Jan  3 01:05:34 2026\nSubject: 2\n");
        assert_eq!(texts(&two), ["Subject: One\n\nEnd\n", "Subject: 2\n"]);
        // cut off after its first line
        let two = format!("{from}End\n\nFrom x@y.example Sat Jan  3 01:05:34 2026\n");
        assert_eq!(texts(&two), ["Subject: One\n\nEnd\n", ""]);
    }

    #[test]
    fn the_dates_of_many_writers() {
        for (line, expected) in [
            ("From a@b Sat Jan  3 01:05:34 2026", "2026-01-03T01:05:34Z"),
            ("From - Sat Jan 03 01:05 2026", "2026-01-03T01:05:00Z"),
            (
                "From 17@xxx Sat Jan 03 01:05:34 +0300 2026",
                "2026-01-02T22:05:34Z",
            ),
            (
                "From a@b Sat, 3 Jan 2026 01:05:34 -0100",
                "2026-01-03T02:05:34Z",
            ),
            (
                "From may Sat Jan  3 01:05:34 MSK 2026",
                "2026-01-03T01:05:34Z",
            ),
        ] {
            let at = envelope_date(line.as_bytes()).map(|at| at.to_string());
            assert_eq!(at.as_deref(), Some(expected), "{line}");
            assert!(has_date(line.as_bytes()), "{line}");
        }
        for line in ["From a@b", "From a@b Sat Jan 99 01:05:34 2026", "From "] {
            assert_eq!(envelope_date(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn memory_is_bounded_by_the_limit() {
        let body = "x".repeat(3 << 20);
        let file = format!(
            "From a@b Sat Jan  3 01:05:34 2026\nSubject: Big\n\n{body}\n\n\
             From a@b Sat Jan  3 01:05:34 2026\nSubject: Small\n\nText\n"
        );
        let mails = read(file.as_bytes());
        assert_eq!(mails[0].bytes, b"Subject: Big\n\n");
        assert!(!mails[0].whole && mails[0].size > 3 << 20);
        assert!(mails[0].bytes.capacity() < 2 << 20);
        assert_eq!(mails[1].bytes, b"Subject: Small\n\nText\n");
    }
}
