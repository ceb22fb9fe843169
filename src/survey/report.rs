//! Satisfaction by agent, category, mailbox, language or period. Pure: the same rows give the
//! same report, to the last digit.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::Serialize;

use super::SurveyRow;

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
}

impl By {
    /// All of them with the words of `--by`.
    pub const WORDS: [(&'static str, By); 6] = [
        ("agent", By::Agent),
        ("category", By::Category),
        ("mailbox", By::Mailbox),
        ("language", By::Language),
        ("week", By::Week),
        ("month", By::Month),
    ];

    /// The grouping of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        let found = Self::WORDS.into_iter().find(|(w, _)| *w == word);
        found.map(|(_, by)| by)
    }
}

/// One line of a report.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Group {
    /// The agent, category, mailbox, language or period; empty for rows that have none.
    pub key: String,
    /// Surveys sent.
    pub asked: u64,
    /// Surveys with an answer.
    pub answered: u64,
    /// `answered / asked`, 0 to 1; `None` when nobody was asked.
    pub response_rate: Option<f64>,
    /// Answers of 4 and 5.
    pub satisfied: u64,
    /// `100 * satisfied / answered`; `None`, like all that follows, when nobody answered.
    pub percent_satisfied: Option<f64>,
    /// The mean answer, 1 to 5.
    pub mean: Option<f64>,
    /// Lower end of the 95 % Wilson interval of `percent_satisfied`.
    pub low: Option<f64>,
    /// Upper end of it.
    pub high: Option<f64>,
    /// The answers by what customers say they are about.
    pub about: About,
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

#[derive(Default)]
struct Tally {
    asked: u64,
    sum: u64,
    all: Part,
    about: About,
}

/// The report, in the order of its keys. A period is that of asking, so that a week's response
/// rate compares those asked with those of them who answered. Excluded rows count nowhere.
pub fn report<'a>(
    rows: impl IntoIterator<Item = &'a SurveyRow>,
    by: By,
    timezone: &TimeZone,
) -> Vec<Group> {
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for row in rows.into_iter().filter(|row| !row.excluded) {
        tallies.entry(key(row, by, timezone)).or_default().add(row);
    }
    tallies
        .into_iter()
        .map(|(key, tally)| tally.group(key))
        .collect()
}

/// All rows as one group, under the key `total`.
pub fn total<'a>(rows: impl IntoIterator<Item = &'a SurveyRow>) -> Group {
    let mut tally = Tally::default();
    for row in rows.into_iter().filter(|row| !row.excluded) {
        tally.add(row);
    }
    tally.group("total".to_owned())
}

/// The 95 % Wilson score interval (Wilson 1927) of `successes` in `count`, in percent; `None` for
/// a count of zero. Unlike the textbook interval it is honest for small counts and near 0 and 100.
pub fn wilson(successes: u64, count: u64) -> Option<(f64, f64)> {
    // the 97.5th percentile of the normal distribution
    const Z: f64 = 1.959_963_984_540_054;
    if count == 0 {
        return None;
    }
    let n = count as f64;
    let p = successes.min(count) as f64 / n;
    let centre = p + Z * Z / (2.0 * n);
    let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    let percent = |value: f64| (100.0 * value / scale).clamp(0.0, 100.0);
    Some((percent(centre - spread), percent(centre + spread)))
}

/// The report as CSV (RFC 4180) with a header line; figures to two digits, empty where there is
/// none.
pub fn csv(groups: &[Group]) -> String {
    let mut out = String::from(
        "key,asked,answered,response_rate,satisfied,percent_satisfied,mean,low,high\r\n",
    );
    let figure = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.2}"));
    for group in groups {
        let cells = [
            cell(&group.key),
            group.asked.to_string(),
            group.answered.to_string(),
            figure(group.response_rate),
            group.satisfied.to_string(),
            figure(group.percent_satisfied),
            figure(group.mean),
            figure(group.low),
            figure(group.high),
        ];
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    }
    out
}

/// A text as a CSV cell. Spreadsheets run a cell that begins like a formula: an apostrophe before
/// it makes it text.
pub fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    let text = if is_formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', ';', '"', '\'', '\n', '\r', '\t']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

