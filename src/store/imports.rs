//! Mail from before the desk: the dates of its tickets, and what became of an import.

use jiff::Timestamp;

use super::{Pen, StoreError, View};

/// What became of some mails of an import.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Fate {
    /// `open_ticket`, `append`...
    pub disposition: String,
    /// From triage's closed list.
    pub reason: String,
    /// `in`, or `out` for what the desk itself once wrote.
    pub direction: String,
    /// How many mails.
    pub count: u64,
}

impl Pen<'_> {
    /// Makes an old mail of the desk or an agent an answer; its agent is the ticket's last one.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn make_answer(&self, message: i64, ticket: i64, agent: &str) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE messages SET direction = 'out' WHERE id = ?1")?
            .execute([message])?;
        self.conn
            .prepare_cached(
                "UPDATE tickets SET last_agent = ?2 WHERE number = ?1 AND history = 1 AND ?2 <> ''",
            )?
            .execute((ticket, agent))?;
        Ok(())
    }

    /// Lets a ticket begin, end and stand among the others by the mails of before the desk that it
    /// holds; one that is no history keeps its own beginning and end.
    pub(super) fn date_back(&self, ticket: i64, at: Timestamp) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE tickets SET updated_at = max(updated_at, ?2), \
                 opened_at = CASE history WHEN 1 THEN min(opened_at, ?2) ELSE opened_at END, \
                 closed_at = CASE history WHEN 1 THEN max(closed_at, ?2) ELSE closed_at END \
                 WHERE number = ?1",
            )?
            .execute((ticket, at.as_millisecond()))?;
        Ok(())
    }
}

impl View<'_> {
    /// The row of the newest message; 0 when there is none.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn newest_message(&self) -> Result<i64, StoreError> {
        let sql = "SELECT coalesce(max(id), 0) FROM messages";
        Ok(self
            .conn
            .prepare_cached(sql)?
            .query_row([], |row| row.get(0))?)
    }

    /// How many mails up to this row are stored and not yet filed.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn waiting_up_to(&self, message: i64) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM messages WHERE state = 'received' AND id <= ?1";
        let mut select = self.conn.prepare_cached(sql)?;
        Ok(select.query_row([message], |row| row.get(0))?)
    }

    /// What became of the mails that were imported into a mailbox in the rows after `first`, the
    /// most frequent fate first.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn fates_of_import(&self, mailbox: &str, first: i64) -> Result<Vec<Fate>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT disposition, reason, direction, count(*) FROM messages \
             WHERE id > ?1 AND mailbox = ?2 AND source GLOB 'import:*' \
             GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3",
        )?;
        let rows = select.query_map((first, mailbox), |row| {
            Ok(Fate {
                disposition: row.get(0)?,
                reason: row.get(1)?,
                direction: row.get(2)?,
                count: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
