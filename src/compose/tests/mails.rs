//! Every mail is read back by a parser and compared; whole, where the wording is the promise.

use jiff::Timestamp;
use mail_parser::{HeaderValue, MessageParser};

use crate::token::{Purpose, Signer};
use crate::{address::Address, compose::*, language::Language, ticket::Priority};

const UNIQUE: &str = "abcdefghijklmnopqrstuvwxyz";

fn signer() -> Signer {
    Signer::new(b"0123456789abcdef")
}

fn desk() -> Desk {
    Desk {
        name: "Acme Support".to_owned(),
        address: Address::new("", "support@example.com"),
        delimiter: "+".to_owned(),
        public_url: "https://support.example.com/".to_owned(),
        language: Language::En,
    }
}

fn composer(desk: Desk) -> Composer {
    Composer::new(desk, signer(), Templates::load(None).unwrap())
}

fn stamp() -> Stamp {
    Stamp {
        at: "2026-11-21T22:15:03.5Z".parse::<Timestamp>().unwrap(),
        unique: UNIQUE.to_owned(),
    }
}

fn olga() -> Address {
    Address::new("Ольга Петренко", "olga@customer.example")
}

fn thread(language: Language, subject: &str) -> Thread<'_> {
    Thread {
        ticket: 123,
        subject,
        language,
        in_reply_to: Some("first@customer.example"),
        references: &[],
    }
}

fn raw(mail: &Outgoing) -> String {
    String::from_utf8(mail.bytes.clone()).unwrap()
}

/// The unfolded value of a header, as it stands on the wire.
fn wire(mail: &Outgoing, name: &str) -> Option<String> {
    let raw = raw(mail);
    let (head, _) = raw.split_once("\r\n\r\n").unwrap();
    let unfolded = head.replace("\r\n ", " ");
    unfolded
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{name}: ")))
        .map(str::to_owned)
}

/// Header names in order.
fn names(mail: &Outgoing) -> Vec<String> {
    let parsed = MessageParser::new().parse(&mail.bytes).unwrap();
    let headers = parsed.headers().iter();
    headers.map(|header| header.name().to_owned()).collect()
}

fn text_of(mail: &Outgoing) -> String {
    let parsed = MessageParser::new().parse(&mail.bytes).unwrap();
    parsed.body_text(0).unwrap().replace("\r\n", "\n")
}

fn html_of(mail: &Outgoing) -> String {
    let parsed = MessageParser::new().parse(&mail.bytes).unwrap();
    parsed.body_html(0).unwrap().into_owned()
}

/// Tokens, the name in the Message-ID and the boundary blanked.
fn normal(text: &str, purpose: Purpose, id: i64, party: &str) -> String {
    let id_seal = signer().seal(Purpose::MessageId, 123, UNIQUE);
    text.replace(&signer().seal(purpose, id, party), "TOKEN")
        .replace(&id_seal, "SEAL")
        .replace(UNIQUE, "UNIQUE")
        .replace("\r\n", "\n")
}

#[test]
fn an_acknowledgement_as_it_stands_on_the_wire() {
    let mail = composer(desk())
        .acknowledgement(
            &thread(Language::En, "Broken import"),
            &Address::new("Olga", "olga@customer.example"),
            &stamp(),
        )
        .unwrap();
    let raw = normal(&raw(&mail), Purpose::Reply, 123, "olga@customer.example");
    let (head, _) = raw.split_once("Content-Type: text/html").unwrap();
    assert_eq!(
        head,
        "Date: Sat, 21 Nov 2026 22:15:03 +0000\n\
         From: \"Acme Support\" <support@example.com>\n\
         To: Olga <olga@customer.example>\n\
         Reply-To: \"Acme Support\" <support+rTOKEN@example.com>\n\
         Subject: Re: [#123] Broken import\n\
         Message-ID: <md.UNIQUE.SEAL@example.com>\n\
         References: <first@customer.example>\n \
         <md.UNIQUE.SEAL@example.com>\n\
         In-Reply-To: <first@customer.example>\n\
         Auto-Submitted: auto-replied\n\
         X-Auto-Response-Suppress: All\n\
         X-Maildesk-Loop: support@example.com\n\
         Content-Language: en\n\
         MIME-Version: 1.0\n\
         Content-Type: multipart/alternative; boundary=\"=_UNIQUE\"\n\
         \n\
         --=_UNIQUE\n\
         Content-Type: text/plain; charset=utf-8\n\
         Content-Transfer-Encoding: quoted-printable\n\
         \n\
         Hello,\n\
         \n\
         we have received your message. Your request has the number #123, and one of=\n \
         us will answer you.\n\
         \n\
         Is there anything to add? Just answer this mail: it will go to the same req=\n\
         uest.\n\
         \n\
         Acme Support\n\
         \n\
         --=_UNIQUE\n"
    );
    assert_eq!(mail.envelope_from, "");
    assert_eq!(mail.subject, "Re: [#123] Broken import");
    assert_eq!(own_ticket(&signer(), &mail.message_id), Some(123));
}

