//! Mails that could not be filed: kept whole with a reason, listed, released, dropped.

use jiff::Timestamp;
use rusqlite::Row;

use super::{Pen, StoreError, View};
use crate::clock;

/// A mail in quarantine, as `quarantine list` shows it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Quarantined {
    /// Its row in `messages`.
    pub id: i64,
    /// The mailbox that it came into.
    pub mailbox: String,
    /// When we stored it.
    pub received_at: Timestamp,
    /// Why it is here.
    pub reason: String,
    /// Size in bytes at the source.
    pub size: u64,
    /// The author's address, where it could be read.
    pub from: String,
    /// The subject, where it could be read.
    pub subject: String,
}

/// The reason of a waiting mail that a person let out of quarantine: rules may not put it back.
pub(super) const RELEASED: &str = "released";

const COLUMNS: &str = "id, mailbox, received_at, reason, detail, size, author, subject";

impl Pen<'_> {
    /// Puts a waiting mail aside. `reason` is from triage's closed list, `detail` says more.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn quarantine(&self, message: i64, reason: &str, detail: &str) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE messages SET state = 'quarantined', disposition = 'quarantine', \
                 reason = ?2, detail = ?3, filed_at = ?4 WHERE id = ?1",
            )?
            .execute((message, reason, detail, clock::now().as_millisecond()))?;
        Ok(())
    }

    /// Sends a mail through the desk again.
    ///
    /// # Errors
    /// When it is not in quarantine.
    pub fn release(&self, message: i64) -> Result<(), StoreError> {
        self.leave_quarantine(message, "received", RELEASED, "")
    }

    /// Drops a mail for good; its raw bytes stay in the database with the reason.
    ///
    /// # Errors
    /// When it is not in quarantine.
    pub fn drop_quarantined(&self, message: i64, why: &str) -> Result<(), StoreError> {
        self.leave_quarantine(message, "dropped", "dropped", why)
    }

    fn leave_quarantine(
        &self,
        message: i64,
        state: &str,
        reason: &str,
        detail: &str,
    ) -> Result<(), StoreError> {
        let changed = self.conn.execute(
            "UPDATE messages SET state = ?2, reason = ?3, detail = ?4 \
             WHERE id = ?1 AND state = 'quarantined'",
            (message, state, reason, detail),
        )?;
        if changed == 0 {
            return Err(StoreError::NotFound(format!(
                "no mail {message} in quarantine: `maildesk quarantine list` shows what is there"
            )));
        }
        Ok(())
    }
}

impl View<'_> {
    /// What is in quarantine, oldest first.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn quarantined(&self) -> Result<Vec<Quarantined>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM messages WHERE state = 'quarantined' ORDER BY id");
        let mut select = self.conn.prepare_cached(&sql)?;
        let rows = select.query_map([], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Quarantined> {
    let (reason, detail): (String, String) = (row.get(3)?, row.get(4)?);
    Ok(Quarantined {
        id: row.get(0)?,
        mailbox: row.get(1)?,
        received_at: clock::from_millis(row.get(2)?),
        reason: if detail.is_empty() {
            reason
        } else {
            format!("{reason}: {detail}")
        },
        size: row.get(5)?,
        from: row.get(6)?,
        subject: row.get(7)?,
    })
}
