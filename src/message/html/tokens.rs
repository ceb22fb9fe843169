//! HTML to tags and words, as the WHATWG standard divides it (section 13.2.5), in one loop.
//!
//! No crate does this for pages of attackers: html5gum 0.9 calls itself once an attribute, and two
//! hundred of them overflow a stack where the compiler leaves those calls; html5ever compares each
//! attribute of a tag with all others. Where a page ends in the middle of a quote or of a comment,
//! the rest is read on, not swallowed: it is somebody's mail.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use super::tags::{Attribute, Kind, Tag, attribute, element};

/// Who is told of what a page holds, in order.
pub(super) trait Reader {
    fn start(&mut self, tag: &Tag);
    fn end(&mut self, name: &'static str, kind: Kind);
    fn text(&mut self, text: &str);
}

/// Elements whose content holds no tags, and whether it holds entities.
const RAW: &[(&str, bool)] = &[
    ("iframe", false),
    ("noembed", false),
    ("noframes", false),
    ("noscript", false),
    ("script", false),
    ("style", false),
    ("textarea", true),
    ("title", true),
    ("xmp", false),
];
/// The longest name of an element or an attribute that is looked up.
const LONGEST_NAME: usize = 32;

/// Reads a page. Takes linear time and no stack.
pub(super) fn read<R: Reader>(html: &str, reader: &mut R) {
    let mut page = Page {
        rest: html,
        has_no: [false; 3],
    };
    while let Some(at) = memchr(b'<', page.rest.as_bytes()) {
        let text = page.take(at);
        let Some(markup) = page.markup() else {
            // `5 < 6`
            let mark = page.take(1);
            tell_text(text, reader);
            reader.text(mark);
            continue;
        };
        tell_text(text, reader);
        match markup {
            Markup::Nothing => {}
            Markup::End(tag) => reader.end(tag.name, tag.kind),
            Markup::Start(name, tag) => {
                if let Some(tag) = &tag {
                    reader.start(tag);
                }
                if name == "plaintext" {
                    break;
                }
                if let Some((name, has_entities)) = RAW.iter().find(|(raw, _)| *raw == name) {
                    let content = page.raw(name);
                    match has_entities {
                        true => tell_text(content, reader),
                        false if !content.is_empty() => reader.text(content),
                        false => {}
                    }
                    if let Some(tag) = tag {
                        reader.end(tag.name, tag.kind);
                    }
                }
            }
        }
    }
    tell_text(page.rest, reader);
}

fn tell_text<R: Reader>(text: &str, reader: &mut R) {
    if !text.is_empty() {
        reader.text(&unescaped(text));
    }
}

fn unescaped(text: &str) -> Cow<'_, str> {
    match memchr(b'&', text.as_bytes()) {
        Some(_) => htmlize::unescape(text),
        None => Cow::Borrowed(text),
    }
}

enum Markup {
    /// A comment, a doctype, or a tag that means nothing to us.
    Nothing,
    End(Tag),
    /// The name, and the tag where it is one that we know.
    Start(String, Option<Tag>),
}

struct Page<'h> {
    rest: &'h str,
    /// Ends that were looked for up to the end of the page, and are not there: `"`, `'`, and
    /// `-->`.
    has_no: [bool; 3],
}

