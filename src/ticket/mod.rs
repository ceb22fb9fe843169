//! WHAT A TICKET IS: status, priority, the moves that are allowed. Pure.

use serde::Serialize;

pub mod commands;
mod hours;
pub mod survey_policy;

/// Who has to act.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// We owe an answer.
    #[default]
    Open,
    /// The customer owes one.
    Pending,
    /// Done.
    Closed,
}

impl Status {
    /// All of them with their words.
    pub const WORDS: [(&'static str, Status); 3] = [
        ("open", Status::Open),
        ("pending", Status::Pending),
        ("closed", Status::Closed),
    ];

    /// The word of config, JSON and store.
    pub fn word(self) -> &'static str {
        word_in(&Self::WORDS, self)
    }

    /// The status of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        value_in(&Self::WORDS, word)
    }
}

/// How urgent it is; ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// Can wait.
    Low,
    /// The ordinary.
    #[default]
    Normal,
    /// A failure of what the customer lives by.
    High,
    /// An outage.
    Urgent,
}

impl Priority {
    /// All of them with their words.
    pub const WORDS: [(&'static str, Priority); 4] = [
        ("low", Priority::Low),
        ("normal", Priority::Normal),
        ("high", Priority::High),
        ("urgent", Priority::Urgent),
    ];

    /// The word of config, JSON and store.
    pub fn word(self) -> &'static str {
        word_in(&Self::WORDS, self)
    }

    /// The priority of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        value_in(&Self::WORDS, word)
    }
}

/// What rules may know of a ticket that a mail belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TicketFacts {
    /// Its number, from 1.
    pub number: i64,
    /// Who has to act.
    pub status: Status,
    /// How urgent it is.
    pub priority: Priority,
    /// Its category; empty when none.
    pub category: String,
    /// Its tags, sorted.
    pub tags: Vec<String>,
}

fn word_in<T: PartialEq>(words: &[(&'static str, T)], value: T) -> &'static str {
    words
        .iter()
        .find(|(_, v)| *v == value)
        .map_or("", |(word, _)| word)
}

fn value_in<T: Copy>(words: &[(&'static str, T)], word: &str) -> Option<T> {
    words
        .iter()
        .find(|(w, _)| *w == word)
        .map(|(_, value)| *value)
}
