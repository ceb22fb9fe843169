//! What became of it all.

use std::{path::PathBuf, time::Duration};

use serde::Serialize;

use super::{
    super::{Context, Failure, output::count},
    index::Index,
};
use crate::{clock, store::Fate};

#[derive(Debug, Serialize)]
pub(super) struct Summary {
    mailbox: String,
    files: usize,
    /// Mails in the files.
    found: usize,
    /// Of them imported by an earlier run, or in the files twice.
    pub(super) known: usize,
    /// Files that were moved while they were being read.
    pub(super) vanished: usize,
    /// Files that are mail by their names alone.
    skipped: Vec<PathBuf>,
    /// What became of the others, by disposition and reason.
    pub(super) fates: Vec<Fate>,
    seconds: f64,
    mails_per_second: f64,
}

impl Summary {
    pub(super) fn new(mailbox: &str, index: &Index) -> Self {
        Self {
            mailbox: mailbox.to_owned(),
            files: index.files.len(),
            found: index.entries.len(),
            known: 0,
            vanished: 0,
            skipped: index.skipped.clone(),
            fates: Vec::new(),
            seconds: 0.0,
            mails_per_second: 0.0,
        }
    }

    pub(super) fn took(&mut self, time: Duration) {
        self.seconds = time.as_secs_f64();
        self.mails_per_second = self.filed() as f64 / self.seconds.max(0.001);
    }

    /// Mails that this run has brought to their places.
    pub(super) fn filed(&self) -> usize {
        self.sum(|fate| !fate.disposition.is_empty())
    }

    fn sum(&self, which: impl Fn(&Fate) -> bool) -> usize {
        let counted = self.fates.iter().filter(|fate| which(fate));
        let sum: u64 = counted.map(|fate| fate.count).sum();
        usize::try_from(sum).unwrap_or(usize::MAX)
    }

    pub(super) fn page(&self) -> String {
        let is = |wanted: &'static str| move |fate: &Fate| fate.disposition == wanted;
        let is_copy = |fate: &Fate| fate.reason == "duplicate";
        let written = self.sum(|fate| fate.direction == "out");
        let lines = [
            ("tickets opened", self.sum(is("open_ticket")), String::new()),
            (
                "mails joined to them",
                self.sum(is("append")),
                String::new(),
            ),
            (
                "kept as notes",
                self.sum(is("note")) + self.sum(is("bounce")),
                String::new(),
            ),
            (
                "held already",
                self.known + self.sum(is_copy),
                match self.known {
                    0 => String::new(),
                    known => format!("{known} of them by an earlier import, or twice in the files"),
                },
            ),
            (
                "ignored",
                self.sum(|fate| fate.disposition == "ignore" && !is_copy(fate)),
                self.reasons("ignore"),
            ),
            (
                "quarantined",
                self.sum(is("quarantine")),
                match self.reasons("quarantine") {
                    none if none.is_empty() => none,
                    reasons => format!("{reasons}; see `maildesk quarantine list`"),
                },
            ),
            (
                "moved meanwhile",
                self.vanished,
                "run the command again".to_owned(),
            ),
        ];
        let mut page = format!(
            "{} in {}, {:.1} s, {:.0} a second\n",
            count(self.found, "mail"),
            count(self.files, "file"),
            self.seconds,
            self.mails_per_second
        );
        for (what, number, more) in lines.into_iter().filter(|(_, number, _)| *number > 0) {
            let more = match more.is_empty() {
                true => more,
                false => format!("  ({more})"),
            };
            page.push_str(&format!("  {number:>9}  {what}{more}\n"));
        }
        if written > 0 {
            page.push_str(&format!(
                "  {written:>9}  of all were written by the desk or an agent\n"
            ));
        }
        page
    }

    fn reasons(&self, disposition: &str) -> String {
        let fates = self
            .fates
            .iter()
            .filter(|fate| fate.disposition == disposition && fate.reason != "duplicate");
        let shown = fates.map(|fate| format!("{} {}", fate.reason, fate.count));
        shown.collect::<Vec<_>>().join(", ")
    }

    /// What an import would do.
    pub(super) fn print_plan(&self, context: &Context, index: &Index) -> Result<(), Failure> {
        let dates = || index.entries.iter().map(|entry| entry.at);
        let (oldest, newest) = (dates().min(), dates().max());
        let plan = serde_json::json!({
            "mailbox": self.mailbox, "files": self.files, "found": self.found,
            "known": self.known, "new": index.entries.len(), "skipped": self.skipped,
            "oldest": oldest.map(clock::from_millis), "newest": newest.map(clock::from_millis),
        });
        context.print(&plan, || {
            let mut page = format!(
                "{} in {}: {} to import, {} imported before\n",
                count(self.found, "mail"),
                count(self.files, "file"),
                index.entries.len(),
                self.known
            );
            if let (Some(oldest), Some(newest)) = (oldest, newest) {
                let day = |at| clock::from_millis(at).strftime("%Y-%m-%d").to_string();
                page.push_str(&format!("from {} to {}\n", day(oldest), day(newest)));
            }
            page
        })
    }
}