#[test]
fn acknowledgements_are_warm_in_three_languages_and_repeat_nothing() {
    let subject = "СЕКРЕТНАЯ ТЕМА";
    for (language, whole) in [
        (
            Language::En,
            "Hello,\n\nwe have received your message. Your request has the number #123, and one of \
             us will answer you.\n\nIs there anything to add? Just answer this mail: it will go to \
             the same request.\n\nAcme Support\n",
        ),
        (
            Language::Ru,
            "Здравствуйте!\n\nМы получили ваше письмо. Номер обращения: #123. Мы прочитаем его и \
             ответим вам.\n\nХотите что-то добавить? Просто ответьте на это письмо: всё попадёт в \
             то же обращение.\n\nAcme Support\n",
        ),
        (
            Language::Uk,
            "Вітаємо!\n\nМи отримали вашого листа. Номер звернення: #123. Ми прочитаємо його і \
             відповімо вам.\n\nХочете щось додати? Просто дайте відповідь на цей лист: усе \
             потрапить до того самого звернення.\n\nAcme Support\n",
        ),
    ] {
        let mail = composer(desk())
            .acknowledgement(&thread(language, subject), &olga(), &stamp())
            .unwrap();
        assert_eq!(text_of(&mail), whole);
        let html = html_of(&mail);
        assert!(html.contains(&format!("<html lang=\"{}\">", language.code())));
        assert!(!html.contains(subject) && !html.contains("Ольга"), "{html}");
        assert_eq!(
            wire(&mail, "Content-Language").as_deref(),
            Some(language.code())
        );
        assert!(mail.bytes.is_ascii());
    }
}

#[test]
fn a_reply_goes_to_everyone_in_the_agents_own_words() {
    let text = "Здравствуйте!\n\nИмпорт исправлен: https://example.com/a?b=1&c=2.\n  5 < 7\n\n";
    let cc = [
        Address::new("Boss", "boss@customer.example"),
        Address::new("", "OLGA@customer.example"),
        Address::new("", "boss@customer.example"),
    ];
    let mails = composer(desk())
        .reply(
            &thread(Language::Ru, "Re: Импорт"),
            &olga(),
            &cc,
            &Reply {
                agent_name: "Anna",
                text,
                files: &[],
            },
            &stamp(),
        )
        .unwrap();
    let recipients: Vec<_> = mails.iter().map(|m| m.recipient.address.as_str()).collect();
    assert_eq!(
        recipients,
        ["olga@customer.example", "boss@customer.example"]
    );
    let [first, second] = mails.as_slice() else {
        panic!("two mails");
    };
    assert_eq!(first.bytes, second.bytes);
    assert_eq!(first.message_id, second.message_id);

    let parsed = MessageParser::new().parse(&first.bytes).unwrap();
    let from = parsed.from().and_then(|from| from.first()).unwrap();
    assert_eq!(from.name(), Some("Anna (Acme Support)"));
    assert_eq!(from.address(), Some("support@example.com"));
    let to = parsed.to().and_then(|to| to.first()).unwrap();
    assert_eq!(to.name(), Some("Ольга Петренко"));
    assert_eq!(parsed.cc().unwrap().iter().count(), 1);
    assert_eq!(parsed.subject(), Some("Re: [#123] Импорт"));
    assert_eq!(
        text_of(first),
        "Здравствуйте!\n\nИмпорт исправлен: https://example.com/a?b=1&c=2.\n  5 < 7\n\n-- \nAcme \
         Support\nОбращение #123\n"
    );
    let html = html_of(first);
    for part in [
        "<a href=\"https://example.com/a?b=1&amp;c=2\">https://example.com/a?b=1&amp;c=2</a>.<br>",
        "&nbsp;&nbsp;5 &lt; 7</p>",
    ] {
        assert!(html.contains(part), "{html}");
    }
    // a person wrote it: nothing may mark it as automatic
    for name in ["Auto-Submitted", "X-Auto-Response-Suppress", LOOP_HEADER] {
        assert_eq!(wire(first, name), None);
    }
    let bounce = |party| {
        format!(
            "support+b{}@example.com",
            signer().seal(Purpose::Bounce, 123, party)
        )
    };
    assert_eq!(first.envelope_from, bounce("olga@customer.example"));
    assert_eq!(second.envelope_from, bounce("boss@customer.example"));
}

