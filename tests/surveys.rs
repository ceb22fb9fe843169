//! Were they happy: who is asked, when, and what counts as an answer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod harness;
mod story;

#[path = "surveys/asking.rs"]
mod asking;
#[path = "surveys/by_mail.rs"]
mod by_mail;
#[path = "surveys/due.rs"]
mod due;
#[path = "surveys/pages.rs"]
mod pages;
#[path = "surveys/rated.rs"]
mod rated;
#[path = "surveys/reminders.rs"]
mod reminders;
#[path = "surveys/share.rs"]
mod share;
#[allow(dead_code, reason = "no clock jumps here")]
#[path = "faults/time.rs"]
mod time;

use harness::{DeskSetup, SmtpMail, mail::plain};
use regex::Regex;
use serde_json::Value;
use story::{DESK, Story};

/// A desk that asks two seconds after closing, at any hour, with pages.
fn quick(setup: DeskSetup) -> DeskSetup {
    by_mail_alone(setup).set("desk", "public_url", "\"https://support.example.com\"")
}

/// The same without pages.
fn by_mail_alone(setup: DeskSetup) -> DeskSetup {
    setup
        .set("survey", "delay", "\"2s\"")
        .set("survey", "hours", "\"00:00-24:00\"")
}

/// Somebody asks in Russian.
fn question(who: &str, number: usize) -> Vec<u8> {
    plain(
        who,
        DESK,
        "Импорт прайса не работает",
        &[&format!(
            "Message-ID: <q{number}-{}>",
            who.trim_matches(['<', '>'])
        )],
        &format!("Здравствуйте! Импорт прайса не работает, заказ {number}."),
    )
}

/// A customer asks, Anna answers and closes; returns the survey once it has left.
#[track_caller]
fn asked(story: &Story, who: &str, ticket: i64) -> SmtpMail {
    assert_eq!(story.tell(&question(who, 1)).ticket, Some(ticket));
    story.answer(ticket, "Исправили.", &["--close"]);
    // acknowledgement, answer, survey
    story.sent(who, 3)
}

/// The links of a survey mail, best answer first.
fn links(survey: &SmtpMail) -> Vec<String> {
    let pattern = Regex::new(r"(?m)^(https|mailto):\S+$").unwrap();
    let text = survey.text().replace('\r', "");
    let found = pattern.find_iter(&text);
    found.map(|link| link.as_str().to_owned()).collect()
}

/// The path of a link, without the answer.
fn path(link: &str) -> String {
    let path = link.strip_prefix("https://support.example.com").unwrap();
    path.split_once('?').unwrap().0.to_owned()
}

/// `survey list --json`.
#[track_caller]
fn surveys(story: &Story) -> Vec<Value> {
    let list = story.desk.cli(&["survey", "list", "--json"]);
    list.as_array().unwrap().clone()
}

/// The outbox rows of surveys.
#[track_caller]
fn rows(story: &Story) -> Vec<Value> {
    let mut rows = story.outbox();
    rows.retain(|row| row["kind"] == "survey");
    rows
}
