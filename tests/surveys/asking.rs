//! Who is asked, and who is left in peace.

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

use crate::{
    asked,
    harness::{eventually, mail::plain},
    question, quick, rows,
    story::{DESK, SOON, Story, text},
    surveys,
};

const OLGA: &str = "olga@shop.example";

/// The server has a mail a moment before the desk has noted that it left.
fn wait_states(story: &Story, wanted: &[&str], what: &str) {
    eventually(SOON, what, || {
        let rows = rows(story);
        let states = rows.iter().map(|row| text(&row["state"]));
        states.eq(wanted.iter().map(ToString::to_string))
    });
}

#[test]
fn a_ticket_that_is_opened_again_asks_nothing_until_it_is_closed_again() {
    let story = Story::new(|setup| quick(setup).set("survey", "delay", "\"6s\""));
    story.tell(&question(OLGA, 1));
    story.answer(1, "Исправили.", &["--close"]);
    assert_eq!(rows(&story)[0]["state"], "scheduled");
    let again = plain(
        OLGA,
        DESK,
        "Re: [#1] Импорт прайса не работает",
        &["Message-ID: <again@shop.example>"],
        "Нет, не работает.",
    );
    assert_eq!(story.tell(&again).disposition, "append");
    let row = &rows(&story)[0];
    assert_eq!(
        (&row["state"], &row["why"]),
        (&"dropped".into(), &"reopened".into())
    );
    story.answer(1, "А теперь?", &["--close"]);
    let survey = story.sent(OLGA, 4);
    assert_eq!(survey.header("In-Reply-To"), "<again@shop.example>");
    wait_states(&story, &["dropped", "sent"], "the first one never left");
    assert_eq!(surveys(&story).len(), 1, "what was not asked is in no list");
}

#[test]
fn one_customer_is_asked_once_in_a_while() {
    let story = Story::new(quick);
    asked(&story, OLGA, 1);
    story.tell(&question("Ольга <OLGA@shop.example>", 2));
    story.answer(2, "Исправили.", &["--close"]);
    assert_eq!(story.events(2, "survey_skipped"), ["cooldown"]);
    story.tell(&question("petro@shop.example", 3));
    story.answer(3, "Исправили.", &["--close"]);
    story.sent("petro@shop.example", 3);
    assert_eq!(rows(&story).len(), 2);
}

#[test]
fn the_status_alone_asks_too_if_somebody_helped() {
    let story = Story::new(|setup| quick(setup).set("survey", "delay", "\"5s\""));
    story.tell(&question(OLGA, 1));
    story.answer(1, "Исправили.", &[]);
    story
        .desk
        .cli_text(&["ticket", "set", "1", "--status", "closed"], "");
    story.sent(OLGA, 3);

    story.tell(&question("petro@shop.example", 2));
    story
        .desk
        .cli_text(&["ticket", "set", "2", "--status", "closed"], "");
    assert_eq!(story.events(2, "survey_skipped"), ["unanswered"]);

    story.tell(&question("spam@shop.example", 3));
    story.answer(3, "?", &[]);
    story.desk.cli_text(
        &["ticket", "set", "3", "--tag", "+spam", "--status", "closed"],
        "",
    );
    assert_eq!(story.events(3, "survey_skipped"), ["spam"]);

    // merged away before the question left
    story.tell(&question("ira@shop.example", 4));
    story.tell(&question("ira@shop.example", 5));
    story.answer(4, "Исправили.", &["--close"]);
    story.desk.cli_text(&["ticket", "merge", "4", "5"], "");
    wait_states(&story, &["sent", "dropped"], "the second one never left");
}

#[test]
fn neither_history_nor_a_machine_nor_an_agent_is_asked() {
    let story = Story::with_history(&[question(OLGA, 1)], |setup| {
        // a monitoring system that may open tickets
        let rules = setup.dir().join("rules");
        std::fs::create_dir(&rules).unwrap();
        std::fs::write(
            rules.join("own.toml"),
            "[[rule]]\nid = \"alarm\"\nwhen = { field = \"from\", equals = \"alarm@monitor.example\" }\n\
             then = { status = \"open\" }\n",
        )
        .unwrap();
        quick(setup).set("rules", "directory", "\"rules\"")
    });
    assert_eq!(story.desk.ticket(1)["status"], "closed");
    story.answer(1, "Ещё нужно?", &[]);
    story
        .desk
        .cli_text(&["ticket", "set", "1", "--status", "closed"], "");
    assert_eq!(story.events(1, "survey_skipped"), ["imported"]);
    let alarm = plain(
        "alarm@monitor.example",
        DESK,
        "Disk",
        &["Auto-Submitted: auto-generated"],
        "Full.",
    );
    assert_eq!(story.tell(&alarm).reason, "rule_opens");
    story.answer(2, "Emptied.", &["--close"]);
    assert_eq!(story.events(2, "survey_skipped"), ["machine"]);
    let agent = plain(
        "anna@example.com",
        DESK,
        "For myself",
        &[],
        "Remember this.",
    );
    assert_eq!(story.tell(&agent).ticket, Some(3));
    story.answer(3, "Done.", &["--close"]);
    assert_eq!(story.events(3, "survey_skipped"), ["own_address"]);
    assert!(rows(&story).is_empty());
}

#[test]
fn nobody_is_asked_at_night() {
    let now = Timestamp::now().to_zoned(TimeZone::UTC);
    // open from two to three hours from now on, whatever time that is
    let (from, to) = (&now + 2.hours(), &now + 3.hours());
    let hours = format!("\"{}-{}\"", from.strftime("%H:00"), to.strftime("%H:00"));
    let story = Story::new(|setup| quick(setup).set("survey", "hours", &hours));
    story.tell(&question(OLGA, 1));
    story.answer(1, "Исправили.", &["--close"]);
    let row = &rows(&story)[0];
    assert_eq!(row["state"], "scheduled");
    let opening = from.strftime("%Y-%m-%dT%H:00:00Z").to_string();
    assert_eq!(row["next_attempt_at"], opening);
    assert_eq!(story.events(1, "survey_scheduled"), [opening]);
    assert!(surveys(&story).is_empty());
}

#[test]
fn a_desk_that_does_not_ask_does_not_ask() {
    let story = Story::new(|setup| quick(setup).set("survey", "enabled", "false"));
    story.tell(&question(OLGA, 1));
    story.answer(1, "Исправили.", &["--close"]);
    assert!(rows(&story).is_empty());
}
