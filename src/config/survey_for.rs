//! `[[survey.for]]`: what is otherwise for the tickets of a mailbox or a category.

use std::time::Duration;

use super::{Mailbox, SurveyFor, survey};
use crate::toml_reader::{self, Table};

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
