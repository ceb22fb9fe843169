//! The survey page: looking is not answering.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    asked,
    harness::http::request,
    links, path, question, quick, rows,
    story::{Story, shown::assert_golden},
    surveys,
};

const OLGA: &str = "olga@shop.example";

#[test]
fn a_closed_ticket_asks_after_its_delay_and_only_a_sent_form_is_an_answer() {
    let story = Story::over_imap(quick);
    story.tell(&question(OLGA, 1));
    let closing = Instant::now();
    story.answer(1, "Исправили.", &["--close"]);
    let planned = rows(&story);
    assert_eq!(planned.len(), 1);
    let survey = story.sent(OLGA, 3);
    assert!(
        survey.at - closing >= Duration::from_secs(2),
        "not before the delay"
    );
    assert_golden("survey-ru.txt", &survey.data);
    let links = links(&survey);
    let scores: Vec<&str> = links
        .iter()
        .map(|link| link.rsplit_once("?score=").unwrap().1)
        .collect();
    assert_eq!(scores, ["5", "4", "3", "2", "1"]);

    // link scanners open everything, in every way
    for link in &links {
        let page = path(link);
        let score = link.rsplit_once('=').unwrap().1;
        for target in [page.clone(), format!("{page}?score={score}")] {
            let head = request(story.desk.web, "HEAD", &target, &[], "").unwrap();
            assert_eq!((head.status, head.body.as_str()), (200, ""));
            let prefetch = [("Purpose", "prefetch"), ("Sec-Purpose", "prefetch")];
            let shown = request(story.desk.web, "GET", &target, &prefetch, "").unwrap();
            assert_eq!(shown.status, 200);
            let is_chosen = shown
                .body
                .contains(&format!("value=\"{score}\" required checked"));
            assert_eq!(is_chosen, target.contains('?'), "{}", shown.body);
            assert_eq!(shown.header("Cache-Control"), Some("no-store"));
        }
    }
    let before = surveys(&story);
    assert_eq!((before.len(), &before[0]["score"]), (1, &Value::Null));
    assert_eq!(before[0]["answered_at"], Value::Null);

    let page = path(&links[0]);
    let thanks = story.desk.post(&page, "score=5&about=agent&comment=%D0%A1%D0%BF%D0%B0%D1%81%D0%B8%D0%B1%D0%BE+%29%29%29+%F0%9F%91%8D");
    assert_eq!(thanks.status, 200);
    assert!(thanks.body.contains("Спасибо"), "{}", thanks.body);
    let after = &surveys(&story)[0];
    for (key, value) in [
        ("id", json!(1)),
        ("ticket", json!(1)),
        ("agent", json!("anna@example.com")),
        ("category", json!("import")),
        ("language", json!("ru")),
        ("recipient", json!(OLGA)),
        ("score", json!(5)),
        ("about", json!("agent")),
        ("comment", json!("Спасибо ))) 👍")),
        ("excluded", json!(false)),
    ] {
        assert_eq!(after[key], value, "{key}");
    }
    assert!(after["asked_at"].is_string() && after["answered_at"].is_string());

    // they think again: the last answer counts, all are kept
    assert_eq!(story.desk.post(&page, "score=2&comment=").status, 200);
    let after = &surveys(&story)[0];
    assert_eq!(
        (&after["score"], &after["comment"]),
        (&json!(2), &json!(""))
    );
    assert_eq!(
        story.events(1, "rated"),
        ["5 of 5, by page", "2 of 5, by page"]
    );
    assert_eq!(story.desk.ticket(1)["satisfaction"], 2);
    assert_eq!(
        story.desk.ticket(1)["status"],
        "closed",
        "an answer is no question"
    );
    for (score, count) in [(5, 1.0), (2, 1.0), (3, 0.0)] {
        let metric = format!("maildesk_survey_ratings_total{{score=\"{score}\"}}");
        assert_eq!(story.desk.metric(&metric), count, "{metric}");
    }
    // a page opened again shows what was said
    assert!(
        story
            .desk
            .get(&page)
            .body
            .contains("value=\"2\" required checked")
    );
}

