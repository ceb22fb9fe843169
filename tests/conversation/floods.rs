//! More news than an agent can read.

use super::agent_answers::{answer_to, by_mail};
use crate::{
    harness::mail::plain,
    story::{DESK, SOON, Story},
};

const ANNA: &str = "anna@example.com";

fn mail(number: usize, words: &str) -> Vec<u8> {
    plain(
        &format!("Forged {number} <forged-{number}@firm-{number}.example>"),
        DESK,
        &format!("Question {number}"),
        &[&format!("Message-ID: <q{number}@firm-{number}.example>")],
        words,
    )
}

/// How many notifications about tickets went to Anna, and how many mails about what is held back.
fn told(story: &Story) -> (usize, usize) {
    let rows = story.outbox().into_iter();
    let hers = rows.filter(|row| row["recipient"] == ANNA && row["kind"] == "notification");
    let (of_tickets, others): (Vec<_>, Vec<_>) = hers.partition(|row| row["ticket"].is_i64());
    (of_tickets.len(), others.len())
}

#[test]
fn a_flood_reaches_an_agent_as_one_mail_and_an_outage_still_comes_through() {
    let mut story =
        Story::new(|setup| by_mail(setup).set("limits", "notifications_per_agent_per_hour", "3"));
    let words = "Hello, where is my order?";
    let flood: Vec<Vec<u8>> = (1..=30).map(|number| mail(number, words)).collect();
    story.tell_all(&flood);
    let held = story
        .smtp
        .wait_for(ANNA, 4, SOON)
        .into_iter()
        .find(|mail| mail.subject() == "Notifications are held back")
        .unwrap();
    assert!(held.text().contains("ticket list --status open"));
    assert_eq!(held.header("Auto-Submitted"), "auto-generated");
    assert_eq!(told(&story), (3, 1));
    assert_eq!(story.desk.tickets().len(), 30, "every mail is a ticket");
    assert!(story.events(3, "not_notified").is_empty());
    let why = story.events(30, "not_notified");
    assert!(
        why.len() == 2 && why[0].contains(ANNA) && why[0].contains("[limits]"),
        "{why:?}"
    );

    // failures are high: they have as much room again, and no more
    let failure = "The import of our price list fails with an error.";
    story.tell_all(&[mail(31, failure), mail(32, failure)]);
    assert_eq!(story.desk.ticket(31)["priority"], "high");
    assert_eq!(told(&story), (5, 1));
    assert_eq!(story.desk.terminate(), 0);
    story.desk.restart();
    story.tell_all(&[mail(33, failure), mail(34, failure), mail(35, words)]);
    assert_eq!(told(&story), (6, 1), "a restart forgets nothing");
    assert!(story.events(33, "not_notified").is_empty());
    assert_eq!(story.events(34, "not_notified").len(), 2);

    // her answers are carried out as ever, and a slip is explained
    story.desk.wait_outbox_empty(SOON);
    let first = story.smtp.mails_to(ANNA).remove(0);
    let answer = answer_to(
        &first,
        "a1",
        &[super::agent_answers::PROOF],
        "#clos\nHello.",
    );
    story.tell(&answer);
    let mails = story.smtp.wait_for(ANNA, 8, SOON);
    assert!(mails[7].text().contains("no command #clos"));
}

#[test]
fn an_answer_to_the_mail_about_a_flood_goes_to_no_customer() {
    let story =
        Story::new(|setup| by_mail(setup).set("limits", "notifications_per_agent_per_hour", "1"));
    story.tell_all(&[mail(1, "Hello?"), mail(2, "Hello, you?")]);
    let mails = story.smtp.wait_for(ANNA, 2, SOON);
    let is_held = |mail: &&crate::harness::SmtpMail| mail.subject().contains("held back");
    let held = mails.iter().find(is_held).unwrap();
    let proof = super::agent_answers::PROOF;
    let filed = story.tell(&answer_to(held, "a1", &[proof], "Thanks, I see."));
    assert_eq!((filed.reason.as_str(), filed.ticket), ("new_mail", Some(3)));
    assert!(story.written("reply").is_empty());
    // with none allowed, none goes out, this one neither
    let silent =
        Story::new(|setup| by_mail(setup).set("limits", "notifications_per_agent_per_hour", "0"));
    silent.tell(&mail(
        1,
        "The import of our price list fails with an error.",
    ));
    assert_eq!(silent.events(1, "not_notified").len(), 2);
    silent.desk.wait_outbox_empty(SOON);
    assert!(silent.written("notification").is_empty());
}
