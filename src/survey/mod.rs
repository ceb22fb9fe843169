//! Asking customers how it went, and what they said.

pub mod csv;
pub mod explain;
pub mod interval;
pub mod own;
pub mod rating;
pub mod report;
pub mod visitors;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::{address::Address, language::Language};

/// One survey as lists and reports see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SurveyRow {
    /// The survey.
    pub id: i64,
    /// The ticket it is about.
    pub ticket: i64,
    /// Whose help is rated: the assignee at closing, else who answered last; empty when nobody.
    pub agent: String,
    /// The ticket's category; empty when none.
    pub category: String,
    /// The mailbox that the ticket came into.
    pub mailbox: String,
    /// The language it was asked in.
    pub language: Language,
    /// Who was asked.
    #[serde(serialize_with = "address_alone")]
    pub recipient: Address,
    /// When.
    #[serde(serialize_with = "time")]
    pub asked_at: Timestamp,
    /// The last answer, 1 to 5; `None` when there is none.
    pub score: Option<u8>,
    /// What the answer is about: `agent`, `product`, `waiting`, or empty when not said.
    pub about: String,
    /// What the customer added.
    pub comment: String,
    /// When the last answer came.
    #[serde(serialize_with = "time_if_any")]
    pub answered_at: Option<Timestamp>,
    /// Set aside by a manager: it is in no report.
    pub excluded: bool,
    /// Why, on record; empty when it is not.
    pub excluded_why: String,
}

fn address_alone<S: Serializer>(address: &Address, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&address.address)
}

fn time<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(at)
}

fn time_if_any<S: Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => to.collect_str(at),
        None => to.serialize_none(),
    }
}
