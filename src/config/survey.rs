//! `[survey]`: how customers are asked whether they were happy.

use std::time::Duration;

use super::{
    Mailbox, SurveyFor, fields,
    network::{self, Network},
    survey_for,
};
use crate::{
    ticket::survey_policy::{Hours, time_to_answer},
    toml_reader::Table,
};

/// How customers are asked.
#[derive(Clone, Debug, PartialEq)]
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
    /// The part of the tickets that is asked about: more than 0, at most 1.
    pub share: f64,
    /// From asking to reminding those who have not answered; `None`: nobody is reminded.
    pub reminder: Option<Duration>,
    /// What is otherwise for some tickets.
    pub exceptions: Vec<SurveyFor>,
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

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// Reads `[survey]`.
pub(super) fn read(table: &Table<'_, '_>, mailboxes: &[Mailbox]) -> Survey {
    let second = Duration::from_secs(1);
    let expires = fields::duration(table, "expires", DAY * 14, second..=DAY * 365);
    Survey {
        enabled: table.boolean("enabled", true),
        delay: delay(table).unwrap_or(MINUTE * 20),
        cooldown: cooldown(table).unwrap_or(DAY * 30),
        expires,
        hours: hours(table).unwrap_or(Hours::WAKING),
        share: share(table).unwrap_or(1.0),
        reminder: reminder(table, expires).unwrap_or(None),
        exceptions: table.tables("for", |other| survey_for::read(other, mailboxes, expires)),
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

/// `delay`, where it is given.
pub(super) fn delay(table: &Table<'_, '_>) -> Option<Duration> {
    table.get("delay")?;
    Some(fields::duration(
        table,
        "delay",
        MINUTE,
        Duration::ZERO..=DAY * 30,
    ))
}

/// `cooldown`, where it is given.
pub(super) fn cooldown(table: &Table<'_, '_>) -> Option<Duration> {
    table.get("cooldown")?;
    let bounds = Duration::ZERO..=DAY * 3650;
    Some(fields::duration(table, "cooldown", DAY, bounds))
}

/// `hours`, where it is given.
pub(super) fn hours(table: &Table<'_, '_>) -> Option<Hours> {
    let text = table.optional_string("hours")?;
    let hours = Hours::parse(&text);
    if hours.is_none() {
        table.fault(
            "hours",
            "must be a span of the day such as \"09:00-20:00\", or \"00:00-24:00\" for always",
        );
    }
    hours
}

/// `share`, where it is given.
pub(super) fn share(table: &Table<'_, '_>) -> Option<f64> {
    let share = table.optional_number("share")?;
    if share > 0.0 && share <= 1.0 {
        return Some(share);
    }
    table.fault(
        "share",
        "must be more than 0 and at most 1, such as 0.5 for every second ticket; to ask nobody \
         write enabled = false",
    );
    None
}

/// `reminder`, where it is given; the empty string is none.
pub(super) fn reminder(table: &Table<'_, '_>, expires: Duration) -> Option<Option<Duration>> {
    if !fields::is_given(table, "reminder") {
        return table.get("reminder").map(|_| None);
    }
    let second = Duration::from_secs(1);
    let after = fields::duration(table, "reminder", DAY, second..=DAY * 365);
    if after + time_to_answer(expires) > expires {
        table.fault(
            "reminder",
            "comes when the survey has hardly a day left, and would never be sent: make it shorter, \
             or [survey].expires longer",
        );
    }
    Some(Some(after))
}
