use proptest::prelude::*;

use super::*;

#[track_caller]
fn reply(text: &str) -> String {
    split(text, false).reply
}

#[test]
fn attributions_of_many_mailers() {
    for introduction in [
        "On Mon, May 4, 2026 at 10:00 AM Support <support@example.com> wrote:",
        "On Mon, May 4, 2026 at 10:00 AM Support\n<support@example.com> wrote:",
        "пн, 4 мая 2026 г. в 10:00, Support <support@example.com>:",
        "пн, 4 трав. 2026 р. о 10:00 Support <support@example.com> пише:",
        "04.05.2026 10:00, Support пишет:",
        "4 мая 2026 г., в 10:00, Support <support@example.com> написал(а):",
        "Понедельник, 4 мая 2026, 10:00 +03:00 от Support <support@example.com>:",
        "04.05.2026, 10:00, \"Support\" <support@example.com>:",
        "4 травня 2026, 10:00:19, від \"Support\" <support@example.com>:",
        "Am 04.05.2026 um 10:00 schrieb Support:",
        "Am 04.05.2026 um 10:00 hat Support\n<support@example.com> geschrieben:",
        "04.05.2026 10:00, Support пише:",
        "Вы писали 4 мая 2026 г., 10:00:00:",
        "04.05.2026 10:00, Support писал(а):",
    ] {
        for quote in [
            "\n> old words\n> more",
            "\n\n> old words",
            "\n>\n> old words",
        ] {
            let text = format!("Yes, it works.\n\n{introduction}{quote}");
            let parts = split(&text, false);
            assert_eq!(parts.reply, "Yes, it works.", "{text}");
            assert!(parts.quoted.contains("old words"), "{text}");
        }
    }
}

#[test]
fn quotes_without_marks() {
    for block in [
        "-----Original Message-----\nFrom: Support\nold",
        "-----Исходное сообщение-----\nold",
        "-------- Исходное сообщение --------\nОт: Support\nold",
        "-----Оригінальне повідомлення-----\nold",
        "-------- Original message --------\nFrom: x\nold",
        "-----Ursprüngliche Nachricht-----\nold",
        "From: Support <support@example.com>\nSent: Monday, May 4, 2026 10:00 AM\nTo: Ivan\nSubject: RE: x\n\nold",
        "*From:* Support\n*Sent:* Monday\n*To:* Ivan\n*Subject:* x\n\nold",
        "От: Support <support@example.com>\nОтправлено: 4 мая 2026 г. 10:00\nКому: Иван\nТема: x\n\nold",
        "Від: Support\nНадіслано: 4 травня 2026 р. 10:00\nКому: Іван\nТема: x\n\nold",
        "Von: Support\nGesendet: Montag, 4. Mai 2026 10:00\nAn: Ivan\nBetreff: x\n\nold",
        "________________________________\nFrom: Support\nSent: x\nTo: y\nSubject: z\n\nold",
        "On Mon, May 4, 2026 at 10:00 AM Support <support@example.com> wrote:\n\nold",
        "пн, 4 мая 2026 г. в 10:00, Support <support@example.com>:\nold",
    ] {
        let parts = split(&format!("New words.\n\n{block}"), false);
        assert_eq!(parts.reply, "New words.", "{block}");
        assert!(parts.quoted.ends_with("old"), "{block}");
    }
}

#[test]
fn answers_between_quoted_lines_stay() {
    let text = "> Which version?\n4.2\n\n> On which system?\n\nWindows 11\n> Thanks";
    assert_eq!(reply(text), "4.2\n\nWindows 11");
    let text = "Hello,\n\nOn May 4, 2026, Support wrote:\n> Which version?\n4.2\n> System?\nLinux\n-- \nIvan";
    let parts = split(text, false);
    assert_eq!(parts.reply, "Hello,\n\n4.2\n\nLinux");
    assert_eq!(parts.signature, "-- \nIvan".replace("-- ", "--"));
}

