//! `[[survey.for]]`: what is otherwise for the tickets of a mailbox or a category.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::{Mailbox, Survey, survey};
use crate::{
    ticket::survey_policy::{Hours, Policy},
    toml_reader::{self, Table},
};

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

/// Reads one `[[survey.for]]`.
pub(super) fn read(table: &Table<'_, '_>, mailboxes: &[Mailbox], expires: Duration) -> SurveyFor {
    let given = |key: &str| table.optional_string(key).filter(|name| !name.is_empty());
    let read = SurveyFor {
        mailbox: given("mailbox"),
        category: given("category"),
        enabled: table.get("enabled").map(|_| table.boolean("enabled", true)),
        delay: survey::delay(table),
        cooldown: survey::cooldown(table),
        share: survey::share(table),
        reminder: survey::reminder(table, expires),
        hours: survey::hours(table),
    };
    if read.mailbox.is_none() && read.category.is_none() {
        table.fault(
            "mailbox",
            "is missing, and so is category: write for which tickets this is, such as category = \
             \"import\"; what is for all stands in [survey]",
        );
    }
    if let Some(name) = &read.mailbox {
        refuse_unknown(table, name, mailboxes);
    }
    let keys = ["enabled", "delay", "cooldown", "share", "reminder", "hours"];
    if keys.iter().all(|key| table.get(key).is_none()) {
        table.fault(
            "enabled",
            "is missing: write what is otherwise for these tickets, such as enabled = false",
        );
    }
    read
}

fn refuse_unknown(table: &Table<'_, '_>, name: &str, mailboxes: &[Mailbox]) {
    let names: Vec<&str> = mailboxes.iter().map(|m| m.name.as_str()).collect();
    if names.contains(&name) {
        return;
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let hint = toml_reader::hint(name, &names);
    table.fault(
        "mailbox",
        format!(
            "no [[mailbox]] has this name{hint}: write one of {}",
            quoted.join(", ")
        ),
    );
}
