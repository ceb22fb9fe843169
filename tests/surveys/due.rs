//! What is planned is asked again when it would leave.

use std::fs;

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use serde_json::Value;

use crate::{
    harness::{Fault, eventually, mail::plain},
    question, quick, rows,
    story::{DESK, SOON, Story, text},
    surveys,
    time::Time,
};

const HOUR: i64 = 3600;
const OLGA: &str = "olga@shop.example";

/// A desk whose time passes at our word, and which asks an hour after closing.
fn hourly() -> (Story, Time) {
    let mut time = None;
    let story = Story::new(|setup| {
        let (passing, setup) = Time::passing(quick(setup));
        time = Some(passing);
        setup.set("survey", "delay", "\"1h\"")
    });
    (story, time.unwrap())
}

#[track_caller]
fn closed(story: &Story, who: &str, ticket: i64) {
    let number = usize::try_from(ticket).unwrap();
    assert_eq!(story.tell(&question(who, number)).ticket, Some(ticket));
    story.answer(ticket, "Исправили.", &["--close"]);
    let planned = story.events(ticket, "survey_scheduled");
    assert_eq!(planned.len(), 1, "ticket {ticket}");
    eventually(SOON, "the answer has left", || {
        let rows = story.outbox();
        let of_ticket = |row: &&Value| row["kind"] == "reply" && row["ticket"] == ticket;
        rows.iter()
            .filter(of_ticket)
            .all(|row| row["state"] == "sent")
    });
}

#[test]
fn a_survey_waits_for_the_answer_that_it_is_about() {
    let (story, time) = hourly();
    story.tell(&question(OLGA, 1));
    story.sent(OLGA, 1);
    let busy = Fault::reply("RCPT", "451 4.3.0 try again later").times(2);
    story.smtp.fault(busy);
    story.answer(1, "Исправили.", &["--close"]);
    let tried = |count: u64| {
        eventually(SOON, "the answer was tried", || {
            let rows = story.outbox();
            rows.iter()
                .any(|row| row["kind"] == "reply" && row["attempts"] == count)
        });
    };
    tried(1);
    time.shift(HOUR + 60);
    tried(2);
    let survey = &rows(&story)[0];
    assert_eq!(
        (&survey["state"], &survey["attempts"]),
        (&"scheduled".into(), &0.into())
    );
    time.shift(HOUR);
    let answer = story.sent(OLGA, 2);
    assert!(answer.text().contains("Исправили"), "{}", answer.text());
    time.shift(70);
    let survey = story.sent(OLGA, 3);
    assert!(survey.text().contains("/s/"), "{}", survey.text());
}

/// Waits until the surveys' rows are dropped for these reasons, and are told of in the tickets.
#[track_caller]
fn wait_dropped(story: &Story, reasons: &[&str]) {
    eventually(SOON, "the surveys are dropped", || {
        let found: Vec<String> = rows(story)
            .iter()
            .map(|row| format!("{} {}", text(&row["state"]), text(&row["why"])))
            .collect();
        let wanted = reasons.iter().map(|why| format!("dropped {why}"));
        if found.iter().cloned().eq(wanted) {
            Ok(())
        } else {
            Err(format!("{found:?}"))
        }
    });
    for (index, why) in reasons.iter().enumerate() {
        let ticket = i64::try_from(index).unwrap() + 1;
        assert_eq!(story.events(ticket, "survey_skipped"), [*why]);
    }
    assert!(surveys(story).is_empty(), "nobody was asked");
}

/// Lets the desk read its config file again.
#[track_caller]
pub fn reload(story: &Story) {
    let count = || story.desk.log().matches("were read again").count();
    let before = count();
    story.desk.hup();
    eventually(SOON, "the config is read again", || count() > before);
}

#[test]
fn what_happens_before_a_survey_is_due_speaks_against_it() {
    let (story, time) = hourly();
    for (index, who) in ["spam", "agent", "bounce", "late"].iter().enumerate() {
        let ticket = i64::try_from(index).unwrap() + 1;
        closed(&story, &format!("{who}@shop.example"), ticket);
    }
    story
        .desk
        .cli_text(&["ticket", "set", "1", "--tag", "+spam"], "");
    // an address that bounces from now on
    let relay = Fault::reply("RCPT", "550 5.1.1 no such user").with("bounce@");
    story.smtp.fault(relay);
    story.answer(3, "И ещё одно.", &["--close"]);
    eventually(SOON, "the address is suppressed", || {
        !story.events(3, "survey_skipped").is_empty()
    });
    // a customer who works here since
    let config = fs::read_to_string(story.desk.config()).unwrap();
    let hired = "\n[[agent]]\nname = \"Olga\"\naddress = \"agent@shop.example\"\n";
    fs::write(story.desk.config(), config + hired).unwrap();
    reload(&story);
    time.shift(HOUR - 600);
    story.desk.cli_text(&["ticket", "merge", "4", "2"], "");
    time.shift(700);
    wait_dropped(&story, &["spam", "own_address", "suppressed", "merged"]);
}

