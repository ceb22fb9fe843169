//! Answers that have not left yet: taken back, held, or let go.

use super::super::{Pen, StoreError};
use crate::address::Address;

/// Answers that nobody has got and that no sender holds.
const HAS_NOT_LEFT: &str = "kind = 'reply' AND state IN ('scheduled', 'pending')";

/// Why a row is held.
const HELD: &str = "held: the customer wrote before it left";

/// For how many recipients an answer was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakenBack {
    /// It is not sent to them.
    pub kept: usize,
    /// Of those, how many an attempt was made for: a relay whose answer was lost may have it.
    pub tried: usize,
    /// It had left for them already.
    pub late: usize,
}

impl Pen<'_> {
    /// Takes an answer back from all recipients that it has not left for.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn take_back(&self, message: i64, why: &str) -> Result<TakenBack, StoreError> {
        let sql = format!(
            "UPDATE outbox SET state = 'dropped', why = ?2, held = 0 \
             WHERE message = ?1 AND {HAS_NOT_LEFT} RETURNING attempts > 0"
        );
        let mut take = self.conn.prepare_cached(&sql)?;
        let rows = take.query_map((message, why), |row| row.get(0))?;
        let tried: Vec<bool> = rows.collect::<Result<_, _>>()?;
        let left =
            "SELECT count(*) FROM outbox WHERE message = ?1 AND state IN ('sending', 'sent')";
        let late = self
            .conn
            .prepare_cached(left)?
            .query_row([message], |row| row.get(0))?;
        Ok(TakenBack {
            kept: tried.len(),
            tried: tried.into_iter().filter(|tried| *tried).count(),
            late,
        })
    }

    /// The last answer of a ticket that has not left for somebody.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn last_unsent_answer(&self, ticket: i64) -> Result<Option<i64>, StoreError> {
        let sql = format!("SELECT max(message) FROM outbox WHERE ticket = ?1 AND {HAS_NOT_LEFT}");
        let found = self
            .conn
            .prepare_cached(&sql)?
            .query_row([ticket], |row| row.get(0))?;
        Ok(found)
    }

    /// Holds the answers of a ticket that wait for their time: the customer wrote first. One that
    /// only the network delays was meant to be there already, and goes. Returns their messages with
    /// their authors.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn hold_answers(&self, ticket: i64) -> Result<Vec<(i64, Address)>, StoreError> {
        let mut hold = self.conn.prepare_cached(
            "UPDATE outbox SET held = 1, why = ?2 WHERE ticket = ?1 AND kind = 'reply' \
             AND state = 'scheduled' AND held = 0 RETURNING message",
        )?;
        let rows = hold.query_map((ticket, HELD), |row| row.get(0))?;
        let mut messages: Vec<i64> = rows.collect::<Result<_, _>>()?;
        messages.sort_unstable();
        messages.dedup();
        let mut author = self
            .conn
            .prepare_cached("SELECT author_name, author FROM messages WHERE id = ?1")?;
        let mut held = Vec::new();
        for message in messages {
            let who = author.query_row([message], |row| {
                Ok(Address::new(
                    row.get::<_, String>(0)?,
                    row.get::<_, String>(1)?,
                ))
            })?;
            held.push((message, who));
        }
        Ok(held)
    }

    /// Sends the held answers of a ticket now. Returns how many mails.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn let_go(&self, ticket: i64, now: jiff::Timestamp) -> Result<usize, StoreError> {
        let sql = "UPDATE outbox SET held = 0, why = '', state = 'pending', next_attempt_at = ?2 \
                   WHERE ticket = ?1 AND kind = 'reply' AND held = 1 AND state = 'scheduled'";
        let mut release = self.conn.prepare_cached(sql)?;
        Ok(release.execute((ticket, now.as_millisecond()))?)
    }

    /// Who helped last, after an answer was taken back: a survey is not about what nobody got.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn forget_untold_agent(&self, ticket: i64) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE tickets SET last_agent = coalesce((SELECT m.author FROM messages m \
                 WHERE m.ticket = ?1 AND m.direction = 'out' AND NOT EXISTS (SELECT 1 \
                 FROM outbox o WHERE o.message = m.id AND o.state = 'dropped') \
                 ORDER BY m.id DESC LIMIT 1), '') WHERE number = ?1",
            )?
            .execute([ticket])?;
        Ok(())
    }
}
