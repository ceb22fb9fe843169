//! The rule language from a file to a decision, and the shipped pack.

use super::*;

#[test]
fn shipped_rules_pass_their_own_tests() {
    let rules = Ruleset::builtin().unwrap_or_else(|faults| {
        let shown: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{}", shown.join("\n"))
    });
    let outcomes = rules.run_tests();
    let failed: Vec<String> = outcomes
        .iter()
        .filter(|o| !o.passed)
        .map(|o| {
            format!(
                "{}:{} {}\n  want {}\n  got {}",
                o.file, o.line, o.text, o.expected, o.found
            )
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(outcomes.len() >= 1, "only {} tests ran", outcomes.len());
}
