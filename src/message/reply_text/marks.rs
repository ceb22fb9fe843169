//! How the lines look by which mailers introduce quotes and end their mails.

use super::{
    Line, lower,
    words::{
        FORWARDED, ORIGINAL, QUOTING, REPLY_ABOVE, SENDER, SUBJECT, TO, WHEN, WROTE,
        WROTE_UNSPACED, YOU_WROTE,
    },
};

/// How sure a line is to introduce a quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attribution {
    /// A person, a date and a time: no one else writes so.
    Timed,
    /// A person and a date or a time.
    Dated,
    /// "Ivan wrote:"
    Plain,
}

/// Whether the line may be the last of an introduction: cheap, for all the lines that are not.
pub(super) fn may_introduce(line: &str) -> bool {
    let has_address = || line.contains('@');
    match line.as_bytes().last() {
        // ':' and the last byte of '：'
        Some(b':' | 0x9a) => line.ends_with([':', '：']),
        Some(b'>' | b'-') => has_address(),
        _ => line.starts_with("On ") && has_address(),
    }
}

/// Whether a line (several joined, when a mailer wrapped it) introduces a quote. Less than a timed
/// one counts only right above a quote.
pub(super) fn attribution(line: &str, before_quote: bool) -> Option<Attribution> {
    let line = line.trim();
    let is_timed = has_date(line) && has_time(line);
    if !(before_quote || is_timed) {
        return None;
    }
    let is_zoho = line.starts_with("---") && line.ends_with("---") && line.contains('@');
    let head = if is_zoho {
        line.trim_matches('-')
    } else if let Some(head) = line.strip_suffix([':', '：']) {
        head
    } else {
        // Rambler ends it with the address
        let is_full = line.ends_with('>') && line.contains('@') && has_date(line) && has_time(line);
        return is_full.then_some(Attribution::Dated);
    };
    let lower = head.trim().to_lowercase();
    let lower = lower.trim_start_matches(['*', '_']);
    let ends = WROTE.iter().chain(YOU_WROTE).any(|verb| {
        let stem = lower.strip_suffix(verb);
        stem.is_some_and(|stem| !stem.ends_with(char::is_alphanumeric))
    }) || WROTE_UNSPACED.iter().any(|verb| lower.ends_with(verb));
    let is_you = YOU_WROTE.iter().any(|words| lower.starts_with(words));
    let is_quoting = || QUOTING.iter().any(|words| lower.starts_with(words));
    // German, Dutch and the Nordic languages put the verb before the name
    let has_verb = ends || is_you || has_verb(lower);
    let has_address = lower.contains('@');
    // the log of someone@example.com: is no introduction; Someone <someone@example.com>: is
    // mutt may put the date behind: * Someone <someone@example.com> [2026-08-12 11:02]:
    let sender = lower
        .strip_suffix(']')
        .and_then(|head| head.rsplit_once('['));
    let sender = sender.map_or(lower, |(sender, _)| sender.trim_end());
    let is_named = has_address && sender.ends_with(['>', ')']);
    if !has_verb && !is_named && !is_quoting() {
        return None;
    }
    match (has_date(lower), has_time(lower)) {
        (true, true) if has_address || is_machine_made(lower) => Some(Attribution::Timed),
        (true, _) | (_, true) => Some(Attribution::Dated),
        (false, false) => {
            ((ends || is_you || is_quoting()) && line.len() < 120).then_some(Attribution::Plain)
        }
    }
}

/// Whether the line goes on with the quote itself, as Yahoo's application has it.
pub(super) fn is_run_together(line: &str) -> bool {
    if !line.starts_with("On ") {
        return false;
    }
    let head = line.split_once("> wrote: ").map(|(head, _)| head);
    head.is_some_and(|head| head.contains('@') && has_date(head) && has_time(head))
}

