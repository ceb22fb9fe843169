//! Machines write to the desk, and the desk does not write back.

use crate::{
    harness::mail::plain,
    story::{DESK, Story, addresses},
};

#[test]
fn machines_are_never_answered_and_people_who_say_no_are() {
    let story = Story::over_imap(|setup| setup);
    let machine = |from: &str, subject: &str, headers: &[&str]| {
        plain(from, DESK, subject, headers, "The nightly import is done.")
    };
    let robot = "Robot <robot@shop.example>";
    let mails = [
        (
            machine(robot, "Done", &["Auto-Submitted: auto-replied"]),
            "auto_reply",
        ),
        (
            machine(
                robot,
                "Done 2",
                &["Auto-Submitted: auto-generated; type=cron"],
            ),
            "auto_reply",
        ),
        (machine(robot, "Done 3", &["Precedence: bulk"]), "list_mail"),
        (
            machine(robot, "Done 4", &["X-Auto-Response-Suppress: All"]),
            "auto_reply",
        ),
        (machine(robot, "Done 5", &["Return-Path: <>"]), "auto_reply"),
        (
            machine(
                "Mail Delivery System <MAILER-DAEMON@mx.example>",
                "Undelivered Mail Returned to Sender",
                &[],
            ),
            "bounce_of_foreign_mail",
        ),
        (machine("postmaster@mx.example", "Quota", &[]), "auto_reply"),
    ];
    let raw: Vec<&[u8]> = mails.iter().map(|(mail, _)| mail.as_slice()).collect();
    for (filed, (_, reason)) in story.tell_all(&raw).iter().zip(&mails) {
        assert_eq!(
            (
                filed.disposition.as_str(),
                filed.reason.as_str(),
                filed.ticket
            ),
            ("ignore", *reason, None),
            "{}",
            filed.subject
        );
    }
    assert!(story.desk.tickets().is_empty());
    assert!(story.outbox().is_empty(), "{:?}", story.outbox());

    let person = plain(
        "Ivan <ivan@shop.example>",
        DESK,
        "A question",
        &["Auto-Submitted: no (a person)"],
        "Hello, how do I export my orders?",
    );
    assert_eq!(story.tell(&person).disposition, "open_ticket");
    story.sent("ivan@shop.example", 1);
}

#[test]
fn an_out_of_office_is_a_note_that_changes_nothing() {
    let story = Story::new(|setup| setup);
    let first = plain(
        "Ivan <ivan@shop.example>",
        DESK,
        "Prices are wrong",
        &["Message-ID: <first@shop.example>"],
        "Hello, all our prices are wrong.",
    );
    story.tell(&first);
    story.answer(1, "Mended.", &["--close"]);
    let ours = story.sent("ivan@shop.example", 2).header("Message-ID");
    let before = story.desk.ticket(1);
    let away = plain(
        "Ivan <ivan@shop.example>",
        DESK,
        "Automatic reply: Re: [#1] Prices are wrong",
        &[
            "Message-ID: <away@shop.example>",
            &format!("In-Reply-To: {ours}"),
            "Auto-Submitted: auto-replied",
            "Cc: deputy@shop.example",
        ],
        "I am away until Monday. My deputy is in copy.",
    );
    let filed = story.tell(&away);
    assert_eq!(
        (
            filed.disposition.as_str(),
            filed.reason.as_str(),
            filed.ticket
        ),
        ("note", "auto_reply_to_ticket", Some(1))
    );
    let after = story.desk.ticket(1);
    for key in [
        "status",
        "closed_at",
        "participants",
        "assignee",
        "priority",
    ] {
        assert_eq!(after[key], before[key], "{key}");
    }
    assert_eq!(addresses(&after["participants"]), ["ivan@shop.example"]);
    let last = after["messages"].as_array().unwrap().last().unwrap();
    assert_eq!(last["kind"], "auto_reply");
    assert_eq!(story.desk.tickets().len(), 1);

    // the next answer is to the person's words, not to the machine's
    story.answer(1, "One more thing.", &[]);
    let answer = story.sent("ivan@shop.example", 3);
    assert_eq!(answer.header("In-Reply-To"), "<first@shop.example>");
}

