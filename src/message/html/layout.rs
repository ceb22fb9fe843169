//! What the elements of a page do to the lines of its text.

mod mailer;
mod open;

use mailer::Signature;
use open::Open;

use super::{
    lines::Lines,
    links, nesting,
    style::{self, Style},
    table::Table,
    tags::{Attribute, Kind, Tag},
    tokens::Reader,
};

/// How far up an end tag looks for what it ends, and a list item for its list.
const REACH: usize = 100;
/// The widest bullet or number of a list, in columns.
const MARKER: usize = 8;
/// Elements in elements beyond this depth only end lines.
const MOST_OPEN: usize = 5_000;

/// A link whose words are being read.
#[derive(Debug)]
struct OpenLink {
    target: String,
    /// Where its words start, and how many texts there were.
    place: (usize, usize),
    texts: usize,
}

/// The text of a page as it is read.
#[derive(Debug, Default)]
pub(super) struct Layout<'h> {
    html: &'h str,
    /// Whether to show what the style hides.
    shows_hidden: bool,
    lines: Lines,
    open: Vec<Open>,
    tables: Vec<Table>,
    /// How many of `open` hide, quote, or keep lines.
    hiding: usize,
    quotes: usize,
    keeping: usize,
    is_sizeless: bool,
    /// Those of `open` that are quotes unless their first line is the head of a forwarded mail.
    undecided: Vec<usize>,
    /// How many `blockquote`s were read, and how many there are; the latter where it is needed.
    blockquotes: usize,
    all_blockquotes: Option<usize>,
    link: Option<OpenLink>,
    links: usize,
    texts: usize,
    signature: Option<Signature>,
    /// Whether what follows is an older mail: its signatures are none of this mail.
    is_older: bool,
    /// Whether something with words was hidden by its style.
    pub has_hidden: bool,
    pub has_long_target: bool,
    pub has_too_many_links: bool,
}

impl<'h> Layout<'h> {
    pub fn new(html: &'h str, shows_hidden: bool) -> Self {
        Self {
            html,
            shows_hidden,
            ..Self::default()
        }
    }

    /// The text, of at most `limit` bytes, and whether it was cut.
    pub fn finish(&mut self, limit: usize) -> (String, bool) {
        self.end_link();
        while self.pop() {}
        self.end_line();
        std::mem::take(&mut self.lines).text_of_all(limit)
    }

    fn end_line(&mut self) {
        let line = self.lines.current().trim();
        if !line.is_empty() {
            if !self.undecided.is_empty() {
                let is_forward = mailer::is_forward_head(line);
                self.decide(is_forward);
            }
            let line = self.lines.current().trim();
            if let Some(signature) = self.signature.as_mut().filter(|known| !known.has_text) {
                signature.has_text = true;
                if line.starts_with("--") && !line.starts_with("---") {
                    self.forget_signature();
                }
            }
        }
        self.lines.end();
    }

    /// The bullet or number of a list item.
    fn mark_item(&mut self, tag: &Tag) -> usize {
        let mut near = self.open.iter_mut().rev().take(REACH);
        let list = near.find(|open| open.kind == Kind::List);
        let value = tag
            .get(Attribute::Value)
            .and_then(|value| value.trim().parse().ok());
        let mut marker = "* ".to_owned();
        if let Some(next) = list.and_then(|list| list.next.as_mut()) {
            let number = value.unwrap_or(*next);
            *next = number.saturating_add(1);
            marker = format!("{number}. ");
        }
        let width = marker.len();
        self.lines.mark(marker);
        width.min(MARKER)
    }

    fn start_element(&mut self, tag: &Tag, style: Style) {
        let is_quote = self.heed_label(tag);
        let mut open = Open {
            kind: tag.kind,
            is_quote: is_quote || tag.kind == Kind::Quote,
            keeps_lines: style.keeps_lines && tag.kind != Kind::Inline,
            ..self.plain(tag.name)
        };
        if tag.kind != Kind::Inline {
            self.end_line();
        }
        if open.is_quote {
            self.lines.quote_last_rule();
        }
        match tag.kind {
            Kind::Paragraph | Kind::Heading | Kind::Terms => self.lines.set_apart(),
            Kind::Pre => {
                self.lines.set_apart();
                open.keeps_lines = true;
            }
            Kind::Quote => {
                self.blockquotes += 1;
                self.lines.set_apart();
            }
            Kind::List => {
                let start = tag
                    .get(Attribute::Start)
                    .and_then(|start| start.trim().parse().ok());
                open.next = (tag.name == "ol").then(|| start.unwrap_or(1));
            }
            Kind::Item => open.indent = self.mark_item(tag),
            Kind::Detail => open.indent = 2,
            Kind::Table => {
                let border = tag.get(Attribute::Border);
                self.tables.push(Table::default());
                if let Some(table) = self.tables.last_mut() {
                    table.is_data = border.is_some_and(|border| border.trim() != "0");
                }
            }
            Kind::Row => {
                if let Some(table) = self.tables.last_mut() {
                    table.end_row(&mut self.lines);
                }
            }
            Kind::Cell => {
                if let Some(table) = self.tables.last_mut() {
                    table.is_data |= tag.name == "th";
                    table.start_cell(&mut self.lines);
                }
            }
            _ => {}
        }
        // what is only a part of a line, or ends by itself, is followed only for a reason
        let is_followed = open.is_quote || self.changes_size(style);
        if is_followed || !matches!(tag.kind, Kind::Inline | Kind::Paragraph) {
            if is_quote && tag.kind != Kind::Quote {
                self.undecided.push(self.open.len());
            }
            self.push(open);
            self.is_sizeless = style.is_sizeless.unwrap_or(self.is_sizeless);
        }
    }

