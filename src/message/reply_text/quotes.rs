//! Which lines of a mail are quoted.

use super::{
    Line, Role,
    marks::{
        Attribution, attribution, fields_above, header_block, is_forwarded_message,
        is_original_message, is_reply_above, is_rule, is_run_together, may_introduce,
        stacked_block,
    },
    set,
};

/// The most introductions and header blocks that are looked at in one mail: no person's mail has
/// so many, and each costs more than a line.
const CANDIDATES: usize = 2_000;

/// What stands before each quoted line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// `> words`, of nearly everyone.
    Angle,
    /// `IP> words`, of The Bat! and of some lists.
    Initials,
    /// `| words`, of some lists.
    Bar,
}

impl Mark {
    fn is_on(self, line: &Line<'_>) -> bool {
        match self {
            Self::Angle => line.core.starts_with('>') && !line.text.starts_with("    "),
            Self::Initials => line.core.split_once('>').is_some_and(|(initials, _)| {
                (1..=8).contains(&initials.len()) && initials.chars().all(char::is_alphabetic)
            }),
            Self::Bar => line.core.starts_with('|') && !line.core.ends_with("| |"),
        }
    }
}

/// For each line whether it is quoted, and whether the next that is not blank is.
struct Marked {
    is_quote: Vec<bool>,
    before_quote: Vec<bool>,
}

impl Marked {
    fn new(lines: &[Line<'_>], is_marked: impl Fn(&Line<'_>) -> bool) -> Self {
        let mut marked = Self {
            is_quote: vec![false; lines.len()],
            before_quote: vec![false; lines.len()],
        };
        let mut ahead = false;
        let slots = marked.is_quote.iter_mut().zip(&mut marked.before_quote);
        for (line, (is_quote, before_quote)) in lines.iter().zip(slots).rev() {
            *before_quote = ahead;
            if !line.is_blank() {
                *is_quote = !line.is_code && is_marked(line);
                ahead = *is_quote;
            }
        }
        marked
    }

    fn is_quote(&self, at: usize) -> bool {
        self.is_quote.get(at).copied().unwrap_or_default()
    }

    fn before_quote(&self, at: usize) -> bool {
        self.before_quote.get(at).copied().unwrap_or_default()
    }
}

