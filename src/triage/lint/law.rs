//! A law: a rule that is said never to act acts on no mail. Conditions made at random, over few
//! words, against all mails that tell them apart.

use std::cell::Cell;

use proptest::{
    prelude::*,
    test_runner::{Config, TestRng, TestRunner},
};

use super::{
    super::{Event, Facts, rules::Ruleset},
    tests::load,
};
use crate::message::{Kind, Message};

/// A table of conditions over few words, mailboxes and hours, so that they often meet.
fn conditions() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        r#"contains = "apple""#,
        r#"contains = "berry""#,
        r#"contains = ["apple", "berry"]"#,
        r#"contains = ["apple", "!apple berry"]"#,
        r#"near = ["apple", "berry"], within = 2"#,
        r#"near = ["apple", "berry"], within = 9"#,
        r#"near = ["apple", "berry"], within = 9, in_order = true"#,
        r#"matches = "apple""#,
        r#"field = "reply", starts_with = "apple""#,
        r#"field = "reply", starts_with = "apple b""#,
        r#"field = "reply", ends_with = ["berry", "apple"]"#,
        r#"field = "reply", equals = """#,
        r#"field = "reply", exists = true"#,
        r#"field = "reply", exists = false"#,
        r#"field = "mailbox", equals = "x""#,
        r#"field = "mailbox", equals = ["x", "y"]"#,
        r#"field = "hour", above = 1"#,
        r#"field = "hour", below = 2"#,
        r#"field = "hour", above = 2, below = 4"#,
        r#"field = "hour", equals = [1, 4]"#,
        r#"field = "ticket.status", exists = false"#,
        "all = []",
    ]);
    leaf.prop_map(str::to_owned)
        .prop_recursive(4, 12, 3, |inner| {
            let some = prop::collection::vec(inner.clone(), 1..4);
            let joined = |parts: &[String]| {
                parts
                    .iter()
                    .map(|part| format!("{{ {part} }}, "))
                    .collect::<String>()
            };
            prop_oneof![
                some.clone()
                    .prop_map(move |parts| format!("all = [{}]", joined(&parts))),
                some.prop_map(move |parts| format!("any = [{}]", joined(&parts))),
                inner.prop_map(|part| format!("not = {{ {part} }}")),
            ]
        })
}

/// Whether a rule acts on any mail of many.
fn ever_acts(rules: &Ruleset, id: &str) -> bool {
    let texts = [
        "",
        "apple",
        "berry",
        "plum",
        "apple berry",
        "berry apple",
        "apple one two three berry",
        "berry and apple berry, then apple",
    ];
    texts.iter().any(|text| {
        let message = Message {
            reply: (*text).to_owned(),
            ..Message::default()
        };
        (0..6)
            .flat_map(|hour| ["x", "y", "z"].map(|mailbox| (hour, mailbox)))
            .any(|(hour, mailbox)| {
                let facts = Facts {
                    hour,
                    weekday: 1,
                    ..Facts::of_mail(&message, Kind::Customer, mailbox)
                };
                let triage = rules.evaluate(&facts, Event::Message);
                triage.matched.iter().any(|matched| matched.rule == id)
            })
    })
}

#[test]
fn a_rule_that_is_said_never_to_act_never_acts() {
    let (never, behind) = (Cell::new(0), Cell::new(0));
    let config = Config::with_cases(2000);
    let seed = TestRng::deterministic_rng(config.rng_algorithm);
    let law = |(first, second): (String, String)| {
        let second =
            format!("[[rule]]\nid = \"r\"\nwhen = {{ {second} }}\nthen = {{ tags = [\"t\"] }}\n");
        let first = format!("[[rule]]\nid = \"s\"\nwhen = {{ {first} }}\nstop = true\n");
        let says = |rules: &Ruleset, key: &str, words: &str| {
            let mut lints = rules.lints().into_iter();
            lints.any(|lint| lint.key.starts_with(key) && lint.problem.contains(words))
        };
        let alone = load(&second);
        if says(&alone, "r.when", "so the rule never acts") {
            never.set(never.get() + 1);
            prop_assert!(!ever_acts(&alone, "r"), "{second}");
        }
        let both = load(&format!("{first}{second}"));
        if says(&both, "r", "never runs") {
            behind.set(behind.get() + 1);
            prop_assert!(!ever_acts(&both, "r"), "{first}{second}");
        }
        Ok(())
    };
    let mut runner = TestRunner::new_with_rng(config, seed);
    let run = runner.run(&(conditions(), conditions()), law);
    assert!(run.is_ok(), "{}", run.unwrap_err());
    assert!(
        never.get() > 50 && behind.get() > 50,
        "{never:?} {behind:?}"
    );
}
