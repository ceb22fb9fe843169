//! The figures can be checked by hand, and parts add up to their total.

use proptest::prelude::*;

use super::*;
use crate::{address::Address, language::Language, survey::explain::explain};

fn row(agent: &str, asked_at: &str, score: Option<u8>) -> SurveyRow {
    SurveyRow {
        id: 1,
        ticket: 1,
        agent: agent.to_owned(),
        category: "import".to_owned(),
        mailbox: "support".to_owned(),
        language: Language::Ru,
        recipient: Address::new("", "a@customer.example"),
        asked_at: asked_at.parse().unwrap(),
        score,
        about: String::new(),
        comment: String::new(),
        answered_at: None,
        excluded: false,
        excluded_why: String::new(),
    }
}

fn keys(rows: &[SurveyRow], by: By, zone: &str) -> Vec<String> {
    let groups = report(rows, by, &TimeZone::get(zone).unwrap());
    groups.into_iter().map(|group| group.key).collect()
}

#[test]
fn a_percentage_can_be_checked_by_hand() {
    let at = "2026-11-18T12:00:00Z";
    let scores = [Some(5), Some(4), Some(2), None];
    let mut rows: Vec<_> = scores.into_iter().map(|s| row("Anna", at, s)).collect();
    rows.push(SurveyRow {
        excluded: true,
        ..row("Anna", at, Some(1))
    });
    rows.push(row("Boris", at, None));
    rows[2].about = "product".to_owned();
    let groups = report(&rows, By::Agent, &TimeZone::UTC);
    let [anna, boris] = groups.as_slice() else {
        panic!("{groups:?}");
    };
    // the 2 is the product's: no figure of hers is made of it
    assert_eq!((anna.asked, anna.answered, anna.counted), (4, 3, 2));
    assert_eq!((anna.satisfied, anna.excluded), (2, 1));
    assert_eq!(anna.response_rate, Some(0.75));
    assert_eq!(anna.percent_satisfied, Some(100.0));
    assert_eq!((anna.mean, anna.scores), (Some(4.5), [0, 0, 0, 1, 1]));
    assert_eq!(
        anna.about.product,
        Part {
            answered: 1,
            satisfied: 0
        }
    );
    assert_eq!(
        anna.about.unsaid,
        Part {
            answered: 2,
            satisfied: 2
        }
    );
    assert_eq!((boris.asked, boris.answered), (1, 0));
    let none = [boris.percent_satisfied, boris.mean, boris.low, boris.high];
    assert_eq!(none, [None; 4]);
    let json = serde_json::to_value(boris).unwrap();
    assert!(
        json["mean"].is_null() && json["response_rate"] == 0.0,
        "{json}"
    );
    // the category's figures are made of all three
    let [import] = report(&rows, By::Category, &TimeZone::UTC)
        .try_into()
        .unwrap();
    assert_eq!((import.asked, import.counted, import.satisfied), (5, 3, 2));
    assert_eq!(import.percent_satisfied, Some(200.0 / 3.0));
    assert_eq!(import.mean, Some(11.0 / 3.0));
}

#[test]
fn what_it_is_about_keeps_answers_apart() {
    let at = "2026-11-18T12:00:00Z";
    let about = |about: &str, score| SurveyRow {
        about: about.to_owned(),
        ..row("Anna", at, score)
    };
    let rows = [
        about("waiting", Some(1)),
        about("waiting", Some(4)),
        about("product", Some(2)),
        about("", Some(5)),
        about("agent", Some(3)),
        about("", None),
    ];
    let found: Vec<_> = report(&rows, By::About, &TimeZone::UTC)
        .into_iter()
        .map(|g| (g.key, g.asked, g.answered, g.satisfied, g.response_rate))
        .collect();
    let line = |key: &str, answered, satisfied| (key.to_owned(), 1, answered, satisfied, None);
    assert_eq!(
        found,
        [
            line("agent", 1, 0),
            line("product", 1, 0),
            line("unanswered", 0, 0),
            line("unsaid", 1, 1),
            ("waiting".to_owned(), 2, 2, 1, None),
        ]
    );
}

#[test]
fn each_rating_says_why_it_counts_or_does_not() {
    let at = "2026-11-18T12:00:00Z";
    let about = |about: &str, score| SurveyRow {
        about: about.to_owned(),
        ..row("Anna", at, score)
    };
    let aside = SurveyRow {
        excluded: true,
        excluded_why: "the wrong ticket".to_owned(),
        ..about("agent", Some(1))
    };
    let rows = [
        about("agent", Some(4)),
        about("", Some(3)),
        about("product", Some(5)),
        about("waiting", Some(1)),
        about("", None),
        aside,
        row("Boris", at, Some(5)),
    ];
    let explained = explain(&rows, "Anna");
    let found: Vec<_> = explained
        .iter()
        .map(|e| (e.counted, e.satisfied, e.why.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (true, true, "about the agent"),
            (true, false, "not said what about"),
            (false, false, "about the product"),
            (false, false, "about the waiting"),
            (false, false, "not answered"),
            (false, false, "set aside: the wrong ticket"),
        ]
    );
}

