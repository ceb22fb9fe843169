//! Strangers' text made harmless for a terminal.
//!
//! Escape sequences can rewrite what is on the screen or answer into the shell, and bidirectional
//! controls can make a line read as something that it does not say (CVE-2021-42574).

/// Text for one line: white space of any kind becomes one space, controls are left out.
pub(super) fn line(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => {
                if !plain.ends_with(' ') {
                    plain.push(' ');
                }
            }
            c if is_dangerous(c) => {}
            c => plain.push(c),
        }
    }
    plain.trim().to_owned()
}

/// Text of several lines: line ends and tabs stay, other controls are left out.
pub(super) fn block(text: &str) -> String {
    let ends = |c| matches!(c, '\n' | '\t');
    text.replace("\r\n", "\n")
        .replace(['\r', '\u{2028}', '\u{2029}'], "\n")
        .chars()
        .filter(|c| ends(*c) || !is_dangerous(*c))
        .collect()
}

/// At most `width` characters of a line; an ellipsis says that there was more.
pub(super) fn cut(text: &str, width: usize) -> String {
    match text.char_indices().nth(width) {
        None => text.to_owned(),
        Some(_) => {
            let kept: String = text.chars().take(width.saturating_sub(1)).collect();
            format!("{}…", kept.trim_end())
        }
    }
}

/// JSON text with what a terminal could take as a command written as `\u` escapes: the same
/// document, since such characters can stand inside strings only.
pub(super) fn json(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && is_dangerous(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                plain.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            plain.push(c);
        }
    }
    plain
}

/// C0, DEL and C1 controls, and the bidirectional ones (Unicode Standard Annex 9, section 2).
fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const NASTY: &str = "a\u{1b}]0;pwned\u{7}b\u{9b}31mc\u{202e}d\r\ne\u{7f}";

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        assert_eq!(line(NASTY), "a]0;pwnedb31mcd e");
        assert_eq!(block(NASTY), "a]0;pwnedb31mcd\ne");
        assert_eq!(line(" Привіт,\n\n\tсвіте "), "Привіт, світе");
    }

    #[test]
    fn json_stays_the_same_document() {
        let text = serde_json::to_string(NASTY).unwrap();
        let plain = json(&text);
        assert!(!plain.chars().any(is_dangerous), "{plain}");
        assert_eq!(serde_json::from_str::<String>(&plain).unwrap(), NASTY);
    }

    #[test]
    fn a_cut_says_that_there_was_more() {
        assert_eq!(cut("Привет", 6), "Привет");
        assert_eq!(cut("Привет, мир", 8), "Привет,…");
    }
}
