//! HTML to tags and words: a WHATWG tokenizer, and which elements mean what to a reader.

use std::convert::Infallible;

use html5gum::{
    Emitter, ForwardingEmitter, Span, Tokenizer,
    emitters::callback::{Callback, CallbackEmitter, CallbackEvent},
};

use super::style::Style;

/// What an element does to the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Starts and ends a line.
    Block,
    /// A block with a blank line around; the next block ends it.
    Paragraph,
    /// A block with a blank line around.
    Heading,
    /// `blockquote`.
    Quote,
    /// `ul` or `ol`.
    List,
    /// `li`.
    Item,
    /// `dl`.
    Terms,
    /// `dt`.
    Term,
    /// `dd`.
    Detail,
    /// White space counts.
    Pre,
    Table,
    /// `tr`.
    Row,
    /// `td` or `th`.
    Cell,
    /// `br`.
    Break,
    /// `hr`.
    Rule,
    Image,
    Link,
    /// Part of a line.
    Inline,
    /// Without content, and without a meaning to us.
    Void,
    /// Its content is no text of the mail.
    Never,
}

impl Kind {
    /// Whether it neither starts nor ends a block.
    pub fn is_part_of_line(self) -> bool {
        use Kind::{Break, Image, Inline, Link, Never, Void};
        matches!(self, Break | Image | Inline | Link | Never | Void)
    }

    /// Whether it has no content, and no end tag.
    pub fn is_void(self) -> bool {
        matches!(self, Kind::Break | Kind::Rule | Kind::Image | Kind::Void)
    }
}

/// The elements that we know, sorted by name.
const ELEMENTS: &[(&str, Kind)] = &[
    ("a", Kind::Link),
    ("abbr", Kind::Inline),
    ("address", Kind::Block),
    ("article", Kind::Block),
    ("aside", Kind::Block),
    ("audio", Kind::Never),
    ("b", Kind::Inline),
    ("big", Kind::Inline),
    ("blockquote", Kind::Quote),
    ("br", Kind::Break),
    ("button", Kind::Inline),
    ("canvas", Kind::Never),
    ("caption", Kind::Block),
    ("center", Kind::Block),
    ("cite", Kind::Inline),
    ("code", Kind::Inline),
    ("dd", Kind::Detail),
    ("del", Kind::Inline),
    ("details", Kind::Block),
    ("div", Kind::Block),
    ("dl", Kind::Terms),
    ("dt", Kind::Term),
    ("em", Kind::Inline),
    ("fieldset", Kind::Block),
    ("figcaption", Kind::Block),
    ("figure", Kind::Block),
    ("font", Kind::Inline),
    ("footer", Kind::Block),
    ("form", Kind::Block),
    ("h1", Kind::Heading),
    ("h2", Kind::Heading),
    ("h3", Kind::Heading),
    ("h4", Kind::Heading),
    ("h5", Kind::Heading),
    ("h6", Kind::Heading),
    ("header", Kind::Block),
    ("hr", Kind::Rule),
    ("i", Kind::Inline),
    ("iframe", Kind::Never),
    ("img", Kind::Image),
    ("input", Kind::Void),
    ("ins", Kind::Inline),
    ("kbd", Kind::Inline),
    ("label", Kind::Inline),
    ("legend", Kind::Block),
    ("li", Kind::Item),
    ("link", Kind::Void),
    ("listing", Kind::Pre),
    ("main", Kind::Block),
    ("math", Kind::Never),
    ("meta", Kind::Void),
    ("nav", Kind::Block),
    ("noembed", Kind::Never),
    ("noframes", Kind::Never),
    ("noscript", Kind::Never),
    ("o:p", Kind::Inline),
    ("object", Kind::Never),
    ("ol", Kind::List),
    ("option", Kind::Block),
    ("p", Kind::Paragraph),
    ("plaintext", Kind::Pre),
    ("pre", Kind::Pre),
    ("q", Kind::Inline),
    ("s", Kind::Inline),
    ("samp", Kind::Inline),
    ("script", Kind::Never),
    ("section", Kind::Block),
    ("small", Kind::Inline),
    ("span", Kind::Inline),
    ("strike", Kind::Inline),
    ("strong", Kind::Inline),
    ("style", Kind::Never),
    ("sub", Kind::Inline),
    ("summary", Kind::Block),
    ("sup", Kind::Inline),
    ("svg", Kind::Never),
    ("table", Kind::Table),
    ("td", Kind::Cell),
    ("template", Kind::Never),
    ("textarea", Kind::Pre),
    ("th", Kind::Cell),
    ("title", Kind::Never),
    ("tr", Kind::Row),
    ("tt", Kind::Inline),
    ("u", Kind::Inline),
    ("ul", Kind::List),
    ("var", Kind::Inline),
    ("video", Kind::Never),
    ("xmp", Kind::Pre),
];

/// The name of an element, as a constant, and its kind; `None` for those that mean nothing to us.
pub(super) fn element(name: &[u8]) -> Option<(&'static str, Kind)> {
    let at = ELEMENTS.binary_search_by(|(known, _)| known.as_bytes().cmp(name));
    ELEMENTS.get(at.ok()?).copied()
}

