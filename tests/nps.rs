//! Would they recommend us: asked of customers now and then, never about a case, and never mixed
//! into satisfaction.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod harness;
mod story;

#[path = "nps/answers.rs"]
mod answers;
#[path = "nps/apart.rs"]
mod apart;
#[path = "nps/asking.rs"]
mod asking;
#[path = "nps/refusing.rs"]
mod refusing;

use harness::{DeskSetup, SmtpMail, eventually, mail::plain};
use serde_json::Value;
use story::{DESK, SOON, Story, text};

/// A desk that asks whoever has no open ticket and was left in peace for a second; it sends no
/// surveys.
fn eager(setup: DeskSetup) -> DeskSetup {
    setup
        .set("desk", "public_url", "\"https://support.example.com\"")
        .set("survey", "enabled", "false")
        .set("survey", "hours", "\"00:00-24:00\"")
        .set("nps", "enabled", "true")
        .set("nps", "quiet", "\"1s\"")
        .set("nps", "customers_since", "\"0s\"")
        .set("nps", "per_day", "100000")
}

/// Somebody asks in Russian.
fn question(who: &str, number: usize) -> Vec<u8> {
    plain(
        who,
        DESK,
        "Где найти отчёт",
        &[&format!(
            "Message-ID: <q{number}-{}>",
            who.trim_matches(['<', '>'])
        )],
        &format!("Здравствуйте! Где найти отчёт за октябрь? Это вопрос {number}."),
    )
}

/// A customer asks, Anna answers and closes; returns the ticket.
#[track_caller]
fn case(story: &Story, who: &str, number: usize) -> i64 {
    let ticket = story.tell(&question(who, number)).ticket.unwrap();
    story.answer(ticket, "В разделе «Отчёты».", &["--close"]);
    ticket
}

/// The outbox rows of questions.
#[track_caller]
fn rows(story: &Story) -> Vec<Value> {
    let mut rows = story.outbox();
    rows.retain(|row| row["kind"] == "auto");
    rows
}

/// Waits until somebody was asked so many times and the desk knows it; returns the last mail.
#[track_caller]
fn asked(story: &Story, who: &str, times: usize) -> SmtpMail {
    eventually(SOON, &format!("{who} is asked {times} times"), || {
        let mut sent = listed(story);
        sent.retain(|row| row["recipient"] == who);
        match sent.len() >= times {
            true => Ok(()),
            false => Err(format!("{:#?}", rows(story))),
        }
    });
    let mut mails = story.smtp.mails_to(who);
    mails.retain(|mail| !mail.header("List-Unsubscribe").is_empty());
    assert_eq!(mails.len(), times, "questions to {who}");
    mails.pop().unwrap()
}

/// `nps list --json`.
#[track_caller]
fn listed(story: &Story) -> Vec<Value> {
    let list = story.desk.cli(&["nps", "list", "--json"]);
    list.as_array().unwrap().clone()
}

/// The addresses that were asked, in order.
#[track_caller]
fn who_was_asked(story: &Story) -> Vec<String> {
    listed(story)
        .iter()
        .map(|row| text(&row["recipient"]))
        .collect()
}

/// The path of the question's page.
fn page(mail: &SmtpMail) -> String {
    let text = mail.text().replace('\r', "");
    let link = text.lines().find(|line| line.ends_with("?score=10"));
    let link = link.unwrap_or_else(|| panic!("no link in {text}"));
    let path = link.strip_prefix("https://support.example.com").unwrap();
    path.strip_suffix("?score=10").unwrap().to_owned()
}

/// The only address of a header.
fn address(mail: &SmtpMail, header: &str) -> String {
    let value = mail.header(header);
    let (_, address) = value.rsplit_once('<').unwrap();
    address.trim_end_matches('>').to_owned()
}

/// Runs SQL on the database of a desk that is down: what only time would bring.
fn tamper(story: &Story, sql: &str) {
    let path = story.desk.dir().join("maildesk.db");
    let database = rusqlite::Connection::open(path).unwrap();
    database.execute_batch(sql).unwrap();
}
