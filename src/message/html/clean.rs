//! The linear pass over HTML: shape kept, everything else gone.

/// HTML made of bare structural tags and text.
pub(super) struct Cleaned {
    /// Well enough formed for a layout engine.
    pub html: String,
    /// The deepest nesting.
    pub depth: usize,
    /// Lines that it will have, roughly.
    pub lines: usize,
}

/// Tags that are kept, as bare tags.
const SHAPE: &[&str] = &[
    "p",
    "div",
    "br",
    "hr",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "table",
    "tr",
    "td",
    "th",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "dl",
    "dt",
    "dd",
];
/// Elements whose content is no text of the mail.
const HIDDEN: &[&str] = &[
    "script", "style", "title", "template", "svg", "math", "object",
];
/// Blocks that are like a `div` to us.
const BLOCKS: &[&str] = &[
    "section", "article", "header", "footer", "main", "aside", "center", "address", "form",
    "figure", "nav", "fieldset",
];
/// Classes and ids of the containers that mailers quote in (Gmail, Thunderbird, Yahoo, Proton,
/// Zoho, Outlook mobile).
const QUOTES: &[&str] = &[
    "gmail_quote",
    "gmail_quote_container",
    "gmail_attr",
    "moz-cite-prefix",
    "yahoo_quoted",
    "protonmail_quote",
    "zmail_extra",
    "ms-outlook-mobile-reference-message",
];
/// Those that hold the quote, and answers between its pieces, rather than being it: where a
/// `blockquote` follows, that is the quote.
const AROUND_QUOTES: &[&str] = &[
    "gmail_quote",
    "gmail_quote_container",
    "protonmail_quote",
    "zmail_extra",
];
/// Classes and ids of signatures, lower case (Gmail, Thunderbird, Apple Mail, Outlook, Proton,
/// Zoho, Yahoo, Mail.ru, K-9); they may go on.
const SIGNATURES: &[&str] = &[
    "gmail_signature",
    "moz-signature",
    "applemailsignature",
    "ms-outlook-mobile-signature",
    "signature",
    "protonmail_signature_block",
    "zmail_signature_below",
    "ymail_android_signature",
    "ymail_ios_signature",
    "k9mail-signature",
];
/// The line above a signature. The space, of which a person does not think, is a hard one.
const SIGNATURE_LINE: &str = "<div>--&nbsp;</div>";
/// Ids after which all up to the end of the parent is quoted (Outlook, its web and mobile forms).
const QUOTE_STARTS: &[&str] = &["divrplyfwdmsg", "mail-editor-reference-message-container"];

/// Quotes in quotes, and lists in lists, beyond this depth are not indented further.
const MOST_INDENTS: usize = 20;

/// At most `limit` bytes, cut between characters.
pub(super) fn cut(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

/// Cleans HTML; every byte is looked at a bounded number of times. Tables in tables beyond
/// `most_tables` lose their columns.
pub(super) fn clean(html: &str, most_tables: usize) -> Cleaned {
    let mut pass = Pass {
        most_tables,
        last_quote: last_blockquote(html),
        out: String::with_capacity(html.len() / 2),
        ..Pass::default()
    };
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (text, tail) = rest.split_at(at);
        pass.text(text);
        rest = match Tag::read(tail) {
            Some((tag, after)) => pass.tag(&tag, after),
            None if tail.starts_with("<!") || tail.starts_with("<?") => after_declaration(tail),
            // `5 < 6`
            None => {
                pass.text("&lt;");
                tail.strip_prefix('<').unwrap_or_default()
            }
        };
    }
    pass.text(rest);
    pass.end_link();
    Cleaned {
        html: pass.out,
        depth: pass.deepest,
        lines: pass.lines,
    }
}

/// Behind a comment, a doctype, or a conditional that only Outlook reads.
fn after_declaration(tail: &str) -> &str {
    let end = if let Some(comment) = tail.strip_prefix("<!--") {
        return comment.split_once("-->").map_or("", |(_, after)| after);
    } else {
        tail.find('>')
    };
    end.and_then(|at| tail.get(at + 1..)).unwrap_or("")
}

