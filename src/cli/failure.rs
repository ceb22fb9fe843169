//! Why a command did not succeed, and the exit code that says so.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use super::plain;
use crate::{desk::DeskError, store::StoreError, toml_reader::Fault};

/// What ends a command; the exit codes are the contract's.
#[derive(Debug)]
pub(super) enum Failure {
    /// It could not be done: 1.
    Failed(String),
    /// The command line asks for something that does not exist: 2.
    Usage(String),
    /// The config or the rules are invalid: 2.
    Faults(Vec<Fault>),
    /// Our own passing trouble: 75 (EX_TEMPFAIL of sysexits.h); mail servers try again.
    Passing(String),
    /// The result on stdout says it all; this is the exit code.
    Shown(u8),
}

impl Failure {
    /// Says on stderr what went wrong and what to do, one line each.
    pub(super) fn tell(&self) {
        match self {
            Self::Failed(words) | Self::Usage(words) | Self::Passing(words) => say(words),
            Self::Faults(faults) => faults.iter().for_each(|fault| say(&fault.to_string())),
            Self::Shown(_) => {}
        }
    }

    pub(super) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed(_) => 1,
            Self::Usage(_) | Self::Faults(_) => 2,
            Self::Passing(_) => 75,
            Self::Shown(code) => *code,
        })
    }
}

/// A line for the person at the terminal, beside the results.
pub(super) fn say(words: &str) {
    // stderr may be closed, which must not end the command
    let _ = writeln!(io::stderr(), "maildesk: {}", plain::line(words));
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(format!("{error:#}"))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Failed(words(&error))
    }
}

impl From<DeskError> for Failure {
    fn from(error: DeskError) -> Self {
        Self::Failed(match &error {
            DeskError::Store(error) => words(error),
            other => other.to_string(),
        })
    }
}

/// The daemon tries again by itself; a command does not.
fn words(error: &StoreError) -> String {
    match error {
        StoreError::Locked => {
            "the database is in use by another process (a desk with very much to \
                               do, or a lock: `fuser` on the file tells): nothing was done, run \
                               the command again"
                .to_owned()
        }
        StoreError::Full => "the disk of the database is full: nothing was done; free some space \
                             and run the command again"
            .to_owned(),
        other => other.to_string(),
    }
}
