//! How the lines look by which mailers introduce quotes and end their mails.

use super::words::{
    FOOTER_ENDS, FOOTERS, FORWARDED, LIST, MAILERS, NOTICE, ORIGINAL, SENDER, SUBJECT, TO, WHEN,
    WROTE, WROTE_UNSPACED, YOU_WROTE,
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

/// Whether a line (several joined, when a mailer wrapped it) introduces a quote.
pub(super) fn attribution(line: &str) -> Option<Attribution> {
    let line = line.trim();
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
    // German, Dutch and the Nordic languages put the verb before the name
    let has_verb = ends || is_you || has_verb(lower);
    let has_address = lower.contains('@');
    // the log of someone@example.com: is no introduction; Someone <someone@example.com>: is
    let is_named = has_address && lower.ends_with(['>', ')']);
    if !has_verb && !is_named {
        return None;
    }
    match (has_date(lower), has_time(lower)) {
        (true, true) if has_address || is_machine_made(lower) => Some(Attribution::Timed),
        (true, _) | (_, true) => Some(Attribution::Dated),
        (false, false) => ((ends || is_you) && line.len() < 120).then_some(Attribution::Plain),
    }
}

/// Whether the line goes on with the quote itself, as Yahoo's application has it.
pub(super) fn is_run_together(line: &str) -> bool {
    let head = line.split_once("> wrote: ").map(|(head, _)| head);
    head.is_some_and(|head| {
        head.contains('@') && has_date(head) && has_time(head) && head.trim().starts_with("On ")
    })
}

/// How many of the lines, from the last upwards, are what Yandex puts above its introduction: a
/// rule, and whom and what the mail was about.
pub(super) fn fields_above(lines: &[&str]) -> usize {
    let is_field = |line: &&&str| {
        field_name(line).is_some_and(|name| {
            let name = name.as_str();
            TO.contains(&name) || SUBJECT.contains(&name)
        })
    };
    let fields = lines.iter().rev().take(4).take_while(is_field).count();
    let above = lines.iter().rev().nth(fields);
    let is_rule = above.is_some_and(|line| {
        let line = line.trim();
        line.len() >= 8 && line.chars().all(|c| c == '-')
    });
    if fields > 0 && is_rule { fields + 1 } else { 0 }
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

/// How many lines the block has that starts here, like Outlook's `From: / Sent: / To: / Subject:`.
/// Zero where there is none. A form with "From:" and "To:" has no subject.
pub(in crate::message) fn header_block(lines: &[&str]) -> usize {
    let mut found = [false; 4];
    let mut length = 0;
    let mut unnamed = 0;
    for (at, line) in lines.iter().take(16).enumerate() {
        let name = field_name(line);
        let kind = name.and_then(|name| {
            let has = |table: &&[&str]| table.contains(&name.as_str());
            [SENDER, WHEN, TO, SUBJECT].iter().position(has)
        });
        if let Some(slot) = kind.and_then(|kind| found.get_mut(kind)) {
            *slot = true;
            length = at + 1;
            unnamed = 0;
        } else if at == 0 {
            return 0;
        } else {
            unnamed += usize::from(!line.trim().is_empty());
        }
        if unnamed > 3 {
            break;
        }
    }
    match found {
        [true, true, _, true] | [true, _, true, true] => length,
        _ => 0,
    }
}

/// What a line of such a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::message) enum Held {
    Sender,
    When,
    To,
    Subject,
}

/// What the line holds if it is one of such a block, and its value.
pub(in crate::message) fn header_field(line: &str) -> Option<(Held, &str)> {
    let name = field_name(line)?;
    let kinds = [
        (SENDER, Held::Sender),
        (WHEN, Held::When),
        (TO, Held::To),
        (SUBJECT, Held::Subject),
    ];
    let known = kinds
        .iter()
        .find(|(table, _)| table.contains(&name.as_str()));
    let (_, value) = line.split_once([':', '：'])?;
    known.map(|(_, kind)| (*kind, value.trim_matches(['*', ' ', '\t', '\u{a0}'])))
}

/// The lower-case field name of `Name: value` or `*Name:* value`.
fn field_name(line: &str) -> Option<String> {
    let line = line.trim_start_matches(['*', ' ', '\t', '\u{a0}']);
    let (name, _) = line.split_once([':', '：'])?;
    (name.len() <= 60).then(|| name.trim_matches(['*', ' ', '\t', '\u{a0}']).to_lowercase())
}

/// Whether the line is `---------- Forwarded message ---------` or a kin of it.
pub(in crate::message) fn is_forwarded_message(line: &str) -> bool {
    if line.len() > 200 {
        return false;
    }
    let is_frame = |c: char| matches!(c, '-' | '–' | '—' | ' ' | ':' | '\u{a0}');
    let words = line.trim_matches(is_frame).to_lowercase();
    FORWARDED.contains(&words.as_str())
}

/// Whether the paragraph is a legal notice, such as companies put under each mail.
pub(super) fn is_notice(paragraph: &str) -> bool {
    let lower = paragraph.to_lowercase();
    paragraph.len() > 80
        && NOTICE.iter().any(|pieces| {
            let known = pieces.iter().filter(|piece| lower.contains(**piece));
            known.count() >= 3
        })
}

/// Whether the paragraph is what a mailing list adds.
pub(super) fn is_list_footer(paragraph: &str) -> bool {
    let lower = paragraph.to_lowercase();
    let first = lower.lines().next().unwrap_or_default().trim();
    let is_ruled = first.len() >= 30 && first.chars().all(|c| matches!(c, '_' | '-'));
    (is_ruled || lower.starts_with("you received this message because"))
        && LIST.iter().any(|words| lower.contains(words))
}

/// Whether the line is `-----Original Message-----` or a kin of it.
pub(in crate::message) fn is_original_message(line: &str) -> bool {
    let line = line.trim();
    let is_dash = |c: char| matches!(c, '-' | '–' | '—');
    if !line.starts_with(is_dash) || !line.ends_with(is_dash) || line.len() > 200 {
        return false;
    }
    let words = line
        .trim_matches(|c: char| is_dash(c) || c == ' ')
        .to_lowercase();
    ORIGINAL.contains(&words.as_str())
}

/// Whether the line is a footer such as "Sent from my iPhone".
pub(in crate::message) fn is_mobile_footer(line: &str) -> bool {
    if line.chars().count() > 110 {
        return false;
    }
    let frame = |c: char| matches!(c, '-' | '–' | '—' | ' ' | '*' | '_' | '[' | '<' | '(');
    let lower = line.trim_start_matches(frame).to_lowercase();
    let tail = lower.split([' ', '(']).next_back().unwrap_or_default();
    let shown = if tail.starts_with("http") || tail.ends_with(')') {
        lower.split(" (").next().unwrap_or_default()
    } else {
        &lower
    };
    let end = shown.trim_end_matches(['.', '。', ' ', '*', '_', ']', '!']);
    let is_known = FOOTERS.iter().any(|footer| lower.starts_with(footer))
        || FOOTER_ENDS.iter().any(|footer| end.ends_with(footer));
    is_known && MAILERS.iter().any(|mailer| lower.contains(mailer))
}

/// A year, or a day and month in digits.
fn has_date(text: &str) -> bool {
    let mut numbers = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|n| !n.is_empty());
    let is_year = |n: &str| n.len() == 4 && (n.starts_with("20") || n.starts_with("19"));
    // "4. 5. 2026", "4 мая 26"
    numbers.any(is_year) || digits_around(text, &['.', '/', '-'])
}

/// A time of day.
fn has_time(text: &str) -> bool {
    let with_dot = ["kl. ", "klo ", "kello ", "ore ", "kl "];
    let is_dotted = || {
        let dotted = |word: &&str| text.split_once(*word).map(|(_, after)| after);
        let after = with_dot.iter().find_map(dotted);
        after.is_some_and(|after| digits_around(after, &['.']))
    };
    digits_around(text, &[':']) || is_dotted()
}

/// Whether one of the marks stands between digits, two of them after it.
fn digits_around(text: &str, marks: &[char]) -> bool {
    let mut window = [' '; 4];
    for c in text.chars() {
        window.rotate_left(1);
        if let Some(last) = window.last_mut() {
            *last = c;
        }
        let [before, mark, first, second] = window;
        let are_digits = [before, first, second].iter().all(char::is_ascii_digit);
        if are_digits && marks.contains(&mark) {
            return true;
        }
    }
    false
}
