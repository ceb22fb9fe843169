//! A desk with rules of its own: what a rule says is done.

use std::{fs, path::Path};

use crate::{
    harness::{Desk, DeskSetup, mail::plain},
    story::{DESK, SOON, Story, shown::shown, text},
};

const RULES: &str = r#"
[[rule]]
id = "hand-over"
when = { field = "subject", contains = "contract" }
then = { assign = "Petro", group = "sales", priority = "urgent", category = "contracts", tags = ["legal", "vip"], notify = ["sales", "boss@partner.example"] }

[[rule]]
id = "untag"
when = { field = "subject", contains = "contract" }
then = { untags = ["vip"] }

[[rule]]
id = "price-list"
when = { field = "subject", contains = "price list" }
then = { reply = "price-list", status = "pending" }

[[rule]]
id = "quiet"
when = { field = "subject", contains = "silence" }
then = { no_acknowledge = true }

[[rule]]
id = "advertising"
when = { field = "subject", contains = "advertising" }
then = { ignore = true }

[[rule]]
id = "dangerous"
when = { field = "attachment.name", ends_with = ".exe" }
then = { quarantine = true }

[[rule]]
id = "monitoring"
when = { all = [ { field = "from", equals = "alarm@monitor.example" }, { field = "kind", equals = "auto_reply" } ] }
then = { status = "open", priority = "urgent" }

[[rule]]
id = "turns"
when = { field = "subject", contains = "turn" }
then = { assign = "round_robin", group = "support" }

[[rule]]
id = "thanks"
on = "reply"
when = { field = "reply", contains = "thanks" }
then = { status = "closed", tags = ["thanked"] }

[[rule]]
id = "price-again"
on = "reply"
when = { field = "reply", contains = "price list" }
then = { reply = "price-list" }

[[rule]]
id = "escalate"
on = "reply"
when = { field = "reply", contains = "lawyer" }
then = { priority = "urgent", group = "sales", assign = "Petro", notify = ["Petro"] }
"#;