#[test]
fn signatures_and_footers() {
    for (text, expected) in [
        ("Hello\n-- \nIvan\nAcme", "Hello"),
        ("Hello\n--\nIvan", "Hello"),
        ("Hello\n\nSent from my iPhone", "Hello"),
        ("Привет\n\nОтправлено с iPhone", "Привет"),
        ("Привет\n\nОтправлено из мобильной Почты Mail.ru", "Привет"),
        (
            "Привет\n--\nОтправлено из Яндекс.Почты для мобильных",
            "Привет",
        ),
        ("Вітаю\n\nНадіслано з мобільного пристрою", "Вітаю"),
        ("Вітаю\n\nНадіслано з iPhone\n\n> old", "Вітаю"),
        ("Hi\n\nGet Outlook for iOS", "Hi"),
        // sentences, not footers
        (
            "Отправлено с третьей попытки",
            "Отправлено с третьей попытки",
        ),
        (
            "Отправлено с iPhone\nи не дошло",
            "Отправлено с iPhone\nи не дошло",
        ),
        // what follows is too long for a signature
        (
            "a\n--\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11",
            "a\n--\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11",
        ),
        ("a\n--", "a\n--"),
    ] {
        assert_eq!(reply(text), expected, "{text}");
    }
}

#[test]
fn a_closing_with_a_card_is_a_signature() {
    for card in [
        "Best regards,\nIvan Petrov\nManager\nAcme",
        "С уважением,\nИван Петров\nтел. +7 900 555-01-02",
        "Mit freundlichen Grüßen\n\nEva Klein\nKlein GmbH\nTel. 030 5550102",
        "Thanks,\nIvan\nivan@example.com",
        "Kind regards, Ivan Petrov\nwww.example.com",
        "Ivan Petrov\nAcme | Manager\nivan@example.com | www.example.com",
    ] {
        let parts = split(&format!("It works.\n\n{card}\n\n> old"), false);
        assert_eq!(parts.reply, "It works.", "{card}");
        assert_eq!(parts.signature, card);
    }
    for text in [
        // the end of a letter
        "It works.\n\nBest regards,\nIvan",
        "It works.\n\nThanks,\nIvan Petrov\nManager",
        // more words below
        "It works.\n\nBest regards,\nIvan\n\nP.S. call me: +7 900 555-01-02",
        "Best regards,\nIvan\nis that your slogan?",
        // details that were asked for
        "Write to:\n\nIvan Petrov\nivan@example.com\nwww.example.com",
        "Best regards,\nIvan Petrov\nManager\nAcme",
    ] {
        assert_eq!(reply(text), text);
    }
}

#[test]
fn when_unsure_it_is_new() {
    for text in [
        "The log says:\nerror 5\nFrom: the importer",
        "In 2025 our supplier wrote:\nprices will change",
        "From: what I see\nit does not work",
        "a -> b\n1 > 0",
        "Subject: not a block\nTo: no one",
        "Steps:\n1. open\n2. import",
        "Он писал:\nне работает",
        "    > indented code",
    ] {
        assert_eq!(reply(text), text, "{text}");
    }
}

#[test]
fn a_mail_of_quotes_alone_is_shown_whole() {
    let parts = split("> all\n> quoted", false);
    assert_eq!(parts.reply, "> all\n> quoted");
    assert!(parts.quoted.is_empty());
    assert_eq!(split(" \n\n", false), Parts::default());
}

#[test]
fn what_is_forwarded_is_news() {
    let text = "Please look\n\n-----Original Message-----\nFrom: A\nSent: B\nTo: C\nSubject: D\n\nthe failure";
    assert_eq!(split(text, true).reply, text);
}