/// How many of the lines, from the last upwards, are what Yandex puts above its introduction: a
/// rule, and whom and what the mail was about.
pub(super) fn fields_above(lines: &[Line<'_>]) -> usize {
    let is_field = |line: &&Line<'_>| matches!(field(line.core), Some(Field::To | Field::Subject));
    let fields = lines.iter().rev().take(4).take_while(is_field).count();
    let above = lines.iter().rev().nth(fields);
    let is_rule = above.is_some_and(|line| line.core.len() >= 8 && is_rule(line.core));
    if fields > 0 && is_rule { fields + 1 } else { 0 }
}

/// Whether the line is drawn, not written.
pub(super) fn is_rule(line: &str) -> bool {
    line.chars().all(|c| matches!(c, '_' | '-' | '─' | '—'))
}

/// Whether one of the verbs stands in the line as a word.
fn has_verb(lower: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    WROTE.iter().any(|verb| {
        lower.split_once(verb).is_some_and(|(before, after)| {
            !is_part(before.chars().next_back()) && !is_part(after.chars().next())
        })
    })
}

/// What no person writes: a zone, or the words of Lotus Notes.
fn is_machine_made(lower: &str) -> bool {
    let words = [" gmt", " utc", " wrote on ", " schrieb am ", "вы писали "];
    words.iter().any(|word| lower.contains(word)) || lower.starts_with("вы писали")
}

/// What a line `Name: value` of a quoted head tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::message) enum Field {
    Sender,
    When,
    To,
    Subject,
}

