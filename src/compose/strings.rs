//! The words of one language that templates share: `strings.toml`.

use std::collections::BTreeMap;

use minijinja::Value;

use crate::toml_reader::{self, Fault};

/// Words by key, as templates see them under `t`.
#[derive(Clone, Debug, Default)]
pub(super) struct Strings(BTreeMap<String, String>);

impl Strings {
    /// The built-in words.
    pub(super) fn built_in(text: &str) -> (Self, Vec<Fault>) {
        let (words, faults) = toml_reader::read("strings.toml", text, |table| {
            let keys = table.entries().into_iter().map(|(key, _)| key);
            keys.map(|key| (key.clone(), table.string(&key, "")))
                .collect()
        });
        (Self(words), faults)
    }

    /// These words, with those that an admin's file gives in their place. An unknown key is a
    /// fault.
    pub(super) fn overridden(&self, file: &str, text: &str) -> (Self, Vec<Fault>) {
        let (words, faults) = toml_reader::read(file, text, |table| {
            let ours = self.0.iter();
            ours.map(|(key, word)| (key.clone(), table.string(key, word)))
                .collect()
        });
        (Self(words), faults)
    }

    /// A word; every key that the code asks for is in the built-in files (tested).
    pub(super) fn get(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn value(&self) -> Value {
        Value::from_pairs(self.0.iter().map(|(k, v)| (k.as_str(), v.as_str())))
    }
}
