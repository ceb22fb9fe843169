//! Reads TOML key by key and collects every fault with its line, so that an admin sees all of
//! them at once. Used by the config and by the rules.
//!
//! serde stops at the first fault, and toml's own messages echo the source line, which may hold
//! a password: hence this reader over toml's spanned values.

mod lines;
mod units;
mod words;

use std::{cell::RefCell, collections::BTreeSet, fmt, ops::RangeInclusive, time::Duration};

use serde::Serialize;
use toml::de::{DeTable, DeValue};

use lines::Lines;
use words::{article, is_secret, may_be_secret, quoted, show, without_index};

pub use units::{parse_duration, parse_size};
pub use words::hint;

/// One fault in a file: where, what was found, what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The file, as the user named it.
    pub file: String,
    /// The line, from 1; 0 when the fault is about the whole file.
    pub line: usize,
    /// The key with its path (`mailbox[0].port`); empty for a syntax fault.
    pub key: String,
    /// The value found, never that of a secret.
    pub value: String,
    /// The rule that was broken and what to do.
    pub problem: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
            if !self.value.is_empty() {
                write!(f, " = {}", self.value)?;
            }
        }
        write!(f, ": {}", self.problem)
    }
}

/// Faults as a terminal shows them: one a line, with no line end after the last.
#[derive(Clone, Copy, Debug)]
pub struct FaultList<'f>(pub &'f [Fault]);

impl fmt::Display for FaultList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let line_end = if index == 0 { "" } else { "\n" };
            write!(f, "{line_end}{fault}")?;
        }
        Ok(())
    }
}

struct Source<'s> {
    file: &'s str,
    lines: Lines,
    faults: RefCell<Vec<Fault>>,
    asked: RefCell<BTreeSet<String>>,
    empty: DeTable<'s>,
}

/// A TOML value with its place.
pub type Value<'s> = toml::Spanned<DeValue<'s>>;

/// One table of the file. Every key that was asked for is known; the rest is refused.
pub struct Table<'r, 's> {
    source: &'r Source<'s>,
    table: &'r DeTable<'s>,
    path: String,
    line: usize,
    known: RefCell<Vec<String>>,
}

/// Reads `text`; `read` asks for the keys. Returns what it made, and all faults in line order.
pub fn read<T>(file: &str, text: &str, read: impl FnOnce(&Table<'_, '_>) -> T) -> (T, Vec<Fault>) {
    let (made, faults, _) = read_asking(file, text, read);
    (made, faults)
}

/// Like [`read`], and the path of every key that was asked for, without the index of an array
/// (`mailbox.port`): for tests that hold a documented file equal to its reader.
pub fn read_asking<T>(
    file: &str,
    text: &str,
    read: impl FnOnce(&Table<'_, '_>) -> T,
) -> (T, Vec<Fault>, BTreeSet<String>) {
    let source = Source {
        file,
        lines: Lines::of(text),
        faults: RefCell::default(),
        asked: RefCell::default(),
        empty: DeTable::new(),
    };
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().map_or(0, |span| source.lines.at(span.start));
        source.faults.borrow_mut().push(Fault {
            file: file.to_owned(),
            line: at,
            key: String::new(),
            value: String::new(),
            problem: format!("not valid TOML: {}", error.message().replace('\n', " ")),
        });
    }
    let table = Table::new(&source, root.get_ref(), String::new(), 0);
    let made = read(&table);
    if errors.is_empty() {
        table.refuse_unknown();
    }
    let mut faults = source.faults.into_inner();
    if !errors.is_empty() {
        // after a syntax fault a missing key may stand in the part that was not understood
        faults.retain(|fault| fault.key.is_empty());
    }
    faults.sort_by_key(|fault| fault.line);
    (made, faults, source.asked.into_inner())
}

impl<'r, 's> Table<'r, 's> {
    fn new(source: &'r Source<'s>, table: &'r DeTable<'s>, path: String, line: usize) -> Self {
        Self {
            source,
            table,
            path,
            line,
            known: RefCell::default(),
        }
    }

    /// The line of the table's head, from 1; 0 for the file itself and for a table that is not
    /// there.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The raw value of a key, with its place; marks the key as known.
    pub fn get(&self, key: &str) -> Option<&'r Value<'s>> {
        let mut known = self.known.borrow_mut();
        if !known.iter().any(|k| k == key) {
            known.push(key.to_owned());
            let path = without_index(&self.key_path(key));
            self.source.asked.borrow_mut().insert(path);
        }
        self.table
            .iter()
            .find(|(k, _)| k.get_ref() == key)
            .map(|(_, value)| value)
    }

