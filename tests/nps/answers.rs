//! What counts as an answer, on the page and by mail.

use serde_json::{Value, json};

use crate::{
    address, asked, case, eager,
    harness::{http::request, mail::plain},
    listed, page, rows,
    story::{Story, text},
};

const OLGA: &str = "olga@shop.example";

#[test]
fn only_a_sent_form_is_an_answer_and_the_last_one_counts() {
    let story = Story::over_imap(eager);
    case(&story, OLGA, 1);
    let mail = asked(&story, OLGA, 1);
    let page = page(&mail);
    // link scanners open everything, in every way
    for score in 0..=10 {
        let target = format!("{page}?score={score}");
        let head = request(story.desk.web, "HEAD", &target, &[], "").unwrap();
        assert_eq!((head.status, head.body.as_str()), (200, ""));
        let prefetch = [("Purpose", "prefetch"), ("Sec-Purpose", "prefetch")];
        let shown = request(story.desk.web, "GET", &target, &prefetch, "").unwrap();
        assert_eq!(shown.status, 200);
        let chosen = format!("value=\"{score}\" required checked");
        assert!(shown.body.contains(&chosen), "{}", shown.body);
        assert_eq!(shown.body.matches(" checked>").count(), 1);
    }
    for form in ["", "comment=hello", "score=11", "score=-1", "score=ten"] {
        assert_eq!(story.desk.post(&page, form).status, 422, "{form}");
    }
    assert_eq!(listed(&story)[0]["score"], Value::Null);

    let thanks = story.desk.post(&page, "score=0&comment=%29%29%29");
    assert_eq!(thanks.status, 200);
    assert!(thanks.body.contains("Спасибо"), "{}", thanks.body);
    let row = &listed(&story)[0];
    for (key, value) in [
        ("id", json!(1)),
        ("recipient", json!(OLGA)),
        ("language", json!("ru")),
        ("mailbox", json!("support")),
        ("score", json!(0)),
        ("comment", json!(")))")),
    ] {
        assert_eq!(row[key], value, "{key}");
    }
    assert_eq!(story.desk.post(&page, "score=10&comment=").status, 200);
    let row = &listed(&story)[0];
    assert_eq!((&row["score"], &row["comment"]), (&json!(10), &json!("")));
    let report = story.desk.cli(&["nps", "report", "--json"]);
    let line = &report[0];
    for (key, value) in [
        ("asked", json!(1)),
        ("answered", json!(1)),
        ("promoters", json!(1)),
        ("passives", json!(0)),
        ("detractors", json!(0)),
        ("nps", json!(100.0)),
        ("response_rate", json!(1.0)),
    ] {
        assert_eq!(line[key], value, "{key}");
    }
    // one answer says next to nothing
    assert!(
        (line["low"].as_f64().unwrap() + 58.69).abs() < 0.01,
        "{line}"
    );
    let csv = story
        .desk
        .cli_text(&["nps", "report", "--by", "language", "--csv"], "");
    assert!(
        csv.contains("ru,1,1,1.00,1,0,0,100.00,-58.69,100.00"),
        "{csv}"
    );
    for span in [["--to", "2020-01-01"], ["--from", "2090-01-01"]] {
        let none = ["nps", "report", span[0], span[1], "--json"];
        assert_eq!(story.desk.cli(&none), json!([]));
    }
    // a survey's page it is not
    let as_survey = page.replace("/n/", "/s/");
    assert_eq!(story.desk.post(&as_survey, "score=1").status, 404);
    let (start, end) = page.split_at(page.len() - 1);
    let other = if end == "a" { "b" } else { "a" };
    assert_eq!(
        story
            .desk
            .post(&format!("{start}{other}"), "score=1")
            .status,
        404
    );
}

