//! Who may act by mail: an agent's address, the agent's token, and a proof. A miss is a note.

use super::agent_answers::{ANNA, PROOF, answer_as, answer_to, by_mail, question};
use crate::{
    harness::mail::plain,
    story::{DESK, SOON, Story, addresses},
};

#[test]
fn a_miss_is_kept_as_a_note_and_the_agent_is_told() {
    let story = Story::new(by_mail);
    story.tell(&question("one", "Hello, where is order 5?"));
    let annas = story.sent("anna@example.com", 1);
    let petros = story.sent("petro@example.com", 1);
    let failed = "Authentication-Results: mx.example.com; dmarc=fail header.from=example.com";
    let foreign = "Authentication-Results: mx.evil.example; dmarc=pass header.from=example.com";
    let token = annas.header("Reply-To");
    let forged = token.replace("support+a1-", "support+a1-a");
    let mail = |id: &str, to: &str| {
        let id = format!("Message-ID: <{id}@laptop.example>");
        plain(ANNA, to, "Re: [#1] order", &[&id, PROOF], "#close\nToday.")
    };
    let misses = [
        (
            answer_to(&annas, "n1", &[], "#close\nToday."),
            "nothing proves",
        ),
        (
            answer_to(&annas, "n2", &[failed], "#close\nToday."),
            "nothing proves",
        ),
        (
            answer_to(&annas, "n3", &[foreign], "#close\nToday."),
            "nothing proves",
        ),
        (
            answer_to(&petros, "n4", &[PROOF], "#close\nToday."),
            "went to a colleague",
        ),
        (mail("n5", &forged), "no answer to a notification"),
    ];
    for (number, (mail, why)) in misses.iter().enumerate() {
        let filed = story.tell(mail);
        assert_eq!(
            (
                filed.disposition.as_str(),
                filed.reason.as_str(),
                filed.ticket
            ),
            ("note", "agent_mail", Some(1)),
            "{why}"
        );
        let told = story.sent("anna@example.com", number + 2).text();
        assert!(told.contains(why), "{told}");
        assert!(!told.contains("Today."), "{told}");
    }
    // over the budget the ticket alone says it
    story.tell(&mail("n6", DESK));
    assert_eq!(
        story.events(1, "not_notified"),
        ["the budget of automatic mail is used up"]
    );
    let ticket = story.desk.ticket(1);
    assert_eq!(
        (&ticket["status"], &ticket["assignee"]),
        (&"open".into(), &"".into())
    );
    assert_eq!(addresses(&ticket["participants"]), ["ivan@shop.example"]);
    let messages = ticket["messages"].as_array().unwrap();
    let notes = messages.iter().filter(|m| m["direction"] == "note");
    assert_eq!(notes.count(), 6);
    story.desk.wait_outbox_empty(SOON);
    assert_eq!(story.smtp.wait_for("ivan@shop.example", 1, SOON).len(), 1);
    assert_eq!(story.desk.tickets().len(), 1);
}

#[test]
fn a_token_in_other_hands_gives_no_powers() {
    let story = Story::new(by_mail);
    story.tell(&question("one", "Hello, where is order 5?"));
    let annas = story.sent("anna@example.com", 1);
    // her private address, or a thief's: kept as a note, and Anna hears of it
    let private = "Anna <anna.k@private.example>";
    let proof = "Authentication-Results: mx.example.com; dmarc=pass header.from=private.example";
    let filed = story.tell(&answer_as(
        private,
        &annas,
        "p1",
        &[proof],
        "#close\nToday.",
    ));
    assert_eq!(
        (
            filed.disposition.as_str(),
            filed.reason.as_str(),
            filed.ticket
        ),
        ("note", "agent_mail", Some(1))
    );
    let told = story.sent("anna@example.com", 2).text();
    assert!(told.contains("anna.k@private.example"), "{told}");
    assert!(told.contains("answer from your own address"), "{told}");
    let rows = story.outbox();
    assert!(
        rows.iter()
            .all(|row| row["recipient"] != "anna.k@private.example"),
        "{rows:?}"
    );
    let ticket = story.desk.ticket(1);
    assert_eq!(ticket["status"], "open");
    assert_eq!(addresses(&ticket["participants"]), ["ivan@shop.example"]);
    // the customer answers everybody, her token among them: a customer's answer
    let filed = story.tell(&answer_as(
        "Ivan <ivan@shop.example>",
        &annas,
        "i1",
        &[],
        "#close is what I would say.",
    ));
    assert_eq!(
        (filed.disposition.as_str(), filed.ticket),
        ("append", Some(1))
    );
    // a stranger who knows the number alone: a ticket of their own
    let stranger = plain(
        "Eve <eve@evil.example>",
        DESK,
        "Re: [#1] order",
        &["Message-ID: <e1@evil.example>"],
        "#close",
    );
    let filed = story.tell(&stranger);
    assert_eq!(
        (filed.reason.as_str(), filed.ticket),
        ("stranger_points_to_ticket", Some(2))
    );
    assert_eq!(story.written("reply").len(), 0);
}

