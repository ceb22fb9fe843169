//! Mail of the desk that comes back.

use crate::{
    harness::mail::plain,
    story::{DESK, SOON, Story},
};

/// A delivery status notification as Postfix writes it (RFC 3464).
pub fn notification(
    to: &str,
    recipient: &str,
    action: &str,
    status: &str,
    original: &str,
) -> Vec<u8> {
    let text = format!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example (Mail Delivery System)\nTo: {to}\n\
         Subject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\n\
         Message-ID: <dsn-{status}-{action}@mx.example>\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n\n\
         --b\nContent-Type: text/plain; charset=us-ascii\n\n\
         The mail to <{recipient}> was not delivered.\n\n\
         --b\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; mx.example\n\n\
         Final-Recipient: rfc822; {recipient}\nAction: {action}\nStatus: {status}\n\
         Diagnostic-Code: smtp; 550 {status} no such user\n\n\
         --b\nContent-Type: text/rfc822-headers\n\n\
         From: support@example.com\nTo: {recipient}\nMessage-ID: {original}\nSubject: Re: [#1]\n\n\
         --b--\n"
    );
    text.replace('\n', "\r\n").into_bytes()
}

fn question(number: usize) -> Vec<u8> {
    plain(
        "Ivan <ivan@shop.example>",
        DESK,
        "Where is my order?",
        &[
            &format!("Message-ID: <q{number}@shop.example>"),
            "Cc: boss@shop.example",
        ],
        &format!("Hello, this is question {number}."),
    )
}

#[test]
fn a_reply_that_comes_back_is_told_in_its_ticket_and_the_address_rests_until_it_writes() {
    let story = Story::over_imap(|setup| setup);
    story.tell(&question(1));
    story.answer(1, "Here it is.", &[]);
    let sent = story.sent("ivan@shop.example", 2);
    story.sent("boss@shop.example", 1);
    story.desk.wait_outbox_empty(SOON);
    let before = story.desk.ticket(1);
    let ours = sent.header("Message-ID");

    let delayed = notification(&sent.sender, "ivan@shop.example", "delayed", "4.4.1", &ours);
    let filed = story.tell(&delayed);
    assert_eq!(
        (filed.disposition.as_str(), filed.ticket),
        ("bounce", Some(1))
    );
    assert_eq!(
        story.desk.ticket(1)["messages"][1]["delivery"]["state"],
        "sent",
        "not yet lost"
    );

    let failed = notification(&sent.sender, "ivan@shop.example", "failed", "5.1.1", &ours);
    let filed = story.tell(&failed);
    assert_eq!(
        (
            filed.disposition.as_str(),
            filed.reason.as_str(),
            filed.ticket
        ),
        ("bounce", "bounce_of_our_mail", Some(1))
    );
    let rows = story.outbox();
    let state_of = |recipient: &str| {
        let row = rows
            .iter()
            .find(|row| row["recipient"] == recipient && row["kind"] == "reply")
            .unwrap();
        (
            row["state"].as_str().unwrap(),
            row["last_error"].as_str().unwrap(),
        )
    };
    let (state, error) = state_of("ivan@shop.example");
    assert!(
        state == "failed" && error.contains("5.1.1"),
        "{state}: {error}"
    );
    assert_eq!(
        state_of("boss@shop.example"),
        ("sent", ""),
        "the others have it"
    );
    let told = story.events(1, "delivery_failed");
    assert!(told.len() == 1 && told[0].contains("5.1.1"), "{told:?}");
    let after = story.desk.ticket(1);
    assert_eq!(after["messages"][1]["delivery"]["state"], "failed");
    for key in ["participants", "assignee"] {
        assert_eq!(after[key], before[key], "{key}");
    }
    let kinds = |kind: &str| rows.iter().filter(|row| row["kind"] == kind).count();
    let automatic = kinds("acknowledgement") + kinds("auto");
    assert_eq!(automatic, 1, "a bounce is not answered");
    assert_eq!(story.desk.tickets().len(), 1);

    // a ticket in the name of somebody in copy: the first address rests meanwhile
    story
        .desk
        .cli_text(&["ticket", "set", "1", "--status", "closed"], "");
    assert_eq!(story.events(1, "survey_skipped"), ["suppressed"]);
    // it writes: so it lives, and is told so
    story.tell(&question(2));
    assert!(story.events(2, "not_acknowledged").is_empty());
    story.sent("ivan@shop.example", 3);
    // a bounce of the bounce's kind that names nothing of ours ends there
    let foreign = notification(DESK, "x@y.example", "failed", "5.7.1", "<theirs@y.example>");
    assert_eq!(story.tell(&foreign).reason, "bounce_of_foreign_mail");
}

