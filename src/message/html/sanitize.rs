//! HTML of strangers as HTML that may be shown.
//!
//! ammonia decides by an allow-list, after html5ever has built the tree that a browser would build.
//! Styles go altogether: a page of ours then looks the same in any mail, in dark mode too, nothing
//! can be laid over it or be made invisible in it, and no `url()` can be fetched. Of ids and classes
//! none is kept, so that a mail can neither borrow the look of the page nor shadow its names.

#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::LazyLock,
};

use ammonia::{Builder, UrlRelative};
use regex::Regex;

use super::{
    links::MOST_LINKS,
    shape::{KEPT, Shape, TARGET_LIMIT, escape, is_own_picture},
    to_text, tokens,
};

/// Longer HTML is shown as its text, in bytes.
const SIZE_LIMIT: usize = 1024 * 1024;
/// HTML nested deeper than this is shown as its text: a tree costs its size times its depth.
const DEPTH_LIMIT: usize = 200;

/// HTML that may be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sanitized {
    /// A fragment without script, style, forms, ids, classes or anything fetched from elsewhere. A
    /// picture of the mail itself is `<img src="cid:...">` (RFC 2392); where it leads is up to the
    /// page. Links open in a new page and tell it nothing.
    pub html: String,
    /// What was odd, in words.
    pub defects: Vec<String>,
}

/// The HTML of a mail, so that it may be shown inside of a page. Never fails. HTML that is longer
/// than 1 MiB or nested deeper than 200 elements is shown as text, with a defect.
pub fn sanitize(html: &str) -> Sanitized {
    if html.len() > SIZE_LIMIT {
        return as_text(html, "html longer than 1 MiB, shown as text");
    }
    let mut shape = shaped(html, false);
    if !shape.has_content && shape.has_hidden {
        // better what was not meant to be seen than nothing
        shape = shaped(html, true);
    }
    if shape.depth > DEPTH_LIMIT {
        return as_text(html, "html nested deeper than 200 elements, shown as text");
    }
    // it is made for pages of people, not of attackers
    let clean = catch_unwind(AssertUnwindSafe(|| CLEANER.clean(&shape.html).to_string()));
    let Ok(clean) = clean else {
        return as_text(html, "html that cannot be cleaned, shown as text");
    };
    let odd = [
        (
            shape.has_too_many_links,
            "more than 1000 links, the rest lead nowhere",
        ),
        (
            shape.has_long_target,
            "target of a link longer than 8 KiB, left out",
        ),
    ];
    let defects = odd.into_iter().filter(|(is_so, _)| *is_so);
    let defects = defects.map(|(_, words)| words.to_owned()).collect();
    Sanitized {
        html: without_first_lines(clean),
        defects,
    }
}

/// A browser drops a line end right behind `<pre>` (HTML, section 13.2.6.4.7): without any, what is
/// shown does not change however often it is read and written.
fn without_first_lines(html: String) -> String {
    static FIRST_LINES: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(<pre(?: [^>]*)?>)\n+").ok());
    match FIRST_LINES
        .as_ref()
        .map(|lines| lines.replace_all(&html, "$1"))
    {
        Some(Cow::Owned(html)) => html,
        _ => html,
    }
}

fn shaped(html: &str, shows_hidden: bool) -> Shape {
    let mut shape = Shape::new(MOST_LINKS, shows_hidden);
    tokens::read(html, &mut shape);
    shape.finish();
    shape
}

fn as_text(html: &str, defect: &str) -> Sanitized {
    let text = to_text(html);
    let mut html = "<pre>".to_owned();
    escape(&text.text, &mut html);
    html.push_str("</pre>");
    let mut defects = vec![defect.to_owned()];
    defects.extend(text.defects);
    Sanitized { html, defects }
}

/// What may stay.
static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let set = |names: &[&'static str]| names.iter().copied().collect::<HashSet<_>>();
    // what a parser adds to a table, and what we add to long texts
    let tags = KEPT.iter().copied().chain(["tbody", "wbr"]).collect();
    let attributes = HashMap::from([
        ("a", set(&["href", "title"])),
        ("abbr", set(&["title"])),
        ("img", set(&["src", "alt", "title", "width", "height"])),
        ("li", set(&["value"])),
        ("ol", set(&["start"])),
        ("td", set(&["colspan", "rowspan"])),
        ("th", set(&["colspan", "rowspan"])),
    ]);
    let mut builder = Builder::empty();
    builder
        .tags(tags)
        .clean_content_tags(set(&[
            "script", "style", "svg", "math", "template", "title",
        ]))
        .tag_attributes(attributes)
        .generic_attributes(set(&["dir"]))
        .url_schemes(set(&["http", "https", "mailto", "tel", "cid"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .set_tag_attribute_value("a", "target", "_blank")
        .attribute_filter(attribute);
    builder
});

/// The value that an attribute keeps.
fn attribute<'v>(element: &str, name: &str, value: &'v str) -> Option<Cow<'v, str>> {
    let is_number = |most: usize| {
        let is_digit = |c: char| c.is_ascii_digit();
        !value.is_empty() && value.len() <= most && value.chars().all(is_digit)
    };
    let stays = match (element, name) {
        ("img", "src") => is_own_picture(value),
        ("a", "href") => {
            let scheme = value.split(':').next().unwrap_or_default();
            !scheme.trim().eq_ignore_ascii_case("cid") && value.len() <= TARGET_LIMIT
        }
        (_, "dir") => ["ltr", "rtl", "auto"]
            .iter()
            .any(|dir| value.eq_ignore_ascii_case(dir)),
        // one digit more, and a browser lays out tables of millions of cells
        (_, "colspan" | "rowspan") => is_number(2),
        (_, "width" | "height") => is_number(4),
        (_, "start" | "value") => is_number(6),
        _ => true,
    };
    stays.then_some(Cow::Borrowed(value))
}
