//! Mail that was in the mailbox before the desk came.

use crate::{
    harness::mail::plain,
    story::{DESK, Story},
};

#[test]
fn history_becomes_closed_tickets_and_nobody_is_written_to() {
    let old = |id: &str, subject: &str, more: &str, body: &str| {
        plain(
            "Ivan <ivan@shop.example>",
            DESK,
            subject,
            &[&format!("Message-ID: <{id}@shop.example>"), more],
            body,
        )
    };
    let mails = [
        old(
            "one",
            "Old question",
            "Date: Mon, 02 Mar 2026 10:00:00 +0200",
            "Hello, the import fails.",
        ),
        old(
            "two",
            "Re: Old question",
            "In-Reply-To: <one@shop.example>",
            "Please, somebody?",
        ),
    ];
    let story = Story::with_history(&mails, |setup| setup);
    let ticket = story.desk.ticket(1);
    assert_eq!(ticket["status"], "closed");
    assert_eq!(ticket["opened_at"], "2026-03-02T08:00:00Z");
    assert_eq!(ticket["messages"].as_array().unwrap().len(), 2);
    assert_eq!(story.desk.tickets().len(), 1);
    assert!(story.outbox().is_empty());

    // an answer to it today is a new question, with the old one at hand
    let now = old(
        "three",
        "Re: Old question",
        "In-Reply-To: <two@shop.example>",
        "It is back.",
    );
    let filed = story.tell(&now);
    assert_eq!(
        (filed.disposition.as_str(), filed.reason.as_str()),
        ("open_ticket", "continues_history")
    );
    let ticket = story.desk.ticket(2);
    assert_eq!(
        (&ticket["status"], &ticket["linked_to"]),
        (&"open".into(), &1.into())
    );
    assert_eq!(story.written("acknowledgement"), ["ivan@shop.example"]);
}
