//! What follows from a rating: rules with `on = "rating"`.

use std::fs;

use serde_json::{Value, json};

use crate::{
    by_mail_alone,
    harness::{DeskSetup, SmtpMail, eventually, mail::plain},
    links, path, quick,
    story::{DESK, SOON, Story, text},
    surveys,
    time::Time,
};

const OLGA: &str = "olga@shop.example";
const BOSS: &str = "boss@example.com";

/// A desk with a manager.
fn managed(setup: DeskSetup) -> DeskSetup {
    setup.agent("Boss", BOSS, &[("role", "\"manager\"")])
}

/// The same with rules of its own.
fn ruled(setup: DeskSetup, rules: &str) -> DeskSetup {
    let directory = setup.dir().join("rules");
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("own.toml"), rules).unwrap();
    managed(quick(setup)).set("rules", "directory", "\"rules\"")
}

/// A customer asks something harmless, Anna takes a note, answers and closes; returns the survey.
#[track_caller]
fn asked(story: &Story, ticket: i64) -> SmtpMail {
    let who = format!("c{ticket}@shop.example");
    let who = if ticket == 1 { OLGA } else { &who };
    let question = plain(
        who,
        DESK,
        "Отчёт за октябрь",
        &[&format!("Message-ID: <q{ticket}@shop.example>")],
        "Здравствуйте! Где найти отчёт за октябрь?",
    );
    assert_eq!(story.tell(&question).ticket, Some(ticket));
    let number = ticket.to_string();
    let note = ["ticket", "note", &number, "--agent", "Anna"];
    story.desk.cli_text(&note, "Спросить Петра.");
    story.answer(ticket, "В разделе «Отчёты».", &["--close"]);
    // acknowledgement, answer, survey
    story.sent(who, 3)
}

/// A form of the page.
fn form(score: u8, comment: &str) -> String {
    let comment: String = comment.bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!("score={score}&about=waiting&comment={comment}")
}

#[track_caller]
fn rate(story: &Story, survey: &SmtpMail, score: u8, comment: &str) {
    rate_at(story, &path(&links(survey)[0]), score, comment);
}

#[track_caller]
fn rate_at(story: &Story, page: &str, score: u8, comment: &str) {
    assert_eq!(story.desk.post(page, &form(score, comment)).status, 200);
}

#[track_caller]
fn assert_raised(story: &Story, ticket: i64) {
    let shown = story.desk.ticket(ticket);
    assert_eq!(
        (&shown["priority"], &shown["status"]),
        (&json!("high"), &json!("closed"))
    );
    assert!(tags(&shown).contains(&"unhappy".to_owned()));
}

