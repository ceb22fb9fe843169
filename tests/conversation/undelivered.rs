//! Answers that do not reach the customer: the agent hears of it, and the ticket is open again.

use super::bounces::notification;
use crate::{
    harness::{Fault, eventually, mail::plain},
    story::{DESK, SOON, Story},
};

const IVAN: &str = "ivan@shop.example";
const ANNA: &str = "anna@example.com";

fn question(number: usize) -> Vec<u8> {
    plain(
        "Ivan <ivan@shop.example>",
        DESK,
        "Where is my order?",
        &[
            &format!("Message-ID: <q{number}@shop.example>"),
            "Cc: Boss <boss@shop.example>",
        ],
        &format!("Hello, this is question {number}."),
    )
}

/// Waits until a ticket says something of an answer that failed.
#[track_caller]
fn wait_event(story: &Story, ticket: i64, what: &str, count: usize) -> Vec<String> {
    eventually(SOON, &format!("{count} events {what}"), || {
        let told = story.events(ticket, what);
        if told.len() >= count {
            Ok(told)
        } else {
            Err(format!("{told:?}"))
        }
    })
}

#[test]
fn an_answer_that_comes_back_opens_its_ticket_and_its_author_is_told_once() {
    let story = Story::new(|setup| setup.agent("Petro", "petro@example.com", &[]));
    story.tell(&question(1));
    story.answer(1, "It leaves today.", &["--close"]);
    let sent = story.sent(IVAN, 2);
    let ours = sent.header("Message-ID");
    story.desk.wait_outbox_empty(SOON);
    assert_eq!(story.desk.ticket(1)["status"], "closed");
    assert_eq!(story.written("survey").len(), 1);

    // who is in copy does not hold the ticket open, and is told of all the same
    story.tell(&notification(
        DESK,
        "boss@shop.example",
        "failed",
        "5.1.1",
        &ours,
    ));
    let told = story.sent(ANNA, 1).text();
    assert!(
        told.contains("Boss <boss@shop.example>") && told.contains("5.1.1"),
        "{told}"
    );
    assert_eq!(story.desk.ticket(1)["status"], "closed");

    story.tell(&notification(&sent.sender, IVAN, "failed", "5.1.1", &ours));
    let told = story.sent(ANNA, 2);
    assert_eq!(told.header("Auto-Submitted"), "auto-generated");
    let words = told.text();
    for word in ["Ivan <ivan@shop.example>", "5.1.1", "It leaves today."] {
        assert!(words.contains(word), "{word}: {words}");
    }
    let ticket = story.desk.ticket(1);
    assert_eq!(ticket["status"], "open");
    assert_eq!(
        story.events(1, "reopened"),
        ["the answer did not reach ivan@shop.example"]
    );
    let rows = story.outbox();
    let survey = rows.iter().find(|row| row["kind"] == "survey").unwrap();
    assert_eq!(survey["state"], "dropped");

    // the report comes again in other words: nothing new
    story.tell(&notification(&sent.sender, IVAN, "failed", "5.1.2", &ours));
    // the agent closes it knowingly: it stays closed
    let close = ["ticket", "set", "1", "--status", "closed"];
    story.desk.cli_text(&close, "");
    story.tell(&question(2));
    story.desk.wait_outbox_empty(SOON);
    assert_eq!(story.smtp.mails_to(ANNA).len(), 2);
    assert!(story.smtp.mails_to("petro@example.com").is_empty());
    assert_eq!(story.desk.ticket(1)["status"], "closed");
}

#[test]
fn what_the_desk_wrote_by_itself_fails_in_silence() {
    let story = Story::new(|setup| setup);
    story.tell(&question(1));
    let acknowledgement = story.sent(IVAN, 1).header("Message-ID");
    story.desk.wait_outbox_empty(SOON);
    story.tell(&notification(
        DESK,
        IVAN,
        "failed",
        "5.1.1",
        &acknowledgement,
    ));
    assert_eq!(story.events(1, "delivery_failed").len(), 1);
    // an answer comes back, and then what tells the agent of it
    story.answer(1, "It leaves today.", &[]);
    let ours = story.sent(IVAN, 2);
    story.desk.wait_outbox_empty(SOON);
    let back = notification(
        &ours.sender,
        IVAN,
        "failed",
        "5.1.1",
        &ours.header("Message-ID"),
    );
    story.tell(&back);
    let told = story.sent(ANNA, 1);
    story.desk.wait_outbox_empty(SOON);
    let before = story.outbox().len();
    let of_notification = notification(
        &told.sender,
        ANNA,
        "failed",
        "5.1.1",
        &told.header("Message-ID"),
    );
    story.tell(&of_notification);
    assert_eq!(story.events(1, "delivery_failed").len(), 3);
    // nobody is left to be told
    story.answer(1, "Did you get it?", &["--close"]);
    let ours = story.sent(IVAN, 3);
    story.desk.wait_outbox_empty(SOON);
    let back = notification(
        &ours.sender,
        IVAN,
        "failed",
        "5.1.1",
        &ours.header("Message-ID"),
    );
    story.tell(&back);
    wait_event(&story, 1, "not_notified", 1);
    assert_eq!(story.desk.ticket(1)["status"], "open");
    // the answer to Ivan and his boss, and nothing more
    assert_eq!(story.outbox().len(), before + 2);
    assert_eq!(story.smtp.mails_to(ANNA).len(), 1);
}

