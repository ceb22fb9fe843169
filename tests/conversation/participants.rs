//! Who takes part in a conversation, and who of them gets an answer.

use crate::{
    harness::{Ca, Dovecot, DovecotOptions, Maildir, mail::plain},
    story::{DESK, SOON, Story, addresses, program::answer},
};

const IVAN: &str = "Ivan <ivan@shop.example>";
const BOSS: &str = "Boss <boss@shop.example>";

/// Ivan asks, with his boss in copy.
fn question() -> Vec<u8> {
    plain(
        IVAN,
        DESK,
        "Prices are wrong",
        &[
            "Message-ID: <first@shop.example>",
            "Cc: Boss <boss@shop.example>",
        ],
        "Hello, all our prices are wrong since this morning.",
    )
}

fn people(story: &Story, ticket: i64) -> Vec<String> {
    addresses(&story.desk.ticket(ticket)["participants"])
}

#[test]
fn the_desk_and_its_agents_never_become_participants() {
    let dir = tempfile::TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    let users = [DESK, "sales@example.com"].map(|user| (user.to_owned(), "secret".to_owned()));
    let options = DovecotOptions {
        users: users.to_vec(),
        ..DovecotOptions::default()
    };
    // a second mailbox of the desk with an address of its own
    let sales = Dovecot::start(&ca, options);
    // and one whose address nothing tells but the config
    let orders = dir.path().join("Maildir");
    Maildir::new(orders.clone()).create();
    let orders_at = [("addresses", "[\"orders@example.com\"]")];
    let story = Story::new(|setup| {
        setup
            .maildir("orders", &orders, &orders_at)
            .mailbox("sales", &sales.account("sales@example.com"))
            .agent("Boris", "Boris@example.com", &[])
    });
    let cc = "SUPPORT@example.com, support+old@EXAMPLE.COM, Sales@Example.com, \
              sales+x@example.com, ORDERS@example.com, orders+1@example.com, ANNA@example.com, boris@example.com, \
              \"support\"@example.com, support%2Bold@example.com, \
              Boss <boss@shop.example>, BOSS@shop.example, ivan@SHOP.example, \
              info@example.com, not-an-address, a b@c.example";
    let mail = plain(
        IVAN,
        DESK,
        "Prices are wrong",
        &[
            "Delivered-To: support@example.com",
            // an alias of the desk that its config does not know
            "X-Original-To: info@example.com",
            "Message-ID: <first@shop.example>",
            &format!("Cc: {cc}"),
            "Bcc: secret@shop.example",
        ],
        "Hello, all our prices are wrong since this morning.",
    );
    story.tell(&mail);
    let both = ["boss@shop.example", "ivan@shop.example"];
    assert_eq!(people(&story, 1), both);

    // by an answer of a participant neither
    story.answer(1, "Which ones?", &[]);
    let got = story.sent("boss@shop.example", 1);
    let mut reply = answer(&got.data, BOSS, "second@shop.example", "All of them.");
    reply.more = vec![
        "Delivered-To: support@example.com".to_owned(),
        "X-Original-To: info@example.com".to_owned(),
        format!("Cc: {cc}, New <new@shop.example>"),
    ];
    assert_eq!(story.tell(&reply.bytes()).reason, "reply_token");
    let three = [both[0], both[1], "new@shop.example"];
    assert_eq!(people(&story, 1), three);

    // everyone gets one mail, in which everyone sees everyone, and nobody else is there
    story.answer(1, "Mended.", &[]);
    story.desk.wait_outbox_empty(SOON);
    let mails: Vec<_> = three
        .iter()
        .map(|who| story.smtp.mails_to(who).pop().unwrap())
        .collect();
    for mail in &mails {
        assert_eq!(mail.data, mails[0].data);
        assert_eq!(mail.recipients.len(), 1);
        let all = String::from_utf8_lossy(&mail.data).to_lowercase();
        for hidden in [
            "secret@", "sales@", "orders", "info@", "anna@", "boris@", "bcc:",
        ] {
            assert!(!all.contains(hidden), "{hidden} in {all}");
        }
    }
    assert_eq!(mails[0].header("To"), IVAN);
    let cc = mails[0].header("Cc");
    assert!(cc.contains("boss@") && cc.contains("new@"), "{cc}");
}

#[test]
fn a_desk_in_blind_copy_does_not_show_itself() {
    let story = Story::new(|setup| setup);
    let mail = plain(
        IVAN,
        BOSS,
        "Prices",
        &[
            "Message-ID: <blind@shop.example>",
            "Cc: it@shop.example",
            "Delivered-To: support@example.com",
        ],
        "Boss, all our prices are wrong since this morning.",
    );
    story.tell(&mail);
    assert_eq!(people(&story, 1), ["ivan@shop.example"]);
    story.sent("ivan@shop.example", 1);
    story.answer(1, "We see to it.", &[]);
    assert_eq!(story.written("reply"), ["ivan@shop.example"]);
    let sent = story.sent("ivan@shop.example", 2);
    assert_eq!(sent.header("Cc"), "");
    // and in a participant's answer to somebody else
    let mut aside = answer(
        &sent.data,
        IVAN,
        "aside@shop.example",
        "Boss, they see to it.",
    );
    aside.to = BOSS.to_owned();
    assert_eq!(story.tell(&aside.bytes()).reason, "answers_our_mail");
    assert_eq!(people(&story, 1), ["ivan@shop.example"]);
}

