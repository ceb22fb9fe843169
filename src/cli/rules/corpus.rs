//! `maildesk rules test --corpus`: how often each rule matches real mail, and how right the rules
//! are where people labelled it.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufRead, BufReader, Error},
    path::{Path, PathBuf},
};

use jiff::tz::TimeZone;
use serde::Serialize;

use super::{
    super::output::{Table, count as counted},
    Failure,
    labelled::{Label, Quality},
    read::facts,
};
use crate::{
    clock,
    mailbox::archive,
    message::{self, Message},
    triage::{Event, Ruleset, Triage},
};

/// What a directory is searched for.
const KINDS: [&str; 3] = ["eml", "mbox", "jsonl"];

/// What the rules make of a heap of mails.
#[derive(Debug, Default, Serialize)]
pub(super) struct Counts {
    /// Mails read.
    mails: usize,
    /// Those that at least one rule matched.
    matched: usize,
    /// Every rule for new mail, in the order in which they run.
    rules: Vec<Hits>,
    /// How right the rules are; null where no mail is labelled.
    labelled: Option<Quality>,
    #[serde(skip)]
    hits: BTreeMap<String, usize>,
}

#[derive(Debug, Serialize)]
struct Hits {
    rule: String,
    count: usize,
}

/// Reads a mail, an mbox or labelled examples, or all of them below a directory.
pub(super) fn count(rules: &Ruleset, path: &Path) -> Result<Counts, Failure> {
    let mut counts = Counts::default();
    for file in files_below(path)? {
        counts.read(rules, &file)?;
    }
    if counts.mails == 0 {
        let shown = path.display();
        return Err(Failure::Failed(format!(
            "there is no mail in {shown}: name a directory that holds .eml, .mbox or .jsonl files, \
             or one of these"
        )));
    }
    let of_new_mail = rules
        .rules()
        .filter(|rule| rule.on.contains(&Event::Message.word()));
    counts.rules = of_new_mail
        .map(|rule| Hits {
            count: counts.hits.get(&rule.id).copied().unwrap_or(0),
            rule: rule.id,
        })
        .collect();
    counts.labelled = counts.labelled.map(Quality::done);
    Ok(counts)
}

impl Counts {
    fn read(&mut self, rules: &Ruleset, path: &Path) -> Result<(), Failure> {
        let unreadable = |error: Error| failed(path, &error);
        if is(path, "jsonl") {
            return self.read_labelled(rules, path);
        }
        let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
        // one mail may begin with a line of the mailbox that it was taken from
        let is_mbox =
            !is(path, "eml") && file.fill_buf().map_err(unreadable)?.starts_with(b"From ");
        if !is_mbox {
            let bytes = fs::read(path).map_err(unreadable)?;
            self.add(rules, &message::read(&bytes));
            return Ok(());
        }
        for mail in archive::mbox::mails(file, u64::MAX) {
            self.add(rules, &message::read(&mail.map_err(unreadable)?.bytes));
        }
        Ok(())
    }

    fn read_labelled(&mut self, rules: &Ruleset, path: &Path) -> Result<(), Failure> {
        let file = BufReader::new(File::open(path).map_err(|error| failed(path, &error))?);
        let name = path.display().to_string();
        for (line, number) in file.lines().zip(1..) {
            let line = line.map_err(|error| failed(path, &error))?;
            if line.trim().is_empty() {
                continue;
            }
            let label = Label::read(&line)
                .map_err(|problem| Failure::Failed(format!("{name}:{number}: {problem}")))?;
            let mail = label.mail();
            let triage = self.add(rules, &mail);
            let facts = facts(&mail, "", clock::now(), &TimeZone::UTC);
            let quality = self.labelled.get_or_insert_default();
            quality.add((&name, number), &label, &triage, (rules, &facts));
        }
        Ok(())
    }

    fn add(&mut self, rules: &Ruleset, mail: &Message) -> Triage {
        let at = mail.date.unwrap_or_else(clock::now);
        let triage = rules.evaluate(&facts(mail, "", at, &TimeZone::UTC), Event::Message);
        self.mails += 1;
        self.matched += usize::from(!triage.matched.is_empty());
        for rule in &triage.matched {
            *self.hits.entry(rule.rule.clone()).or_default() += 1;
        }
        triage
    }

    pub(super) fn page(&self) -> String {
        let mut table = Table::new(&["rule", "mails", "share"]);
        let share = |count: usize| format!("{:.1} %", 100.0 * count as f64 / self.mails as f64);
        let mut row =
            |name: &str, count| table.row([name.to_owned(), format!("{count}"), share(count)]);
        for hits in &self.rules {
            row(&hits.rule, hits.count);
        }
        row("no rule", self.mails - self.matched);
        let mut page = format!("{}\n{}", counted(self.mails, "mail"), table.or(""));
        if let Some(quality) = &self.labelled {
            page.push_str(&format!("\n{}", quality.page()));
        }
        page
    }
}

fn is(path: &Path, kind: &str) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case(kind))
}

fn files_below(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let (mut files, mut open) = (Vec::new(), vec![path.to_owned()]);
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
            } else if KINDS.iter().any(|kind| is(&path, kind)) {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn failed(path: &Path, error: &Error) -> Failure {
    Failure::Failed(format!("reading mails from {}: {error}", path.display()))
}
