//! The new words of a mail, apart from what it quotes and from its signature.
//!
//! Every line of the text goes into exactly one of three parts. When it is unclear where a line
//! belongs it counts as new: a rule that sees too much is better than an agent who sees too little.

pub(super) mod marks;
// tables are read by the row
#[rustfmt::skip]
mod words;

use marks::{
    Attribution, attribution, fields_above, header_block, is_forwarded_message, is_list_footer,
    is_mobile_footer, is_notice, is_original_message, is_run_together,
};

/// A text in its three parts. Together they hold every line of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// What is new, answers between quoted lines included.
    pub reply: String,
    /// What was quoted, with the lines that introduce it.
    pub quoted: String,
    /// The signature and the footers of mobile mailers.
    pub signature: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Reply,
    Quoted,
    Signature,
}

/// The most lines of a signature after `-- ` (with the space, which people do not type).
const SIGNATURE_LINES: usize = 40;
/// The most lines after a bare `--`, which people do type.
const DASHES_LINES: usize = 10;

/// Splits a text (line ends `\n`). In a forwarded mail a header block introduces what is forwarded,
/// which is news: there only `>` marks quotes.
pub fn split(text: &str, is_forward: bool) -> Parts {
    let lines: Vec<&str> = text.lines().collect();
    let mut roles = vec![Role::Reply; lines.len()];
    mark_quotes(&lines, &mut roles, is_forward);
    mark_signature(&lines, &mut roles);
    let parts = Parts {
        reply: collect(&lines, &roles, Role::Reply),
        quoted: collect(&lines, &roles, Role::Quoted),
        signature: collect(&lines, &roles, Role::Signature),
    };
    if parts.reply.is_empty() {
        return Parts {
            reply: text.trim().to_owned(),
            ..Parts::default()
        };
    }
    parts
}

fn mark_quotes(lines: &[&str], roles: &mut [Role], is_forward: bool) {
    // how the `>` lines go on: the first line after each place that is not blank
    let mut next_is_quote = vec![false; lines.len()];
    let mut ahead = false;
    for (slot, line) in next_is_quote.iter_mut().zip(lines).rev() {
        *slot = ahead;
        if !line.trim().is_empty() {
            ahead = is_quote(line);
        }
    }
    let mut cut = None;
    let mut is_forward = is_forward;
    let mut headed = 0usize;
    for (at, line) in lines.iter().enumerate() {
        if at < headed {
            continue;
        }
        if is_quote(line) {
            set(roles, at, 1, Role::Quoted);
            continue;
        }
        is_forward |= is_forwarded_message(line);
        let before_quote = next_is_quote.get(at).copied().unwrap_or_default();
        if let Some((length, is_sure)) = introduction(lines, at, before_quote) {
            // a quote without `>`: the rest of the mail, unless `>` lines say where it ends
            if before_quote {
                set(roles, (at + 1).saturating_sub(length), length, Role::Quoted);
            } else if is_sure && !is_forward && has_new_above(lines, roles, at + 1 - length) {
                set(roles, (at + 1).saturating_sub(length), length, Role::Quoted);
                cut = Some(at);
                break;
            }
        } else if !is_forward {
            let is_rule = is_original_message(line);
            let start = at + usize::from(is_rule);
            let length = header_block(lines.get(start..).unwrap_or_default());
            if is_rule || length > 0 {
                // quoted line by line below its heading: the answers stand between
                let last = (start + length).saturating_sub(1);
                if length > 0 && next_is_quote.get(last).copied().unwrap_or_default() {
                    headed = start + length;
                    set(roles, at, headed - at, Role::Quoted);
                    continue;
                }
                cut = Some(at);
                break;
            }
        }
    }
    if let Some(at) = cut {
        // the rule that Outlook draws above its block belongs to it
        let is_rule = |line: &&str| {
            let line = line.trim();
            line.len() >= 5 && line.chars().all(|c| matches!(c, '_' | '-' | '─' | '—'))
        };
        let above = lines
            .iter()
            .take(at)
            .enumerate()
            .rev()
            .find(|(_, l)| !l.trim().is_empty());
        let from = above
            .filter(|(_, line)| is_rule(line))
            .map_or(at, |(above, _)| above);
        set(roles, from, lines.len(), Role::Quoted);
    }
}

/// Whether someone wrote something above the line: a mail that starts with what looks like the
/// head of a quote would be empty without it.
fn has_new_above(lines: &[&str], roles: &[Role], end: usize) -> bool {
    let above = lines.iter().zip(roles).take(end);
    let is_new = |(line, role): (&&str, &Role)| *role == Role::Reply && !line.trim().is_empty();
    above.rev().any(is_new)
}