    /// The keys of this table with their lines; marks them all as known. For tables whose keys
    /// are names that the admin chose.
    pub fn entries(&self) -> Vec<(String, &'r Value<'s>)> {
        let entries: Vec<_> = self
            .table
            .iter()
            .map(|(k, v)| (k.get_ref().to_string(), v))
            .collect();
        *self.known.borrow_mut() = entries.iter().map(|(k, _)| k.clone()).collect();
        entries
    }

    /// Reports a fault at a key of this table; the value is shown unless the key is a secret's.
    pub fn fault(&self, key: &str, problem: impl Into<String>) {
        let found = self
            .table
            .iter()
            .find(|(k, _)| k.get_ref() == key)
            .map(|(_, v)| v);
        let line = found.map_or(self.line, |value| self.line_of(value));
        let value = found
            .filter(|_| !is_secret(key))
            .map(show)
            .unwrap_or_default();
        self.push(line, self.key_path(key), value, problem.into());
    }

    /// Reports a fault at a value found inside this table (an element of an array, say).
    pub fn fault_at(&self, key: &str, value: &Value<'s>, problem: impl Into<String>) {
        self.push(
            self.line_of(value),
            self.key_path(key),
            show(value),
            problem.into(),
        );
    }

    /// The line of a value, from 1.
    pub fn line_of(&self, value: &Value<'s>) -> usize {
        self.source.lines.at(value.span().start)
    }

    /// A string, or `default` where the key is absent.
    pub fn string(&self, key: &str, default: &str) -> String {
        self.optional_string(key)
            .unwrap_or_else(|| default.to_owned())
    }

    /// A string where the key is present.
    pub fn optional_string(&self, key: &str) -> Option<String> {
        let value = self.get(key)?;
        match value.get_ref().as_str() {
            Some(text) => Some(text.to_owned()),
            None => self.wrong_type(key, value, "a string in quotes"),
        }
    }

    /// A string that must be there and not be empty.
    pub fn required_string(&self, key: &str, example: &str) -> String {
        let text = self.optional_string(key);
        if text.as_deref().unwrap_or_default().is_empty() && !self.is_wrong_type(key) {
            self.fault(
                key,
                format!("is required: write for example {key} = \"{example}\""),
            );
        }
        text.unwrap_or_default()
    }

    /// `true` or `false`.
    pub fn boolean(&self, key: &str, default: bool) -> bool {
        let Some(value) = self.get(key) else {
            return default;
        };
        match value.get_ref().as_bool() {
            Some(flag) => flag,
            None => self
                .wrong_type(key, value, "true or false")
                .unwrap_or(default),
        }
    }

    /// A whole number within bounds.
    pub fn integer(&self, key: &str, default: i64, bounds: RangeInclusive<i64>) -> i64 {
        self.optional_integer(key, bounds).unwrap_or(default)
    }

    /// A whole number within bounds where the key is present.
    pub fn optional_integer(&self, key: &str, bounds: RangeInclusive<i64>) -> Option<i64> {
        let value = self.get(key)?;
        let (low, high) = (bounds.start(), bounds.end());
        let Some(number) = value.get_ref().as_integer() else {
            return self.wrong_type(key, value, &format!("a whole number from {low} to {high}"));
        };
        let parsed = i64::from_str_radix(number.as_str(), number.radix()).ok();
        let within = parsed.filter(|n| bounds.contains(n));
        if within.is_none() {
            self.fault(key, format!("must be from {low} to {high}"));
        }
        within
    }

    /// A number with or without a fraction, where the key is present.
    pub fn optional_number(&self, key: &str) -> Option<f64> {
        let value = self.get(key)?;
        let text = match value.get_ref() {
            DeValue::Integer(number) => number.as_str().to_owned(),
            DeValue::Float(number) => number.as_str().to_owned(),
            _ => return self.wrong_type(key, value, "a number"),
        };
        text.parse().ok()
    }

    /// One of a closed list of words.
    pub fn choice<T: Copy>(&self, key: &str, choices: &[(&str, T)], default: T) -> T {
        self.optional_choice(key, choices).unwrap_or(default)
    }