/// How many lines the block has that starts here, like Outlook's `From: / Sent: / To: / Subject:`.
/// Zero where there is none. A form with "From:" and "To:" has no subject. Each look at what may be
/// one is a candidate less. What the writer announces ("the mail looks like this:") needs a date: all
/// mailers tell it, and people who show the head of some mail seldom do.
pub(super) fn header_block(
    lines: &[Line<'_>],
    is_announced: bool,
    candidates: &mut usize,
) -> usize {
    if lines.first().and_then(|line| field(line.core)).is_none() {
        return 0;
    }
    *candidates = candidates.saturating_sub(1);
    let mut found = Vec::new();
    let mut length = 0;
    let mut unnamed = 0;
    let mut is_below_blank = false;
    for (at, line) in lines.iter().take(16).enumerate() {
        if let Some(field) = field(line.core) {
            found.push(field);
            length = at + 1;
            unnamed = 0;
        } else if !line.is_blank() {
            unnamed += 1;
        }
        // recipients may fill some lines; below a blank one the mail itself begins
        if unnamed > usize::from(!is_below_blank) * 3 {
            break;
        }
        is_below_blank = line.is_blank();
    }
    let has = |field| found.contains(&field);
    let is_addressed = has(Field::When) || (has(Field::To) && !is_announced);
    let is_block = has(Field::Sender) && has(Field::Subject) && is_addressed;
    if is_block { length } else { 0 }
}

/// Where the block starts of which this line is "To": Lotus Notes puts the names of the fields on
/// lines of their own, below the sender and the date.
pub(super) fn stacked_block(lines: &[Line<'_>], at: usize) -> Option<usize> {
    let is_name = |line: &Line<'_>, names: &[&str]| {
        let is_short = (2..=24).contains(&line.core.len());
        is_short && names.contains(&lower(line.core).as_str())
    };
    lines.get(at).filter(|line| is_name(line, TO))?;
    let mut below = lines.iter().skip(at + 1).take(12);
    below.find(|line| is_name(line, SUBJECT))?;
    let above = lines.iter().enumerate().take(at).rev().take(8);
    let mut above = above.filter(|(_, line)| !line.is_blank());
    let (_, date) = above.next()?;
    let (sender, _) = above.next()?;
    (date.core.len() <= 40 && has_date(date.core) && has_time(date.core)).then_some(sender)
}

/// Whether such a block starts here.
pub(in crate::message) fn is_header_block(lines: &[&str]) -> bool {
    let lines: Vec<Line<'_>> = lines.iter().map(|line| Line::new(line)).collect();
    header_block(&lines, false, &mut 1) > 0
}

fn field(line: &str) -> Option<Field> {
    header_field(line).map(|(field, _)| field)
}

/// What the line names, as `Name: value` or `*Name:* value`, and the value.
pub(in crate::message) fn header_field(line: &str) -> Option<(Field, &str)> {
    // most lines have no colon where a name would end
    let head = line.as_bytes();
    let head = head.get(..64).unwrap_or(head);
    if !(head.contains(&b':') || head.contains(&0xef)) {
        return None;
    }
    let space = ['*', ' ', '\t', '\u{a0}'];
    let (name, value) = line.trim_start_matches(space).split_once([':', '：'])?;
    let name = name.trim_matches(space);
    // the longest have two words, as in "дата надсилання"
    if name.len() > 40 || name.split(' ').count() > 2 {
        return None;
    }
    let name = name.to_lowercase();
    [
        (SENDER, Field::Sender),
        (WHEN, Field::When),
        (TO, Field::To),
        (SUBJECT, Field::Subject),
    ]
    .into_iter()
    .find(|(names, _)| names.contains(&name.as_str()))
    .map(|(_, field)| (field, value.trim_matches(space)))
}

/// Whether the line is `---------- Forwarded message ---------` or a kin of it.
pub(in crate::message) fn is_forwarded_message(line: &str) -> bool {
    if line.len() > 200
        || !(line.ends_with(':') || line.starts_with("--") || line.starts_with(['–', '—']))
    {
        return false;
    }
    let is_frame = |c: char| matches!(c, '-' | '–' | '—' | ' ' | ':' | '\u{a0}');
    let words = lower(line.trim_matches(is_frame));
    FORWARDED.contains(&words.as_str())
}

/// Whether the line is the one of a desk, `##- Please type your reply above this line -##`.
pub(super) fn is_reply_above(line: &str) -> bool {
    // bullets start with a single mark
    let starts = ["##", "--", "==", "**", "__", "—", "Reply above"];
    let is_drawn = starts.iter().any(|start| line.starts_with(start));
    if !is_drawn || line.len() > 200 {
        return false;
    }
    let lower = line.to_lowercase();
    REPLY_ABOVE.iter().any(|words| lower.contains(words))
}

/// Whether the line is `-----Original Message-----` or a kin of it, such as `-----Ivan wrote: -----`
/// of Lotus Notes.
pub(in crate::message) fn is_original_message(line: &str) -> bool {
    let line = line.trim();
    let is_dash = |c: char| matches!(c, '-' | '–' | '—');
    if !line.starts_with(is_dash) || !line.ends_with(is_dash) || line.len() > 200 {
        return false;
    }
    let words = line
        .trim_matches(|c: char| is_dash(c) || c == ' ')
        .to_lowercase();
    let is_notes = || {
        let person = words.strip_suffix(':').unwrap_or_default();
        WROTE.iter().any(|verb| person.ends_with(verb))
    };
    ORIGINAL.contains(&words.as_str()) || is_notes()
}

/// A year, or a day and month in digits.
fn has_date(text: &str) -> bool {
    let mut numbers = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|n| !n.is_empty());
    let is_year = |n: &str| n.len() == 4 && (n.starts_with("20") || n.starts_with("19"));
    // "4. 5. 2026", "4 мая 26"
    numbers.any(is_year) || digits_around(text, b"./-")
}

/// A time of day.
fn has_time(text: &str) -> bool {
    let with_dot = ["kl. ", "klo ", "kello ", "ore ", "kl "];
    let is_dotted = || {
        let dotted = |word: &&str| text.split_once(*word).map(|(_, after)| after);
        let after = with_dot.iter().find_map(dotted);
        after.is_some_and(|after| digits_around(after, b"."))
    };
    digits_around(text, b":") || is_dotted()
}

/// Whether one of the marks stands between digits, two of them after it.
fn digits_around(text: &str, marks: &[u8]) -> bool {
    let mut windows = text.as_bytes().windows(4);
    windows.any(|window| match window {
        [before, mark, first, second] => {
            before.is_ascii_digit()
                && marks.contains(mark)
                && first.is_ascii_digit()
                && second.is_ascii_digit()
        }
        _ => false,
    })
}
