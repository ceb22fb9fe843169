//! An agent answers customers from their own mail program.

use mailparse::MailHeaderMap;

use crate::{
    harness::{DeskSetup, SmtpMail, mail::decoded, mail::plain},
    story::{DESK, NOTIFY, SOON, Story, text},
};

pub const ANNA: &str = "Anna Kovalenko <anna@example.com>";
pub const PROOF: &str =
    "Authentication-Results: mx.example.com; dmarc=pass header.from=example.com";

/// A desk that tells its agents, as it does by default, and believes its mail server.
pub fn by_mail(setup: DeskSetup) -> DeskSetup {
    NOTIFY
        .iter()
        .fold(setup, |setup, key| setup.set("notify", key, "true"))
        .set("trust", "authserv_ids", "[\"mx.example.com\"]")
        .agent("Petro", "petro@example.com", &[])
}

pub fn question(id: &str, body: &str) -> Vec<u8> {
    plain(
        "Ivan <ivan@shop.example>",
        DESK,
        "Where is my order?",
        &[&format!("Message-ID: <{id}@shop.example>")],
        body,
    )
}

/// What Anna's mail program sends when she answers a mail: above it, quoted, stands the mail.
pub fn answer_to(mail: &SmtpMail, id: &str, more: &[&str], words: &str) -> Vec<u8> {
    answer_as(ANNA, mail, id, more, words)
}

pub fn answer_as(from: &str, mail: &SmtpMail, id: &str, more: &[&str], words: &str) -> Vec<u8> {
    let own = mail.header("Message-ID");
    let mut headers = vec![
        format!("Message-ID: <{id}@laptop.example>"),
        format!("In-Reply-To: {own}"),
        format!("References: {} {own}", mail.header("References")),
    ];
    headers.extend(more.iter().map(|header| (*header).to_owned()));
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    let subject = format!("Re: {}", decoded(&mail.data).0);
    let quoted = outlook(mail);
    let body = format!("{words}\n\n{quoted}");
    plain(from, &mail.header("Reply-To"), &subject, &headers, &body)
}

/// The quote of Outlook: a block of headers, and the mail without marks.
fn outlook(mail: &SmtpMail) -> String {
    format!(
        "-----Original Message-----\nFrom: Acme Support <{DESK}>\nSent: Monday, May 4, 2026 10:15 AM\n\
         To: Anna <anna@example.com>\nSubject: {}\n\n{}",
        decoded(&mail.data).0,
        decoded(&mail.data).1
    )
}

