//! `[survey]`: how customers are asked whether they were happy.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::{Mailbox, fields, survey_for};
use crate::{
    ticket::survey_policy::{Hours, Policy, time_to_answer},
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
    /// The part of the tickets that is asked about: more than 0, at most 1.
    pub share: f64,
    /// From asking to reminding those who have not answered; `None`: nobody is reminded.
    pub reminder: Option<Duration>,
    /// What is otherwise for some tickets.
    pub exceptions: Vec<SurveyFor>,
}

/// `[[survey.for]]`: what is otherwise for the tickets of a mailbox, a category, or both.
#[derive(Clone, Debug, PartialEq)]
pub struct SurveyFor {
    /// The mailbox; `None`: any.
    pub mailbox: Option<String>,
    /// The category; `None`: any.
    pub category: Option<String>,
    /// As the key of `[survey]`; so are the others.
    pub enabled: Option<bool>,
    /// From closing to asking.
    pub delay: Option<Duration>,
    /// One customer is asked once in this time.
    pub cooldown: Option<Duration>,
    /// The part of the tickets that is asked about.
    pub share: Option<f64>,
    /// From asking to reminding; `Some(None)`: nobody is reminded.
    pub reminder: Option<Option<Duration>>,
    /// When mails that ask may go out.
    pub hours: Option<Hours>,
}

impl Survey {
    /// What holds for the tickets of a mailbox and a category: the first exception that fits decides
    /// each key that it has, the general settings decide the others.
    pub fn policy(&self, mailbox: &str, category: &str, timezone: TimeZone) -> Policy {
        let fits = |own: &Option<String>, its: &str| own.as_deref().is_none_or(|own| own == its);
        let special = self
            .exceptions
            .iter()
            .find(|other| fits(&other.mailbox, mailbox) && fits(&other.category, category));
        Policy {
            enabled: special.and_then(|s| s.enabled).unwrap_or(self.enabled),
            share: special.and_then(|s| s.share).unwrap_or(self.share),
            reminder: special.and_then(|s| s.reminder).unwrap_or(self.reminder),
            delay: special.and_then(|s| s.delay).unwrap_or(self.delay),
            cooldown: special.and_then(|s| s.cooldown).unwrap_or(self.cooldown),
            expires: self.expires,
            hours: special.and_then(|s| s.hours).unwrap_or(self.hours),
            timezone,
        }
    }
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
