//! What agents see of their own results: figures of enough answers, and never who said what.
//!
//! Who watches a percentage each day learns what the last customer said. So a span ends with the
//! last whole week and cannot be chosen, nothing is shown before there are enough answers, and
//! words stand in the order of the alphabet, without ticket, day or score.

use jiff::{
    ToSpan as _,
    civil::{Date, Weekday},
};

use super::{
    SurveyRow,
    explain::explain,
    report::{By, Group, total},
};

/// How many weeks the span has.
const WEEKS: i64 = 13;

/// What an agent sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Own {
    /// The figures, as in the report by agent.
    pub figures: Group,
    /// What customers added to answers that count, in the order of the alphabet.
    pub words: Vec<String>,
}

/// The first and last day that an agent sees: thirteen whole weeks, of which the last ended before
/// this day.
pub fn span(today: Date) -> (Date, Date) {
    let monday = today.iso_week_date().weekday().since(Weekday::Monday);
    let last = today.saturating_sub((i64::from(monday) + 1).days());
    let first = last.saturating_sub((WEEKS * 7 - 1).days());
    (first, last)
}

/// What the agent of that address sees of these surveys; `None` when fewer than `least` answers
/// count.
pub fn own(rows: &[SurveyRow], agent: &str, least: u64) -> Option<Own> {
    let of_agent: Vec<&SurveyRow> = rows
        .iter()
        .filter(|row| row.agent.eq_ignore_ascii_case(agent))
        .collect();
    let figures = total(of_agent.iter().copied(), By::Agent);
    if figures.counted < least.max(1) {
        return None;
    }
    let counted: Vec<i64> = of_agent
        .iter()
        .flat_map(|row| explain([*row], &row.agent))
        .filter(|rating| rating.counted)
        .map(|rating| rating.survey)
        .collect();
    let mut words: Vec<String> = of_agent
        .iter()
        .filter(|row| counted.contains(&row.id) && !row.comment.trim().is_empty())
        .map(|row| row.comment.trim().to_owned())
        .collect();
    words.sort_by_key(|words| words.to_lowercase());
    Some(Own { figures, words })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::{address::Address, language::Language};

    fn row(id: i64, agent: &str, score: Option<u8>, about: &str, comment: &str) -> SurveyRow {
        SurveyRow {
            id,
            ticket: id,
            agent: agent.to_owned(),
            category: String::new(),
            mailbox: "support".to_owned(),
            language: Language::En,
            recipient: Address::new("", "olga@shop.example"),
            asked_at: jiff::Timestamp::UNIX_EPOCH,
            score,
            about: about.to_owned(),
            comment: comment.to_owned(),
            answered_at: None,
            excluded: false,
            excluded_why: String::new(),
        }
    }

    #[test]
    fn nothing_is_seen_before_there_are_enough_answers_that_count() {
        let anna = "anna@example.com";
        let mut rows = vec![
            row(1, anna, Some(5), "", "zebra"),
            row(2, anna, Some(1), "agent", "Apple"),
            // neither of these is the agent's own
            row(3, anna, Some(1), "product", "the product is slow"),
            row(4, "boris@example.com", Some(5), "", "of Boris"),
            row(5, anna, None, "", ""),
        ];
        assert_eq!(own(&rows, anna, 3), None);
        rows.push(row(6, anna, Some(4), "agent", "mango"));
        let seen = own(&rows, anna, 3).unwrap();
        assert_eq!((seen.figures.counted, seen.figures.satisfied), (3, 2));
        assert_eq!(seen.words, ["Apple", "mango", "zebra"]);
        rows[5].excluded = true;
        assert_eq!(
            own(&rows, anna, 3),
            None,
            "what is set aside does not count"
        );
        assert_eq!(own(&[], anna, 0), None, "no answers are no figures");
    }

    #[test]
    fn the_span_is_whole_weeks_that_are_over() {
        // 2026-11-22 is a Sunday, whose week is not over
        for (today, last) in [
            (date(2026, 11, 22), date(2026, 11, 15)),
            (date(2026, 11, 23), date(2026, 11, 22)),
            (date(2026, 11, 28), date(2026, 11, 22)),
        ] {
            let (first, end) = span(today);
            assert_eq!(end, last, "{today}");
            assert_eq!(first.weekday(), Weekday::Monday);
            assert_eq!((end - first).get_days(), 13 * 7 - 1);
        }
    }
}