#[test]
fn machines_of_agents_do_nothing_and_a_notification_that_comes_back_ends_there() {
    let story = Story::new(by_mail);
    story.tell(&question("one", "Hello, where is order 5?"));
    let annas = story.sent("anna@example.com", 1);
    let away = answer_to(
        &annas,
        "o1",
        &[PROOF, "Auto-Submitted: auto-replied"],
        "#close\nI am on holiday.",
    );
    let filed = story.tell(&away);
    assert_eq!(
        (filed.disposition.as_str(), filed.reason.as_str()),
        ("note", "auto_reply_to_ticket")
    );
    assert_eq!(story.desk.ticket(1)["status"], "open");

    let before = story.outbox().len();
    let bounce = format!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: {}\nSubject: Undelivered\n\
         Message-ID: <dsn@mx.example>\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n\n--b\n\
         Content-Type: text/plain\n\nNot delivered.\n\n--b\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; anna@example.com\n\
         Action: failed\nStatus: 5.1.1\n\n--b--\n",
        annas.sender
    );
    let filed = story.tell(bounce.replace('\n', "\r\n").as_bytes());
    assert_eq!(
        (filed.disposition.as_str(), filed.ticket),
        ("bounce", Some(1))
    );
    let failed = story.events(1, "delivery_failed");
    assert!(
        failed[0].contains("notification") && failed[0].contains("5.1.1"),
        "{failed:?}"
    );
    assert_eq!(story.outbox().len(), before);
    // she is told nothing more until she writes
    story.tell(&question("two", "And order 6?"));
    assert_eq!(story.events(2, "not_notified").len(), 1);
    assert_eq!(story.smtp.wait_for("petro@example.com", 2, SOON).len(), 2);
    story.tell(&answer_to(&annas, "a1", &[PROOF], "It leaves today."));
    story.sent("ivan@shop.example", 3);
    story.tell(&question("three", "And order 7?"));
    let mails = story.smtp.wait_for("anna@example.com", 2, SOON);
    assert!(mails[1].text().contains("And order 7?"));
}

#[test]
fn a_desk_that_trusts_nobody_says_so_in_the_notification() {
    let story = Story::new(|setup| by_mail(setup).set("trust", "authserv_ids", "[]"));
    story.tell(&question("one", "Hello, where is order 5?"));
    let annas = story.sent("anna@example.com", 1);
    assert!(
        annas
            .text()
            .contains("kept in the ticket as a private note")
    );
    story.tell(&answer_to(&annas, "a1", &[PROOF], "It leaves today."));
    assert_eq!(story.written("reply").len(), 0);
    // the operator's word that nothing forged comes in
    let story = Story::new(|setup| {
        by_mail(setup).set("trust", "authserv_ids", "[]").set(
            "trust",
            "inbound_path_trusted",
            "true",
        )
    });
    story.tell(&question("one", "Hello, where is order 5?"));
    let annas = story.sent("anna@example.com", 1);
    story.tell(&answer_to(&annas, "a1", &[], "It leaves today."));
    story.sent("ivan@shop.example", 2);
}

#[test]
fn an_agent_who_asks_is_a_customer_of_that_ticket() {
    let story = Story::new(by_mail);
    let asks = plain(
        ANNA,
        DESK,
        "My chair",
        &["Message-ID: <chair@example.com>"],
        "It squeaks.",
    );
    story.tell(&asks);
    let mails = story.smtp.wait_for("anna@example.com", 1, SOON);
    let back = plain(
        ANNA,
        &mails[0].header("Reply-To"),
        "Re: [#1] My chair",
        &["Message-ID: <chair2@example.com>"],
        "#close is what I would like.",
    );
    let filed = story.tell(&back);
    assert_eq!(
        (filed.disposition.as_str(), filed.ticket),
        ("append", Some(1))
    );
    let told = story.sent("petro@example.com", 2);
    assert!(told.text().contains("what I would like"));
    assert_eq!(story.smtp.wait_for("anna@example.com", 1, SOON).len(), 1);
}

