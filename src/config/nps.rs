//! `[nps]`: whether, when and whom the desk asks if they would recommend it.

use std::time::Duration;

use super::fields::duration;
use crate::toml_reader::Table;

/// How customers are asked whether they would recommend us. The hours are those of `[survey]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nps {
    /// Off: nobody is asked.
    pub enabled: bool,
    /// One customer is asked once in this time.
    pub every: Duration,
    /// Not so soon after anything happened in a ticket of theirs, nor after a survey.
    pub quiet: Duration,
    /// Their first ticket is at least so old.
    pub customers_since: Duration,
    /// Their last ticket is at most so old.
    pub active_within: Duration,
    /// At most so many questions a day, in desk time.
    pub per_day: u32,
    /// How long an answer can be given.
    pub expires: Duration,
}

/// Reads `[nps]`.
pub(super) fn read(table: &Table<'_, '_>) -> Nps {
    const DAY: Duration = Duration::from_secs(86_400);
    let per_day = table.integer("per_day", 50, 1..=100_000);
    let nps = Nps {
        enabled: table.boolean("enabled", false),
        every: duration(table, "every", DAY * 180, DAY..=DAY * 3650),
        quiet: duration(table, "quiet", DAY * 14, Duration::ZERO..=DAY * 365),
        customers_since: duration(
            table,
            "customers_since",
            DAY * 60,
            Duration::ZERO..=DAY * 3650,
        ),
        active_within: duration(
            table,
            "active_within",
            DAY * 365,
            Duration::from_secs(1)..=DAY * 3650,
        ),
        per_day: u32::try_from(per_day).unwrap_or(50),
        expires: duration(
            table,
            "expires",
            DAY * 14,
            Duration::from_secs(1)..=DAY * 365,
        ),
    };
    if nps.active_within <= nps.quiet {
        table.fault(
            "active_within",
            "must be longer than quiet, or nobody is ever asked: write for example \"365d\"",
        );
    }
    if nps.every < nps.expires {
        table.fault(
            "every",
            "must not be shorter than expires, or a customer has two questions at a time: write \
             for example \"180d\"",
        );
    }
    nps
}