#[test]
fn what_the_desk_sent_itself_is_never_a_ticket() {
    let story = Story::new(|setup| setup);
    let first = plain(
        "Ivan <ivan@shop.example>",
        DESK,
        "Prices are wrong",
        &["Message-ID: <first@shop.example>"],
        "Hello, all our prices are wrong.",
    );
    story.tell(&first);
    let acknowledgement = story.sent("ivan@shop.example", 1);
    let filed = story.tell(&acknowledgement.data);
    assert_eq!(
        (filed.disposition.as_str(), filed.reason.as_str()),
        ("ignore", "our_mail_came_back")
    );
    story.answer(1, "Mended.", &[]);
    let filed = story.tell(&story.sent("ivan@shop.example", 2).data);
    assert_eq!(
        (filed.disposition.as_str(), filed.reason.as_str()),
        ("ignore", "our_mail_came_back")
    );
    for from in [
        DESK,
        "SUPPORT@Example.com",
        "Us <support+r1-abc@example.com>",
    ] {
        let own = plain(
            from,
            DESK,
            "To ourselves",
            &[],
            &format!("A reminder from {from}."),
        );
        let filed = story.tell(&own);
        assert_eq!(
            (filed.disposition.as_str(), filed.reason.as_str()),
            ("ignore", "own_address")
        );
    }
    assert_eq!(story.desk.tickets().len(), 1);
    assert_eq!(story.outbox().len(), 2);
    assert_eq!(
        story.desk.ticket(1)["messages"].as_array().unwrap().len(),
        2
    );
}

#[test]
fn two_desks_that_face_each_other_stop_by_themselves() {
    let story = Story::new(|setup| setup);
    // what another desk of this kind sends to a new customer of its own: our address
    let theirs = plain(
        "Other Support <help@other.example>",
        DESK,
        "Re: [#1] Hello",
        &[
            "Message-ID: <md.abc.1-aaaaaaaaaaaaaaaa@other.example>",
            "Auto-Submitted: auto-replied",
            "X-Auto-Response-Suppress: All",
            "X-Maildesk-Loop: help@other.example",
        ],
        "Hello, we have received your message.",
    );
    assert_eq!(story.tell(&theirs).disposition, "ignore");
    assert!(story.outbox().is_empty());
}

#[test]
fn every_mail_says_why_it_went_where_it_went() {
    let story = Story::new(|setup| setup);
    let first = plain(
        "Ivan <ivan@shop.example>",
        DESK,
        "Prices are wrong",
        &["Message-ID: <first@shop.example>"],
        "Hello, all our prices are wrong.",
    );
    story.tell(&first);
    let away = plain(
        "Ivan <ivan@shop.example>",
        DESK,
        "Re: [#1] Prices are wrong",
        &["Auto-Submitted: auto-replied"],
        "I am away.",
    );
    story.tell(&away);
    let robot = plain(
        "robot@shop.example",
        DESK,
        "Abwesenheitsnotiz: Urlaub",
        &[],
        "Bis Montag.",
    );
    let ignored = story.tell(&robot);

    let opened = "It opens ticket #1, since nothing in it points to a ticket.";
    let noted = "It is a note of ticket #1, since a machine wrote it in answer to the ticket \
                 (Auto-Submitted: auto-replied).";
    let page = story.desk.cli_text(&["ticket", "show", "1"], "");
    assert!(page.contains(opened) && page.contains(noted), "{page}");
    let messages = story.desk.ticket(1)["messages"].clone();
    assert_eq!(
        (&messages[0]["why"], &messages[1]["why"]),
        (&opened.into(), &noted.into())
    );
    let explained = story.desk.cli(&["rules", "explain", "1", "--json"]);
    assert_eq!(explained["why"], opened);

    // what went into no ticket can be looked up
    let lost = "It is filed without a ticket, since a machine wrote it and it answers no mail of \
                ours (Subject: abwesenheitsnotiz).";
    let list = story
        .desk
        .cli(&["mail", "list", "--disposition", "ignore", "--json"]);
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(
        (&list[0]["why"], &list[0]["id"]),
        (&lost.into(), &ignored.id.into())
    );
    let id = ignored.id.to_string();
    let page = story.desk.cli_text(&["mail", "show", &id], "");
    assert!(
        page.contains(lost) && page.contains("Bis Montag."),
        "{page}"
    );
    let seen = story.desk.cli_output(&["inspect", "--json"], &robot).stdout;
    let seen: serde_json::Value = serde_json::from_slice(&seen).unwrap();
    assert_eq!(
        seen["decision"]["why"],
        "It is filed without a ticket, since we hold this mail already."
    );
}
