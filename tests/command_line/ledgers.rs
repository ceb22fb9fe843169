//! `deliver`, `outbox`, `quarantine`, `survey`, `status` and `backup`.

use std::fs;

use maildesk::{
    clock,
    store::{
        AnsweredBy, Attempted, NewOutbox, NewSurvey, OutboxKind, Pen, Rating, Store, StoreError,
    },
};
use serde_json::Value;

use crate::place::{CONFIG, MAIL, Place, assert_fields, olga, receive};

#[test]
fn a_piped_mail_is_stored_once() {
    let place = Place::new();
    for _ in 0..2 {
        let ended = place.run_with(&["deliver", "--mailbox", "support"], MAIL);
        assert_eq!((ended.code, ended.out + &ended.err), (0, String::new()));
    }
    assert_eq!(
        place.mails_waiting(),
        [(MAIL.len() as u64, true, MAIL.to_vec())]
    );
    let again = place.run_with(&["deliver", "--mailbox", "support", "--json"], MAIL);
    let again: Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(again["new"], false);
    let status = place.json(&["status"]);
    assert_eq!(status["waiting"], 1);
    assert_eq!(
        place
            .run_with(&["deliver", "--mailbox", "support"], b"")
            .code,
        1
    );
}

#[test]
fn of_a_piped_mail_over_the_limit_the_headers_are_kept() {
    let place = Place::new();
    let big = [b"Subject: big\r\n\r\n".as_slice(), &b"x".repeat(1 << 20)].concat();
    assert_eq!(
        place
            .run_with(&["deliver", "--mailbox", "support"], &big)
            .code,
        0
    );
    let kept = (big.len() as u64, false, b"Subject: big\r\n\r\n".to_vec());
    assert_eq!(place.mails_waiting(), [kept]);
}

#[test]
fn quarantine_is_looked_into_released_and_dropped() {
    let place = Place::new();
    place.fill(|pen| {
        for source in ["pipe:a", "pipe:b"] {
            let message = receive(pen, source, MAIL)?;
            pen.quarantine(message, "unreadable", "a test")?;
        }
        Ok(())
    });
    let listed = place.json(&["quarantine", "list"]);
    assert_fields(
        &listed[0],
        "id, mailbox, received_at, reason, size, from, subject",
    );
    assert_eq!(listed[0]["reason"], "unreadable: a test");
    let shown = place.json(&["quarantine", "show", "1"]);
    assert_eq!(shown["raw"].as_str().unwrap().as_bytes(), MAIL);
    let page = place.text(&["quarantine", "show", "1"]);
    assert!(
        page.contains("unreadable") && page.contains("    Subject: Import"),
        "{page}"
    );
    assert!(!page.contains("supplier"), "the headers alone: {page}");

    place.text(&["quarantine", "release", "1"]);
    assert_eq!(place.mails_waiting().len(), 1);
    place.text(&["quarantine", "drop", "2", "--why", "spam"]);
    assert_eq!(place.json(&["quarantine", "list"]), serde_json::json!([]));
    assert_eq!(place.mails_waiting().len(), 1);
    assert_eq!(place.run(&["quarantine", "release", "2"]).code, 1);
}

#[test]
fn the_outbox_is_retried_and_dropped() {
    let place = Place::new();
    place.ticket("Import does not work");
    place.run_with(&["ticket", "reply", "1"], b"Mended.");
    place.fill(|pen| pen.fail(1, "550 no such user"));
    let failed = place.json(&["outbox", "list", "--state", "failed"]);
    assert_eq!(failed[0]["last_error"], "550 no such user");
    assert_eq!(
        place.json(&["outbox", "retry", "--all"]),
        serde_json::json!({ "retried": 1 })
    );
    assert_eq!(
        place.json(&["outbox", "list", "--state", "failed"]),
        serde_json::json!([])
    );
    place.text(&["outbox", "drop", "1", "--why", "wrong customer"]);
    let row = place.json(&["outbox", "show", "1"]);
    assert_eq!(
        (&row["state"], &row["why"]),
        (&"dropped".into(), &"wrong customer".into())
    );
    assert_eq!(
        place.run(&["outbox", "drop", "1", "--why", "again"]).code,
        1
    );
    place.text(&["outbox", "retry", "1"]);
    assert_eq!(place.json(&["outbox", "show", "1"])["state"], "pending");
}

