//! Kinds of values that more than one table has.

use std::{ops::RangeInclusive, time::Duration};

use toml::de::DeValue;

use crate::{address::Address, toml_reader::Table};

/// Whether a key says something: present, and not the empty string that stands for "none".
pub(super) fn is_given(table: &Table<'_, '_>, key: &str) -> bool {
    table
        .get(key)
        .is_some_and(|value| !matches!(value.get_ref(), DeValue::String(text) if text.is_empty()))
}

/// Text that ends up in headers and logs: one line, no control characters.
pub(super) fn line(table: &Table<'_, '_>, key: &str, default: &str) -> String {
    let text = table.string(key, default);
    refuse_controls(table, key, &text);
    text
}

/// Like [`line`], and must be there.
pub(super) fn required_line(table: &Table<'_, '_>, key: &str, example: &str) -> String {
    let text = table.required_string(key, example);
    refuse_controls(table, key, &text);
    text
}

fn refuse_controls(table: &Table<'_, '_>, key: &str, text: &str) {
    if text.chars().any(char::is_control) {
        table.fault(key, "must be one line without control characters");
    }
}

/// A bare address that must be there. ASCII alone: not every server on the way takes more
/// (RFC 6531 is an extension).
pub(super) fn required_address(table: &Table<'_, '_>, key: &str, example: &str) -> Address {
    let text = table.required_string(key, example);
    if text.is_empty() {
        return Address::default();
    }
    match Address::parse(&text) {
        None => table.fault(key, format!("must be an address such as \"{example}\"")),
        Some(address) if address.address != text => table.fault(
            key,
            format!(
                "must be the address alone, without a name: write \"{}\"",
                address.address
            ),
        ),
        Some(address) if !address.address.is_ascii() => table.fault(
            key,
            "must be in ASCII: write an international domain in its xn-- form",
        ),
        Some(address) => return address,
    }
    Address::default()
}

/// A duration within bounds.
pub(super) fn duration(
    table: &Table<'_, '_>,
    key: &str,
    default: Duration,
    bounds: RangeInclusive<Duration>,
) -> Duration {
    let found = table.duration(key, default);
    if !bounds.contains(&found) {
        let (low, high) = (show(*bounds.start()), show(*bounds.end()));
        table.fault(key, format!("must be from {low} to {high}"));
    }
    found
}

fn show(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds > 0 && seconds % 86_400 == 0 => format!("{}d", seconds / 86_400),
        seconds if seconds > 0 && seconds % 3_600 == 0 => format!("{}h", seconds / 3_600),
        seconds if seconds > 0 && seconds % 60 == 0 => format!("{}m", seconds / 60),
        seconds => format!("{seconds}s"),
    }
}

/// Refuses items that are empty, or hold white space or control characters.
pub(super) fn refuse_empty_items(table: &Table<'_, '_>, key: &str, items: &[String]) {
    let is_odd = |c: char| c.is_whitespace() || c.is_control();
    if items
        .iter()
        .any(|item| item.is_empty() || item.contains(is_odd))
    {
        table.fault(key, "must hold words that are not empty and have no spaces");
    }
}