    /// Whether the size of letters must be known again at the end of an element.
    fn changes_size(&self, style: Style) -> bool {
        self.is_sizeless || style.is_sizeless == Some(true)
    }

    fn start_link(&mut self, tag: &Tag, style: Style) {
        self.end_link();
        if self.changes_size(style) {
            self.push(self.plain(tag.name));
            self.is_sizeless = style.is_sizeless.unwrap_or(self.is_sizeless);
        }
        let Some((target, is_cut)) = tag.get(Attribute::Href).and_then(links::target) else {
            return;
        };
        self.links += 1;
        if self.links > links::MOST_LINKS {
            self.has_too_many_links = true;
            return;
        }
        self.has_long_target |= is_cut;
        self.link = Some(OpenLink {
            target,
            place: self.lines.place(),
            texts: self.texts,
        });
    }

    fn end_link(&mut self) {
        let Some(link) = self.link.take().filter(|link| link.texts < self.texts) else {
            return;
        };
        let (line, start) = link.place;
        let now = self.lines.place().0;
        let shown = if now == line {
            self.lines.since(start)
        } else if now == line + 1 && !self.lines.is_begun() {
            self.lines.last()
        } else {
            ""
        };
        if !links::says(shown, &link.target) {
            self.lines.append(&format!(" ({})", link.target));
        }
    }

    fn image(&mut self, tag: &Tag) {
        let alt = tag.get(Attribute::Alt).map(str::trim).unwrap_or_default();
        if alt.is_empty() || (self.is_sizeless && !self.shows_hidden) {
            return;
        }
        self.see_text();
        if alt.contains(char::is_alphanumeric) {
            self.lines.words(&format!("[{alt}]"));
        } else {
            // a smiley
            self.lines.words(alt);
        }
    }

    /// Text in which line ends are line ends.
    fn lines_of(&mut self, text: &str) {
        for (at, line) in text.split('\n').enumerate() {
            if at > 0 {
                self.break_line();
            }
            self.lines.verbatim(line.trim_end_matches('\r'));
        }
    }

    fn break_line(&mut self) {
        if self.lines.is_begun() {
            self.end_line();
        } else {
            self.lines.set_apart();
        }
    }
}

impl Reader for Layout<'_> {
    fn start(&mut self, tag: &Tag) {
        self.pop_all(nesting::ended_by_start(self.names(), tag.kind));
        let is_void = tag.kind.is_void();
        let is_deep = self.open.len() >= MOST_OPEN;
        if self.hiding > 0 {
            self.blockquotes += usize::from(tag.kind == Kind::Quote);
            if !is_void && !is_deep {
                self.push(self.plain(tag.name));
            }
            return;
        }
        if is_deep && !is_void && tag.kind != Kind::Never {
            return self.end_line();
        }
        let style = tag
            .get(Attribute::Style)
            .map(style::read)
            .unwrap_or_default();
        let is_hidden = tag.is_hidden(style) && !self.shows_hidden;
        if is_hidden || tag.kind == Kind::Never {
            if !is_void {
                self.push(Open {
                    hides: true,
                    ..self.plain(tag.name)
                });
            }
            return;
        }
        match tag.kind {
            Kind::Break => {
                self.break_line();
                self.heed_signature_start(tag);
            }
            // above the head of an older mail (Zimbra), which is told by its words
            Kind::Rule if tag.get(Attribute::DataMarker).is_some() => {}
            Kind::Rule => {
                self.end_line();
                self.lines.rule();
            }
            Kind::Image => self.image(tag),
            Kind::Link => {
                self.heed_signature_start(tag);
                self.start_link(tag, style);
            }
            Kind::Void | Kind::Never => {}
            _ => {
                if style.is_outlook_rule && !self.is_older && self.quotes == 0 {
                    self.end_line();
                    self.lines.rule();
                    self.is_older = true;
                }
                self.start_element(tag, style);
            }
        }
    }

    fn end(&mut self, name: &'static str, kind: Kind) {
        if kind == Kind::Link {
            self.end_link();
        }
        let ended = nesting::ended_by_end(self.names(), name, kind);
        if ended > 0 {
            self.pop_all(ended);
        } else if kind == Kind::Paragraph && self.hiding == 0 {
            self.end_line();
            self.lines.set_apart();
        }
    }

    fn text(&mut self, text: &str) {
        let is_blank = text.trim().is_empty();
        if self.hiding > 0 || (self.is_sizeless && !self.shows_hidden) {
            self.has_hidden |= !is_blank;
            return;
        }
        if !is_blank {
            self.see_text();
        }
        if self.keeping > 0 {
            self.lines_of(text);
        } else {
            self.lines.words(text);
        }
    }
}
