//! What `/readyz`, `/metrics` and `status` ask: a few indexed questions.

use jiff::Timestamp;
use rusqlite::OptionalExtension;

use super::{Pen, StoreError, View};
use crate::{clock, ticket::Status};

/// The state of the desk's ledgers.
#[derive(Clone, Debug, Default)]
pub struct Health {
    /// Mails stored and not yet filed.
    pub waiting: u64,
    /// Mails in quarantine.
    pub quarantined: u64,
    /// Outgoing mails that are due or being sent.
    pub outbox_pending: u64,
    /// Outgoing mails that failed for good.
    pub outbox_failed: u64,
    /// Answers that are held since the customer wrote first.
    pub outbox_held: u64,
    /// When the oldest of the due ones was made.
    pub outbox_oldest: Option<Timestamp>,
}

/// An outgoing mail that failed for good, without anything that a stranger should not read.
#[derive(Clone, Debug, serde::Serialize)]
pub struct FailedMail {
    /// Its row in the outbox.
    pub id: i64,
    /// What it was for.
    pub kind: String,
    /// The ticket that it speaks of.
    pub ticket: Option<i64>,
    /// The codes of the server's answer (`550 5.1.1`); empty where there was none.
    pub code: String,
}

/// The codes that an error begins with: what follows may hold an address.
fn code(error: &str) -> String {
    let said = error.rsplit_once("given up after days: ");
    let said = said.map_or(error, |(_, said)| said);
    let is_code = |word: &&str| {
        word.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    let codes: Vec<&str> = said
        .split_whitespace()
        .take(2)
        .take_while(is_code)
        .collect();
    codes.join(" ")
}

impl View<'_> {
    /// The state of the desk's ledgers.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn health(&self) -> Result<Health, StoreError> {
        let count = |sql: &str| -> Result<u64, StoreError> {
            Ok(self
                .conn
                .prepare_cached(sql)?
                .query_row([], |row| row.get(0))?)
        };
        let now = clock::now().as_millisecond();
        let due = "state IN ('scheduled', 'pending') AND held = 0 AND next_attempt_at <= ?1";
        let (waiting_to_go, oldest): (u64, Option<i64>) = self
            .conn
            .prepare_cached(&format!(
                "SELECT count(*), min(created_at) FROM outbox WHERE {due}"
            ))?
            .query_row([now], |row| Ok((row.get(0)?, row.get(1)?)))?;
        // a row between two attempts is not due, but it is not sent either
        let retrying: u64 = self
            .conn
            .prepare_cached(
                "SELECT count(*) FROM outbox WHERE state IN ('scheduled', 'pending') \
                 AND held = 0 AND next_attempt_at > ?1 AND attempts > 0",
            )?
            .query_row([now], |row| row.get(0))?;
        let sending = count("SELECT count(*) FROM outbox WHERE state = 'sending'")?;
        Ok(Health {
            waiting: count("SELECT count(*) FROM messages WHERE state = 'received'")?,
            quarantined: count("SELECT count(*) FROM messages WHERE state = 'quarantined'")?,
            outbox_pending: waiting_to_go + retrying + sending,
            outbox_failed: count("SELECT count(*) FROM outbox WHERE state = 'failed'")?,
            outbox_held: count("SELECT count(*) FROM outbox WHERE held = 1")?,
            outbox_oldest: oldest.map(clock::from_millis),
        })
    }

    /// The newest mails that failed for good, at most so many.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn failures(&self, limit: usize) -> Result<Vec<FailedMail>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT id, kind, ticket, last_error FROM outbox WHERE state = 'failed' \
             ORDER BY id DESC LIMIT ?1",
        )?;
        let rows = select.query_map([limit], |row| {
            Ok(FailedMail {
                id: row.get(0)?,
                kind: row.get(1)?,
                ticket: row.get(2)?,
                code: code(&row.get::<_, String>(3)?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many tickets there are of each status. It counts an index: for a person who asks,
    /// not for every scrape.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn ticket_counts(&self) -> Result<[(Status, u64); 3], StoreError> {
        let mut count = self
            .conn
            .prepare_cached("SELECT count(*) FROM tickets WHERE status = ?1")?;
        let mut counts = Status::WORDS.map(|(_, status)| (status, 0));
        for (status, number) in &mut counts {
            *number = count.query_row([status.word()], |row| row.get(0))?;
        }
        Ok(counts)
    }

    /// The number of the newest ticket; 0 when there is none.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn newest_ticket(&self) -> Result<i64, StoreError> {
        let sql = "SELECT coalesce(max(number), 0) FROM tickets";
        Ok(self
            .conn
            .prepare_cached(sql)?
            .query_row([], |row| row.get(0))?)
    }

    /// Proves that the database answers.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn ping(&self) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("SELECT 1")?
            .query_row([], |_| Ok(()))
            .optional()?;
        Ok(())
    }
}

impl Pen<'_> {
    /// Proves that the database takes writes.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn ping_write(&self) -> Result<(), StoreError> {
        self.conn
            .execute("DELETE FROM cursors WHERE mailbox = ''", [])?;
        Ok(())
    }
}
