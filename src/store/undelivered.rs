//! Answers that failed for good, until their agents are told.

use super::{Pen, StoreError, View};
use crate::{address::Address, clock};

/// An answer that did not reach one of its recipients.
#[derive(Clone, Debug)]
pub struct Undelivered {
    /// Its row in the outbox.
    pub row: i64,
    /// The ticket that it was written in.
    pub ticket: i64,
    /// Whom it was for.
    pub recipient: String,
    /// What the server said, or why it was given up.
    pub error: String,
    /// Who wrote it.
    pub author: Address,
    /// Its words.
    pub text: String,
}

const UNTOLD: &str = "o.kind = 'reply' AND o.state = 'failed' AND o.told_at IS NULL";

impl View<'_> {
    /// Whether there is an answer that failed and of which nobody was told.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn has_undelivered(&self) -> Result<bool, StoreError> {
        let sql = format!("SELECT 1 FROM outbox o WHERE {UNTOLD} LIMIT 1");
        Ok(self.conn.prepare_cached(&sql)?.exists([])?)
    }

    /// The answers that failed and of which nobody was told, oldest first, at most so many.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn undelivered(&self, limit: usize) -> Result<Vec<Undelivered>, StoreError> {
        let sql = format!(
            "SELECT o.id, coalesce(o.ticket, 0), o.recipient, o.last_error, \
             coalesce(m.author_name, ''), coalesce(m.author, ''), coalesce(x.text, '') \
             FROM outbox o LEFT JOIN messages m ON m.id = o.message \
             LEFT JOIN texts x ON x.message = o.message WHERE {UNTOLD} ORDER BY o.id LIMIT ?1"
        );
        let mut select = self.conn.prepare_cached(&sql)?;
        let rows = select.query_map([limit], |row| {
            Ok(Undelivered {
                row: row.get(0)?,
                ticket: row.get(1)?,
                recipient: row.get(2)?,
                error: row.get(3)?,
                author: Address::new(row.get::<_, String>(4)?, row.get::<_, String>(5)?),
                text: row.get(6)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Pen<'_> {
    /// Notes that a failed answer was told of: never again, also where it is tried again and
    /// fails again.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn told_undelivered(&self, row: i64) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE outbox SET told_at = ?2 WHERE id = ?1")?
            .execute((row, clock::now().as_millisecond()))?;
        Ok(())
    }
}
