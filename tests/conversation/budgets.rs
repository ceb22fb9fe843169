//! How many automatic mails go out, and to whom none goes at all.

use crate::{
    harness::mail::plain,
    story::{DESK, Story},
};

fn mail(from: &str, number: usize) -> Vec<u8> {
    plain(
        from,
        DESK,
        &format!("Question {number}"),
        &[&format!("Message-ID: <q{number}-{from}>")],
        &format!("Hello, this is my question number {number}."),
    )
}

fn mails(from: &str, numbers: std::ops::Range<usize>) -> Vec<Vec<u8>> {
    numbers.map(|number| mail(from, number)).collect()
}

const USED_UP: &str = "the budget of automatic mail is used up";

#[test]
fn five_acknowledgements_an_hour_to_one_address_and_a_restart_forgets_nothing() {
    let mut story = Story::new(|setup| setup);
    story.tell_all(&mails("ivan@shop.example", 0..4));
    assert_eq!(story.written("acknowledgement").len(), 4);
    story.desk.wait_outbox_empty(crate::story::SOON);
    assert_eq!(story.desk.terminate(), 0);
    story.desk.restart();
    story.tell_all(&mails("Ivan <IVAN@shop.example>", 4..7));
    assert_eq!(story.written("acknowledgement").len(), 5);
    assert_eq!(story.desk.tickets().len(), 7, "every mail is a ticket");
    assert!(story.events(5, "not_acknowledged").is_empty());
    for number in [6, 7] {
        assert_eq!(story.events(number, "not_acknowledged"), [USED_UP]);
    }
    // somebody else is somebody else
    story.tell(&mail("olga@shop.example", 1));
    assert_eq!(story.written("acknowledgement").len(), 6);
}

#[test]
fn the_budgets_are_settings() {
    let story = Story::new(|setup| {
        setup
            .set("limits", "automatic_per_address_per_hour", "2")
            .set("limits", "automatic_per_desk_per_hour", "3")
    });
    story.tell_all(&mails("ivan@shop.example", 0..4));
    assert_eq!(story.written("acknowledgement"), ["ivan@shop.example"; 2]);
    story.tell(&mail("olga@shop.example", 1));
    story.tell(&mail("petro@shop.example", 1));
    let written = [
        "ivan@shop.example",
        "ivan@shop.example",
        "olga@shop.example",
    ];
    assert_eq!(
        story.written("acknowledgement"),
        written,
        "the whole desk has its limit too"
    );
    assert_eq!(story.desk.tickets().len(), 6);
    assert_eq!(story.events(6, "not_acknowledged"), [USED_UP]);
    // what an agent writes is no automatic mail
    story.answer(6, "Here I am.", &[]);
    assert_eq!(story.written("reply"), ["petro@shop.example"]);
}

#[test]
fn a_day_has_its_own_limit() {
    let story = Story::new(|setup| setup.set("limits", "automatic_per_address_per_day", "1"));
    story.tell_all(&mails("ivan@shop.example", 0..2));
    assert_eq!(story.written("acknowledgement").len(), 1);
}

#[test]
fn a_machine_that_changes_its_address_is_counted_by_its_domain() {
    let story = Story::new(|setup| {
        setup
            .set("limits", "automatic_per_domain_per_hour", "3")
            .set("limits", "automatic_per_desk_per_hour", "60")
    });
    // an old customer there
    story.tell(&mail("ivan@robot.example", 1));
    let robots: Vec<Vec<u8>> = (0..6)
        .map(|number| mail(&format!("no-{number}@n{number}.robot.example"), number))
        .collect();
    story.tell_all(&robots);
    assert_eq!(story.written("acknowledgement").len(), 3);
    assert_eq!(story.desk.tickets().len(), 7, "every mail is a ticket");
    assert_eq!(story.events(7, "not_acknowledged"), [USED_UP]);
    // who is known, and who is elsewhere, is not hurt
    story.tell(&mail("ivan@robot.example", 2));
    story.tell(&mail("olga@shop.example", 1));
    assert_eq!(story.written("acknowledgement").len(), 5);
    // a large provider's domain says nothing about who writes
    let people: Vec<Vec<u8>> = (0..10)
        .map(|number| mail(&format!("person-{number}@gmail.com"), number))
        .collect();
    story.tell_all(&people);
    assert_eq!(story.written("acknowledgement").len(), 15);
}