/// How many lines, ending at `at`, introduce a quote ("On ... wrote:"); mailers wrap that line.
/// With it, whether no one else writes so.
fn introduction(lines: &[&str], at: usize, before_quote: bool) -> Option<(usize, bool)> {
    if is_run_together(lines.get(at)?) {
        return Some((1, true));
    }
    if !lines.get(at)?.trim_end().ends_with([':', '：', '-', '>']) {
        return None;
    }
    let mut joined = String::new();
    let mut undated = None;
    for length in 1..=4usize {
        let line = (at + 1)
            .checked_sub(length)
            .and_then(|from| lines.get(from));
        let Some(line) = line.map(|line| line.trim()) else {
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
        match attribution(&joined) {
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
fn with_opening(lines: &[&str], at: usize, length: usize) -> usize {
    let above = at.checked_sub(length).and_then(|above| lines.get(above));
    let opens = |line: &&str| {
        let is_open = line.trim_end().ends_with(',') && line.len() < 80;
        is_open && OPENINGS.iter().any(|word| line.starts_with(word))
    };
    let length = length + usize::from(above.is_some_and(opens));
    let rest = lines.get(..(at + 1).saturating_sub(length));
    length + fields_above(rest.unwrap_or_default())
}

fn mark_signature(lines: &[&str], roles: &mut [Role]) {
    let is_new = |roles: &[Role], at: usize| roles.get(at) == Some(&Role::Reply);
    // the lines of new text that follow each place up to the next quote or the end
    let mut start = None;
    let mut filled = 0usize;
    let mut at = lines.len();
    while let Some(previous) = at.checked_sub(1) {
        at = previous;
        let line = lines.get(at).copied().unwrap_or_default();
        if !is_new(roles, at) {
            filled = 0;
            continue;
        }
        let most = match line {
            "-- " => SIGNATURE_LINES,
            "--" => DASHES_LINES,
            _ => 0,
        };
        if most > 0 && filled > 0 && filled <= most {
            start = Some(at);
            // an earlier one may hold this one
        }
        if !line.trim().is_empty() {
            filled += 1;
        }
    }
    if let Some(start) = start {
        let end = (start..lines.len())
            .find(|at| !is_new(roles, *at))
            .unwrap_or(lines.len());
        set(roles, start, end - start, Role::Signature);
    }
    mark_footers(lines, roles);
    mark_notices(lines, roles);
    mark_footers(lines, roles);
}

/// Legal notices and the footers of lists are the last paragraphs of a mail or stand right above
/// the quote. Nothing is taken from a mail that has no words before them.
fn mark_notices(lines: &[&str], roles: &mut [Role]) {
    let mut end = lines.len();
    while end > 0 {
        let is_open = |at: usize, roles: &[Role]| {
            let line = lines.get(at).copied().unwrap_or_default();
            roles.get(at) == Some(&Role::Reply) && !line.trim().is_empty()
        };
        // over what is no new text, to the paragraph above
        let Some(last) = (0..end).rev().find(|at| is_open(*at, roles)) else {
            return;
        };
        let first = (0..=last).rev().take_while(|at| is_open(*at, roles)).last();
        let first = first.unwrap_or(last);
        // the rule of a list may stand right below the words
        let is_ruled = |at: &usize| {
            let line = lines.get(*at).copied().unwrap_or_default();
            line.starts_with("______") && line.trim_end().chars().all(|c| c == '_')
        };
        let first = (first..=last).rev().find(is_ruled).unwrap_or(first);
        let paragraph = lines.get(first..=last).unwrap_or_default().join("\n");
        let is_first = !has_new_above(lines, roles, first);
        if is_first || !(is_notice(&paragraph) || is_list_footer(&paragraph)) {
            // what stands above a quote may end in one, too
            let above = (0..first)
                .rev()
                .find(|at| roles.get(*at) == Some(&Role::Quoted));
            let Some(above) = above else { return };
            end = above;
            continue;
        }
        set(roles, first, last + 1 - first, Role::Signature);
        end = first;
    }
}

/// A footer stands at the end of a stretch of new text.
fn mark_footers(lines: &[&str], roles: &mut [Role]) {
    let mut is_end = true;
    for at in (0..lines.len()).rev() {
        let line = lines.get(at).copied().unwrap_or_default().trim();
        if roles.get(at) != Some(&Role::Reply) {
            is_end = true;
        } else if line.is_empty() {
            // blank lines belong to no one
        } else if is_end && is_mobile_footer(line) {
            set(roles, at, 1, Role::Signature);
        } else {
            is_end = false;
        }
    }
}

fn is_quote(line: &str) -> bool {
    line.trim_start_matches([' ', '\u{a0}']).starts_with('>') && !line.starts_with("    ")
}

fn set(roles: &mut [Role], from: usize, length: usize, role: Role) {
    for slot in roles.iter_mut().skip(from).take(length) {
        *slot = role;
    }
}

/// The lines of one role; a blank line stands where something else stood between.
fn collect(lines: &[&str], roles: &[Role], wanted: Role) -> String {
    let mut out = String::new();
    let mut is_gap = false;
    let mut blank = 0usize;
    for (line, role) in lines.iter().zip(roles) {
        if *role != wanted {
            is_gap = true;
            continue;
        }
        if line.trim().is_empty() {
            blank += 1;
            continue;
        }
        if !out.is_empty() {
            out.extend(std::iter::repeat_n(
                '\n',
                if is_gap { 2 } else { 1 + blank },
            ));
        }
        out.push_str(line.trim_end());
        is_gap = false;
        blank = 0;
    }
    out
}

#[cfg(test)]
mod tests;
