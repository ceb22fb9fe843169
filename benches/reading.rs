//! How fast one core reads mail: `message::read` (parts, charsets, text, reply text, language,
//! kind) against mail-parser alone (its parts and its text) over the same mails in the same run.
//!
//! `cargo bench --bench reading -- [ROUNDS] [GROUP]` prints mails a second of each, the best of the rounds,
//! and their ratio: 2.0 means that the rest of our reading costs as much as mail-parser does.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss)]

use std::{
    fmt::Write as _,
    fs,
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use mail_parser::MessageParser;
use maildesk::message;

/// How many bytes of mail a group is read for in one round.
const ROUND_BYTES: usize = 4 * 1024 * 1024;

fn main() {
    let rounds: usize = std::env::args()
        .find_map(|arg| arg.parse().ok())
        .unwrap_or(7);
    println!(
        "{:<28} {:>6} {:>9} {:>14} {:>14} {:>7}",
        "mails", "count", "bytes", "mail-parser/s", "maildesk/s", "ratio"
    );
    let wanted = |name: &str| {
        // cargo adds --bench
        let mut words = std::env::args().skip(1).filter(|arg| !arg.starts_with('-'));
        words.all(|arg| arg.parse::<usize>().is_ok() || name.contains(&arg))
    };
    for (name, mails) in groups() {
        if wanted(name) {
            measure(name, &mails, rounds);
        }
    }
}

fn measure(name: &str, mails: &[Vec<u8>], rounds: usize) {
    let bytes: usize = mails.iter().map(Vec::len).sum();
    let turns = (ROUND_BYTES / bytes.max(1)).max(1);
    let (mut theirs, mut ours) = (Duration::MAX, Duration::MAX);
    for _ in 0..rounds {
        let parser = MessageParser::default();
        theirs = theirs.min(time(turns, mails, |raw| {
            let mail = parser.parse(raw);
            black_box(mail.as_ref().and_then(|mail| mail.body_text(0)));
        }));
        ours = ours.min(time(turns, mails, |raw| {
            black_box(message::read(raw));
        }));
    }
    let speed = |time: Duration| (turns * mails.len()) as f64 / time.as_secs_f64();
    println!(
        "{name:<28} {:>6} {:>9} {:>14.0} {:>14.0} {:>7.2}",
        mails.len(),
        bytes / mails.len(),
        speed(theirs),
        speed(ours),
        ours.as_secs_f64() / theirs.as_secs_f64()
    );
}

fn time(turns: usize, mails: &[Vec<u8>], read: impl Fn(&[u8])) -> Duration {
    let begun = Instant::now();
    for _ in 0..turns {
        for mail in mails {
            read(black_box(mail));
        }
    }
    begun.elapsed()
}

fn groups() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let question = "Добрый день! Второй день не работает импорт прайса от поставщика: файл \
                    принимается, доходит до 30 % и останавливается без всякой ошибки.\n";
    let english = "Hello, the export of yesterday's orders stops in the middle, and the file has \
                   only the first hundred lines. We tried it in two browsers.\n";
    let quote = "> Please tell us which file it was, and what the page showed.\n";
    let russian_reply = format!(
        "{}\nСпасибо!\n\n-- \nИван Петров\n\nпн, 3 авг. 2026 г. в 10:15, Support <support@example.com>:\n{}",
        question.repeat(6),
        quote.repeat(20)
    );
    let english_reply = format!(
        "{}\nThanks\n\nOn Mon, Aug 3, 2026 at 10:15 AM Support <support@example.com> wrote:\n\n{}",
        english.repeat(8),
        quote.repeat(20)
    );
    let html = format!(
        "<html><head><style>p {{margin: 0}}</style></head><body><div dir=\"ltr\"><p>{}</p>\
         <ul><li>one<li>two</ul><a href=\"https://example.com/a?b=1&amp;c=2\">the page</a></div>\
         <div class=\"gmail_quote\"><div class=\"gmail_attr\">On Mon X wrote:<br></div>\
         <blockquote class=\"gmail_quote\">{}</blockquote></div></body></html>",
        question.replace('\n', "<br>").repeat(6),
        quote.replace("> ", "").replace('\n', "<br>").repeat(20)
    );
    let picture: Vec<u8> = (0..200_000u32).map(|n| (n * 7 % 251) as u8).collect();
    vec![
        (
            "plain, English",
            vec![mail("text/plain", "8bit", &english_reply)],
        ),
        (
            "plain, Russian",
            vec![mail("text/plain", "8bit", &russian_reply)],
        ),
        (
            "plain, Russian, base64",
            vec![mail(
                "text/plain",
                "base64",
                &base64(russian_reply.as_bytes()),
            )],
        ),
        ("text and HTML", vec![alternative(&russian_reply, &html)]),
        ("HTML alone", vec![mail("text/html", "8bit", &html)]),
        (
            "picture of 200 KB",
            vec![attached(&russian_reply, &picture)],
        ),
        ("the sample mails", samples()),
    ]
}

