//! `format=flowed` unwrapped (RFC 3676): soft line ends go, quote depth stays.

/// The text with its paragraphs on one line each. Line ends are `\n`.
pub(super) fn unwrap(text: &str, delsp: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // the depth of the paragraph that still goes on
    let mut open: Option<usize> = None;
    for (number, line) in text.split('\n').enumerate() {
        let unquoted = line.trim_start_matches('>');
        let depth = line.len() - unquoted.len();
        let content = unquoted.strip_prefix(' ').unwrap_or(unquoted);
        let is_signature = content == "-- ";
        if open == Some(depth) && !is_signature {
            out.push_str(content);
        } else {
            if number > 0 {
                out.push('\n');
            }
            out.extend(std::iter::repeat_n('>', depth));
            if depth > 0 && !content.is_empty() {
                out.push(' ');
            }
            out.push_str(content);
        }
        let is_soft = content.ends_with(' ') && !is_signature;
        if is_soft && delsp {
            out.pop();
        }
        open = is_soft.then_some(depth);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unwraps() {
        for (text, delsp, expected) in [
            ("one \ntwo\nthree", false, "one two\nthree"),
            ("one \ntwo", true, "onetwo"),
            ("> a \n> b\n>> c\nd", false, "> a b\n>> c\nd"),
            (" stuffed\n >not a quote", false, "stuffed\n>not a quote"),
            ("text \n-- \nIvan", false, "text \n-- \nIvan"),
            ("\n\nx", false, "\n\nx"),
            ("> a \nb", false, "> a \nb"),
        ] {
            assert_eq!(unwrap(text, delsp), expected, "{text:?}");
        }
    }
}
