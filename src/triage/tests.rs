//! The rule language from a file to a decision, and the shipped pack.

mod faults;
mod ratings;

use std::sync::LazyLock;

use super::*;
use crate::{
    address::Address,
    message::{Attachment, Kind, Message},
    ticket::TicketFacts,
    toml_reader::Fault,
};

fn load(text: &str) -> Result<Ruleset, Vec<Fault>> {
    Ruleset::load(&[("r.toml".to_owned(), text.to_owned())])
}

fn rules(text: &str) -> Ruleset {
    load(text).unwrap_or_else(|faults| panic!("{}", shown(&faults)))
}

fn shown(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn mail(subject: &str, reply: &str) -> Message {
    Message {
        subject: subject.to_owned(),
        reply: reply.to_owned(),
        text: format!("{reply}\n> quoted"),
        from: Address::new("Пётр", "Petr@Shop.Example"),
        headers: vec![("X-Spam-Score".to_owned(), "7.5".to_owned())],
        attachments: vec![Attachment {
            name: "Прайс.XLSX".to_owned(),
            media_type: "application/vnd.ms-excel".to_owned(),
            size: 5_000_000,
            inline: false,
            sha256: String::new(),
        }],
        size: 7_000_000,
        ..Message::default()
    }
}

static REGULAR: LazyLock<Past> = LazyLock::new(|| Past {
    tickets_30d: 4,
    open_tickets: 1,
    failures_7d: 2,
    tags: vec!["vip".to_owned()],
    ..Past::default()
});

fn facts<'a>(message: &'a Message, ticket: Option<&'a TicketFacts>) -> Facts<'a> {
    Facts {
        ticket,
        past: &REGULAR,
        hour: 23,
        weekday: 7,
        ..Facts::of_mail(message, Kind::Customer, "support")
    }
}

#[test]
fn shipped_rules_pass_their_own_tests() {
    let rules = Ruleset::builtin().unwrap_or_else(|faults| panic!("{}", shown(&faults)));
    let outcomes = rules.run_tests();
    let failed: Vec<String> = outcomes
        .iter()
        .filter(|o| !o.passed)
        .map(|o| {
            let (file, line, text) = (&o.file, o.line, &o.text);
            format!(
                "{file}:{line} {text}\n  want {}\n  got {}",
                o.expected, o.found
            )
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(outcomes.len() >= 100, "only {} tests ran", outcomes.len());
}

#[test]
fn the_pack_holds_every_file_of_its_directory() {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let read = Ruleset::read_directory(&directory).unwrap_or_else(|f| panic!("{}", shown(&f)));
    let ids = |rules: &Ruleset| -> Vec<String> { rules.rules().map(|rule| rule.id).collect() };
    assert_eq!(ids(&read), ids(&Ruleset::builtin().unwrap()));
}

#[test]
fn each_condition_looks_at_its_field() {
    let message = mail("Импорт", "Всё ЗАВИСЛО, артикул AB-12");
    for (when, expected) in [
        (r#"contains = "импортом""#, true),
        (r#"contains = "импорт", field = "reply""#, false),
        (r#"contains = "quoted", field = "text""#, true),
        (r#"contains = ["нет", "зависло"]"#, true),
        (r#"contains = "все зависло""#, true),
        (r#"near = ["импорт", "зависло"], within = 8"#, true),
        (r#"near = ["импорт", "зависло"], within = 2"#, false),
        (r#"near = ["зависло", "импорт"], in_order = true"#, false),
        (r#"matches = 'AB-\d+'"#, true),
        (r#"matches = 'ab-\d+'"#, false),
        (r#"matches = ['ab-\d+', 'артикул \w+-12']"#, true),
        (r#"matches = ['ab-\d+', 'артикул \w+-13']"#, false),
        (r#"matches = '[A-Z]{2}-\d'"#, true),
        (r#"equals = "импорт", field = "subject""#, true),
        (r#"equals = ["нет", "support"], field = "mailbox""#, true),
        (r#"equals = 7, field = "weekday""#, true),
        (r#"equals = "petr@shop.example", field = "from""#, true),
        (r#"equals = "shop.example", field = "from_domain""#, true),
        (r#"contains = "петр", field = "from""#, true),
        (r#"starts_with = "всё зав", field = "reply""#, true),
        (
            r#"ends_with = [".xls", ".xlsx"], field = "attachment.name""#,
            true,
        ),
        (r#"above = 22, field = "hour""#, true),
        (
            r#"above = 6, below = 7, field = "header.x-spam-score""#,
            false,
        ),
        (r#"above = 7, field = "header.x-spam-score""#, true),
        (r#"below = 1000, field = "attachment.size""#, false),
        (r#"above = 3, field = "customer.tickets_30d""#, true),
        (r#"equals = "customer", field = "kind""#, true),
        (r#"equals = "vip", field = "customer.tags""#, true),
        (r#"equals = ["old", "new"], field = "customer.tags""#, false),
        (r#"exists = true, field = "attachment.name""#, true),
        (r#"exists = false, field = "header.List-Id""#, true),
        (r#"exists = true, field = "ticket.status""#, false),
        (r#"equals = "fail", field = "auth.dmarc""#, false),
        (
            r#"not = { equals = true, field = "customer.has_avatar" }"#,
            true,
        ),
        (
            r#"any = [{ contains = "нет" }, { contains = "импорт" }]"#,
            true,
        ),
        (
            r#"all = [{ contains = "нет" }, { contains = "импорт" }]"#,
            false,
        ),
        (
            r#"contains = "импорт", not = { contains = "зависло" }"#,
            false,
        ),
        ("all = []", true),
    ] {
        let rules = rules(&format!(
            "[[rule]]\nid = \"r\"\nwhen = {{ {when} }}\nthen = {{ tags = [\"t\"] }}"
        ));
        let triage = rules.evaluate(&facts(&message, None), Event::Message);
        assert_eq!(!triage.matched.is_empty(), expected, "{when}");
    }
}

#[test]
fn the_subject_speaks_only_when_a_ticket_is_opened() {
    let rules = rules(
        "[[rule]]\nid = \"r\"\non = [\"message\", \"reply\"]\nwhen = { contains = \"импорт\" }\n\
         then = { priority = \"high\" }",
    );
    let message = mail("Импорт завис", "Спасибо");
    let ticket = TicketFacts::default();
    let opened = rules.evaluate(&facts(&message, None), Event::Message);
    assert_eq!(opened.priority, Some(Priority::High));
    let joined = rules.evaluate(&facts(&message, Some(&ticket)), Event::Reply);
    assert_eq!(joined, Triage::default());
}

#[test]
fn a_later_rule_overrides_until_one_stops() {
    let rules = rules(
        r#"
[[rule]]
id = "one"
when = { contains = "импорт" }
then = { priority = "high", category = "import", tags = ["a", "b"], no_acknowledge = true }
[[rule]]
id = "reply-only"
on = "reply"
when = { all = [] }
then = { priority = "low" }
[[rule]]
id = "two"
when = { contains = "vip" }
then = { priority = "urgent", tags = ["b", "c"], untags = ["a"], no_acknowledge = false, notify = "boss" }
stop = true
[[rule]]
id = "three"
when = { all = [] }
then = { priority = "normal" }
"#,
    );
    let message = mail("", "импорт для VIP");
    let triage = rules.evaluate(&facts(&message, None), Event::Message);
    assert_eq!(triage.priority, Some(Priority::Urgent));
    assert_eq!(triage.category.as_deref(), Some("import"));
    assert_eq!(
        (triage.tags, triage.untags),
        (vec!["b".into(), "c".into()], vec!["a".into()])
    );
    assert_eq!(triage.notify, ["boss"]);
    assert!(!triage.no_acknowledge);
    let ids: Vec<&str> = triage.matched.iter().map(|m| m.rule.as_str()).collect();
    assert_eq!(ids, ["one", "two"]);
    let last = rules
        .explain(&facts(&message, None), Event::Message)
        .pop()
        .unwrap();
    assert_eq!((last.rule.as_str(), last.matched), ("three", false));
    assert_eq!(last.missed, ["not reached: rule \"two\" stops"]);
}

#[test]
fn a_match_names_the_rule_its_file_and_its_version() {
    let text = "[[rule]]\nid = \"r\"\nwhen = { contains = \"импорт\" }\n\
                then = { priority = \"high\", tags = [\"a\", \"b\"] }\n\
                [[rule]]\nid = \"last\"\nwhen = { all = [] }\nstop = true\n";
    let told = |text: &str| -> Vec<String> {
        let file = ("/etc/rules/10-ours.toml".to_owned(), text.to_owned());
        let rules = Ruleset::load(&[file]).unwrap();
        let message = mail("", "Встал импорт");
        let triage = rules.evaluate(&facts(&message, None), Event::Message);
        assert_eq!(triage.matched[0].file, "/etc/rules/10-ours.toml");
        triage.matched.iter().map(Matched::told).collect()
    };
    assert_eq!(
        told(text),
        [
            "new_text: Встал импорт; so: priority high; tags a, b (10-ours.toml:1, version 984a22b762a1)",
            "(10-ours.toml:5, version 984a22b762a1)",
        ]
    );
    assert_ne!(told(text)[1], told(&text.replace("\"b\"", "\"c\""))[1]);
}

#[test]
fn explains_where_a_rule_matched_and_what_a_near_miss_lacked() {
    let rules = rules(
        r#"
[terms]
import = ["импорт"]
broken = ["ошибка", "!без ошибок"]
[[rule]]
id = "r"
when = { near = ["@import", "@broken"], within = 3, not = { contains = "спасибо" } }
then = { priority = "high" }
"#,
    );
    let explain = |text: &str| {
        let message = mail("", text);
        rules
            .explain(&facts(&message, None), Event::Message)
            .pop()
            .unwrap()
    };
    let hit = explain("Добрый день! Вчера\nпри импорте была ошибка 500 в файле, вот он");
    assert!(hit.matched && hit.missed.is_empty());
    assert_eq!(hit.because[0].field, "new_text");
    assert_eq!(
        hit.because[0].excerpt,
        "день! Вчера при импорте была ошибка 500 в файле"
    );
    for (text, missed) in [
        (
            "импорт прошёл без ошибок",
            r#"near ["@import", "@broken"] within 3: found "@import", but no "@broken""#,
        ),
        (
            "импорт шёл и шёл, а потом ошибка",
            r#"near ["@import", "@broken"] within 3: all there, but 6 words apart"#,
        ),
        (
            "ошибка импорта, спасибо",
            r#"not contains "спасибо": found "ошибка импорта, спасибо""#,
        ),
    ] {
        let miss = explain(text);
        assert!(!miss.matched);
        assert_eq!(miss.missed, [missed], "{text}");
    }
}

#[test]
fn a_rule_set_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Ruleset>();
}

#[test]
fn rules_ask_what_was_learned_and_have_the_last_word() {
    let text = r#"
[[rule]]
id = "hint"
when = { predicts = "failure", above = 0.5 }
then = { priority = "high" }
[[rule]]
id = "which"
when = { all = [
  { predicts = "failure", above = 0.5 },
  { predicts = "export", among = ["search", "pricing", "import", "export"] },
] }
then = { category = "export" }
[[rule]]
id = "ours"
when = { contains = "проверка связи" }
then = { priority = "low" }
"#;
    let rules = rules(text);
    let triage = |subject: &str, reply: &str| {
        let mail = mail(subject, reply);
        rules.evaluate(&facts(&mail, None), Event::Message)
    };
    let failure = triage(
        "Озон",
        "На Озоне остатки за прошлый вторник, фид вчера не ушёл.",
    );
    assert_eq!(failure.priority, Some(Priority::High));
    assert_eq!(failure.category.as_deref(), Some("export"));
    let because = &failure.matched[1].because;
    assert!(
        because
            .iter()
            .any(|because| because.field == "predicts export"),
        "{because:?}"
    );
    let thanks = triage("Озон", "Спасибо, теперь всё выгружается, вопрос закрыт!");
    assert_eq!(thanks.priority, None, "{thanks:?}");
    let overruled = triage(
        "Озон",
        "Проверка связи: на Озоне остатки за прошлый вторник, фид не ушёл.",
    );
    assert_eq!(overruled.priority, Some(Priority::Low));
    let mail = mail("Вопрос", "Как настроить фид для Озона?");
    let explained = rules.explain(&facts(&mail, None), Event::Message);
    let missed = explained[0].missed.join("; ");
    assert!(
        missed.contains("predicts \"failure\" above 0.5: it is 0."),
        "{missed}"
    );
}
