//! Whether customers would recommend us: a question from 0 to 10, asked of a customer now and then
//! and never about a case (Reichheld, "The One Number You Need to Grow", Harvard Business Review,
//! December 2003).
//!
//! It is no satisfaction: nothing here is counted there, and nothing of there is counted here.

pub mod csv;
pub mod interval;
pub mod policy;
pub mod report;

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    address::{self, Address},
    language::Language,
};

/// The answers that can be given.
pub const SCALE: std::ops::RangeInclusive<u8> = 0..=10;

/// One question as lists and reports see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NpsRow {
    /// The question.
    pub id: i64,
    /// Who was asked.
    #[serde(serialize_with = "address::alone")]
    pub recipient: Address,
    /// The language it was asked in.
    pub language: Language,
    /// The mailbox that the customer's last ticket came into.
    pub mailbox: String,
    /// When it left.
    pub asked_at: Timestamp,
    /// The last answer, 0 to 10; `None` when there is none.
    pub score: Option<u8>,
    /// What the customer added.
    pub comment: String,
    /// When the last answer came.
    pub answered_at: Option<Timestamp>,
}