/// A survey that was sent, and answered with `score`.
fn survey(pen: &Pen<'_>, ticket: i64, score: Option<u8>) -> Result<(), StoreError> {
    let now = clock::now();
    let survey = pen.add_survey(&NewSurvey {
        ticket,
        agent: "anna@example.com".to_owned(),
        category: "import".to_owned(),
        mailbox: "support".to_owned(),
        language: "en".to_owned(),
        recipient: olga(),
        due_at: now,
        expires_at: now,
    })?;
    let row = pen.enqueue(&NewOutbox {
        kind: OutboxKind::Survey,
        ticket: Some(ticket),
        message: None,
        survey: Some(survey),
        recipient: olga(),
        envelope_from: String::new(),
        subject: "How was it?".to_owned(),
        message_id: format!("s{survey}@example.com"),
        bytes: b"Subject: How was it?\r\n\r\n".to_vec(),
        not_before: None,
    })?;
    pen.record_outcome(row, &Attempted::Sent)?;
    if let Some(score) = score {
        let rating = Rating {
            score,
            about: "agent".to_owned(),
            comment: "=cmd()".to_owned(),
            via: AnsweredBy::Page,
        };
        pen.rate(survey, &rating)?;
    }
    Ok(())
}

#[test]
fn surveys_are_listed_reported_and_excluded() {
    let place = Place::new();
    place.ticket("Import does not work");
    place.fill(|pen| {
        survey(pen, 1, Some(5))?;
        survey(pen, 1, Some(1))?;
        survey(pen, 1, None)
    });
    let listed = place.json(&["survey", "list"]);
    assert_fields(
        &listed[0],
        "id, ticket, agent, category, language, recipient, asked_at, score, about, comment, \
         answered_at, excluded",
    );
    assert_eq!(listed[0]["recipient"], "olga@shop.example");
    let report = place.json(&["survey", "report"]);
    assert_fields(
        &report[0],
        "key, asked, answered, response_rate, satisfied, percent_satisfied, mean, low, high",
    );
    assert_eq!(
        (&report[0]["asked"], &report[0]["answered"]),
        (&3.into(), &2.into())
    );
    assert_eq!(report[0]["percent_satisfied"], 50.0);
    place.text(&["survey", "exclude", "2", "--why", "a test of ours"]);
    let report = place.json(&["survey", "report", "--by", "category"]);
    assert_eq!(
        (&report[0]["key"], &report[0]["asked"]),
        (&"import".into(), &2.into())
    );
    assert_eq!(report[0]["percent_satisfied"], 100.0);
    let csv = place.text(&["survey", "report", "--csv"]);
    assert!(csv.starts_with("key,asked,"), "{csv}");
    let about = place.json(&["survey", "report", "--by", "about"]);
    assert_eq!(
        [&about[0]["key"], &about[1]["key"]],
        ["agent", "unanswered"]
    );
    for who in ["Anna", "anna@example.com"] {
        let behind = place.json(&["survey", "report", "--explain", who]);
        assert_eq!(behind["report"]["percent_satisfied"], 100.0);
        let why = [0, 1, 2].map(|at| behind["ratings"][at]["why"].as_str().unwrap());
        let expected = [
            "about the agent",
            "set aside: a test of ours",
            "not answered",
        ];
        assert_eq!(why, expected);
    }
    let shown = place.text(&["survey", "report", "--explain", "Anna"]);
    assert!(
        shown.ends_with("satisfied 1 of 1 counted: 100.0 %\n"),
        "{shown}"
    );
    let ratings = place.text(&["survey", "report", "--explain", "Anna", "--csv"]);
    assert_eq!(ratings.lines().count(), 4, "{ratings}");
    let stranger = place.run(&["survey", "report", "--explain", "ana@example.com"]);
    assert_eq!(stranger.code, 1);
    assert!(
        stranger.err.contains("anna@example.com"),
        "{}",
        stranger.err
    );
    let nobodys = place.run(&["survey", "report", "--explain", "Boris"]);
    assert!(nobodys.err.contains("no survey about"), "{}", nobodys.err);
    let help = place.text(&["survey", "report", "--help"]);
    assert!(help.contains("counted answers of 4 and 5"), "{help}");
    // a day is wholly in: what was asked today is in a report that ends today
    let today = clock::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
        .to_string();
    let of_today = place.json(&["survey", "report", "--from", &today, "--to", &today]);
    assert_eq!(of_today[0]["asked"], 2);
    let before = place.json(&["survey", "report", "--to", "2020-01-01"]);
    assert_eq!(before, serde_json::json!([]));
}