#[test]
fn a_survey_offers_five_answers_on_pages() {
    let mail = composer(desk())
        .survey(
            &thread(Language::Ru, "Импорт"),
            &olga(),
            77,
            "Anna",
            &stamp(),
        )
        .unwrap();
    let token = signer().seal(Purpose::Survey, 77, &olga().address);
    assert_eq!(
        text_of(&mail).replace(&token, "TOKEN"),
        "Здравствуйте!\n\nВаше обращение закрыто (#123). С вами работал специалист: Anna.\n\nКак вы \
         оцените нашу помощь по этому обращению?\n\n\
         5 - Отлично\nhttps://support.example.com/s/TOKEN?score=5\n\n\
         4 - Хорошо\nhttps://support.example.com/s/TOKEN?score=4\n\n\
         3 - Нормально\nhttps://support.example.com/s/TOKEN?score=3\n\n\
         2 - Плохо\nhttps://support.example.com/s/TOKEN?score=2\n\n\
         1 - Очень плохо\nhttps://support.example.com/s/TOKEN?score=1\n\n\
         Достаточно одного нажатия. Или просто ответьте на это письмо цифрой от 1 до 5.\n\nAcme \
         Support\n"
    );
    let html = html_of(&mail);
    for score in 1..=5 {
        let link = format!("<a href=\"https://support.example.com/s/{token}?score={score}\"");
        assert!(html.contains(&link), "{html}");
    }
    assert_eq!(
        wire(&mail, "Auto-Submitted").as_deref(),
        Some("auto-generated")
    );
    assert_eq!(
        wire(&mail, "X-Auto-Response-Suppress").as_deref(),
        Some("All")
    );
    assert!(
        wire(&mail, "Reply-To")
            .unwrap()
            .ends_with(&format!("<support+s{token}@example.com>"))
    );
    assert!(mail.envelope_from.starts_with("support+b"));
}

#[test]
fn a_desk_without_pages_is_answered_by_mail() {
    let by_mail = Desk {
        public_url: String::new(),
        ..desk()
    };
    let plain = Desk {
        delimiter: String::new(),
        ..by_mail.clone()
    };
    let survey = |desk| {
        composer(desk)
            .survey(&thread(Language::Uk, "Імпорт"), &olga(), 77, "", &stamp())
            .unwrap()
    };
    let token = signer().seal(Purpose::Survey, 77, &olga().address);
    let mail = survey(by_mail);
    let link = format!(
        "mailto:support+s{token}@example.com?subject=4%20-%20%D0%94%D0%BE%D0%B1%D1%80%D0%B5"
    );
    assert!(
        text_of(&mail).contains(&format!("4 - Добре\n{link}\n")),
        "{}",
        text_of(&mail)
    );
    assert!(html_of(&mail).contains(&format!("<a href=\"{link}\"")));
    assert!(!text_of(&mail).contains("фахівець"), "nobody is named");

    let mail = survey(plain);
    let link = format!(
        "mailto:support@example.com?subject=4%20-%20%D0%94%D0%BE%D0%B1%D1%80%D0%B5%20%5Bs%3A{token}%5D"
    );
    assert!(
        text_of(&mail).contains(&format!("4 - Добре\n{link}\n")),
        "{}",
        text_of(&mail)
    );
    assert_eq!(mail.envelope_from, "support@example.com");
    assert_eq!(
        wire(&mail, "Reply-To").as_deref(),
        Some("\"Acme Support\" <support@example.com>")
    );
}

