//! What the ledger shows, and what an admin does in it.

use rusqlite::{OptionalExtension, Row};

use super::{
    super::{Pen, StoreError, View},
    OutboxRow, OutboxState,
};
use crate::{address::Address, clock};

const COLUMNS: &str = "id, kind, ticket, recipient, subject, message_id, state, attempts, \
                       next_attempt_at, last_error, created_at, sent_at, why, held";

impl Pen<'_> {
    /// Makes failed or waiting rows due now. `None` is every row that failed or is delayed: what
    /// an admin wants once the relay is back.
    ///
    /// # Errors
    /// When the row is not one that could be tried again.
    pub fn retry(&self, id: Option<i64>) -> Result<usize, StoreError> {
        let now = clock::now().as_millisecond();
        let set = "UPDATE outbox SET state = 'pending', held = 0, next_attempt_at = ?1 WHERE";
        let changed = match id {
            None => {
                let which = "state = 'failed' OR (state = 'pending' AND attempts > 0)";
                self.conn.execute(&format!("{set} {which}"), [now])?
            }
            Some(id) => {
                let which = "id = ?2 AND state IN ('failed', 'pending', 'scheduled', 'dropped')";
                let changed = self.conn.execute(&format!("{set} {which}"), (now, id))?;
                if changed == 0 {
                    return Err(not_in_outbox(id, "waits, failed or was dropped"));
                }
                changed
            }
        };
        Ok(changed)
    }

    /// Takes a row back that has not left.
    ///
    /// # Errors
    /// When it is being sent, was sent, or does not exist.
    pub fn drop_outbox(&self, id: i64, why: &str) -> Result<(), StoreError> {
        let changed = self.conn.execute(
            "UPDATE outbox SET state = 'dropped', why = ?2 \
             WHERE id = ?1 AND state IN ('scheduled', 'pending', 'failed')",
            (id, why),
        )?;
        if changed == 0 {
            return Err(not_in_outbox(id, "waits or failed"));
        }
        Ok(())
    }
}

impl View<'_> {
    /// The rows of a state, or all, oldest first.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn outbox(&self, state: Option<OutboxState>) -> Result<Vec<OutboxRow>, StoreError> {
        let which = if state.is_some() {
            "WHERE state = ?1"
        } else {
            "WHERE ?1 IS NULL"
        };
        let sql = format!("SELECT {COLUMNS} FROM outbox {which} ORDER BY id");
        let mut select = self.conn.prepare_cached(&sql)?;
        let rows = select.query_map([state.map(OutboxState::word)], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One row and its mail.
    ///
    /// # Errors
    /// When there is no such row.
    pub fn outbox_row(&self, id: i64) -> Result<(OutboxRow, Vec<u8>), StoreError> {
        let sql = format!("SELECT {COLUMNS}, raw FROM outbox WHERE id = ?1");
        let found = self
            .conn
            .prepare_cached(&sql)?
            .query_row([id], |row| Ok((read(row)?, row.get::<_, i64>(14)?)))
            .optional()?;
        let (row, raw) = found.ok_or_else(|| not_in_outbox(id, "exists"))?;
        Ok((row, self.get_raw(raw)?))
    }

    /// The rows that carried a Message-ID: what a bounce speaks of.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn outbox_of_message_id(&self, message_id: &str) -> Result<Vec<OutboxRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE message_id = ?1 ORDER BY id");
        let mut select = self.conn.prepare_cached(&sql)?;
        let rows = select.query_map([message_id], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The last mail about a ticket that a server took for an address.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn last_sent_to(
        &self,
        ticket: i64,
        who: &Address,
    ) -> Result<Option<OutboxRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM outbox WHERE ticket = ?1 AND recipient_key = ?2 \
             AND state = 'sent' ORDER BY id DESC LIMIT 1"
        );
        let mut select = self.conn.prepare_cached(&sql)?;
        Ok(select.query_row((ticket, who.key()), read).optional()?)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<OutboxRow> {
    let state: String = row.get(6)?;
    let held: bool = row.get(13)?;
    let is_waiting = !held && matches!(state.as_str(), "scheduled" | "pending" | "sending");
    let next: i64 = row.get(8)?;
    Ok(OutboxRow {
        id: row.get(0)?,
        kind: row.get(1)?,
        ticket: row.get(2)?,
        recipient: row.get(3)?,
        subject: row.get(4)?,
        message_id: row.get(5)?,
        state,
        attempts: row.get(7)?,
        next_attempt_at: is_waiting.then(|| clock::from_millis(next)),
        last_error: row.get(9)?,
        created_at: clock::from_millis(row.get(10)?),
        sent_at: row.get::<_, Option<i64>>(11)?.map(clock::from_millis),
        why: row.get(12)?,
        held,
    })
}

fn not_in_outbox(id: i64, what: &str) -> StoreError {
    StoreError::NotFound(format!(
        "no outbox row {id} that {what}: `maildesk outbox list` shows them"
    ))
}
