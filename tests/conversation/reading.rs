//! What a customer wrote is what an agent reads, and the bytes are kept as they came.

use ring::digest::{SHA256, digest};

use crate::{
    harness::mail::plain,
    story::{DESK, Story, text},
};

fn encoded(charset: &str, text: &str) -> Vec<u8> {
    let encoding = encoding_rs::Encoding::for_label(charset.as_bytes()).unwrap();
    let (bytes, _, is_lossy) = encoding.encode(text);
    assert!(!is_lossy, "{charset} can write it");
    bytes.into_owned()
}

/// A mail with an 8-bit body in a charset, and a raw 8-bit subject as old programs write it.
fn in_charset(charset: &str, body: &str) -> Vec<u8> {
    let head = format!(
        "From: ivan@shop.example\r\nTo: {DESK}\r\nMessage-ID: <{charset}@shop.example>\r\nSubject: "
    );
    let mut mail = head.into_bytes();
    mail.extend(encoded(charset, "Не работает поиск"));
    let rest = format!(
        "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset={charset}\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n"
    );
    mail.extend(rest.into_bytes());
    mail.extend(encoded(charset, body));
    mail
}

#[test]
fn old_charsets_are_read_and_the_raw_mail_is_kept_byte_for_byte() {
    let story = Story::over_imap(|setup| setup);
    let body = "Здравствуйте! Поиск товаров ничего не находит.\r\nЗаказ № 5 ждёт.\r\n";
    let koi_body = "Здравствуйте! Поиск товаров ничего не находит.\r\nЗаказ 5 ждёт.\r\n";
    let html = "From: ivan@shop.example\r\nTo: support@example.com\r\nSubject: html\r\n\
        Message-ID: <html@shop.example>\r\nMIME-Version: 1.0\r\n\
        Content-Type: text/html; charset=utf-8\r\n\r\n\
        <html><head><style>p { color: red }</style></head><body><p>Добрый день!</p>\
        <ul><li>поиск &mdash; нет</li><li>цены &amp; скидки</li></ul>\
        <script>alert(1)</script><a href=\"https://shop.example/5\">заказ</a></body></html>\r\n";
    let mails = [
        (in_charset("koi8-r", koi_body), koi_body),
        (in_charset("windows-1251", body), body),
        (html.as_bytes().to_vec(), ""),
    ];
    for ((mail, expected), number) in mails.iter().zip(1..) {
        assert_eq!(story.tell(mail).ticket, Some(number));
        let ticket = story.desk.ticket(number);
        let read = text(&ticket["messages"][0]["text"]);
        if !expected.is_empty() {
            assert_eq!(read.trim_end(), expected.replace("\r\n", "\n").trim_end());
            assert_eq!(ticket["subject"], "Не работает поиск");
            assert_eq!(ticket["category"], "search");
            assert_eq!(ticket["language"], "ru");
        }
        let raw = story
            .desk
            .cli_output(&["ticket", "raw", &number.to_string()], "");
        assert!(raw.status.success());
        assert!(raw.stdout == *mail, "the raw mail of #{number} differs");
    }
    let read = text(&story.desk.ticket(3)["messages"][0]["text"]);
    for words in [
        "Добрый день!",
        "поиск — нет",
        "цены & скидки",
        "https://shop.example/5",
    ] {
        assert!(read.contains(words), "{words:?} in {read:?}");
    }
    assert!(
        !read.contains("alert") && !read.contains("color"),
        "{read:?}"
    );
    let shown = story.desk.cli_text(&["ticket", "html", "3"], "");
    for words in ["<li>поиск — нет</li>", "href=\"https://shop.example/5\""] {
        assert!(shown.contains(words), "{words:?} in {shown:?}");
    }
    for danger in ["script", "alert", "style"] {
        assert!(!shown.contains(danger), "{danger:?} in {shown:?}");
    }
    let plain = story.desk.cli_output(&["ticket", "html", "1"], "");
    assert_eq!(plain.status.code(), Some(1), "a mail without HTML");
}

#[test]
fn attachments_are_listed_with_their_digest() {
    let story = Story::new(|setup| setup);
    let mail = "From: ivan@shop.example\r\nTo: support@example.com\r\nSubject: files\r\n\
        Message-ID: <files@shop.example>\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello, two files.\r\n\
        --b\r\nContent-Type: application/vnd.ms-excel; name=\"=?utf-8?B?0L/RgNCw0LnRgS54bHM=?=\"\r\n\
        Content-Disposition: attachment; filename*=utf-8''%D0%BF%D1%80%D0%B0%D0%B9%D1%81.xls\r\n\
        Content-Transfer-Encoding: base64\r\n\r\nAAEC/wo=\r\n\
        --b\r\nContent-Type: text/csv; charset=utf-8\r\n\
        Content-Disposition: attachment; filename=\"../../etc/prices.csv\"\r\n\r\na;b\r\n1;2\r\n\
        --b--\r\n";
    story.tell(mail.as_bytes());
    let ticket = story.desk.ticket(1);
    let files = ticket["messages"][0]["attachments"].as_array().unwrap();
    assert_eq!(files.len(), 2, "{files:?}");
    let hex = |bytes: &[u8]| {
        let digest = digest(&SHA256, bytes);
        digest
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    assert_eq!(files[0]["name"], "прайс.xls");
    assert_eq!(files[0]["media_type"], "application/vnd.ms-excel");
    assert_eq!(files[0]["size"], 5);
    assert_eq!(files[0]["sha256"], hex(&[0, 1, 2, 0xff, b'\n']));
    assert_eq!(files[1]["sha256"], hex(b"a;b\r\n1;2"));
    for (which, bytes) in [
        ("1", &[0, 1, 2, 0xff, b'\n'][..]),
        ("прайс.xls", &[0, 1, 2, 0xff, b'\n']),
        ("2", b"a;b\r\n1;2"),
        ("prices.csv", b"a;b\r\n1;2"),
    ] {
        let fetched = story
            .desk
            .cli_output(&["ticket", "attachment", "1", "1", which], "");
        assert!(fetched.status.success(), "{fetched:?}");
        assert_eq!(fetched.stdout, bytes, "{which}");
    }
    let missing = story
        .desk
        .cli_output(&["ticket", "attachment", "1", "1", "3"], "");
    assert_eq!(missing.status.code(), Some(1));
    assert!(missing.stdout.is_empty());
    let name = text(&files[1]["name"]);
    assert!(!name.contains('/'), "{name}");
}

#[test]
fn what_is_sent_can_be_read_back_too() {
    let story = Story::new(|setup| setup);
    let mail = plain(
        "ivan@shop.example",
        DESK,
        "Hello",
        &["Message-ID: <h@shop.example>"],
        "Hello, where is it?",
    );
    story.tell(&mail);
    let printed = story.answer(1, "Here.", &[]);
    let message = printed["message"].to_string();
    let sent = story.sent("ivan@shop.example", 2);
    let raw = story.desk.cli_output(&["ticket", "raw", "1", &message], "");
    // SMTP ends the data with a line end of its own
    let ended = [raw.stdout, b"\r\n".to_vec()].concat();
    assert!(
        ended == sent.data,
        "{}",
        String::from_utf8_lossy(&raw.stderr)
    );
}