fn tags(ticket: &Value) -> Vec<String> {
    ticket["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(text)
        .collect()
}

/// What the ticket's history says of the shipped rule, once for each time that it acted.
fn acted(story: &Story, ticket: i64) -> Vec<String> {
    let ticket = story.desk.ticket(ticket);
    let events = ticket["events"].as_array().unwrap().iter();
    let by_rule = events.filter(|event| event["actor"] == "rule:unhappy");
    by_rule.map(|event| text(&event["detail"])).collect()
}

#[test]
fn a_low_rating_raises_the_ticket_and_tells_the_manager_once() {
    let story = Story::new(|setup| managed(quick(setup)));
    let survey = asked(&story, 1);
    assert_eq!(story.desk.ticket(1)["priority"], "normal");
    rate(&story, &survey, 1, "Ждала три дня )))");
    assert_raised(&story, 1);
    let rule = acted(&story, 1);
    assert_eq!(rule.len(), 1);
    assert!(
        rule[0].starts_with(
            "score: 1; so: priority high; tags unhappy; notify managers (70-ratings.toml:"
        ) && rule[0].contains(", version "),
        "{rule:?}"
    );

    let told = story.sent(BOSS, 1);
    let words = told.text().replace('\r', "");
    for part in [
        "rated request #1: 1 of 5 (Very poor)",
        "The rating is about: the waiting time",
        "Comment:\n\nЖдала три дня )))\n",
        "Здравствуйте! Где найти отчёт за октябрь?",
        "(private note)\nСпросить Петра.",
        "В разделе «Отчёты».",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert_eq!(told.header("Auto-Submitted"), "auto-generated");

    // a second thought, and one more: the rule has acted
    rate(&story, &survey, 2, "Ждала три дня, но всё же");
    rate(&story, &survey, 1, "Нет, один");
    rate(&story, &survey, 5, "");
    assert_eq!(story.events(1, "rated").len(), 4);
    assert_eq!(acted(&story, 1).len(), 1);
    assert_eq!(story.written("notification"), [BOSS]);
    assert_eq!(surveys(&story)[0]["score"], 5);

    // the happy ones change nothing
    let survey = asked(&story, 2);
    rate(&story, &survey, 5, "Спасибо!");
    let happy = story.desk.ticket(2);
    assert_eq!(happy["priority"], "normal");
    assert!(!tags(&happy).contains(&"unhappy".to_owned()));
    assert!(acted(&story, 2).is_empty());
    assert_eq!(story.written("notification"), [BOSS]);
    // nor is anybody but the customer asked or told by it
    assert_eq!(story.written("auto"), Vec::<String>::new());
}

#[test]
fn a_comment_that_comes_after_the_score_is_told_once_more() {
    let story = Story::new(|setup| managed(quick(setup)));
    let survey = asked(&story, 1);
    rate(&story, &survey, 2, "");
    let first = story.sent(BOSS, 1).text();
    assert!(
        first.contains("2 of 5") && !first.contains("Comment:"),
        "{first}"
    );
    rate(&story, &survey, 2, "Никто не ответил по сути");
    let second = story.sent(BOSS, 2).text();
    assert!(second.contains("Никто не ответил по сути"), "{second}");
    rate(&story, &survey, 1, "Никто не ответил вообще");
    // the same page again
    rate(&story, &survey, 1, "Никто не ответил вообще");
    assert_eq!(story.written("notification"), [BOSS, BOSS]);
    assert_eq!(story.events(1, "rated").len(), 3);
    assert_eq!(acted(&story, 1).len(), 1);
    assert_raised(&story, 1);
}

#[test]
fn a_low_rating_by_mail_does_the_same() {
    let story = Story::new(|setup| managed(by_mail_alone(setup)));
    let survey = asked(&story, 1);
    let rating = |id: &str, body: &str| {
        plain(
            OLGA,
            &survey.header("Reply-To"),
            &format!("Re: {}", survey.subject()),
            &[
                &format!("Message-ID: <{id}@shop.example>"),
                &format!("In-Reply-To: {}", survey.header("Message-ID")),
            ],
            body,
        )
    };
    let filed = story.tell(&rating("r1", "1\nТак и не нашла отчёт"));
    assert_eq!(filed.reason, "survey_answer");
    assert_raised(&story, 1);
    let told = story.sent(BOSS, 1).text().replace('\r', "");
    assert!(told.contains("rated request #1: 1 of 5"), "{told}");
    assert_eq!(told.matches("Так и не нашла отчёт").count(), 1, "{told}");
    assert!(told.contains("Где найти отчёт за октябрь?"), "{told}");
    let filed = story.tell(&rating("r2", "2\nУже нашла"));
    assert_eq!(filed.reason, "survey_answer");
    assert_eq!(story.written("notification"), [BOSS]);
    assert_eq!(
        story.events(1, "rated"),
        ["1 of 5, by mail", "2 of 5, by mail"]
    );

    // a machine's digit is no rating, and moves no rule
    asked(&story, 2);
    let survey = story.sent("c2@shop.example", 3);
    let away = plain(
        "c2@shop.example",
        &survey.header("Reply-To"),
        "1",
        &[
            "Auto-Submitted: auto-replied",
            "Message-ID: <ooo@shop.example>",
        ],
        "1",
    );
    assert_eq!(story.tell(&away).reason, "auto_reply_to_ticket");
    assert_eq!(story.desk.ticket(2)["priority"], "normal");
}

#[test]
fn a_rule_may_open_the_ticket_again_and_the_rating_stays() {
    let rules = "[[rule]]\nid = \"again\"\non = \"rating\"\n\
                 when = { field = \"score\", below = 3, all = [{ field = \"ticket.status\", equals = \"closed\" }] }\n\
                 then = { status = \"open\", notify = [\"managers\"] }\n";
    let story = Story::new(|setup| ruled(setup, rules).set("notify", "new_answer", "true"));
    let survey = asked(&story, 1);
    rate(&story, &survey, 2, "");
    let ticket = story.desk.ticket(1);
    assert_eq!(
        (
            &ticket["status"],
            &ticket["satisfaction"],
            &ticket["closed_at"]
        ),
        (&json!("open"), &json!(2), &json!(null))
    );
    let moves = story.events(1, "status");
    assert_eq!(moves.last().unwrap(), "closed -> open");
    // whoever has the ticket learns why it is back, beside the manager
    assert_eq!(story.written("notification"), [BOSS, "anna@example.com"]);
    assert_eq!(surveys(&story)[0]["score"], 2);

    // the words come when the rule matches no more: they reach both
    rate(&story, &survey, 3, "Раздела нет, но вежливо");
    for who in [BOSS, "anna@example.com"] {
        let told = story.sent(who, 2).text();
        assert!(
            told.contains("3 of 5") && told.contains("Раздела нет"),
            "{told}"
        );
    }
    assert_eq!(surveys(&story)[0]["score"], 3);

    // the answer can still be changed, and nothing happens twice
    story.answer(1, "Вот он.", &["--close"]);
    assert_eq!(story.events(1, "survey_skipped"), ["cooldown"]);
    rate(&story, &survey, 1, "Опять нет");
    assert_eq!(story.desk.ticket(1)["status"], "closed");
    assert_eq!(surveys(&story)[0]["score"], 1);
    assert_eq!(story.written("notification").len(), 4);
}

#[test]
fn a_manager_answers_the_customer_and_nothing_of_the_notes_goes_along() {
    let story =
        Story::new(|setup| managed(quick(setup)).set("trust", "inbound_path_trusted", "true"));
    let survey = asked(&story, 1);
    rate(&story, &survey, 1, "Не нашла");
    let told = story.sent(BOSS, 1);
    let shown = told.text().replace('\r', "");
    let quoted: Vec<String> = shown.lines().map(|line| format!("> {line}")).collect();
    let introduced = format!("Acme Support wrote:\n\n{}", quoted.join("\n"));
    // a mail program that quotes, and one that only repeats
    for (number, below) in [(1, introduced), (2, shown.clone())] {
        let filed = story.tell(&plain(
            BOSS,
            &told.header("Reply-To"),
            &format!("Re: {}", told.subject()),
            &[
                &format!("Message-ID: <b{number}@example.com>"),
                &format!("In-Reply-To: {}", told.header("Message-ID")),
            ],
            &format!("Извините, вот ссылка.\n\n{below}"),
        ));
        assert_eq!((filed.kind.as_str(), filed.ticket), ("agent", Some(1)));
        let answer = story.sent(OLGA, 3 + number).text();
        assert!(answer.contains("Извините, вот ссылка."), "{answer}");
        for private in ["Спросить Петра", "1 of 5", "Answer this mail"] {
            assert!(!answer.contains(private), "{private}: {answer}");
        }
    }
}

const EVERYTHING: &str = r#"
[[rule]]
id = "low"
on = "rating"
when = { field = "score", below = 3 }
then = { tags = ["low"], notify = ["boss@example.com", "olga@shop.example"], reply = "sorry" }

[[rule]]
id = "lowest"
on = ["rating", "message"]
when = { field = "score", equals = 1, all = [{ field = "comment", contains = "отчёт" }, { field = "mailbox", equals = "support" }, { field = "language", equals = "ru" }] }
then = { priority = "urgent", category = "reports", group = "care", assign = "Ira", untags = ["low"], notify = ["quality@example.com"], reply = "sorry" }
stop = true

[[rule]]
id = "never-reached"
on = "rating"
when = { field = "comment", matches = "(?i)ОТЧЁТ" }
then = { tags = ["reached"] }
"#;

/// Answers with a template, in English alone.
fn apologetic(setup: DeskSetup) -> DeskSetup {
    let replies = setup.dir().join("templates/en/replies");
    fs::create_dir_all(&replies).unwrap();
    fs::write(
        replies.join("sorry.txt"),
        "We are sorry about #{{ ticket }}.\n",
    )
    .unwrap();
    setup.set("templates", "directory", "\"templates\"")
}

#[test]
fn each_rule_acts_once_and_a_changed_answer_may_move_another() {
    let story = Story::new(|setup| {
        apologetic(ruled(setup, EVERYTHING)).agent(
            "Ira",
            "ira@example.com",
            &[("groups", "[\"care\"]")],
        )
    });
    let survey = asked(&story, 1);
    rate(&story, &survey, 2, "");
    let ticket = story.desk.ticket(1);
    assert_eq!(
        (&ticket["tags"], &ticket["assignee"]),
        (&json!(["low"]), &json!("anna@example.com"))
    );
    let reply = story.sent(OLGA, 4);
    assert_eq!(reply.header("Auto-Submitted"), "auto-replied");
    assert!(
        reply.text().contains("We are sorry about #1."),
        "{}",
        reply.text()
    );
    assert_eq!(reply.header("In-Reply-To"), "<q1@shop.example>");
    assert!(
        reply.header("Reply-To").contains("support+r"),
        "{}",
        reply.header("Reply-To")
    );
    // the customer is told nothing of the rating, whatever a rule names
    assert_eq!(story.written("notification"), [BOSS]);

    rate(&story, &survey, 1, "Нет отчёта");
    let ticket = story.desk.ticket(1);
    for (key, value) in [
        ("priority", json!("urgent")),
        ("category", json!("reports")),
        ("group", json!("care")),
        ("assignee", json!("ira@example.com")),
        ("tags", json!([])),
        ("status", json!("closed")),
    ] {
        assert_eq!(ticket[key], value, "{key}");
    }
    // the first rule tells of the comment once more, the second of what is new to it
    assert_eq!(
        story.written("notification"),
        [BOSS, "quality@example.com", BOSS]
    );
    story.sent(OLGA, 5);
    rate(&story, &survey, 1, "Нет отчёта!");
    rate(&story, &survey, 3, "Есть отчёт");
    assert_eq!(story.written("auto"), [OLGA, OLGA]);
    assert_eq!(story.written("notification").len(), 3);
    assert_eq!(story.events(1, "matched").len(), 3);
    assert_eq!(story.desk.ticket(1)["tags"], json!(["reached"]));
}

#[test]
fn a_reply_to_a_rating_keeps_to_the_budgets() {
    // the acknowledgement and the survey are two
    let story = Story::new(|setup| {
        apologetic(ruled(setup, EVERYTHING))
            .agent("Ira", "ira@example.com", &[("groups", "[\"care\"]")])
            .set("limits", "automatic_per_address_per_hour", "2")
    });
    let survey = asked(&story, 1);
    rate(&story, &survey, 2, "");
    assert_eq!(story.written("auto"), Vec::<String>::new());
    assert_eq!(story.events(1, "not_answered_by_rule").len(), 1);
    assert_eq!(story.written("notification"), [BOSS]);
    assert_eq!(surveys(&story)[0]["score"], 2);
}

#[test]
fn the_rating_of_a_merged_ticket_acts_on_the_one_that_goes_on() {
    let story = Story::new(|setup| managed(quick(setup)));
    let survey = asked(&story, 1);
    asked(&story, 2);
    story.desk.cli_text(&["ticket", "merge", "1", "2"], "");
    rate(&story, &survey, 1, "");
    assert_raised(&story, 2);
    let told = story.sent(BOSS, 1);
    assert!(
        told.text().contains("request #2: 1 of 5"),
        "{}",
        told.text()
    );
}

#[test]
fn rules_hear_of_what_the_page_sent_by_itself_once_it_is_known_to_be_no_robots() {
    let mut time = None;
    let story = Story::new(|setup| {
        let (passing, setup) = Time::passing(managed(quick(setup)));
        time = Some(passing);
        setup
    });
    let time = time.unwrap();
    let pages = [1, 2, 3].map(|ticket| path(&links(&asked(&story, ticket))[0]));
    for page in &pages {
        assert_eq!(story.desk.get(page).status, 200);
        let sent = story.desk.post(page, "score=1&by=signs");
        assert_eq!(sent.status, 204);
    }
    // the first one is a robot's, the third says more by the button
    assert_eq!(story.desk.get(&format!("{}/more", pages[0])).status, 200);
    assert_eq!(story.events(1, "rating_withdrawn").len(), 1);
    rate_at(&story, &pages[2], 1, "Три дня!");
    assert_raised(&story, 3);
    let told = story.sent(BOSS, 1);
    assert!(told.text().contains("Три дня!"), "{}", told.text());
    assert!(acted(&story, 2).is_empty());

    time.shift(16);
    eventually(SOON, "the rule acts on the second one", || {
        story.desk.get("/healthz").status == 200 && acted(&story, 2).len() == 1
    });
    assert_raised(&story, 2);
    let told = story.sent(BOSS, 2);
    assert!(told.text().contains("request #2: 1 of 5"));
    time.shift(60);
    story.desk.wait_outbox_empty(SOON);
    assert!(acted(&story, 1).is_empty());
    assert_eq!(story.desk.ticket(1)["priority"], "normal");
    assert_eq!(acted(&story, 3).len(), 1);
    assert_eq!(story.written("notification"), [BOSS, BOSS]);
}