fn header() -> String {
    let mut out = String::new();
    for hop in 1..=4 {
        let _ = write!(
            out,
            "Received: from relay{hop}.example.net (relay{hop}.example.net [192.0.2.{hop}])\n\tby \
             mx{hop}.example.com (Postfix) with ESMTPS id 4F8D21C0A{hop}\n\tfor \
             <support@example.com>; Mon,  3 Aug 2026 10:20:0{hop} +0300 (MSK)\n"
        );
    }
    out.push_str(
        "Authentication-Results: mx.example.com; dkim=pass header.d=customer.example;\n\tspf=pass \
         smtp.mailfrom=ivan@customer.example; dmarc=pass header.from=customer.example\n\
         DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=customer.example; s=mail;\n\t\
         h=from:to:subject:date; bh=3C6bN0ZbVtUbzqVdbLEkR1y5P1lJqTfQn9r9sC0Gk8E=;\n\t\
         b=Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6\n\
         From: =?utf-8?B?0JjQstCw0L0g0J/QtdGC0YDQvtCy?= <ivan@customer.example>\n\
         To: Support <support@example.com>\nDate: Mon, 3 Aug 2026 10:20:00 +0300\n\
         Subject: =?utf-8?B?0J3QtSDRgNCw0LHQvtGC0LDQtdGCINC40LzQv9C+0YDRgg==?=\n\
         Message-ID: <20260803102000.17@customer.example>\n\
         In-Reply-To: <1.a@example.com>\nReferences: <0.a@example.com> <1.a@example.com>\n\
         MIME-Version: 1.0\nX-Mailer: Mailer 5.1\n",
    );
    out
}

fn mail(kind: &str, encoding: &str, body: &str) -> Vec<u8> {
    format!(
        "{}Content-Type: {kind}; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n{body}",
        header()
    )
    .into_bytes()
}

fn part(kind: &str, encoding: &str, body: &str) -> String {
    format!("--=_b1\nContent-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n{body}\n")
}

fn divided(subtype: &str, parts: &[String]) -> Vec<u8> {
    format!(
        "{}Content-Type: multipart/{subtype}; boundary=\"=_b1\"\n\n{}--=_b1--\n",
        header(),
        parts.concat()
    )
    .into_bytes()
}

fn alternative(text: &str, html: &str) -> Vec<u8> {
    let plain = part("text/plain; charset=utf-8", "8bit", text);
    let html = part("text/html; charset=utf-8", "8bit", html);
    divided("alternative", &[plain, html])
}

fn attached(text: &str, picture: &[u8]) -> Vec<u8> {
    let plain = part("text/plain; charset=utf-8", "8bit", text);
    let kind = "image/png; name=\"screen.png\"";
    divided("mixed", &[plain, part(kind, "base64", &base64(picture))])
}

fn base64(bytes: &[u8]) -> String {
    use ::base64::{Engine, engine::general_purpose::STANDARD};
    let line = |piece: &[u8]| STANDARD.encode(piece) + "\n";
    bytes.chunks(57).map(line).collect()
}

fn samples() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail");
    let mut mails = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // the hostile ones are bounded by a test, not counted by the second
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.ends_with(".eml") && !name.starts_with("hostile") {
            mails.push(fs::read(&path).unwrap());
        }
    }
    assert!(!mails.is_empty(), "no sample mails");
    mails
}
