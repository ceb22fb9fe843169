//! What README and CONTRIBUTING say is true, and what holds the rules of mail is there.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt, path::Path};

use clap::CommandFactory;
use maildesk::{cli::Cli, config::Config, desk::Desk, token::Signer};

fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    let open = format!("```{language}\n");
    while let Some((_, after)) = rest.split_once(&open) {
        let (block, tail) = after.split_once("```").unwrap();
        // a block in a list is indented as the list is
        found.push(
            block
                .lines()
                .map(|line| line.strip_prefix("   ").unwrap_or(line))
                .collect::<Vec<_>>()
                .join("\n"),
        );
        rest = tail;
    }
    found
}

#[test]
fn the_config_of_the_five_minutes_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let secret = dir.path().join("password");
    fs::write(&secret, "hunter2\n").unwrap();
    let readme = fs::read_to_string("README.md").unwrap();
    let configs: Vec<String> = blocks(&readme, "toml");
    assert_eq!(configs.len(), 1);
    let text = configs[0]
        .replace("/etc/maildesk/imap.password", secret.to_str().unwrap())
        .replace("/etc/maildesk/smtp.password", secret.to_str().unwrap());
    let config = Config::parse("README.md", &text, dir.path(), &|_| None).unwrap();
    assert!(Desk::load(config, Signer::new(b"0123456789abcdef")).is_ok());
}

#[test]
fn every_command_of_the_table_exists_and_none_is_missing() {
    let readme = fs::read_to_string("README.md").unwrap();
    let (_, table) = readme.split_once("## Commands").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let mut told: Vec<String> = Vec::new();
    for row in table.lines().filter(|line| line.starts_with("| `")) {
        let cell = row.split('|').nth(1).unwrap();
        told.extend(
            cell.split('`')
                .skip(1)
                .step_by(2)
                .map(|c| c.split(' ').next().unwrap().to_owned()),
        );
    }
    let command = Cli::command();
    let mut real: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    told.sort();
    real.sort();
    assert_eq!(told, real);
    let ticket = command.find_subcommand("ticket").unwrap();
    for word in ["list", "show", "reply", "note", "set", "merge", "raw"] {
        assert!(ticket.find_subcommand(word).is_some(), "{word}");
    }
}

#[test]
fn every_file_and_target_that_is_named_is_there() {
    let readme = fs::read_to_string("README.md").unwrap();
    let contributing = fs::read_to_string("CONTRIBUTING.md").unwrap();
    for script in ["tests/install-packages.sh", "tests/check", ".ci/run"] {
        let mode = fs::metadata(script).unwrap().permissions().mode();
        assert!(mode & 0o111 != 0, "{script} cannot be run");
    }
    let manifest = fs::read_to_string("Cargo.toml").unwrap();
    let mut seen = 0;
    for (text, file) in [(&readme, "README.md"), (&contributing, "CONTRIBUTING.md")] {
        for (flag, place) in [("--bench ", "benches"), ("--test ", "tests")] {
            for after in text.split(flag).skip(1) {
                let name: String = after
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                let file_there = Path::new(place).join(format!("{name}.rs")).exists();
                assert!(
                    file_there || manifest.contains(&name),
                    "{file} names {flag}{name}"
                );
                seen += 1;
            }
        }
        for link in text.split("](").skip(1) {
            let target = link.split(')').next().unwrap();
            assert!(
                target.starts_with("http") || Path::new(target).exists(),
                "{file}: {target}"
            );
        }
    }
    assert!(seen >= 4, "only {seen} targets were looked at");
}

/// The names of all tests under a folder.
fn tests_under(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests_under(&path, names);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let mut lines = text.lines().map(str::trim);
            while lines
                .find(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
                .is_some()
            {
                let name = lines
                    .find_map(|line| line.split_once("fn "))
                    .and_then(|(_, rest)| rest.split('(').next());
                names.extend(name.map(str::to_owned));
            }
        }
    }
}

#[test]
fn every_rule_of_mail_names_tests_that_are_there() {
    let mut tests = BTreeSet::new();
    tests_under(Path::new("src"), &mut tests);
    tests_under(Path::new("tests"), &mut tests);
    assert!(tests.len() > 300, "only {} tests were found", tests.len());
    let text = fs::read_to_string("tests/conversation/mail_rules.md").unwrap();
    let rules: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("- "))
        .collect();
    assert!(rules.len() > 70, "only {} rules were read", rules.len());
    for rule in rules {
        let (_, held_by) = rule.split_once(" -> ").unwrap_or_else(|| panic!("{rule}"));
        if held_by.starts_with('(') && held_by.ends_with(')') {
            continue;
        }
        for name in held_by.split(", ") {
            assert!(tests.contains(name), "no test {name}: {rule}");
        }
    }
}