impl Tally {
    fn add(&mut self, row: &SurveyRow) {
        self.asked += 1;
        let Some(score) = row.score.filter(|score| (1..=5).contains(score)) else {
            return;
        };
        self.sum += u64::from(score);
        let about = match row.about.as_str() {
            "agent" => &mut self.about.agent,
            "product" => &mut self.about.product,
            "waiting" => &mut self.about.waiting,
            _ => &mut self.about.unsaid,
        };
        for part in [&mut self.all, about] {
            part.answered += 1;
            part.satisfied += u64::from(score >= 4);
        }
    }

    fn group(self, key: String) -> Group {
        let Part {
            answered,
            satisfied,
        } = self.all;
        let ratio = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        let interval = wilson(satisfied, answered);
        Group {
            key,
            asked: self.asked,
            answered,
            response_rate: ratio(answered, self.asked),
            satisfied,
            percent_satisfied: ratio(100 * satisfied, answered),
            mean: ratio(self.sum, answered),
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
            about: self.about,
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
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{address::Address, language::Language};

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
        assert_eq!((anna.asked, anna.answered, anna.satisfied), (4, 3, 2));
        assert_eq!(anna.response_rate, Some(0.75));
        assert_eq!(anna.percent_satisfied, Some(200.0 / 3.0));
        assert_eq!(anna.mean, Some(11.0 / 3.0));
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
    }

    #[test]
    fn the_interval_is_wilsons() {
        // 95 % intervals known from the literature: 15 of 148, and the ends
        let near = |a: f64, b: f64| (a - b).abs() < 0.05;
        let (low, high) = wilson(15, 148).unwrap();
        assert!(near(low, 6.2) && near(high, 16.0), "{low} {high}");
        let (low, high) = wilson(0, 20).unwrap();
        assert!(low == 0.0 && near(high, 16.1), "{low} {high}");
        let (low, high) = wilson(29, 29).unwrap();
        assert!(near(low, 88.3) && high == 100.0, "{low} {high}");
        assert_eq!(wilson(0, 0), None);
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
    fn csv_runs_no_formula() {
        let at = "2026-11-18T12:00:00Z";
        let rows = [
            row("=HYPERLINK(\"http://x.example\";\"a\")", at, Some(5)),
            row("Anna, \"the\" first", at, None),
        ];
        assert_eq!(
            csv(&report(&rows, By::Agent, &TimeZone::UTC)),
            "key,asked,answered,response_rate,satisfied,percent_satisfied,mean,low,high\r\n\
             \"'=HYPERLINK(\"\"http://x.example\"\";\"\"a\"\")\",1,1,1.00,1,100.00,5.00,20.65,100.00\r\n\
             \"Anna, \"\"the\"\" first\",1,0,0.00,0,,,,\r\n"
        );
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
                "answered_at": "2026-11-18T13:00:00Z", "excluded": false
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
            let whole = total(&rows);
            for (_, by) in By::WORDS {
                let groups = report(&rows, by, &TimeZone::get("Europe/Kyiv").unwrap());
                let sum = |count: fn(&Group) -> u64| groups.iter().map(count).sum::<u64>();
                prop_assert_eq!(sum(|g| g.asked), whole.asked);
                prop_assert_eq!(sum(|g| g.answered), whole.answered);
                prop_assert_eq!(sum(|g| g.satisfied), whole.satisfied);
                let points: f64 = groups.iter().filter_map(|g| Some(g.mean? * g.answered as f64)).sum();
                let all = whole.mean.unwrap_or(0.0) * whole.answered as f64;
                prop_assert!((points - all).abs() < 1e-6);
                for g in &groups {
                    let a = g.about;
                    let parts = [a.agent, a.product, a.waiting, a.unsaid];
                    prop_assert_eq!(parts.iter().map(|p| p.answered).sum::<u64>(), g.answered);
                    prop_assert_eq!(parts.iter().map(|p| p.satisfied).sum::<u64>(), g.satisfied);
                    if let (Some(low), Some(percent), Some(high)) = (g.low, g.percent_satisfied, g.high) {
                        prop_assert!(0.0 <= low && low <= percent + 1e-9 && percent <= high + 1e-9 && high <= 100.0);
                    }
                }
            }
        }
    }
}
