//! NPS is in no figure of satisfaction, and satisfaction in none of NPS.

use serde_json::{Value, json};

use crate::{
    asked, case, eager,
    harness::eventually,
    listed, page,
    story::{SOON, Story},
    tamper,
};

const OLGA: &str = "olga@shop.example";

/// Everything that says something of satisfaction, to the digit.
#[track_caller]
fn satisfaction(story: &Story, report: &str) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    for by in [
        "agent", "category", "mailbox", "language", "week", "month", "about",
    ] {
        said.push(
            story
                .desk
                .cli_text(&["survey", "report", "--by", by, "--json"], ""),
        );
        said.push(
            story
                .desk
                .cli_text(&["survey", "report", "--by", by, "--csv"], ""),
        );
    }
    said.push(
        story
            .desk
            .cli_text(&["survey", "report", "--explain", "Anna"], ""),
    );
    said.push(story.desk.cli_text(&["survey", "list", "--json"], ""));
    for score in 0..=10 {
        let metric = format!("maildesk_survey_ratings_total{{score=\"{score}\"}}");
        said.push(format!("{score}: {}", story.desk.metric(&metric)));
    }
    let page = story.desk.get(report).body;
    let is_time = |line: &&str| !line.contains(':');
    said.push(page.lines().filter(is_time).collect());
    said.push(story.desk.ticket(1).to_string());
    said
}

#[test]
fn no_answer_of_nps_moves_a_figure_of_satisfaction_by_a_digit() {
    let mut story = Story::new(|setup| {
        let setup = setup.agent("Boss", "boss@example.com", &[("role", "\"manager\"")]);
        eager(setup)
            .set("nps", "enabled", "false")
            .set("survey", "enabled", "true")
            .set("survey", "delay", "\"1s\"")
    });
    case(&story, OLGA, 1);
    let survey = story.sent(OLGA, 3);
    let words = survey.text().replace('\r', "");
    let link = words
        .lines()
        .find(|line| line.ends_with("?score=4"))
        .unwrap();
    let path = link.strip_prefix("https://support.example.com").unwrap();
    let path = path.strip_suffix("?score=4").unwrap();
    assert_eq!(story.desk.post(path, "score=4&comment=ok").status, 200);
    eventually(SOON, "the survey is known to have left", || {
        let list = story.desk.cli(&["survey", "list", "--json"]);
        (list[0]["score"] == 4).then_some(())
    });
    story.desk.wait_outbox_empty(SOON);
    let report = story.desk.cli(&["report", "link", "--days", "7", "--json"]);
    let report = report["url"].as_str().unwrap();
    let report = report.strip_prefix("https://support.example.com").unwrap();
    let before = satisfaction(&story, report);

    story.desk.edit("nps", "enabled", "true");
    story.desk.hup();
    let mail = asked(&story, OLGA, 1);
    let of_nps = page(&mail);
    // the worst answer, which rules for ratings would act on
    let form = "score=1&comment=%D0%9F%D0%BB%D0%BE%D1%85%D0%BE";
    assert_eq!(story.desk.post(&of_nps, form).status, 200);
    assert_eq!(listed(&story)[0]["score"], 1);
    let after = satisfaction(&story, report);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after);
    }
    assert!(story.smtp.mails_to("boss@example.com").is_empty());

    // and the other way round
    let nps = story.desk.cli(&["nps", "report", "--json"]);
    assert_eq!(
        (&nps[0]["asked"], &nps[0]["detractors"], &nps[0]["nps"]),
        (&json!(1), &json!(1), &json!(-100.0))
    );
    assert_eq!(story.desk.post(path, "score=5").status, 200);
    assert_eq!(story.desk.cli(&["nps", "report", "--json"]), nps);
    assert_eq!(listed(&story)[0]["comment"], Value::from("Плохо"));

    // a question for NPS is no reason to leave out a survey: only the last survey is
    story.desk.kill9();
    tamper(
        &story,
        "UPDATE surveys SET due_at = due_at - 31 * 86400000, asked_at = asked_at - 31 * 86400000",
    );
    story.desk.restart();
    let ticket = case(&story, OLGA, 2);
    assert_eq!(story.events(ticket, "survey_scheduled").len(), 1);
}
