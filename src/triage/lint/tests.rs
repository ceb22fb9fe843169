//! What is warned of, to the letter, and what is not.

use std::sync::{Arc, LazyLock};

use super::{
    super::{hints::Hints, pack::builtin_hints},
    *,
};

/// Read once: it takes longer than all else here.
static HINTS: LazyLock<Arc<Hints>> = LazyLock::new(|| builtin_hints().unwrap());

pub(super) fn load(text: &str) -> Ruleset {
    let files = [("r.toml".to_owned(), text.to_owned())];
    let rules = Ruleset::load_with(&files, Arc::clone(&HINTS));
    rules.unwrap_or_else(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{}", faults.join("\n"))
    })
}

fn lints(text: &str) -> Vec<String> {
    load(text).lints().iter().map(ToString::to_string).collect()
}

/// The warnings of one rule with a condition, without the place that is the same for all.
fn of_when(head: &str, when: &str) -> Vec<String> {
    let text =
        format!("[[rule]]\nid = \"r\"\n{head}\nwhen = {{ {when} }}\nthen = {{ tags = [\"t\"] }}");
    lints(&text)
        .iter()
        .map(|line| {
            line.strip_prefix("r.toml:4: r.when")
                .unwrap_or(line)
                .to_owned()
        })
        .collect()
}

#[test]
fn the_shipped_pack_has_no_warning() {
    let lints = Ruleset::builtin().unwrap().lints();
    let shown: Vec<String> = lints.iter().map(ToString::to_string).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}

#[test]
fn each_warning_names_its_place_and_what_to_write() {
    let text = r#"[terms]
used = ["икс", "@inner"]
inner = ["игрек"]
unused = ["зет", "@inner"]

[[rule]]
id = "night"
when = { all = [
  { field = "hour", above = 20 },
  { contains = "@used" },
  { field = "hour", below = 6 },
] }
then = { priority = "high" }

[[rule]]
id = "team"
when = { field = "mailbox", equals = "sales", all = [{ field = "mailbox", equals = "support" }] }
then = { group = "sales" }

[[rule]]
id = "closed"
when = { field = "ticket.status", equals = "closed" }
then = { priority = "low" }

[[rule]]
id = "nothing"
when = { contains = "ноль" }
then = {}

[[rule]]
id = "last"
when = { all = [] }
then = { tags = ["seen"] }
stop = true

[[rule]]
id = "after"
when = { contains = "@used" }
then = { priority = "urgent" }
"#;
    let expected = r#"
r.toml:4: terms.unused: no rule uses it: write "@unused" in a condition, or remove it
r.toml:11: night.when.below = 6: "hour below 6" cannot hold together with "hour above 20" (line 9), so the rule never acts: for either of them write any = [{ field = "hour", above = 20 }, { field = "hour", below = 6 }]
r.toml:17: team.when.equals = "support": "mailbox equals "support"" cannot hold together with "mailbox equals "sales"" (line 17), so the rule never acts: for one of several write { field = "mailbox", equals = ["...", "..."] }
r.toml:22: closed.when.equals = "closed": a mail that opens a ticket has no ticket.status yet, so the rule never acts: write on = "reply", or remove the condition
r.toml:25: nothing.then: does nothing: write for example then = { priority = "high" }, or stop = true, or remove the rule
r.toml:36: after: never runs: rule "last" (r.toml:30) matches whatever this one does, and stops; put this one before it, or take its stop away
"#;
    assert_eq!(lints(text).join("\n"), expected.trim());
}

