//! Copies of sent answers for the Sent folder of their mailbox: what is wanted, what is due.

use jiff::Timestamp;
use rusqlite::OptionalExtension;

use super::{Pen, StoreError, View};
use crate::clock;

/// Where the copy of an answer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyState {
    /// To be made once the answer was sent to somebody.
    Wanted,
    /// The answer was sent: to be made now.
    Due,
    /// It may be in the folder: whoever made it did not live to say so.
    Tried,
    /// It is in the folder.
    Done,
    /// The server refused it for too long.
    GivenUp,
}

impl CopyState {
    fn word(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Due => "due",
            Self::Tried => "tried",
            Self::Done => "done",
            Self::GivenUp => "given_up",
        }
    }
}

/// A sent answer whose copy is due.
#[derive(Clone, Debug)]
pub struct SentCopy {
    /// The answer's row.
    pub message: i64,
    /// Without brackets.
    pub message_id: String,
    /// When a server first took it.
    pub sent_at: Timestamp,
    /// Whether it may be in the folder already.
    pub was_tried: bool,
    /// The exact bytes that were sent, without the signature that is added on the way.
    pub bytes: Vec<u8>,
}

impl Pen<'_> {
    /// Says where the copy of an answer stands.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn mark_copy(&self, message: i64, state: CopyState) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE messages SET copy = ?2 WHERE id = ?1")?
            .execute((message, state.word()))?;
        Ok(())
    }

    /// A server took an outbox row: the copy of its answer is due, if one is wanted. What was never
    /// sent never becomes due, and what is tried again and sent later does.
    pub(super) fn copy_is_due(&self, row: i64) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE messages SET copy = 'due' \
                 WHERE id = (SELECT message FROM outbox WHERE id = ?1) AND copy = 'wanted'",
            )?
            .execute([row])?;
        Ok(())
    }

    /// In a restored database: what was due then may have been copied since.
    pub(super) fn doubt_copies(&self) -> Result<(), StoreError> {
        self.conn.execute(
            "UPDATE messages SET copy = 'tried' WHERE copy IN ('due', 'tried')",
            [],
        )?;
        Ok(())
    }
}

impl View<'_> {
    /// The first due copy of a mailbox behind this message; 0 is from the first.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn next_copy(&self, mailbox: &str, behind: i64) -> Result<Option<SentCopy>, StoreError> {
        let found: Option<(i64, String, i64, bool)> = self
            .conn
            .prepare_cached(
                "SELECT m.id, m.message_id, coalesce((SELECT min(o.sent_at) FROM outbox o \
                 WHERE o.message = m.id), m.arrived_at), m.copy = 'tried' FROM messages m \
                 WHERE m.copy IN ('due', 'tried') AND m.mailbox = ?1 AND m.id > ?2 \
                 ORDER BY m.id LIMIT 1",
            )?
            .query_row((mailbox, behind), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        let Some((message, message_id, sent_at, was_tried)) = found else {
            return Ok(None);
        };
        Ok(Some(SentCopy {
            message,
            message_id,
            sent_at: clock::from_millis(sent_at),
            was_tried,
            bytes: self.raw_of_message(message)?,
        }))
    }
}
