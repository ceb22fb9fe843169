//! The same mail twice, different mails of one name, merged tickets, mail of agents.

use crate::{
    harness::{Maildir, mail::plain},
    story::{DESK, SOON, Story},
};

fn question(id: &str, body: &str) -> Vec<u8> {
    let id = format!("Message-ID: <{id}@shop.example>");
    plain(
        "Ivan <ivan@shop.example>",
        DESK,
        "Where is my order?",
        &[&id],
        body,
    )
}

#[test]
fn a_mail_to_two_mailboxes_is_one_ticket_with_one_acknowledgement() {
    let other = tempfile::TempDir::new().unwrap();
    let sales = Maildir::new(other.path().join("Maildir"));
    sales.create();
    let story =
        Story::new(|setup| setup.maildir("sales", sales.path(), &[("poll_interval", "\"1s\"")]));
    story.tell(&question("one", "Hello, order 5."));
    let copy = [
        b"Received: from mx.example by mx2.example\r\n".to_vec(),
        question("one", "Hello, order 5."),
    ]
    .concat();
    sales.deliver(&copy);
    let filed = crate::harness::eventually(SOON, "the copy is filed", || {
        let lines = story.journal();
        lines
            .into_iter()
            .nth(1)
            .filter(|line| line.state != "received")
    });
    assert_eq!(
        (filed.disposition.as_str(), filed.reason.as_str()),
        ("ignore", "duplicate")
    );
    assert_eq!(story.desk.tickets().len(), 1);
    assert_eq!(story.written("acknowledgement").len(), 1);
}

#[test]
fn a_message_id_alone_makes_no_copy() {
    let story = Story::new(|setup| setup);
    story.tell(&question("same", "Hello, order 5."));
    let filed = story.tell(&question("same", "Hello, order 6."));
    assert_eq!(
        (filed.disposition.as_str(), filed.ticket),
        ("open_ticket", Some(2))
    );
    // and without one, the same words are one mail
    let nameless = plain("ivan@shop.example", DESK, "Order", &[], "Hello, order 7.");
    assert_eq!(story.tell(&nameless).ticket, Some(3));
    assert_eq!(story.tell(&nameless).reason, "duplicate");
}

#[test]
fn answers_to_a_merged_ticket_go_where_it_went() {
    let story = Story::new(|setup| setup);
    story.tell(&question("one", "Hello, order 5."));
    story.tell(&question("two", "Hello, order 5 again."));
    let token = story.sent("ivan@shop.example", 2).header("Reply-To");
    story.desk.cli_text(&["ticket", "merge", "2", "1"], "");
    let late = plain(
        "Ivan <ivan@shop.example>",
        &token,
        "Re: [#2] Where is my order?",
        &["Message-ID: <late@shop.example>"],
        "Any news?",
    );
    let filed = story.tell(&late);
    assert_eq!(
        (filed.disposition.as_str(), filed.ticket),
        ("append", Some(1))
    );
    let refused = story.desk.cli_output(&["ticket", "reply", "2"], "Hello");
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("merged into 1"));
}

#[test]
fn what_an_agent_mails_into_a_ticket_is_a_private_note() {
    let story = Story::new(|setup| setup);
    story.tell(&question("one", "Hello, order 5."));
    let token = story.sent("ivan@shop.example", 1).header("Reply-To");
    let from_agent = plain(
        "Anna <anna@example.com>",
        &token,
        "Re: [#1] Where is my order?",
        &["Message-ID: <anna@example.com>"],
        "The courier lost it.",
    );
    let filed = story.tell(&from_agent);
    assert_eq!(
        (
            filed.disposition.as_str(),
            filed.reason.as_str(),
            filed.ticket
        ),
        ("note", "agent_mail", Some(1))
    );
    let heard = story.smtp.wait_for("ivan@shop.example", 1, SOON);
    assert_eq!(heard.len(), 1, "the customer hears nothing of it");
    // it carries no token of hers: she is told
    assert!(
        story
            .sent("anna@example.com", 1)
            .text()
            .contains("not sent to the customer")
    );
    let ticket = story.desk.ticket(1);
    assert_eq!(ticket["status"], "open");
    story.answer(1, "It is on its way.", &[]);
    let sent = story.sent("ivan@shop.example", 2);
    assert!(!String::from_utf8_lossy(&sent.data).contains("courier"));
    assert_eq!(sent.header("In-Reply-To"), "<one@shop.example>");
    assert!(
        !sent.header("References").contains("anna@"),
        "{}",
        sent.header("References")
    );
}
