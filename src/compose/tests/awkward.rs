//! Names, subjects, threads and addresses that are no easy ones.

use mail_parser::{HeaderValue, MessageParser};

use super::kit::*;
use crate::{address::Address, compose::*, language::Language};

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