#[test]
fn a_refusal_at_the_relay_is_told_like_a_bounce() {
    let story = Story::new(|setup| {
        setup.agent("Petro", "petro@example.com", &[]).agent(
            "Ira",
            "ira@example.com",
            &[("notify", "false")],
        )
    });
    story.tell(&question(1));
    story.sent(IVAN, 1);
    let refusal = Fault::reply("RCPT", "550 5.7.1 not from you");
    story.smtp.fault(refusal.with(IVAN).times(2));
    story.answer(1, "It leaves today.", &["--close"]);
    let told = story.sent(ANNA, 1).text();
    for word in ["Ivan <ivan@shop.example>", "550 5.7.1", "It leaves today."] {
        assert!(told.contains(word), "{word}: {told}");
    }
    assert_eq!(story.desk.ticket(1)["status"], "open");
    assert!(story.smtp.mails_to("petro@example.com").is_empty());
    // Ira has the ticket and wants no mail: the ticket says it all
    story
        .desk
        .cli_text(&["ticket", "set", "1", "--assignee", "Ira"], "");
    let reply = ["ticket", "reply", "1", "--agent", "Ira"];
    story.desk.cli_text(&reply, "Tomorrow, rather.");
    assert_eq!(
        wait_event(&story, 1, "not_notified", 1),
        ["no agent of the ticket is told by mail"]
    );
    assert_eq!(story.desk.ticket(1)["status"], "open");
    assert_eq!(story.written("notification"), [ANNA]);
}

#[test]
fn an_address_that_our_relay_does_not_know_rests_until_it_writes() {
    let story = Story::new(|setup| setup);
    for (ticket, reply, is_dead) in [
        (1, "550 5.1.1 no such user", true),
        (2, "550 5.7.1 relaying denied", false),
        (3, "554 5.7.1 listed as a source of spam", false),
        (4, "550 rejected", false),
        (5, "550 <ivan@shop.example>: User unknown", true),
    ] {
        // it writes: whatever was before is over
        story.tell(&question(usize::try_from(ticket).unwrap()));
        assert!(story.events(ticket, "not_acknowledged").is_empty());
        story.desk.wait_outbox_empty(SOON);
        story.smtp.fault(Fault::reply("RCPT", reply).with(IVAN));
        story.answer(ticket, "It leaves today.", &[]);
        let failed = wait_event(&story, ticket, "delivery_failed", 1);
        assert!(failed[0].contains(reply), "{failed:?}");
        wait_event(&story, ticket, "notified", 1);
        let rests = story.events(ticket, "suppressed");
        assert_eq!(rests.len(), usize::from(is_dead), "{reply}: {rests:?}");
        let number = ticket.to_string();
        let close = ["ticket", "set", &number, "--status", "closed"];
        story.desk.cli_text(&close, "");
        let skipped = story.events(ticket, "survey_skipped");
        assert_eq!(skipped == ["suppressed"], is_dead, "{reply}: {skipped:?}");
        // answers of agents always go out
        story.answer(ticket, "Is it there?", &[]);
        story.desk.wait_outbox_empty(SOON);
    }
    let answers = story.smtp.mails_to(IVAN).into_iter();
    let answers = answers.filter(|mail| mail.text().contains("Is it there?"));
    assert_eq!(answers.count(), 5);
}

#[test]
fn an_agents_address_that_our_relay_does_not_know_gets_no_notifications_until_it_writes() {
    let story = Story::new(super::agent_answers::by_mail);
    story
        .smtp
        .fault(Fault::reply("RCPT", "550 5.1.1 no such user").with(ANNA));
    story.tell(&question(1));
    wait_event(&story, 1, "suppressed", 1);
    story.tell(&question(2));
    assert_eq!(story.events(2, "not_notified").len(), 1);
    story.sent("petro@example.com", 2);
    let from_anna = plain(ANNA, DESK, "A question", &[], "Where are the keys?");
    story.tell(&from_anna);
    story.tell(&question(3));
    // the acknowledgement of her question, and what she is told of Ivan's
    let mails = story.smtp.wait_for(ANNA, 2, SOON);
    let told = mails.iter().find(|mail| mail.text().contains("question 3"));
    assert!(told.is_some(), "{mails:?}");
}
