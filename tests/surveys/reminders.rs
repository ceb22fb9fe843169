//! Whoever has not answered is reminded, once.

use serde_json::{Value, json};

use crate::{
    due::reload,
    harness::{DeskSetup, Fault, SmtpMail, eventually, mail::plain},
    links, path, question, quick, rows,
    story::{DESK, SOON, Story},
    surveys,
    time::Time,
};

const DAY: i64 = 24 * 3600;

/// A desk whose time passes at our word, and which reminds after three days.
fn reminding(change: impl FnOnce(DeskSetup) -> DeskSetup) -> (Story, Time) {
    let mut time = None;
    let story = Story::new(|setup| {
        let (passing, setup) = Time::passing(quick(setup));
        time = Some(passing);
        change(setup.set("survey", "reminder", "\"3d\""))
    });
    (story, time.unwrap())
}

/// Somebody is asked; returns the survey.
#[track_caller]
fn asked(story: &Story, who: &str, ticket: i64) -> SmtpMail {
    let survey = crate::asked(story, who, ticket);
    eventually(SOON, "the survey is recorded as asked", || {
        surveys(story)
            .iter()
            .any(|survey| survey["ticket"] == ticket)
    });
    survey
}

fn reply_to(survey: &SmtpMail) -> String {
    let value = survey.header("Reply-To");
    let (_, address) = value.rsplit_once('<').unwrap();
    address.trim_end_matches('>').to_owned()
}

/// An answer to a mail, with these words.
fn reply(who: &str, survey: &SmtpMail, id: &str, words: &str) -> Vec<u8> {
    plain(
        who,
        &reply_to(survey),
        &format!("Re: {}", survey.subject()),
        &[
            &format!("Message-ID: <{id}@shop.example>"),
            &format!("In-Reply-To: {}", survey.header("Message-ID")),
        ],
        words,
    )
}

#[test]
fn a_reminder_comes_once_in_the_thread_with_the_same_links_and_is_answered_by_a_digit() {
    let who = "olga@shop.example";
    let (story, time) = reminding(|setup| setup);
    let survey = asked(&story, who, 1);
    time.shift(3 * DAY + 60);
    let reminder = story.sent(who, 4);
    assert_eq!(reminder.header("In-Reply-To"), survey.header("Message-ID"));
    assert_eq!(reminder.subject(), survey.subject());
    assert_eq!(reminder.header("Auto-Submitted"), "auto-generated");
    assert_eq!(links(&reminder), links(&survey));
    assert_eq!(reply_to(&reminder), reply_to(&survey));
    assert!(reminder.text().contains("Недавно мы спрашивали вас"));
    eventually(SOON, "the reminder is noted", || {
        story.events(1, "survey_reminded").len() == 1
    });

    let filed = story.tell(&reply(who, &reminder, "d", "4\nСпасибо."));
    assert_eq!(filed.reason, "survey_answer");
    let rated = surveys(&story);
    assert_eq!(rated.len(), 1, "it is one question");
    assert_eq!(
        (&rated[0]["score"], &rated[0]["comment"]),
        (&json!(4), &json!("Спасибо."))
    );
    let report = story.desk.cli(&["survey", "report", "--json"]);
    assert_eq!(
        (&report[0]["asked"], &report[0]["answered"]),
        (&json!(1), &json!(1))
    );
    time.shift(4 * DAY);
    story.tell(&question("other@shop.example", 2));
    assert_eq!(rows(&story).len(), 2, "there is no third mail");
}

#[test]
fn nobody_is_reminded_who_answered_or_wrote_or_whose_ticket_is_open() {
    let (story, time) = reminding(|setup| setup);
    let who = |name: &str| format!("{name}@shop.example");
    let names = ["page", "mail", "again", "another", "silent"];
    let mails: Vec<SmtpMail> = (1..)
        .zip(names)
        .map(|(ticket, name)| asked(&story, &who(name), ticket))
        .collect();
    let page = story.desk.post(&path(&links(&mails[0])[0]), "score=4");
    assert_eq!(page.status, 200, "{}", page.body);
    story.tell(&reply(&who("mail"), &mails[1], "m", "5"));
    story.tell(&reply(&who("again"), &mails[2], "a", "Опять сломалось."));
    assert_eq!(story.desk.ticket(3)["status"], "open");
    story.tell(&plain(
        &who("another"),
        DESK,
        "Вопрос об оплате",
        &["Message-ID: <other@shop.example>"],
        "Здравствуйте! Когда придёт счёт?",
    ));
    time.shift(3 * DAY + 60);
    // the last one is due last: what was decided of the others was decided before
    eventually(SOON, "the one who is silent is reminded", || {
        story.events(5, "survey_reminded").len() == 1
    });
    let written: Vec<String> = story.written("survey");
    assert_eq!(written.len(), 6, "{written:?}");
    for (ticket, why) in [(3, "not_closed"), (4, "customer_wrote")] {
        assert_eq!(story.events(ticket, "survey_reminder_skipped"), [why]);
    }
    for ticket in 1..=4 {
        assert!(story.events(ticket, "survey_reminded").is_empty());
        assert!(story.events(ticket, "survey_skipped").is_empty());
    }
    let all = surveys(&story);
    assert_eq!(all.len(), 5, "what was asked stays asked");
}

#[test]
fn a_survey_that_is_nearly_over_is_not_brought_up_again() {
    let (story, time) = reminding(|setup| setup.set("survey", "expires", "\"5d\""));
    asked(&story, "olga@shop.example", 1);
    time.shift(4 * DAY + 600);
    eventually(SOON, "it is too late", || {
        story.events(1, "survey_reminder_skipped") == ["stale"]
    });
    assert_eq!(rows(&story).len(), 1);
}

#[test]
fn a_desk_that_dies_on_the_way_reminds_once() {
    let who = "olga@shop.example";
    let (mut story, time) = reminding(|setup| setup);
    asked(&story, who, 1);
    let dead = Fault::reply("MAIL", "451 4.3.0 try later").always();
    story.smtp.fault(dead);
    time.shift(3 * DAY + 60);
    let row = |story: &Story| -> Option<Value> { rows(story).get(1).cloned() };
    eventually(SOON, "the relay refuses the reminder", || {
        row(&story).is_some_and(|row| row["attempts"].as_i64() >= Some(1))
    });
    story.desk.kill9();
    story.smtp.heal();
    story.desk.restart();
    time.shift(DAY / 2);
    story.sent(who, 4);
    eventually(SOON, "the reminder is noted", || {
        story.events(1, "survey_reminded").len() == 1
    });
    story.desk.kill9();
    story.desk.restart();
    time.shift(3 * DAY);
    // whatever was due in between is done before this mail is answered
    story.tell(&question("other@shop.example", 2));
    assert_eq!(rows(&story).len(), 2);
    assert_eq!(story.smtp.mails_to(who).len(), 4);
}

#[test]
fn a_desk_that_does_not_remind_any_more_sends_no_reminder() {
    let (mut story, time) = reminding(|setup| setup);
    asked(&story, "olga@shop.example", 1);
    story.desk.edit("survey", "reminder", "\"\"");
    reload(&story);
    time.shift(3 * DAY + 60);
    eventually(SOON, "there is no reminder", || {
        story.events(1, "survey_reminder_skipped") == ["reminder_off"]
    });
    assert_eq!(rows(&story).len(), 1);
}
