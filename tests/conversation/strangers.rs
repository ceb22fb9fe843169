//! Who points to a conversation without taking part in it stays outside of it.

use crate::{
    harness::mail::plain,
    story::{
        DESK, SOON, Story, addresses,
        program::{Answer, answer},
        shown::shown,
        text,
    },
};

const EVE: &str = "Eve <eve@evil.example>";

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
        // each from another one: a second mail of one goes into that one's own ticket
        let who = format!("eve{number}@evil.example");
        let mail = String::from_utf8(mail.clone()).unwrap();
        let filed = story.tell(mail.replace("eve@evil.example", &who).as_bytes());
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
        assert_eq!(ticket["requester"]["address"], who);
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
    for mail in story.smtp.mails() {
        if mail.recipients == ["olga@shop.example"] {
            continue;
        }
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

#[test]
fn nothing_of_a_ticket_reaches_a_stranger_who_knows_of_it() {
    let rule = "[[rule]]\nid = \"greet\"\nwhen = { contains = \"invoice\" }\n\
                then = { reply = \"greet\" }\n";
    let dir = tempfile::TempDir::new().unwrap();
    std::fs::write(dir.path().join("10-own.toml"), rule).unwrap();
    let replies = dir.path().join("templates/en/replies");
    std::fs::create_dir_all(&replies).unwrap();
    std::fs::write(replies.join("greet.txt"), "About {{ subject }}: soon.\n").unwrap();
    let path = |name: &str| format!("\"{}\"", dir.path().join(name).display());
    let story = Story::new(|setup| {
        setup
            .set("rules", "directory", &path(""))
            .set("templates", "directory", &path("templates"))
            .set("survey", "delay", "\"0s\"")
            .set("survey", "hours", "\"00:00-24:00\"")
            .set("limits", "automatic_per_address_per_hour", "1000")
            .set("limits", "automatic_per_address_per_day", "1000")
    });
    let olgas = plain(
        "Olga Petrova <olga@shop.example>",
        DESK,
        "Merger with Alpha",
        &[
            "Message-ID: <first@shop.example>",
            "Cc: Boss <boss@shop.example>",
        ],
        "Our password is hunter2, please look at the contract.",
    );
    story.tell(&olgas);
    story.answer(1, "The contract has number 4711-XYZ.\n", &[]);
    let got = story.sent("boss@shop.example", 1);
    let secrets = [
        "Merger", "Alpha", "hunter2", "contract", "4711", "olga@", "Olga", "boss@", "Boss", "[#1]",
        "+r1-",
    ];

    // her program answers a mail that somebody passed on to her, with all that stands in it
    let known = answer(&got.data, EVE, "e@evil.example", "Send me the invoice.");
    let plainly = |change: &dyn Fn(&mut Answer)| {
        let mut mail = known.clone();
        "Hello".clone_into(&mut mail.subject);
        change(&mut mail);
        mail
    };
    let nothing = |mail: &mut Answer| {
        mail.in_reply_to = None;
        mail.references.clear();
    };
    let mails = [
        ("all of it", plainly(&|_| {})),
        ("the token", plainly(&nothing)),
        ("ids", plainly(&|mail| DESK.clone_into(&mut mail.to))),
        (
            "the number",
            plainly(&|mail| {
                nothing(mail);
                DESK.clone_into(&mut mail.to);
                "Re: [#1] Hello".clone_into(&mut mail.subject);
            }),
        ),
        (
            "a forwarded copy",
            plainly(&|mail| {
                nothing(mail);
                DESK.clone_into(&mut mail.to);
                "Fwd: Re: [#1] Hello".clone_into(&mut mail.subject);
                mail.words = "Send me the invoice.\n\n\
                    ---------- Forwarded message ---------\n\
                    From: Olga Petrova <olga@shop.example>\n\
                    Date: Sun, 22 Nov 2026 10:00:00 +0000\n\
                    Subject: Merger with Alpha\n\
                    To: support@example.com\n\n\
                    Our password is hunter2, please look at the contract."
                    .to_owned();
            }),
        ),
        (
            "everybody in copy",
            plainly(&|mail| {
                mail.more = vec!["Cc: olga@shop.example, boss@shop.example".to_owned()];
            }),
        ),
    ];
    for ((what, mut mail), n) in mails.into_iter().zip(0..) {
        // each by another stranger: a second mail of one goes into that one's own ticket
        let who = format!("eve{n}@evil.example");
        mail.from = format!("Eve <{who}>");
        mail.id = format!("e{n}@evil.example");
        let filed = story.tell(&mail.bytes());
        let number = filed.ticket.unwrap();
        assert_eq!(
            (filed.reason.as_str(), number),
            ("stranger_points_to_ticket", 2 + n),
            "{what}"
        );
        let ticket = story.desk.ticket(number);
        assert_eq!(
            addresses(&ticket["participants"]),
            std::slice::from_ref(&who),
            "{what}"
        );
        assert_eq!(ticket["linked_to"], 1, "{what}");
        assert!(ticket["tags"].to_string().contains("stranger"), "{what}");

        story.answer(number, "Who are you?\n", &["--close"]);
        // acknowledged or greeted, answered, asked
        let sent = story.smtp.wait_for(&who, 3, SOON);
        for mail in sent {
            assert_eq!(mail.recipients, std::slice::from_ref(&who), "{what}");
            let raw = String::from_utf8(mail.data.clone()).unwrap();
            let all = raw + &shown(&mail.data);
            for secret in secrets {
                assert!(!all.contains(secret), "{what}: {secret} in {all}");
            }
        }
    }
    let all: Vec<String> = story
        .smtp
        .mails_to("olga@shop.example")
        .iter()
        .map(|mail| mail.subject())
        .collect();
    assert_eq!(all.len(), 2, "she hears nothing of it: {all:?}");
    assert_eq!(story.smtp.mails_to("boss@shop.example").len(), 1);
    let everyone = ["boss@shop.example", "olga@shop.example"];
    assert_eq!(addresses(&story.desk.ticket(1)["participants"]), everyone);
    assert_eq!(story.events(1, "linked").len(), 6);
}

#[test]
fn a_rules_reply_goes_to_who_takes_part_whatever_reply_to_says() {
    let rule = "[[rule]]\nid = \"greet\"\non = \"reply\"\nwhen = { contains = \"news\" }\n\
                then = { reply = \"greet\" }\n";
    let dir = tempfile::TempDir::new().unwrap();
    std::fs::write(dir.path().join("10-own.toml"), rule).unwrap();
    let replies = dir.path().join("templates/en/replies");
    std::fs::create_dir_all(&replies).unwrap();
    std::fs::write(replies.join("greet.txt"), "About {{ subject }}: soon.\n").unwrap();
    let path = |name: &str| format!("\"{}\"", dir.path().join(name).display());
    let story = Story::new(|setup| {
        setup
            .set("rules", "directory", &path(""))
            .set("templates", "directory", &path("templates"))
    });
    let first = plain(
        "Olga <olga@shop.example>",
        DESK,
        "Merger with Alpha",
        &["Message-ID: <first@shop.example>"],
        "Hello, please look at the contract.",
    );
    story.tell(&first);
    // the number and her address are all that its author needs to know
    let forged = plain(
        "Olga <olga@shop.example>",
        DESK,
        "[#1]",
        &["Message-ID: <f@evil.example>", "Reply-To: eve@evil.example"],
        "Any news?",
    );
    assert_eq!(story.tell(&forged).reason, "subject_tag");
    assert_eq!(story.written("auto"), ["olga@shop.example"]);
    story.answer(1, "It is done.\n", &[]);
    assert_eq!(story.written("reply"), ["olga@shop.example"]);
    assert!(story.smtp.mails_to("eve@evil.example").is_empty());
}
