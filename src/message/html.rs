//! HTML mail to readable text, and to HTML that may be shown.
//!
//! A tokenizer reads the page and its elements are laid out as they come, in linear time: no tree is
//! built. Quote containers of mailers become `> ` lines, signatures get a `-- ` line above.

mod labels;
mod layout;
mod lines;
mod links;
mod nesting;
mod sanitize;
mod shape;
mod style;
mod table;
mod tags;
mod tokens;

#[cfg(test)]
mod tests;

use layout::Layout;
pub use sanitize::{Sanitized, sanitize};

/// What is read of one HTML part, in bytes.
const SIZE_LIMIT: usize = 4 * 1024 * 1024;
/// The longest text of one, in bytes: marks of quotes and lists can make it longer than its HTML.
const TEXT_LIMIT: usize = 2 * 1024 * 1024;

/// The text of an HTML part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// Lists, tables and quotes readable, links as `text (url)`; line ends `\n`.
    pub text: String,
    /// What was odd, in words.
    pub defects: Vec<String>,
}

/// The text of an HTML part, about as a browser would show it. Never fails, and takes linear time.
pub fn to_text(html: &str) -> Text {
    let page = cut(html, SIZE_LIMIT);
    let (mut found, has_hidden) = read(page, false);
    if found.text.is_empty() && has_hidden {
        // better what was not meant to be seen than an empty mail
        found = read(page, true).0;
    }
    if page.len() < html.len() {
        found.defects.push("html longer than 4 MiB, cut".to_owned());
    }
    found
}

/// Reads a page; also whether its style hides some of the text.
fn read(page: &str, shows_hidden: bool) -> (Text, bool) {
    let mut layout = Layout::new(page, shows_hidden);
    tokens::read(page, &mut layout);
    let (text, is_cut) = layout.finish(TEXT_LIMIT);
    let odd = [
        (is_cut, "text of html longer than 2 MiB, cut"),
        (
            layout.has_long_target,
            "target of a link longer than 2048 bytes, cut",
        ),
        (
            layout.has_too_many_links,
            "more than 1000 links, targets of the rest left out",
        ),
    ];
    let defects = odd.into_iter().filter(|(is_so, _)| *is_so);
    let defects = defects.map(|(_, words)| words.to_owned()).collect();
    (Text { text, defects }, layout.has_hidden)
}

/// At most `limit` bytes, cut between characters.
fn cut(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}