#[test]
fn a_thousand_forged_senders_are_no_mail_bomb() {
    let mut story = Story::new(|setup| setup.set("limits", "automatic_per_desk_per_hour", "40"));
    let at_one = mails("victim@shop.example", 0..300);
    let at_a_domain = (0..300).map(|n| mail(&format!("victim-{n}@firm.example"), n));
    let at_many = (0..400).map(|n| mail(&format!("victim@firm-{n}.example"), n));
    let all: Vec<Vec<u8>> = at_one
        .into_iter()
        .chain(at_a_domain)
        .chain(at_many)
        .collect();
    story.tell_all(&all);
    let written = story.written("acknowledgement");
    let count = |end: &str| written.iter().filter(|to| to.ends_with(end)).count();
    assert_eq!(count("victim@shop.example"), 5);
    assert_eq!(count("@firm.example"), 30);
    assert_eq!(written.len(), 40, "the whole desk has its ceiling");
    assert_eq!(story.desk.terminate(), 0);
    story.desk.restart();
    story.tell(&mail("victim@other.example", 1));
    assert_eq!(story.written("acknowledgement").len(), 40);
}

#[test]
fn agents_are_told_whatever_customers_used_up() {
    let story = Story::new(|setup| {
        let rules = setup.dir().join("rules");
        std::fs::create_dir_all(&rules).unwrap();
        let rule = "[[rule]]\nid = \"tell\"\nwhen = { all = [] }\nthen = { notify = [\"Anna\"] }\n";
        std::fs::write(rules.join("10.toml"), rule).unwrap();
        setup.set("rules", "directory", "\"rules\"").set(
            "limits",
            "automatic_per_desk_per_hour",
            "1",
        )
    });
    story.tell_all(&mails("ivan@shop.example", 0..8));
    assert_eq!(story.written("acknowledgement").len(), 1);
    assert_eq!(story.written("notification").len(), 8);
}

#[test]
fn forged_and_spam_senders_get_a_ticket_and_no_acknowledgement() {
    let story = Story::new(|setup| setup.set("trust", "authserv_ids", "[\"mx.example.com\"]"));
    let with = |from: &str, header: &str| {
        plain(from, DESK, "Hello", &[header], "Hello, where is my order?")
    };
    let failed =
        "Authentication-Results: mx.example.com; spf=fail; dmarc=fail header.from=a.example";
    let not_ours = "Authentication-Results: mx.evil.example; dmarc=fail";
    let passed = "Authentication-Results: mx.example.com; dmarc=pass";
    story.tell(&with("forged@a.example", failed));
    story.tell(&with("spam@b.example", "X-Spam-Flag: YES"));
    story.tell(&with("believed@c.example", not_ours));
    story.tell(&with("fine@d.example", passed));
    assert_eq!(
        story.written("acknowledgement"),
        ["believed@c.example", "fine@d.example"]
    );
    assert_eq!(story.desk.tickets().len(), 4);
    let failed = "the sender failed DMARC: the mail is not from the domain that it names";
    assert_eq!(story.events(1, "not_acknowledged"), [failed]);
    assert_eq!(
        story.events(2, "not_acknowledged"),
        ["the mail is marked as spam"]
    );
}

#[test]
fn the_text_of_an_acknowledgement_repeats_nothing_of_the_mail() {
    let story = Story::new(|setup| setup);
    let mail = plain(
        "Victim <victim@shop.example>",
        DESK,
        "The subject",
        &["Message-ID: <m@shop.example>"],
        "Cheap pills at https://evil.example/pills now!",
    );
    story.tell(&mail);
    let sent = story.sent("victim@shop.example", 1);
    assert_eq!(sent.subject(), "Re: [#1] The subject");
    let parsed = mailparse::parse_mail(&sent.data).unwrap();
    for part in &parsed.subparts {
        let body = part.get_body().unwrap();
        assert!(
            !body.contains("pills") && !body.contains("The subject"),
            "{body}"
        );
    }
}