#[test]
fn agents_are_told_in_the_desks_language() {
    let anna = Address::new("Anna", "anna@example.com");
    let customer = olga();
    let notify = |what: Notification<'_>, text, answerable| {
        composer(desk())
            .notification(
                &thread(Language::Ru, "Re: Импорт"),
                &anna,
                what,
                text,
                answerable,
                &stamp(),
            )
            .unwrap()
    };
    let new = Notification::NewTicket {
        from: &customer,
        priority: Priority::Normal,
    };
    let mail = notify(new, "Не идёт\nдальше", false);
    assert_eq!(mail.subject, "[#123] Импорт");
    assert_eq!(
        text_of(&mail),
        "New request #123 from Ольга Петренко <olga@customer.example>\nSubject: Импорт\n\nНе \
         идёт\nдальше\n\n-- \nTo answer: maildesk ticket reply 123\nWhat you answer to \
         this mail is kept in the ticket as a private note.\n"
    );
    let token = signer().seal(Purpose::Agent, 123, "anna@example.com");
    assert!(
        wire(&mail, "Reply-To")
            .unwrap()
            .contains(&format!("support+a{token}@"))
    );
    assert_eq!(wire(&mail, "Content-Language").as_deref(), Some("en"));
    // a notification that comes back finds its ticket
    let bounce = signer().seal(Purpose::Bounce, 123, "anna@example.com");
    assert_eq!(mail.envelope_from, format!("support+b{bounce}@example.com"));

    let failed = Notification::DeliveryFailed {
        recipient: &customer,
        reason: "550 5.1.1 no\r\nsuch user",
    };
    assert_eq!(
        text_of(&notify(failed, "Готово.", false)),
        "An answer to request #123 did not reach Ольга Петренко <olga@customer.example>: 550 \
         5.1.1 no such user\nSubject: Импорт\n\nThe answer was:\n\nГотово.\n\n-- \nTo answer: \
         maildesk ticket reply 123\nWhat you answer to this mail is kept in the ticket as a private \
         note.\n"
    );
}