fn with_rules(setup: DeskSetup) -> DeskSetup {
    let dir = setup.dir().to_owned();
    let write = |path: &str, text: &str| {
        let path: &Path = &dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("rules/10-own.toml", RULES);
    write(
        "templates/ru/replies/price-list.txt",
        "Здравствуйте! Прайс: https://example.com/price (#{{ ticket }}, {{ subject }}).\n{{ desk.name }}\n",
    );
    write(
        "templates/en/replies/price-list.txt",
        "Hello! The list is on our site.\n",
    );
    setup
        .set("rules", "directory", "\"rules\"")
        .set("templates", "directory", "\"templates\"")
        .agent("Petro", "petro@example.com", &[("groups", "[\"sales\"]")])
        .agent(
            "Olha",
            "olha@example.com",
            &[("groups", "[\"support\", \"sales\"]")],
        )
        .agent("Ira", "ira@example.com", &[("groups", "[\"support\"]")])
}

fn mail(subject: &str, body: &str) -> Vec<u8> {
    let id = subject.replace(' ', "-");
    let id = format!("Message-ID: <{id}@shop.example>");
    plain("Ivan <ivan@shop.example>", DESK, subject, &[&id], body)
}

#[test]
fn a_rule_hands_a_ticket_over_and_tells_the_team() {
    let story = Story::new(with_rules);
    assert!(story.desk.cli_output(&["check"], "").status.success());
    story.tell(&mail("A contract", "Hello, please send the contract."));
    let ticket = story.desk.ticket(1);
    for (key, value) in [
        ("assignee", "petro@example.com"),
        ("group", "sales"),
        ("priority", "urgent"),
        ("category", "contracts"),
        ("status", "open"),
    ] {
        assert_eq!(ticket[key], value, "{key}");
    }
    assert_eq!(ticket["tags"], serde_json::json!(["legal"]));
    let mut told = story.written("notification");
    told.sort();
    assert_eq!(
        told,
        [
            "boss@partner.example",
            "olha@example.com",
            "petro@example.com"
        ]
    );
    assert_eq!(story.written("acknowledgement"), ["ivan@shop.example"]);
    let notification = story.sent("petro@example.com", 1);
    assert!(
        notification.text().contains("please send the contract"),
        "{}",
        notification.text()
    );
    assert_eq!(notification.header("Auto-Submitted"), "auto-generated");
    let matched = story.desk.ticket(1)["events"].clone();
    let actors: Vec<String> = matched
        .as_array()
        .unwrap()
        .iter()
        .map(|e| text(&e["actor"]))
        .collect();
    assert!(actors.contains(&"rule:hand-over".to_owned()), "{actors:?}");
    let told = &story.events(1, "matched")[0];
    assert!(
        told.contains("so: priority urgent; category contracts"),
        "{told}"
    );
    assert!(
        told.contains(".toml:") && told.contains(", version "),
        "{told}"
    );
}

#[test]
fn a_rule_answers_with_its_template_in_the_customers_language() {
    let story = Story::new(with_rules);
    story.tell(&mail(
        "The price list",
        "Здравствуйте! Пришлите, пожалуйста, свежий прайс.",
    ));
    assert_eq!(story.desk.ticket(1)["status"], "pending");
    assert_eq!(story.written("auto"), ["ivan@shop.example"]);
    assert!(
        story.written("acknowledgement").is_empty(),
        "one answer is enough"
    );
    let sent = story.sent("ivan@shop.example", 1);
    assert_eq!(sent.sender, "");
    let whole = shown(&sent.data);
    assert!(whole.contains("Auto-Submitted: auto-replied"), "{whole}");
    assert!(
        whole.contains(
            "\nЗдравствуйте! Прайс: https://example.com/price (#1, The price list).\nAcme Support\n"
        ),
        "{whole}"
    );
}

#[test]
fn rules_silence_ignore_and_put_aside() {
    let story = Story::new(with_rules);
    story.tell(&mail(
        "Silence please",
        "Hello, this is only for the record.",
    ));
    assert_eq!(
        story.events(1, "not_acknowledged"),
        ["a rule says no_acknowledge"]
    );
    let filed = story.tell(&mail("Advertising", "Hello, buy our things."));
    assert_eq!(
        (filed.disposition.as_str(), filed.reason.as_str()),
        ("ignore", "rule_ignores")
    );
    let attached = "From: ivan@shop.example\r\nTo: support@example.com\r\nSubject: file\r\n\
        Message-ID: <exe@shop.example>\r\nMIME-Version: 1.0\r\n\
        Content-Type: application/octet-stream\r\n\
        Content-Disposition: attachment; filename=\"invoice.exe\"\r\n\r\nMZ\r\n";
    let filed = story.tell(attached.as_bytes());
    assert_eq!(
        (filed.disposition.as_str(), filed.reason.as_str()),
        ("quarantine", "rule_quarantines")
    );
    assert_eq!(story.desk.tickets().len(), 1);
    assert!(story.outbox().is_empty());

    let list = story.desk.cli(&["quarantine", "list", "--json"]);
    let id = list[0]["id"].to_string();
    story.desk.cli_text(&["quarantine", "release", &id], "");
    let tickets = story.desk.wait_tickets(2, SOON);
    assert_eq!(tickets[1]["subject"], "file");
}

#[test]
fn a_rule_lets_a_monitoring_system_open_tickets() {
    let story = Story::new(with_rules);
    let alarm = |from: &str| {
        plain(
            from,
            DESK,
            "Disk full",
            &["Auto-Submitted: auto-generated"],
            "The disk is full.",
        )
    };
    assert_eq!(
        story.tell(&alarm("other@monitor.example")).disposition,
        "ignore"
    );
    let filed = story.tell(&alarm("alarm@monitor.example"));
    assert_eq!(
        (filed.disposition.as_str(), filed.reason.as_str()),
        ("open_ticket", "rule_opens")
    );
    assert_eq!(story.desk.ticket(1)["priority"], "urgent");
    assert!(
        story.outbox().is_empty(),
        "but it is a machine all the same"
    );
}

#[test]
fn tickets_go_round_the_team() {
    let story = Story::new(with_rules);
    for number in 0..4 {
        story.tell(&mail(&format!("My turn {number}"), "Hello, it is my turn."));
    }
    let tickets = story.desk.tickets();
    let mut assignees: Vec<String> = tickets.iter().map(|t| text(&t["assignee"])).collect();
    assert_eq!(assignees[0], assignees[2]);
    assert_eq!(assignees[1], assignees[3]);
    assignees.sort();
    assignees.dedup();
    assert_eq!(
        assignees,
        ["ira@example.com", "olha@example.com"],
        "nobody of another team"
    );
}

#[test]
fn rules_for_replies_act_on_replies_alone() {
    let story = Story::new(with_rules);
    story.tell(&mail(
        "A question",
        "Hello, thanks in advance. Or I call my lawyer.",
    ));
    let ticket = story.desk.ticket(1);
    assert_eq!(
        (&ticket["status"], &ticket["priority"]),
        (&"open".into(), &"normal".into())
    );
    story.answer(1, "Here it is.", &[]);
    story.tell(&mail("Re: [#1] A question", "My lawyer will hear of it."));
    let ticket = story.desk.ticket(1);
    for (key, value) in [
        ("status", "open"),
        ("priority", "urgent"),
        ("group", "sales"),
        ("assignee", "petro@example.com"),
    ] {
        assert_eq!(ticket[key], value, "{key}");
    }
    assert_eq!(story.written("notification"), ["petro@example.com"]);
    story.tell(&plain(
        "Ivan <ivan@shop.example>",
        DESK,
        "Re: [#1] A question",
        &["Message-ID: <price@shop.example>"],
        "And where is the price list?",
    ));
    assert_eq!(story.written("auto"), ["ivan@shop.example"]);
    let sent = story.sent("ivan@shop.example", 3);
    assert_eq!(sent.header("In-Reply-To"), "<price@shop.example>");
    assert!(sent.text().contains("on our site"));
    story.answer(1, "We are sorry.", &["--close"]);
    story.tell(&plain(
        "Ivan <ivan@shop.example>",
        DESK,
        "Re: [#1] A question",
        &["Message-ID: <bye@shop.example>"],
        "Fine, thanks!",
    ));
    let ticket = story.desk.ticket(1);
    assert_eq!(ticket["status"], "closed", "a thank-you needs no answer");
    assert_eq!(ticket["tags"], serde_json::json!(["thanked"]));
}

#[test]
fn what_a_rule_names_must_be_there() {
    let desk = Desk::setup()
        .maildir("support", Path::new("Maildir"), &[])
        .outgoing_directory(Path::new("outgoing"))
        .agent("Anna", "anna@example.com", &[])
        .set("rules", "directory", "\"rules\"");
    fs::create_dir(desk.dir().join("rules")).unwrap();
    let rule = |id: &str, then: &str| {
        format!("[[rule]]\nid = \"{id}\"\nwhen = {{ contains = \"word\" }}\nthen = {{ {then} }}\n")
    };
    let rules = [
        rule("one", "reply = \"nowhere\""),
        rule("two", "assign = \"Nobody\""),
        rule("three", "notify = [\"ghosts\", \"boss@partner.example\"]"),
        rule("four", "assign = \"anna\", notify = [\"ANNA@example.com\"]"),
    ];
    fs::write(desk.dir().join("rules/own.toml"), rules.concat()).unwrap();
    let desk = desk.write();
    for command in ["check", "run"] {
        let output = desk.cli_output(&[command], "");
        assert!(!output.status.success(), "{command}");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        for words in [
            "own.toml:1",
            "nowhere",
            "own.toml:5",
            "Nobody",
            "own.toml:9",
            "ghosts",
        ] {
            assert!(said.contains(words), "{command}: {words} in {said}");
        }
        assert!(!said.contains("four"), "{said}");
    }
}

#[test]
fn a_tagged_customer_and_a_tagged_domain_come_first() {
    let story = Story::new(|setup| {
        let rules = setup.dir().join("rules");
        fs::create_dir(&rules).unwrap();
        let vip = r#"[[rule]]
id = "vip"
when = { field = "customer.tags", equals = "vip" }
then = { priority = "urgent" }
[[test]]
text = "Hello"
customer_tags = ["vip"]
expect = { rule = "vip", priority = "urgent" }
"#;
        fs::write(rules.join("vip.toml"), vip).unwrap();
        setup.set("rules", "directory", "\"rules\"")
    });
    let tag = |arguments: &[&str]| {
        let arguments = [&["customer", "tag"], arguments].concat();
        story.desk.cli_text(&arguments, "")
    };
    let said = tag(&["Olga@Shop.example", "+vip,+wholesale"]);
    assert_eq!(said, "Olga@Shop.example has vip, wholesale\n");
    tag(&["@partner.example", "vip"]);
    let from = |who: &str| {
        story.tell(&plain(who, DESK, "A question", &[], &format!("I am {who}")));
        let number = story.desk.tickets().len() as i64;
        story.desk.ticket(number)["priority"].clone()
    };
    assert_eq!(from("olga@shop.example"), "urgent");
    assert_eq!(from("petro@shop.example"), "normal");
    assert_eq!(from("petro@PARTNER.example"), "urgent");
    tag(&["olga@shop.example", "-vip"]);
    assert_eq!(from("Olga <olga@shop.example>"), "normal");

    let shown = story
        .desk
        .cli(&["customer", "show", "petro@partner.example", "--json"]);
    let tags = serde_json::json!([{ "tag": "vip", "of": "@partner.example" }]);
    assert_eq!(shown["tags"], tags);
    assert_eq!(shown["tickets"][0]["number"], 3);
    let output = story
        .desk
        .cli_output(&["customer", "tag", "nobody", "+vip"], "");
    assert_eq!(output.status.code(), Some(2));
}
