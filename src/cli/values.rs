//! Values of the command line that are more than text.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::{SignedDuration, civil::Date};

use crate::{
    address::Address,
    toml_reader::{hint, parse_duration},
};

/// One of some words; clap names the nearest to a wrong one.
pub(super) fn one_of<T: Copy + Send + Sync + 'static>(
    words: &'static [(&'static str, T)],
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(words.iter().map(|(word, _)| *word)).try_map(move |given| {
        let found = words.iter().find(|(word, _)| *word == given);
        found.map(|(_, value)| *value).ok_or("is not known")
    })
}

/// A ticket's number, with or without the `#` of subjects.
pub(super) fn ticket(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    let number = digits.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "a ticket is named by its number, such as 12".to_owned())
}

/// An address.
pub(super) fn address(text: &str) -> Result<Address, String> {
    Address::parse(text).ok_or_else(|| "write an address such as anna@shop.example".to_owned())
}

/// An address, or `@` and a domain.
pub(super) fn customer(text: &str) -> Result<String, String> {
    let whole = match text.starts_with('@') {
        true => format!("anybody{text}"),
        false => text.to_owned(),
    };
    match Address::parse(&whole) {
        Some(_) if text.starts_with('@') => Ok(text.to_lowercase()),
        Some(who) => Ok(who.address),
        None => Err("write anna@shop.example, or @shop.example for everybody there".to_owned()),
    }
}

/// A day.
pub(super) fn date(text: &str) -> Result<Date, String> {
    Date::strptime("%Y-%m-%d", text).map_err(|_| "write a date such as 2026-01-31".to_owned())
}

/// A time to wait, of a minute or more.
pub(super) fn duration(text: &str) -> Result<SignedDuration, String> {
    let found = parse_duration(text).filter(|time| time.as_secs() >= 60);
    let found = found.and_then(|time| SignedDuration::try_from(time).ok());
    found.ok_or_else(|| "write a time such as 2d, 4h or 1d12h; a minute at least".to_owned())
}

/// A word on one line.
pub(super) fn word(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.contains(char::is_control) {
        true => Err("must be on one line".to_owned()),
        false => Ok(text.to_owned()),
    }
}

/// A reason, which must say something.
pub(super) fn why(text: &str) -> Result<String, String> {
    match word(text)? {
        text if text.is_empty() => Err("say why, in a few words".to_owned()),
        text => Ok(text),
    }
}

/// A tag to add (`+x` or `x`) or to take away (`-x`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Add(String),
    Remove(String),
}

/// Reads a tag of `--tag`.
pub(super) fn tag(text: &str) -> Result<Tag, String> {
    let text = text.trim();
    let (name, make): (&str, fn(String) -> Tag) = match text.strip_prefix('-') {
        Some(name) => (name, Tag::Remove),
        None => (text.strip_prefix('+').unwrap_or(text), Tag::Add),
    };
    match name.is_empty() || name.contains(|c: char| c.is_whitespace() || c.is_control()) {
        true => Err("write +tag to add one and -tag to take one away, without spaces".to_owned()),
        false => Ok(make(name.to_owned())),
    }
}

/// Words for a name that is not among the known ones, with the nearest or all of them.
pub(super) fn unknown(what: &str, name: &str, known: &[&str], remedy: &str) -> String {
    let near = hint(name, known);
    match (near.is_empty(), known.is_empty()) {
        (false, _) => format!("there is no {what} \"{name}\"{near}"),
        (true, false) => format!(
            "there is no {what} \"{name}\": there are {}",
            known.join(", ")
        ),
        (true, true) => format!("there is no {what} \"{name}\": {remedy}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_added_and_taken_away() {
        assert_eq!(tag("+vip"), Ok(Tag::Add("vip".to_owned())));
        assert_eq!(tag("vip"), Ok(Tag::Add("vip".to_owned())));
        assert_eq!(tag("-vip"), Ok(Tag::Remove("vip".to_owned())));
        for bad in ["", "+", "-", "two words", "a\nb"] {
            assert!(tag(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_ticket_is_named_as_in_subjects() {
        assert_eq!(ticket("#12"), Ok(12));
        assert_eq!(ticket("12"), Ok(12));
        for bad in ["", "#", "0", "-1", "12a", "99999999999999999999"] {
            assert!(ticket(bad).is_err(), "{bad:?}");
        }
    }
}
