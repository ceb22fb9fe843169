//! Rule files to a rule set, with every fault at its line.
//!
//! Two passes: the first collects the names that other files may use (terms, rule ids), the
//! second reads the rules.

use std::{collections::HashMap, sync::Arc};

use ring::digest;

use super::{
    compile::{Compiler, Term},
    hints::Hints,
    rules::{Actions, Event, Rule, Ruleset, UnusedTerm},
    selftest::{self, TestCase},
};
use crate::{
    ticket::{Priority, Status},
    toml_reader::{self, Fault, Table, hint},
};

/// The bytes of a digest that make a version.
const VERSION_BYTES: usize = 6;

/// Reads rule files in the order in which they run.
///
/// # Errors
/// All faults of all files, in order.
pub(super) fn load(files: &[(&str, &str)], hints: Arc<Hints>) -> Result<Ruleset, Vec<Fault>> {
    let mut terms = HashMap::new();
    let mut rule_ids = Vec::new();
    for (file, text) in files {
        // faults are ignored here: the second pass finds the same ones
        let _ = toml_reader::read(file, text, |table| {
            collect_terms(file, table, &mut terms);
            let ids = table.tables("rule", |rule| rule.optional_string("id"));
            rule_ids.extend(ids.into_iter().flatten());
        });
    }
    let mut loader = Loader {
        compiler: Compiler::new(&terms, hints.labels().collect()),
        rules: Vec::new(),
        tests: Vec::new(),
        rule_ids: rule_ids.iter().map(String::as_str).collect(),
        taken: HashMap::new(),
    };
    let mut faults = Vec::new();
    for (file, text) in files {
        let ((), found) = toml_reader::read(file, text, |table| {
            loader.file((file, &version(text)), table);
        });
        faults.extend(found);
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let (rules, tests) = (loader.rules, loader.tests);
    let unused = loader.compiler.unused();
    let unused = unused
        .map(|(name, term)| UnusedTerm {
            name: name.to_owned(),
            file: term.file.clone(),
            line: term.line,
        })
        .collect();
    let asks_hints = loader.compiler.asks_hints();
    let (fields, phrases, patterns) = loader.compiler.finish();
    Ok(Ruleset {
        rules,
        fields,
        phrases,
        patterns,
        unused,
        tests,
        hints,
        asks_hints,
    })
}

struct Loader<'n> {
    compiler: Compiler<'n>,
    rules: Vec<Rule>,
    tests: Vec<TestCase>,
    /// The ids of all rules of all files.
    rule_ids: Vec<&'n str>,
    /// Rule ids with the places that took them.
    taken: HashMap<String, String>,
}

impl Loader<'_> {
    fn file(&mut self, (file, version): (&str, &str), table: &Table<'_, '_>) {
        table.table("terms", |terms| {
            for (name, value) in terms.entries() {
                let here = format!("{file}:{}", terms.line_of(value));
                match self.compiler.home(&name) {
                    Some(home) if home != here => {
                        terms.fault(&name, format!("already defined at {home}"));
                    }
                    _ => self.compiler.check_term(terms, &name),
                }
            }
        });
        let rules = table.tables("rule", |rule| self.rule((file, version), rule));
        self.rules.extend(rules.into_iter().flatten());
        let tests = table.tables("test", |test| selftest::read(file, test, &self.rule_ids));
        self.tests.extend(tests);
    }

    fn rule(&mut self, (file, version): (&str, &str), table: &Table<'_, '_>) -> Option<Rule> {
        let id = table.required_string("id", "import-failure");
        let here = format!("{file}:{}", table.line());
        if !id.is_empty()
            && let Some(taken) = self.taken.insert(id.clone(), here)
        {
            table.fault("id", format!("already the id of the rule at {taken}"));
        }
        let description = table.string("description", "");
        let enabled = table.boolean("enabled", true);
        let on = events(table);
        let when = self.compiler.when(table);
        let stop = table.boolean("stop", false);
        let then = table.table("then", actions);
        if then.is_none() && table.get("then").is_none() && !stop {
            let problem = "is required: write for example then = { priority = \"high\" }";
            table.fault("then", problem);
        }
        let when = when?;
        if !enabled {
            return None;
        }
        Some(Rule {
            id,
            description,
            file: file.to_owned(),
            line: table.line(),
            version: version.to_owned(),
            on,
            when,
            then: then.unwrap_or_default(),
            stop,
        })
    }
}

/// What tells one state of a file from another: the head of the SHA-256 of its text.
fn version(text: &str) -> String {
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    let head = digest.as_ref().iter().take(VERSION_BYTES);
    head.map(|byte| format!("{byte:02x}")).collect()
}

fn collect_terms(file: &str, table: &Table<'_, '_>, all: &mut HashMap<String, Term>) {
    table.table("terms", |terms| {
        for (name, value) in terms.entries() {
            let term = Term {
                file: file.to_owned(),
                line: terms.line_of(value),
                words: terms.strings(&name),
            };
            all.entry(name).or_insert(term);
        }
    });
}

fn events(table: &Table<'_, '_>) -> Vec<Event> {
    if table.get("on").is_none() {
        return vec![Event::Message];
    }
    let mut events = Vec::new();
    for word in table.strings("on") {
        match Event::WORDS.iter().find(|(known, _)| *known == word) {
            Some((_, event)) => events.push(*event),
            None if matches!(word.as_str(), "timer" | "sla") => {
                table.fault("on", format!("\"{word}\" is not available yet"));
            }
            None => {
                let words = Event::WORDS.map(|(word, _)| word);
                let hint = hint(&word, &words);
                let problem = format!("must be \"message\", \"reply\" or \"rating\"{hint}");
                table.fault("on", problem);
            }
        }
    }
    events
}

fn actions(table: &Table<'_, '_>) -> Actions {
    let flag = |key: &str| table.get(key).is_some().then(|| table.boolean(key, false));
    let name = |key: &str, example: &str| {
        table
            .get(key)
            .is_some()
            .then(|| table.required_string(key, example))
    };
    let actions = Actions {
        priority: table.optional_choice("priority", &Priority::WORDS),
        category: table.optional_string("category"),
        tags: tags(table, "tags"),
        untags: tags(table, "untags"),
        group: name("group", "support"),
        assign: name("assign", "least_busy"),
        status: table.optional_choice("status", &Status::WORDS),
        notify: tags(table, "notify"),
        reply: name("reply", "we-know"),
        no_acknowledge: flag("no_acknowledge"),
        ignore: flag("ignore"),
        quarantine: flag("quarantine"),
    };
    if table.get("webhook").is_some() {
        table.fault("webhook", "not available yet: remove it");
    }
    actions
}

fn tags(table: &Table<'_, '_>, key: &str) -> Vec<String> {
    let tags = table.strings(key);
    if tags.iter().any(|tag| tag.trim().is_empty()) {
        table.fault(key, "must not hold an empty string");
    }
    tags
}
