//! Tickets that sleep until a time.

use jiff::Timestamp;

use super::{Pen, StoreError, View};

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
        self.next_time(
            "SELECT snoozed_until FROM tickets WHERE snoozed_until IS NOT NULL \
                 ORDER BY snoozed_until LIMIT 1",
        )
    }

    /// Tickets whose sleep is over, at most so many.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn woken(&self, now: Timestamp, limit: usize) -> Result<Vec<i64>, StoreError> {
        self.due_ids(
            "SELECT number FROM tickets WHERE snoozed_until <= ?1 ORDER BY snoozed_until LIMIT ?2",
            now,
            limit,
        )
    }
}