#[test]
fn an_agent_who_writes_to_the_customer_with_the_desk_in_copy_is_told_once_a_ticket() {
    let story = Story::new(by_mail);
    let asks = |id: &str| {
        plain(
            "Ivan <ivan@shop.example>",
            DESK,
            "Where is my order?",
            &[
                &format!("Message-ID: <{id}@shop.example>"),
                "Cc: Boss <boss@shop.example>",
            ],
            &format!("Hello, this is {id}."),
        )
    };
    story.tell(&asks("one"));
    story.sent("anna@example.com", 1);
    // from her own mail program, with no token of hers
    let writes = |id: &str, to: &str, cc: &str, more: &str| {
        let headers = [
            format!("Message-ID: <{id}@laptop.example>"),
            "In-Reply-To: <one@shop.example>".to_owned(),
            format!("Cc: {cc}"),
            more.to_owned(),
        ];
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let words = format!("Hello Ivan, mail {id} says: it leaves today.");
        plain(ANNA, to, "Re: Where is my order?", &headers, &words)
    };
    let outside = [
        writes("o1", "Ivan <IVAN@shop.example>", DESK, "X-Nothing: 1"),
        writes("o2", DESK, "boss@shop.example", "X-Nothing: 2"),
        writes("o3", "ivan@shop.example, boss@shop.example", DESK, PROOF),
    ];
    for mail in &outside {
        let filed = story.tell(mail);
        assert_eq!(
            (
                filed.disposition.as_str(),
                filed.reason.as_str(),
                filed.ticket
            ),
            ("note", "answered_outside", Some(1))
        );
    }
    let told = story.sent("anna@example.com", 2);
    assert!(
        told.text().contains("went to the customer directly"),
        "{}",
        told.text()
    );
    assert_eq!(story.events(1, "answered_outside").len(), 3);
    assert!(story.events(1, "not_sent").is_empty());
    let ticket = story.desk.ticket(1);
    assert_eq!(
        (&ticket["status"], &ticket["assignee"]),
        (&"open".into(), &"".into()),
        "without a token a mail has no powers"
    );
    let page = story.desk.cli_text(&["ticket", "show", "1"], "");
    assert!(
        page.contains("an agent answered the customer with it outside the desk"),
        "{page}"
    );
    assert!(page.contains("mail o1 says: it leaves today."), "{page}");

    // the desk alone got it: the customer did not, and she is told each time
    for id in ["d1", "d2"] {
        let filed = story.tell(&writes(id, DESK, "petro@example.com", "X-Nothing: 3"));
        assert_eq!(filed.reason, "agent_mail");
    }
    let told = story.sent("anna@example.com", 4).text();
    assert!(told.contains("not sent to the customer"), "{told}");
    // a forged mail does not pass for an answer
    let failed = "Authentication-Results: mx.example.com; dmarc=fail header.from=example.com";
    let filed = story.tell(&writes("f1", "ivan@shop.example", DESK, failed));
    assert_eq!(filed.reason, "agent_mail");
    assert_eq!(story.events(1, "answered_outside").len(), 3);
    // another ticket is another one
    story.tell(&asks("two"));
    let other = plain(
        ANNA,
        "ivan@shop.example",
        "Re: Where is my order?",
        &[
            "Message-ID: <p1@laptop.example>",
            "In-Reply-To: <two@shop.example>",
            &format!("Cc: {DESK}"),
        ],
        "Hello Ivan, the second one too.",
    );
    assert_eq!(story.tell(&other).ticket, Some(2));
    let mails = story.smtp.wait_for("anna@example.com", 7, SOON);
    let outside = mails.iter().filter(|mail| mail.text().contains("directly"));
    assert_eq!(outside.count(), 2);
    story.desk.wait_outbox_empty(SOON);
    assert_eq!(story.written("reply"), [] as [&str; 0]);
}
