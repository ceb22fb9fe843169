//! Asking customers how it went, and what they said.

pub mod csv;
pub mod explain;
pub mod interval;
pub mod own;
pub mod rating;
pub mod report;
pub mod visitors;

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    address::{self, Address},
    language::Language,
};

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
    #[serde(serialize_with = "address::alone")]
    pub recipient: Address,
    /// When.
    pub asked_at: Timestamp,
    /// The last answer, 1 to 5; `None` when there is none.
    pub score: Option<u8>,
    /// What the answer is about: `agent`, `product`, `waiting`, or empty when not said.
    pub about: String,
    /// What the customer added.
    pub comment: String,
    /// When the last answer came.
    pub answered_at: Option<Timestamp>,
    /// Set aside by a manager: it is in no report.
    pub excluded: bool,
    /// Why, on record; empty when it is not.
    pub excluded_why: String,
}
