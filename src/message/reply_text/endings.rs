//! What mailers, lists and lawyers put below the words of a person, and the signature after `-- `.

use super::{
    Line, Role, closing, set,
    words::{
        ENVIRONMENT, FOOTER_ENDS, FOOTER_TAILS, FOOTERS, LIST, LIST_HEADS, MAILERS, NOTICE,
        NOTICE_HEADS,
    },
};

/// The most lines of a signature after `-- ` (with the space, which people do not type).
const SIGNATURE_LINES: usize = 40;
/// The most lines after a bare `--`, which people do type.
const DASHES_LINES: usize = 10;
/// The most lines of what a list adds.
const LIST_LINES: usize = 25;
/// The most stretches of new text, from the last one up, whose ends are looked at.
const STRETCHES: usize = 200;
/// The most footers, lists and notices below each other.
const ENDINGS: usize = 12;
/// The longest paragraph that can be a legal notice, in bytes.
const NOTICE_BYTES: usize = 8_000;

/// Marks the signatures in what is new so far. They end a stretch of new text: the last lines of
/// the mail, or those right above a quote.
pub(super) fn mark(lines: &mut [Line<'_>]) {
    let first_new = lines.iter().position(Line::is_new);
    let mut end = lines.len();
    for _ in 0..STRETCHES {
        let above = lines.get(..end).unwrap_or_default();
        let Some(last) = above.iter().rposition(Line::is_new) else {
            return;
        };
        // an empty signature, which mailers draw above the quote
        let mut below = lines.iter().skip(last + 1);
        let is_empty = lines.get(last).is_some_and(|line| line.core == "--")
            && first_new.is_some_and(|first| first < last)
            && below.any(|line| line.role == Role::Quoted);
        if is_empty {
            set(lines, last, last + 1, Role::Signature);
            end = last;
            continue;
        }
        let other = above
            .iter()
            .take(last)
            .rposition(|line| line.role != Role::Reply);
        let start = other.map_or(0, |other| other + 1);
        // something new stays above what is marked
        let keep = first_new.is_some_and(|first| first >= start);
        if let Some(stretch) = lines.get_mut(start..=last) {
            mark_stretch(stretch, keep);
        }
        end = start;
    }
}

/// Marks the end of one stretch; with `keep` its first words stay, whatever they look like.
fn mark_stretch(stretch: &mut [Line<'_>], keep: bool) {
    let floor = if keep {
        stretch
            .iter()
            .position(Line::is_new)
            .map_or(0, |first| first + 1)
    } else {
        0
    };
    let mut end = stretch.len();
    let mut is_below_delimiter = false;
    for _ in 0..ENDINGS {
        let open = stretch.get(..end).unwrap_or_default();
        let from = footer(open)
            .or_else(|| list_footer(open))
            .or_else(|| notice(open))
            .or_else(|| (!is_below_delimiter).then(|| delimiter(open)).flatten())
            .filter(|from| *from >= floor);
        let Some(from) = from else { break };
        is_below_delimiter |= stretch.get(from).is_some_and(|line| line.core == "--");
        set(stretch, from, end, Role::Signature);
        end = last_filled(stretch, from);
        // dashes above a footer have nothing else to announce
        let above = end.checked_sub(1).filter(|above| *above >= floor);
        if let Some(above) = above
            && stretch
                .get(above)
                .is_some_and(|line| matches!(line.core, "--" | "—" | "---"))
        {
            set(stretch, above, end, Role::Signature);
            end = last_filled(stretch, above);
        }
    }
    let open = stretch.get(..end).unwrap_or_default();
    if let Some(from) = closing::card(open).filter(|from| *from >= floor) {
        set(stretch, from, end, Role::Signature);
    }
}

/// The end of what stands above the line, without blank lines.
fn last_filled(lines: &[Line<'_>], end: usize) -> usize {
    let mut above = lines.iter().take(end);
    above
        .rposition(|line| !line.is_blank())
        .map_or(0, |last| last + 1)
}

/// Where the signature starts that `-- ` or `--` announces: the first one that is near enough to
/// the end.
fn delimiter(lines: &[Line<'_>]) -> Option<usize> {
    let mut start = None;
    let mut filled = 0;
    // after a blank line, words that no one signs with
    let mut has_prose_apart = false;
    let mut is_prose = false;
    let mut is_below_blank = false;
    for (at, line) in lines.iter().enumerate().rev() {
        if line.is_blank() {
            has_prose_apart |= is_prose;
            is_prose = false;
            is_below_blank = true;
            continue;
        }
        let is_start = match line.text {
            "-- " => filled > 0,
            "--" => filled > 0 && filled <= DASHES_LINES && !is_below_blank && !has_prose_apart,
            _ => false,
        };
        if is_start {
            start = Some(at);
        }
        filled += 1;
        if filled > SIGNATURE_LINES {
            break;
        }
        is_below_blank = false;
        is_prose |= line.core.len() > 80 || line.core.ends_with(['.', '?', '!', ':']);
    }
    start
}

/// Where the last line is if it is the footer of a mailer, such as "Sent from my iPhone".
fn footer(lines: &[Line<'_>]) -> Option<usize> {
    let last = lines.len().checked_sub(1)?;
    let line = lines.get(last)?.core;
    (is_mobile_footer(line) || is_environment(line)).then_some(last)
}

/// "Please consider the environment before printing".
fn is_environment(line: &str) -> bool {
    if !(30..=300).contains(&line.len()) {
        return false;
    }
    let lower = line.to_lowercase();
    ENVIRONMENT
        .iter()
        .any(|pieces| pieces.iter().all(|piece| lower.contains(piece)))
}

/// Whether the line is a footer such as "Sent from my iPhone".
pub(in crate::message) fn is_mobile_footer(line: &str) -> bool {
    if line.len() > 300 || line.chars().count() > 110 {
        return false;
    }
    let frame = |c: char| matches!(c, '-' | '–' | '—' | ' ' | '*' | '_' | '[' | '<' | '(');
    let lower = line.trim_start_matches(frame).to_lowercase();
    if lower.contains("aka.ms/") && lower.contains("outlook") {
        return true;
    }
    // a link may follow
    let shown = lower.split(['(', '<', '[']).next().unwrap_or_default();
    let shown = shown.split("http").next().unwrap_or_default();
    let end = shown.trim_end_matches(['.', '。', ' ', '*', '_', ']', '!']);
    let is_known = FOOTERS.iter().any(|footer| lower.starts_with(footer))
        || FOOTER_ENDS.iter().any(|footer| end.ends_with(footer));
    if !is_known {
        return false;
    }
    let after = |mailer: &&str| shown.rfind(mailer).map(|at| at + mailer.len());
    match MAILERS.iter().filter_map(after).max() {
        Some(end) => !goes_on(shown.get(end..).unwrap_or_default()),
        None => MAILERS.iter().any(|mailer| lower.contains(mailer)),
    }
}

/// Whether a sentence goes on after the device: "Sent from my iPhone it works".
fn goes_on(rest: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '\'' | '’');
    // the end of the device's own name, as in "iPhone'a", "Яндекс.Почты"
    let rest = rest.trim_start_matches(|c: char| is_part(c) || c == '.');
    let mut words = rest
        .split(|c: char| !is_part(c))
        .filter(|word| !word.is_empty());
    let Some(first) = words.next() else {
        return false;
    };
    let is_known = |word: &str| FOOTER_TAILS.iter().any(|tail| word.starts_with(tail));
    !(is_known(first) || first.starts_with(|c: char| c.is_ascii_digit()) || words.any(is_known))
}

/// Where the footer of a mailing list starts: a drawn line, or words that say why one got the mail.
fn list_footer(lines: &[Line<'_>]) -> Option<usize> {
    let filled = lines.iter().enumerate().rev();
    let filled = filled.filter(|(_, line)| !line.is_blank());
    let starts = filled.take(LIST_LINES).filter_map(|(at, line)| {
        let is_drawn = line.core.len() >= 2 && line.core.chars().all(|c| "_-=~#*—".contains(c));
        let is_said = LIST_HEADS.iter().any(|head| line.core.starts_with(head));
        (is_drawn || is_said).then_some((at, is_said))
    });
    let is_footer = |&(at, is_said): &(usize, bool)| {
        let rest: Vec<&str> = lines.iter().skip(at).map(|line| line.core).collect();
        let rest = rest.join(" ").to_lowercase();
        let is_short = rest.len() <= NOTICE_BYTES && (is_said || rest.contains(['@', '/']));
        is_short && LIST.iter().any(|words| rest.contains(words))
    };
    starts.filter(is_footer).last().map(|(at, _)| at)
}

/// Where the legal notice starts that ends the lines: paragraphs at the end, of which the first
/// is one.
fn notice(lines: &[Line<'_>]) -> Option<usize> {
    let mut end = lines.len();
    for is_last in [true, false, false, false] {
        let open = lines.get(..end)?;
        let blank = open.iter().rposition(Line::is_blank);
        let first = blank.map_or(0, |blank| blank + 1);
        let paragraph = open.get(first..)?;
        let bytes: usize = paragraph.iter().map(|line| line.core.len() + 1).sum();
        if bytes > NOTICE_BYTES {
            return None;
        }
        if bytes > 80 {
            let is_headed = paragraph.first().is_some_and(|line| is_head(line.core));
            if is_headed || is_last {
                let text: Vec<&str> = paragraph.iter().map(|line| line.core).collect();
                let known = pieces(&text.join(" ").to_lowercase());
                if known >= 3 || (is_headed && known >= 2) {
                    return Some(first);
                }
            }
        }
        end = last_filled(lines, first);
    }
    None
}

/// Whether a notice begins so, naming itself one.
fn is_head(line: &str) -> bool {
    let frame = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric();
    let start: String = line.trim_start_matches(frame).chars().take(40).collect();
    let start = start.to_lowercase();
    NOTICE_HEADS.iter().any(|head| start.starts_with(head))
}

/// How much of the paragraph (lower case) notices of one language say.
fn pieces(paragraph: &str) -> usize {
    let known = |pieces: &&[&str]| {
        pieces
            .iter()
            .filter(|piece| paragraph.contains(**piece))
            .count()
    };
    NOTICE.iter().map(known).max().unwrap_or_default()
}