#[test]
fn a_number_by_mail_is_an_answer_and_opens_no_ticket() {
    let story = Story::new(eager);
    case(&story, OLGA, 1);
    let mail = asked(&story, OLGA, 1);
    let to = address(&mail, "Reply-To");
    assert!(to.starts_with("support+n"), "{to}");
    let reply = |id: &str, more: &str, body: &str| {
        plain(
            OLGA,
            &to,
            &format!("Re: {}", mail.subject()),
            &[
                &format!("Message-ID: <{id}@shop.example>"),
                &format!("In-Reply-To: {}", mail.header("Message-ID")),
                more,
            ],
            body,
        )
    };
    // a machine answers first
    let away = reply("ooo", "Auto-Submitted: auto-replied", "10 дней в отпуске.");
    assert_eq!(story.tell(&away).reason, "auto_reply");
    let away = reply("ooo2", "X-Autoreply: yes", "10");
    assert_eq!(story.tell(&away).reason, "auto_reply");
    assert_eq!(listed(&story)[0]["score"], Value::Null);

    let filed = story.tell(&reply(
        "r1",
        "X-A: b",
        "10\nВсё нравится )))\n\n> 0 - точно нет",
    ));
    assert_eq!(
        (
            filed.disposition.as_str(),
            filed.reason.as_str(),
            filed.ticket
        ),
        ("ignore", "nps_answer", None)
    );
    let row = &listed(&story)[0];
    assert_eq!(
        (&row["score"], &row["comment"]),
        (&json!(10), &json!("Всё нравится )))"))
    );
    assert_eq!(
        story.tell(&reply("r2", "X-A: b", "7 из 10")).reason,
        "nps_answer"
    );
    assert_eq!(listed(&story)[0]["score"], 7);
    assert_eq!(story.desk.tickets().len(), 1);
    assert_eq!(rows(&story).len(), 1, "it is not answered");

    // what is no number is a mail like any other
    let words = reply("r3", "X-A: b", "А почему подорожало?");
    let filed = story.tell(&words);
    assert_eq!(
        (filed.disposition.as_str(), filed.ticket),
        ("open_ticket", Some(2))
    );
    assert_eq!(listed(&story)[0]["score"], 7);
    assert_eq!(story.desk.ticket(1)["status"], "closed");
}

#[test]
fn a_desk_without_pages_and_sub_addresses_is_answered_by_mail_alone() {
    let story = Story::new(|setup| {
        eager(setup)
            .set("desk", "public_url", "\"\"")
            .set("smtp", "subaddress_delimiter", "\"\"")
    });
    case(&story, OLGA, 1);
    let mail = asked(&story, OLGA, 1);
    let words = mail.text().replace('\r', "");
    let links: Vec<&str> = words
        .lines()
        .filter(|line| line.starts_with("mailto:support@example.com?subject="))
        .collect();
    assert_eq!(links.len(), 12, "eleven answers and the end of it: {words}");
    assert!(
        mail.header("List-Unsubscribe")
            .starts_with("<mailto:support@")
    );
    assert_eq!(mail.header("List-Unsubscribe-Post"), "");
    let token = links[0].split("%5Bn%3A").nth(1).unwrap();
    let token = token.trim_end_matches("%5D");
    let tapped = |from: &str, id: &str, subject: &str| {
        let id = format!("Message-ID: <{id}@shop.example>");
        plain(from, "support@example.com", subject, &[&id], "")
    };
    let subject = format!("9/10 [n:{token}]");
    assert_eq!(
        story.tell(&tapped(OLGA, "t1", &subject)).reason,
        "nps_answer"
    );
    assert_eq!(listed(&story)[0]["score"], 9);
    // an answer to the mail itself, from whoever was asked
    let answer = |from: &str, id: &str| {
        plain(
            from,
            "support@example.com",
            &format!("Re: {}", mail.subject()),
            &[
                &format!("Message-ID: <{id}@shop.example>"),
                &format!("In-Reply-To: {}", mail.header("Message-ID")),
            ],
            "3",
        )
    };
    assert_eq!(story.tell(&answer(OLGA, "t2")).reason, "nps_answer");
    assert_eq!(listed(&story)[0]["score"], 3);
    let filed = story.tell(&answer("eve@evil.example", "t3"));
    assert_eq!(filed.disposition, "open_ticket");
    let forged = tapped("eve@evil.example", "t4", "0/10 [n:1-aaaaaaaaaaaaaaaa]");
    assert_eq!(story.tell(&forged).disposition, "open_ticket");
    assert_eq!(listed(&story)[0]["score"], 3);
    assert_eq!(text(&listed(&story)[0]["recipient"]), OLGA);
}
