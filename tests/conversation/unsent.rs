//! Answers that wait: in their order, to be taken back, or held since the customer wrote first.

use serde_json::Value;

use super::agent_answers::{PROOF, answer_to, by_mail, question};
use crate::{
    harness::{Fault, eventually},
    story::{SOON, Story},
};

const IVAN: &str = "ivan@shop.example";
const ANNA: &str = "anna@example.com";

/// The states of the answers of the desk, in order.
fn answers(story: &Story) -> Vec<String> {
    let rows = story.outbox();
    let rows = rows.iter().filter(|row| row["kind"] == "reply");
    rows.map(|row| row["state"].as_str().unwrap().to_owned())
        .collect()
}

fn refused(story: &Story, arguments: &[&str]) -> String {
    let output = story.desk.cli_output(arguments, "");
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn answers_to_one_person_leave_in_the_order_in_which_they_were_written() {
    let story = Story::new(|setup| setup);
    story.tell(&question("one", "Hello, where is order 5?"));
    story.sent(IVAN, 1);
    story.desk.wait_outbox_empty(SOON);
    story
        .smtp
        .fault(Fault::reply("RCPT", "450 4.2.0 come again").with(IVAN));
    story.answer(1, "It has left.", &[]);
    eventually(SOON, "the first answer is delayed", || {
        let rows = story.outbox();
        let last = rows.last().unwrap();
        (last["attempts"] == 1 && last["state"] == "pending")
            .then_some(())
            .ok_or_else(|| last.to_string())
    });
    // the next attempt of the first is a minute away, unless another answer needs it gone
    story.answer(1, "Sorry, it leaves tomorrow.", &[]);
    let mails = story.smtp.wait_for(IVAN, 3, SOON);
    let words: Vec<String> = mails.iter().map(|mail| mail.text()).collect();
    assert!(words[1].starts_with("It has left."), "{words:?}");
    assert!(words[2].starts_with("Sorry"), "{words:?}");
    assert!(mails[1].at <= mails[2].at);
    story.desk.wait_outbox_empty(SOON);
    assert_eq!(answers(&story), ["sent", "sent"]);
}

#[test]
fn an_acknowledgement_does_not_come_after_the_answer() {
    let story = Story::new(|setup| setup);
    story
        .smtp
        .fault(Fault::reply("RCPT", "450 4.2.0 come again").with(IVAN));
    story.tell(&question("one", "Hello, where is order 5?"));
    eventually(SOON, "the acknowledgement is delayed", || {
        let rows = story.outbox();
        (rows[0]["attempts"] == 1 && rows[0]["state"] == "pending")
            .then_some(())
            .ok_or_else(|| rows[0].to_string())
    });
    story.answer(1, "It leaves today.", &[]);
    let mail = story.sent(IVAN, 1);
    assert!(mail.text().starts_with("It leaves today."));
    story.desk.wait_outbox_empty(SOON);
    let rows = story.outbox();
    assert_eq!(rows[0]["state"], "dropped");
    assert_eq!(rows[0]["why"], "the answer was first");
}

#[test]
fn an_answer_can_be_taken_back_until_it_leaves() {
    let mut story = Story::new(|setup| setup.set("tickets", "undo_within", "\"1h\""));
    story.tell(&question("one", "Hello, where is order 5?"));
    story.sent(IVAN, 1);
    story.answer(1, "It leaves today.", &["--close"]);
    assert_eq!(story.desk.ticket(1)["status"], "closed");
    assert_eq!(answers(&story), ["scheduled"]);
    let unsent = ["ticket", "unsend", "1", "--agent", "Anna", "--json"];
    let told: Value = story.desk.cli(&unsent);
    assert_eq!((&told["kept"], &told["late"]), (&1.into(), &0.into()));
    let ticket = story.desk.ticket(1);
    assert_eq!(ticket["status"], "open");
    assert_eq!(answers(&story), ["dropped"]);
    let surveys = story.outbox();
    let survey = surveys.iter().find(|row| row["kind"] == "survey").unwrap();
    assert_eq!(survey["state"], "dropped");
    let message = ticket["messages"].as_array().unwrap().last().unwrap();
    assert_eq!(message["delivery"]["state"], "dropped");
    let words = refused(&story, &["ticket", "unsend", "1"]);
    assert!(words.contains("no answer of ticket 1 waits"), "{words}");

    // closed without any answer: nobody helped, so nobody is asked
    story
        .desk
        .cli_text(&["ticket", "set", "1", "--status", "closed"], "");
    assert_eq!(story.written("survey").len(), 1);

    // the time passes: it leaves by itself, and cannot be taken back any more
    story.desk.edit("tickets", "undo_within", "\"1s\"");
    story.answer(1, "It left yesterday.", &[]);
    assert!(story.sent(IVAN, 2).text().starts_with("It left yesterday."));
    story.desk.wait_outbox_empty(SOON);
    refused(&story, &["ticket", "unsend", "1"]);
}

#[test]
fn a_delayed_answer_is_held_when_the_customer_writes_first() {
    let story = Story::new(by_mail);
    story.tell(&question("one", "Hello, where is order 5?"));
    story.sent(ANNA, 1);
    story.sent(IVAN, 1);
    story.answer(1, "It leaves on Friday.", &["--later", "2d"]);
    assert_eq!(answers(&story), ["scheduled"]);
    // another answer does not wait two days for it
    story.answer(1, "We are looking into it.", &[]);
    let second = story.sent(IVAN, 2);
    let came = answer_to(&second, "more", &[], "I have cancelled it!");
    let came = String::from_utf8(came)
        .unwrap()
        .replace("anna@example.com", IVAN);
    story.tell(came.as_bytes());

    let told = story.sent(ANNA, 2);
    let words = told.text();
    assert!(
        words.contains("has not left and is held") && words.contains("I have cancelled it!"),
        "{words}"
    );
    assert_eq!(story.events(1, "answer_held").len(), 1);
    let rows = story.outbox();
    let held = rows.iter().find(|row| row["held"] == true).unwrap();
    assert_eq!(held["why"], "held: the customer wrote before it left");
    assert_eq!(held["next_attempt_at"], Value::Null);
    assert_eq!(story.desk.ticket(1)["status"], "open");

    // by the mail that told of it: sent as it is
    story.tell(&answer_to(&told, "go", &[PROOF], "#send"));
    let third = story.sent(IVAN, 3);
    assert!(third.text().starts_with("It leaves on Friday."));
    story.desk.wait_outbox_empty(SOON);
    assert_eq!(story.desk.ticket(1)["status"], "pending");
    assert_eq!(answers(&story), ["sent", "sent"]);
    let words = refused(&story, &["ticket", "send", "1"]);
    assert!(words.contains("no answer of ticket 1 is held"), "{words}");
}

#[test]
fn an_agent_takes_back_and_answers_anew_in_one_mail() {
    let story = Story::new(|setup| by_mail(setup).set("tickets", "undo_within", "\"3s\""));
    story.tell(&question("one", "Hello, where is order 5?"));
    let told = story.sent(ANNA, 1);
    story.sent(IVAN, 1);
    story.answer(1, "Order 6 leaves today.", &["--later", "1h"]);
    let new = "#unsend\nOrder 5 leaves today.";
    let filed = story.tell(&answer_to(&told, "new", &[PROOF], new));
    assert_eq!(filed.reason, "agent_answer");
    assert!(story.sent(IVAN, 2).text().starts_with("Order 5 leaves"));
    story.desk.wait_outbox_empty(SOON);
    assert_eq!(answers(&story), ["dropped", "sent"]);
    // nothing waits any more: the mail is not done, and says so
    story.tell(&answer_to(&told, "late", &[PROOF], "#unsend"));
    let words = story.sent(ANNA, 2).text();
    assert!(words.contains("no answer of ticket 1 waits"), "{words}");
}

#[test]
fn an_answer_that_was_tried_is_taken_back_without_a_promise() {
    let story = Story::new(|setup| setup);
    story.tell(&question("one", "Hello, where is order 5?"));
    story.sent(IVAN, 1);
    story.desk.wait_outbox_empty(SOON);
    let busy = Fault::reply("RCPT", "450 4.2.0 come again").with(IVAN);
    story.smtp.fault(busy.always());
    story.answer(1, "It has left.", &[]);
    eventually(SOON, "the answer is delayed", || {
        let rows = story.outbox();
        let last = rows.last().unwrap();
        (last["attempts"] == 1 && last["state"] == "pending")
            .then_some(())
            .ok_or_else(|| last.to_string())
    });
    let said = story.desk.cli_text(&["ticket", "unsend", "1"], "");
    assert!(
        said.contains("an attempt was made for 1 recipient"),
        "{said}"
    );
    assert!(!said.contains("nobody gets it"), "{said}");
    assert_eq!(answers(&story), ["dropped"]);
    assert!(story.events(1, "unsent")[0].contains("it may have arrived at 1"));
}
