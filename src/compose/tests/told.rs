//! What agents and managers are told.

use super::kit::*;
use crate::{address::Address, compose::*, language::Language, ticket::Priority, token::Purpose};

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