impl<'h> Page<'h> {
    /// The next so many bytes.
    fn take(&mut self, length: usize) -> &'h str {
        let (head, tail) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, ""));
        self.rest = tail;
        head
    }

    /// Up to the byte, which is dropped; all where it does not come.
    fn take_past(&mut self, byte: u8) -> &'h str {
        let end = memchr(byte, self.rest.as_bytes()).unwrap_or(self.rest.len());
        let head = self.take(end);
        self.take(1);
        head
    }

    /// Reads what starts with `<`; `None` where that is only a character.
    fn markup(&mut self) -> Option<Markup> {
        let [_, second, third, ..] = self.rest.as_bytes() else {
            return None;
        };
        match (second, third) {
            (b'!' | b'?', _) => {
                self.declaration();
                Some(Markup::Nothing)
            }
            (b'/', letter) if letter.is_ascii_alphabetic() => {
                self.take(2);
                let (_, tag) = self.tag();
                Some(tag.map_or(Markup::Nothing, Markup::End))
            }
            (b'/', _) => {
                self.take_past(b'>');
                Some(Markup::Nothing)
            }
            (letter, _) if letter.is_ascii_alphabetic() => {
                self.take(1);
                let (name, tag) = self.tag();
                Some(Markup::Start(name, tag))
            }
            _ => None,
        }
    }

    /// A comment, a doctype, CDATA, or what only Outlook reads.
    fn declaration(&mut self) {
        let Some(comment) = self.rest.strip_prefix("<!--") else {
            self.take_past(b'>');
            return;
        };
        // `<!-->` and `<!--->` are whole
        if comment.starts_with('>') || comment.starts_with("->") {
            self.take_past(b'>');
            return;
        }
        let [_, _, no_comment_end] = &mut self.has_no;
        let bytes = comment.as_bytes();
        let end = match *no_comment_end {
            true => None,
            false => memmem::find(bytes, b"-->"),
        };
        *no_comment_end = end.is_none();
        match end {
            Some(end) => {
                self.take("<!--".len() + end + "-->".len());
            }
            None => {
                self.take_past(b'>');
            }
        }
    }

    /// A tag, from its name on.
    fn tag(&mut self) -> (String, Option<Tag>) {
        let bytes = self.rest.bytes();
        let is_end = |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>');
        let end = bytes.clone().position(is_end).unwrap_or(self.rest.len());
        let name = self.take(end);
        let name = name
            .get(..LONGEST_NAME)
            .unwrap_or(name)
            .to_ascii_lowercase();
        let mut tag = element(name.as_bytes()).map(|(name, kind)| Tag::new(name, kind));
        while let Some((attribute, value)) = self.attribute() {
            if let (Some(tag), Some(attribute)) = (&mut tag, attribute) {
                tag.set(attribute, &unescaped(value));
            }
        }
        (name, tag)
    }

    /// The next attribute of a tag; `None` at its end, which is dropped.
    fn attribute(&mut self) -> Option<(Option<Attribute>, &'h str)> {
        let is_white = |c: char| c.is_ascii_whitespace();
        self.rest = self.rest.trim_start_matches(|c| is_white(c) || c == '/');
        match self.rest.as_bytes().first() {
            None => return None,
            Some(b'>') => {
                self.take(1);
                return None;
            }
            Some(_) => {}
        }
        // an `=` may begin a name
        let is_end = |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>' | b'=');
        let mut bytes = self.rest.bytes().skip(1);
        let end = bytes.position(is_end).map_or(self.rest.len(), |at| at + 1);
        let name = self.take(end);
        let name = attribute(name.get(..LONGEST_NAME).unwrap_or(name));
        let after = self.rest.trim_start_matches(is_white);
        let Some(after) = after.strip_prefix('=') else {
            self.rest = after;
            return Some((name, ""));
        };
        self.rest = after.trim_start_matches(is_white);
        Some((name, self.value()))
    }

    fn value(&mut self) -> &'h str {
        let [no_double, no_single, ..] = &mut self.has_no;
        let (quote, has_no) = match self.rest.as_bytes().first() {
            Some(b'"') => (b'"', no_double),
            Some(b'\'') => (b'\'', no_single),
            _ => {
                let is_end = |byte: u8| byte.is_ascii_whitespace() || byte == b'>';
                let end = self.rest.bytes().position(is_end);
                return self.take(end.unwrap_or(self.rest.len()));
            }
        };
        let inner = self.rest.as_bytes().get(1..).unwrap_or_default();
        let end = match *has_no {
            true => None,
            false => memchr(quote, inner),
        };
        *has_no = end.is_none();
        self.take(1);
        match end {
            Some(end) => {
                let value = self.take(end);
                self.take(1);
                value
            }
            // a quote that never ends: up to what ends the tag
            None => {
                let end = memchr(b'>', self.rest.as_bytes());
                self.take(end.unwrap_or(self.rest.len()))
            }
        }
    }

    /// The content of an element without tags, and past its end tag.
    fn raw(&mut self, name: &str) -> &'h str {
        let mut from = 0usize;
        let bytes = self.rest.as_bytes();
        while let Some(at) = memmem::find(bytes.get(from..).unwrap_or_default(), b"</") {
            let start = from + at;
            let tail = bytes.get(start + 2..).unwrap_or_default();
            let is_name = |tail: &[u8]| tail.eq_ignore_ascii_case(name.as_bytes());
            let after = tail.get(name.len());
            let ends = after.is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>'));
            if ends && tail.get(..name.len()).is_some_and(is_name) {
                let content = self.take(start);
                self.take_past(b'>');
                return content;
            }
            from = start + 2;
        }
        self.take(self.rest.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Told(String);

    impl Reader for Told {
        fn start(&mut self, tag: &Tag) {
            let title = tag.get(Attribute::Title).unwrap_or_default();
            self.0.push_str(&format!("<{} {title}>", tag.name));
        }

        fn end(&mut self, name: &'static str, _: Kind) {
            self.0.push_str(&format!("</{name}>"));
        }

        fn text(&mut self, text: &str) {
            self.0.push_str(text);
        }
    }

    fn told(html: &str) -> String {
        let mut told = Told::default();
        read(html, &mut told);
        told.0
    }

    #[test]
    fn pages_are_divided_as_browsers_do() {
        for (html, expected) in [
            ("a<b>c</b>d", "a<b >c</b>d"),
            ("<B TITLE=x>", "<b x>"),
            ("<b title = 'a>b' title=c>x", "<b a>b>x"),
            ("<b/title=\"&lt;&eacute;&#1078;\"/>", "<b <éж>"),
            ("a < b > c <", "a < b > c <"),
            ("a<!-- <b> -->c<!doctype x>d<?x?>e</>f</ >g", "acdefg"),
            ("<!-->a<!--->b", "ab"),
            ("<title>a &amp; <b></title>c", "<title >a & <b></title>c"),
            ("<style>a</styles></STYLE >b", "<style >a</styles></style>b"),
            ("<script>if (a</b>", "<script >if (a</b></script>"),
            ("&amp;&nosuch;&#xd800; 5&lt6", "&&nosuch;\u{fffd} 5<6"),
        ] {
            assert_eq!(told(html), expected, "{html}");
        }
    }

    #[test]
    fn what_never_ends_swallows_no_mail() {
        for html in [
            "<b title=\"x>words",
            "<b title='x>words",
            "<!-- x>words",
            "<b title=\"x>words<b title=\"",
        ] {
            assert!(told(html).contains("words"), "{html}: {}", told(html));
        }
    }

    #[test]
    fn a_tag_of_many_attributes_needs_no_stack() {
        let html = format!("<b {}>words", "a=\"b\" c='d' e=f g".repeat(100_000));
        assert_eq!(told(&html), "<b >words");
    }
}