#[derive(Default)]
struct Pass {
    out: String,
    /// For each open kept element: its name, and what closes it in the output.
    open: Vec<(&'static str, &'static str)>,
    deepest: usize,
    lines: usize,
    most_tables: usize,
    /// Whether line ends in the source are line ends.
    is_pre: bool,
    /// How many of `open` are tables, and how many are quotes or lists.
    tables: usize,
    indents: usize,
    /// How many of `open` are tables without columns.
    flat: usize,
    /// What is left of the mail at its last `blockquote`, in bytes.
    last_quote: usize,
    /// The signature that was marked last: where its line is, and how many elements were open.
    signature: Option<(usize, usize)>,
    /// Whether a line `-- ` was the last text.
    is_dashed: bool,
    /// How many of `open` are quotes.
    quotes: usize,
    /// Whether the rest of the mail is quoted already.
    is_cut: bool,
    /// The target of the open link and where its text began.
    link: Option<(String, usize)>,
}

impl Pass {
    fn text(&mut self, text: &str) {
        if self.is_pre {
            self.lines += text.bytes().filter(|byte| *byte == b'\n').count();
        }
        let shown = text.trim().trim_matches('\u{a0}').replace("&nbsp;", "");
        if !shown.trim().is_empty() {
            self.is_dashed = shown.trim() == "--";
            self.forget_signature();
        }
        self.out.push_str(text);
    }

    /// What has new words below it is no signature: its line goes.
    fn forget_signature(&mut self) {
        let is_below = |(_, depth): &(usize, usize)| self.open.len() <= *depth;
        if self.quotes > 0 || self.is_cut || !self.signature.as_ref().is_some_and(is_below) {
            return;
        }
        if let Some((at, _)) = self.signature.take() {
            let blank = " ".repeat(SIGNATURE_LINE.len());
            if self.out.get(at..at + blank.len()) == Some(SIGNATURE_LINE) {
                self.out.replace_range(at..at + blank.len(), &blank);
            }
        }
    }

    /// Takes a tag in and gives what is to be read after it.
    fn tag<'h>(&mut self, tag: &Tag<'_>, after: &'h str) -> &'h str {
        let name = tag.name.as_str();
        if HIDDEN.contains(&name) {
            return if tag.is_end {
                after
            } else {
                after_element(after, name)
            };
        }
        if tag.is_end {
            self.end(name);
            return after;
        }
        match name {
            "a" => {
                self.end_link();
                if let Some(target) = tag.attribute("href").filter(|href| is_worth_showing(href)) {
                    self.link = Some((target.to_owned(), self.out.len()));
                }
            }
            "img" => {
                if let Some(alt) = tag
                    .attribute("alt")
                    .map(str::trim)
                    .filter(|alt| !alt.is_empty())
                {
                    self.out.push('[');
                    self.out.push_str(&alt.replace('<', "&lt;"));
                    self.out.push(']');
                }
            }
            "br" | "hr" => {
                self.lines += 1;
                self.out
                    .push_str(if name == "br" { "<br>" } else { "<hr>" });
            }
            _ => self.start(tag, after),
        }
        after
    }

    fn start(&mut self, tag: &Tag<'_>, after: &str) {
        let Some(name) = kept(&tag.name) else {
            return;
        };
        if is_quote_start(tag) && !self.is_cut {
            // open to the end of the parent: the parser closes it there
            self.is_cut = true;
            self.out.push_str("<blockquote>");
        }
        if self.flat > 0 && is_cell(name) {
            self.out.push_str(if name == "tr" { "<br>" } else { " " });
            return;
        }
        if is_signature(tag) && self.quotes == 0 && !self.is_cut {
            self.forget_signature();
            if !self.is_dashed && self.signature.is_none() && !starts_dashed(after) {
                self.signature = Some((self.out.len(), self.open.len()));
                self.out.push_str(SIGNATURE_LINE);
            }
        }
        self.lines += 1;
        self.is_pre |= name == "pre";
        let shape = match name {
            _ if self.is_quote(tag, after) && !is_forward(after) => "blockquote",
            _ => name,
        };
        let shape = match shape {
            "table" if self.tables >= self.most_tables => "div",
            "blockquote" | "ul" | "ol" if self.indents >= MOST_INDENTS => "div",
            _ => shape,
        };
        self.write(&["<", shape, ">"]);
        // these close themselves when the next one starts, and mailers rely on that
        if is_cell(name) || matches!(name, "p" | "li" | "dt" | "dd") {
            return;
        }
        self.open.push((name, shape));
        self.count(name, shape, usize::saturating_add);
        self.deepest = self.deepest.max(self.open.len());
    }

