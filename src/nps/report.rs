//! The net promoter score by period, language or mailbox. Pure: the same rows give the same report.
//!
//! A question belongs to the period in which it left; its last answer counts, whenever it came.
//! Promoters answer 9 or 10, passives 7 or 8, detractors 0 to 6; the score is the share of promoters
//! less that of detractors, in percent, from -100 to 100.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::Serialize;

use super::{NpsRow, SCALE, interval::interval};

/// What rows are put together by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The month of asking, in desk time: `2026-11`.
    Month,
    /// The ISO 8601 week of asking, in desk time: `2026-W47`.
    Week,
    /// The language of the question.
    Language,
    /// The mailbox of the customer's last ticket.
    Mailbox,
}

impl By {
    /// All of them with the words of `--by`.
    pub const WORDS: [(&'static str, By); 4] = [
        ("month", By::Month),
        ("week", By::Week),
        ("language", By::Language),
        ("mailbox", By::Mailbox),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        let found = Self::WORDS.into_iter().find(|(_, by)| *by == self);
        found.map_or("", |(word, _)| word)
    }
}

/// One line of a report.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Group {
    /// The period, language or mailbox.
    pub key: String,
    /// Questions that left.
    pub asked: u64,
    /// Questions with an answer.
    pub answered: u64,
    /// `answered / asked`, 0 to 1; `None` when nobody was asked.
    pub response_rate: Option<f64>,
    /// Answers of 9 and 10.
    pub promoters: u64,
    /// Answers of 7 and 8.
    pub passives: u64,
    /// Answers of 0 to 6.
    pub detractors: u64,
    /// `100 * (promoters - detractors) / answered`; `None`, like what follows, without an answer.
    pub nps: Option<f64>,
    /// Lower end of the 95 % interval of `nps`: see [`interval`].
    pub low: Option<f64>,
    /// Upper end of it.
    pub high: Option<f64>,
    /// How many answers were 0, 1, ... 10.
    pub scores: [u64; 11],
}

#[derive(Default)]
struct Tally {
    asked: u64,
    scores: [u64; 11],
}

/// The report, in the order of its keys.
pub fn report<'a>(
    rows: impl IntoIterator<Item = &'a NpsRow>,
    by: By,
    timezone: &TimeZone,
) -> Vec<Group> {
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for row in rows {
        tallies.entry(key(row, by, timezone)).or_default().add(row);
    }
    let groups = tallies.into_iter();
    groups.map(|(key, tally)| tally.group(key)).collect()
}

/// All rows as one group, under the key `total`.
pub fn total<'a>(rows: impl IntoIterator<Item = &'a NpsRow>) -> Group {
    let mut tally = Tally::default();
    rows.into_iter().for_each(|row| tally.add(row));
    tally.group("total".to_owned())
}

impl Tally {
    fn add(&mut self, row: &NpsRow) {
        self.asked += 1;
        let score = row.score.filter(|score| SCALE.contains(score));
        if let Some(count) = score.and_then(|score| self.scores.get_mut(usize::from(score))) {
            *count += 1;
        }
    }

    fn group(self, key: String) -> Group {
        let of = |from: usize, to: usize| -> u64 {
            let counts = self.scores.iter().skip(from);
            counts.take(to + 1 - from).sum()
        };
        let (detractors, passives, promoters) = (of(0, 6), of(7, 8), of(9, 10));
        let answered = detractors + passives + promoters;
        let ratio = |part: f64, whole: u64| (whole > 0).then(|| part / whole as f64);
        let sure = interval(promoters, detractors, answered);
        Group {
            key,
            asked: self.asked,
            answered,
            response_rate: ratio(answered as f64, self.asked),
            promoters,
            passives,
            detractors,
            nps: ratio(100.0 * (promoters as f64 - detractors as f64), answered),
            low: sure.map(|(low, _)| low),
            high: sure.map(|(_, high)| high),
            scores: self.scores,
        }
    }
}

