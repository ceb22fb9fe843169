//! Which elements end where: mailers leave end tags out, and mix them up.

use super::tags::{Kind, element};

/// How many elements the start of another one ends. `open` has the names of the open elements,
/// innermost first, as far as it is worth looking.
pub(super) fn ended_by_start(
    open: impl Iterator<Item = &'static str> + Clone,
    kind: Kind,
) -> usize {
    let (ended, borders): (&[&str], &[&str]) = match kind {
        Kind::Item => (&["li"], &["ul", "ol", "table", "td", "th", "blockquote"]),
        Kind::Term | Kind::Detail => (&["dt", "dd"], &["dl", "table", "td", "th"]),
        Kind::Cell => (&["td", "th"], &["table"]),
        Kind::Row => (&["tr"], &["table"]),
        Kind::Heading => (
            &["h1", "h2", "h3", "h4", "h5", "h6"],
            &["table", "td", "th", "blockquote", "ul", "ol", "div"],
        ),
        Kind::Link => (&["a"], &["table", "td", "th"]),
        _ => (&[], &[]),
    };
    let outer = open
        .clone()
        .take_while(|name| !borders.contains(name))
        .position(|name| ended.contains(&name));
    if let Some(back) = outer {
        return back + 1;
    }
    if kind.is_part_of_line() {
        return 0;
    }
    let is_inline =
        |name: &str| element(name.as_bytes()).is_some_and(|(_, kind)| kind.is_part_of_line());
    let paragraph = open
        .take_while(|name| *name == "p" || is_inline(name))
        .position(|name| name == "p");
    paragraph.map_or(0, |back| back + 1)
}

/// How many elements an end tag ends; none where what it ends is not open, or is outside of the
/// cell or table that it stands in.
pub(super) fn ended_by_end(
    open: impl Iterator<Item = &'static str>,
    name: &str,
    kind: Kind,
) -> usize {
    let borders: &[&str] = match kind {
        Kind::Table | Kind::Row | Kind::Cell => &["table"],
        _ => &["table", "td", "th"],
    };
    let mut near = open.take_while(|open| *open == name || !borders.contains(open));
    near.position(|open| open == name)
        .map_or(0, |back| back + 1)
}
