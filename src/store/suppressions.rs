//! Addresses that get no automatic mail until they write: mail to them came back, or was marked
//! as spam there.

use rusqlite::OptionalExtension;

use super::{Pen, StoreError, View, budgets::AUTOMATIC};
use crate::{address::Address, clock};

/// So many temporary failures in a row are as good as one for good: each of them means that a
/// server tried for days.
pub const SOFT_BOUNCES: u32 = 3;

/// The reason that only an answer lifts. Anybody can write in the name of a victim; only the
/// victim can answer what it got.
const COMPLAINT: &str = "complaint";

/// What a ticket says of a suppression.
pub fn suppressed(who: &str, code: &str) -> String {
    format!("{who} gets no automatic mail until it writes: {code}")
}

impl Pen<'_> {
    /// Suppresses an address that mail came back from for good; what waits for it is dropped.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn suppress(&self, address: &str, why: &str) -> Result<(), StoreError> {
        let key = address.to_lowercase();
        self.conn.execute(
            "INSERT INTO suppressions (address_key, at, why) VALUES (?1, ?2, ?3) \
             ON CONFLICT (address_key) DO UPDATE SET at = excluded.at, \
             why = CASE why WHEN 'complaint' THEN why ELSE excluded.why END",
            (&key, clock::now().as_millisecond(), why),
        )?;
        let drop = format!(
            "UPDATE outbox SET state = 'dropped', why = 'suppressed' WHERE recipient_key = ?1 \
             AND state IN ('scheduled', 'pending') AND {AUTOMATIC}"
        );
        self.conn.prepare_cached(&drop)?.execute([&key])?;
        let mut cancel = self.conn.prepare_cached(
            "UPDATE surveys SET cancelled = 'suppressed' WHERE recipient_key = ?1 \
             AND asked_at IS NULL AND cancelled = '' AND NOT EXISTS (SELECT 1 FROM outbox o \
             WHERE o.survey = surveys.id AND o.state IN ('sending', 'sent')) RETURNING ticket",
        )?;
        self.tell_skipped(cancel.query([&key])?, "suppressed")
    }

    /// Suppresses the recipient of an outbox row whose server says that there is no such address,
    /// and tells the ticket.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn suppress_recipient(&self, row: i64, code: &str) -> Result<(), StoreError> {
        let (ticket, who): (Option<i64>, String) = self
            .conn
            .prepare_cached("SELECT ticket, recipient FROM outbox WHERE id = ?1")?
            .query_row([row], |row| Ok((row.get(0)?, row.get(1)?)))?;
        self.suppress(&who, code)?;
        match ticket {
            Some(ticket) => {
                let detail = suppressed(&who, code);
                self.event(ticket, "desk", "suppressed", &detail)
            }
            None => Ok(()),
        }
    }

    /// Suppresses an address whose owner marked a mail of ours as spam.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn suppress_complaint(&self, address: &str) -> Result<(), StoreError> {
        self.suppress(address, COMPLAINT)?;
        self.conn.execute(
            "UPDATE suppressions SET why = ?2 WHERE address_key = ?1",
            (address.to_lowercase(), COMPLAINT),
        )?;
        Ok(())
    }

    /// Counts a failure that may pass, and suppresses the address at the [`SOFT_BOUNCES`]th one
    /// without a mail from it. Returns which one it is.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn count_soft_bounce(&self, address: &str, why: &str) -> Result<u32, StoreError> {
        let now = clock::now().as_millisecond();
        let count = self.conn.query_row(
            "INSERT INTO soft_bounces (address_key, count, at) VALUES (?1, 1, ?2) \
             ON CONFLICT (address_key) DO UPDATE SET count = count + 1, at = excluded.at \
             RETURNING count",
            (address.to_lowercase(), now),
            |row| row.get(0),
        )?;
        if count >= SOFT_BOUNCES {
            self.suppress(address, why)?;
        }
        Ok(count)
    }

    /// Lifts a suppression: the address wrote to us, so it lives. A complaint is lifted by an
    /// answer to a mail of ours alone.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn unsuppress(&self, address: &Address, is_answer: bool) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "DELETE FROM suppressions WHERE address_key = ?1 AND (?2 OR why <> 'complaint')",
            )?
            .execute((address.key(), is_answer))?;
        self.conn
            .prepare_cached("DELETE FROM soft_bounces WHERE address_key = ?1")?
            .execute([address.key()])?;
        Ok(())
    }
}

impl View<'_> {
    /// Whether mail to an address came back for good or was marked as spam, and nothing came
    /// from it since.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn is_suppressed(&self, address: &Address) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM suppressions WHERE address_key = ?1";
        let found = self
            .conn
            .prepare_cached(sql)?
            .query_row([address.key()], |_| Ok(()));
        Ok(found.optional()?.is_some())
    }
}
