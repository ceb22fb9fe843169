use proptest::prelude::*;

use super::*;

fn mail(header: &str, body: &str) -> Message {
    read(
        format!("{header}\r\n\r\n{body}")
            .replace("\r\n", "\n")
            .replace('\n', "\r\n")
            .as_bytes(),
    )
}

#[test]
fn names_and_addresses() {
    for (from, name, address) in [
        ("Ivan <ivan@example.com>", "Ivan", "ivan@example.com"),
        ("\"Doe, J\" <j@example.com>", "Doe, J", "j@example.com"),
        (
            "=?utf-8?B?0JDQvdC90LA=?= <a@example.com>",
            "Анна",
            "a@example.com",
        ),
        (
            "\"=?utf-8?B?0JDQvdC90LA=?=\" <a@example.com>",
            "Анна",
            "a@example.com",
        ),
        (
            "=?utf-8?Q?Doe=2C_J?= <j@example.com>",
            "Doe, J",
            "j@example.com",
        ),
        ("Анна <a@example.com>", "Анна", "a@example.com"),
        ("a@example.com (Anna)", "Anna", "a@example.com"),
        ("a@example.com", "", "a@example.com"),
        ("undisclosed", "", ""),
        ("<>", "", ""),
    ] {
        let found = mail(&format!("From: {from}"), "x").from;
        assert_eq!(
            (found.name.as_str(), found.address.as_str()),
            (name, address),
            "{from}"
        );
    }
    let message = mail(
        "To: Team: a@example.com, B <b@example.com>;, c@example.com",
        "x",
    );
    let to: Vec<&str> = message.to.iter().map(|a| a.address.as_str()).collect();
    assert_eq!(to, ["a@example.com", "b@example.com", "c@example.com"]);
}

#[test]
fn dates() {
    for (date, expected) in [
        (
            "Mon, 04 May 2026 10:15:00 +0300",
            Some("2026-05-04T07:15:00Z"),
        ),
        ("4 May 2026 10:15 +0300 (MSK)", Some("2026-05-04T07:15:00Z")),
        ("Mon, 4 May 26 10:15:00 EST", Some("2026-05-04T15:15:00Z")),
        (
            "Tue, 04 May 2026 10:15:00 +0300",
            Some("2026-05-04T07:15:00Z"),
        ),
        ("Mon, 04 May 2026 25:15:00 +0300", None),
        ("yesterday", None),
        ("", None),
    ] {
        let found = mail(&format!("Date: {date}"), "x")
            .date
            .map(|date| date.to_string());
        assert_eq!(found.as_deref(), expected, "{date}");
    }
}

#[test]
fn our_own_headers_are_nobody_elses() {
    let message = mail(
        "From: a@example.com\r\nX-MailDesk-Agent: yes\r\nX-Other: 1",
        "x",
    );
    assert!(
        message
            .headers
            .iter()
            .all(|(name, _)| !name.to_lowercase().starts_with("x-maildesk"))
    );
    assert_eq!(message.header("x-other").next(), Some("1"));
}

#[test]
fn boundaries_that_the_first_reader_misses() {
    let folded = mail(
        "From: a@example.com\r\nContent-Type: multipart/mixed; boundary=\r\n \"b1\"",
        "--b1\r\n\r\ntext here\r\n--b1\r\nContent-Type: text/csv\r\n\
         Content-Disposition: attachment; filename=\r\n\t\"прайс.csv\"\r\n\r\n1;2\r\n--b1--\r\n",
    );
    assert_eq!(folded.text, "text here");
    let names: Vec<&str> = folded.attachments.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["прайс.csv"]);

    let quoting = mail(
        "From: a@example.com\r\nContent-Type: multipart/mixed; boundary=b1",
        "--b1\r\n\r\nthe log says --b1 and goes on\r\nto the end\r\n--b1\r\n\
         Content-Type: text/csv; name=x.csv\r\n\r\n1;2\r\n--b1--\r\n",
    );
    assert_eq!(quoting.text, "the log says --b1 and goes on\nto the end");
    assert_eq!(quoting.attachments.len(), 1);
}