#[test]
fn what_is_no_answer_records_nothing() {
    let story = Story::new(quick);
    let survey = asked(&story, OLGA, 1);
    let page = path(&links(&survey)[0]);
    for form in [
        "",
        "comment=hello",
        "score=",
        "score=0",
        "score=6",
        "score=five",
    ] {
        assert_eq!(story.desk.post(&page, form).status, 422, "{form}");
    }
    let (start, end) = page.split_at(page.len() - 1);
    let other = if end == "a" { "b" } else { "a" };
    for forged in [
        format!("{start}{other}"),
        "/s/1-aaaaaaaaaaaaaaaa".to_owned(),
        page.replace("/s/1-", "/s/2-"),
    ] {
        assert_eq!(story.desk.post(&forged, "score=1").status, 404, "{forged}");
        assert_eq!(story.desk.get(&forged).status, 404, "{forged}");
    }
    assert_eq!(surveys(&story)[0]["score"], Value::Null);
}

#[test]
fn the_report_adds_up_and_leaves_out_what_was_set_aside() {
    let story = Story::new(quick);
    for (number, score) in [(1, 5), (2, 2), (3, 1), (4, 0)] {
        let survey = asked(&story, &format!("c{number}@shop.example"), number);
        if score > 0 {
            let page = path(&links(&survey)[0]);
            assert_eq!(
                story.desk.post(&page, &format!("score={score}")).status,
                200
            );
        }
    }
    let excluded = ["survey", "exclude", "3", "--why", "the wrong ticket"];
    story.desk.cli_text(&excluded, "");
    assert_eq!(surveys(&story)[2]["excluded"], true);
    assert_eq!(story.events(3, "survey_excluded"), ["the wrong ticket"]);
    let report = story.desk.cli(&["survey", "report", "--json"]);
    let report = report.as_array().unwrap();
    assert_eq!(report.len(), 1);
    let anna = &report[0];
    for (key, value) in [
        ("key", json!("anna@example.com")),
        ("asked", json!(3)),
        ("answered", json!(2)),
        ("satisfied", json!(1)),
        ("percent_satisfied", json!(50.0)),
        ("mean", json!(3.5)),
    ] {
        assert_eq!(anna[key], value, "{key}");
    }
    // Wilson's interval of 1 in 2, and 2 of 3 who answered
    for (key, value) in [("low", 9.453), ("high", 90.547), ("response_rate", 0.6667)] {
        let found = anna[key].as_f64().unwrap();
        assert!((found - value).abs() < 0.001, "{key}: {found}");
    }
    let by_language = story
        .desk
        .cli(&["survey", "report", "--by", "language", "--json"]);
    assert_eq!(by_language[0]["key"], "ru");
    let csv = story.desk.cli_text(&["survey", "report", "--csv"], "");
    assert!(
        csv.contains("anna@example.com,3,2,0.67,1,50.00,3.50,9.45,90.55"),
        "{csv}"
    );
    // the page says the same, to whoever has the link
    let link = story.desk.cli(&["report", "link", "--days", "7", "--json"]);
    let url = link["url"].as_str().unwrap();
    let page = url.strip_prefix("https://support.example.com").unwrap();
    let shown = story.desk.get(page);
    assert_eq!(shown.status, 200, "{}", shown.body);
    let line = "<th scope=\"row\">Anna</th><td>3</td><td>2</td><td>66.7 %</td><td>2</td><td>1</td>\
                <td>50.0 %</td><td>9.5 – 90.5 %</td><td>3.50</td><td>0</td><td>0</td><td>1</td>";
    assert!(shown.body.contains(line), "{}", shown.body);
    assert_eq!(story.desk.get(&format!("{page}x")).status, 404);
    let behind = story
        .desk
        .cli(&["survey", "report", "--explain", "Anna", "--json"]);
    assert_eq!(behind["report"], *anna);
    assert_eq!(behind["ratings"].as_array().unwrap().len(), 4);
    assert_eq!(behind["ratings"][2]["why"], "set aside: the wrong ticket");
}
