//! The rule language from a file to a decision, and the shipped pack.

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
fn every_fault_has_its_line_and_a_remedy() {
    let text = r#"[terms]
bad = ["a b c d e f g h i", "за*"]
[[rule]]
id = "one"
on = "mesage"
when = { contain = "x" }
then = { priority = "hihg", webhook = "http://x" }
[[rule]]
id = "one"
when = { all = [{ contains = "@dab" }, { predicts = "imprt", above = 2 }, {}] }
then = { tags = ["x"] }
[[rule]]
id = "two"
when = { contains = "x", field = "sise" }
[[rule]]
id = "three"
when = { any = [{ contains = "x", field = "size" }, { above = 3, field = "subject" }, { near = ["x"] }] }
then = { ignore = "yes" }
[[rule]]
id = "four"
when = { matches = '(' , within = 3 }
then = { assing = "anna" }
[[rule]]
id = "five"
when = { matches = '(\w{500}){500}' }
then = { ignore = true }
[[test]]
text = "x"
expect = { rule = "thre" }
[[rule]]
id = "six"
then = { ignore = true }
[terms2]
"#;
    let expected = r#"
r.toml:2: terms.bad = "a b c d e f g h i": is longer than 8 words: use near for words further apart
r.toml:2: terms.bad = "за*": needs at least 3 letters before the *
r.toml:5: rule[0].on = "mesage": must be "message", "reply" or "rating": did you mean "message"?
r.toml:6: rule[0].when.contain = "x": unknown key: did you mean "contains"?
r.toml:7: rule[0].then.priority = "hihg": must be one of "low", "normal", "high", "urgent": did you mean "high"?
r.toml:7: rule[0].then.webhook = "http://x": not available yet: remove it
r.toml:9: rule[1].id = "one": already the id of the rule at r.toml:3
r.toml:10: rule[1].when.all: says nothing: add contains, near, matches, equals, starts_with, ends_with, exists, above, below, predicts, all, any or not
r.toml:10: rule[1].when.all[0].contains = "@dab": unknown term "@dab": did you mean "@bad"?
r.toml:10: rule[1].when.all[1].predicts = "imprt": nothing was learned of "imprt": did you mean "import"?
r.toml:10: rule[1].when.all[1].above = 2: is a probability here: from 0 to below 1
r.toml:12: rule[2].then: is required: write for example then = { priority = "high" }
r.toml:14: rule[2].when.field = "sise": unknown field: did you mean "size"?
r.toml:17: rule[3].when.any[0].contains = "x": looks at words, but size is a number: use above, below or equals
r.toml:17: rule[3].when.any[1].above = 3: looks at numbers, but subject holds words: use contains or equals
r.toml:17: rule[3].when.any[2].near: needs two or more lists: near = ["@import", "@failure"]
r.toml:18: rule[3].then.ignore = "yes": must be true or false, found a string
r.toml:21: rule[4].when.within = 3: belongs to near, which is not there
r.toml:21: rule[4].when.matches = "(": is not a pattern that can be used: unclosed group
r.toml:22: rule[4].then.assing = "anna": unknown key: did you mean "assign"?
r.toml:25: rule[5].when.matches = "(\\w{500}){500}": is too large a pattern: use fewer or smaller repetitions
r.toml:29: test[0].expect.rule = "thre": there is no rule "thre": did you mean "three"?
r.toml:30: rule[6].when: is required: for a rule that always acts write when = { all = [] }
r.toml:33: terms2: unknown key: did you mean "terms"?; known: "terms", "rule", "test"
"#;
    assert_eq!(shown(&load(text).unwrap_err()), expected.trim());
}

#[test]
fn names_are_shared_by_all_files_and_taken_once() {
    let a = "[terms]\nx = [\"икс\"]\n[[rule]]\nid = \"r\"\nwhen = { contains = \"@y\" }\nthen = { ignore = true }\n";
    let b = "[terms]\ny = [\"@x\", \"игрек\"]\n";
    let files = |second: &str| {
        [("a.toml", a), ("b.toml", second)].map(|(name, text)| (name.to_owned(), text.to_owned()))
    };
    let rules = Ruleset::load(&files(b)).unwrap();
    let message = mail("", "иксы");
    assert!(
        rules
            .evaluate(&facts(&message, None), Event::Message)
            .ignore
    );
    assert_eq!(
        shown(&Ruleset::load(&files(&a.replace("@y", "@x"))).unwrap_err()),
        "a.toml:5: rule[0].when.contains = \"@y\": unknown term \"@y\": did you mean \"@x\"?\n\
         b.toml:2: terms.x: already defined at a.toml:2\n\
         b.toml:4: rule[0].id = \"r\": already the id of the rule at a.toml:3"
    );
}

