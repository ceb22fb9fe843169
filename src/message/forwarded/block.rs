//! The head of a forwarded mail as mailers write it into a text: `From: / Date: / Subject: / To:`
//! in many languages, or one line with date, name and address.

use crate::{
    address::Address,
    message::reply_text::marks::{Field, header_field},
};

/// The head of a forwarded mail.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// Not usable when the mailer names nobody by address (Outlook inside one company).
    pub from: Address,
    /// Empty when it is not said.
    pub subject: String,
    /// As written there.
    pub date: String,
    /// Where the text begins.
    pub length: usize,
}

/// Far more lines than a head has, long lists of recipients included.
const LONGEST: usize = 60;
/// Lines of such heads that say nothing of who wrote.
const OTHERS: &[&str] = &[
    "importance", "priority", "attachments", "attachment", "importanz", "wichtigkeit", "priorität",
    "anlagen", "message-id", "organization", "reply to", "bcc", "важность", "приоритет",
    "вложения", "вложение", "ответить", "важливість", "пріоритет", "вкладення", "pièces jointes",
    "adjuntos", "allegati", "załączniki", "скрытая копия",
];

/// Reads `From: / Date: / Subject: / To:` in any order and language; `None` where the lines do not
/// begin with such a head or it names no sender.
pub(super) fn fields(lines: &[&str]) -> Option<Block> {
    let mut block = Block::default();
    let mut from: Option<String> = None;
    let mut seen: Vec<Field> = Vec::new();
    let mut open: Option<Field> = None;
    for (at, line) in lines.iter().take(LONGEST).enumerate() {
        let rest = lines.get(at + 1..).unwrap_or_default();
        if line.trim().is_empty() {
            // some mailers put blank lines between the fields
            if !seen.is_empty() && !goes_on(rest, &seen) {
                break;
            }
            continue;
        }
        match header_field(line) {
            Some((kind, value)) if kind == Field::To || !seen.contains(&kind) => {
                seen.push(kind);
                open = Some(kind);
                match kind {
                    Field::Sender => from = Some(value.to_owned()),
                    Field::When => block.date = value.to_owned(),
                    Field::Subject => block.subject = value.to_owned(),
                    Field::To => {}
                }
            }
            None if is_other(line) && !seen.is_empty() => open = None,
            None => match (open, from.as_mut()) {
                (Some(Field::Sender), Some(from)) if is_open_sender(from) => {
                    from.push(' ');
                    from.push_str(line.trim());
                }
                (Some(Field::Subject), _) if is_wrapped(lines, at, rest) => {
                    block.subject.push(' ');
                    block.subject.push_str(line.trim());
                }
                (Some(Field::To), _) if is_more_recipients(lines, at) => {}
                _ => break,
            },
            Some(_) => break,
        }
        block.length = at + 1;
    }
    block.from = sender(&from?);
    Some(block)
}

/// Reads the one line by which Yandex introduces a forwarded mail, `04.05.2026, 10:15, "Ivan"
/// <ivan@example.com>:`, which may be wrapped.
pub(super) fn introduction(lines: &[&str]) -> Option<Block> {
    let start = lines.iter().take(5).position(|l| !l.trim().is_empty())?;
    let mut joined = String::new();
    for (at, line) in lines.iter().enumerate().skip(start).take(3) {
        joined.push_str(line.trim());
        joined.push(' ');
        if line.trim_end().ends_with(':') {
            let from = sender(&joined);
            let is_dated = joined.bytes().any(|byte| byte.is_ascii_digit());
            let date = joined.rsplit_once(", ").map_or("", |(date, _)| date);
            return (from.is_usable() && is_dated).then(|| Block {
                date: date.to_owned(),
                from,
                subject: String::new(),
                length: at + 1,
            });
        }
    }
    None
}

/// Whether the next line that is not blank is a field that was not there yet.
fn goes_on(rest: &[&str], seen: &[Field]) -> bool {
    let next = rest.iter().take(3).find(|line| !line.trim().is_empty());
    let field = next.and_then(|line| header_field(line));
    field.is_some_and(|(kind, _)| !seen.contains(&kind))
}

