use super::*;
use crate::{language::Language, message::read};

fn mail(subject: &str, text: &str) -> Message {
    let raw = format!(
        "From: Anna <anna@example.com>\nTo: support@example.com\nSubject: {subject}\n\
         Message-ID: <f@example.com>\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
    );
    read(raw.as_bytes())
}

/// (mail program, subject, text, sender, subject inside, the customer's words, the agent's words)
#[rustfmt::skip]
const CASES: &[(&str, &str, &str, &str, &str, &str, &str)] = &[
    ("Gmail, English", "Fwd: Import fails",
     "Please take this one.\n\n---------- Forwarded message ---------\nFrom: Olga Petrova <olga@shop.example>\nDate: Mon, May 4, 2026 at 10:15 AM\nSubject: Import fails\nTo: Anna <anna@example.com>\n\n\nHello, the import fails.\n",
     "Olga Petrova <olga@shop.example>", "Import fails", "Hello, the import fails.", "Please take this one."),
    ("Gmail, Russian", "Fwd: Не работает импорт",
     "Возьмите, пожалуйста.\n\n---------- Forwarded message ---------\nОт: Ольга Петрова <olga@shop.example>\nDate: пн, 4 мая 2026 г. в 10:15\nSubject: Не работает импорт\nTo: <anna@example.com>\n\n\nЗдравствуйте, импорт не работает.\n\n-- \nОльга",
     "Ольга Петрова <olga@shop.example>", "Не работает импорт", "Здравствуйте, импорт не работает.", "Возьмите, пожалуйста."),
    ("Gmail, Ukrainian", "Fwd: Пошук",
     "---------- Forwarded message ---------\nВід: Оксана <oksana@shop.example>\nDate: пн, 4 трав. 2026 р. о 10:15\nSubject: Пошук\nTo: Anna <anna@example.com>\n\nПошук не працює, допоможіть, будь ласка.\n",
     "Оксана <oksana@shop.example>", "Пошук", "Пошук не працює, допоможіть, будь ласка.", ""),
    ("Yandex", "Fwd: Цены",
     "Коллеги, посмотрите.\n\n-------- Пересылаемое сообщение --------\n04.05.2026, 10:15, \"Иван Иванов\" <ivan@shop.example>:\n\nДобрый день! Цены неверные.\n\n-------- Конец пересылаемого сообщения --------\n\n-- \nАнна",
     "Иван Иванов <ivan@shop.example>", "Цены", "Добрый день! Цены неверные.", "Коллеги, посмотрите."),
    ("Yandex, name without quotes", "Fwd: Цены",
     "-------- Пересылаемое сообщение --------\n04.05.2026, 10:15, Иван Иванов <ivan@shop.example>:\nДобрый день!\n",
     "Иван Иванов <ivan@shop.example>", "Цены", "Добрый день!", ""),
    ("Mail.ru", "Fwd: Экспорт",
     "К нам?\n\n-------- Пересылаемое сообщение --------\nОт кого: Пётр <petr@shop.example>\nКому: anna@example.com\nДата: Понедельник, 4 мая 2026, 10:15 +03:00\nТема: Экспорт\n\nНе выгружается прайс.\n",
     "Пётр <petr@shop.example>", "Экспорт", "Не выгружается прайс.", "К нам?"),
    ("Outlook, English", "FW: Prices",
     "See below.\n\n________________________________\nFrom: Ivan Petrov [mailto:ivan@shop.example]\nSent: Monday, May 4, 2026 10:15 AM\nTo: Anna\nCc: Boris <boris@shop.example>;\n Vera <vera@shop.example>\nSubject: Prices\nImportance: High\n\nAll prices are wrong.\n",
     "Ivan Petrov <ivan@shop.example>", "Prices", "All prices are wrong.", "See below."),
    ("Outlook, Russian", "Пересл: Поиск",
     "Это вам.\n\nОт: Иван Петров <ivan@shop.example>\nОтправлено: 4 мая 2026 г. 10:15\nКому: Анна\nТема: Поиск\n\nПоиск завис.\n",
     "Иван Петров <ivan@shop.example>", "Поиск", "Поиск завис.", "Это вам."),
    ("Outlook, Ukrainian", "FW: Імпорт",
     "Від: Тарас <taras@shop.example>\nНадіслано: 4 травня 2026 р. 10:15\nКому: Anna\nТема: Імпорт\n\nІмпорт не працює.\n",
     "Тарас <taras@shop.example>", "Імпорт", "Імпорт не працює.", ""),
    ("Outlook, German", "WG: Preise",
     "Bitte übernehmen.\n\nVon: Hans Müller <hans@shop.example>\nGesendet: Montag, 4. Mai 2026 10:15\nAn: Anna\nBetreff: Preise\n\nDie Preise sind falsch.\n",
     "Hans Müller <hans@shop.example>", "Preise", "Die Preise sind falsch.", "Bitte übernehmen."),
    ("Outlook, French", "TR: Prix",
     "De : Marie <marie@shop.example>\nEnvoyé : lundi 4 mai 2026 10:15\nÀ : Anna\nObjet : Prix\n\nLes prix sont faux.\n",
     "Marie <marie@shop.example>", "Prix", "Les prix sont faux.", ""),
    ("Outlook, Spanish", "RV: Precios",
     "De: Luis <luis@shop.example>\nEnviado el: lunes, 4 de mayo de 2026 10:15\nPara: Anna\nAsunto: Precios\n\nLos precios fallan.\n",
     "Luis <luis@shop.example>", "Precios", "Los precios fallan.", ""),
    ("Outlook, Polish", "PD: Ceny",
     "Od: Jan <jan@shop.example>\nWysłano: 4 maja 2026 10:15\nDo: Anna\nTemat: Ceny\n\nZłe ceny.\n",
     "Jan <jan@shop.example>", "Ceny", "Złe ceny.", ""),
    ("Outlook, rule", "FW: Order",
     "fyi\n\n-----Original Message-----\nFrom: Ivan <ivan@shop.example>\nSent: Monday, May 4, 2026 10:15 AM\nTo: Anna\nSubject: Order\n\nWhere is my order?\n",
     "Ivan <ivan@shop.example>", "Order", "Where is my order?", "fyi"),
    ("Thunderbird, English", "Fwd: Export",
     "Yours.\n\n\n-------- Forwarded Message --------\nSubject: \tExport\nDate: \tMon, 4 May 2026 10:15:00 +0300\nFrom: \tIvan <ivan@shop.example>\nTo: \tAnna <anna@example.com>\n\n\n\nThe export stops.\n",
     "Ivan <ivan@shop.example>", "Export", "The export stops.", "Yours."),
    ("Thunderbird, Russian", "Fwd: Экспорт",
     "-------- Перенаправленное сообщение --------\nТема: \tЭкспорт\nДата: \tMon, 4 May 2026 10:15:00 +0300\nОт: \tИван <ivan@shop.example>\nКому: \tanna@example.com\n\nЭкспорт не идёт.\n",
     "Иван <ivan@shop.example>", "Экспорт", "Экспорт не идёт.", ""),
    ("Apple Mail", "Fwd: Search",
     "Could you?\n\n> Begin forwarded message:\n> \n> From: Ivan <ivan@shop.example>\n> Subject: Search\n> Date: 4 May 2026 at 10:15:00 GMT+3\n> To: anna@example.com\n> \n> Search is down.\n> \n> > quoted before\n\nThanks, A.\n",
     "Ivan <ivan@shop.example>", "Search", "Search is down.", "Could you?\n\nThanks, A."),
    ("Apple Mail, Russian, plain", "Fwd: Поиск",
     "Отправлено с iPhone\n\nНачало переадресованного сообщения:\n\nОт: Иван <ivan@shop.example>\nДата: 4 мая 2026 г. в 10:15:00 GMT+3\nКому: anna@example.com\nТема: Поиск\n\nПоиск не ищет.\n",
     "Иван <ivan@shop.example>", "Поиск", "Поиск не ищет.", ""),
    ("Samsung", "Fwd: Прайс",
     "\n-------- Исходное сообщение --------\nОт: Иван <ivan@shop.example>\nДата: 04.05.2026 10:15 (GMT+03:00)\nКому: anna@example.com\nТема: Прайс\n\nПрайс пустой.\n",
     "Иван <ivan@shop.example>", "Прайс", "Прайс пустой.", ""),
    ("The Bat!", "Fwd: Orders",
     "This is a forwarded message\nFrom: Ivan <ivan@shop.example>\nTo: anna@example.com\nDate: Monday, May 4, 2026, 10:15:00 AM\nSubject: Orders\n\n===8<==============Original message text===============\nNo orders come.\n===8<===========End of original message text===========\n",
     "Ivan <ivan@shop.example>", "Orders", "No orders come.", ""),
    ("mutt", "Fwd: Orders",
     "over to you\n\n----- Forwarded message from Ivan <ivan@shop.example> -----\n\nDate: Mon, 4 May 2026 10:15:00 +0300\nFrom: Ivan <ivan@shop.example>\nTo: anna@example.com\nSubject: Orders\n\nNo orders come.\n\n----- End forwarded message -----\n",
     "Ivan <ivan@shop.example>", "Orders", "No orders come.", "over to you"),
    ("ukr.net", "Fwd: Ціни",
     "--- Переслане повідомлення ---\nВід кого: Тарас <taras@shop.example>\nКому: anna@example.com\nДата: 4 травня 2026, 10:15:00\nТема: Ціни\n\nЦіни хибні.\n",
     "Тарас <taras@shop.example>", "Ціни", "Ціни хибні.", ""),
    ("bold fields, address twice, wrapped", "Fwd: x",
     "*From:* Ivan Petrov\n<ivan@shop.example<mailto:ivan@shop.example>>\n*Sent:* Monday, May 4, 2026 10:15 AM\n*To:* anna@example.com <mailto:anna@example.com>\n*Subject:* x\n\nWords.\n",
     "Ivan Petrov <ivan@shop.example>", "x", "Words.", ""),
    ("address alone", "Fwd: x",
     "From: ivan@shop.example <mailto:ivan@shop.example>\nSent: Monday\nTo: Anna\nSubject: x\n\nWords.\n",
     "<ivan@shop.example>", "x", "Words.", ""),
    ("no mark in the subject", "Take this",
     "Hi team\n---------- Forwarded message ---------\nFrom: Ivan <ivan@shop.example>\nSubject: x\n\nWords.\n",
     "Ivan <ivan@shop.example>", "x", "Words.", "Hi team"),
    ("the customer quotes", "Fwd: Re: x",
     "Look\n---------- Forwarded message ---------\nFrom: Ivan <ivan@shop.example>\nDate: Mon, May 4, 2026 at 10:15 AM\nSubject: Re: x\nTo: Anna <anna@example.com>\n\nStill broken.\n\nOn Mon, May 4, 2026 at 9:00 AM Anna <anna@example.com> wrote:\n> Mended.\n",
     "Ivan <ivan@shop.example>", "Re: x", "Still broken.", "Look"),
];

