//! Robots and persons on the survey's page: no robot's answer may count, no person's may be lost.
//!
//! `cargo bench --bench visitors -- [ROBOTS [PERSONS]]`, 1,000 and 100 where nothing is said. Each
//! visit has a survey of its own. Both kinds use a real Chromium at the same time; it must be
//! installed, with chromedriver. Exits with 1 unless all is as it should be.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code
)]

#[path = "../tests/web_pages/browser.rs"]
mod browser;
#[path = "../tests/web_pages/desk.rs"]
mod desk;
#[path = "../tests/web_pages/hands.rs"]
mod hands;
#[path = "../tests/web_pages/http.rs"]
mod http;
#[path = "visitors/persons.rs"]
mod persons;
#[path = "visitors/robots.rs"]
mod robots;

use std::{
    collections::HashMap,
    process::ExitCode,
    time::{Duration, Instant},
};

use desk::{Asked, Running};
use maildesk::token::Signer;

/// One visit of a person: what must be on record after it.
pub struct Wanted {
    kind: &'static str,
    survey: i64,
    score: u8,
    comment: &'static str,
    /// From the tap to the record; where it is the page that sends.
    time: Option<Duration>,
}

/// One visit of a robot: nothing may count after it.
pub struct Unwanted {
    kind: &'static str,
    survey: i64,
}

/// Asks a customer; returns the survey and the path of its page.
pub async fn asked(desk: &Running) -> (i64, String) {
    let path = desk.ask(Asked::default()).await;
    let token = path.strip_prefix("/s/").unwrap();
    (Signer::claimed_id(token).unwrap(), path)
}

#[tokio::main]
async fn main() -> ExitCode {
    let numbers: Vec<usize> = std::env::args()
        .filter_map(|arg| arg.parse().ok())
        .collect();
    let robots = numbers.first().copied().unwrap_or(1_000);
    let persons = numbers.get(1).copied().unwrap_or(100);
    let desk = Running::start().await;
    let (_, path) = asked(&desk).await;
    let page = http::get(desk.at, &format!("{path}?score=5")).await;
    let started = Instant::now();
    let (unwanted, wanted) =
        tokio::join!(robots::visit(&desk, robots), persons::visit(&desk, persons));
    println!("{:.0} s", started.elapsed().as_secs_f64());
    let rows = desk.surveys().await;
    let rows: HashMap<i64, _> = rows.into_iter().map(|row| (row.id, row)).collect();

    println!("{:<48} {:>7} {:>7}", "robots", "visits", "false");
    let false_ones = table(
        unwanted.iter().map(|visit| visit.kind),
        unwanted
            .iter()
            .map(|visit| rows[&visit.survey].score.is_some()),
    );
    println!("{:<48} {:>7} {:>7}", "persons", "visits", "lost");
    let is_lost = |visit: &Wanted| {
        let row = &rows[&visit.survey];
        row.score != Some(visit.score) || row.comment != visit.comment
    };
    let lost = table(
        wanted.iter().map(|visit| visit.kind),
        wanted.iter().map(is_lost),
    );
    let mut times: Vec<Duration> = wanted.iter().filter_map(|visit| visit.time).collect();
    times.sort();
    if let Some(last) = times.len().checked_sub(1) {
        let at = |part: usize| times[last * part / 100].as_millis();
        let (median, p95) = (at(50), at(95));
        println!(
            "from the tap to the record: median {median} ms, p95 {p95} ms, {} visits",
            times.len()
        );
    }
    let (head, body) = (page.head.len(), page.body.len());
    println!("the page: {body} bytes, and {head} of headers; nothing else is loaded");
    match (false_ones, lost) {
        (0, 0) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Prints a line a kind and one of all; returns how many went wrong.
fn table<'a>(kinds: impl Iterator<Item = &'a str>, wrong: impl Iterator<Item = bool>) -> usize {
    let mut lines: Vec<(&str, usize, usize)> = Vec::new();
    for (kind, is_wrong) in kinds.zip(wrong) {
        if !lines.iter().any(|line| line.0 == kind) {
            lines.push((kind, 0, 0));
        }
        let line = lines.iter_mut().find(|line| line.0 == kind).unwrap();
        line.1 += 1;
        line.2 += usize::from(is_wrong);
    }
    let all = lines.iter().map(|line| line.1).sum();
    let wrong = lines.iter().map(|line| line.2).sum();
    for (kind, visits, wrong) in lines.into_iter().chain([("all", all, wrong)]) {
        println!("  {kind:<46} {visits:>7} {wrong:>7}");
    }
    wrong
}
