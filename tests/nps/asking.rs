//! Who is asked, and who is left in peace.

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

use crate::{
    asked, case, eager,
    harness::{Fault, eventually, mail::plain},
    question, rows,
    story::{DESK, SOON, Story, shown::assert_golden, text},
    tamper, who_was_asked,
};

const OLGA: &str = "olga@shop.example";
const PETRO: &str = "petro@shop.example";

/// What makes a customer due by the defaults.
const LONG_AGO: &str = "UPDATE tickets SET opened_at = opened_at - 90 * 86400000, \
    updated_at = updated_at - 80 * 86400000, closed_at = closed_at - 80 * 86400000";

#[test]
fn nobody_is_asked_until_the_desk_wants_to_and_then_once() {
    let mut story = Story::new(|setup| eager(setup).set("nps", "enabled", "false"));
    case(&story, &format!("Olga <{OLGA}>"), 1);
    story.tell(&question(PETRO, 2));
    story.sent(PETRO, 1);
    assert!(rows(&story).is_empty());
    story.desk.wait_outbox_empty(SOON);
    let before = story.desk.ticket(1);

    story.desk.edit("nps", "enabled", "true");
    story.desk.hup();
    let mail = asked(&story, OLGA, 1);
    assert_golden("nps-ru.txt", &mail.data);
    assert_eq!(story.desk.tickets().len(), 2);
    let after = story.desk.ticket(1);
    assert_eq!(after, before, "a question is nothing of a ticket");

    // killed and started again, it goes on where it was
    story.desk.kill9();
    story.desk.restart();
    story.answer(2, "В разделе «Отчёты».", &["--close"]);
    asked(&story, PETRO, 1);
    assert_eq!(who_was_asked(&story), [OLGA, PETRO]);

    // half a year later
    story.desk.kill9();
    tamper(
        &story,
        "UPDATE nps_questions SET created_at = created_at - 180 * 86400000, \
         asked_at = asked_at - 180 * 86400000 WHERE id = 1",
    );
    story.desk.restart();
    asked(&story, OLGA, 2);
    assert_eq!(who_was_asked(&story), [OLGA, PETRO, OLGA]);
}

#[test]
fn the_default_is_off() {
    let mut story = Story::new(|setup| setup.set("survey", "enabled", "false"));
    let checked = story.desk.cli_text(&["check"], "");
    assert!(checked.contains("ok"), "{checked}");
    case(&story, OLGA, 1);
    // due by any setting
    story.desk.wait_outbox_empty(SOON);
    story.desk.kill9();
    tamper(&story, LONG_AGO);
    story.desk.restart();
    story.tell(&question(PETRO, 2));
    story.sent(PETRO, 1);
    assert!(rows(&story).is_empty());
    // it was due indeed
    story.desk.edit("nps", "enabled", "true");
    story.desk.edit("survey", "hours", "\"00:00-24:00\"");
    story.desk.hup();
    eventually(SOON, "Olga is asked", || {
        (rows(&story).len() == 1).then_some(())
    });
    assert_eq!(rows(&story)[0]["recipient"], OLGA);
}

#[test]
fn whoever_has_a_case_or_is_no_customer_is_left_in_peace() {
    let story = Story::with_history(&[question("history@shop.example", 1)], |setup| {
        // a monitoring system that may open tickets
        let rules = setup.dir().join("rules");
        std::fs::create_dir(&rules).unwrap();
        std::fs::write(
            rules.join("own.toml"),
            "[[rule]]\nid = \"alarm\"\nwhen = { field = \"from\", equals = \"alarm@monitor.example\" }\n\
             then = { status = \"open\" }\n",
        )
        .unwrap();
        eager(setup).set("rules", "directory", "\"rules\"")
    });
    // an open ticket, and one that waits for the customer
    story.tell(&question("open@shop.example", 2));
    story.tell(&question("pending@shop.example", 3));
    story.answer(3, "Какой именно?", &[]);
    // in copy of an open one
    let copied = plain(
        "chief@shop.example",
        DESK,
        "Счёт",
        &["Cc: copied@shop.example", "Message-ID: <c@shop.example>"],
        "Пришлите, пожалуйста, счёт.",
    );
    case(&story, "copied@shop.example", 4);
    story.tell(&copied);
    let alarm = plain(
        "alarm@monitor.example",
        DESK,
        "Disk",
        &["Auto-Submitted: auto-generated"],
        "Full.",
    );
    assert_eq!(story.tell(&alarm).reason, "rule_opens");
    case(&story, "anna@example.com", 5);
    // spam, told apart by its tag, and what nobody answered
    let spam = case(&story, "spam@shop.example", 6).to_string();
    story
        .desk
        .cli_text(&["ticket", "set", &spam, "--tag", "+spam"], "");
    let ignored = story.tell(&question("ignored@shop.example", 60)).ticket;
    let ignored = ignored.unwrap().to_string();
    let closed = ["ticket", "set", &ignored, "--status", "closed"];
    story.desk.cli_text(&closed, "");
    // mail to the address came back
    let bounced = Fault::reply("RCPT", "550 5.1.1 no such user").with("gone@shop.example");
    story.smtp.fault(bounced);
    case(&story, "gone@shop.example", 7);

    case(&story, OLGA, 8);
    asked(&story, OLGA, 1);
    // the line has been gone through when somebody who came later is asked
    case(&story, PETRO, 9);
    asked(&story, PETRO, 1);
    assert_eq!(who_was_asked(&story), [OLGA, PETRO]);
}

