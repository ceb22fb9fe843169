//! HTML mail to readable text.
//!
//! A linear pass first keeps only the tags that give a text its shape, without attributes: it
//! writes links out as `text (url)` and turns the quote containers of mailers into `blockquote`.
//! html2text lays out what is left. It is quadratic in the nesting depth, so pages too deep or too
//! large for it go to nanohtml2text, which is linear.

mod clean;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// HTML longer than this, cleaned, is not laid out but only stripped. In bytes.
const LAYOUT_SIZE: usize = 200 * 1024;
/// HTML nested deeper than this is not laid out but only stripped.
const LAYOUT_DEPTH: usize = 200;
/// Tables in tables beyond this depth lose their columns: each costs html2text as much as all
/// inside it.
const MOST_TABLES: usize = 5;
/// A page of more lines than this loses all its columns: html2text takes quadratic time over the
/// lines of a cell.
const TABLE_LINES: usize = 600;
/// What is read of one HTML part, in bytes.
const SIZE_LIMIT: usize = 4 * 1024 * 1024;
/// No wrapping: the reader's screen does that, and quotes are told by whole lines.
const WIDTH: usize = 1_000_000;

/// The text of an HTML part: lists, tables and quotes readable, links as `text (url)`.
pub fn to_text(html: &str) -> String {
    let html = clean::cut(html, SIZE_LIMIT);
    let mut cleaned = clean::clean(html, MOST_TABLES);
    if cleaned.lines > TABLE_LINES {
        cleaned = clean::clean(html, 0);
    }
    let laid_out = if cleaned.depth <= LAYOUT_DEPTH && cleaned.html.len() <= LAYOUT_SIZE {
        lay_out(&cleaned.html)
    } else {
        None
    };
    tidy(&laid_out.unwrap_or_else(|| nanohtml2text::html2text(&cleaned.html)))
}

fn lay_out(html: &str) -> Option<String> {
    let config = html2text::config::plain_no_decorate()
        .no_table_borders()
        .allow_width_overflow()
        .link_footnotes(false);
    // it is made for pages of people, not of attackers
    catch_unwind(AssertUnwindSafe(|| {
        config.string_from_read(html.as_bytes(), WIDTH)
    }))
    .ok()?
    .ok()
}

/// Without white space at line ends, at most one blank line in a row.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = 0usize;
    for line in text.lines() {
        let line = match line.trim_end().replace('\u{a0}', " ") {
            // the space tells a signature from dashes that a person types
            dashes if dashes == "--" && line.len() > 2 => "-- ".to_owned(),
            line => line,
        };
        blank = if line.is_empty() { blank + 1 } else { 0 };
        if blank <= 1 && !(line.is_empty() && out.is_empty()) {
            out.push_str(&line);
            out.push('\n');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        for (html, expected) in [
            (
                "<p>Hello,</p><p>it <b>does</b> not work.</p>",
                "Hello,\n\nit does not work.",
            ),
            ("a<br>b<br/>c", "a\nb\nc"),
            ("<div>one</div><div>two</div>", "one\ntwo"),
            ("<ul><li>one</li><li>two</li></ul>", "* one\n* two"),
            ("<ol><li>one<li>two</ol>", "1. one\n2. two"),
            (
                "<blockquote>old<br>words</blockquote>new",
                "> old\n> words\n\nnew",
            ),
            (
                "a&nbsp;&lt;b&gt; &amp; &quot;c&quot; &#1078;",
                "a <b> & \"c\" ж",
            ),
            ("<style>p{color:red}</style><script>alert(1)</script>x", "x"),
            (
                "<!-- hidden --><title>t</title>x<!--[if mso]>y<![endif]-->",
                "x",
            ),
            ("", ""),
            ("5 < 6 and 7 > 2", "5 < 6 and 7 > 2"),
        ] {
            assert_eq!(to_text(html), expected, "{html}");
        }
    }

    #[test]
    fn links_show_where_they_lead() {
        for (html, expected) in [
            (
                "<a href=\"https://example.com/x\">the page</a>",
                "the page (https://example.com/x)",
            ),
            (
                "<a href='https://example.com/'>https://example.com</a>",
                "https://example.com",
            ),
            (
                "<a href=\"mailto:a@example.com\">a@example.com</a>",
                "a@example.com",
            ),
            (
                "<a href=\"https://e.example/?a=1&amp;b=2\">q</a>",
                "q (https://e.example/?a=1&b=2)",
            ),
            ("<a href=\"javascript:alert(1)\">click</a>", "click"),
            ("<a href=\"#top\">up</a>", "up"),
            (
                "<a href=https://example.com><img alt=\"Logo\"></a>",
                "[Logo] (https://example.com)",
            ),
        ] {
            assert_eq!(to_text(html), expected, "{html}");
        }
    }

    #[test]
    fn tables_keep_their_rows() {
        let html = "<table border=1><tr><th>Item</th><th>Price</th></tr>\
                    <tr><td>Filter</td><td>100</td></tr></table>";
        let text = to_text(html);
        let rows: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(
            rows,
            [vec!["Item", "Price"], vec!["Filter", "100"]],
            "{text}"
        );
    }

    #[test]
    fn quote_containers_become_quotes() {
        for html in [
            "new<div class=\"gmail_quote\"><div class=\"gmail_attr\">On Monday X wrote:</div>old</div>",
            "new<div class=\"moz-cite-prefix\">X wrote:</div><blockquote type=\"cite\">old</blockquote>",
            "<div>new</div><div id=\"appendonsend\"></div><hr><div id=\"divRplyFwdMsg\"><b>From:</b> X</div><div>old</div>",
            "new<blockquote style=\"border-left:1px solid #0857A6\"><div>old</div></blockquote>",
            "<div>new</div><div class=\"yahoo_quoted\">old</div>",
        ] {
            let text = to_text(html);
            let fresh: Vec<&str> = text
                .lines()
                .filter(|line| !line.starts_with('>') && !line.is_empty())
                .collect();
            assert_eq!(fresh, ["new"], "{html}\n{text}");
            assert!(text.contains("> old"), "{html}\n{text}");
        }
    }

    #[test]
    fn a_forwarded_mail_is_not_a_quote() {
        let html = "see below<div class=\"gmail_quote\"><div class=\"gmail_attr\">\
                    ---------- Forwarded message ---------<br></div>the text</div>";
        assert!(!to_text(html).contains('>'), "{}", to_text(html));
    }

    #[test]
    fn bombs_end_in_time() {
        let started = std::time::Instant::now();
        for piece in [
            "<div>",
            "<b>",
            "<table><tr><td>",
            "<blockquote>",
            "<a href=x>",
            "<p>",
            "<!--",
            "<script>",
            "&",
            "<div class=\"gmail_quote\">",
            "<td colspan=99999>",
            "<pre>",
            "<",
        ] {
            let text = to_text(&piece.repeat(400_000 / piece.len()));
            assert!(text.len() < 5_000_000);
        }
        let rows = "x<br>".repeat(10_000);
        for nest in [
            "<table><tr><td>",
            "<div><table><tr><td></div>",
            "<blockquote>",
            "<ul><li>",
        ] {
            assert!(
                to_text(&format!("{}{rows}", nest.repeat(150))).len() < 2_000_000,
                "{nest}"
            );
        }
        // not a measurement: quadratic time here would be minutes, exponential time ages
        assert!(started.elapsed().as_secs() < 60);
    }
}