#[test]
fn a_cut_off_mail_still_has_its_text() {
    let message = mail(
        "From: a@example.com\r\nContent-Type: multipart/mixed; boundary=b1",
        "--b1\r\nContent-Type: text/plain\r\n\r\nhello, and then the li",
    );
    assert_eq!(message.text, "hello, and then the li");
    let none = mail("Content-Type: multipart/mixed", "no parts at all");
    assert_eq!(none.text, "no parts at all");
}

#[test]
fn things_without_a_header() {
    for raw in [&b"just words\nand more"[..], b"words", b": :\n\n", b"\0\0"] {
        let message = read(raw);
        assert!(message.from.address.is_empty());
        assert!(!message.defects.is_empty());
    }
    assert!(read(b"just words\nand more").text.contains("just words"));
    assert_eq!(
        read(b"").defects.last().map(String::as_str),
        Some("no readable body")
    );
    let mbox = read(b"From a@example.com Mon May  4 10:00:00 2026\nSubject: x\n\nbody\n");
    assert_eq!((mbox.subject.as_str(), mbox.text.as_str()), ("x", "body"));
    let mac = read(b"Subject: x\r\rline\rline\r");
    assert_eq!(
        (mac.subject.as_str(), mac.text.as_str()),
        ("x", "line\nline")
    );
}

#[test]
fn attachment_bytes_are_those_of_the_list() {
    let raw = b"From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n\
        --b\nContent-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\nAAEC\n\
        --b\nContent-Disposition: attachment; filename=n.txt\n\nnote\n--b--\n";
    let message = read(raw);
    assert_eq!(message.attachments.len(), 2);
    for (index, attachment) in message.attachments.iter().enumerate() {
        let bytes = attachment_bytes(raw, index).unwrap();
        assert_eq!(attachment.size, bytes.len() as u64);
    }
    assert_eq!(attachment_bytes(raw, 0).unwrap(), [0, 1, 2]);
    assert_eq!(attachment_bytes(raw, 1).unwrap(), b"note");
    assert_eq!(attachment_bytes(raw, 2), None);
}

#[test]
fn the_caps_hold_and_say_so() {
    let many = |n: usize, piece: &str| piece.repeat(n);
    let headers = mail(
        &format!("From: a@example.com\r\n{}X: 1", many(2_000, "X-A: b\r\n")),
        "x",
    );
    assert_eq!(headers.headers.len(), 1_000);
    let to = mail(
        &format!("To: {}z@example.com", many(3_000, "a@example.com,\r\n ")),
        "x",
    );
    assert_eq!(to.to.len(), 1_000);
    let parts = mail(
        "Content-Type: multipart/mixed; boundary=b",
        &format!(
            "{}--b--\r\n",
            many(2_000, "--b\r\nContent-Type: image/png\r\n\r\nx\r\n")
        ),
    );
    assert_eq!(parts.attachments.len(), 1_000);
    let text = mail("From: a@example.com", &many(300_000, "слово "));
    assert!(text.text.len() <= 1 << 20 && text.text.len() > 1_000_000);
    let subject = mail(&format!("Subject: {}", many(50_000, "я")), "x");
    assert!(subject.subject.len() <= 16 * 1024);
    for message in [headers, to, parts, text] {
        let says = message
            .defects
            .iter()
            .any(|d| d.contains("more than") || d.contains("cut"));
        assert!(says, "{:?}", message.defects);
    }
}