#[test]
fn a_bounce_to_the_signed_address_finds_its_mail_whatever_else_it_says() {
    let story = Story::new(|setup| setup);
    // the returned part is missing, and the Message-ID with it
    let bare = |sender: &str, _: &str| {
        plain(
            "MAILER-DAEMON@mx.example",
            sender,
            "Undelivered Mail Returned to Sender",
            &["Return-Path: <>"],
            "<ivan@shop.example>: 550 5.1.1 no such user",
        )
    };
    // the customer's mail is forwarded, and it failed there
    let forwarded = |sender: &str, ours: &str| {
        notification(sender, "ivan@private.example", "failed", "5.1.1", ours)
    };
    type Bounce<'b> = &'b dyn Fn(&str, &str) -> Vec<u8>;
    let bounces: [Bounce<'_>; 2] = [&bare, &forwarded];
    for (bounce, number) in bounces.iter().zip(1..) {
        story.tell(&question(usize::try_from(number).unwrap()));
        story.answer(number, "Here it is.", &[]);
        let sent = story.sent("ivan@shop.example", 2 * usize::try_from(number).unwrap());
        story.desk.wait_outbox_empty(SOON);
        let filed = story.tell(&bounce(&sent.sender, &sent.header("Message-ID")));
        assert_eq!(
            (filed.disposition.as_str(), filed.ticket),
            ("bounce", Some(number))
        );
        let told = story.events(number, "delivery_failed");
        assert!(told.len() == 1 && told[0].contains("5.1.1"), "{told:?}");
        let ticket = story.desk.ticket(number);
        assert_eq!(ticket["messages"][1]["delivery"]["state"], "failed");
        let closed = ["ticket", "set", &number.to_string(), "--status", "closed"];
        story.desk.cli_text(&closed, "");
        assert_eq!(story.events(number, "survey_skipped"), ["suppressed"]);
    }
}

#[test]
fn nobody_can_silence_an_address_that_was_not_written_to() {
    let story = Story::new(|setup| setup);
    story.tell(&question(1));
    story.answer(1, "Here it is.", &[]);
    let ours = story.sent("ivan@shop.example", 2).header("Message-ID");
    let forged = notification(DESK, "olga@shop.example", "failed", "5.1.1", &ours);
    story.tell(&forged);
    let rows = story.outbox();
    assert!(rows.iter().all(|row| row["state"] != "failed"), "{rows:?}");
    let olga = plain(
        "olga@shop.example",
        DESK,
        "Hello",
        &[],
        "Hello, where is my order?",
    );
    story.tell(&olga);
    story.sent("olga@shop.example", 1);
}

/// The row of the mail of a kind to Ivan.
fn row_of(story: &Story, kind: &str) -> serde_json::Value {
    let rows = story.outbox().into_iter();
    let mut rows =
        rows.filter(|row| row["kind"] == kind && row["recipient"] == "ivan@shop.example");
    rows.next_back().unwrap()
}

#[test]
fn a_server_that_gave_up_fails_the_mail_and_the_third_time_the_address_rests() {
    let story = Story::new(|setup| setup);
    for number in 1..=3i64 {
        story.tell(&question(usize::try_from(number).unwrap()));
        if number == 1 {
            story.answer(1, "Here it is.", &[]);
        }
    }
    let kinds = ["reply", "acknowledgement", "acknowledgement"];
    story.sent("ivan@shop.example", 4);
    story.desk.wait_outbox_empty(SOON);
    let acknowledgements: Vec<_> = story
        .outbox()
        .into_iter()
        .filter(|row| row["kind"] == "acknowledgement")
        .collect();
    let rows = [
        row_of(&story, "reply"),
        acknowledgements[1].clone(),
        acknowledgements[2].clone(),
    ];
    for (number, (kind, row)) in (1..=3i64).zip(kinds.iter().zip(&rows)) {
        let ours = format!("<{}>", row["message_id"].as_str().unwrap());
        let status = format!("4.4.{number}");
        let gone = notification(DESK, "ivan@shop.example", "failed", &status, &ours);
        let filed = story.tell(&gone);
        assert_eq!(
            (filed.disposition.as_str(), filed.ticket),
            ("bounce", Some(number))
        );
        let told = story.events(number, "delivery_failed");
        assert!(
            told.len() == 1 && told[0].contains(kind) && told[0].contains(&status),
            "{told:?}"
        );
        let counted = story.events(number, "soft_bounce");
        assert!(
            counted[0].contains(&format!("failure {number};")),
            "{counted:?}"
        );
        let closed = ["ticket", "set", "1", "--status", "closed"];
        let open = ["ticket", "set", "1", "--status", "open"];
        story.desk.cli_text(&closed, "");
        let mut skipped = story.events(1, "survey_skipped");
        // what was planned in the rounds before was taken back
        skipped.retain(|why| why != "reopened");
        assert_eq!(skipped.len(), usize::from(number == 3), "{skipped:?}");
        story.desk.cli_text(&open, "");
    }
    // it writes: so it lives
    story.tell(&question(4));
    assert!(story.events(4, "not_acknowledged").is_empty());
}

#[test]
fn a_relay_that_rewrote_our_message_id_and_servers_of_few_words_are_understood() {
    let story = Story::new(|setup| setup);
    // Amazon SES: its own Message-ID in the returned mail, ours at the end of References
    let rewritten = |ours: &str| {
        let ids = format!("<0102-ses@relay.example>\nReferences: <q1@shop.example>\n {ours}");
        notification(DESK, "ivan@shop.example", "failed", "5.1.1", &ids)
    };
    // qmail: a copy below its words
    let in_words = |ours: &str| {
        plain(
            "MAILER-DAEMON@mx.example",
            DESK,
            "failure notice",
            &["Return-Path: <>"],
            &format!(
                "Hi. This is the qmail-send program at mx.example.\n\n<ivan@shop.example>:\n\
                 Sorry, no mailbox here by that name. (#5.1.1)\n\n\
                 --- Below this line is a copy of the message.\n\n\
                 From: support@example.com\nMessage-ID: {ours}\n\nHere it is."
            ),
        )
    };
    // a forwarding of the customer's own failed: another address, but our mail
    let elsewhere =
        |ours: &str| notification(DESK, "ivan@private.example", "failed", "5.1.1", ours);
    type Bounce<'b> = &'b dyn Fn(&str) -> Vec<u8>;
    let bounces: [(Bounce<'_>, &str); 3] = [
        (&rewritten, "failed"),
        (&in_words, "failed"),
        (&elsewhere, "sent"),
    ];
    for (number, (bounce, state)) in (1..).zip(bounces) {
        story.tell(&question(usize::try_from(number).unwrap()));
        story.answer(number, "Here it is.", &[]);
        let sent = story.sent("ivan@shop.example", 2 * usize::try_from(number).unwrap());
        story.desk.wait_outbox_empty(SOON);
        let filed = story.tell(&bounce(&sent.header("Message-ID")));
        assert_eq!(
            (filed.reason.as_str(), filed.ticket),
            ("bounce_of_our_mail", Some(number))
        );
        assert_eq!(row_of(&story, "reply")["state"], state);
        let told = story.events(number, "delivery_failed");
        assert!(told.len() == 1 && told[0].contains("5.1.1"), "{told:?}");
    }
    // what was only handed on has not failed
    story.tell(&question(4));
    let sent = story.sent("ivan@shop.example", 7);
    let ours = sent.header("Message-ID");
    story.desk.wait_outbox_empty(SOON);
    story.tell(&notification(
        DESK,
        "ivan@shop.example",
        "relayed",
        "2.1.9",
        &ours,
    ));
    assert_eq!(row_of(&story, "acknowledgement")["state"], "sent");
    assert_eq!(story.events(4, "delivery_reported"), ["relayed: 2.1.9"]);
    // a number in a subject is nobody's proof
    let guessed = plain(
        "MAILER-DAEMON@mx.example",
        DESK,
        "Undeliverable: Re: [#4] Where is my order?",
        &["Return-Path: <>"],
        "<ivan@shop.example>: 550 5.1.1 no such user",
    );
    assert_eq!(story.tell(&guessed).reason, "bounce_of_foreign_mail");
}

#[test]
fn who_marks_our_mail_as_spam_is_left_alone_until_it_answers() {
    let story = Story::new(|setup| setup);
    story.tell(&question(1));
    story.answer(1, "Here it is.", &[]);
    let sent = story.sent("ivan@shop.example", 2);
    story.desk.wait_outbox_empty(SOON);
    // the recipient is hidden, the envelope sender is not
    let report = format!(
        "From: fbl@provider.example\nTo: {DESK}\nSubject: Abuse report\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=feedback-report; boundary=\"b\"\n\n\
         --b\nContent-Type: text/plain\n\nA complaint.\n\n\
         --b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n\
         Original-Mail-From: <{}>\n\n\
         --b\nContent-Type: text/rfc822-headers\n\nFrom: {DESK}\nMessage-ID: {}\n\n--b--\n",
        sent.sender,
        sent.header("Message-ID")
    );
    let filed = story.tell(report.replace('\n', "\r\n").as_bytes());
    assert_eq!(
        (
            filed.disposition.as_str(),
            filed.reason.as_str(),
            filed.ticket
        ),
        ("note", "feedback_report", Some(1))
    );
    let told = story.events(1, "complaint");
    assert!(
        told.len() == 1 && told[0].contains("ivan@shop.example"),
        "{told:?}"
    );
    assert_eq!(row_of(&story, "reply")["state"], "sent", "it did arrive");
    let closed = ["ticket", "set", "1", "--status", "closed"];
    story.desk.cli_text(&closed, "");
    assert_eq!(story.events(1, "survey_skipped"), ["suppressed"]);

    // anybody can write in the victim's name
    story.tell(&question(2));
    let why = "mail to the address came back, or was marked as spam there";
    assert_eq!(story.events(2, "not_acknowledged"), [why]);
    // only who got our mail can answer it
    let answer = plain(
        "Ivan <ivan@shop.example>",
        DESK,
        "Re: [#1] Where is my order?",
        &[&format!("In-Reply-To: {}", sent.header("Message-ID"))],
        "That was a slip, sorry. It has arrived.",
    );
    assert_eq!(story.tell(&answer).disposition, "append");
    story.tell(&question(3));
    assert!(story.events(3, "not_acknowledged").is_empty());
}
