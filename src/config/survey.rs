//! `[survey]`: how customers are asked whether they were happy.

use std::time::Duration;

use super::{
    fields::duration,
    network::{self, Network},
};
use crate::{ticket::survey_policy::Hours, toml_reader::Table};

/// How customers are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// Off: nobody is asked.
    pub enabled: bool,
    /// From closing to asking.
    pub delay: Duration,
    /// One customer is asked once in this time.
    pub cooldown: Duration,
    /// How long an answer can be given.
    pub expires: Duration,
    /// When mails that ask may go out, in desk time.
    pub hours: Hours,
    /// The desk's own networks: answers on the page from there are not recorded.
    pub desk_networks: Vec<Network>,
    /// What agents see of their own results.
    pub agents_see: AgentsSee,
    /// How many answers must count before an agent sees anything of them.
    pub agents_see_after: u64,
}

/// What an agent sees of their own results, never who said what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentsSee {
    /// Nothing.
    Nothing,
    /// Figures.
    Figures,
    /// Figures, and what customers added.
    Words,
}

/// Reads `[survey]`.
pub(super) fn read(table: &Table<'_, '_>) -> Survey {
    const MINUTE: Duration = Duration::from_secs(60);
    const DAY: Duration = Duration::from_secs(86_400);
    let hours = table.string("hours", "09:00-20:00");
    let hours = Hours::parse(&hours).unwrap_or_else(|| {
        table.fault(
            "hours",
            "must be a span of the day such as \"09:00-20:00\", or \"00:00-24:00\" for always",
        );
        Hours::ALWAYS
    });
    Survey {
        enabled: table.boolean("enabled", true),
        delay: duration(table, "delay", MINUTE * 20, Duration::ZERO..=DAY * 30),
        cooldown: duration(table, "cooldown", DAY * 30, Duration::ZERO..=DAY * 3650),
        expires: duration(
            table,
            "expires",
            DAY * 14,
            Duration::from_secs(1)..=DAY * 365,
        ),
        hours,
        desk_networks: network::read(table, "desk_networks"),
        agents_see: table.choice(
            "agents_see",
            &[
                ("nothing", AgentsSee::Nothing),
                ("figures", AgentsSee::Figures),
                ("words", AgentsSee::Words),
            ],
            AgentsSee::Figures,
        ),
        agents_see_after: table
            .integer("agents_see_after", 5, 1..=1000)
            .unsigned_abs(),
    }
}
