//! Rows whose time comes: when the next one does, and which have.

use jiff::Timestamp;
use rusqlite::OptionalExtension;

use super::{StoreError, View};
use crate::clock;

impl View<'_> {
    /// The time that `sql` selects, in milliseconds; `None` where it finds no row.
    pub(super) fn next_time(&self, sql: &str) -> Result<Option<Timestamp>, StoreError> {
        let next = self
            .conn
            .prepare_cached(sql)?
            .query_row([], |row| row.get(0))
            .optional()?;
        Ok(next.map(clock::from_millis))
    }

    /// The ids that `sql` selects by the time `?1`, at most `?2` of them.
    pub(super) fn due_ids(
        &self,
        sql: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<i64>, StoreError> {
        let mut select = self.conn.prepare_cached(sql)?;
        let rows = select.query_map((now.as_millisecond(), limit), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