#[test]
fn periods_are_those_of_the_desk() {
    // the first of January 2027 is a Friday of the last week of 2026
    let rows = [
        row("", "2026-12-31T22:30:00Z", None),
        row("", "2026-12-31T21:30:00Z", None),
        row("", "2026-11-21T12:00:00Z", None),
    ];
    assert_eq!(
        keys(&rows, By::Month, "Europe/Kyiv"),
        ["2026-11", "2026-12", "2027-01"]
    );
    assert_eq!(keys(&rows, By::Month, "UTC"), ["2026-11", "2026-12"]);
    assert_eq!(
        keys(&rows, By::Week, "Europe/Kyiv"),
        ["2026-W47", "2026-W53"]
    );
    assert_eq!(keys(&rows, By::Language, "UTC"), ["ru"]);
}

#[test]
fn a_row_lists_as_the_contract_says() {
    let row = SurveyRow {
        answered_at: Some("2026-11-18T13:00:00Z".parse().unwrap()),
        ..row("Anna", "2026-11-18T12:00:00Z", Some(5))
    };
    assert_eq!(
        serde_json::to_value(&row).unwrap(),
        serde_json::json!({
            "id": 1, "ticket": 1, "agent": "Anna", "category": "import", "mailbox": "support",
            "language": "ru", "recipient": "a@customer.example",
            "asked_at": "2026-11-18T12:00:00Z", "score": 5, "about": "", "comment": "",
            "answered_at": "2026-11-18T13:00:00Z", "excluded": false, "excluded_why": ""
        })
    );
}

prop_compose! {
    fn any_row()(
        agent in "[ab]?", category in "[cd]", mailbox in "[ef]", language in 0..3usize,
        second in 1_700_000_000..1_800_000_000i64, score in proptest::option::of(0..7u8),
        about in "(agent|product|waiting|other)?", excluded in any::<bool>(),
    ) -> SurveyRow {
        SurveyRow {
            agent, category, mailbox, about, score, excluded,
            language: Language::ALL[language],
            asked_at: jiff::Timestamp::from_second(second).unwrap(),
            ..row("", "2026-11-18T12:00:00Z", None)
        }
    }
}

proptest! {
    #[test]
    fn totals_equal_their_parts(rows in proptest::collection::vec(any_row(), 0..60)) {
        let zone = TimeZone::get("Europe/Kyiv").unwrap();
        for (_, by) in By::WORDS {
            let whole = total(&rows, by);
            let groups = report(&rows, by, &zone);
            let counts: [fn(&Group) -> u64; 13] = [
                |g| g.asked,
                |g| g.answered,
                |g| g.counted,
                |g| g.satisfied,
                |g| g.excluded,
                |g| g.scores[0],
                |g| g.scores[1],
                |g| g.scores[2],
                |g| g.scores[3],
                |g| g.scores[4],
                |g| g.about.agent.satisfied,
                |g| g.about.product.answered,
                |g| g.about.waiting.answered,
            ];
            for count in counts {
                prop_assert_eq!(groups.iter().map(count).sum::<u64>(), count(&whole));
            }
            prop_assert_eq!(whole.asked + whole.excluded, rows.len() as u64);
            for g in &groups {
                let a = g.about;
                let parts = [a.agent, a.product, a.waiting, a.unsaid];
                prop_assert_eq!(parts.iter().map(|p| p.answered).sum::<u64>(), g.answered);
                let theirs = a.agent.answered + a.unsaid.answered;
                prop_assert_eq!(g.counted, if by == By::Agent { theirs } else { g.answered });
                prop_assert_eq!(g.scores.iter().sum::<u64>(), g.counted);
                prop_assert_eq!(g.scores[3] + g.scores[4], g.satisfied);
                let points: u64 = g.scores.iter().zip(1..).map(|(count, score)| count * score).sum();
                prop_assert_eq!(g.mean, (g.counted > 0).then(|| points as f64 / g.counted as f64));
                if let (Some(low), Some(percent), Some(high)) = (g.low, g.percent_satisfied, g.high) {
                    prop_assert!(0.0 <= low && low <= percent + 1e-9 && percent <= high + 1e-9 && high <= 100.0);
                }
            }
        }
    }

    #[test]
    fn the_explained_ratings_are_the_percentage(rows in proptest::collection::vec(any_row(), 0..60)) {
        for group in report(&rows, By::Agent, &TimeZone::UTC) {
            let ratings = explain(&rows, &group.key);
            let counted = ratings.iter().filter(|rating| rating.counted);
            let satisfied = ratings.iter().filter(|rating| rating.satisfied);
            prop_assert_eq!(counted.count() as u64, group.counted);
            prop_assert_eq!(satisfied.count() as u64, group.satisfied);
            prop_assert_eq!(ratings.len() as u64, group.asked + group.excluded);
        }
    }

    #[test]
    fn the_order_of_rows_changes_nothing(rows in proptest::collection::vec(any_row(), 0..30)) {
        let mut turned = rows.clone();
        turned.reverse();
        for (_, by) in By::WORDS {
            prop_assert_eq!(report(&rows, by, &TimeZone::UTC), report(&turned, by, &TimeZone::UTC));
        }
    }
}
