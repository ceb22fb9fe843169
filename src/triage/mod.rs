//! DECIDE: facts, rules, and what we know of sender and ticket, to one decision. Pure.

mod compile;
mod condition;
pub mod disposition;
mod facts;
mod fields;
pub mod hints;
mod lint;
mod load;
mod misspelt;
mod pack;
mod patterns;
mod phrases;
mod rating;
mod rules;
mod selftest;
mod slips;
#[cfg(test)]
mod tests;
pub mod why;
mod words;

use std::path::Path;

use serde::Serialize;

pub use self::{
    facts::{Facts, Past},
    pack::BUILTIN,
    rating::{Given, comment_as_mail},
    rules::{Event, Explained, RuleSummary, Ruleset},
    selftest::TestOutcome,
};
use crate::ticket::{Priority, Status};

/// What the rules say about a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Triage {
    /// The priority for the ticket; `None` when no rule speaks of it.
    pub priority: Option<Priority>,
    /// The category; `None` when no rule speaks of it.
    pub category: Option<String>,
    /// Tags to add, in order, without repetition.
    pub tags: Vec<String>,
    /// Tags to take away.
    pub untags: Vec<String>,
    /// The group to hand it to.
    pub group: Option<String>,
    /// The agent, or `round_robin`, or `least_busy`.
    pub assign: Option<String>,
    /// The status to set.
    pub status: Option<Status>,
    /// Addresses and groups to notify.
    pub notify: Vec<String>,
    /// A template to answer with.
    pub reply: Option<String>,
    /// Send no acknowledgement.
    pub no_acknowledge: bool,
    /// File the mail without a ticket.
    pub ignore: bool,
    /// Put the mail into quarantine.
    pub quarantine: bool,
    /// The rules that matched, in order.
    pub matched: Vec<Matched>,
}

/// A rule that matched, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Matched {
    /// The rule's id.
    pub rule: String,
    /// The file, as the user named it.
    pub file: String,
    /// The line of its `[[rule]]`.
    pub line: usize,
    /// The state of that file: the first 12 hex digits of the SHA-256 of its text, as `sha256sum`
    /// tells it.
    pub version: String,
    /// What it set, in words: `priority high; category import`.
    pub then: String,
    /// The places that made it match.
    pub because: Vec<Because>,
}

impl Matched {
    /// For a ticket's history: where it matched, what it set, and which rule in which state of
    /// its file that was, so that it can be told when the files are others.
    pub fn told(&self) -> String {
        let because = self.because.iter();
        let mut parts: Vec<String> = because
            .map(|because| format!("{}: {}", because.field, because.excerpt))
            .collect();
        if !self.then.is_empty() {
            parts.push(format!("so: {}", self.then));
        }
        let file = Path::new(&self.file).file_name();
        let file = file.map_or(self.file.as_str().into(), |name| name.to_string_lossy());
        let home = format!("({file}:{}, version {})", self.line, self.version);
        format!("{} {home}", parts.join("; "))
            .trim_start()
            .to_owned()
    }
}

/// A place in the mail that made a condition true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Because {
    /// The field looked at.
    pub field: String,
    /// The words found, with a little of what stands around them.
    pub excerpt: String,
}
