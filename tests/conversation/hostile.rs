//! Headers that were written to break something.

use crate::{
    harness::mail::plain,
    story::{DESK, SOON, Story, text},
};

/// The mails, named; each one a ticket.
fn mails() -> Vec<(&'static str, Vec<u8>)> {
    let raw = |head: &str| {
        format!("{head}\nTo: {DESK}\nDate: Sat, 21 Nov 2026 10:00:00 +0000\n\nHello, where is my order?\n").replace('\n', "\r\n").into_bytes()
    };
    let long = "длинная тема ".repeat(64 * 1024 / 25);
    vec![
        (
            "an encoded line end in the name",
            raw(
                "From: =?utf-8?Q?Ivan=0D=0ABcc:_victim@evil.example?= <a1@shop.example>\nSubject: one\nMessage-ID: <1@shop.example>",
            ),
        ),
        (
            "an encoded line end in the subject",
            raw(
                "From: Ivan <a2@shop.example>\nSubject: =?utf-8?B?0L7QtNC40L0NCkJjYzogdmljdGltQGV2aWwuZXhhbXBsZQ0KDQpib2R5?=\nMessage-ID: <2@shop.example>",
            ),
        ),
        (
            "a bare CR in the subject",
            raw(
                "From: Ivan <a3@shop.example>\nSubject: one\rBcc: victim@evil.example\nMessage-ID: <3@shop.example>",
            ),
        ),
        (
            "a subject of 64 KB",
            raw(&format!(
                "From: Ivan <a4@shop.example>\nSubject: {long}\nMessage-ID: <4@shop.example>"
            )),
        ),
        (
            "bidirectional controls",
            raw(
                "From: \"\u{202E}gro.elpmaxe\u{202C} Ivan\" <a5@shop.example>\nSubject: in\u{202E}voice\u{2066} gpj.exe\nMessage-ID: <5@shop.example>",
            ),
        ),
        (
            "an empty From",
            raw("From:\nSubject: nobody\nMessage-ID: <6@shop.example>"),
        ),
        (
            "no From",
            raw("Subject: nothing\nMessage-ID: <7@shop.example>"),
        ),
        (
            "no Message-ID",
            raw("From: Ivan <a8@shop.example>\nSubject: no id"),
        ),
        (
            "two From fields",
            raw(
                "From: Ivan <a9@shop.example>\nFrom: Eve <eve@evil.example>\nSubject: two\nMessage-ID: <9@shop.example>",
            ),
        ),
        (
            "a Message-ID with brackets and line ends in it",
            raw(
                "From: Ivan <a10@shop.example>\nSubject: id\nMessage-ID: <10@shop.example>\r\n\tBcc: <victim@evil.example>",
            ),
        ),
        (
            "References of 200 KB",
            raw(&format!(
                "From: Ivan <a11@shop.example>\nSubject: refs\nMessage-ID: <11@shop.example>\nReferences: {}",
                "<x@y.example>\n ".repeat(12_000).trim_end()
            )),
        ),
        (
            "an address that is none",
            raw("From: Ivan <a12@>\nSubject: no domain\nMessage-ID: <12@shop.example>"),
        ),
        (
            "a quoted local part",
            raw(
                "From: \"a b>\\r\\nBcc: v\"@shop.example\nSubject: quoted\nMessage-ID: <13@shop.example>",
            ),
        ),
        (
            "a NUL",
            raw("From: Iv\0an <a14@shop.example>\nSubject: n\0ul\nMessage-ID: <14@shop.example>"),
        ),
    ]
}

#[test]
fn hostile_headers_make_tickets_and_well_formed_answers() {
    let story = Story::over_imap(|setup| setup);
    let mails = mails();
    let raw: Vec<&[u8]> = mails.iter().map(|(_, mail)| mail.as_slice()).collect();
    let filed = story.tell_all(&raw);
    for ((name, _), (filed, number)) in mails.iter().zip(filed.iter().zip(1..)) {
        assert_eq!(
            (filed.disposition.as_str(), filed.ticket),
            ("open_ticket", Some(number)),
            "{name}"
        );
        let ticket = story.desk.ticket(number);
        assert!(
            text(&ticket["messages"][0]["text"]).contains("where is my order?"),
            "{name}"
        );
        // an agent answers each of them that has an address
        let answer = ["ticket", "reply", &number.to_string(), "--agent", "Anna"];
        story.desk.cli_output(&answer, "Here it is.\n");
    }
    story.desk.wait_outbox_empty(SOON);
    let sent = story.smtp.mails();
    let mut answered: Vec<String> = sent
        .iter()
        .flat_map(|mail| mail.recipients.clone())
        .collect();
    answered.sort();
    answered.dedup();
    for number in [1, 2, 3, 4, 5, 8, 10, 11, 14] {
        let who = format!("a{number}@shop.example");
        assert!(answered.contains(&who), "{who} is answered: {answered:?}");
    }
    assert!(
        !answered.iter().any(|who| who.contains("victim")),
        "{answered:?}"
    );
    for mail in sent {
        assert_eq!(mail.recipients.len(), 1);
        let (head, _) = split(&mail.data);
        assert!(
            head.lines().all(|line| line.len() <= 998),
            "a line is too long: {head}"
        );
        assert!(head.is_ascii() && !head.contains('\0'), "{head}");
        let parsed = mailparse::parse_mail(&mail.data).unwrap();
        let mut names: Vec<String> = parsed
            .headers
            .iter()
            .map(|h| h.get_key().to_lowercase())
            .collect();
        names.sort();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "a header stands twice: {head}");
        let known = [
            "auto-submitted",
            "content-language",
            "content-type",
            "date",
            "from",
            "in-reply-to",
            "message-id",
            "mime-version",
            "references",
            "reply-to",
            "subject",
            "to",
            "x-auto-response-suppress",
            "x-maildesk-loop",
        ];
        for name in &names {
            assert!(
                known.contains(&name.as_str()),
                "{name} was injected: {head}"
            );
        }
        for header in &parsed.headers {
            let value = header.get_value();
            let is_hidden =
                |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
            assert!(!value.contains(is_hidden), "{value:?}");
        }
        assert_eq!(parsed.subparts.len(), 2, "both bodies are there");
        let to = mailparse::addrparse(&mail_header(&parsed, "To")).unwrap();
        assert_eq!(to.count_addrs(), 1, "{to:?}");
    }
}

fn mail_header(mail: &mailparse::ParsedMail<'_>, name: &str) -> String {
    let header = mail.headers.iter().find(|h| h.get_key() == name).unwrap();
    String::from_utf8_lossy(header.get_value_raw()).into_owned()
}

fn split(mail: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(mail).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

#[test]
fn the_terminal_shows_no_control_characters_of_a_stranger() {
    let story = Story::new(|setup| setup);
    let mail = plain(
        "=?utf-8?Q?=1B[31mIvan=07?= <ivan@shop.example>",
        DESK,
        "=?utf-8?Q?=1B]0;owned=07_subject_=E2=80=AEcod.exe?=",
        &["Message-ID: <esc@shop.example>"],
        "Hello \u{1b}[2J\u{202e}order",
    );
    story.tell(&mail);
    for arguments in [
        &["ticket", "list"][..],
        &["ticket", "show", "1"],
        &["outbox", "list"],
    ] {
        let shown = story.desk.cli_text(arguments, "");
        let is_harmful = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!shown.contains(is_harmful), "{arguments:?}: {shown:?}");
    }
}
