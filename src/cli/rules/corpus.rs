//! `maildesk rules test --corpus`: how often each rule matches real mail.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use jiff::tz::TimeZone;
use serde::Serialize;

use super::{
    super::output::{Table, count as counted},
    Failure,
    read::facts,
};
use crate::{
    clock, message,
    triage::{Event, Ruleset},
};

/// What the rules make of a heap of mails.
#[derive(Debug, Serialize)]
pub(super) struct Counts {
    /// Mails read.
    mails: usize,
    /// Those that at least one rule matched.
    matched: usize,
    /// Every rule for new mail, in the order in which they run.
    rules: Vec<Hits>,
}

#[derive(Debug, Serialize)]
struct Hits {
    rule: String,
    count: usize,
}

/// Reads every `.eml` below a directory; one file is a corpus too.
pub(super) fn count(rules: &Ruleset, path: &Path) -> Result<Counts, Failure> {
    let (mut mails, mut matched) = (0, 0);
    let mut hits: BTreeMap<String, usize> = BTreeMap::new();
    for file in mails_below(path)? {
        let bytes = fs::read(&file).map_err(|error| failed(&file, &error))?;
        let mail = message::read(&bytes);
        let at = mail.date.unwrap_or_else(clock::now);
        let triage = rules.evaluate(&facts(&mail, "", at, &TimeZone::UTC), Event::Message);
        mails += 1;
        matched += usize::from(!triage.matched.is_empty());
        for rule in triage.matched {
            *hits.entry(rule.rule).or_default() += 1;
        }
    }
    if mails == 0 {
        let shown = path.display();
        return Err(Failure::Failed(format!(
            "there is no .eml file below {shown}: name a directory that holds mails"
        )));
    }
    let of_new_mail = rules
        .rules()
        .filter(|rule| rule.on.contains(&Event::Message.word()));
    let rules = of_new_mail
        .map(|rule| Hits {
            count: hits.get(&rule.id).copied().unwrap_or(0),
            rule: rule.id,
        })
        .collect();
    Ok(Counts {
        mails,
        matched,
        rules,
    })
}

impl Counts {
    pub(super) fn page(&self) -> String {
        let mut table = Table::new(&["rule", "mails", "share"]);
        let share = |count: usize| format!("{:.1} %", 100.0 * count as f64 / self.mails as f64);
        let mut row =
            |name: &str, count| table.row([name.to_owned(), format!("{count}"), share(count)]);
        for hits in &self.rules {
            row(&hits.rule, hits.count);
        }
        row("no rule", self.mails - self.matched);
        format!("{}\n{}", counted(self.mails, "mail"), table.or(""))
    }
}

fn mails_below(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let (mut mails, mut open) = (Vec::new(), vec![path.to_owned()]);
    while let Some(directory) = open.pop() {
        let entries = fs::read_dir(&directory).map_err(|error| failed(&directory, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| failed(&directory, &error))?;
            // a link to a directory is not followed: it may lead in a circle
            let kind = entry
                .file_type()
                .map_err(|error| failed(&directory, &error))?;
            let path = entry.path();
            if kind.is_dir() {
                open.push(path);
            } else if path
                .extension()
                .is_some_and(|e| e.eq_ignore_ascii_case("eml"))
            {
                mails.push(path);
            }
        }
    }
    mails.sort();
    Ok(mails)
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Failed(format!("reading mails from {}: {error}", path.display()))
}
