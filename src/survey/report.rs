//! Satisfaction by agent, category, mailbox, language, period, or what it is about. Pure: the same
//! rows give the same report, to the last digit.
//!
//! # Which ratings a figure is made of
//!
//! A survey belongs to the agent who had the ticket when it was closed, and to the period it was
//! sent in. Its last answer counts; one that a manager set aside counts nowhere. Satisfied is an
//! answer of 4 or 5. By agent, an answer that the customer gave to the product or to the waiting
//! is told apart and is in none of the agent's figures: nobody's bonus hangs on those.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Serialize;

use super::{SurveyRow, interval::wilson};

/// What rows are put together by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Whose help is rated.
    Agent,
    /// The ticket's category.
    Category,
    /// The mailbox the ticket came into.
    Mailbox,
    /// The language of the survey.
    Language,
    /// The ISO 8601 week of asking, in desk time: `2026-W47`.
    Week,
    /// The month of asking, in desk time: `2026-11`.
    Month,
    /// What the customer says the answer is about.
    About,
}

impl By {
    /// All of them with the words of `--by`.
    pub const WORDS: [(&'static str, By); 7] = [
        ("agent", By::Agent),
        ("category", By::Category),
        ("mailbox", By::Mailbox),
        ("language", By::Language),
        ("week", By::Week),
        ("month", By::Month),
        ("about", By::About),
    ];

    /// The grouping of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        let found = Self::WORDS.into_iter().find(|(w, _)| *w == word);
        found.map(|(_, by)| by)
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        let found = Self::WORDS.into_iter().find(|(_, by)| *by == self);
        found.map_or("", |(word, _)| word)
    }

    /// Whether the figures of this grouping are made of such an answer.
    fn counts(self, subject: Subject) -> bool {
        let is_of_the_person = matches!(subject, Subject::Agent | Subject::Unsaid);
        self != By::Agent || is_of_the_person
    }
}

/// One line of a report.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Group {
    /// The agent, category, mailbox, language or period; empty for rows that have none. By what
    /// it is about: `agent`, `product`, `waiting`, `unsaid`, and `unanswered`.
    pub key: String,
    /// Surveys sent, without those set aside.
    pub asked: u64,
    /// Surveys with an answer, whatever it is about.
    pub answered: u64,
    /// `answered / asked`, 0 to 1; `None` when nobody was asked, and by what it is about, which
    /// is known of answers alone.
    pub response_rate: Option<f64>,
    /// Answers that the figures below are made of: by agent those about the agent or about
    /// nothing named, else all.
    pub counted: u64,
    /// Answers of 4 and 5 among those counted.
    pub satisfied: u64,
    /// `100 * satisfied / counted`; `None`, like all that follows, when none counts.
    pub percent_satisfied: Option<f64>,
    /// The mean of the counted answers, 1 to 5.
    pub mean: Option<f64>,
    /// Lower end of the 95 % Wilson interval of `percent_satisfied`.
    pub low: Option<f64>,
    /// Upper end of it.
    pub high: Option<f64>,
    /// How many counted answers were 1, 2, 3, 4 and 5.
    pub scores: [u64; 5],
    /// All answers, by what customers say they are about.
    pub about: About,
    /// Surveys that a manager set aside: they are in none of the counts above.
    pub excluded: u64,
}

/// The answers of a group, apart by what they are about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct About {
    /// The person who helped.
    pub agent: Part,
    /// The product.
    pub product: Part,
    /// The waiting.
    pub waiting: Part,
    /// The customer did not say.
    pub unsaid: Part,
}

/// Counts of answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Answers.
    pub answered: u64,
    /// Those of 4 and 5.
    pub satisfied: u64,
}

/// What an answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Agent,
    Product,
    Waiting,
    Unsaid,
}

impl Subject {
    pub(super) fn of(row: &SurveyRow) -> Self {
        match row.about.as_str() {
            "agent" => Subject::Agent,
            "product" => Subject::Product,
            "waiting" => Subject::Waiting,
            _ => Subject::Unsaid,
        }
    }
}