#[test]
fn bombs_are_survived() {
    let nested = "Content-Type: message/rfc822\n\n".repeat(60_000);
    let multiparts: String = (0..20_000)
        .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n"))
        .collect();
    let digests = "Content-Type: multipart/digest; boundary=x\n\n--x\n\n".repeat(30_000);
    let continuations: String = (0..200_000).map(|n| format!(" a*{n}=x;\n")).collect();
    let continuations = format!("Content-Type: text/plain;\n{continuations}\n\nbody");
    let words = format!("Subject: {}\n\nx", "=?a?Q?x ".repeat(100_000));
    let comments = format!("To: {}\n\nx", "(".repeat(500_000));
    let tags = format!("Subject: {}\n\nx", "[#1] ".repeat(100_000));
    let ids = format!("References: {}\n\nx", "<a@b> ".repeat(200_000));
    let quotes = format!("Subject: x\n\n{}", "> ".repeat(500_000));
    let colons = format!("Subject: x\n\n{}", "a 2026 10:00 wrote:\n".repeat(50_000));
    let started = std::time::Instant::now();
    for bomb in [
        nested,
        multiparts,
        digests,
        continuations,
        words,
        comments,
        tags,
        ids,
        quotes,
        colons,
    ] {
        let message = read(bomb.as_bytes());
        assert_eq!(message.size, bomb.len() as u64);
    }
    // not a measurement: anything quadratic here would take hours
    assert!(started.elapsed().as_secs() < 120);
}

proptest! {
    #[test]
    fn any_bytes_are_read(raw in prop::collection::vec(any::<u8>(), 0..2_000)) {
        read(&raw);
    }

    #[test]
    fn any_header_is_read(
        lines in prop::collection::vec(
            prop_oneof![
                "(From|To|Subject|Date|References|Content-Type|Content-Disposition): .{0,60}",
                Just("Content-Type: multipart/mixed; boundary=b".to_owned()),
                Just("Content-Type: multipart/alternative; boundary=\"b\"".to_owned()),
                Just("Content-Type: message/rfc822".to_owned()),
                Just("Content-Type: text/html; charset=koi8-r".to_owned()),
                Just("Content-Transfer-Encoding: base64".to_owned()),
                Just("Content-Transfer-Encoding: quoted-printable".to_owned()),
                Just("--b".to_owned()), Just("--b--".to_owned()), Just(String::new()),
                "[ -~]{0,40}",
            ],
            0..25,
        ),
    ) {
        let message = read(lines.join("\r\n").as_bytes());
        prop_assert!(!message.subject.contains(['\r', '\n', '\0']));
        prop_assert!(message.attachments.iter().all(|a| !a.name.is_empty() && !a.name.contains(['/', '\\'])));
    }
}

#[test]
fn an_endless_thread_keeps_its_newest() {
    let ids: String = (0..20_000)
        .map(|n| format!("<{n}@example.com>\r\n "))
        .collect();
    let message = mail(
        &format!("From: a@example.com\r\nReferences: {ids}<last@example.com>"),
        "x",
    );
    assert_eq!(message.references.len(), 200);
    assert_eq!(
        message.references.first().map(String::as_str),
        Some("0@example.com")
    );
    assert_eq!(
        message.references.last().map(String::as_str),
        Some("last@example.com")
    );
}

#[test]
fn what_nobody_can_divide_keeps_its_header() {
    let raw: String = (0..4_000)
        .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n"))
        .collect();
    let message = read(format!("Subject: deep\nFrom: a@example.com\n{raw}").as_bytes());
    assert_eq!(
        (message.subject.as_str(), message.from.address.as_str()),
        ("deep", "a@example.com")
    );
    assert!(
        message
            .defects
            .iter()
            .any(|defect| defect.contains("structure"))
    );
}

#[test]
fn far_dates_and_smuggled_lines() {
    let far = mail("Date: Fri, 31 Dec 9999 23:59:59 -2359", "x");
    assert!(far.date.is_none_or(|date| date.as_second() > 0));
    let smuggled = mail(
        "From: =?utf-8?Q?a=0D=0ABcc=3A_v=40example.com?= <a@example.com>\r\n\
         Subject: =?utf-8?B?eA0KQmNjOiB2QGV4YW1wbGUuY29t?=",
        "x",
    );
    assert_eq!(smuggled.subject, "x  Bcc: v@example.com");
    assert_eq!(smuggled.from.address, "a@example.com");
    assert!(!smuggled.from.name.contains(['\r', '\n']));
    assert!(smuggled.header("Bcc").next().is_none());
}
