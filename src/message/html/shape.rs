//! A page brought into good shape: every element ended, none out of place, nothing but what may be
//! shown. What is safe is not decided here: this keeps the parser behind it from quadratic time,
//! which elements that end out of order and text between the cells of a table lead it into.

use super::{
    nesting, style,
    tags::{Attribute, Kind, Tag},
    tokens::Reader,
};

/// Elements that are kept; other blocks become `div`, and of the others only their content stays.
pub(super) const KEPT: &[&str] = &[
    "a",
    "abbr",
    "b",
    "big",
    "blockquote",
    "br",
    "cite",
    "code",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "small",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "td",
    "th",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
];
/// Attributes that are kept where the element has a use for them.
const ATTRIBUTES: &[(Attribute, &str, &[&str])] = &[
    (Attribute::Href, "href", &["a"]),
    (Attribute::Src, "src", &["img"]),
    (Attribute::Alt, "alt", &["img"]),
    (Attribute::Width, "width", &["img"]),
    (Attribute::Height, "height", &["img"]),
    (Attribute::Title, "title", &["a", "abbr", "img"]),
    (Attribute::Start, "start", &["ol"]),
    (Attribute::Value, "value", &["li"]),
    (Attribute::Colspan, "colspan", &["td", "th"]),
    (Attribute::Rowspan, "rowspan", &["td", "th"]),
    (
        Attribute::Dir,
        "dir",
        &["blockquote", "div", "li", "p", "td", "th"],
    ),
];

/// How far up an end tag looks for what it ends: at least as deep as a page may be nested, else an
/// element ends for the parser behind it and not here.
const REACH: usize = 250;
/// A link to a longer target leads nowhere, in bytes. Mail filters make links of 2 KiB and more.
pub(super) const TARGET_LIMIT: usize = 8 * 1024;

/// Longer texts are given places to break a line at, which nobody sees, in bytes: the parser behind
/// takes quadratic time over the escaped characters of one text.
const PIECE: usize = 8 * 1024;

/// An element that is open.
#[derive(Debug)]
struct Open {
    name: &'static str,
    /// What it is called in the output; empty where only its content stays.
    shown: &'static str,
    hides: bool,
}

/// The page as it is written.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub html: String,
    open: Vec<Open>,
    /// The elements of `open` that are tables, rows or cells.
    grid: Vec<Kind>,
    hiding: usize,
    /// The deepest nesting.
    pub depth: usize,
    links: usize,
    most_links: usize,
    pub has_too_many_links: bool,
    pub has_long_target: bool,
    /// Whether something with words was hidden by its style.
    pub has_hidden: bool,
    pub shows_hidden: bool,
    /// Whether there is anything to see.
    pub has_content: bool,
}

impl Shape {
    pub fn new(most_links: usize, shows_hidden: bool) -> Self {
        Self {
            most_links,
            shows_hidden,
            ..Self::default()
        }
    }

    /// The page, all its elements ended.
    pub fn finish(&mut self) {
        self.pop_all(self.open.len());
    }

    fn names(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.open.iter().rev().take(REACH).map(|open| open.name)
    }

    fn pop_all(&mut self, count: usize) {
        for _ in 0..count {
            let Some(open) = self.open.pop() else { return };
            self.hiding -= usize::from(open.hides);
            if matches!(open.shown, "table" | "tr" | "td" | "th") {
                self.grid.pop();
            }
            if !open.shown.is_empty() {
                self.html.push_str("</");
                self.html.push_str(open.shown);
                self.html.push('>');
            }
        }
    }

    fn push(&mut self, name: &'static str, shown: &'static str, hides: bool) {
        self.open.push(Open { name, shown, hides });
        self.hiding += usize::from(hides);
        self.depth = self.depth.max(self.open.len());
    }

    /// Starts an element that the source left out.
    fn imply(&mut self, name: &'static str, kind: Kind) {
        self.html.push('<');
        self.html.push_str(name);
        self.html.push('>');
        self.grid.push(kind);
        self.push(name, name, false);
    }

    /// In a table, but in no cell: there a cell is begun.
    fn enter_cell(&mut self) {
        if self.grid.last() == Some(&Kind::Table) {
            self.imply("tr", Kind::Row);
        }
        if self.grid.last() == Some(&Kind::Row) {
            self.imply("td", Kind::Cell);
        }
    }

    /// Whether a link may lead where it does. One that leads nowhere is no link.
    fn takes_link(&mut self, tag: &Tag) -> bool {
        let Some(target) = tag.get(Attribute::Href) else {
            return false;
        };
        if target.len() > TARGET_LIMIT {
            self.has_long_target = true;
            return false;
        }
        self.links += 1;
        self.has_too_many_links |= self.links > self.most_links;
        self.links <= self.most_links
    }

