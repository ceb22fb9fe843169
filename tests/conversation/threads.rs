//! One conversation from the first mail to the last, and how an answer finds its ticket.

use crate::{
    harness::mail::plain,
    story::{DESK, Story, addresses, shown::assert_golden, text},
};

/// Olga asks in Russian.
fn question() -> Vec<u8> {
    plain(
        "=?utf-8?B?0J7Qu9GM0LPQsCDQn9C10YLRgNC+0LLQsA==?= <olga@shop.example>",
        DESK,
        "Импорт прайса не работает",
        &["Message-ID: <first@shop.example>"],
        "Здравствуйте! Загрузка прайса поставщика зависла на 40 %.",
    )
}

#[test]
fn the_whole_conversation_in_russian() {
    let story = Story::over_imap(|setup| setup);
    let filed = story.tell(&question());
    assert_eq!(
        (filed.disposition.as_str(), filed.ticket),
        ("open_ticket", Some(1))
    );
    let acknowledgement = story.sent("olga@shop.example", 1);
    assert_eq!(
        acknowledgement.sender, "",
        "an automatic mail must not bounce back to a person"
    );
    assert_golden("acknowledgement-ru.txt", &acknowledgement.data);

    story.answer(1, "Исправили, попробуйте ещё раз.\n", &[]);
    let answer = story.sent("olga@shop.example", 2);
    assert_golden("reply-ru.txt", &answer.data);
    assert!(
        answer.sender.starts_with("support+b"),
        "bounces find their way: {}",
        answer.sender
    );
    assert_eq!(answer.header("In-Reply-To"), "<first@shop.example>");
    let ours = answer.header("Message-ID");
    assert_eq!(
        answer.header("References"),
        format!("<first@shop.example> {ours}")
    );
    assert_eq!(answer.header("Auto-Submitted"), "", "a person wrote it");
    let reply_to = answer.header("Reply-To");
    let (_, token) = reply_to.trim_end_matches('>').rsplit_once('<').unwrap();
    assert!(token.starts_with("support+r"), "{reply_to}");
    let ticket = story.desk.ticket(1);
    assert_eq!(
        (&ticket["status"], &ticket["assignee"]),
        (&"pending".into(), &"anna@example.com".into())
    );
    let sent = &ticket["messages"][1];
    assert_eq!(
        (&sent["direction"], &sent["author"]["name"]),
        (&"out".into(), &"Anna".into())
    );
    assert_eq!(sent["delivery"]["state"], "sent");

    let customer = |to: &str, subject: &str, headers: &[&str], body: &str| {
        plain(
            "Ольга Петрова <olga@shop.example>",
            to,
            subject,
            headers,
            body,
        )
    };
    let quoting = format!(
        "Теперь зависает на 60 %.\n\n21.11.2026 12:00, Acme Support <{token}> пишет:\n> Исправили, попробуйте ещё раз."
    );
    let by_token = customer(
        token,
        "Re: [#1] Импорт прайса не работает",
        &[
            "Message-ID: <second@shop.example>",
            &format!("In-Reply-To: {ours}"),
        ],
        &quoting,
    );
    let by_references = customer(
        DESK,
        "Ещё вопрос",
        &[
            "Message-ID: <third@shop.example>",
            &format!("References: <first@shop.example> {ours}"),
        ],
        "Файл приложить?",
    );
    let by_subject = customer(
        DESK,
        "снова [#1] импорт",
        &["Message-ID: <fourth@shop.example>"],
        "Всё, заработало.",
    );
    for (mail, reason, reply) in [
        (by_token, "reply_token", "Теперь зависает на 60 %."),
        (by_references, "answers_our_mail", "Файл приложить?"),
        (by_subject, "subject_tag", "Всё, заработало."),
    ] {
        story
            .desk
            .cli_text(&["ticket", "set", "1", "--status", "pending"], "");
        let filed = story.tell(&mail);
        assert_eq!(
            (
                filed.disposition.as_str(),
                filed.reason.as_str(),
                filed.ticket
            ),
            ("append", reason, Some(1))
        );
        let ticket = story.desk.ticket(1);
        assert_eq!(
            ticket["status"], "open",
            "{reason}: the customer waits again"
        );
        let last = ticket["messages"].as_array().unwrap().last().unwrap();
        assert_eq!(last["reply"], reply);
    }
    let ticket = story.desk.ticket(1);
    assert!(
        text(&ticket["messages"][2]["text"]).contains("> Исправили"),
        "what is kept is whole"
    );
    assert_eq!(addresses(&ticket["participants"]), ["olga@shop.example"]);
    assert_eq!(story.desk.tickets().len(), 1);
    assert_eq!(
        story.written("acknowledgement").len(),
        1,
        "acknowledged once"
    );

    story.answer(1, "Рады помочь!\n", &["--close"]);
    let last = story.sent("olga@shop.example", 3);
    assert_eq!(last.subject(), "Re: [#1] Импорт прайса не работает");
    assert_eq!(last.header("In-Reply-To"), "<fourth@shop.example>");
    assert_eq!(story.desk.ticket(1)["status"], "closed");

    let again = customer(
        token,
        "Re: [#1] Импорт прайса не работает",
        &["Message-ID: <fifth@shop.example>"],
        "Опять.",
    );
    story.tell(&again);
    assert_eq!(
        story.desk.ticket(1)["status"],
        "open",
        "closed is not the end"
    );
    assert_eq!(story.written("acknowledgement").len(), 1);
}