/// The last answer, if it is one.
pub(super) fn answer(row: &SurveyRow) -> Option<u8> {
    row.score.filter(|score| (1..=5).contains(score))
}

#[derive(Default)]
struct Tally {
    asked: u64,
    answered: u64,
    scores: [u64; 5],
    about: About,
    excluded: u64,
}

/// The report, in the order of its keys. A period is that of asking, so that a week's response
/// rate compares those asked with those of them who answered.
pub fn report<'a>(
    rows: impl IntoIterator<Item = &'a SurveyRow>,
    by: By,
    timezone: &TimeZone,
) -> Vec<Group> {
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for row in rows {
        let tally = tallies.entry(key(row, by, timezone)).or_default();
        tally.add(row, by);
    }
    tallies
        .into_iter()
        .map(|(key, tally)| tally.group(key, by))
        .collect()
}

/// All rows as one group, counted as in the report `by`, under the key `total`.
pub fn total<'a>(rows: impl IntoIterator<Item = &'a SurveyRow>, by: By) -> Group {
    let mut tally = Tally::default();
    rows.into_iter().for_each(|row| tally.add(row, by));
    tally.group("total".to_owned(), by)
}

/// The first moment of a day; `None` for one at the very ends of the calendar. A span of days
/// ends before the day after its last.
pub fn start_of(day: Date, timezone: &TimeZone) -> Option<Timestamp> {
    let start = day.to_zoned(timezone.clone()).ok()?;
    Some(start.timestamp())
}

impl Tally {
    fn add(&mut self, row: &SurveyRow, by: By) {
        if row.excluded {
            self.excluded += 1;
            return;
        }
        self.asked += 1;
        let Some(score) = answer(row) else {
            return;
        };
        self.answered += 1;
        let subject = Subject::of(row);
        let part = match subject {
            Subject::Agent => &mut self.about.agent,
            Subject::Product => &mut self.about.product,
            Subject::Waiting => &mut self.about.waiting,
            Subject::Unsaid => &mut self.about.unsaid,
        };
        part.answered += 1;
        part.satisfied += u64::from(score >= 4);
        let place = self.scores.get_mut(usize::from(score - 1));
        if let Some(count) = place.filter(|_| by.counts(subject)) {
            *count += 1;
        }
    }

    fn group(self, key: String, by: By) -> Group {
        let [ones, twos, threes, fours, fives] = self.scores;
        let satisfied = fours + fives;
        let counted = ones + twos + threes + satisfied;
        let sum = ones + 2 * twos + 3 * threes + 4 * fours + 5 * fives;
        let ratio = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        let response_rate = ratio(self.answered, self.asked).filter(|_| by != By::About);
        let interval = wilson(satisfied, counted);
        Group {
            key,
            asked: self.asked,
            answered: self.answered,
            response_rate,
            counted,
            satisfied,
            percent_satisfied: ratio(100 * satisfied, counted),
            mean: ratio(sum, counted),
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
            scores: self.scores,
            about: self.about,
            excluded: self.excluded,
        }
    }
}

fn key(row: &SurveyRow, by: By, timezone: &TimeZone) -> String {
    let day = || timezone.to_datetime(row.asked_at).date();
    match by {
        By::Agent => row.agent.clone(),
        By::Category => row.category.clone(),
        By::Mailbox => row.mailbox.clone(),
        By::Language => row.language.code().to_owned(),
        By::Week => {
            let week = day().iso_week_date();
            format!("{:04}-W{:02}", week.year(), week.week())
        }
        By::Month => format!("{:04}-{:02}", day().year(), day().month()),
        By::About => about(row).to_owned(),
    }
}

fn about(row: &SurveyRow) -> &'static str {
    match (answer(row), Subject::of(row)) {
        (None, _) => "unanswered",
        (_, Subject::Agent) => "agent",
        (_, Subject::Product) => "product",
        (_, Subject::Waiting) => "waiting",
        (_, Subject::Unsaid) => "unsaid",
    }
}
