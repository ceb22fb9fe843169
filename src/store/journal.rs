//! What became of every mail: one line each.

use jiff::Timestamp;
use serde::Serialize;

use super::{StoreError, View};
use crate::clock;

/// A mail and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct JournalLine {
    /// Its row.
    pub id: i64,
    /// The mailbox that it came into.
    pub mailbox: String,
    /// When we stored it.
    pub received_at: Timestamp,
    /// The author's address.
    pub from: String,
    /// The subject.
    pub subject: String,
    /// `received`, `filed`, `quarantined` or `dropped`.
    pub state: String,
    /// `customer`, `auto_reply`...; empty before it is filed.
    pub kind: String,
    /// `open_ticket`, `append`...; empty before it is filed.
    pub disposition: String,
    /// Why, from the closed list.
    pub reason: String,
    /// The ticket that it went into.
    pub ticket: Option<i64>,
    /// That ticket's priority; empty when none.
    pub priority: String,
    /// That ticket's category; empty when none.
    pub category: String,
}

impl View<'_> {
    /// The newest mails that came in, oldest first.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn journal(&self, limit: usize) -> Result<Vec<JournalLine>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT m.id, m.mailbox, m.received_at, m.author, m.subject, m.state, m.kind, \
             m.disposition, m.reason, m.ticket, coalesce(t.priority, ''), \
             coalesce(t.category, '') FROM messages m LEFT JOIN tickets t ON t.number = m.ticket \
             WHERE m.source NOT LIKE 'desk:%' AND m.reason <> 'before_start' ORDER BY m.id DESC LIMIT ?1",
        )?;
        let rows = select.query_map([limit], |row| {
            Ok(JournalLine {
                id: row.get(0)?,
                mailbox: row.get(1)?,
                received_at: clock::from_millis(row.get(2)?),
                from: row.get(3)?,
                subject: row.get(4)?,
                state: row.get(5)?,
                kind: row.get(6)?,
                disposition: row.get(7)?,
                reason: row.get(8)?,
                ticket: row.get(9)?,
                priority: row.get(10)?,
                category: row.get(11)?,
            })
        })?;
        let mut lines: Vec<JournalLine> = rows.collect::<Result<_, _>>()?;
        lines.reverse();
        Ok(lines)
    }
}