    fn is_quote(&self, tag: &Tag<'_>, after: &str) -> bool {
        let has_inner = self.last_quote > 0 && after.len() >= self.last_quote;
        labels(tag).any(|word| {
            let is_around = AROUND_QUOTES.contains(&word) && tag.name != "blockquote" && has_inner;
            !is_around && (QUOTES.contains(&word) || word.starts_with("yahoo_quoted"))
        })
    }

    fn count(&mut self, name: &str, shape: &str, by: fn(usize, usize) -> usize) {
        if shape == "blockquote" {
            self.quotes = by(self.quotes, 1);
        }
        match (name, shape) {
            (_, "table") => self.tables = by(self.tables, 1),
            ("table", _) => self.flat = by(self.flat, 1),
            (_, "blockquote" | "ul" | "ol") => self.indents = by(self.indents, 1),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        if name == "a" {
            return self.end_link();
        }
        let Some(name) = kept(name) else {
            return;
        };
        if is_cell(name) || matches!(name, "p" | "li" | "dt" | "dd") {
            if self.flat == 0 || !is_cell(name) {
                self.write(&["</", name, ">"]);
            }
            return;
        }
        // misnested: an end tag may close what was opened a little earlier, but, like in a
        // browser, nothing outside of its own table
        let is_border = |open: &str| open == "table" && name != "table";
        let near = self
            .open
            .iter()
            .rev()
            .take(16)
            .take_while(|(open, _)| !is_border(open));
        let Some(back) = near.map(|(open, _)| *open).position(|open| open == name) else {
            return;
        };
        for _ in 0..=back {
            if let Some((open, shape)) = self.open.pop() {
                self.count(open, shape, usize::saturating_sub);
                self.write(&["</", shape, ">"]);
            }
        }
    }

    fn write(&mut self, pieces: &[&str]) {
        for piece in pieces {
            self.out.push_str(piece);
        }
    }

    fn end_link(&mut self) {
        let Some((target, start)) = self.link.take() else {
            return;
        };
        let shown = self.out.get(start..).unwrap_or_default();
        if !shown.trim().is_empty() && !same_place(shown, &target) {
            let target = target.replace('<', "&lt;");
            self.out.truncate(self.out.trim_end().len());
            self.out.push_str(&format!(" ({target})"));
        }
    }
}

/// The static form of a kept tag.
fn kept(name: &str) -> Option<&'static str> {
    if BLOCKS.contains(&name) {
        return Some("div");
    }
    SHAPE.iter().find(|shape| **shape == name).copied()
}

fn is_cell(name: &str) -> bool {
    matches!(name, "tr" | "td" | "th")
}

fn is_worth_showing(href: &str) -> bool {
    let head = cut(href.trim_start(), 8).to_ascii_lowercase();
    ["http://", "https://", "mailto:", "tel:", "ftp://"]
        .iter()
        .any(|s| head.starts_with(s))
}

fn same_place(shown: &str, target: &str) -> bool {
    let bare = |text: &str| {
        let text = text.trim().to_lowercase();
        let text = text
            .trim_start_matches("mailto:")
            .trim_start_matches("tel:");
        let text = text
            .trim_start_matches("https://")
            .trim_start_matches("http://");
        text.trim_start_matches("www.")
            .trim_end_matches('/')
            .to_owned()
    };
    // a telling link is short; a long one is not compared again and again
    shown.len() < 4_096 && bare(shown) == bare(target)
}

/// The classes of an element, and its id.
fn labels<'h>(tag: &Tag<'h>) -> impl Iterator<Item = &'h str> {
    let class = tag.attribute("class").unwrap_or_default();
    let id = tag.attribute("id").unwrap_or_default();
    class.split_ascii_whitespace().chain([id])
}

fn is_signature(tag: &Tag<'_>) -> bool {
    let is_known = |word: &str| {
        let word = cut(word, 64).to_ascii_lowercase();
        // Outlook marks copies of its own classes with `x_`
        let word = word.trim_start_matches("x_");
        SIGNATURES.contains(&word) || word.starts_with("applemailsignature")
    };
    labels(tag).any(is_known) || tag.attribute("data-signature-widget") == Some("container")
}

