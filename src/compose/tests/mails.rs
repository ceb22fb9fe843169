//! Every mail is read back by a parser and compared; whole, where the wording is the promise.

use mail_parser::MessageParser;

use super::kit::*;
use crate::{address::Address, compose::*, language::Language, token::Purpose};

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