fn is_other(line: &str) -> bool {
    let name = line.split_once(':').map(|(name, _)| name);
    name.is_some_and(|name| {
        let name = name.trim_matches(['*', ' ', '\t', '\u{a0}']).to_lowercase();
        OTHERS.contains(&name.as_str())
    })
}

fn is_open_sender(value: &str) -> bool {
    !value.contains('@') || value.matches('<').count() > value.matches('>').count()
}

/// Whether a mailer broke a long subject here: a long line above, the end of the head or a field
/// below.
fn is_wrapped(lines: &[&str], at: usize, rest: &[&str]) -> bool {
    let above = at.checked_sub(1).and_then(|above| lines.get(above));
    let is_long = above.is_some_and(|line| line.chars().count() >= 60);
    let below = rest.first().copied().unwrap_or_default();
    is_long && (below.trim().is_empty() || header_field(below).is_some())
}

fn is_more_recipients(lines: &[&str], at: usize) -> bool {
    let above = at.checked_sub(1).and_then(|above| lines.get(above));
    let is_listed = above.is_some_and(|line| line.trim_end().ends_with([',', ';', '<']));
    let line = lines.get(at).copied().unwrap_or_default();
    is_listed || (line.contains('@') && line.trim_end().ends_with(['>', ';', ',', ']']))
}

/// Name and address as mailers show a sender: `Ivan <a@b>`, `Ivan [mailto:a@b]`, `a@b
/// <mailto:a@b>`, `Ivan (a@b)`, `x@y on behalf of Ivan <a@b>`.
pub(super) fn sender(value: &str) -> Address {
    let value = behalf(value);
    let mut found: Option<(usize, &str, bool)> = None;
    let mut start = 0usize;
    let mut before = ' ';
    for (at, mark) in value.char_indices().chain([(value.len(), ' ')]) {
        let is_end = mark.is_whitespace()
            || matches!(mark, '<' | '>' | '[' | ']' | '(' | ')' | ',' | ';' | '"' | '|');
        if !is_end {
            continue;
        }
        let word = value.get(start..at).unwrap_or_default();
        let bare = word.trim_matches(['\'', '*', ':', '.', '\u{200b}']);
        let bare = bare
            .strip_prefix("mailto:")
            .or_else(|| bare.strip_prefix("MAILTO:"))
            .unwrap_or(bare);
        if bare.contains('@') && Address::new("", bare).is_usable() {
            let is_bracketed = matches!(before, '<' | '[' | '(');
            let is_better = found.is_none_or(|(_, _, known)| !known && is_bracketed);
            if is_better {
                found = Some((start, bare, is_bracketed));
            }
        }
        start = at + mark.len_utf8();
        before = mark;
    }
    let Some((at, address, _)) = found else {
        return Address::new(value.trim(), "");
    };
    let name = name_of(value.get(..at).unwrap_or_default());
    Address::new(name, address)
}

/// What stands after "on behalf of": who wrote, not who sent.
fn behalf(value: &str) -> &str {
    let words = [
        " on behalf of ", " On Behalf Of ", " от имени ", " от лица ", " від імені ",
        " im Auftrag von ",
    ];
    let after = words.iter().find_map(|word| value.split_once(word));
    match after {
        Some((_, after)) if after.contains('@') => after,
        _ => value,
    }
}

/// The name before an address; a date before the name is none.
fn name_of(before: &str) -> &str {
    let frame = |c: char| c.is_whitespace() || matches!(c, '<' | '[' | '(' | '*' | ':' | ',' | ';');
    let before = before.trim_matches(frame);
    let quoted = before
        .strip_suffix('"')
        .and_then(|rest| rest.rsplit_once('"'));
    let name = match quoted {
        Some((_, name)) => name,
        None if before.contains(|c: char| c.is_ascii_digit()) => {
            before.rsplit_once(',').map_or(before, |(_, name)| name)
        }
        None => before,
    };
    let name = name.trim_matches(|c: char| frame(c) || matches!(c, '"' | '\''));
    if name.contains('@') { "" } else { name }
}
