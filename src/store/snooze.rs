//! Tickets that sleep until a time.

use jiff::Timestamp;
use rusqlite::OptionalExtension;

use super::{Pen, StoreError, View};
use crate::clock;

impl Pen<'_> {
    /// Lets a ticket sleep until a time. Any change of its status wakes it: see
    /// [`Pen::change_ticket`].
    ///
    /// # Errors
    /// The database's trouble.
    pub fn snooze(&self, ticket: i64, until: Timestamp, actor: &str) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE tickets SET snoozed_until = ?2 WHERE number = ?1")?
            .execute((ticket, until.as_millisecond()))?;
        self.event(ticket, actor, "snoozed", &format!("until {until}"))?;
        self.touch(ticket)
    }
}

impl View<'_> {
    /// When the next ticket wakes; `None` when none sleeps.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn next_waking(&self) -> Result<Option<Timestamp>, StoreError> {
        let next: Option<i64> = self
            .conn
            .prepare_cached(
                "SELECT snoozed_until FROM tickets WHERE snoozed_until IS NOT NULL \
                 ORDER BY snoozed_until LIMIT 1",
            )?
            .query_row([], |row| row.get(0))
            .optional()?;
        Ok(next.map(clock::from_millis))
    }

    /// Tickets whose sleep is over, at most so many.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn woken(&self, now: Timestamp, limit: usize) -> Result<Vec<i64>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT number FROM tickets WHERE snoozed_until <= ?1 ORDER BY snoozed_until LIMIT ?2",
        )?;
        let rows = select.query_map((now.as_millisecond(), limit), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
