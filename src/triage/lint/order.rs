//! Rules that an earlier one leaves nothing to do.

use super::{
    super::rules::{Actions, Rule, Ruleset},
    of_rule,
    reason::literals,
};
use crate::toml_reader::Fault;

/// What the rules before it make of a rule.
pub fn check(rules: &Ruleset, rule: &Rule, before: &[Rule]) -> Option<Fault> {
    let known = literals(&rule.when, true);
    let is_wider = |earlier: &Rule| {
        rule.on.iter().all(|event| earlier.on.contains(event))
            && rules.follows(&known, &earlier.when, true)
    };
    if rule.on.is_empty() {
        return None;
    }
    let stopper = before
        .iter()
        .find(|earlier| earlier.stop && is_wider(earlier));
    if let Some(earlier) = stopper {
        let problem = format!(
            "never runs: {} matches whatever this one does, and stops; put this one before it, or \
             take its stop away",
            name(earlier)
        );
        return Some(of_rule(rule, "", problem));
    }
    let is_idle = rule.stop || rule.then == Actions::default();
    let twin = before.iter().enumerate().find(|(index, earlier)| {
        let between = before.get(index + 1..).unwrap_or_default();
        let is_undone = |other: &Rule| {
            let shares_event = other.on.iter().any(|event| rule.on.contains(event));
            shares_event && meet(&other.then, &rule.then)
        };
        !is_idle && earlier.then == rule.then && is_wider(earlier) && !between.iter().any(is_undone)
    });
    twin.map(|(_, earlier)| {
        let problem = format!(
            "changes nothing: {} matches whatever this one does, and sets the same; remove one of \
             them",
            name(earlier)
        );
        of_rule(rule, "", problem)
    })
}

fn name(rule: &Rule) -> String {
    format!("rule \"{}\" ({}:{})", rule.id, rule.file, rule.line)
}

/// Whether both set the same thing, and so the later one may take back what the earlier one did.
fn meet(a: &Actions, b: &Actions) -> bool {
    let set = |actions: &Actions| {
        [
            actions.priority.is_some(),
            actions.category.is_some(),
            !actions.tags.is_empty() || !actions.untags.is_empty(),
            actions.group.is_some(),
            actions.assign.is_some(),
            actions.status.is_some(),
            actions.reply.is_some(),
            actions.no_acknowledge.is_some(),
            actions.ignore.is_some(),
            actions.quarantine.is_some(),
        ]
    };
    set(a).into_iter().zip(set(b)).any(|(a, b)| a && b)
}
