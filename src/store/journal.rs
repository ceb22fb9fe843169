//! What became of every mail: one line each.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row};
use serde::Serialize;

use super::{StoreError, View};
use crate::{clock, triage::why};

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
    /// Why, in a sentence; empty before it is filed.
    pub why: String,
    /// The ticket that it went into.
    pub ticket: Option<i64>,
    /// That ticket's priority; empty when none.
    pub priority: String,
    /// That ticket's category; empty when none.
    pub category: String,
}

const COLUMNS: &str = "m.id, m.mailbox, m.received_at, m.author, m.subject, m.state, m.kind, \
                       m.disposition, m.reason, m.ticket, coalesce(t.priority, ''), \
                       coalesce(t.category, ''), m.detail \
                       FROM messages m LEFT JOIN tickets t ON t.number = m.ticket";

impl View<'_> {
    /// The newest mails that came in, oldest first.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn journal(&self, limit: usize) -> Result<Vec<JournalLine>, StoreError> {
        self.journal_of(None, limit)
    }

    /// The newest mails that came in and ended with a disposition, oldest first.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn journal_of(
        &self,
        disposition: Option<&str>,
        limit: usize,
    ) -> Result<Vec<JournalLine>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} WHERE m.source NOT LIKE 'desk:%' AND m.reason <> 'before_start' \
             AND (?1 IS NULL OR m.disposition = ?1) ORDER BY m.id DESC LIMIT ?2"
        );
        let mut select = self.conn.prepare_cached(&sql)?;
        let rows = select.query_map((disposition, limit), read)?;
        let mut lines: Vec<JournalLine> = rows.collect::<Result<_, _>>()?;
        lines.reverse();
        Ok(lines)
    }

    /// One mail that came in.
    ///
    /// # Errors
    /// When there is no such mail.
    pub fn journal_line(&self, id: i64) -> Result<JournalLine, StoreError> {
        let sql = format!("SELECT {COLUMNS} WHERE m.id = ?1 AND m.source NOT LIKE 'desk:%'");
        let mut select = self.conn.prepare_cached(&sql)?;
        let found = select.query_row([id], read).optional()?;
        found.ok_or_else(|| {
            StoreError::NotFound(format!(
                "no mail {id} came in: `maildesk mail list` shows what did"
            ))
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<JournalLine> {
    let (disposition, reason): (String, String) = (row.get(7)?, row.get(8)?);
    let (ticket, detail): (Option<i64>, String) = (row.get(9)?, row.get(12)?);
    Ok(JournalLine {
        id: row.get(0)?,
        mailbox: row.get(1)?,
        received_at: clock::from_millis(row.get(2)?),
        from: row.get(3)?,
        subject: row.get(4)?,
        state: row.get(5)?,
        kind: row.get(6)?,
        why: why::of_words(&disposition, &reason, &detail, ticket),
        disposition,
        reason,
        ticket,
        priority: row.get(10)?,
        category: row.get(11)?,
    })
}