#[test]
fn a_manager_reads_the_rating_and_the_whole_conversation() {
    let boss = Address::new("Boss", "boss@example.com");
    let customer = olga();
    let said = |at: &str, by: &Address, text: &str| Said {
        at: at.to_owned(),
        by: by.clone(),
        text: text.to_owned(),
        ..Said::default()
    };
    let conversation = Conversation::of(vec![
        Said {
            files: vec!["прайс\r\n.xlsx".to_owned(), "b.png".to_owned()],
            ..said("2026-11-20 10:00", &customer, "Не идёт\nдальше\n")
        },
        Said {
            is_note: true,
            ..said("2026-11-20 11:00", &boss, "Ask Petro.")
        },
        said("2026-11-20 12:00", &boss, "Исправили."),
    ]);
    let notify = |language: Language, score: u8, about: &str, comment: &str| {
        let mut desk = desk();
        desk.language = language;
        let rated = Notification::Rated {
            from: &customer,
            score,
            about,
            conversation: &conversation,
        };
        let thread = thread(Language::Ru, "Re: Импорт");
        composer(desk)
            .notification(&thread, &boss, rated, comment, true, &stamp())
            .unwrap()
    };
    let mail = notify(Language::En, 2, "waiting", "Долго :(");
    assert_eq!(mail.subject, "Re: [#123] Импорт");
    let text = text_of(&mail);
    let head = "##- Please type your reply above this line -##\n\nОльга Петренко \
                <olga@customer.example> rated request #123: 2 of 5 (Poor)\nSubject: Импорт\nThe \
                rating is about: the waiting time\n\nComment:\n\nДолго :(\n\nThe \
                conversation:\n\n--- 2026-11-20 10:00, Ольга Петренко <olga@customer.example>\nНе \
                идёт\nдальше\n[прайс .xlsx, b.png]\n\n--- 2026-11-20 11:00, Boss \
                <boss@example.com> (private note)\nAsk Petro.\n\n--- 2026-11-20 12:00, Boss \
                <boss@example.com>\nИсправили.\n\n-- \nAnswer this mail";
    assert!(text.starts_with(head), "{text}");
    for (language, words) in [
        (
            Language::Ru,
            "оценка по обращению #123 - 1 из 5 (Очень плохо)\nТема: Импорт\nО чём оценка: работа \
             специалиста\n\nПереписка:\n\n--- 2026-11-20 10:00, ",
        ),
        (
            Language::Uk,
            "оцінка щодо звернення #123 - 1 з 5 (Дуже погано)\nТема: Импорт\nПро що оцінка: робота \
             фахівця\n\nЛистування:\n\n--- 2026-11-20 10:00, ",
        ),
    ] {
        let text = text_of(&notify(language, 1, "agent", ""));
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn an_agent_who_is_told_too_much_gets_one_mail_without_a_token() {
    let anna = Address::new("Anna", "anna@example.com");
    for (language, subject) in [
        (Language::En, "Notifications are held back"),
        (Language::Ru, "Уведомления приостановлены"),
        (Language::Uk, "Сповіщення призупинено"),
    ] {
        let mut desk = desk();
        desk.language = language;
        let mail = composer(desk).held_back(&anna, 73, &stamp()).unwrap();
        assert_eq!(mail.subject, subject);
        let text = text_of(&mail);
        assert!(
            text.contains(": 73.") && text.contains("ticket list --status open"),
            "{text}"
        );
        assert!(!text.contains("#0"), "{text}");
        assert_eq!(
            wire(&mail, "Reply-To").as_deref(),
            Some("\"Acme Support\" <support@example.com>")
        );
        assert_eq!(
            wire(&mail, "Auto-Submitted").as_deref(),
            Some("auto-generated")
        );
        assert_eq!(
            (mail.envelope_from.as_str(), wire(&mail, "In-Reply-To")),
            ("", None)
        );
    }
}

#[test]
fn an_agent_who_may_answer_is_told_how_and_has_one_thread_a_ticket() {
    let anna = Address::new("Anna", "anna@example.com");
    let customer = olga();
    let notify = |what: Notification<'_>, unique: &str| {
        let mut desk = desk();
        desk.delimiter = String::new();
        let stamp = Stamp {
            unique: unique.to_owned(),
            ..stamp()
        };
        let thread = thread(Language::Ru, "Импорт");
        composer(desk)
            .notification(&thread, &anna, what, "Не идёт", true, &stamp)
            .unwrap()
    };
    let first = notify(
        Notification::NewTicket {
            from: &customer,
            priority: Priority::Urgent,
        },
        "abc",
    );
    let text = text_of(&first);
    assert!(text.starts_with("##- Please type your reply above this line -##\n\nNew request"));
    assert!(text.contains("\nPriority: urgent\n"), "{text}");
    assert!(text.contains("Answer this mail") && text.contains("#snooze 2d"));
    let second = notify(
        Notification::NewAnswer {
            from: &customer,
            priority: Priority::Normal,
        },
        "def",
    );
    assert_ne!(first.message_id, second.message_id);
    let root = wire(&first, "In-Reply-To").unwrap();
    assert_eq!(wire(&second, "In-Reply-To").as_ref(), Some(&root));
    for (mail, id) in [(&first, &root), (&second, &root)] {
        let references = wire(mail, "References").unwrap();
        assert!(references.starts_with(id.as_str()), "{references}");
        // nothing of the customer's ids
        assert!(!references.contains("customer.example"), "{references}");
    }
    // without sub-addresses the ids carry the token
    for id in [root.as_str(), &first.message_id] {
        assert_eq!(own_ticket(&signer(), id), Some(123));
        let token = agent_token(id).unwrap();
        assert!(signer().verify(Purpose::Agent, token, "anna@example.com"));
    }
    let refused = notify(Notification::UnknownCommand { command: "#clos" }, "ghi");
    assert_eq!(
        wire(&refused, "Auto-Submitted").as_deref(),
        Some("auto-replied")
    );
    let text = text_of(&refused);
    assert!(
        text.contains("no command #clos") && text.contains("#merge 17"),
        "{text}"
    );
    assert!(text.contains("Не идёт"), "{text}");
}

#[test]
fn files_go_along_byte_for_byte() {
    let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    let files = [
        (
            "прайс \"2026\".xlsx",
            "application/vnd.ms-excel",
            bytes.clone(),
        ),
        ("../notes.txt", "text/plain", b"a\nb\r\n.\n\x80".to_vec()),
        ("odd", "no type at all", Vec::new()),
    ];
    let files = files.map(|(name, media_type, bytes)| File {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        bytes,
    });
    let reply = Reply {
        agent_name: "Anna",
        text: "Прайс внутри.",
        files: &files,
    };
    let thread = thread(Language::Ru, "Импорт");
    let mails = composer(desk())
        .reply(&thread, &olga(), &[], &reply, &stamp())
        .unwrap();
    let mail = &mails[0];
    assert!(text_of(mail).starts_with("Прайс внутри."));
    assert!(raw(mail).is_ascii());
    let parsed = mail_parser::MessageParser::new()
        .parse(&mail.bytes)
        .unwrap();
    use mail_parser::MimeHeaders;
    let found: Vec<(String, Vec<u8>)> = parsed
        .attachments()
        .map(|part| {
            let name = part.attachment_name().unwrap_or_default().to_owned();
            (name, part.contents().to_vec())
        })
        .collect();
    assert_eq!(
        found,
        [
            ("прайс _2026_.xlsx".to_owned(), bytes),
            (".._notes.txt".to_owned(), b"a\nb\r\n.\n\x80".to_vec()),
            ("odd".to_owned(), Vec::new()),
        ]
    );
    assert!(raw(mail).contains("multipart/mixed"));
}

#[test]
fn no_name_or_subject_breaks_out_of_its_header() {
    let honest = names(
        &composer(desk())
            .acknowledgement(&thread(Language::En, "x"), &olga(), &stamp())
            .unwrap(),
    );
    for evil in [
        "a\r\nBcc: victim@example.com",
        "a\nBcc: victim@example.com\n\nbody",
        "a\rBcc: victim@example.com",
        "\"><script> <victim@example.com>, b",
        "=?utf-8?q?a=0D=0ABcc:_victim=40example.com?=",
        "\u{202E}moc.elpmaxe\u{2066}\0\u{7f}\u{85}",
        "поддержка\r\n\r\nBcc: victim@example.com",
    ] {
        let to = Address::new(evil, "olga@customer.example");
        let mail = composer(desk())
            .acknowledgement(&thread(Language::En, evil), &to, &stamp())
            .unwrap();
        assert_eq!(names(&mail), honest, "{evil:?}");
        let parsed = MessageParser::new().parse(&mail.bytes).unwrap();
        assert_eq!(parsed.to().unwrap().iter().count(), 1, "{evil:?}");
        let subject = parsed.subject().unwrap();
        assert_eq!(subject, mail.subject);
        for text in [
            subject,
            parsed.to().unwrap().first().unwrap().name().unwrap(),
        ] {
            let is_odd = |c: char| c.is_control() || ('\u{202A}'..='\u{2069}').contains(&c);
            assert!(!text.contains(is_odd), "{text:?}");
        }
        assert!(!raw(&mail).replace("\r\n", "").contains(['\r', '\n', '\0']));

        let reply = composer(desk())
            .reply(
                &thread(Language::En, evil),
                &to,
                &[],
                &Reply {
                    agent_name: evil,
                    text: "a\0b\rc\r\n.\r\n",
                    files: &[File {
                        name: evil.to_owned(),
                        media_type: evil.to_owned(),
                        bytes: b"x".to_vec(),
                    }],
                },
                &stamp(),
            )
            .unwrap();
        let reply = reply.first().unwrap();
        assert!(!names(reply).contains(&"Bcc".to_owned()), "{evil:?}");
        assert!(
            text_of(reply).starts_with("ab\nc\n."),
            "{:?}",
            text_of(reply)
        );
    }
}

#[test]
fn a_long_thread_stays_within_header_limits() {
    let references: Vec<String> = (0..200)
        .map(|n| format!("id-{n}@customer.example"))
        .collect();
    let subject = "слово ".repeat(300);
    let thread = Thread {
        references: &references,
        ..thread(Language::En, &subject)
    };
    let mail = composer(desk())
        .acknowledgement(&thread, &olga(), &stamp())
        .unwrap();
    let parsed = MessageParser::new().parse(&mail.bytes).unwrap();
    let HeaderValue::TextList(ids) = parsed.references() else {
        panic!("a list of ids");
    };
    assert_eq!(ids.first().unwrap(), "id-0@customer.example");
    assert_eq!(ids.get(ids.len() - 2).unwrap(), "first@customer.example");
    assert_eq!(ids.last().unwrap(), mail.message_id.as_str());
    assert!(wire(&mail, "References").unwrap().len() <= 900);
    assert!(mail.subject.chars().count() < 170, "{}", mail.subject);
    assert!(mail.subject.ends_with('…'));
    assert!(raw(&mail).lines().all(|line| line.len() <= 200));
}

#[test]
fn what_cannot_be_addressed_is_an_error_that_hides_the_address() {
    for bad in [
        "",
        "no-at-sign",
        "a b@example.com",
        "x@example.com\r\nBcc: y@example.com",
    ] {
        let to = Address::new("Olga", bad);
        let error = composer(desk())
            .acknowledgement(&thread(Language::En, "x"), &to, &stamp())
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("composing a mail about #123: "),
            "{error}"
        );
        assert!(
            !error.contains("Bcc") && !error.contains("no-at-sign"),
            "{error}"
        );
    }
}

