//! `[tickets]`: how long a ticket lives.

use std::time::Duration;

use super::fields::duration;
use crate::toml_reader::Table;

/// How long a ticket lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tickets {
    /// How long after closing an answer opens the ticket again; later it opens a new, linked one.
    pub reopen_within: Duration,
    /// How long an agent's answer waits before it leaves, so that it can be taken back.
    pub undo_within: Duration,
}

/// Reads `[tickets]`.
pub(super) fn read(table: &Table<'_, '_>) -> Tickets {
    const DAY: Duration = Duration::from_secs(86_400);
    Tickets {
        reopen_within: duration(
            table,
            "reopen_within",
            DAY * 30,
            Duration::ZERO..=DAY * 3650,
        ),
        undo_within: duration(table, "undo_within", Duration::ZERO, Duration::ZERO..=DAY),
    }
}