#[test]
fn what_a_manager_set_aside_can_be_taken_back_and_both_are_on_record() {
    let place = Place::new();
    place.ticket("Import does not work");
    place.fill(|pen| survey(pen, 1, Some(1)));
    let stranger = ["survey", "exclude", "1", "--why", "no", "--by", "Boris"];
    let refused = place.run(&stranger);
    assert_eq!(refused.code, 1);
    assert!(
        refused.err.contains("there is no manager"),
        "{}",
        refused.err
    );
    assert_eq!(place.json(&["survey", "list"])[0]["excluded"], false);

    let early = place.run(&["survey", "include", "1", "--why", "no"]);
    assert_eq!(early.code, 1);
    assert!(early.err.contains("not set aside"), "{}", early.err);
    let by_manager = [
        "survey",
        "exclude",
        "1",
        "--why",
        "a power cut",
        "--by",
        "maria",
    ];
    place.text(&by_manager);
    assert_eq!(place.json(&["survey", "report"])[0]["asked"], 0);
    place.text(&["survey", "include", "1", "--why", "it was ours"]);
    let listed = place.json(&["survey", "list"]);
    assert_eq!(listed[0]["excluded"], false);
    assert_eq!(listed[0]["excluded_why"], "");
    assert_eq!(
        place.json(&["survey", "report"])[0]["percent_satisfied"],
        0.0
    );
    let events = place.json(&["ticket", "show", "1"])["events"].clone();
    let record: Vec<_> = events
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["what"].as_str().unwrap().starts_with("survey_"))
        .map(|event| ["actor", "what", "detail"].map(|key| event[key].as_str().unwrap()))
        .collect();
    assert_eq!(
        record,
        [
            ["maria@example.com", "survey_excluded", "a power cut"],
            ["desk", "survey_included", "it was ours"]
        ]
    );
}

#[test]
fn a_link_for_an_agent_is_for_one_who_is_there_and_may_see_it() {
    let place = Place::new();
    let link = place.run(&["report", "link", "--agent", "Anna"]);
    assert_eq!(link.code, 0, "{}", link.err);
    let url = link.out;
    let start = "http://127.0.0.1:8025/reports/mine?agent=anna%40example.com&token=";
    assert!(url.starts_with(start), "{url}");
    let unknown = place.run(&["report", "link", "--agent", "Ana"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.err.contains("\"Anna\""), "{}", unknown.err);
}

#[test]
fn a_link_to_the_report_says_who_sees_it_and_for_how_long() {
    let place = Place::new();
    let ended = place.run(&["report", "link"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let start = "http://127.0.0.1:8025/reports/satisfaction?token=";
    assert!(ended.out.starts_with(start), "{}", ended.out);
    assert_eq!(ended.out.lines().count(), 1, "{}", ended.out);
    assert!(ended.err.contains("whoever has this link"), "{}", ended.err);
    assert!(ended.err.contains("set [desk] public_url"), "{}", ended.err);
    let link = place.json(&["report", "link", "--days", "7"]);
    let until: jiff::Timestamp = link["expires_at"].as_str().unwrap().parse().unwrap();
    let hours = until.duration_since(clock::now()).as_hours();
    assert!((166..=168).contains(&hours), "{hours}");
    for days in ["0", "367", "x"] {
        assert_eq!(place.run(&["report", "link", "--days", days]).code, 2);
    }
    let off = format!("{CONFIG}\n[web]\nenabled = false\n");
    fs::write(place.path().join("config.toml"), off).unwrap();
    let off = place.run(&["report", "link"]);
    assert_eq!((off.code, off.out.as_str()), (1, ""));
    assert!(off.err.contains("[web] enabled"), "{}", off.err);
}

#[test]
fn the_state_of_the_desk_fits_one_screen() {
    let place = Place::new();
    place.ticket("One");
    let status = place.json(&["status"]);
    assert_eq!(
        status["tickets"],
        serde_json::json!({ "open": 1, "pending": 0, "closed": 0 })
    );
    assert_eq!(status["mailboxes"][0]["name"], "support");
    assert_eq!(
        (&status["waiting"], &status["quarantined"]),
        (&0.into(), &0.into())
    );
    let page = place.text(&["status"]);
    assert!(page.contains("1 open, 0 pending, 0 closed"), "{page}");
    assert!(page.lines().count() <= 24);
}

#[test]
fn a_backup_is_a_whole_desk() {
    let place = Place::new();
    place.ticket("One");
    let ended = place.run(&["backup", "copy.db"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.err.contains("secret"), "{}", ended.err);
    let copy = Store::open_existing(&place.path().join("copy.db")).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let subject = runtime
        .block_on(copy.read(|view| Ok(view.ticket(1)?.subject)))
        .unwrap();
    assert_eq!(subject, "One");
    let again = place.run(&["backup", "copy.db"]);
    assert!(
        again.code == 1 && again.err.contains("exists already"),
        "{}",
        again.err
    );
}