#[test]
fn what_only_looks_like_a_quote_is_new() {
    for text in [
        // the first line of a mail, with nothing quoted below it
        "On 4 May 2026 at 10:00 Support <support@example.com> wrote:\nwe will refund you\n\nWhere is it?",
        "The log of 2026-05-04 10:00 for ivan@customer.example:\nerror 17",
        "From: Kyiv\nTo: Lviv\nDate: 4 May",
    ] {
        assert_eq!(reply(text), text, "{text}");
        let text = format!("Hello,\n\n{text}");
        if !text.contains("Support <") {
            assert_eq!(reply(&text), text);
        }
    }
    // a sentence right above an introduction is no part of it
    let text = "Yes.\nOn Friday.\nOn Mon, May 4, 2026 at 10:00 AM X <x@example.com> wrote:\n> old";
    assert_eq!(reply(text), "Yes.\nOn Friday.");
}

#[test]
fn long_texts_end_in_time() {
    let started = std::time::Instant::now();
    for piece in [
        "On Mon, May 4, 2026 at 10:00 AM X <x@example.com> wrote:\n",
        "> a\nOn Mon, May 4, 2026 at 10:00 AM X <x@example.com> wrote:\n",
        "From: x\nSubject: y\n",
        "____________________________________\n",
        "x confidential, in error, this message\n\n> q\n",
        "Sent from my iPhone\n",
        "-- \n",
        "To: x\n",
        "confidential, in error, this message, any attachments, privileged, and so on\n\n> q\n",
        "Best regards,\nIvan\n+7 900 555-01-02\n> q\n",
        "you wrote:\nIP> q\n",
        "---\nmailing list\n",
    ] {
        split(&piece.repeat(1_000_000 / piece.len()), false);
    }
    // not a measurement: quadratic time here would be minutes
    assert!(started.elapsed().as_secs() < 30);
}

/// The lines of a text that are not blank.
fn filled(text: &str) -> Vec<&str> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty()).collect()
}

/// Whether each line of the text stands once in one of the parts, in the order of the text.
fn is_whole(text: &str, parts: &Parts) -> bool {
    let all = filled(text);
    let mut together = Vec::new();
    for part in [&parts.reply, &parts.quoted, &parts.signature] {
        let part = filled(part);
        let mut rest = all.iter();
        if !part.iter().all(|line| rest.any(|other| other == line)) {
            return false;
        }
        together.extend(part);
    }
    let mut all = all;
    all.sort_unstable();
    together.sort_unstable();
    all == together
}

proptest! {
    #[test]
    fn no_line_is_lost_or_doubled_or_moved(
        lines in prop::collection::vec(
            prop_oneof![
                Just("-- ".to_owned()), Just("--".to_owned()), Just(String::new()),
                Just("> quoted".to_owned()), Just("Sent from my iPhone".to_owned()),
                Just("On Mon, May 4, 2026 at 10:00 AM X <x@example.com> wrote:".to_owned()),
                Just("From: X".to_owned()), Just("Sent: Y".to_owned()), Just("To: Z".to_owned()),
                Just("Subject: S".to_owned()), Just("Best regards,".to_owned()),
                Just("Ivan Petrov".to_owned()), Just("+7 900 555-01-02".to_owned()),
                Just("you wrote:".to_owned()), Just("IP> quoted".to_owned()), Just("```".to_owned()),
                Just("________________________________".to_owned()),
                Just("To unsubscribe see https://lists.example".to_owned()),
                Just("-----Original Message-----".to_owned()),
                "[a-zа-я:>. -]{0,20}",
            ],
            0..30,
        ),
        is_forward: bool,
    ) {
        let text = lines.join("\n");
        let parts = split(&text, is_forward);
        prop_assert!(is_whole(&text, &parts), "{parts:?}");
        prop_assert!(!parts.reply.is_empty() || text.trim().is_empty());
    }

    #[test]
    fn any_text_is_split(text in "\\PC{0,400}", is_forward: bool) {
        let parts = split(&text, is_forward);
        prop_assert!(is_whole(&text, &parts), "{parts:?}");
    }
}
