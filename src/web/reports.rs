//! `/reports/satisfaction`: for managers, opened by a signed link that expires. The link is the
//! capability; a wrong or old one looks like a page that is not there.

use std::collections::HashMap;

use axum::{
    extract::{Query, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use jiff::{
    Timestamp, ToSpan as _, Zoned,
    civil::{Date, ISOWeekDate, Weekday},
    tz::TimeZone,
};

use super::{
    Web,
    plot::{self, Bar, Point, Share},
    trouble,
};
use crate::{
    clock,
    compose::{ReportComment, ReportLine, ReportPage, ReportSection},
    desk::Desk,
    language::Language,
    survey::{
        SurveyRow,
        csv::csv,
        report::{By, Group, report, start_of, total},
    },
    token::{Purpose, Signer},
};

/// Where the page is.
pub(super) const SATISFACTION: &str = "/reports/satisfaction";

/// How many comments are shown, newest first.
const COMMENTS: usize = 50;

/// The tables, in the order of the page.
const SECTIONS: [By; 7] = [
    By::Week,
    By::Month,
    By::Agent,
    By::Category,
    By::About,
    By::Mailbox,
    By::Language,
];

type Words = HashMap<String, String>;

/// The path and query of a link to the report that works until then, to the second.
pub fn report_path(signer: &Signer, until: Timestamp) -> String {
    let token = signer.seal(Purpose::Report, until.as_second(), SATISFACTION);
    format!("{SATISFACTION}?token={token}")
}

/// `GET`: the report of `from` to `to`, by default the last three months.
pub(super) async fn satisfaction(
    State(web): State<Web>,
    Query(query): Query<Words>,
) -> Result<Response, StatusCode> {
    let desk = web.desk.load_full();
    let token = query.get("token").map(String::as_str).unwrap_or_default();
    if !opens(&desk.signer, token, SATISFACTION, clock::now()) {
        return Err(StatusCode::NOT_FOUND);
    }
    let zone = desk.timezone();
    let now = clock::now().to_zoned(zone.clone());
    let (from, to) = span(&query, now.date());
    let start = start_of(from, zone);
    let end = start_of(to.saturating_add(1.day()), zone);
    let rows = web.store.read(move |view| view.surveys(start, end)).await;
    let rows = rows.map_err(|error| trouble::log("reading surveys for the report", &error))?;
    if let Some(by) = query.get("csv").and_then(|word| By::from_word(word)) {
        return Ok(as_csv(&csv(&report(&rows, by, zone)), by, from, to));
    }
    let facts = ReportPage {
        token: token.to_owned(),
        from: from.to_string(),
        to: to.to_string(),
        ..page(&desk, &rows, &now)
    };
    let html = desk
        .composer
        .templates()
        .report(desk.config.desk.language, &facts);
    let html = html.map_err(|error| trouble::log("rendering the report", &error))?;
    Ok((StatusCode::OK, Html(html)).into_response())
}

/// Whether a token opens a page now; `party` is what it was made for.
pub(super) fn opens(signer: &Signer, token: &str, party: &str, now: Timestamp) -> bool {
    let is_alive = Signer::claimed_id(token).is_some_and(|until| until > now.as_second());
    is_alive && signer.verify(Purpose::Report, token, party)
}

/// A table for a spreadsheet.
fn as_csv(text: &str, by: By, from: Date, to: Date) -> Response {
    let name = format!("satisfaction-by-{}-{from}-{to}.csv", by.word());
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    // without the mark, Excel reads UTF-8 as something else
    (StatusCode::OK, headers, format!("\u{feff}{text}")).into_response()
}

/// The days of a query; what is no date is as if it were not there.
fn span(query: &Words, today: Date) -> (Date, Date) {
    let day = |name: &str| Date::strptime("%Y-%m-%d", query.get(name)?).ok();
    let to = day("to").unwrap_or(today);
    let from = day("from").unwrap_or_else(|| to.saturating_sub(3.months()));
    (from, to)
}

fn page(desk: &Desk, rows: &[SurveyRow], now: &Zoned) -> ReportPage {
    let zone = desk.timezone();
    let shown = Shown::of(desk);
    let all = total(rows, By::Week);
    ReportPage {
        desk_name: desk.config.desk.name.clone(),
        made_at: now.strftime("%Y-%m-%d %H:%M").to_string(),
        sections: SECTIONS.map(|by| shown.section(rows, by, zone)).into(),
        scores: all
            .scores
            .iter()
            .copied()
            .zip(1..=5)
            .map(|(n, score)| (score, n))
            .rev()
            .collect(),
        scores_plot: plot::bars(&shown.scores(&all)),
        comments: shown.comments(rows, zone),
        total: shown.line(all, By::Week),
        ..ReportPage::default()
    }
}

/// How figures and names are written.
pub(super) struct Shown<'a> {
    desk: &'a Desk,
    language: Language,
}

impl<'a> Shown<'a> {
    pub(super) fn of(desk: &'a Desk) -> Self {
        Self {
            desk,
            language: desk.config.desk.language,
        }
    }

    fn section(&self, rows: &[SurveyRow], by: By, zone: &TimeZone) -> ReportSection {
        let groups = report(rows, by, zone);
        let plot = match by {
            By::Week => plot::trend(&self.points(&groups)),
            By::Agent | By::Category => plot::bars(&self.bars(&groups, by)),
            _ => String::new(),
        };
        let is_one = groups.len() < 2;
        let mut lines: Vec<_> = groups
            .into_iter()
            .map(|group| self.line(group, by))
            .collect();
        if !is_one {
            lines.push(ReportLine {
                is_total: true,
                ..self.line(total(rows, by), by)
            });
        }
        ReportSection {
            by: by.word(),
            plot,
            lines,
        }
    }

    fn points(&self, weeks: &[Group]) -> Vec<Point> {
        let point = |week: &Group| {
            Some(Point {
                day: monday(&week.key)?,
                share: share(week)?,
                figures: self.figures(week),
            })
        };
        weeks.iter().filter_map(point).collect()
    }

    fn bars(&self, groups: &[Group], by: By) -> Vec<Bar> {
        let bar = |group: &Group| Bar {
            label: match self.name(&group.key, by) {
                name if name.is_empty() => "–".to_owned(),
                name => name,
            },
            share: share(group),
            figures: self.figures(group),
        };
        groups.iter().map(bar).collect()
    }

    /// How many answers were 5, 4, 3, 2 and 1, as shares of all.
    pub(super) fn scores(&self, all: &Group) -> Vec<Bar> {
        let bar = |(count, score): (u64, u8)| {
            let percent = (all.counted > 0).then(|| 100.0 * count as f64 / all.counted as f64);
            Bar {
                label: score.to_string(),
                share: percent.map(|percent| Share {
                    percent,
                    interval: None,
                }),
                figures: format!("{} · {count}", self.percent(percent)),
            }
        };
        let scores = all.scores.into_iter().zip(1..=5).map(bar);
        scores.rev().collect()
    }

    fn comments(&self, rows: &[SurveyRow], zone: &TimeZone) -> Vec<ReportComment> {
        let with_words = rows.iter().filter(|row| !row.comment.trim().is_empty());
        let mut said: Vec<_> = with_words
            .filter_map(|row| Some((row.answered_at?, row.id, row.score?, row)))
            .collect();
        said.sort_by_key(|(at, id, ..)| std::cmp::Reverse((*at, *id)));
        said.truncate(COMMENTS);
        let comment = |(at, _, score, row): (Timestamp, i64, u8, &SurveyRow)| ReportComment {
            day: zone.to_datetime(at).date().to_string(),
            ticket: row.ticket,
            agent: self.name(&row.agent, By::Agent),
            score,
            about: row.about.clone(),
            text: row.comment.trim().to_owned(),
            excluded: row.excluded,
        };
        said.into_iter().map(comment).collect()
    }

    pub(super) fn line(&self, group: Group, by: By) -> ReportLine {
        let interval = group.low.zip(group.high);
        ReportLine {
            key: self.name(&group.key, by),
            is_total: false,
            asked: group.asked,
            answered: group.answered,
            response: self.percent(group.response_rate.map(|rate| 100.0 * rate)),
            counted: group.counted,
            satisfied: group.satisfied,
            percent: self.percent(group.percent_satisfied),
            interval: interval.map_or(String::new(), |(low, high)| {
                let [low, high] = [low, high].map(|end| self.number(end, 1));
                format!("{low} – {high} %")
            }),
            mean: group
                .mean
                .map_or(String::new(), |mean| self.number(mean, 2)),
            product: group.about.product.answered,
            waiting: group.about.waiting.answered,
            excluded: group.excluded,
        }
    }

    /// An agent is shown by name while the desk knows one; reports are by address.
    fn name(&self, key: &str, by: By) -> String {
        let agent = (by == By::Agent)
            .then(|| self.desk.agent_named(key))
            .flatten();
        agent.map_or(key, |agent| agent.name.as_str()).to_owned()
    }

    fn figures(&self, group: &Group) -> String {
        match group.counted {
            0 => "–".to_owned(),
            counted => format!(
                "{} · {}/{counted}",
                self.percent(group.percent_satisfied),
                group.satisfied
            ),
        }
    }

    fn percent(&self, value: Option<f64>) -> String {
        value.map_or(String::new(), |value| {
            format!("{} %", self.number(value, 1))
        })
    }

    fn number(&self, value: f64, digits: usize) -> String {
        let number = format!("{value:.digits$}");
        match self.language {
            Language::En => number,
            Language::Ru | Language::Uk => number.replace('.', ","),
        }
    }
}

fn share(group: &Group) -> Option<Share> {
    Some(Share {
        percent: group.percent_satisfied?,
        interval: group.low.zip(group.high),
    })
}

/// The first day of a week such as `2026-W47`.
fn monday(week: &str) -> Option<Date> {
    let (year, week) = week.split_once("-W")?;
    let week = ISOWeekDate::new(year.parse().ok()?, week.parse().ok()?, Weekday::Monday);
    Some(week.ok()?.date())
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, civil::date};

    use super::*;

    #[test]
    fn a_link_opens_until_its_second_and_no_other_token_does() {
        let signer = Signer::new(b"0123456789abcdef");
        let now: Timestamp = "2026-11-18T12:00:00Z".parse().unwrap();
        let until = now + SignedDuration::from_hours(24);
        let path = report_path(&signer, until);
        let (_, token) = path.split_once("?token=").unwrap();
        assert!(opens(&signer, token, SATISFACTION, now));
        assert!(opens(
            &signer,
            token,
            SATISFACTION,
            until - SignedDuration::from_secs(1)
        ));
        assert!(!opens(&signer, token, SATISFACTION, until));
        assert!(!opens(&signer, token, "/reports/mine a@b", now));
        assert!(!opens(
            &Signer::new(b"another secret!!"),
            token,
            SATISFACTION,
            now
        ));
        let seal = |purpose, party| signer.seal(purpose, until.as_second(), party);
        for wrong in [
            seal(Purpose::Survey, SATISFACTION),
            seal(Purpose::Report, "/reports/other"),
            seal(Purpose::Report, ""),
            String::new(),
        ] {
            assert!(!opens(&signer, &wrong, SATISFACTION, now), "{wrong}");
        }
        // nobody lengthens a link
        let (_, mac) = token.split_once('-').unwrap();
        let (longer, _) = report_path(&signer, until + SignedDuration::from_hours(1))
            .split_once("?token=")
            .map(|(_, token)| {
                token
                    .split_once('-')
                    .map(|(a, b)| (a.to_owned(), b.to_owned()))
            })
            .unwrap()
            .unwrap();
        assert!(!opens(
            &signer,
            &format!("{longer}-{mac}"),
            SATISFACTION,
            now
        ));
    }

    #[test]
    fn the_span_is_three_months_unless_the_query_says_otherwise() {
        let today = date(2026, 11, 30);
        let asked = |pairs: &[(&str, &str)]| {
            let words = pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
            span(&words.collect(), today)
        };
        assert_eq!(asked(&[]), (date(2026, 8, 30), today));
        assert_eq!(
            asked(&[("from", "2026-01-01"), ("to", "2026-01-31")]),
            (date(2026, 1, 1), date(2026, 1, 31))
        );
        assert_eq!(asked(&[("from", "x"), ("to", "")]), asked(&[]));
    }

    #[test]
    fn a_week_begins_on_its_monday() {
        assert_eq!(monday("2026-W53"), Some(date(2026, 12, 28)));
        assert_eq!(monday("2026-W99"), None);
    }
}
