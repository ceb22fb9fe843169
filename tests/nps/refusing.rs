//! Who does not want to be asked is not, and loses nothing else. What comes back tells no ticket.

use serde_json::json;

use crate::{
    address, asked, case, eager,
    harness::{http::request, mail::plain},
    listed, page, question, rows,
    story::{DESK, SOON, Story},
    tamper, who_was_asked,
};

const OLGA: &str = "olga@shop.example";
const PETRO: &str = "petro@shop.example";

/// Half a year goes by; somebody new is the sign that the whole line was gone through.
#[track_caller]
fn half_a_year_later(story: &mut Story, new: &str, number: usize) {
    story.desk.kill9();
    tamper(
        story,
        "UPDATE nps_questions SET created_at = created_at - 180 * 86400000, \
         asked_at = asked_at - 180 * 86400000; \
         UPDATE nps_answers SET at = at - 180 * 86400000",
    );
    story.desk.restart();
    case(story, new, number);
    asked(story, new, 1);
    // whoever was asked before comes behind those who never were: one more is through the line
    let after = format!("after-{new}");
    case(story, &after, number + 100);
    asked(story, &after, 1);
}

#[test]
fn a_button_on_a_page_ends_the_questions_and_nothing_else() {
    let mut story = Story::new(eager);
    case(&story, OLGA, 1);
    let mail = asked(&story, OLGA, 1);
    let stop = format!("{}/stop", page(&mail));
    let shown = story.desk.get(&page(&mail));
    let (_, token) = page(&mail)
        .rsplit_once('/')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    assert!(
        shown.body.contains(&format!("href=\"{token}/stop\"")),
        "{}",
        shown.body
    );
    // looking ends nothing
    for method in ["GET", "HEAD"] {
        let looked = request(story.desk.web, method, &stop, &[], "").unwrap();
        assert_eq!(looked.status, 200);
    }
    half_a_year_later(&mut story, PETRO, 2);
    asked(&story, OLGA, 2);

    let stopped = story.desk.post(&stop, "");
    assert_eq!(stopped.status, 200);
    assert!(stopped.body.contains("больше не будем"), "{}", stopped.body);
    half_a_year_later(&mut story, "ira@shop.example", 3);
    asked(&story, PETRO, 2);
    assert_eq!(
        who_was_asked(&story)
            .iter()
            .filter(|who| *who == OLGA)
            .count(),
        2
    );
    // her next case goes as ever
    story.tell(&question(OLGA, 4));
    let before = story.smtp.mails_to(OLGA).len();
    assert!(before >= 4, "acknowledged, answered, asked twice: {before}");
    assert_eq!(
        story
            .events(story.desk.tickets().len() as i64, "acknowledged")
            .len(),
        1
    );

    // she thinks again and tells an agent
    let resumed = story.desk.cli(&["nps", "resume", OLGA, "--json"]);
    assert_eq!(resumed["had_refused"], true);
}

#[test]
fn the_button_of_a_mail_program_is_enough() {
    let mut story = Story::new(eager);
    case(&story, OLGA, 1);
    let mail = asked(&story, OLGA, 1);
    // RFC 8058
    assert_eq!(
        mail.header("List-Unsubscribe-Post"),
        "List-Unsubscribe=One-Click"
    );
    let header = mail.header("List-Unsubscribe");
    let url = header.split(['<', '>']).nth(1).unwrap();
    let path = url.strip_prefix("https://support.example.com").unwrap();
    assert_eq!(path, format!("{}/stop", page(&mail)));
    // long after the question itself is over
    tamper(&story, "UPDATE nps_questions SET expires_at = created_at");
    assert_eq!(story.desk.get(&page(&mail)).status, 410);
    assert_eq!(story.desk.post(&page(&mail), "score=5").status, 410);
    assert_eq!(
        story.desk.post(path, "List-Unsubscribe=One-Click").status,
        200
    );
    half_a_year_later(&mut story, PETRO, 2);
    assert!(!who_was_asked(&story)[1..].contains(&OLGA.to_owned()));
    let forged = path.replace("/n/1-", "/n/2-");
    assert_eq!(
        story
            .desk
            .post(&forged, "List-Unsubscribe=One-Click")
            .status,
        404
    );
}

