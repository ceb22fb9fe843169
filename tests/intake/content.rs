//! Large mails, and mails that come twice.

use crate::{
    harness::mail,
    place::{Place, USER, customer, question, wait_acknowledged, wait_settled},
};

#[test]
fn a_mail_over_the_limit_is_a_ticket_with_a_notice_and_holds_up_nobody() {
    let place = Place::new();
    let desk = place
        .setup(&[])
        .set("limits", "max_message_size", "\"8KiB\"")
        .start();
    let mut large = question(1);
    large.extend("a line of a long mail\r\n".repeat(1000).into_bytes());
    place.dovecot.deliver_many(USER, [large, question(2)]);
    wait_acknowledged(&desk, &place.smtp, [1, 2]);
    let ticket = desk.ticket(1);
    assert_eq!(ticket["subject"], "A question about order 1");
    assert_eq!(ticket["requester"]["address"], customer(1));
    let text = ticket["messages"][0]["text"].as_str().unwrap();
    assert!(text.contains("over the limit"), "{text}");
    assert!(!text.contains("a line of a long mail"), "{text}");
    let text = desk.ticket(2)["messages"][0]["text"].to_string();
    assert!(text.contains("state of order 2"), "{text}");
}

#[test]
fn the_same_mail_twice_is_one_ticket() {
    let place = Place::new();
    let desk = place.desk(&[]);
    place.deliver(&question(1));
    wait_acknowledged(&desk, &place.smtp, [1]);
    // later, and both copies at once
    place
        .dovecot
        .deliver_many(USER, [question(1), question(2), question(2)]);
    let lines = wait_settled(&desk, 4);
    wait_acknowledged(&desk, &place.smtp, [1, 2]);
    assert_eq!(desk.tickets().len(), 2);
    let ignored = lines.iter().filter(|line| line.disposition == "ignore");
    assert_eq!(ignored.count(), 2, "{lines:?}");
}

#[test]
fn a_message_id_that_was_used_before_does_not_hide_a_mail() {
    let place = Place::new();
    let desk = place.desk(&[]);
    let reused = |number: usize, body: &str| {
        mail::plain(
            &customer(number),
            USER,
            "Invoice",
            &["Message-ID: <always-the-same@shop.example>"],
            body,
        )
    };
    place.deliver(&reused(1, "Please send the invoice of May."));
    wait_acknowledged(&desk, &place.smtp, [1]);
    place.deliver(&reused(2, "Please send the invoice of June."));
    wait_acknowledged(&desk, &place.smtp, [1, 2]);
    assert_eq!(desk.tickets().len(), 2);
}