#[test]
fn a_failed_test_case_says_what_was_found() {
    let rules = rules(
        "[[rule]]\nid = \"r\"\nwhen = { contains = \"икс\" }\nthen = { priority = \"low\" }\n\
         [[test]]\ntext = \"икс\"\nexpect = { not_rule = \"r\", priority = \"high\", category = \"\" }\n",
    );
    let outcome = rules.run_tests().pop().unwrap();
    assert!(!outcome.passed);
    assert_eq!((outcome.file.as_str(), outcome.line), ("r.toml", 5));
    assert_eq!(outcome.expected, "not rule r, priority high, category none");
    assert_eq!(outcome.found, "rules r; priority low; category none");
}

#[test]
fn a_directory_that_cannot_be_read_is_a_fault() {
    let directory = tempfile::tempdir().unwrap();
    let fault = Ruleset::read_directory(directory.path())
        .unwrap_err()
        .remove(0);
    assert_eq!(fault.line, 0);
    assert!(
        fault
            .problem
            .starts_with("no rules: no *.toml file is there"),
        "{fault}"
    );
    let missing = directory.path().join("missing");
    let fault = Ruleset::read_directory(&missing).unwrap_err().remove(0);
    assert!(
        fault.problem.starts_with("cannot read rules from it"),
        "{fault}"
    );
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

#[test]
fn rules_for_ratings_see_score_and_comment() {
    let when = |when: &str| {
        rules(&format!(
            "[[rule]]\nid = \"r\"\non = \"rating\"\nwhen = {{ {when} }}\nthen = {{ tags = [\"t\"] }}"
        ))
    };
    let customer = Address::new("", "olga@big.example");
    let ticket = TicketFacts {
        status: Status::Closed,
        category: "import".to_owned(),
        tags: vec!["vip".to_owned()],
        ..TicketFacts::default()
    };
    let judge = |rules: &Ruleset, score: u8, comment: &str| {
        let comment = comment_as_mail(comment, &customer, Some(crate::language::Language::Ru));
        let facts = Facts::of_rating(score, &comment, "support", &ticket);
        !rules.evaluate(&facts, Event::Rating).matched.is_empty()
    };
    for (condition, score, comment, holds) in [
        (r#"field = "score", below = 3"#, 2, "", true),
        (r#"field = "score", below = 3"#, 3, "", false),
        (r#"field = "score", above = 4"#, 5, "", true),
        (r#"field = "score", equals = 1"#, 1, "", true),
        (r#"field = "score", equals = ["1", 2]"#, 3, "", false),
        (r#"field = "comment", exists = true"#, 1, "", false),
        (r#"field = "comment", exists = true"#, 1, "Плохо", true),
        (
            r#"field = "comment", contains = "грубость""#,
            1,
            "Столько грубости!",
            true,
        ),
        (r#"contains = "грубость""#, 1, "Столько грубости!", true),
        (
            r#"field = "comment", near = ["импорт", "снова"]"#,
            1,
            "Импорт упал снова",
            true,
        ),
        (
            r#"field = "comment", matches = '\d+ дн'"#,
            1,
            "Ждали 3 дня",
            true,
        ),
        (
            r#"field = "comment", predicts = "failure""#,
            1,
            "Импорт так и не работает, висит на 40 %",
            true,
        ),
        (r#"predicts = "failure""#, 1, "Спасибо за помощь", false),
        (r#"field = "ticket.status", equals = "closed""#, 1, "", true),
        (
            r#"field = "ticket.category", equals = "import""#,
            1,
            "",
            true,
        ),
        (r#"field = "ticket.tags", equals = "vip""#, 1, "", true),
        (
            r#"field = "from_domain", equals = "big.example""#,
            1,
            "",
            true,
        ),
        (r#"field = "language", equals = "ru""#, 1, "", true),
        (r#"field = "mailbox", equals = "support""#, 1, "", true),
        (r#"field = "subject", exists = true"#, 1, "Плохо", false),
        (r#"field = "size", below = 5"#, 1, "", false),
        (r#"field = "auth.dmarc", equals = "none""#, 1, "", false),
    ] {
        let rules = when(condition);
        assert_eq!(
            judge(&rules, score, comment),
            holds,
            "{condition} {score} {comment}"
        );
    }
    // a mail has neither
    let neither = when(r#"field = "score", below = 9"#);
    let mail = mail("", "1");
    assert!(
        neither
            .evaluate(&facts(&mail, Some(&ticket)), Event::Rating)
            .matched
            .is_empty()
    );
}

#[test]
fn a_rule_that_must_not_act_still_stops() {
    let rules = rules(
        "[[rule]]\nid = \"first\"\non = \"rating\"\nwhen = { all = [] }\nthen = { tags = [\"a\"] }\n\
         [[rule]]\nid = \"stops\"\non = \"rating\"\nwhen = { field = \"score\", below = 3 }\n\
         then = { tags = [\"b\"] }\nstop = true\n\
         [[rule]]\nid = \"last\"\non = \"rating\"\nwhen = { all = [] }\nthen = { tags = [\"c\"] }\n",
    );
    let ticket = TicketFacts::default();
    let comment = comment_as_mail("", &Address::default(), None);
    let tags = |score: u8| {
        let facts = Facts::of_rating(score, &comment, "", &ticket);
        let triage = rules.evaluate_where(&facts, Event::Rating, |id| id != "stops");
        triage.tags.join("")
    };
    assert_eq!((tags(1), tags(5)), ("a".to_owned(), "ac".to_owned()));
}

#[test]
fn a_test_of_ratings_needs_a_score_and_no_mail() {
    let text = "[[rule]]\nid = \"r\"\non = \"rating\"\nwhen = { field = \"score\", below = 3 }\n\
                then = { tags = [\"t\"] }\n\
                [[test]]\non = \"rating\"\ntext = \"x\"\nexpect = { rule = \"r\" }\n\
                [[test]]\nscore = 1\ncomment = \"y\"\nexpect = { rule = \"r\" }\n\
                [[test]]\non = \"rating\"\nscore = 6\nexpect = { rule = \"r\" }\n";
    let faults = shown(&load(text).unwrap_err());
    let expected = "\
r.toml:6: test[0].score: is required: write for example score = 1
r.toml:8: test[0].text = \"x\": a rating has none: write score and comment
r.toml:11: test[1].score = 1: only a rating has one: write on = \"rating\"
r.toml:12: test[1].comment = \"y\": only a rating has one: write on = \"rating\"
r.toml:16: test[2].score = 6: must be from 1 to 5";
    assert_eq!(faults, expected);
    let good = text.replace("text = \"x\"", "score = 3\ncomment = \"x\"");
    let good = good.replace("[[test]]\nscore = 1\ncomment", "[[test]]\ntext");
    let outcomes = rules(&good.replace("score = 6", "score = 2")).run_tests();
    let shown: Vec<(&str, bool)> = outcomes
        .iter()
        .map(|o| (o.text.as_str(), o.passed))
        .collect();
    assert_eq!(
        shown,
        [("score 3: x", false), ("y", false), ("score 2", true)]
    );
}

#[test]
fn what_the_desk_says_in_place_of_words_is_not_judged() {
    let rules = Ruleset::builtin().unwrap();
    for raw in [
        "From: a@shop.example\nSubject: \n\n",
        "From: a@shop.example\nSubject: price\n\n",
        "From: a@shop.example\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nMIA=",
        "From: a@shop.example\nContent-Type: application/vnd.ms-excel; name=price.xls\n\nx",
        "From: a@shop.example\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Import error\nDTSTART:20260504T100000Z\nEND:VEVENT\nEND:VCALENDAR",
    ] {
        let mail = crate::message::read(raw.as_bytes());
        assert!(!mail.notice.is_empty(), "{raw}");
        let triage = rules.evaluate(&facts(&mail, None), Event::Message);
        assert_eq!(triage.priority, None, "{raw}: {triage:?}");
    }
}