    /// Writes a start tag.
    fn write(&mut self, shown: &'static str, tag: &Tag) {
        self.html.push('<');
        self.html.push_str(shown);
        for (attribute, name, elements) in ATTRIBUTES {
            let Some(value) = tag.get(*attribute).filter(|_| elements.contains(&shown)) else {
                continue;
            };
            self.html.push(' ');
            self.html.push_str(name);
            self.html.push_str("=\"");
            escape(value, &mut self.html);
            self.html.push('"');
        }
        self.html.push('>');
    }

    /// A picture that came with the mail, or the words that stand for another one.
    fn image(&mut self, tag: &Tag) {
        self.has_content = true;
        if tag.get(Attribute::Src).is_some_and(is_own_picture) {
            return self.write("img", tag);
        }
        let alt = tag.get(Attribute::Alt).unwrap_or_default().trim();
        let is_word = alt.contains(char::is_alphanumeric);
        self.html.push_str(if is_word { "[" } else { "" });
        escape(alt, &mut self.html);
        self.html.push_str(if is_word { "]" } else { "" });
    }
}

/// Whether the source of a picture is a part of the same mail (RFC 2392).
pub(super) fn is_own_picture(src: &str) -> bool {
    let head = src
        .get(..4)
        .is_some_and(|head| head.eq_ignore_ascii_case("cid:"));
    head && !src.contains(|c: char| c.is_control() || c.is_whitespace())
}

/// Text as HTML that shows it, in an element or a quoted attribute.
pub(super) fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' => html.push_str("&amp;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
}

/// What an element is called in the output; empty where only its content stays.
fn shown_as(tag: &Tag) -> &'static str {
    match tag.kind {
        _ if KEPT.contains(&tag.name) => tag.name,
        Kind::Pre => "pre",
        kind if kind.is_part_of_line() => "",
        _ => "div",
    }
}

impl Reader for Shape {
    fn start(&mut self, tag: &Tag) {
        self.pop_all(nesting::ended_by_start(self.names(), tag.kind));
        if tag.kind == Kind::Void {
            return;
        }
        let style = tag
            .get(Attribute::Style)
            .map(style::read)
            .unwrap_or_default();
        let is_hidden = tag.is_hidden(style) && !self.shows_hidden;
        if self.hiding > 0 || is_hidden || tag.kind == Kind::Never {
            if !tag.kind.is_void() {
                self.push(tag.name, "", is_hidden || tag.kind == Kind::Never);
            }
            return;
        }
        match tag.kind {
            // where no table is, these mean nothing
            Kind::Row | Kind::Cell if self.grid.is_empty() => return,
            Kind::Row => {}
            Kind::Cell => {
                if self.grid.last() == Some(&Kind::Table) {
                    self.imply("tr", Kind::Row);
                }
            }
            _ => self.enter_cell(),
        }
        match tag.kind {
            Kind::Image => self.image(tag),
            Kind::Break => self.html.push_str("<br>"),
            Kind::Rule => self.html.push_str("<hr>"),
            kind => {
                let is_dead = kind == Kind::Link && !self.takes_link(tag);
                let shown = if is_dead { "" } else { shown_as(tag) };
                if !shown.is_empty() {
                    self.write(shown, tag);
                }
                if matches!(kind, Kind::Table | Kind::Row | Kind::Cell) {
                    self.grid.push(kind);
                }
                self.push(tag.name, shown, false);
            }
        }
    }

    fn end(&mut self, name: &'static str, kind: Kind) {
        self.pop_all(nesting::ended_by_end(self.names(), name, kind));
    }

    fn text(&mut self, text: &str) {
        let is_blank = text.trim().is_empty();
        if self.hiding > 0 {
            self.has_hidden |= !is_blank;
            return;
        }
        if !is_blank {
            self.has_content = true;
            self.enter_cell();
        }
        for piece in pieces(text) {
            escape(piece, &mut self.html);
            if piece.len() >= PIECE && !is_blank {
                self.html.push_str("<wbr>");
            }
        }
    }
}

/// A text in pieces that are not much longer than `PIECE`.
fn pieces(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let end = (PIECE..text.len()).find(|at| text.is_char_boundary(*at));
        let (piece, rest) = text.split_at_checked(end.unwrap_or(text.len()))?;
        text = rest;
        (!piece.is_empty()).then_some(piece)
    })
}
