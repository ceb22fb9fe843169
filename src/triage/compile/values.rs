//! What stands in a rule file: strings with their places, and what else a condition may ask for.

use super::OPERATORS;
use crate::{
    toml_reader::{Table, Value},
    triage::{
        condition::Wanted,
        phrases::{BadPhrase, LONGEST_PHRASE, SHORTEST_PREFIX, SHORTEST_SUFFIX},
        words::fold,
    },
};

pub(super) type Item<'r, 's> = (String, &'r Value<'s>);

/// The strings of a value with their places.
pub(super) fn items<'r, 's>(value: &'r Value<'s>) -> Vec<Item<'r, 's>> {
    let text = |value: &'r Value<'s>| Some((value.get_ref().as_str()?.to_owned(), value));
    match value.get_ref().as_array() {
        Some(array) => array.iter().filter_map(text).collect(),
        None => text(value).into_iter().collect(),
    }
}

/// The strings of a key with their places; what is not a string is reported.
pub(super) fn strings<'r, 's>(table: &Table<'r, 's>, key: &str) -> Vec<Item<'r, 's>> {
    let _ = table.strings(key);
    table.get(key).map(items).unwrap_or_default()
}

pub(super) fn quoted(items: &[Item<'_, '_>]) -> String {
    let shown: Vec<String> = items.iter().map(|(text, _)| format!("{text:?}")).collect();
    match shown.len() {
        1 => shown.concat(),
        _ => format!("[{}]", shown.join(", ")),
    }
}

pub(super) fn refuse_empty(table: &Table<'_, '_>, key: &str) {
    let Some(value) = table.get(key) else { return };
    let mut inner: Vec<&Value<'_>> = vec![value];
    inner.extend(
        value
            .get_ref()
            .as_array()
            .into_iter()
            .flat_map(|array| array.iter()),
    );
    for value in inner {
        if value
            .get_ref()
            .as_table()
            .is_some_and(|table| table.is_empty())
        {
            table.fault_at(key, value, format!("says nothing: add {OPERATORS}"));
        }
    }
}

pub(super) fn wanted(table: &Table<'_, '_>, value: &Value<'_>) -> (Vec<Wanted>, String) {
    let one = |value: &Value<'_>| -> Option<(Wanted, String)> {
        let inner = value.get_ref();
        if let Some(text) = inner.as_str() {
            return Some((Wanted::Text(fold(text)), format!("{text:?}")));
        }
        if let Some(flag) = inner.as_bool() {
            return Some((Wanted::Text(flag.to_string()), flag.to_string()));
        }
        let number = inner.as_integer().map(|number| number.as_str().to_owned());
        let number =
            number.or_else(|| inner.as_float().map(|number| number.as_str().to_owned()))?;
        Some((Wanted::Number(number.parse().ok()?), number))
    };
    let values: Vec<&Value<'_>> = match value.get_ref().as_array() {
        Some(array) => array.iter().collect(),
        None => vec![value],
    };
    let mut wanted = Vec::new();
    let mut shown = Vec::new();
    for value in values {
        match one(value) {
            Some((want, show)) => {
                wanted.push(want);
                shown.push(show);
            }
            None => table.fault_at("equals", value, "must be a string, a number, true or false"),
        }
    }
    (wanted, shown.join(" or "))
}

pub(super) fn problem(bad: BadPhrase) -> String {
    match bad {
        BadPhrase::Empty => "has no word in it".to_owned(),
        BadPhrase::TooLong => {
            format!("is longer than {LONGEST_PHRASE} words: use near for words further apart")
        }
        BadPhrase::ShortPrefix => {
            format!("needs at least {SHORTEST_PREFIX} letters before the *")
        }
        BadPhrase::ShortSuffix => {
            format!("needs at least {SHORTEST_SUFFIX} letters after the *")
        }
    }
}
