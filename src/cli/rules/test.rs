//! `maildesk rules test`.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::{
    super::{
        context::rules_of,
        output::{Ink, count, paint},
        plain,
    },
    Context, Failure, corpus, given,
};
use crate::{toml_reader::Fault, triage::TestOutcome};

#[derive(Debug, Args)]
pub struct Test {
    /// Rule files, in the order in which they run, or one directory of them [default: the
    /// configured rules, else the shipped ones]
    files: Vec<PathBuf>,
    /// Count which rules match the mails of a directory (.eml, .mbox) or of one such file, and how
    /// right they are about labelled ones (.jsonl)
    #[arg(long, value_name = "PATH")]
    corpus: Option<PathBuf>,
}

pub(super) fn run(context: &Context, args: Test) -> Result<(), Failure> {
    let rules = match args.files.is_empty() {
        true => rules_of(context.config_if_any()?.as_ref()).map_err(Failure::Faults)?,
        false => given::read(&args.files)?,
    };
    let outcomes = rules.run_tests();
    let failed: Vec<&TestOutcome> = outcomes.iter().filter(|outcome| !outcome.passed).collect();
    let counts = args
        .corpus
        .map(|path| corpus::count(&rules, &path))
        .transpose()?;
    let hints = rules.lints();
    let tests: Vec<Value> = outcomes
        .iter()
        .map(|outcome| {
            json!({
                "file": outcome.file, "line": outcome.line, "text": outcome.text,
                "passed": outcome.passed, "expected": outcome.expected, "found": outcome.found,
            })
        })
        .collect();
    let result = json!({
        "rules": rules.rules().count(), "passed": outcomes.len() - failed.len(),
        "failed": failed.len(), "tests": tests, "hints": hints, "corpus": counts,
    });
    context.print(&result, || {
        let mut page = String::new();
        for hint in &hints {
            let line = plain::line(&hint.to_string());
            page.push_str(&format!("{}  {line}\n", paint(Ink::Head, "hint")));
        }
        for outcome in &failed {
            let line = plain::line(&fault_of(outcome).to_string());
            page.push_str(&format!("{}  {line}\n", paint(Ink::Bad, "FAILED")));
        }
        page.push_str(&format!(
            "{}, {} passed, {} failed\n",
            count(rules.rules().count(), "rule"),
            count(outcomes.len() - failed.len(), "test"),
            failed.len()
        ));
        if let Some(counts) = &counts {
            page.push_str(&format!("\n{}", counts.page()));
        }
        page
    })?;
    match failed.is_empty() {
        true => Ok(()),
        false => Err(Failure::Shown(1)),
    }
}

/// A failed test as a fault: where it stands, what was expected, what was found.
pub(in super::super) fn fault_of(outcome: &TestOutcome) -> Fault {
    Fault {
        file: outcome.file.clone(),
        line: outcome.line,
        key: "test".to_owned(),
        value: format!("\"{}\"", outcome.text),
        problem: format!("expected {}; found {}", outcome.expected, outcome.found),
    }
}
