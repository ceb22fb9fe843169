//! Rules that never act, and branches of `any` that never hold.

use super::{
    super::{
        condition::{Condition, Test, What},
        fields::Field,
        rules::{Event, Rule, Ruleset},
    },
    first_line, of_condition, of_rule, of_test, only,
    reason::{Literal, literals},
};
use crate::toml_reader::Fault;

/// What can never be, once a rule or a branch.
pub fn check(rules: &Ruleset, rule: &Rule) -> Vec<Fault> {
    if rule.on.is_empty() {
        let problem = "names no event, so the rule never acts: write on = \"message\", \"reply\", \
                       \"rating\" or several of them";
        return vec![of_rule(rule, ".on", problem)];
    }
    let mut found = Vec::new();
    search(
        (rules, rule, "the rule never acts"),
        &[],
        &rule.when,
        &mut found,
    );
    found
}

/// The rule in question, and what becomes of it.
type About<'r> = (&'r Ruleset, &'r Rule, &'r str);

/// Looks at what a condition asks for together with what is asked for around it.
fn search(about: About<'_>, around: &[Literal<'_>], condition: &Condition, found: &mut Vec<Fault>) {
    let own = literals(condition, true);
    let without = |literal: &Literal<'_>| -> Vec<Literal<'_>> {
        let all = around.iter().chain(&own);
        let others = all.filter(|other| !std::ptr::eq(other.condition, literal.condition));
        others.copied().collect()
    };
    let impossible = |literal: &Literal<'_>| {
        without_ticket(about, *literal).or_else(|| contradicted(about, *literal, &without(literal)))
    };
    // of two that exclude each other the later one is shown
    if let Some(fault) = own.iter().rev().find_map(impossible) {
        found.push(fault);
        return;
    }
    let (rules, rule, _) = about;
    for literal in &own {
        if let (Condition::Any(branches), true) = (literal.condition, literal.holds) {
            let around = without(literal);
            for branch in branches {
                search((rules, rule, "this never holds"), &around, branch, found);
            }
        }
    }
}

fn contradicted(
    (rules, rule, what): About<'_>,
    literal: Literal<'_>,
    others: &[Literal<'_>],
) -> Option<Fault> {
    if !rules.follows(others, literal.condition, !literal.holds) {
        return None;
    }
    let opposite = Literal {
        holds: !literal.holds,
        ..literal
    };
    let shown = literal.shown();
    let other = others.iter().find(|other| rules.implies(**other, opposite));
    let problem = match other {
        None => format!(
            "\"{shown}\" cannot hold beside the other conditions, so {what}: remove what is too \
             much"
        ),
        Some(other) => format!(
            "\"{shown}\" cannot hold together with \"{}\" (line {}), so {what}: {}",
            other.shown(),
            first_line(other.condition).unwrap_or(rule.line),
            remedy(rules, *other, literal)
        ),
    };
    Some(of_condition(rule, literal.condition, problem))
}

fn remedy(rules: &Ruleset, a: Literal<'_>, b: Literal<'_>) -> String {
    let (Condition::Test(a), Condition::Test(b), true) =
        (a.condition, b.condition, a.holds && b.holds)
    else {
        return "remove one of them".to_owned();
    };
    let name = rules.fields.get(a.field).map(Field::name);
    let name = name.unwrap_or_default();
    match (&a.what, &b.what) {
        (What::Above(above), What::Below(below)) | (What::Below(below), What::Above(above)) => {
            format!(
                "for either of them write any = [{{ field = \"{name}\", above = {above} }}, \
                 {{ field = \"{name}\", below = {below} }}]"
            )
        }
        (What::Equals(_), What::Equals(_)) => {
            format!(
                "for one of several write {{ field = \"{name}\", equals = [\"...\", \"...\"] }}"
            )
        }
        _ => "remove one of them".to_owned(),
    }
}

/// A look at the ticket where there is none, or at the absence of what is always there.
fn without_ticket((rules, rule, what): About<'_>, literal: Literal<'_>) -> Option<Fault> {
    let Condition::Test(test) = literal.condition else {
        return None;
    };
    let field = rules.fields.get(test.field)?;
    let name = field.name();
    if only(rule, Event::Message) && field.is_of_ticket() && needs_ticket(test, literal.holds) {
        let problem = format!(
            "a mail that opens a ticket has no {name} yet, so {what}: write on = \"reply\", or \
             remove the condition"
        );
        return Some(of_test(rule, test, problem));
    }
    // a ticket always has these two
    let is_of_every_ticket = matches!(name.as_str(), "ticket.status" | "ticket.priority");
    let (holder, remedy) = if only(rule, Event::Reply) && is_of_every_ticket {
        ("a mail that joins a ticket", "write on = \"message\", or ")
    } else if only(rule, Event::Rating) && (is_of_every_ticket || name == "score") {
        ("a rating", "")
    } else {
        return None;
    };
    let is_absent = matches!(test.what, What::Exists(flag) if flag != literal.holds);
    is_absent.then(|| {
        let problem =
            format!("{holder} always has a {name}, so {what}: {remedy}remove the condition");
        of_test(rule, test, problem)
    })
}

fn needs_ticket(test: &Test, holds: bool) -> bool {
    match test.what {
        What::Exists(flag) => flag == holds,
        What::Predicts(_) => false,
        _ => holds,
    }
}