#[test]
fn an_answer_to_a_notification_reaches_the_customer_from_the_desk_alone() {
    let story = Story::over_imap(by_mail);
    story.tell(&question("one", "Hello, where is order 5?"));
    let told = story.sent("anna@example.com", 1);
    let words = told.text();
    assert!(words.contains("Hello, where is order 5?"), "{words}");
    assert!(words.contains("Ivan <ivan@shop.example>"), "{words}");
    assert_eq!(told.header("Auto-Submitted"), "auto-generated");
    assert_eq!(told.header("X-Auto-Response-Suppress"), "All");
    assert!(told.header("Reply-To").contains("support+a"));

    let answer = answer_to(
        &told,
        "a1",
        &[PROOF],
        "#close\n\nHello Ivan,\n\nit leaves today.\n\n-- \nAnna Kovalenko\nanna@example.com",
    );
    let filed = story.tell(&answer);
    assert_eq!(
        (
            filed.disposition.as_str(),
            filed.reason.as_str(),
            filed.ticket
        ),
        ("note", "agent_answer", Some(1))
    );
    let sent = story.sent("ivan@shop.example", 2);
    let (subject, body) = decoded(&sent.data);
    assert_eq!(subject, "Re: [#1] Where is my order?");
    assert_eq!(
        body.replace("\r\n", "\n"),
        "Hello Ivan,\n\nit leaves today.\n\n-- \nAcme Support\nRequest #1\n"
    );
    assert_eq!(sent.header("In-Reply-To"), "<one@shop.example>");
    assert!(sent.header("References").contains("<one@shop.example>"));
    let parsed = mailparse::parse_mail(&sent.data).unwrap();
    let from = parsed.headers.get_first_value("From").unwrap();
    assert_eq!(from, "Anna (Acme Support) <support@example.com>");
    assert_eq!(sent.header("Auto-Submitted"), "");
    assert!(sent.header("Reply-To").contains("support+r"));
    // nothing of the agent, the notification or the commands, in headers or parts
    let all = String::from_utf8_lossy(&sent.data).into_owned();
    let all = all.replace("=\r\n", "");
    for word in [
        "anna@",
        "laptop.example",
        "#close",
        "+a1-",
        "above this line",
        "Original",
    ] {
        assert!(!all.contains(word), "{word}: {all}");
    }
    let ticket = story.desk.ticket(1);
    assert_eq!(ticket["status"], "closed");
    assert_eq!(ticket["assignee"], "anna@example.com");
    let directions: Vec<String> = ticket["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| text(&message["direction"]))
        .collect();
    assert_eq!(directions, ["in", "note", "out"]);
    assert_eq!(story.events(1, "survey_scheduled").len(), 1);

    // the same mail again, from a second folder: nothing is sent twice
    assert_eq!(story.tell(&answer).reason, "duplicate");
    story.desk.wait_outbox_empty(SOON);
    assert_eq!(story.written("reply"), ["ivan@shop.example"]);

    // the customer answers, and Anna alone is told: the ticket is hers
    let back = plain(
        "Ivan <ivan@shop.example>",
        &sent.header("Reply-To"),
        "Re: [#1] Where is my order?",
        &["Message-ID: <two@shop.example>"],
        "It has not come.",
    );
    story.tell(&back);
    let again = story.sent("anna@example.com", 2);
    assert!(again.text().contains("It has not come."));
    assert_eq!(again.header("In-Reply-To"), told.header("In-Reply-To"));
    assert_eq!(story.smtp.wait_for("petro@example.com", 1, SOON).len(), 1);
    // a plain answer: the customer's turn
    story.tell(&answer_to(&again, "a2", &[PROOF], "Tomorrow, I promise."));
    let sent = story.sent("ivan@shop.example", 3);
    assert!(sent.text().starts_with("Tomorrow, I promise."));
    assert_eq!(sent.header("In-Reply-To"), "<two@shop.example>");
    assert_eq!(story.desk.ticket(1)["status"], "pending");
}

#[test]
fn without_sub_addresses_the_ids_prove_the_answer() {
    let story = Story::new(|setup| by_mail(setup).set("smtp", "subaddress_delimiter", "\"\""));
    story.tell(&question("one", "Hello, where is order 5?"));
    let told = story.sent("anna@example.com", 1);
    assert_eq!(
        told.header("Reply-To"),
        "\"Acme Support\" <support@example.com>"
    );
    let filed = story.tell(&answer_to(&told, "a1", &[PROOF], "It leaves today."));
    assert_eq!(filed.reason, "agent_answer");
    assert!(
        story
            .sent("ivan@shop.example", 2)
            .text()
            .starts_with("It leaves today.")
    );
    // Petro's program answers Anna's notification: not his token
    let petros = "Petro <petro@example.com>";
    let filed = story.tell(&answer_as(petros, &told, "p1", &[PROOF], "No, tomorrow."));
    assert_eq!(filed.reason, "agent_mail");
    let told = story.sent("petro@example.com", 2);
    assert!(
        told.text().contains("went to a colleague"),
        "{}",
        told.text()
    );
    assert_eq!(story.written("reply"), ["ivan@shop.example"]);
}

#[test]
fn a_quote_that_nobody_recognises_does_not_leak() {
    let story = Story::new(by_mail);
    story.tell(&question("one", "Hello, where is order 5?"));
    let told = story.sent("anna@example.com", 1);
    let body = decoded(&told.data).1;
    let own = told.header("Message-ID");
    let from_anna = |id: &str, text: &str| {
        plain(
            ANNA,
            &told.header("Reply-To"),
            "Re: [#1]",
            &[
                &format!("Message-ID: <{id}@laptop.example>"),
                &format!("In-Reply-To: {own}"),
                PROOF,
            ],
            text,
        )
    };
    let odd = format!("It leaves today.\n\nzapis od Acme Support <{DESK}> prisiel\n{body}");
    assert_eq!(story.tell(&from_anna("q1", &odd)).reason, "agent_answer");
    let sent = story.sent("ivan@shop.example", 2);
    assert_eq!(
        decoded(&sent.data).1.replace("\r\n", "\n"),
        "It leaves today.\n\n-- \nAcme Support\nRequest #1\n"
    );
    // below the line alone: refused, and told
    story.tell(&from_anna("q2", &format!("{body}\n\nIt leaves today.")));
    let answer = story.sent("anna@example.com", 2).text();
    assert!(
        answer.contains("nothing was sent to the customer"),
        "{answer}"
    );
    assert_eq!(story.written("reply").len(), 1);
    // her own address in an odd signature becomes the desk's
    story.tell(&from_anna("q3", "Write to me: Anna@Example.com, any time."));
    let sent = story.sent("ivan@shop.example", 3).text();
    assert!(
        sent.contains("Write to me: support@example.com, any time."),
        "{sent}"
    );
}

#[test]
fn files_go_along_and_logos_do_not() {
    let story = Story::new(by_mail);
    story.tell(&question("one", "Please send the price list."));
    let told = story.sent("anna@example.com", 1);
    let own = told.header("Message-ID");
    let mail = |id: &str, words: &str, parts: &str| {
        let mail = format!(
            "From: {ANNA}\nTo: {}\nSubject: Re: [#1] prices\nMessage-ID: <{id}@laptop.example>\n\
             In-Reply-To: {own}\n{PROOF}\nMIME-Version: 1.0\n\
             Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\n\
             Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{words}\n\n{parts}--b--\n",
            told.header("Reply-To")
        );
        mail.replace('\n', "\r\n").into_bytes()
    };
    let logo = "--b\nContent-Type: image/png; name=logo.png\nContent-ID: <logo>\n\
                Content-Disposition: inline\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n\n";
    let list = "--b\nContent-Type: application/pdf\n\
                Content-Disposition: attachment; filename*=utf-8''%D0%BF%D1%80%D0%B0%D0%B9%D1%81.pdf\n\
                Content-Transfer-Encoding: base64\n\nAAECA/8K\n\n";
    story.tell(&mail("f1", "Here it is.", &format!("{logo}{list}")));
    let sent = story.sent("ivan@shop.example", 2);
    let parsed = mailparse::parse_mail(&sent.data).unwrap();
    let files: Vec<(String, Vec<u8>)> = parsed
        .parts()
        .filter_map(|part| {
            let disposition = part.get_content_disposition();
            let name = disposition.params.get("filename")?.clone();
            Some((name, part.get_body_raw().unwrap()))
        })
        .collect();
    assert_eq!(files, [("прайс.pdf".to_owned(), vec![0, 1, 2, 3, 255, 10])]);
    assert_eq!(story.events(1, "not_passed_on"), ["logo.png"]);
    let ticket = story.desk.ticket(1);
    let out = ticket["messages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|message| message["direction"] == "out")
        .unwrap();
    assert_eq!(out["attachments"][0]["name"], "прайс.pdf");

    // a command with a logo below it sends nothing
    story.tell(&mail("f2", "#tag prices", logo));
    assert_eq!(story.desk.ticket(1)["tags"], serde_json::json!(["prices"]));
    // a file without a word is an answer
    story.tell(&mail("f3", "", list));
    story.sent("ivan@shop.example", 3);
    // a card stays; a mail is refused aloud, for it holds addresses
    let letter =
        "--b\nContent-Type: message/rfc822\n\nFrom: anna@example.com\nSubject: secret\n\nx\n\n";
    story.tell(&mail("f4", "As she wrote:", letter));
    let refused = story.sent("anna@example.com", 2).text();
    assert!(refused.contains("is not passed on"), "{refused}");
    assert!(refused.contains("As she wrote:"), "{refused}");
    assert_eq!(story.written("reply").len(), 2);
}

#[test]
fn answers_in_html_are_read_like_those_in_text() {
    let story = Story::new(by_mail);
    story.tell(&question("one", "Hello, where is order 5?"));
    let told = story.sent("anna@example.com", 1);
    let parsed = mailparse::parse_mail(&told.data).unwrap();
    let html = parsed
        .parts()
        .find(|part| part.ctype.mimetype == "text/html");
    let quoted = html.unwrap().get_body().unwrap();
    let gmail = format!(
        "<div dir=\"ltr\">#tag gmail<div><br></div><div>It leaves today.</div></div><br>\
         <div class=\"gmail_quote\"><div dir=\"ltr\" class=\"gmail_attr\">On Mon, May 4, 2026 at \
         10:15 Acme Support &lt;{DESK}&gt; wrote:<br></div><blockquote class=\"gmail_quote\">\
         {quoted}</blockquote></div>"
    );
    let outlook = format!(
        "<div>#tag outlook</div><div><br></div><div>It leaves today.</div><div id=\"appendonsend\">\
         </div><hr><div id=\"divRplyFwdMsg\"><b>From:</b> Acme Support &lt;{DESK}&gt;<br><b>Sent:</b> \
         Monday, May 4, 2026 10:15<br><b>To:</b> Anna &lt;anna@example.com&gt;<br><b>Subject:</b> \
         [#1] Where is my order?</div><div>{quoted}</div>"
    );
    for (number, (name, html)) in [("gmail", gmail), ("outlook", outlook)].iter().enumerate() {
        let mail = plain(
            ANNA,
            &told.header("Reply-To"),
            "Re: [#1] Where is my order?",
            &[&format!("Message-ID: <{name}@laptop.example>"), PROOF],
            html,
        );
        let mail = String::from_utf8(mail).unwrap();
        let mail = mail.replace("text/plain", "text/html");
        assert_eq!(story.tell(mail.as_bytes()).reason, "agent_answer");
        let sent = story.sent("ivan@shop.example", number + 2);
        assert_eq!(
            decoded(&sent.data).1.replace("\r\n", "\n"),
            "It leaves today.\n\n-- \nAcme Support\nRequest #1\n",
            "{name}"
        );
    }
    let tags = story.desk.ticket(1)["tags"].clone();
    assert_eq!(tags, serde_json::json!(["gmail", "outlook"]));
}