#[test]
fn a_mail_that_says_unsubscribe_is_enough_and_opens_no_ticket() {
    let mut story = Story::new(eager);
    case(&story, OLGA, 1);
    let mail = asked(&story, OLGA, 1);
    let header = mail.header("List-Unsubscribe");
    let mailto = header.split("<mailto:").nth(1).unwrap();
    let (to, subject) = mailto
        .trim_end_matches('>')
        .split_once("?subject=")
        .unwrap();
    // mail programs send it by themselves
    let wish = plain(OLGA, to, subject, &["Message-ID: <u@shop.example>"], "");
    let filed = story.tell(&wish);
    assert_eq!((filed.reason.as_str(), filed.ticket), ("nps_refused", None));
    half_a_year_later(&mut story, PETRO, 2);
    assert!(!who_was_asked(&story)[1..].contains(&OLGA.to_owned()));

    story.desk.cli_text(&["nps", "stop", PETRO], "");
    half_a_year_later(&mut story, "ira@shop.example", 3);
    assert_eq!(
        who_was_asked(&story)
            .iter()
            .filter(|who| *who == PETRO)
            .count(),
        1
    );
}

#[test]
fn a_question_that_comes_back_or_is_marked_as_spam_rests_the_address_and_tells_no_ticket() {
    let story = Story::new(eager);
    case(&story, OLGA, 1);
    let mail = asked(&story, OLGA, 1);
    story.desk.wait_outbox_empty(SOON);
    assert_eq!(mail.sender, address(&mail, "Reply-To"));
    let before = story.desk.ticket(1);
    let bounce = format!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: {}\n\
         Subject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\n\
         Message-ID: <dsn@mx.example>\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n\n\
         --b\nContent-Type: text/plain; charset=us-ascii\n\nNot delivered.\n\n\
         --b\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; mx.example\n\n\
         Final-Recipient: rfc822; {OLGA}\nAction: failed\nStatus: 5.1.1\n\n--b--\n",
        mail.sender
    );
    let filed = story.tell(bounce.replace('\n', "\r\n").as_bytes());
    assert_eq!(
        (
            filed.disposition.as_str(),
            filed.reason.as_str(),
            filed.ticket
        ),
        ("bounce", "bounce_of_our_mail", None)
    );
    assert_eq!(rows(&story)[0]["state"], "failed");
    assert_eq!(story.desk.ticket(1), before);
    let shown = story.desk.cli(&["customer", "show", OLGA, "--json"]);
    assert_eq!(shown["suppressed"], true);
    assert_eq!(
        story
            .outbox()
            .iter()
            .filter(|row| row["state"] == "failed")
            .count(),
        1
    );

    case(&story, PETRO, 2);
    let mail = asked(&story, PETRO, 1);
    let complaint = format!(
        "From: fbl@provider.example\nTo: {DESK}\nSubject: Abuse report\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=feedback-report; boundary=\"b\"\n\n\
         --b\nContent-Type: text/plain\n\nA complaint.\n\n\
         --b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n\
         Original-Mail-From: <{}>\n\n\
         --b\nContent-Type: text/rfc822-headers\n\nFrom: {DESK}\nMessage-ID: {}\n\n--b--\n",
        mail.sender,
        mail.header("Message-ID")
    );
    let filed = story.tell(complaint.replace('\n', "\r\n").as_bytes());
    assert_eq!(
        (filed.reason.as_str(), filed.ticket),
        ("feedback_report", None)
    );
    let shown = story.desk.cli(&["customer", "show", PETRO, "--json"]);
    assert_eq!(shown["suppressed"], json!(true));
    assert_eq!(listed(&story).len(), 2, "both were asked");
}
