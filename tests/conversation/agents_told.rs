//! Which agents are told what.

use super::agent_answers::{by_mail, question};
use crate::{
    harness::{DeskSetup, mail::plain},
    story::{DESK, SOON, Story},
};

fn teams(setup: DeskSetup) -> DeskSetup {
    let sales = &[("groups", "[\"sales\"]")];
    by_mail(setup)
        .agent("Olha", "olha@example.com", sales)
        .agent(
            "Ira",
            "ira@example.com",
            &[("groups", "[\"sales\"]"), ("notify", "false")],
        )
}

fn told(story: &Story) -> Vec<String> {
    let mut told = story.written("notification");
    told.sort();
    told
}

#[test]
fn the_group_is_told_and_then_whoever_has_the_ticket() {
    let story = Story::new(teams);
    story.tell(&question("one", "Hello, where is order 5?"));
    // no group: everybody but Ira, who wants none
    let all = ["anna@example.com", "olha@example.com", "petro@example.com"];
    assert_eq!(told(&story), all);

    // handing it over tells the one, and not those who do it
    story.desk.cli(&[
        "ticket",
        "set",
        "1",
        "--assignee",
        "Olha",
        "--agent",
        "Anna",
        "--json",
    ]);
    let mail = story.sent("olha@example.com", 2).text();
    assert!(
        mail.contains("is yours now") && mail.contains("order 5"),
        "{mail}"
    );
    story.desk.cli(&[
        "ticket",
        "set",
        "1",
        "--assignee",
        "Petro",
        "--agent",
        "Petro",
        "--json",
    ]);
    assert_eq!(told(&story).len(), 4);
    // her priority is raised by somebody else: she is told; by herself: not
    story.desk.cli(&[
        "ticket",
        "set",
        "1",
        "--priority",
        "urgent",
        "--agent",
        "Anna",
        "--json",
    ]);
    let mail = story.sent("petro@example.com", 2).text();
    assert!(mail.contains("has priority urgent now"), "{mail}");
    // a customer's answer: the assignee alone
    let sent = story.sent("ivan@shop.example", 1);
    let back = plain(
        "Ivan <ivan@shop.example>",
        &sent.header("Reply-To"),
        "Re: order",
        &["Message-ID: <two@shop.example>"],
        "Hello?",
    );
    story.tell(&back);
    let mail = story.sent("petro@example.com", 3).text();
    assert!(
        mail.contains("Hello?") && mail.contains("Priority: urgent"),
        "{mail}"
    );
    assert_eq!(told(&story).len(), 6);
    // a machine's answer is told to nobody
    let away = plain(
        "Ivan <ivan@shop.example>",
        &sent.header("Reply-To"),
        "Re: order",
        &[
            "Message-ID: <away@shop.example>",
            "Auto-Submitted: auto-replied",
        ],
        "I am away.",
    );
    story.tell(&away);
    assert_eq!(told(&story).len(), 6);
    story.desk.wait_outbox_empty(SOON);
}

#[test]
fn a_team_is_told_of_its_own_and_switches_count() {
    let story = Story::new(|setup| {
        let often = [("poll_interval", "\"1s\""), ("group", "\"sales\"")];
        let path = setup.dir().join("Sales");
        std::fs::create_dir_all(path.join("new")).unwrap();
        for part in ["tmp", "cur"] {
            std::fs::create_dir_all(path.join(part)).unwrap();
        }
        teams(setup)
            .maildir("sales", &path, &often)
            .set("notify", "new_ticket", "false")
    });
    story.tell(&question("one", "Hello, where is order 5?"));
    assert_eq!(told(&story), [] as [&str; 0]);
    // a failure is pressing, whatever is switched off
    story.tell(&question(
        "two",
        "The import of our price list fails with an error.",
    ));
    assert_eq!(story.desk.ticket(2)["priority"], "high");
    assert_eq!(told(&story).len(), 3);
    assert!(
        story
            .sent("anna@example.com", 1)
            .text()
            .contains("Priority: high")
    );
}

#[test]
fn nobody_is_told_of_history_machines_or_their_own_words() {
    let old = question("old", "Hello, where was order 4?");
    let story = Story::with_history(&[old], by_mail);
    assert_eq!(told(&story), [] as [&str; 0]);
    let robot = plain(
        "News <news@shop.example>",
        DESK,
        "Our news",
        &[
            "Message-ID: <n@shop.example>",
            "Precedence: bulk",
            "List-Id: <news.shop.example>",
        ],
        "Buy.",
    );
    assert_eq!(story.tell(&robot).disposition, "ignore");
    assert_eq!(told(&story), [] as [&str; 0]);
    // an agent asks the desk something: the colleague is told
    let anna = plain(
        "Anna <anna@example.com>",
        DESK,
        "My own question",
        &["Message-ID: <mine@example.com>"],
        "Who has the keys?",
    );
    story.tell(&anna);
    assert_eq!(told(&story), ["petro@example.com"]);
}
