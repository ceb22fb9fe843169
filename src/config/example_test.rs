//! Holds `config.example.toml` equal to the code.

use std::{collections::BTreeSet, fs, path::Path};

use toml::de::{DeTable, DeValue};

use super::{Agent, Config, Role, context::Context, read};
use crate::{address::Address, toml_reader};

const EXAMPLE: &str = include_str!("../../config.example.toml");

/// The example with every key at its default written out.
fn uncommented() -> String {
    EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(key) if !key.is_empty() && !key.starts_with(' ') => key,
            _ => line,
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn parse(text: &str) -> Config {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("imap-password"), "geheim\n").unwrap();
    let parsed = Config::parse("config.example.toml", text, directory.path(), &|_| None);
    parsed.unwrap_or_else(|faults| panic!("{}", toml_reader::FaultList(&faults)))
}

#[test]
fn the_example_as_it_stands_means_the_same_with_every_default_written_out() {
    let as_is = parse(EXAMPLE);
    let mut written_out = parse(&uncommented());
    assert_eq!(as_is.agents, []);
    let anna = Address::new("Anna", "anna@example.com");
    assert_eq!(
        std::mem::take(&mut written_out.agents),
        [Agent {
            name: "Anna".into(),
            address: anna,
            groups: vec![],
            role: Role::Agent,
            notify: true
        }]
    );
    assert_eq!(as_is.survey.exceptions, []);
    let exceptions = std::mem::take(&mut written_out.survey.exceptions);
    assert_eq!(exceptions.len(), 1);
    // the block says what holds anyway
    let zone = || as_is.desk.timezone.clone();
    let policy = as_is.survey.policy("support", "import", zone());
    written_out.survey.exceptions = exceptions;
    let special = written_out.survey.policy("support", "import", zone());
    assert_eq!(format!("{policy:?}"), format!("{special:?}"));
    written_out.survey.exceptions.clear();
    assert_eq!(format!("{as_is:#?}"), format!("{written_out:#?}"));
}

#[test]
fn the_example_shows_every_key_that_the_code_knows() {
    let text = uncommented();
    let context = Context {
        base_dir: Path::new("/nonexistent"),
        env: &|_| None,
    };
    let (_, _, mut known) = toml_reader::read_asking("config.example.toml", &text, |root| {
        read(root, "", &context)
    });
    // the other source and the other transports have keys of their own
    for source in ["maildir", "imap"] {
        for transport in ["smtp", "sendmail", "directory"] {
            let text = format!(
                "[[mailbox]]\nsource = {source:?}\n[smtp]\ntransport = {transport:?}\n[[agent]]\n"
            );
            let (_, _, more) = toml_reader::read_asking("", &text, |root| read(root, "", &context));
            known.extend(more);
        }
    }
    let mut shown = BTreeSet::new();
    collect(&DeTable::parse(&text).unwrap().into_inner(), "", &mut shown);
    assert!(shown.len() > 60, "{} keys", shown.len());
    assert_eq!(shown, known);
}

fn collect(table: &DeTable<'_>, path: &str, keys: &mut BTreeSet<String>) {
    for (key, value) in table {
        let path = format!("{path}{}", key.get_ref());
        let below = format!("{path}.");
        match value.get_ref() {
            DeValue::Table(table) => collect(table, &below, keys),
            DeValue::Array(items) => {
                for item in items.iter().filter_map(|item| item.get_ref().as_table()) {
                    collect(item, &below, keys);
                }
            }
            _ => {}
        }
        keys.insert(path);
    }
}

#[test]
fn each_key_of_the_example_stands_under_a_comment() {
    let lines: Vec<&str> = EXAMPLE.lines().collect();
    for (number, pair) in lines.windows(2).enumerate() {
        let is_key = pair[1]
            .trim_start_matches('#')
            .starts_with(char::is_alphabetic);
        assert!(
            !is_key || !pair[0].is_empty(),
            "line {}: {}",
            number + 2,
            pair[1]
        );
    }
}
