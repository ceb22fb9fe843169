//! Which elements and attributes mean what to a reader.

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

/// An attribute by its name, in any case of letters.
pub(super) fn attribute(name: &str) -> Option<Attribute> {
    let mut known = ATTRIBUTES.iter();
    let found = known.find(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes()));
    found.map(|(_, attribute)| *attribute)
}

/// A tag of an element that we know.
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

    pub fn new(name: &'static str, kind: Kind) -> Self {
        let values = Default::default();
        Self { name, kind, values }
    }

    /// Of an attribute that comes twice, the first counts.
    pub fn set(&mut self, attribute: Attribute, value: &str) {
        if let Some(slot @ None) = self.values.get_mut(attribute as usize) {
            *slot = Some(value.to_owned());
        }
    }

    /// The value of an attribute; empty where it has none.
    pub fn get(&self, attribute: Attribute) -> Option<&str> {
        self.values.get(attribute as usize)?.as_deref()
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