#[test]
fn what_excludes_each_other_is_found_at_any_depth() {
    for (head, when, said) in [
        // numbers are whole
        (
            "",
            r#"field = "hour", above = 8, below = 9"#,
            ".below = 9: ",
        ),
        ("", r#"field = "hour", above = 8, equals = 8"#, "never acts"),
        // a condition and its negation, a part of it, or what it leads to
        (
            "",
            r#"contains = "икс", not = { contains = "икс" }"#,
            ".contains",
        ),
        (
            "",
            r#"contains = "икс", not = { contains = ["икс", "игрек"] }"#,
            "never acts",
        ),
        (
            "",
            r#"near = ["икс", "игрек"], not = { contains = "икс" }"#,
            "never acts",
        ),
        (
            "",
            r#"matches = 'a+', not = { any = [{ contains = "b" }, { matches = 'a+' }] }"#,
            "never acts",
        ),
        (
            "",
            r#"contains = ["a", "b"], not = { not = { not = { contains = ["b", "a"] } } }"#,
            "never acts",
        ),
        (
            "",
            r#"predicts = "failure", above = 0.6, not = { predicts = "failure" }"#,
            "never acts",
        ),
        (
            "",
            r#"field = "cc", exists = false, all = [{ field = "cc", contains = "a" }]"#,
            "never acts",
        ),
        (
            "",
            r#"field = "size", exists = true, not = { field = "size", exists = true }"#,
            "never acts",
        ),
        ("", "not = { all = [] }", "beside the other conditions"),
        (
            "",
            r#"all = [{ contains = "a" }, { contains = "b" }, { not = { all = [{ contains = "a" }, { contains = "b" }] } }]"#,
            "never acts",
        ),
        // a branch that the conditions around it rule out
        (
            "",
            r#"field = "mailbox", equals = "a", any = [{ contains = "x" }, { field = "mailbox", equals = "b" }]"#,
            "so this never holds",
        ),
        (
            "",
            r#"any = [{ contains = "x" }, { field = "mailbox", equals = "b", not = { field = "mailbox", equals = "b" } }]"#,
            "so this never holds",
        ),
        // no ticket, or always one
        (
            "",
            r#"field = "ticket.tags", contains = "vip""#,
            r#"has no ticket.tags yet"#,
        ),
        (
            "",
            r#"not = { field = "ticket.status", exists = false }"#,
            "never acts",
        ),
        (
            r#"on = "reply""#,
            r#"field = "ticket.status", exists = false"#,
            "always has a ticket.status",
        ),
        (
            r#"on = "rating""#,
            r#"field = "ticket.status", exists = false"#,
            "a rating always has a ticket.status",
        ),
        (
            r#"on = "rating""#,
            r#"not = { field = "score", exists = true }"#,
            "a rating always has a score",
        ),
        (
            r#"on = "rating""#,
            r#"field = "score", above = 2, below = 3"#,
            "never acts",
        ),
        ("on = []", r#"contains = "x""#, "r.on: names no event"),
    ] {
        let found = of_when(head, when);
        assert_eq!(found.len(), 1, "{when}: {found:?}");
        assert!(found[0].contains(said), "{when}: {}", found[0]);
    }
}

#[test]
fn a_condition_that_holds_of_nothing_or_everything_is_told() {
    for (when, said) in [
        (
            r#"not = { field = "score", above = 3 }"#,
            r#".above = 3: only a rating has a score, so it is always as good as empty: write on = "rating", or remove the condition"#,
        ),
        (
            r#"contains = ["!икс", "!игрек"]"#,
            r#".contains = ["!икс", "!игрек"]: only exceptions (!) are left of a list, so it never holds: add what is to be found, or write not = { contains = ... } without the !"#,
        ),
        (
            r#"field = "mailbox", equals = []"#,
            ".equals: names no value, so it never holds: write at least one",
        ),
        (
            "matches = '(?i)(сбой)?'",
            ".matches = \"(?i)(сбой)?\": the pattern fits every text, also the empty one: ask for at least one letter, with + instead of *, say; exists = true asks whether there is anything",
        ),
        (
            r#"starts_with = ["re:", " "]"#,
            r#".starts_with = ["re:", " "]: every text begins and ends with the empty one: write what it should be; exists = true asks whether there is anything"#,
        ),
        (
            r#"field = "kind", equals = "auto-reply""#,
            r#".equals = "auto-reply": kind is never "auto-reply": it can be "customer", "agent", "auto_reply", "bounce", "feedback_report", "list", "loop", "own": did you mean "auto_reply"?"#,
        ),
        (
            r#"field = "spam", equals = true"#,
            r#".equals = true: spam is never "true": it can be "yes""#,
        ),
        (
            r#"field = "language", equals = """#,
            r#".equals = "": language is never "": it can be "en", "ru", "uk"; exists = false asks whether nothing is there"#,
        ),
        (
            r#"field = "hour", equals = 24"#,
            ".equals = 24: hour is a whole number from 0 to 23: write one of them",
        ),
        (
            r#"field = "weekday", above = 7"#,
            ".above = 7: weekday is a whole number from 1 to 7: write one of them",
        ),
        (
            r#"any = [{ not = { contains = "a" } }, { not = { contains = "b" } }]"#,
            ": any of negations holds unless all of them fail at once, so nearly always: for none of them write not = { any = [...] }, for not all of them not = { all = [...] }",
        ),
    ] {
        assert_eq!(of_when("", when), [said], "{when}");
    }
}

#[test]
fn what_a_rating_has_not_is_told() {
    let on = r#"on = "rating""#;
    for (when, said) in [
        (
            r#"field = "header.X-Spam", exists = true"#,
            ".exists = true: a rating has no header.X-Spam, so it is always as good as empty: remove the condition",
        ),
        (
            r#"field = "attachment.name", contains = "x""#,
            r#".contains = "x": a rating has no attachment.name, so it is always as good as empty: remove the condition"#,
        ),
        (
            r#"field = "score", above = 5"#,
            ".above = 5: score is a whole number from 1 to 5: write one of them",
        ),
    ] {
        assert_eq!(of_when(on, when), [said], "{when}");
    }
    let rule = |on: &str| {
        format!(
            "[[rule]]\nid = \"r\"\non = {on}\nwhen = {{ all = [] }}\nthen = {{ tags = [\"t\"], \
             no_acknowledge = true, ignore = false, quarantine = true }}"
        )
    };
    let said = |key: &str| {
        format!(
            "r.toml:1: r.then.{key}: does nothing: a rating is recorded, and none is acknowledged, \
             whatever a rule says; remove it"
        )
    };
    let actions = ["no_acknowledge", "ignore", "quarantine"].map(said);
    assert_eq!(lints(&rule("\"rating\"")), actions);
    let both = "[\"message\", \"rating\"]";
    assert!(lints(&rule(both)).is_empty());
    for field in [
        "score",
        "comment",
        "subject",
        "ticket.status",
        "from_domain",
    ] {
        let when = format!("field = {field:?}, exists = true");
        let found = of_when(&format!("on = {both}"), &when);
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn what_can_be_meant_is_not_warned_of() {
    let (both, rating) = (r#"on = ["message", "reply"]"#, r#"on = "rating""#);
    for (head, when) in [
        ("", r#"field = "hour", above = 8, below = 10"#),
        (
            "",
            r#"any = [{ field = "hour", above = 20 }, { field = "hour", below = 6 }]"#,
        ),
        // one of several values fits the one, another the other
        ("", r#"field = "attachment.size", above = 9, below = 3"#),
        (
            "",
            r#"field = "to", equals = "a@b.example", all = [{ field = "to", equals = "c@b.example" }]"#,
        ),
        ("", r#"field = "header.X-Spam-Score", above = 9, below = 3"#),
        (
            "",
            r#"field = "mailbox", equals = ["a", "b"], all = [{ field = "mailbox", equals = ["b", "c"] }]"#,
        ),
        (
            "",
            r#"contains = ["икс", "игрек"], not = { contains = "икс" }"#,
        ),
        // an exception that the other has not
        (
            "",
            r#"contains = "икс", not = { contains = ["икс", "!икс большой"] }"#,
        ),
        (
            "",
            r#"field = "subject", contains = "икс", not = { contains = "икс", field = "reply" }"#,
        ),
        (
            "",
            r#"any = [{ contains = "a" }, { not = { contains = "a" } }]"#,
        ),
        (
            "",
            r#"not = { all = [{ contains = "a" }, { contains = "b" }] }"#,
        ),
        (
            "",
            r#"any = [{ field = "cc", exists = false }, { field = "to", exists = false }]"#,
        ),
        (
            "",
            r#"not = { field = "ticket.status", equals = "closed" }"#,
        ),
        ("", r#"field = "ticket.status", exists = false"#),
        (
            r#"on = "reply""#,
            r#"field = "ticket.category", exists = false"#,
        ),
        (both, r#"field = "ticket.status", equals = "closed""#),
        (both, r#"field = "ticket.status", exists = false"#),
        (rating, r#"field = "score", below = 3"#),
        (rating, r#"field = "comment", exists = true"#),
        (rating, r#"field = "from_domain", equals = "big.example""#),
        ("", r"matches = '^\s*$'"),
        ("", r"matches = '^[^?]{0,250}$'"),
        ("", r"matches = '(?s)^.{0,500}$'"),
        ("", r"matches = '^\D*$'"),
        ("", r#"field = "spam", equals = "yes""#),
        ("", r#"field = "hour", equals = [0, "23"]"#),
        ("", r#"contains = "икс", near = ["икс", "игрек"]"#),
    ] {
        let found = of_when(head, when);
        assert!(found.is_empty(), "{when}: {found:?}");
    }
}

/// The warnings of two rules, or more, each given as what stands between its id and its end.
fn of_rules(rules: &[&str]) -> Vec<String> {
    let rule = |(number, text): (usize, &&str)| format!("[[rule]]\nid = \"r{number}\"\n{text}\n");
    lints(&rules.iter().enumerate().map(rule).collect::<String>())
}

#[test]
fn a_rule_that_an_earlier_one_always_stops_is_found() {
    let late = r#"then = { priority = "low" }"#;
    let stop = "then = { ignore = true }\nstop = true";
    for (first, second) in [
        ("all = []", r#"contains = "a""#),
        (r#"contains = "a""#, r#"contains = "a""#),
        (
            r#"contains = ["b", "a"]"#,
            r#"contains = "a", field = "new_text""#,
        ),
        (
            r#"contains = "a""#,
            r#"contains = "a", field = "new_text", not = { contains = "b" }"#,
        ),
        (r#"contains = "a""#, r#"near = ["b", "a"]"#),
        (
            r#"near = ["b", "a"], within = 9"#,
            r#"near = ["b", "a"], in_order = true"#,
        ),
        (
            r#"any = [{ contains = "a" }, { contains = "b" }]"#,
            r#"contains = "b""#,
        ),
        (
            r#"any = [{ contains = "a" }, { contains = "b" }, { contains = "c" }]"#,
            r#"any = [{ contains = "b" }, { contains = "a" }]"#,
        ),
        (
            r#"not = { contains = "a" }"#,
            r#"not = { contains = ["a", "b"] }"#,
        ),
        (
            r#"field = "size", above = 5"#,
            r#"field = "size", above = 6"#,
        ),
        (
            r#"field = "size", exists = true"#,
            r#"field = "size", below = 6"#,
        ),
        (
            r#"field = "from", ends_with = "example""#,
            r#"field = "from", ends_with = [".example"]"#,
        ),
        (r#"predicts = "spam""#, r#"predicts = "spam", above = 0.7"#),
    ] {
        let first = format!("when = {{ {first} }}\n{stop}");
        let second = format!("when = {{ {second} }}\n{late}");
        let found = of_rules(&[&first, &second]);
        assert_eq!(found.len(), 1, "{first} {second}: {found:?}");
        assert!(
            found[0].contains("r1: never runs: rule \"r0\" (r.toml:1)"),
            "{}",
            found[0]
        );
        // without the stop, or for another event, both run
        assert!(of_rules(&[&first.replace("\nstop = true", ""), &second]).is_empty());
        assert!(
            of_rules(&[&first, &format!("on = [\"message\", \"reply\"]\n{second}")]).is_empty()
        );
    }
    for (first, second) in [
        (r#"contains = "a""#, r#"contains = ["a", "b"]"#),
        (r#"contains = ["a", "!a b"]"#, r#"contains = "a""#),
        (r#"contains = "a", field = "subject""#, r#"contains = "a""#),
        (
            r#"contains = "a", not = { contains = "b" }"#,
            r#"contains = "a""#,
        ),
        (
            r#"near = ["b", "a"], in_order = true"#,
            r#"near = ["b", "a"]"#,
        ),
        (
            r#"any = [{ contains = "b" }, { contains = "a" }]"#,
            r#"any = [{ contains = "a" }, { contains = "c" }]"#,
        ),
        (
            r#"field = "size", above = 6"#,
            r#"field = "size", above = 5"#,
        ),
        (r#"matches = 'a'"#, r#"matches = 'aa'"#),
    ] {
        let first = format!("when = {{ {first} }}\n{stop}");
        let second = format!("when = {{ {second} }}\n{late}");
        let found = of_rules(&[&first, &second]);
        assert!(found.is_empty(), "{first} {second}: {found:?}");
    }
}

#[test]
fn a_rule_that_repeats_an_earlier_one_is_found() {
    let wide = "when = { contains = \"a\" }\nthen = { priority = \"high\", tags = [\"t\"] }";
    let narrow = "when = { contains = \"a\", not = { contains = \"b\" } }\n\
                  then = { tags = [\"t\"], priority = \"high\" }";
    let other = "when = { contains = \"c\" }\nthen = { category = \"c\" }";
    for rules in [[wide, other, wide], [wide, other, narrow]] {
        let found = of_rules(&rules);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("r2: changes nothing: rule \"r0\" (r.toml:1) matches whatever"),
            "{}",
            found[0]
        );
    }
    // the wider one comes second, or something between them is taken back, or it stops
    let undone = "when = { contains = \"c\" }\nthen = { untags = [\"t\"] }";
    let stops = format!("{wide}\nstop = true");
    for rules in [
        [narrow, other, wide],
        [wide, undone, wide],
        [wide, other, &stops],
    ] {
        assert!(of_rules(&rules).is_empty(), "{rules:?}");
    }
}