/// Whether the first text behind is `--`.
fn starts_dashed(after: &str) -> bool {
    let mut rest = cut(after, 600).trim_start();
    while let Some((_, tail)) = rest.strip_prefix('<').and_then(|tag| tag.split_once('>')) {
        rest = tail.trim_start();
    }
    rest.strip_prefix("--")
        .is_some_and(|tail| !tail.starts_with('-'))
}

/// How many bytes are left at the last `blockquote`; 0 where there is none.
fn last_blockquote(html: &str) -> usize {
    let name = b"<blockquote";
    let windows = html.as_bytes().windows(name.len());
    let is_it = |window: &[u8]| window.eq_ignore_ascii_case(name);
    windows
        .rev()
        .position(is_it)
        .map_or(0, |back| back + name.len())
}

fn is_quote_start(tag: &Tag<'_>) -> bool {
    let id = tag.attribute("id").unwrap_or_default();
    QUOTE_STARTS
        .iter()
        .any(|start| id.eq_ignore_ascii_case(start))
        || labels(tag).any(|word| word == "OutlookMessageHeader")
}

/// Gmail puts forwarded mails into the same container as quotes; what is forwarded is news to us.
fn is_forward(after: &str) -> bool {
    cut(after, 400).contains("----------")
}

/// Behind the end tag of an element whose content is skipped.
fn after_element<'h>(after: &'h str, name: &str) -> &'h str {
    let mut rest = after;
    while let Some((_, tail)) = rest.split_once("</") {
        let is_it = tail
            .get(..name.len())
            .is_some_and(|t| t.eq_ignore_ascii_case(name));
        if is_it {
            return tail.split_once('>').map_or("", |(_, after)| after);
        }
        rest = tail;
    }
    ""
}

/// A start or end tag.
struct Tag<'h> {
    name: String,
    is_end: bool,
    attributes: &'h str,
}

impl<'h> Tag<'h> {
    /// The tag at the start of `text` and what follows it; `None` when there is none.
    fn read(text: &'h str) -> Option<(Self, &'h str)> {
        let inner = text.strip_prefix('<')?;
        let (is_end, inner) = match inner.strip_prefix('/') {
            Some(inner) => (true, inner),
            None => (false, inner),
        };
        if !inner.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let name_end = inner
            .find(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/' | '<'))
            .unwrap_or(inner.len());
        let (name, tail) = inner.split_at(name_end);
        let (attributes, after) = split_tag(tail);
        let name = cut(name, 24).to_ascii_lowercase();
        Some((
            Self {
                name,
                is_end,
                attributes,
            },
            after,
        ))
    }

    /// The value of an attribute, as written.
    fn attribute(&self, name: &str) -> Option<&'h str> {
        let mut rest = self.attributes;
        while let Some((before, after)) = rest.split_once('=') {
            let key = before
                .trim_end()
                .rsplit([' ', '\t', '\n', '\r', '/'])
                .next();
            let after = after.trim_start();
            let (value, tail) = match after.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    let inner = after.strip_prefix(quote).unwrap_or(after);
                    inner.split_once(quote).unwrap_or((inner, ""))
                }
                _ => after
                    .split_once(|c: char| c.is_ascii_whitespace())
                    .unwrap_or((after, "")),
            };
            if key.is_some_and(|key| key.eq_ignore_ascii_case(name)) {
                return Some(value);
            }
            rest = tail;
        }
        None
    }
}

/// The attributes of a tag and what follows its `>`. A quoted value may hold a `>`; a quote that
/// never ends ends at the first `>`, else it would swallow the mail.
fn split_tag(text: &str) -> (&str, &str) {
    let window = cut(text, 16 * 1024);
    let mut quote = None;
    let mut may_quote = false;
    for (at, c) in window.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if may_quote => quote = Some(c),
            (None, '>') => return (cut(text, at), text.get(at + 1..).unwrap_or_default()),
            _ => {}
        }
        may_quote = c == '=' || (may_quote && c.is_ascii_whitespace());
    }
    text.split_once('>').unwrap_or((window, ""))
}
