//! The very ratings behind an agent's percentage, each with why it counts or does not.

use jiff::Timestamp;
use serde::Serialize;

use super::{
    SurveyRow,
    report::{Subject, answer},
};

/// One survey of an agent, and what it does to the percentage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// The survey.
    pub survey: i64,
    /// The ticket it is about.
    pub ticket: i64,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// When the last answer came.
    pub answered_at: Option<Timestamp>,
    /// The last answer, 1 to 5.
    pub score: Option<u8>,
    /// What it is about: `agent`, `product`, `waiting`, or empty when not said.
    pub about: String,
    /// Whether the percentage is made of it.
    pub counted: bool,
    /// Whether it is a 4 or 5 that counts.
    pub satisfied: bool,
    /// Why it counts or does not, in words.
    pub why: String,
}

/// All surveys of an agent (as in [`SurveyRow::agent`]), in the order of the rows. Those counted
/// are the very ones of the line that [`report`](super::report::report) by agent has for them.
pub fn explain<'a>(rows: impl IntoIterator<Item = &'a SurveyRow>, agent: &str) -> Vec<Explained> {
    let of_agent = rows.into_iter().filter(|row| row.agent == agent);
    of_agent.map(explained).collect()
}

fn explained(row: &SurveyRow) -> Explained {
    let score = answer(row);
    let (counted, why) = match (row.excluded, score, Subject::of(row)) {
        (true, _, _) if row.excluded_why.is_empty() => (false, "set aside".to_owned()),
        (true, _, _) => (false, format!("set aside: {}", row.excluded_why)),
        (_, None, _) => (false, "not answered".to_owned()),
        (_, _, Subject::Product) => (false, "about the product".to_owned()),
        (_, _, Subject::Waiting) => (false, "about the waiting".to_owned()),
        (_, _, Subject::Agent) => (true, "about the agent".to_owned()),
        (_, _, Subject::Unsaid) => (true, "not said what about".to_owned()),
    };
    Explained {
        survey: row.id,
        ticket: row.ticket,
        asked_at: row.asked_at,
        answered_at: row.answered_at,
        score,
        about: row.about.clone(),
        counted,
        satisfied: counted && score.is_some_and(|score| score >= 4),
        why,
    }
}