#[test]
fn the_sender_and_both_peoples_words_are_found_as_mail_programs_write_them() {
    let mut faults = Vec::new();
    for (program, title, text, sender, inside, reply, words) in CASES {
        let Some(found) = mail(title, text).forwarded else {
            faults.push(format!("{program}: none found"));
            continue;
        };
        let from = &found.mail.from;
        let from = format!("{} <{}>", from.name, from.address);
        let seen = [
            from.trim(),
            &found.mail.subject,
            &found.mail.reply,
            &found.words,
        ];
        if seen != [*sender, *inside, *reply, *words] {
            faults.push(format!("{program}: {seen:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn language_and_date_are_the_customers() {
    let found = mail(
        "Fwd: Import",
        "Hello team, please have a look at this one, it is urgent for our customer.\n\n\
         -------- Forwarded Message --------\nSubject: Импорт\n\
         Date: Mon, 4 May 2026 10:15:00 +0300\nFrom: Ольга <olga@shop.example>\n\n\
         Здравствуйте, импорт не работает.\n",
    );
    let found = found.forwarded.unwrap().mail;
    assert_eq!(found.language, Some(Language::Ru));
    assert_eq!(found.date.unwrap().to_string(), "2026-05-04T07:15:00Z");
}

#[test]
fn an_answer_and_a_plain_mail_pass_nothing_on() {
    let outlook =
        "Done.\n\nFrom: Ivan <ivan@shop.example>\nSent: Monday\nTo: Anna\nSubject: x\n\nWords.";
    for (title, text) in [
        ("Re: x", outlook),
        ("Ответ: x", outlook),
        ("x", "Hello, from: me to: you"),
        ("x", "From: the beginning it was wrong.\n\nTo: us"),
        (
            "Re: x",
            "ok\n\n> ---------- Forwarded message ---------\n> From: Ivan <ivan@shop.example>\n> Subject: y\n>\n> z",
        ),
        ("", ""),
    ] {
        assert!(mail(title, text).forwarded.is_none(), "{title}: {text}");
    }
}

#[test]
fn a_forward_without_a_readable_sender_has_no_sender() {
    for (title, text) in [
        ("Fwd: x", "Only words."),
        ("Fwd: x", ""),
        (
            "FW: x",
            "From: Ivan Petrov\nSent: Monday\nTo: Anna\nSubject: x\n\nWords.",
        ),
        (
            "x",
            "---------- Forwarded message ---------\nno head at all",
        ),
    ] {
        let found = mail(title, text).forwarded.unwrap();
        assert!(!found.mail.from.is_usable(), "{title}: {text}");
    }
}

#[test]
fn a_forward_of_a_forward_is_seen_through() {
    let inner = "---------- Forwarded message ---------\nFrom: Olga <olga@shop.example>\n\
         Subject: Import fails\n\nHelp!";
    let text = format!(
        "mine\n\n---------- Forwarded message ---------\nFrom: Boris <boris@example.com>\n\
         Subject: Fwd: Import fails\n\nhis\n\n{inner}"
    );
    let outer = mail("Fwd: Fwd: Import fails", &text).forwarded.unwrap();
    assert_eq!(
        (outer.words.as_str(), outer.mail.from.address.as_str()),
        ("mine", "boris@example.com")
    );
    let inner = outer.mail.forwarded.unwrap();
    assert_eq!(inner.words, "his");
    assert_eq!(inner.mail.from.address, "olga@shop.example");
    assert_eq!(inner.mail.reply, "Help!");
}

#[test]
fn an_attached_mail_has_its_own_header() {
    let raw = "From: Anna <anna@example.com>\nSubject: Fwd: x\nMIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nYours.\n\
         --b\nContent-Type: message/rfc822\n\nFrom: Olga <olga@shop.example>\nSubject: Import\n\
         Message-ID: <orig@shop.example>\nReferences: <older@shop.example>\n\
         Content-Type: text/plain\n\nIt fails.\n--b--\n";
    let found = read(raw.as_bytes()).forwarded.unwrap();
    assert!(found.is_attached);
    assert_eq!(found.words, "Yours.");
    assert_eq!(found.mail.message_id.as_deref(), Some("orig@shop.example"));
    assert_eq!(found.mail.references, ["older@shop.example"]);
    assert_eq!(found.mail.reply, "It fails.");
}

#[test]
fn robots_are_named() {
    for address in [
        "no-reply@shop.example",
        "NoReply@shop.example",
        "do_not_reply+1@shop.example",
        "MAILER-DAEMON@shop.example",
    ] {
        let text = format!("From: Shop <{address}>\nDate: Monday\nSubject: Order 5\n\nYour order.");
        let found = mail("Fwd: Order 5", &text).forwarded.unwrap();
        assert!(found.mail.kind.is_machine(), "{address}");
    }
}

#[test]
fn endless_heads_are_no_bomb() {
    let begun = std::time::Instant::now();
    for line in [
        "From: a <a@b.example>\nSubject: x\nDate: y\n\n",
        "> From: x\n",
        "---------- Forwarded message ---------\n",
        "Subject: x\n",
        "From: \"x, y\n",
    ] {
        for title in ["Fwd: x", "x", "Re: x"] {
            let _ = mail(title, &line.repeat(20_000));
        }
    }
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}

mod any {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lines_are_read(lines in prop::collection::vec(prop_oneof![
            Just("---------- Forwarded message ---------".to_owned()),
            Just("> Begin forwarded message:".to_owned()),
            Just("From: Ivan <ivan@shop.example>".to_owned()), Just("> From: <".to_owned()),
            Just("От: [mailto:".to_owned()), Just("Subject:".to_owned()), Just("Date: 1".to_owned()),
            Just(String::new()), Just(">".to_owned()), "\\PC{0,40}",
        ], 0..24)) {
            let found = super::mail("Fwd: x", &lines.join("\n"));
            prop_assert!(found.forwarded.is_some());
        }
    }
}