#[test]
fn an_address_too_long_for_a_token_stays_plain() {
    let local = "s".repeat(50);
    let long = Desk {
        address: Address::new("", format!("{local}@example.com")),
        ..desk()
    };
    let mail = composer(long)
        .acknowledgement(&thread(Language::En, "x"), &olga(), &stamp())
        .unwrap();
    assert!(
        wire(&mail, "Reply-To")
            .unwrap()
            .ends_with(&format!("<{local}@example.com>"))
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_strangers_write_makes_the_same_headers(
        name in "\\PC*|[\\x00-\\x20=?<>,@\"]*",
        subject in "(Re: |\\[#123\\] )*\\PC*|[\\x00-\\xff]*",
        id in "\\PC*",
    ) {
        let references = vec![id.clone(), "a@customer.example".to_owned()];
        let thread = Thread { references: &references, ..thread(Language::Uk, &subject) };
        let to = Address::new(name, "olga@customer.example");
        let mail = composer(desk()).acknowledgement(&thread, &to, &stamp()).unwrap();
        proptest::prop_assert_eq!(names(&mail).len(), 14);
        proptest::prop_assert!(mail.bytes.is_ascii());
        let parsed = MessageParser::new().parse(&mail.bytes).unwrap();
        proptest::prop_assert_eq!(parsed.subject().unwrap(), mail.subject.as_str());
    }
}

#[test]
fn an_acknowledgement_carries_no_link_of_its_mail() {
    for (subject, name, kept) in [
        ("Win at https://evil.example/x", "Ольга", "Re: [#123]"),
        (
            "Win at evil.example/pills now",
            "www.evil.example",
            "Re: [#123]",
        ),
        (
            "Price 10/20 of item A.5",
            "Ольга",
            "Re: [#123] Price 10/20 of item A.5",
        ),
    ] {
        let to = Address::new(name, "olga@shop.example");
        let mail = composer(desk())
            .acknowledgement(&thread(Language::En, subject), &to, &stamp())
            .unwrap();
        assert_eq!(mail.subject, kept);
        assert!(
            !String::from_utf8_lossy(&mail.bytes).contains("evil"),
            "{subject}"
        );
    }
}