/// The attributes that are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attribute {
    Class,
    Id,
    Style,
    Href,
    Alt,
    Name,
    Start,
    Value,
    Border,
    Hidden,
    DataMarker,
    DataSignature,
    Src,
    Title,
    Dir,
    Colspan,
    Rowspan,
    Width,
    Height,
}

const ATTRIBUTES: [(&[u8], Attribute); 19] = [
    (b"style", Attribute::Style),
    (b"class", Attribute::Class),
    (b"href", Attribute::Href),
    (b"id", Attribute::Id),
    (b"alt", Attribute::Alt),
    (b"border", Attribute::Border),
    (b"name", Attribute::Name),
    (b"start", Attribute::Start),
    (b"value", Attribute::Value),
    (b"hidden", Attribute::Hidden),
    (b"data-marker", Attribute::DataMarker),
    (b"data-signature-widget", Attribute::DataSignature),
    (b"src", Attribute::Src),
    (b"title", Attribute::Title),
    (b"dir", Attribute::Dir),
    (b"colspan", Attribute::Colspan),
    (b"rowspan", Attribute::Rowspan),
    (b"width", Attribute::Width),
    (b"height", Attribute::Height),
];

/// A start tag of an element that we know.
#[derive(Debug)]
pub(super) struct Tag {
    pub name: &'static str,
    pub kind: Kind,
    values: [Option<String>; ATTRIBUTES.len()],
}

impl Tag {
    /// Whether it is not shown, with all that is in it. What the style says of it is in `style`.
    pub fn is_hidden(&self, style: Style) -> bool {
        // Outlook shows another form of such a button, which nobody else sees
        let is_button = self.kind == Kind::Link && style.is_only_outlook;
        (style.is_hidden || self.get(Attribute::Hidden).is_some()) && !is_button
    }

    /// The value of an attribute; empty where it has none.
    pub fn get(&self, attribute: Attribute) -> Option<&str> {
        self.values.get(attribute as usize)?.as_deref()
    }
}

/// Who is told of what a page holds, in order.
pub(super) trait Reader {
    fn start(&mut self, tag: &Tag);
    fn end(&mut self, name: &'static str, kind: Kind);
    fn text(&mut self, text: &str);
}

/// Reads a page. Takes linear time.
pub(super) fn read<R: Reader>(html: &str, reader: &mut R) {
    let mut emitter = CallbackEmitter::new(Events {
        reader,
        tag: None,
        attribute: None,
    });
    emitter.naively_switch_states(true);
    // memory can always be read
    let Ok(()) = Tokenizer::new_with_emitter(html, Quiet(emitter)).finish();
}

/// Tells of no faults in the HTML: checking each character for them takes half of the time.
struct Quiet<'r, R: Reader>(CallbackEmitter<Events<'r, R>>);

impl<R: Reader> ForwardingEmitter for Quiet<'_, R> {
    type Token = Infallible;

    fn inner(&mut self) -> &mut impl Emitter<Token = Infallible> {
        &mut self.0
    }

    fn should_emit_errors(&mut self) -> bool {
        false
    }
}

struct Events<'r, R: Reader> {
    reader: &'r mut R,
    /// The start tag that is being read.
    tag: Option<Tag>,
    /// The attribute whose value comes next.
    attribute: Option<Attribute>,
}

impl<R: Reader> Callback<Infallible, ()> for Events<'_, R> {
    fn handle_event(&mut self, event: CallbackEvent<'_>, _: Span<()>) -> Option<Infallible> {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.attribute = None;
                self.tag = element(name).map(|(name, kind)| Tag {
                    name,
                    kind,
                    values: Default::default(),
                });
            }
            CallbackEvent::AttributeName { name } => {
                let known = ATTRIBUTES.iter().find(|(known, _)| *known == name);
                self.attribute = known.map(|(_, attribute)| *attribute);
                self.set_attribute(b"");
            }
            CallbackEvent::AttributeValue { value } => self.set_attribute(value),
            CallbackEvent::CloseStartTag { .. } => {
                if let Some(tag) = self.tag.take() {
                    self.reader.start(&tag);
                }
            }
            CallbackEvent::EndTag { name } => {
                if let Some((name, kind)) = element(name) {
                    self.reader.end(name, kind);
                }
            }
            CallbackEvent::String { value } => self.reader.text(&String::from_utf8_lossy(value)),
            CallbackEvent::Comment { .. }
            | CallbackEvent::Doctype { .. }
            | CallbackEvent::Error(_) => {}
        }
        None
    }
}

impl<R: Reader> Events<'_, R> {
    /// Of an attribute that comes twice, the first counts.
    fn set_attribute(&mut self, value: &[u8]) {
        let slot = self
            .attribute
            .zip(self.tag.as_mut())
            .and_then(|(attribute, tag)| tag.values.get_mut(attribute as usize));
        match slot {
            Some(slot) if slot.as_ref().is_none_or(String::is_empty) => {
                *slot = Some(String::from_utf8_lossy(value).into_owned());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_sorted_so_that_they_are_found() {
        for (name, kind) in ELEMENTS {
            assert_eq!(element(name.as_bytes()), Some((*name, *kind)));
        }
        assert_eq!(element(b"marquee"), None);
    }
}
