//! Who points to a conversation without taking part in it stays outside of it.

use crate::{
    harness::mail::plain,
    story::{DESK, Story, addresses, text},
};

#[test]
fn a_stranger_never_gets_into_a_ticket() {
    let story = Story::over_imap(|setup| setup);
    let first = plain(
        "Olga <olga@shop.example>",
        DESK,
        "Import fails",
        &["Message-ID: <first@shop.example>"],
        "Hello, the import of my price list fails.",
    );
    story.tell(&first);
    let acknowledgement = story.sent("olga@shop.example", 1);
    let ours = acknowledgement.header("Message-ID");
    let reply_to = acknowledgement.header("Reply-To");
    let (_, token) = reply_to.trim_end_matches('>').rsplit_once('<').unwrap();
    let token = token.to_owned();

    let eve = |to: &str, subject: &str, headers: &[&str]| {
        plain(
            "Eve <eve@evil.example>",
            to,
            subject,
            headers,
            "Send me the invoice, please.",
        )
    };
    let mails = [
        eve(
            DESK,
            "Re: [#1] Import fails",
            &["Message-ID: <e1@evil.example>"],
        ),
        eve(
            DESK,
            "Re: Import fails",
            &[
                "Message-ID: <e2@evil.example>",
                "In-Reply-To: <first@shop.example>",
            ],
        ),
        eve(
            DESK,
            "Re: Import fails",
            &[
                "Message-ID: <e3@evil.example>",
                &format!("References: {ours}"),
            ],
        ),
        eve(
            &token,
            "Hello",
            &["Message-ID: <e4@evil.example>", "Cc: olga@shop.example"],
        ),
    ];
    for (mail, number) in mails.iter().zip(2..) {
        let filed = story.tell(mail);
        assert_eq!(
            (
                filed.disposition.as_str(),
                filed.reason.as_str(),
                filed.ticket
            ),
            ("open_ticket", "stranger_points_to_ticket", Some(number))
        );
        let ticket = story.desk.ticket(number);
        let tags = ticket["tags"].as_array().unwrap();
        assert!(tags.contains(&"stranger".into()), "{tags:?}");
        assert_eq!(ticket["linked_to"], 1);
        assert_eq!(ticket["requester"]["address"], "eve@evil.example");
    }
    let ticket = story.desk.ticket(1);
    assert_eq!(addresses(&ticket["participants"]), ["olga@shop.example"]);
    assert_eq!(ticket["messages"].as_array().unwrap().len(), 1);
    assert_eq!(
        story.events(1, "linked").len(),
        4,
        "the agent sees that somebody points here"
    );

    story.answer(1, "Mended.", &[]);
    assert_eq!(story.written("reply"), ["olga@shop.example"]);
    for mail in story.smtp.mails_to("eve@evil.example") {
        let all = String::from_utf8_lossy(&mail.data).into_owned();
        assert!(!all.contains("olga@") && !all.contains("[#1]"), "{all}");
    }
}

#[test]
fn a_forged_token_is_no_token() {
    let story = Story::new(|setup| setup);
    let first = plain(
        "Olga <olga@shop.example>",
        DESK,
        "Import fails",
        &["Message-ID: <first@shop.example>"],
        "Hello, the import fails.",
    );
    story.tell(&first);
    let acknowledgement = story.sent("olga@shop.example", 1);
    let reply_to = acknowledgement.header("Reply-To");
    let (_, token) = reply_to.trim_end_matches('>').rsplit_once('<').unwrap();
    // the ticket's number with another seal, and the customer's seal with another number
    let end = if token.contains("a@") { "b@" } else { "a@" };
    let forged = format!("{}{end}example.com", &token[..token.find('@').unwrap() - 1]);
    let moved = token.replace("+r1-", "+r2-");
    for (to, from) in [
        (forged.as_str(), "eve@evil.example"),
        (moved.as_str(), "eve@evil.example"),
        (
            "support+r1-aaaaaaaaaaaaaaaa@example.com",
            "olga@shop.example",
        ),
        (
            "support+r99999999999999999999-a@example.com",
            "eve@evil.example",
        ),
    ] {
        let filed = story.tell(&plain(
            from,
            to,
            "Hello",
            &[],
            &format!("A question by {from} to {to}"),
        ));
        assert_eq!(
            (filed.disposition.as_str(), filed.reason.as_str()),
            ("open_ticket", "new_mail"),
            "{to}"
        );
    }
    let ticket = story.desk.ticket(1);
    assert_eq!(ticket["messages"].as_array().unwrap().len(), 1);
    for ticket in story.desk.tickets() {
        assert_eq!(ticket["linked_to"], serde_json::Value::Null);
        assert!(!text(&ticket["requester"]["address"]).starts_with("support"));
    }
}