fn key(row: &NpsRow, by: By, timezone: &TimeZone) -> String {
    let day = || timezone.to_datetime(row.asked_at).date();
    match by {
        By::Month => format!("{:04}-{:02}", day().year(), day().month()),
        By::Week => {
            let week = day().iso_week_date();
            format!("{:04}-W{:02}", week.year(), week.week())
        }
        By::Language => row.language.code().to_owned(),
        By::Mailbox => row.mailbox.clone(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{address::Address, language::Language};

    fn row(asked_at: &str, score: Option<u8>) -> NpsRow {
        NpsRow {
            id: 1,
            recipient: Address::new("", "olga@shop.example"),
            language: Language::Ru,
            mailbox: "support".to_owned(),
            asked_at: asked_at.parse().unwrap(),
            score,
            comment: String::new(),
            answered_at: None,
        }
    }

    #[test]
    fn the_score_is_promoters_less_detractors() {
        let scores = [
            Some(10),
            Some(10),
            Some(9),
            Some(8),
            Some(7),
            Some(6),
            Some(0),
            None,
        ];
        let rows = scores.map(|score| row("2026-11-22T12:00:00Z", score));
        let all = total(&rows);
        assert_eq!((all.asked, all.answered), (8, 7));
        assert_eq!((all.promoters, all.passives, all.detractors), (3, 2, 2));
        assert_eq!(all.response_rate, Some(0.875));
        assert_eq!(all.nps, Some(100.0 / 7.0));
        assert_eq!(all.scores, [1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2]);
        let unanswered = total(&[row("2026-11-22T12:00:00Z", None)]);
        assert_eq!((unanswered.nps, unanswered.low), (None, None));
        assert_eq!(total(&[]).response_rate, None);
    }

    #[test]
    fn a_question_belongs_to_the_desks_month_of_asking() {
        let kyiv = TimeZone::get("Europe/Kyiv").unwrap();
        let rows = [
            row("2026-10-31T21:59:59Z", Some(10)),
            row("2026-10-31T22:00:00Z", Some(0)),
        ];
        let keys: Vec<(String, Option<f64>)> = report(&rows, By::Month, &kyiv)
            .into_iter()
            .map(|group| (group.key, group.nps))
            .collect();
        let expected = [("2026-10", 100.0), ("2026-11", -100.0)];
        assert_eq!(keys, expected.map(|(key, nps)| (key.to_owned(), Some(nps))));
        assert_eq!(
            report(&rows, By::Week, &kyiv)[0].key,
            "2026-W44",
            "both days are of one week"
        );
    }

    proptest! {
        #[test]
        fn the_parts_make_the_total(
            given in prop::collection::vec(
                (0..2_000_000_000_i64, prop::option::of(0..=10_u8), 0..3_usize, "[a-c]"),
                0..60,
            ),
        ) {
            let rows: Vec<NpsRow> = given
                .into_iter()
                .map(|(second, score, language, mailbox)| NpsRow {
                    asked_at: jiff::Timestamp::from_second(second).unwrap(),
                    language: Language::ALL[language],
                    mailbox,
                    ..row("2026-11-22T12:00:00Z", score)
                })
                .collect();
            let all = total(&rows);
            prop_assert_eq!(all.promoters + all.passives + all.detractors, all.answered);
            prop_assert_eq!(all.scores.iter().sum::<u64>(), all.answered);
            prop_assert!(all.nps.is_none_or(|nps| (-100.0..=100.0).contains(&nps)));
            for (_, by) in By::WORDS {
                let groups = report(&rows, by, &TimeZone::UTC);
                let sum = |of: fn(&Group) -> u64| groups.iter().map(of).sum::<u64>();
                prop_assert_eq!(sum(|g| g.asked), all.asked);
                prop_assert_eq!(sum(|g| g.answered), all.answered);
                prop_assert_eq!(sum(|g| g.promoters), all.promoters);
                prop_assert_eq!(sum(|g| g.passives), all.passives);
                prop_assert_eq!(sum(|g| g.detractors), all.detractors);
                let weighed: f64 = groups
                    .iter()
                    .filter_map(|g| Some(g.nps? * g.answered as f64))
                    .sum();
                let mean = all.nps.unwrap_or(0.0) * all.answered as f64;
                prop_assert!((weighed - mean).abs() < 1e-6);
                let mut keys: Vec<&String> = groups.iter().map(|g| &g.key).collect();
                keys.dedup();
                prop_assert!(keys.is_sorted() && keys.len() == groups.len());
            }
        }
    }
}