#[test]
fn a_desk_that_stops_asking_does_not_ask_what_it_had_planned() {
    let (mut story, time) = hourly();
    let petro = "petro@shop.example";
    closed(&story, petro, 1);
    time.shift(HOUR + 60);
    let asked = story.sent(petro, 3);
    closed(&story, OLGA, 2);
    story.desk.edit("survey", "enabled", "false");
    reload(&story);
    time.shift(HOUR + 60);
    eventually(SOON, "the second one is dropped", || {
        story.events(2, "survey_skipped") == ["switched_off"]
    });
    // but whoever was asked is heard
    let answer = plain(
        petro,
        DESK,
        &format!("Re: {}", asked.subject()),
        &[
            "Message-ID: <five@shop.example>",
            &format!("In-Reply-To: {}", asked.header("Message-ID")),
        ],
        "5",
    );
    assert_eq!(story.tell(&answer).reason, "survey_answer");
    let surveys = surveys(&story);
    assert_eq!((surveys.len(), &surveys[0]["score"]), (1, &5.into()));
}

#[test]
fn a_desk_that_was_off_for_weeks_asks_nothing_out_of_the_blue() {
    let (mut story, time) = hourly();
    closed(&story, OLGA, 1);
    story.desk.terminate();
    time.shift(20 * 24 * HOUR);
    story.desk.restart();
    wait_dropped(&story, &["stale"]);
}

#[test]
fn a_customer_who_was_asked_meanwhile_is_not_asked_again() {
    let (mut story, time) = hourly();
    story.desk.edit("survey", "cooldown", "\"0s\"");
    reload(&story);
    closed(&story, OLGA, 1);
    time.shift(HOUR + 60);
    eventually(SOON, "the first one is asked", || {
        surveys(&story).len() == 1
    });
    closed(&story, OLGA, 2);
    story.desk.edit("survey", "cooldown", "\"30d\"");
    reload(&story);
    time.shift(HOUR + 60);
    eventually(SOON, "the second one is dropped", || {
        story.events(2, "survey_skipped") == ["cooldown"]
    });
    let states: Vec<String> = rows(&story).iter().map(|row| text(&row["state"])).collect();
    assert_eq!(states, ["sent", "dropped"]);
    assert_eq!(surveys(&story).len(), 1);
}

#[test]
fn a_question_that_a_dead_relay_delayed_into_the_night_waits_for_the_morning() {
    let now = Timestamp::now().to_zoned(TimeZone::UTC);
    // open now and for another hour at least
    let (from, to) = (now.clone(), &now + 2.hours());
    let hours = format!("\"{}-{}\"", from.strftime("%H:00"), to.strftime("%H:00"));
    let mut time = None;
    let story = Story::new(|setup| {
        let (passing, setup) = Time::passing(quick(setup));
        time = Some(passing);
        setup.set("survey", "hours", &hours)
    });
    let time = time.unwrap();
    story.tell(&question(OLGA, 1));
    story.answer(1, "Исправили.", &[]);
    story.sent(OLGA, 2);
    let dead = Fault::reply("MAIL", "451 4.3.0 try later").always();
    story.smtp.fault(dead);
    story
        .desk
        .cli_text(&["ticket", "set", "1", "--status", "closed"], "");
    eventually(SOON, "the relay refuses for now", || {
        rows(&story)[0]["attempts"].as_i64() >= Some(1)
    });
    time.shift(3 * HOUR);
    story.smtp.heal();
    let opening = (&now + 24.hours())
        .strftime("%Y-%m-%dT%H:00:00Z")
        .to_string();
    eventually(SOON, "it waits for the opening", || {
        let row = rows(&story).remove(0);
        if row["next_attempt_at"] == opening.as_str() {
            Ok(())
        } else {
            Err(format!("{row:#}"))
        }
    });
    // other mail does not wait with it
    story.answer(1, "И ещё одно.", &["--close"]);
    story.sent(OLGA, 3);
    assert!(surveys(&story).is_empty());
    time.shift(21 * HOUR);
    story.sent(OLGA, 4);
    eventually(SOON, "it was asked once", || surveys(&story).len() == 1);
}
