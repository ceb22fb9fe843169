//! Single conditions that hold of everything or of nothing.

use super::{
    super::{
        condition::{Condition, Test, Wanted, What},
        fields::Field,
        patterns::{PatternId, Patterns},
        rules::{Event, Rule, Ruleset},
    },
    of_condition, of_test, only,
    reason::{literals, number},
};
use crate::toml_reader::{Fault, hint};

/// What each condition of a rule says of itself.
pub fn check(rules: &Ruleset, rule: &Rule) -> Vec<Fault> {
    let mut found = Vec::new();
    walk(rules, rule, &rule.when, true, &mut found);
    found
}

fn walk(rules: &Ruleset, rule: &Rule, condition: &Condition, holds: bool, found: &mut Vec<Fault>) {
    match condition {
        Condition::Not(inner) => walk(rules, rule, inner, !holds, found),
        Condition::Test(test) => {
            let field = rules.fields.get(test.field);
            let problem = field.and_then(|field| problem(rules, rule, field, test));
            found.extend(problem.map(|problem| of_test(rule, test, problem)));
        }
        Condition::All(parts) | Condition::Any(parts) => {
            if matches!(condition, Condition::Any(_)) && holds && are_negations(parts) {
                let problem = "any of negations holds unless all of them fail at once, so nearly \
                               always: for none of them write not = { any = [...] }, for not all \
                               of them not = { all = [...] }";
                found.push(of_condition(rule, condition, problem));
            }
            for part in parts {
                walk(rules, rule, part, holds, found);
            }
        }
    }
}

fn are_negations(branches: &[Condition]) -> bool {
    let is_negation = |branch: &Condition| {
        let literals = literals(branch, true);
        !literals.is_empty() && literals.iter().all(|literal| !literal.holds)
    };
    branches.len() > 1 && branches.iter().all(is_negation)
}

fn problem(rules: &Ruleset, rule: &Rule, field: &Field, test: &Test) -> Option<String> {
    unfilled(rule, field)
        .or_else(|| finds_nothing(rules, &test.what))
        .or_else(|| finds_everything(rules, &test.what))
        .or_else(|| unknown_word(field, &test.what))
        .or_else(|| out_of_range(field, &test.what))
}

/// A field that nothing fills of the kind that the rule runs on.
fn unfilled(rule: &Rule, field: &Field) -> Option<String> {
    let name = field.name();
    let (why, remedy) = if !field.is_of_mail() && !rule.on.contains(&Event::Rating) {
        (
            format!("only a rating has a {name}"),
            "write on = \"rating\", or ",
        )
    } else if !field.is_of_rating() && only(rule, Event::Rating) {
        (format!("a rating has no {name}"), "")
    } else {
        return None;
    };
    Some(format!(
        "{why}, so it is always as good as empty: {remedy}remove the condition"
    ))
}

fn finds_nothing(rules: &Ruleset, what: &What) -> Option<String> {
    let is_void = match what {
        What::Contains(list) => rules.phrases.is_void(*list),
        What::Near { lists, .. } => lists.iter().any(|(list, _)| rules.phrases.is_void(*list)),
        What::Equals(wanted) => {
            let problem = "names no value, so it never holds: write at least one";
            return wanted.is_empty().then(|| problem.to_owned());
        }
        What::StartsWith(texts) | What::EndsWith(texts) => {
            let problem = "names no text, so it never holds: write at least one";
            return texts.is_empty().then(|| problem.to_owned());
        }
        _ => false,
    };
    is_void.then(|| {
        "only exceptions (!) are left of a list, so it never holds: add what is to be found, or \
         write not = { contains = ... } without the !"
            .to_owned()
    })
}

fn finds_everything(rules: &Ruleset, what: &What) -> Option<String> {
    match what {
        What::Matches(patterns) if patterns.iter().any(|id| fits_all(&rules.patterns, *id)) => Some(
            "the pattern fits every text, also the empty one: ask for at least one letter, with + \
             instead of *, say; exists = true asks whether there is anything"
                .to_owned(),
        ),
        What::StartsWith(texts) | What::EndsWith(texts) if texts.iter().any(String::is_empty) => {
            Some(
                "every text begins and ends with the empty one: write what it should be; \
                 exists = true asks whether there is anything"
                    .to_owned(),
            )
        }
        _ => None,
    }
}

/// Whether a pattern says nothing: it fits no text, a short one, and a long one with all sorts of
/// signs. One that only limits the length, or forbids a sign, does not.
fn fits_all(patterns: &Patterns, id: PatternId) -> bool {
    if !patterns.fits_nothing(id) {
        return false;
    }
    let ascii: String = (' '..='~').collect();
    let long = format!("{ascii} Это всё, і ще щось.\r\n\n{ascii}\n").repeat(100);
    let fits = |text| patterns.regex(id).is_some_and(|regex| regex.is_match(text));
    ["x", "1", long.as_str()].into_iter().all(fits)
}

fn unknown_word(field: &Field, what: &What) -> Option<String> {
    let (words, What::Equals(wanted)) = (field.words()?, what) else {
        return None;
    };
    let shown = |wanted: &Wanted| match wanted {
        Wanted::Text(text) => text.clone(),
        Wanted::Number(number) => number.to_string(),
    };
    let unknown = wanted
        .iter()
        .map(shown)
        .find(|word| !words.contains(&word.as_str()))?;
    let hint = match unknown.is_empty() {
        true => "; exists = false asks whether nothing is there".to_owned(),
        false => hint(&unknown, &words),
    };
    let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    Some(format!(
        "{} is never \"{unknown}\": it can be {}{hint}",
        field.name(),
        words.join(", ")
    ))
}

fn out_of_range(field: &Field, what: &What) -> Option<String> {
    let (low, high) = field.range()?;
    let is_there = |number: f64| number.fract() == 0.0 && (low..=high).contains(&number);
    let is_out = match what {
        What::Above(bound) => *bound >= high,
        What::Below(bound) => *bound <= low,
        What::Equals(wanted) => !wanted.iter().all(|w| number(w).is_some_and(is_there)),
        _ => false,
    };
    let upwards = match high.is_finite() {
        true => format!("to {high}"),
        false => "upwards".to_owned(),
    };
    is_out.then(|| {
        format!(
            "{} is a whole number from {low} {upwards}: write one of them",
            field.name()
        )
    })
}
