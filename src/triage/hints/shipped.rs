//! The examples of the shipped pack, embedded: what a desk learns of itself is added to them.

use super::Example;
use crate::{
    ticket::Priority,
    toml_reader::{self, Table},
};

/// The files of examples in the order in which they are learned: name and text.
const FILES: &[(&str, &str)] = &[
    (
        "catalogue.jsonl",
        include_str!("../../../rules/examples/catalogue.jsonl"),
    ),
    (
        "categories.jsonl",
        include_str!("../../../rules/examples/categories.jsonl"),
    ),
    (
        "english.jsonl",
        include_str!("../../../rules/examples/english.jsonl"),
    ),
    (
        "english_ukrainian.jsonl",
        include_str!("../../../rules/examples/english_ukrainian.jsonl"),
    ),
    (
        "everyday.jsonl",
        include_str!("../../../rules/examples/everyday.jsonl"),
    ),
    (
        "first.jsonl",
        include_str!("../../../rules/examples/first.jsonl"),
    ),
    (
        "inbound.jsonl",
        include_str!("../../../rules/examples/inbound.jsonl"),
    ),
    (
        "near_misses.jsonl",
        include_str!("../../../rules/examples/near_misses.jsonl"),
    ),
    (
        "off_topic.jsonl",
        include_str!("../../../rules/examples/off_topic.jsonl"),
    ),
    (
        "outbound.jsonl",
        include_str!("../../../rules/examples/outbound.jsonl"),
    ),
    (
        "people.jsonl",
        include_str!("../../../rules/examples/people.jsonl"),
    ),
    (
        "persons.jsonl",
        include_str!("../../../rules/examples/persons.jsonl"),
    ),
    (
        "plain_english.jsonl",
        include_str!("../../../rules/examples/plain_english.jsonl"),
    ),
    (
        "plain_words.jsonl",
        include_str!("../../../rules/examples/plain_words.jsonl"),
    ),
    (
        "questions.jsonl",
        include_str!("../../../rules/examples/questions.jsonl"),
    ),
    (
        "russian.jsonl",
        include_str!("../../../rules/examples/russian.jsonl"),
    ),
    (
        "second_language.jsonl",
        include_str!("../../../rules/examples/second_language.jsonl"),
    ),
    (
        "short.jsonl",
        include_str!("../../../rules/examples/short.jsonl"),
    ),
    (
        "stories.jsonl",
        include_str!("../../../rules/examples/stories.jsonl"),
    ),
    (
        "symptoms.jsonl",
        include_str!("../../../rules/examples/symptoms.jsonl"),
    ),
    (
        "thanks.jsonl",
        include_str!("../../../rules/examples/thanks.jsonl"),
    ),
    (
        "twins.jsonl",
        include_str!("../../../rules/examples/twins.jsonl"),
    ),
    (
        "weekdays.jsonl",
        include_str!("../../../rules/examples/weekdays.jsonl"),
    ),
];

/// The shipped examples.
///
/// # Errors
/// Never in a build whose tests passed: the file and line that is no example.
pub fn shipped() -> Result<Vec<Example>, String> {
    let mut examples = Vec::new();
    for (name, text) in FILES {
        examples.extend(read(name, text)?);
    }
    Ok(examples)
}

/// Examples of a file: JSON Lines with `subject`, `text`, `about` and `category`.
///
/// # Errors
/// The file and line that is no example.
pub fn read(name: &str, text: &str) -> Result<Vec<Example>, String> {
    let lines = text
        .lines()
        .zip(1..)
        .filter(|(line, _)| !line.trim().is_empty());
    lines
        .map(|(line, number)| {
            serde_json::from_str(line).map_err(|error| {
                format!(
                    "{name}:{number}: no example: {error}: write {{\"subject\": \"\", \"text\": \
                     \"...\", \"about\": \"failure\", \"category\": \"import\"}}"
                )
            })
        })
        .collect()
}

/// What the tests of rule files say of their texts. A test of new mail that expects a priority is
/// an example; faults are left to the reading of the rules.
pub fn of_tests(file: &str, text: &str) -> Vec<Example> {
    let mut examples = Vec::new();
    let _ = toml_reader::read(file, text, |root| {
        let found = root.tables("test", |test| of_test(test));
        examples.extend(found.into_iter().flatten());
    });
    examples
}

fn of_test(test: &Table<'_, '_>) -> Option<Example> {
    if test.string("on", "message") != "message" {
        return None;
    }
    let expected = test.table("expect", |expect| {
        let priority = expect.optional_choice("priority", &Priority::WORDS)?;
        Some((priority, expect.string("category", "")))
    });
    let (priority, category) = expected.flatten()?;
    let is_failure = priority == Priority::High;
    if is_failure && category.is_empty() {
        return None;
    }
    Some(Example {
        subject: test.string("subject", ""),
        text: test.string("text", ""),
        about: if is_failure { "failure" } else { "" }.to_owned(),
        category: if is_failure { category } else { String::new() },
    })
}
