//! Plain text as HTML: paragraphs, line breaks, links that can be tapped; everything escaped.

/// Escapes a text for HTML, inside elements and quoted attributes alike.
///
/// Unlike minijinja's own, it leaves `/` alone, so that links stay readable in the source.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// A text as paragraphs; what follows a signature mark (`-- ` on its own line, RFC 3676 section
/// 4.3) is set in grey.
pub(super) fn from_text(text: &str) -> String {
    let (body, signature) = match text.split_once("\n-- \n") {
        Some((body, signature)) => (body, Some(signature)),
        None => (text, None),
    };
    let mut out = paragraphs(body, "margin:0 0 1em");
    if let Some(signature) = signature {
        out.push_str(&paragraphs(
            signature,
            "margin:0 0 1em;color:#767676;font-size:13px",
        ));
    }
    out
}

fn paragraphs(text: &str, style: &str) -> String {
    let mut out = String::new();
    let mut open = false;
    for line in text.lines() {
        if line.trim().is_empty() {
            if open {
                out.push_str("</p>\n");
            }
            open = false;
            continue;
        }
        if open {
            out.push_str("<br>\n");
        } else {
            out.push_str(&format!("<p style=\"{style}\">"));
        }
        open = true;
        push_line(&mut out, line);
    }
    if open {
        out.push_str("</p>\n");
    }
    out
}

fn push_line(out: &mut String, line: &str) {
    let mut rest = line;
    while let Some((at, length)) = next_link(rest) {
        let (before, from) = rest.split_at(at);
        let (link, after) = from.split_at(length);
        push_words(out, before);
        let link = escape(link);
        out.push_str(&format!("<a href=\"{link}\">{link}</a>"));
        rest = after;
    }
    push_words(out, rest);
}

/// HTML folds white space: indents and columns of a plain text are kept by no-break spaces.
fn push_words(out: &mut String, text: &str) {
    let mut after_space = out.ends_with(['\n', '>']) && !out.ends_with("</a>");
    for c in text.chars() {
        let is_space = c == ' ' || c == '\t';
        match c {
            '\t' => out.push_str("&nbsp;&nbsp; "),
            ' ' if after_space => out.push_str("&nbsp;"),
            ' ' => out.push(' '),
            _ => out.push_str(&escape(c.encode_utf8(&mut [0; 4]))),
        }
        after_space = is_space;
    }
}

/// Start and length of the first link. Looks at every byte a bounded number of times, however
/// many links or halves of links a line holds.
fn next_link(text: &str) -> Option<(usize, usize)> {
    text.match_indices("http").find_map(|(at, _)| {
        let from = text.get(at..)?;
        let scheme = ["https://", "http://"]
            .into_iter()
            .find(|s| from.starts_with(s))?;
        let length = link_length(from);
        (length > scheme.len()).then_some((at, length))
    })
}

/// How far a link goes: up to white space or a bracket, without the punctuation of the sentence
/// around it.
fn link_length(text: &str) -> usize {
    let ends = |c: char| c.is_whitespace() || c.is_control() || "<>\"«»“”".contains(c);
    let link = text.split(ends).next().unwrap_or_default();
    let has_open = link.contains('(');
    let around = |c: char| ".,;:!?'…*_]}".contains(c) || (c == ')' && !has_open);
    link.trim_end_matches(around).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inner(text: &str) -> String {
        from_text(text)
            .replace("<p style=\"margin:0 0 1em\">", "<p>")
            .replace('\n', "")
    }

    #[test]
    fn paragraphs_and_breaks_stay() {
        assert_eq!(
            inner("one\ntwo\n\n\nthree\n"),
            "<p>one<br>two</p><p>three</p>"
        );
        assert_eq!(inner("  a  b"), "<p>&nbsp;&nbsp;a &nbsp;b</p>");
        assert_eq!(inner(""), "");
        assert!(from_text("a\n\n-- \nAnna").contains("color:#767676;font-size:13px\">Anna</p>"));
    }

    #[test]
    fn nothing_a_person_writes_becomes_markup() {
        assert_eq!(
            inner("<script>alert('1')</script> & \"x\""),
            "<p>&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;x&quot;</p>"
        );
        assert!(!from_text("javascript:alert(1)").contains("href"));
        assert_eq!(
            inner("https://x.example/\"onclick=\"a"),
            "<p><a href=\"https://x.example/\">https://x.example/</a>&quot;onclick=&quot;a</p>"
        );
    }

    #[test]
    fn a_hostile_line_takes_linear_time() {
        let started = std::time::Instant::now();
        for unit in ["https://a ", "https://", ")", "http", "https://(.", "  "] {
            let line = format!("https://a{}", unit.repeat(200_000));
            assert!(from_text(&line).len() > line.len());
        }
        // quadratic code would take minutes here
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }

    #[test]
    fn links_end_where_a_reader_would_end_them() {
        for (text, link) in [
            (
                "see https://a.example/b?c=1&d=2.",
                "https://a.example/b?c=1&amp;d=2",
            ),
            ("(https://a.example/x)", "https://a.example/x"),
            ("https://a.example/x_(y)", "https://a.example/x_(y)"),
            ("«http://пример.рф/путь»", "http://пример.рф/путь"),
            ("<https://a.example>", "https://a.example"),
            (
                "http and https:// and https://a.example",
                "https://a.example",
            ),
        ] {
            assert!(
                inner(text).contains(&format!("<a href=\"{link}\">{link}</a>")),
                "{text:?}: {}",
                inner(text)
            );
        }
    }
}
