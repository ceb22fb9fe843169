//! How far it is: a bar on a terminal, a line now and then elsewhere.

use std::{
    fmt::Write,
    io::{self, IsTerminal as _},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::super::failure::say;
use crate::mailbox::archive::MailFile;

/// Between two lines where there is no terminal.
const LINES: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub(super) struct Progress {
    bar: ProgressBar,
    is_terminal: bool,
    said_at: Arc<Mutex<Instant>>,
    /// What is counted in the lines; `None` where they would say nothing of use.
    what: Option<&'static str>,
}

impl Progress {
    /// Of the first reading.
    pub(super) fn of_bytes(files: &[MailFile]) -> Self {
        let sizes = files.iter().filter_map(|file| file.path.metadata().ok());
        let style = "looking through {bytes} of {total_bytes} {wide_bar} {eta} left";
        Self::new(sizes.map(|file| file.len()).sum(), style, None)
    }

    /// Of the import.
    pub(super) fn of_mails(count: usize) -> Self {
        let style = "{human_pos} of {human_len} mails {wide_bar} {rate}, {eta} left";
        Self::new(count as u64, style, Some("mails"))
    }

    fn new(length: u64, style: &str, what: Option<&'static str>) -> Self {
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let is_terminal = io::stderr().is_terminal() && !is_dumb;
        let bar = match is_terminal {
            true => ProgressBar::new(length),
            false => {
                let bar = ProgressBar::hidden();
                bar.set_length(length);
                bar
            }
        };
        if let Ok(style) = ProgressStyle::with_template(style) {
            let rate = |state: &ProgressState, out: &mut dyn Write| {
                let _ = write!(out, "{:.0} a second", state.per_sec());
            };
            bar.set_style(style.with_key("rate", rate).progress_chars("=> "));
        }
        Self {
            bar,
            is_terminal,
            said_at: Arc::new(Mutex::new(Instant::now())),
            what,
        }
    }

    pub(super) fn add(&self, count: u64) {
        self.bar.inc(count);
    }

    pub(super) fn set(&self, position: u64) {
        self.bar.set_position(position);
        let Some(what) = self.what.filter(|_| !self.is_terminal) else {
            return;
        };
        let mut said_at = self.said_at.lock().unwrap_or_else(PoisonError::into_inner);
        if said_at.elapsed() < LINES {
            return;
        }
        *said_at = Instant::now();
        let seconds = self.bar.elapsed().as_secs_f64();
        let rate = position as f64 / seconds.max(0.001);
        let length = self.bar.length().unwrap_or_default();
        let left = length.saturating_sub(position) as f64 / rate.max(0.001);
        say(&format!(
            "{position} of {length} {what}, {rate:.0} a second, {left:.0} s left"
        ));
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