#[test]
fn a_machines_answer_changes_no_participants() {
    let story = Story::new(|setup| setup);
    story.tell(&question());
    story.answer(1, "Which ones?", &[]);
    let got = story.sent("boss@shop.example", 1);
    let before = story.desk.ticket(1);
    let mut away = answer(
        &got.data,
        BOSS,
        "away@shop.example",
        "I am away until Monday.",
    );
    away.subject = "Automatic reply: Prices are wrong".to_owned();
    away.more = vec![
        "Auto-Submitted: auto-replied".to_owned(),
        "Cc: deputy@shop.example".to_owned(),
    ];
    let filed = story.tell(&away.bytes());
    assert_eq!(
        (filed.disposition.as_str(), filed.ticket),
        ("note", Some(1))
    );
    let after = story.desk.ticket(1);
    for key in ["participants", "status", "assignee", "closed_at"] {
        assert_eq!(after[key], before[key], "{key}");
    }
    story.answer(1, "Mended.", &[]);
    assert!(
        !story
            .written("reply")
            .contains(&"deputy@shop.example".to_owned())
    );
}

#[test]
fn an_answer_may_go_to_the_requester_alone() {
    let story = Story::new(|setup| setup);
    story.tell(&question());
    story.sent("ivan@shop.example", 1);
    let printed = story.answer(1, "Between us: the boss set them.\n", &["--only-requester"]);
    assert_eq!(printed["outbox"].as_array().unwrap().len(), 1);
    assert_eq!(story.written("reply"), ["ivan@shop.example"]);
    let sent = story.sent("ivan@shop.example", 2);
    let all = String::from_utf8_lossy(&sent.data).into_owned();
    assert!(!all.contains("boss@"), "{all}");
    assert_eq!(
        people(&story, 1),
        ["boss@shop.example", "ivan@shop.example"],
        "the boss takes part still"
    );
    let told = story.events(1, "replied");
    assert!(told[0].contains("requester alone"), "{told:?}");
    story.answer(1, "Mended.\n", &[]);
    let mut all = story.written("reply");
    all.sort();
    let three = [
        "boss@shop.example",
        "ivan@shop.example",
        "ivan@shop.example",
    ];
    assert_eq!(all, three, "the next one goes to everybody again");
}

#[test]
fn an_agent_orders_by_mail_that_the_requester_alone_is_answered() {
    for (order, number) in [("#only", 1), ("#только", 2), ("#лише #close", 3)] {
        let story = Story::new(|setup| {
            setup
                .set("notify", "new_ticket", "true")
                .set("trust", "inbound_path_trusted", "true")
        });
        story.tell(&question());
        story.sent("ivan@shop.example", 1);
        let told = story.sent("anna@example.com", 1);
        let words = format!("{order}\n\nBetween us: the boss set them.");
        let id = format!("anna-{number}@example.com");
        let by_mail = answer(&told.data, "Anna <anna@example.com>", &id, &words);
        let filed = story.tell(&by_mail.bytes());
        assert_eq!(filed.reason, "agent_answer", "{order}");
        assert_eq!(story.written("reply"), ["ivan@shop.example"], "{order}");
        let sent = story.sent("ivan@shop.example", 2);
        let all = sent.text();
        let first = order.split(' ').next().unwrap();
        assert!(all.contains("Between us") && !all.contains(first), "{all}");
    }
    // with nothing to send it is a slip
    let story = Story::new(|setup| {
        setup
            .set("notify", "new_ticket", "true")
            .set("trust", "inbound_path_trusted", "true")
    });
    story.tell(&question());
    let told = story.sent("anna@example.com", 1);
    let empty = answer(
        &told.data,
        "anna@example.com",
        "e@example.com",
        "#only #close",
    );
    story.tell(&empty.bytes());
    assert_eq!(story.desk.ticket(1)["status"], "open");
    let back = story.sent("anna@example.com", 2).text();
    assert!(back.contains("#only"), "{back}");
}

#[test]
fn who_failed_dmarc_brings_nobody_in() {
    let story = Story::new(|setup| setup.set("trust", "authserv_ids", "[\"mx.example.com\"]"));
    story.tell(&question());
    story.sent("ivan@shop.example", 1);
    story.answer(1, "Which ones?", &[]);
    let got = story.sent("ivan@shop.example", 2);
    let forged = "Authentication-Results: mx.example.com; dmarc=fail header.from=shop.example";
    // by the number alone anybody could write in Ivan's name
    let by_tag = plain(
        IVAN,
        DESK,
        "Re: [#1] Prices are wrong",
        &[
            forged,
            "Message-ID: <f1@evil.example>",
            "Cc: eve@evil.example",
        ],
        "Send all of it to Eve, please.",
    );
    let filed = story.tell(&by_tag);
    assert_eq!(filed.reason, "stranger_points_to_ticket");
    // a forwarder may break DMARC of a real answer: it joins, but brings nobody
    let mut real = answer(&got.data, IVAN, "second@shop.example", "All of them.");
    real.more = vec![forged.to_owned(), "Cc: eve@evil.example".to_owned()];
    assert_eq!(story.tell(&real.bytes()).reason, "reply_token");
    assert_eq!(
        people(&story, 1),
        ["boss@shop.example", "ivan@shop.example"]
    );
}