/// Marks what is quoted, with the lines that introduce it.
pub(super) fn mark(lines: &mut [Line<'_>], is_forward: bool) {
    let mut marked = Marked::new(lines, |line| Mark::Angle.is_on(line));
    let mut has_other_mark = false;
    let mut is_forward = is_forward;
    let mut first_new = None;
    let mut introduced = None;
    let mut candidates = CANDIDATES;
    let mut at = 0;
    while let Some(line) = lines.get(at).copied() {
        if marked.is_quote(at) {
            set(lines, at, at + 1, Role::Quoted);
        } else if line.is_code {
            first_new.get_or_insert(at);
        } else if !line.is_blank() && candidates > 0 {
            if !has_other_mark && let Some(mark) = other_mark(lines, at) {
                has_other_mark = true;
                marked = Marked::new(lines, |line| Mark::Angle.is_on(line) || mark.is_on(line));
            }
            if first_new.is_some() && is_reply_above(line.core) {
                mark_rest(lines, at);
                introduced.get_or_insert(at);
                break;
            }
            is_forward |= is_forwarded_message(line.core);
            let before_quote = marked.before_quote(at);
            if may_introduce(line.core) {
                candidates = candidates.saturating_sub(1);
                if let Some((length, is_sure)) = introduction(lines, at, before_quote) {
                    let from = (at + 1).saturating_sub(length);
                    // a mail that starts with what looks like the head of a quote would be empty
                    let has_new_above = first_new.is_some_and(|new| new < from);
                    if before_quote {
                        set(lines, from, at + 1, Role::Quoted);
                        introduced.get_or_insert(from);
                        first_new = first_new.filter(|new| *new < from);
                    } else if is_sure && !is_forward && has_new_above {
                        // a quote without `>` is the rest of the mail
                        mark_rest(lines, from);
                        introduced.get_or_insert(from);
                        break;
                    } else {
                        first_new.get_or_insert(at);
                    }
                    at += 1;
                    continue;
                }
            }
            let stacked = stacked_block(lines, at).filter(|_| !is_forward);
            if let Some(from) = stacked
                && first_new.is_some_and(|new| new < from)
            {
                mark_rest(lines, from);
                introduced.get_or_insert(from);
                break;
            }
            let is_original = is_original_message(line.core);
            let start = at + usize::from(is_original);
            let below = lines.get(start..).unwrap_or_default();
            let length = header_block(below, is_announced(lines, at), &mut candidates);
            if !is_forward && (is_original || length > 0) {
                let end = start + length;
                // quoted line by line below its heading: the answers stand between
                if length == 0 || !marked.before_quote(end.saturating_sub(1)) {
                    mark_rest(lines, at);
                    introduced.get_or_insert(at);
                    break;
                }
                introduced.get_or_insert(at);
                set(lines, at, end, Role::Quoted);
                at = end;
                continue;
            }
            first_new.get_or_insert(at);
        }
        at += 1;
    }
    if let Some(introduced) = introduced {
        keep_announced(lines.get_mut(..introduced).unwrap_or_default());
    } else if first_new.is_some() {
        keep_own_marks(lines);
    }
}

/// Whether the words above end with a colon.
fn is_announced(lines: &[Line<'_>], at: usize) -> bool {
    let mut above = lines.iter().take(at).rev();
    let near = above.by_ref().take(2).find(|line| !line.is_blank());
    near.is_some_and(|line| line.is_new() && line.core.ends_with(':'))
}

/// Lines with `>` that the writer announces ("The log:"), above the quote that the mailer made.
fn keep_announced(lines: &mut [Line<'_>]) {
    let mut is_announced = false;
    for line in lines.iter_mut().filter(|line| !line.is_blank()) {
        if line.role == Role::Reply {
            is_announced = line.core.ends_with(':');
        } else if is_announced && line.role == Role::Quoted {
            line.role = Role::Reply;
        }
    }
}

/// All from the line on, with the rule that Outlook draws above its block.
fn mark_rest(lines: &mut [Line<'_>], at: usize) {
    let mut above = lines.iter().take(at).enumerate().rev();
    let above = above.find(|(_, line)| !line.is_blank());
    let ruled = above.filter(|(_, line)| line.core.len() >= 5 && is_rule(line.core));
    let from = ruled.map_or(at, |(above, _)| above);
    set(lines, from, lines.len(), Role::Quoted);
}

/// The mark of what the line introduces, where that is not `>`.
fn other_mark(lines: &[Line<'_>], at: usize) -> Option<Mark> {
    if !lines.get(at)?.core.ends_with(':') {
        return None;
    }
    let mut below = lines.iter().skip(at + 1);
    let next = below.find(|line| !line.is_blank())?;
    let mut marks = [Mark::Initials, Mark::Bar].into_iter();
    let mark = marks.find(|mark| mark.is_on(next))?;
    introduction(lines, at, true).map(|_| mark)
}

/// A `>` that the writer put: prices above which ("if it is \n> 50 EUR"), or the prompt `>>>`.
fn keep_own_marks(lines: &mut [Line<'_>]) {
    let is_quoted = |line: &Line<'_>| line.role == Role::Quoted;
    let Some(first) = lines.iter().position(is_quoted) else {
        return;
    };
    let quoted = lines.get(first..).unwrap_or_default();
    let together = quoted.iter().take_while(|line| is_quoted(line)).count();
    let all = quoted.iter().filter(|line| is_quoted(line)).count();
    let is_amounts = together == all && quoted.iter().take(all).all(|line| is_amount(line.core));
    let above = first.checked_sub(1).and_then(|above| lines.get(above));
    let goes_on =
        above.is_some_and(|above| above.is_new() && !above.core.ends_with(['.', '!', '?', ':']));
    let is_prompt = |line: &Line<'_>| line.core.starts_with(">>>");
    let is_prompts = quoted.iter().filter(|line| is_quoted(line)).all(is_prompt);
    if (is_amounts && goes_on) || is_prompts {
        set(lines, 0, lines.len(), Role::Reply);
    }
}

/// Whether the quoted line starts with a price or a number, and not with that of a list.
fn is_amount(line: &str) -> bool {
    let words = line.trim_start_matches(['>', ' ', '$', '€', '£']);
    let first = words.split_whitespace().next().unwrap_or_default();
    first.starts_with(|c: char| c.is_ascii_digit()) && !first.ends_with([')', '.'])
}

/// How many lines, ending at `at`, introduce a quote ("On ... wrote:"); mailers wrap that line.
/// With it, whether no one else writes so.
fn introduction(lines: &[Line<'_>], at: usize, before_quote: bool) -> Option<(usize, bool)> {
    if is_run_together(lines.get(at)?.core) {
        return Some((1, true));
    }
    let mut joined = String::new();
    let mut undated = None;
    for length in 1..=4usize {
        let line = (at + 1)
            .checked_sub(length)
            .and_then(|from| lines.get(from));
        let Some(line) = line.map(|line| line.core) else {
            break;
        };
        if line.is_empty() || line.starts_with('>') || line.len() > 400 {
            break;
        }
        joined = if joined.is_empty() {
            line.to_owned()
        } else {
            format!("{line} {joined}")
        };
        match attribution(&joined, before_quote) {
            Some(Attribution::Timed) => return Some((with_opening(lines, at, length), true)),
            Some(Attribution::Dated) if before_quote => {
                return Some((with_opening(lines, at, length), false));
            }
            Some(Attribution::Plain) if before_quote => {
                undated = undated.or(Some(length));
            }
            _ => {}
        }
    }
    undated.map(|length| (length, false))
}

/// How the line begins that a mailer breaks above the date.
const OPENINGS: &[&str] = &[
    "On ", "Am ", "Le ", "El ", "Il ", "Em ", "Op ", "Den ", "W dniu ", "Dne ",
];

/// "On Monday," may stand on a line of its own above the date, and fields of Yandex above that.
fn with_opening(lines: &[Line<'_>], at: usize, length: usize) -> usize {
    let above = at.checked_sub(length).and_then(|above| lines.get(above));
    let opens = |line: &Line<'_>| {
        let is_open = line.core.ends_with(',') && line.core.len() < 80;
        is_open && OPENINGS.iter().any(|word| line.core.starts_with(word))
    };
    let length = length + usize::from(above.is_some_and(opens));
    let rest = lines.get(..(at + 1).saturating_sub(length));
    length + fields_above(rest.unwrap_or_default())
}
