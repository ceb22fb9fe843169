//! What the author of a rule file is told of what is wrong with it.

use super::*;

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
