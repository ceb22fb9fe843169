//! Surveys whose answer rules have yet to hear of: while it may turn out to be a robot's.

use jiff::Timestamp;

use super::{Pen, StoreError, View};

impl Pen<'_> {
    /// Notes when rules hear of the answer to a survey; `None`: there is nothing to hear.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn follow_at(&self, survey: i64, at: Option<Timestamp>) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE surveys SET follow_at = ?2 WHERE id = ?1")?
            .execute((survey, at.map(Timestamp::as_millisecond)))?;
        Ok(())
    }

    /// Whatever waited when a backup was taken: rules may have heard of it since.
    pub(super) fn doubt_follows(&self) -> Result<(), StoreError> {
        self.conn.execute(
            "UPDATE surveys SET follow_at = NULL WHERE follow_at IS NOT NULL",
            [],
        )?;
        Ok(())
    }
}

impl View<'_> {
    /// When rules are next to hear of an answer; `None` when none waits.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn next_to_follow(&self) -> Result<Option<Timestamp>, StoreError> {
        self.next_time(
            "SELECT follow_at FROM surveys WHERE follow_at IS NOT NULL \
                 ORDER BY follow_at LIMIT 1",
        )
    }

    /// The surveys of whose answers rules are to hear now, at most so many.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn to_follow(&self, now: Timestamp, limit: usize) -> Result<Vec<i64>, StoreError> {
        self.due_ids(
            "SELECT id FROM surveys WHERE follow_at <= ?1 AND follow_at IS NOT NULL \
             ORDER BY follow_at LIMIT ?2",
            now,
            limit,
        )
    }
}