    /// One of a closed list of words where the key is present.
    pub fn optional_choice<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.optional_string(key)?;
        let found = choices
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            self.fault(
                key,
                format!("must be one of {}{}", quoted(&words), hint(&text, &words)),
            );
        }
        found
    }

    /// A duration like `"20m"`: a number and `ms`, `s`, `m`, `h` or `d`; parts may follow each
    /// other (`"1h30m"`).
    pub fn duration(&self, key: &str, default: Duration) -> Duration {
        let wanted = "must be a duration in quotes such as \"30s\", \"20m\", \"1h30m\" or \"14d\"";
        self.quantity(key, default, parse_duration, wanted)
    }

    /// A size in bytes like `"25MiB"` (also `kB`, `KiB`, `MB`, `GB`, `GiB`, or bytes alone).
    pub fn size(&self, key: &str, default: u64) -> u64 {
        let wanted = "must be a size in quotes such as \"512KiB\" or \"25MiB\"";
        self.quantity(key, default, parse_size, wanted)
    }

    fn quantity<T>(
        &self,
        key: &str,
        default: T,
        parse: impl Fn(&str) -> Option<T>,
        wanted: &str,
    ) -> T {
        let Some(value) = self.get(key) else {
            return default;
        };
        value.get_ref().as_str().and_then(parse).unwrap_or_else(|| {
            self.fault(key, wanted);
            default
        })
    }

    /// An array of strings; one string alone is taken as an array of one.
    pub fn strings(&self, key: &str) -> Vec<String> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        if let Some(text) = value.get_ref().as_str() {
            return vec![text.to_owned()];
        }
        let Some(items) = value.get_ref().as_array() else {
            return self
                .wrong_type(key, value, "an array of strings")
                .unwrap_or_default();
        };
        let mut texts = Vec::new();
        for item in items.iter() {
            match item.get_ref().as_str() {
                Some(text) => texts.push(text.to_owned()),
                None => self.fault_at(key, item, "must be a string in quotes"),
            }
        }
        texts
    }

    /// A sub-table where present; its unknown keys are refused after `read`.
    pub fn table<T>(&self, key: &str, read: impl FnOnce(&Table<'r, 's>) -> T) -> Option<T> {
        let value = self.get(key)?;
        match self.as_table(key, value) {
            Some(table) => {
                let made = read(&table);
                table.refuse_unknown();
                Some(made)
            }
            None => self.wrong_type(
                key,
                value,
                &format!("a table: write [{}]", self.key_path(key)),
            ),
        }
    }

    /// A sub-table, read as an empty one where it is absent, so that its defaults and its
    /// required keys are said in one place.
    pub fn table_or_empty<T>(&self, key: &str, read: impl Fn(&Table<'r, 's>) -> T) -> T {
        self.table(key, &read).unwrap_or_else(|| {
            let path = self.key_path(key);
            let is_wrong_type = self.get(key).is_some();
            let empty = Table::new(self.source, &self.source.empty, path, 0);
            let before = self.source.faults.borrow().len();
            let made = read(&empty);
            if is_wrong_type {
                // said already; that its keys are missing too is noise
                self.source.faults.borrow_mut().truncate(before);
            }
            made
        })
    }

    /// An array of tables (`[[key]]`).
    pub fn tables<T>(&self, key: &str, mut read: impl FnMut(&Table<'r, 's>) -> T) -> Vec<T> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let Some(items) = value.get_ref().as_array() else {
            let expected = format!("an array of tables: write [[{}]]", self.key_path(key));
            return self.wrong_type(key, value, &expected).unwrap_or_default();
        };
        let mut made = Vec::new();
        for (index, item) in items.iter().enumerate() {
            match self.as_table(&format!("{key}[{index}]"), item) {
                Some(table) => {
                    made.push(read(&table));
                    table.refuse_unknown();
                }
                None => self.fault_at(key, item, format!("must be a table: write [[{key}]]")),
            }
        }
        made
    }

    /// A value seen as a table (an inline one, say), under a path for messages. The caller ends
    /// with [`Table::refuse_unknown`].
    pub fn as_table(&self, key: &str, value: &'r Value<'s>) -> Option<Table<'r, 's>> {
        let table = value.get_ref().as_table()?;
        Some(Table::new(
            self.source,
            table,
            self.key_path(key),
            self.line_of(value),
        ))
    }

    /// Reports every key that nobody asked for, with the nearest known one.
    pub fn refuse_unknown(&self) {
        let known = self.known.borrow();
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        for (key, value) in self.table.iter() {
            let name: &str = key.get_ref();
            if names.contains(&name) {
                continue;
            }
            let line = self.source.lines.at(key.span().start);
            let known = if names.len() <= 8 {
                format!("; known: {}", quoted(&names))
            } else {
                String::new()
            };
            let shown = if may_be_secret(name) {
                String::new()
            } else {
                show(value)
            };
            let problem = format!("unknown key{}{known}", hint(name, &names));
            self.push(line, self.key_path(name), shown, problem);
        }
    }

    fn key_path(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    fn is_wrong_type(&self, key: &str) -> bool {
        self.table
            .iter()
            .any(|(k, v)| k.get_ref() == key && !v.get_ref().is_str())
    }

    fn wrong_type<T>(&self, key: &str, value: &Value<'s>, expected: &str) -> Option<T> {
        let found = value.get_ref().type_str();
        self.fault(key, format!("must be {expected}, found {}", article(found)));
        None
    }

    fn push(&self, line: usize, key: String, value: String, problem: String) {
        let file = self.source.file.to_owned();
        self.source.faults.borrow_mut().push(Fault {
            file,
            line,
            key,
            value,
            problem,
        });
    }
}

#[cfg(test)]
mod tests;
