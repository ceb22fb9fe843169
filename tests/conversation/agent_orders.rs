//! What agents order at the top of their answers.

use super::agent_answers::{PROOF, answer_to, by_mail, question};
use crate::{
    harness::{SmtpMail, eventually},
    story::{SOON, Story},
};

/// A ticket of Ivan's, and its notification to Anna.
fn asked(story: &Story) -> SmtpMail {
    story.tell(&question("one", "Hello, where is order 5?"));
    story.sent("anna@example.com", 1)
}

#[test]
fn commands_alone_do_what_they_say_and_send_nothing() {
    let story = Story::new(by_mail);
    let told = asked(&story);
    let mut number = 0;
    let mut order = |words: &str| {
        number += 1;
        let filed = story.tell(&answer_to(&told, &format!("o{number}"), &[PROOF], words));
        assert_eq!(filed.reason, "agent_answer", "{words}");
        story.desk.ticket(1)
    };
    assert_eq!(order("#pending")["status"], "pending");
    assert_eq!(order("#Open")["status"], "open");
    assert_eq!(order("#приоритет высокий")["priority"], "high");
    assert_eq!(order("#категорія import")["category"], "import");
    let tagged = order("#tag VIP, api\n#untag api");
    assert_eq!(tagged["tags"], serde_json::json!(["api", "vip"]));
    assert_eq!(order("#untag api")["tags"], serde_json::json!(["vip"]));
    assert_eq!(order("#назначить petro")["assignee"], "petro@example.com");
    let handed = story.sent("petro@example.com", 3);
    let words = handed.text();
    assert!(
        words.contains("is yours now (assigned by anna@example.com)"),
        "{words}"
    );
    assert!(words.contains("where is order 5?"), "{words}");
    assert_eq!(order("#assign me")["assignee"], "anna@example.com");
    let noted = order("#note\nShe is angry, call her.\n\nAnna");
    let last = noted["messages"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert_eq!(
        (&last["direction"], &last["kind"]),
        (&"note".into(), &"agent".into())
    );
    assert_eq!(last["reply"], "She is angry, call her.\n\nAnna");
    assert_eq!(noted["status"], "open");
    assert_eq!(order("#close #tag done")["status"], "closed");
    story.desk.wait_outbox_empty(SOON);
    assert_eq!(story.smtp.wait_for("ivan@shop.example", 1, SOON).len(), 1);
    assert_eq!(story.written("reply").len(), 0);
}

#[test]
fn an_answer_brings_its_commands() {
    let story = Story::new(by_mail);
    let told = asked(&story);
    story.tell(&answer_to(
        &told,
        "c1",
        &[PROOF],
        "#assign petro\n#priority urgent #tag late\n#open\n\n#5 is the number of your order.",
    ));
    let sent = story.sent("ivan@shop.example", 2).text();
    assert!(
        sent.starts_with("#5 is the number of your order."),
        "{sent}"
    );
    let ticket = story.desk.ticket(1);
    for (key, value) in [
        ("assignee", "petro@example.com"),
        ("priority", "urgent"),
        ("status", "open"),
    ] {
        assert_eq!(ticket[key], value, "{key}");
    }
    assert_eq!(ticket["tags"], serde_json::json!(["late"]));
}

#[test]
fn a_slip_is_explained_and_nothing_is_done() {
    let story = Story::new(by_mail);
    let told = asked(&story);
    let slips = [
        (
            "#tag x\n#clos\n\nHello Ivan, today.",
            "there is no command #clos",
        ),
        ("#priority huge", "#priority huge"),
        ("#assign nobody-here\nHello", "#assign nobody-here"),
        ("#merge 99", "there is no ticket 99"),
        ("#tag x\n#merge 1", "itself"),
    ];
    for (number, (words, why)) in slips.iter().enumerate() {
        let mail = answer_to(&told, &format!("s{number}"), &[PROOF], words);
        assert_eq!(story.tell(&mail).reason, "agent_answer");
        let explained = story.sent("anna@example.com", number + 2);
        let text = explained.text().replace("\r\n", "\n");
        assert!(text.contains(why), "{text}");
        assert!(text.contains("nothing was sent to the customer"), "{text}");
        assert!(text.contains("#snooze 2d"), "{text}");
        assert_eq!(explained.header("Auto-Submitted"), "auto-replied");
        if number == 0 {
            assert!(text.contains("#clos\n\nHello Ivan, today."), "{text}");
            // the answer to the explanation goes its way
            let mail = answer_to(
                &explained,
                "again",
                &[PROOF],
                "#close\n\nHello Ivan, today.",
            );
            story.tell(&mail);
            story.sent("ivan@shop.example", 2);
            assert_eq!(story.desk.ticket(1)["status"], "closed");
        }
    }
    let ticket = story.desk.ticket(1);
    assert_eq!(ticket["tags"], serde_json::json!([]));
    assert_eq!(story.written("reply"), ["ivan@shop.example"]);
    // five an hour are enough: then the ticket alone says it
    let mail = answer_to(&told, "s9", &[PROOF], "#what");
    story.tell(&mail);
    let why = story.events(1, "not_notified");
    assert_eq!(why, ["the budget of automatic mail is used up"]);
}

#[test]
fn a_snoozed_ticket_comes_back_and_spam_is_not_asked() {
    let story = Story::new(by_mail);
    let told = asked(&story);
    story.tell(&answer_to(
        &told,
        "z1",
        &[PROOF],
        "#snooze 2d\n\nI shall look on Monday.",
    ));
    story.sent("ivan@shop.example", 2);
    assert_eq!(story.desk.ticket(1)["status"], "pending");
    assert!(story.events(1, "snoozed")[0].starts_with("until "));
    // the time comes
    let store =
        maildesk::store::Store::open_existing(&story.desk.dir().join("maildesk.db")).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let past = maildesk::clock::now();
    runtime
        .block_on(store.write(move |pen| pen.snooze(1, past, "test")))
        .unwrap();
    story.tell(&question("other", "Another thing."));
    eventually(SOON, "the ticket wakes", || {
        let status = story.desk.ticket(1)["status"].clone();
        if status == "open" {
            Ok(())
        } else {
            Err(status.to_string())
        }
    });
    let mails = story.smtp.wait_for("anna@example.com", 3, SOON);
    assert!(
        mails
            .iter()
            .any(|mail| mail.text().contains("its snooze is over"))
    );

    // a ticket that is merged goes on in the other one
    let of_two = mails
        .iter()
        .find(|mail| mail.text().contains("Another thing."))
        .unwrap();
    story.tell(&answer_to(of_two, "z2", &[PROOF], "#объединить 1"));
    assert_eq!(story.desk.ticket(2)["merged_into"], 1);
    let filed = story.tell(&answer_to(of_two, "z3", &[PROOF], "Both leave today."));
    assert_eq!(
        (filed.reason.as_str(), filed.ticket),
        ("agent_answer", Some(1))
    );
    story.sent("ivan@shop.example", 4);

    story.tell(&answer_to(&told, "z4", &[PROOF], "#spam"));
    let ticket = story.desk.ticket(1);
    assert_eq!(
        (&ticket["status"], &ticket["tags"]),
        (&"closed".into(), &serde_json::json!(["spam"]))
    );
    assert_eq!(story.events(1, "survey_skipped"), ["spam"]);
    assert_eq!(story.written("survey").len(), 0);
}
