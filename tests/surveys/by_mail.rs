//! A desk without pages: the customer answers by mail.

use serde_json::{Value, json};

use crate::{
    asked, by_mail_alone,
    harness::{SmtpMail, mail::plain},
    links,
    story::{Story, text},
    surveys,
};

const OLGA: &str = "olga@shop.example";

/// What a mail program makes of a `mailto:` link: the address and the subject.
fn tapped(link: &str) -> (String, String) {
    let (address, subject) = link
        .strip_prefix("mailto:")
        .unwrap()
        .split_once("?subject=")
        .unwrap();
    (decoded(address), decoded(subject))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex = |byte: Option<u8>| char::from(byte.unwrap()).to_digit(16).unwrap() as u8;
        bytes.push(match byte {
            b'%' => hex(rest.next()) * 16 + hex(rest.next()),
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap()
}

fn address(survey: &SmtpMail, header: &str) -> String {
    let value = survey.header(header);
    let (_, address) = value.rsplit_once('<').unwrap();
    address.trim_end_matches('>').to_owned()
}

#[test]
fn a_tap_and_a_few_words_are_a_rating_and_nothing_else() {
    let story = Story::over_imap(by_mail_alone);
    let survey = asked(&story, OLGA, 1);
    let links = links(&survey);
    assert_eq!(links.len(), 5, "{}", survey.text());
    let (to, subject) = tapped(&links[0]);
    assert!(to.starts_with("support+s"), "{to}");
    assert_eq!(subject, "5 - Отлично");
    let filed = story.tell(&plain(
        OLGA,
        &to,
        &subject,
        &["Message-ID: <r1@shop.example>"],
        "Быстро помогли )))",
    ));
    assert_eq!(
        (
            filed.disposition.as_str(),
            filed.reason.as_str(),
            filed.ticket
        ),
        ("note", "survey_answer", Some(1))
    );
    let rated = &surveys(&story)[0];
    assert_eq!(
        (&rated["score"], &rated["comment"]),
        (&json!(5), &json!("Быстро помогли )))"))
    );
    assert_eq!(story.events(1, "rated"), ["5 of 5, by mail"]);
    assert_eq!(story.desk.ticket(1)["status"], "closed");
    assert_eq!(story.desk.ticket(1)["satisfaction"], 5);
    assert_eq!(story.desk.tickets().len(), 1);
    assert_eq!(story.outbox().len(), 3, "it is not answered");
    assert_eq!(
        story
            .desk
            .metric("maildesk_survey_ratings_total{score=\"5\"}"),
        1.0
    );

    // or an answer to the mail itself, with a digit
    let filed = story.tell(&plain(
        OLGA,
        &address(&survey, "Reply-To"),
        &format!("Re: {}", survey.subject()),
        &[
            "Message-ID: <r2@shop.example>",
            &format!("In-Reply-To: {}", survey.header("Message-ID")),
        ],
        "4\nДолго ждала.\n\n> Как вы оцените нашу помощь?\n> 5 - Отлично",
    ));
    assert_eq!(filed.reason, "survey_answer");
    let rated = &surveys(&story)[0];
    assert_eq!(
        (&rated["score"], &rated["comment"]),
        (&json!(4), &json!("Долго ждала."))
    );
}

#[test]
fn words_without_a_rating_are_for_a_person() {
    let story = Story::new(by_mail_alone);
    let survey = asked(&story, OLGA, 1);
    let filed = story.tell(&plain(
        OLGA,
        &address(&survey, "Reply-To"),
        &format!("Re: {}", survey.subject()),
        &["Message-ID: <w@shop.example>"],
        "Опять не работает, посмотрите, пожалуйста.",
    ));
    assert_eq!(
        (filed.disposition.as_str(), filed.ticket),
        ("append", Some(1))
    );
    assert_eq!(story.desk.ticket(1)["status"], "open");
    assert_eq!(surveys(&story)[0]["score"], Value::Null);
}

#[test]
fn a_machine_that_answers_a_survey_rates_nothing() {
    let story = Story::new(by_mail_alone);
    let survey = asked(&story, OLGA, 1);
    let (to, subject) = tapped(&links(&survey)[0]);
    let away = plain(
        OLGA,
        &to,
        &format!("Автоответ: {subject}"),
        &[
            "Auto-Submitted: auto-replied",
            "Message-ID: <ooo@shop.example>",
        ],
        "5 дней в отпуске.",
    );
    let filed = story.tell(&away);
    assert_eq!(
        (filed.disposition.as_str(), filed.reason.as_str()),
        ("note", "auto_reply_to_ticket")
    );
    assert_eq!(surveys(&story)[0]["score"], Value::Null);
    assert_eq!(story.desk.ticket(1)["status"], "closed");
    assert!(story.events(1, "rated").is_empty());
}

#[test]
fn without_sub_addresses_the_subject_or_the_thread_carries_the_answer() {
    let story =
        Story::new(|setup| by_mail_alone(setup).set("smtp", "subaddress_delimiter", "\"\""));
    let survey = asked(&story, OLGA, 1);
    let (to, subject) = tapped(&links(&survey)[4]);
    assert_eq!(to, "support@example.com");
    assert!(subject.starts_with("1 - Очень плохо [s:"), "{subject}");
    let filed = story.tell(&plain(
        OLGA,
        &to,
        &subject,
        &["Message-ID: <s1@shop.example>"],
        "",
    ));
    assert_eq!(filed.reason, "survey_answer");
    assert_eq!(surveys(&story)[0]["score"], 1);
    assert_eq!(story.desk.ticket(1)["status"], "closed");

    // the mail asks to be answered with a digit: no token is left then but our Message-ID
    let reply = |from: &str, id: &str, body: &str| {
        plain(
            from,
            "support@example.com",
            &format!("Re: {}", survey.subject()),
            &[
                &format!("Message-ID: <{id}@shop.example>"),
                &format!("In-Reply-To: {}", survey.header("Message-ID")),
            ],
            body,
        )
    };
    let filed = story.tell(&reply(OLGA, "s2", "3, так себе"));
    assert_eq!(filed.reason, "survey_answer");
    assert_eq!(surveys(&story)[0]["score"], 3);
    // a Message-ID is no secret as a token is: somebody else cannot rate by it
    let filed = story.tell(&reply("eve@evil.example", "s3", "1"));
    assert_eq!(filed.reason, "stranger_points_to_ticket");
    assert_eq!(surveys(&story)[0]["score"], 3);
}

#[test]
fn a_forged_token_rates_nothing() {
    let story = Story::new(by_mail_alone);
    let survey = asked(&story, OLGA, 1);
    let (to, subject) = tapped(&links(&survey)[0]);
    let at = to.find('@').unwrap();
    let last = if &to[at - 1..at] == "a" { "b" } else { "a" };
    let forged = format!("{}{last}{}", &to[..at - 1], &to[at..]);
    for (number, (to, subject)) in [
        (forged.as_str(), subject.clone()),
        (
            "support@example.com",
            format!("{subject} [s:1-aaaaaaaaaaaaaaaa]"),
        ),
        ("support@example.com", subject.clone()),
    ]
    .iter()
    .enumerate()
    {
        let filed = story.tell(&plain(
            "eve@evil.example",
            to,
            subject,
            &[&format!("Message-ID: <f{number}@evil.example>")],
            "Ничего не помогло.",
        ));
        assert_eq!(filed.reason, "new_mail", "{to} {subject}");
    }
    assert_eq!(surveys(&story)[0]["score"], Value::Null);
    assert!(text(&surveys(&story)[0]["comment"]).is_empty());
}

#[test]
fn the_desks_own_people_rate_nobody_whatever_link_they_have() {
    let story = Story::over_imap(by_mail_alone);
    let survey = asked(&story, OLGA, 1);
    let (to, subject) = tapped(&links(&survey)[0]);
    let by_hand = address(&survey, "Reply-To");
    for (number, who, to, subject) in [
        (1, "Anna <anna@example.com>", &to, subject.as_str()),
        (2, "Anna <anna@example.com>", &by_hand, "Re: 5"),
        (3, "Support <support@example.com>", &to, subject.as_str()),
    ] {
        let id = format!("Message-ID: <own-{number}@example.com>");
        story.tell(&plain(who, to, subject, &[&id], "5"));
        assert_eq!(surveys(&story)[0]["score"], Value::Null, "{who} to {to}");
    }
    let id = "Message-ID: <her-own@shop.example>";
    story.tell(&plain(OLGA, &to, &subject, &[id], ""));
    assert_eq!(surveys(&story)[0]["score"], 5, "the customer still can");
}
