//! `[notify]`: what agents are told by mail.

use crate::toml_reader::Table;

/// What agents are told by mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notify {
    /// A ticket was opened.
    pub new_ticket: bool,
    /// A customer answered.
    pub new_answer: bool,
    /// A ticket was handed to an agent, or comes back from a snooze.
    pub assigned: bool,
    /// A ticket is or becomes high or urgent.
    pub high_priority: bool,
}

/// Reads `[notify]`.
pub(super) fn read(table: &Table<'_, '_>) -> Notify {
    Notify {
        new_ticket: table.boolean("new_ticket", true),
        new_answer: table.boolean("new_answer", true),
        assigned: table.boolean("assigned", true),
        high_priority: table.boolean("high_priority", true),
    }
}
