//! What rules may say and hardly mean: never acting, always holding, changing nothing.
//!
//! None of it is a fault, and a mail is judged as the rules say. Only what is plain is told: a
//! warning that is wrong now and then is soon read by nobody.

#[cfg(test)]
mod law;
mod look;
mod never;
mod order;
mod reason;
#[cfg(test)]
mod tests;

use super::{
    condition::{Condition, Test},
    rules::{Actions, Event, Rule, Ruleset},
};
use crate::toml_reader::Fault;

impl Ruleset {
    /// What is allowed and hardly meant, with its place and what to write instead: by files and
    /// lines.
    pub fn lints(&self) -> Vec<Fault> {
        let mut found = Vec::new();
        for (index, rule) in self.rules.iter().enumerate() {
            found.extend(without_effect(rule));
            found.extend(of_mail_alone(rule));
            found.extend(never::check(self, rule));
            found.extend(look::check(self, rule));
            let before = self.rules.get(..index).unwrap_or_default();
            found.extend(order::check(self, rule, before));
        }
        found.extend(unused_terms(self));
        found.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        found
    }
}

fn without_effect(rule: &Rule) -> Option<Fault> {
    let is_idle = rule.then == Actions::default() && !rule.stop;
    is_idle.then(|| {
        let problem = "does nothing: write for example then = { priority = \"high\" }, or \
                       stop = true, or remove the rule";
        of_rule(rule, ".then", problem)
    })
}

/// What can be done with a mail and not with a rating, which is recorded whatever a rule says.
fn of_mail_alone(rule: &Rule) -> Vec<Fault> {
    if rule.on.is_empty() || !only(rule, Event::Rating) {
        return Vec::new();
    }
    let then = &rule.then;
    let actions = [
        ("no_acknowledge", then.no_acknowledge),
        ("ignore", then.ignore),
        ("quarantine", then.quarantine),
    ];
    let said = actions.into_iter().filter(|(_, flag)| flag.is_some());
    said.map(|(key, _)| {
        let problem = "does nothing: a rating is recorded, and none is acknowledged, whatever a \
                       rule says; remove it";
        of_rule(rule, &format!(".then.{key}"), problem)
    })
    .collect()
}

fn only(rule: &Rule, event: Event) -> bool {
    rule.on.iter().all(|on| *on == event)
}

fn unused_terms(rules: &Ruleset) -> impl Iterator<Item = Fault> {
    rules.unused.iter().map(|term| Fault {
        file: term.file.clone(),
        line: term.line,
        key: format!("terms.{}", term.name),
        value: String::new(),
        problem: format!(
            "no rule uses it: write \"@{}\" in a condition, or remove it",
            term.name
        ),
    })
}

/// Something about a rule as a whole, or about one of its keys (`.on`).
fn of_rule(rule: &Rule, key: &str, problem: impl Into<String>) -> Fault {
    Fault {
        file: rule.file.clone(),
        line: rule.line,
        key: format!("{}{key}", rule.id),
        value: String::new(),
        problem: problem.into(),
    }
}

/// Something about a look at a field.
fn of_test(rule: &Rule, test: &Test, problem: impl Into<String>) -> Fault {
    let key = test.what.key();
    let value = test.shown.split_once(&format!("{key} "));
    Fault {
        file: rule.file.clone(),
        line: test.line,
        key: format!("{}.when.{key}", rule.id),
        value: value.map_or("", |(_, value)| value).to_owned(),
        problem: problem.into(),
    }
}

/// Something about a condition, at the first line in it that looks at a field.
fn of_condition(rule: &Rule, condition: &Condition, problem: impl Into<String>) -> Fault {
    match condition {
        Condition::Test(test) => of_test(rule, test, problem),
        _ => Fault {
            line: first_line(condition).unwrap_or(rule.line),
            ..of_rule(rule, ".when", problem)
        },
    }
}

fn first_line(condition: &Condition) -> Option<usize> {
    match condition {
        Condition::Test(test) => Some(test.line),
        Condition::Not(inner) => first_line(inner),
        Condition::All(inner) | Condition::Any(inner) => inner.iter().find_map(first_line),
    }
}
