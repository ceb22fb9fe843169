//! What strangers wrote, made fit for a header: one visible line; and the subject of a thread.

use crate::subject_marks::{Mark, mark};

/// Longest subject we repeat, in characters; a longer one is cut with an ellipsis.
const MAX_SUBJECT: usize = 150;

/// A text as one visible line of at most `max` characters.
///
/// Control characters (CR, LF, NUL among them) and line separators become spaces; bidirectional
/// controls and other invisible format characters, which can make a name or subject read as
/// something else, are dropped; `=?`, which would start an encoded word (RFC 2047 section 2) of
/// the stranger's making, is broken up.
pub fn one_line(text: &str, max: usize) -> String {
    let mut line = String::new();
    let visible = text.chars().filter(|c| !is_invisible(*c));
    for c in visible.take(max.saturating_mul(4)) {
        if c.is_control() || c.is_whitespace() {
            if !line.ends_with(' ') && !line.is_empty() {
                line.push(' ');
            }
        } else {
            if c == '?' && line.ends_with('=') {
                line.push(' ');
            }
            line.push(c);
        }
    }
    let line = line.trim_end();
    if line.chars().count() <= max {
        return line.to_owned();
    }
    let cut: String = line.chars().take(max.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

/// Format characters without a glyph (Unicode category Cf), apart from the joiners U+200C and
/// U+200D, which emoji and some scripts need.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}'
        | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
        | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// Whether a name or a subject takes its reader somewhere. Who writes such a one in a victim's name
/// wants an automatic answer to carry it there.
pub(super) fn has_link(text: &str) -> bool {
    let lower = text.to_lowercase();
    let is_path = |word: &str| {
        let host = word.split_once('/').map_or("", |(host, _)| host);
        host.trim_matches('.').contains('.') && host.chars().any(char::is_alphabetic)
    };
    ["://", "www."].iter().any(|mark| lower.contains(mark)) || lower.split_whitespace().any(is_path)
}

/// The mark of a ticket in a subject: `[#123]`.
pub(super) fn tag(ticket: i64) -> String {
    format!("[#{ticket}]")
}

/// The customer's own subject: without marks of answering, and without ticket tags before it. Of
/// forward marks the first is kept, as it was written: it says what kind of mail began the thread.
pub(super) fn bare_subject(ticket: i64, subject: &str) -> String {
    let line = one_line(&subject.replace(&tag(ticket), " "), MAX_SUBJECT);
    let mut forward = "";
    let mut rest = line.trim_start();
    loop {
        rest = match mark(rest) {
            Some((found, shorter)) => {
                if found == Mark::Forward && forward.is_empty() {
                    forward = rest.strip_suffix(shorter).unwrap_or_default().trim_end();
                }
                shorter
            }
            None => match strip_tag(rest) {
                Some(shorter) => shorter.trim_start(),
                None => break,
            },
        };
    }
    format!("{forward} {rest}").trim().to_owned()
}

/// `Re: [#123] subject`, with `Re:` and tag once, whatever was there before.
pub(super) fn answer_subject(ticket: i64, subject: &str) -> String {
    format!("Re: {}", tagged_subject(ticket, subject))
}

/// `[#123] subject`: for the first mail about a ticket.
pub(super) fn tagged_subject(ticket: i64, subject: &str) -> String {
    format!("{} {}", tag(ticket), bare_subject(ticket, subject))
        .trim_end()
        .to_owned()
}

fn strip_tag(text: &str) -> Option<&str> {
    let (number, rest) = text.strip_prefix("[#")?.split_once(']')?;
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    is_number.then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn re_and_tag_stand_once() {
        for (from, to) in [
            ("Broken import", "Re: [#7] Broken import"),
            ("Re: Broken import", "Re: [#7] Broken import"),
            ("RE[3]: re: Fwd: import", "Re: [#7] Fwd: import"),
            ("Re: [#7] Re: [#7] import", "Re: [#7] import"),
            ("import [#7] again", "Re: [#7] import again"),
            ("Re: [#5] import", "Re: [#7] import"),
            ("Ответ: Не работает поиск", "Re: [#7] Не работает поиск"),
            ("Відп: Re: Рахунок", "Re: [#7] Рахунок"),
            ("AW: SV: price", "Re: [#7] price"),
            ("НА: Отв.: Re[2]: прайс", "Re: [#7] прайс"),
            ("Re: Fwd: Re: [#7] FW: x", "Re: [#7] Fwd: x"),
            ("Fwd: [#7] Re: Пересл: x", "Re: [#7] Fwd: x"),
            ("Re: [#7] Ответ: [#7] SV: x", "Re: [#7] x"),
            ("Fwd:", "Re: [#7] Fwd:"),
            ("FW：价格", "Re: [#7] FW： 价格"),
            ("Re：价格", "Re: [#7] 价格"),
            ("Request: price", "Re: [#7] Request: price"),
            ("На складе: пусто", "Re: [#7] На складе: пусто"),
            ("[#x] odd", "Re: [#7] [#x] odd"),
            ("", "Re: [#7]"),
            ("Re:", "Re: [#7]"),
        ] {
            assert_eq!(answer_subject(7, from), to, "{from:?}");
        }
    }

    #[test]
    fn a_strangers_line_is_one_visible_line() {
        assert_eq!(
            one_line("a\r\nBcc: b@example.com\0", 99),
            "a Bcc: b@example.com"
        );
        assert_eq!(one_line("evil\u{202E}gpj.exe\u{2066}", 99), "evilgpj.exe");
        assert_eq!(one_line("\u{2028}a\u{85}b\t c ", 99), "a b c");
        assert_eq!(one_line("=?utf-8?q?=0D=0A?=", 99), "= ?utf-8?q?=0D=0A?=");
        assert_eq!(one_line("=\u{200B}?utf-8?q?x?=", 99), "= ?utf-8?q?x?=");
        assert_eq!(one_line("👩‍💻", 99), "👩‍💻");
        assert_eq!(one_line("длинная тема", 8), "длинная…");
        assert_eq!(one_line(&"ы".repeat(1_000_000), 3), "ыы…");
    }
}