#[test]
fn english_and_ukrainian_customers_are_written_to_in_their_language() {
    let story = Story::new(|setup| setup);
    let english = plain(
        "\"Smith, John\" <john@shop.example>",
        DESK,
        "Re: Where is the export?",
        &[
            "Message-ID: <en@shop.example>",
            "References: <older@shop.example>",
        ],
        "Hello, I cannot find the export of my orders. Where is it?",
    );
    let ukrainian = plain(
        "Олена Ткаченко <olena@shop.example>",
        DESK,
        "Пошук не працює",
        &["Message-ID: <uk@shop.example>"],
        "Добрий день! Пошук товарів нічого не знаходить із самого ранку.",
    );
    for (number, language, who, mail, answer) in [
        (
            1,
            "en",
            "john@shop.example",
            english,
            "Under \"Orders\", top right.",
        ),
        (
            2,
            "uk",
            "olena@shop.example",
            ukrainian,
            "Вже працює, перевірте, будь ласка.",
        ),
    ] {
        assert_eq!(story.tell(&mail).ticket, Some(number));
        let acknowledgement = story.sent(who, 1);
        assert_golden(
            &format!("acknowledgement-{language}.txt"),
            &acknowledgement.data,
        );
        story.answer(number, answer, &[]);
        assert_golden(&format!("reply-{language}.txt"), &story.sent(who, 2).data);
    }
}

#[test]
fn everyone_in_copy_is_answered_together_and_the_desk_is_never_among_them() {
    let story = Story::new(|setup| setup);
    let mail = plain(
        "Ivan <ivan@shop.example>",
        "Support <support@example.com>, Boss <boss@shop.example>",
        "Prices are wrong",
        &[
            "Message-ID: <cc@shop.example>",
            "Cc: it@shop.example, SUPPORT@EXAMPLE.COM, support+old@example.com, Anna <anna@example.com>",
        ],
        "Hello, all our prices are wrong since this morning.",
    );
    story.tell(&mail);
    let everyone = ["boss@shop.example", "it@shop.example", "ivan@shop.example"];
    assert_eq!(addresses(&story.desk.ticket(1)["participants"]), everyone);
    assert_eq!(
        story.written("acknowledgement"),
        ["ivan@shop.example"],
        "one person is told"
    );

    let printed = story.answer(1, "Mended.", &[]);
    assert_eq!(printed["outbox"].as_array().unwrap().len(), 3);
    let mut rows = story.written("reply");
    rows.sort();
    assert_eq!(rows, everyone);
    let to_boss = story.sent("boss@shop.example", 1);
    assert_eq!(to_boss.recipients, ["boss@shop.example"]);
    assert_eq!(to_boss.header("To"), "Ivan <ivan@shop.example>");
    let cc = to_boss.header("Cc");
    assert!(
        cc.contains("boss@shop.example") && cc.contains("it@shop.example"),
        "{cc}"
    );
    assert!(!cc.to_lowercase().contains("support@"), "{cc}");
    assert_eq!(story.sent("it@shop.example", 1).data, to_boss.data);
    assert_eq!(story.sent("ivan@shop.example", 2).data, to_boss.data);

    // one of those in copy answers: it is their conversation too, and who they add joins it
    let from_boss = plain(
        "Boss <boss@shop.example>",
        DESK,
        "Re: [#1] Prices are wrong",
        &[
            "Message-ID: <boss@shop.example>",
            &format!("In-Reply-To: {}", to_boss.header("Message-ID")),
            "Cc: new@shop.example",
        ],
        "Not all of them.",
    );
    assert_eq!(story.tell(&from_boss).disposition, "append");
    let all = [
        "boss@shop.example",
        "it@shop.example",
        "ivan@shop.example",
        "new@shop.example",
    ];
    assert_eq!(addresses(&story.desk.ticket(1)["participants"]), all);
}