#[test]
fn the_days_share_holds_through_a_restart() {
    let mut story = Story::new(|setup| eager(setup).set("nps", "enabled", "false"));
    case(&story, OLGA, 1);
    case(&story, PETRO, 2);
    story.desk.wait_outbox_empty(SOON);
    story.desk.edit("nps", "per_day", "1");
    story.desk.edit("nps", "enabled", "true");
    story.desk.kill9();
    tamper(&story, LONG_AGO);
    story.desk.restart();
    eventually(SOON, "one is asked", || {
        (who_was_asked(&story).len() == 1).then_some(())
    });
    story.desk.kill9();
    story.desk.restart();
    story.tell(&question("ira@shop.example", 3));
    story.sent("ira@shop.example", 1);
    assert_eq!(rows(&story).len(), 1);
    let first = who_was_asked(&story).remove(0);

    // with room for more it is the other one's turn
    story.desk.edit("nps", "per_day", "100000");
    story.desk.hup();
    let second = if first == OLGA { PETRO } else { OLGA };
    asked(&story, second, 1);
    assert_eq!(who_was_asked(&story), [first.as_str(), second]);
}

#[test]
fn nobody_is_asked_at_night() {
    let now = Timestamp::now().to_zoned(TimeZone::UTC);
    // open from two to three hours from now on, whatever time that is
    let (from, to) = (&now + 2.hours(), &now + 3.hours());
    let hours = format!("\"{}-{}\"", from.strftime("%H:00"), to.strftime("%H:00"));
    let mut story = Story::new(|setup| eager(setup).set("survey", "hours", &hours));
    case(&story, OLGA, 1);
    story.desk.kill9();
    story.desk.restart();
    story.tell(&question(PETRO, 2));
    story.sent(PETRO, 1);
    assert!(rows(&story).is_empty());
    story.desk.edit("survey", "hours", "\"00:00-24:00\"");
    story.desk.hup();
    asked(&story, OLGA, 1);
}

#[test]
fn a_question_that_the_relay_puts_off_into_the_night_waits_for_the_morning() {
    let mut story = Story::new(eager);
    let busy = Fault::reply("RCPT", "450 4.2.0 busy").with(OLGA);
    story.tell(&question(OLGA, 1));
    story.answer(1, "Какой именно?", &[]);
    story.sent(OLGA, 2);
    story.smtp.fault(busy.times(usize::MAX));
    let ticket = ["ticket", "set", "1", "--status", "closed"];
    story.desk.cli_text(&ticket, "");
    eventually(SOON, "the question was tried", || {
        let row = rows(&story).into_iter().next().ok_or("no row")?;
        let is_tried = row["state"] == "pending" && row["attempts"].as_i64() >= Some(1);
        is_tried.then_some(()).ok_or("not tried")
    });
    // the night begins: the hours are those from two hours on
    let now = Timestamp::now().to_zoned(TimeZone::UTC);
    let (from, to) = (&now + 2.hours(), &now + 3.hours());
    let hours = format!("\"{}-{}\"", from.strftime("%H:00"), to.strftime("%H:00"));
    story.desk.edit("survey", "hours", &hours);
    story.desk.hup();
    let morning = from.strftime("%Y-%m-%dT%H:00:00").to_string();
    eventually(SOON, "it waits for the morning", || {
        let next = text(&rows(&story)[0]["next_attempt_at"]);
        next.starts_with(&morning).then_some(()).ok_or(next)
    });
    story.smtp.heal();
    // the day has come
    story.desk.edit("survey", "hours", "\"00:00-24:00\"");
    story.desk.hup();
    let id = rows(&story)[0]["id"].to_string();
    story.desk.cli_text(&["outbox", "retry", &id], "");
    asked(&story, OLGA, 1);
}

#[test]
fn a_question_that_waits_is_taken_back_when_a_case_comes_up() {
    let story = Story::new(eager);
    // the relay is busy for her alone, once her case is over
    story.tell(&question(OLGA, 1));
    story.answer(1, "Какой именно?", &[]);
    story.sent(OLGA, 2);
    let ticket = ["ticket", "set", "1", "--status", "closed"];
    let busy = Fault::reply("RCPT", "450 4.2.0 busy").with(OLGA);
    story.smtp.fault(busy.times(1));
    story.desk.cli_text(&ticket, "");
    eventually(SOON, "the question waits for the relay", || {
        let rows = rows(&story);
        let is_tried = |row: &serde_json::Value| {
            row["state"] == "pending" && row["attempts"].as_i64() == Some(1)
        };
        rows.first().filter(|row| is_tried(row)).map(|_| ())
    });
    story.tell(&question(OLGA, 2));
    eventually(SOON, "the question is taken back", || {
        let row = rows(&story).remove(0);
        match text(&row["state"]).as_str() {
            "dropped" => Ok(text(&row["why"])),
            _ => Err(row.to_string()),
        }
    });
    assert_eq!(rows(&story)[0]["why"], "open_case");
    assert!(who_was_asked(&story).is_empty());

    // it was never asked, so the customer's turn comes when the case is over
    let ticket = ["ticket", "set", "2", "--status", "closed"];
    story.desk.cli_text(&ticket, "");
    asked(&story, OLGA, 1);
}

#[test]
fn a_survey_keeps_the_question_away_for_the_quiet_time() {
    let mut story = Story::new(|setup| {
        eager(setup)
            .set("survey", "enabled", "true")
            .set("survey", "delay", "\"30d\"")
    });
    // her survey is planned for next month; the others get none
    let ticket = case(&story, OLGA, 1);
    assert_eq!(story.events(ticket, "survey_scheduled").len(), 1);
    story.desk.edit("survey", "enabled", "false");
    story.desk.kill9();
    story.desk.restart();
    case(&story, PETRO, 2);
    asked(&story, PETRO, 1);
    case(&story, "mykola@shop.example", 3);
    asked(&story, "mykola@shop.example", 1);
    assert_eq!(who_was_asked(&story), [PETRO, "mykola@shop.example"]);
}
