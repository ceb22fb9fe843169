//! Who may be asked, who was, and which questions wait to be sent.

use jiff::{SignedDuration, Timestamp};
use rusqlite::OptionalExtension;

use crate::{
    address::Address,
    clock,
    nps::policy::{Customer, Policy},
    store::{Pen, StoreError, Ticket, View},
};

/// A question that waits to be sent.
#[derive(Clone, Debug)]
pub struct NpsWaiting {
    /// The question.
    pub question: i64,
    /// Who is asked.
    pub recipient: Address,
    /// Until when it can be answered.
    pub expires_at: Timestamp,
    /// When it is tried next.
    pub leaves_at: Timestamp,
}

/// When a customer was last asked or answered, in milliseconds; NULL for never.
const LAST_ASKED: &str = "SELECT max(max(q.created_at, coalesce(q.asked_at, 0), \
    coalesce((SELECT max(a.at) FROM nps_answers a WHERE a.question = q.id), 0))) \
    FROM nps_questions q WHERE q.withdrawn = '' AND q.recipient_key";

impl Pen<'_> {
    /// Takes back a question that has not left, as if it had never been planned. One that is being
    /// sent is left alone.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn withdraw_nps(&self, question: i64, why: &str) -> Result<(), StoreError> {
        let dropped = self
            .conn
            .prepare_cached(
                "UPDATE outbox SET state = 'dropped', why = ?2 \
                 WHERE id = (SELECT outbox FROM nps_questions WHERE id = ?1) \
                 AND state IN ('scheduled', 'pending')",
            )?
            .execute((question, why))?;
        if dropped > 0 {
            self.conn
                .prepare_cached("UPDATE nps_questions SET withdrawn = ?2 WHERE id = ?1")?
                .execute((question, why))?;
        }
        Ok(())
    }

    /// Puts a question off that waits to be sent.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn put_off_nps(&self, question: i64, until: Timestamp) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE outbox SET next_attempt_at = ?2 \
                 WHERE id = (SELECT outbox FROM nps_questions WHERE id = ?1) \
                 AND state IN ('scheduled', 'pending')",
            )?
            .execute((question, until.as_millisecond()))?;
        Ok(())
    }
}

impl View<'_> {
    /// How many questions were planned since a moment and not taken back, and when the last one was.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn nps_planned_since(
        &self,
        since: Timestamp,
    ) -> Result<(u32, Option<Timestamp>), StoreError> {
        let count = "SELECT count(*) FROM nps_questions WHERE created_at >= ?1 AND withdrawn = ''";
        let today = self
            .conn
            .prepare_cached(count)?
            .query_row([since.as_millisecond()], |row| row.get(0))?;
        let last: Option<i64> = self
            .conn
            .prepare_cached("SELECT max(created_at) FROM nps_questions")?
            .query_row([], |row| row.get(0))?;
        Ok((today, last.map(clock::from_millis)))
    }

    /// The questions that wait to be sent.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn nps_waiting(&self) -> Result<Vec<NpsWaiting>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT q.id, q.recipient, q.expires_at, o.next_attempt_at FROM nps_questions q \
             JOIN outbox o ON o.id = q.outbox WHERE q.asked_at IS NULL AND q.withdrawn = '' \
             AND o.state IN ('scheduled', 'pending') ORDER BY q.id",
        )?;
        let rows = select.query_map([], |row| {
            Ok(NpsWaiting {
                question: row.get(0)?,
                recipient: Address::new("", row.get::<_, String>(1)?),
                expires_at: clock::from_millis(row.get(2)?),
                leaves_at: clock::from_millis(row.get(3)?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The requesters who may be due, with the time at which they were last asked: [`Policy`] as far
    /// as one look over all tickets tells. Whether one is due says [`View::nps_customer`].
    ///
    /// # Errors
    /// The database's trouble.
    pub fn nps_candidates(
        &self,
        now: Timestamp,
        policy: &Policy,
    ) -> Result<Vec<(String, Option<Timestamp>)>, StoreError> {
        let ago = |by| {
            let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
            let then = now.checked_sub(by).unwrap_or(Timestamp::MIN);
            then.as_millisecond()
        };
        let sql = format!(
            "SELECT c.key, ({LAST_ASKED} = c.key) AS last FROM (SELECT t.requester_key AS key \
             FROM tickets t GROUP BY t.requester_key HAVING min(t.history) = 0 \
             AND min(t.opened_at) <= ?1 AND max(t.updated_at) BETWEEN ?2 AND ?3 \
             AND max(t.status <> 'closed') = 0 AND max(t.last_agent) <> '') c \
             WHERE coalesce(last, 0) <= ?4 \
             AND NOT EXISTS (SELECT 1 FROM nps_refusals r WHERE r.address_key = c.key) \
             AND NOT EXISTS (SELECT 1 FROM suppressions s WHERE s.address_key = c.key)"
        );
        let mut select = self.conn.prepare_cached(&sql)?;
        let bounds = (
            ago(policy.customers_since),
            ago(policy.active_within),
            ago(policy.quiet),
            ago(policy.every),
        );
        let rows = select.query_map(bounds, |row| {
            let last: Option<i64> = row.get(1)?;
            Ok((row.get(0)?, last.map(clock::from_millis)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// All that the store knows that bears on asking an address.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn nps_customer(&self, who: &Address) -> Result<Customer, StoreError> {
        let key = who.key();
        let cases = "SELECT min(t.opened_at), \
                     max(max(t.opened_at, t.updated_at, coalesce(t.closed_at, 0))), \
                     coalesce(max(t.status <> 'closed'), 0) \
                     FROM participants p JOIN tickets t ON t.number = p.ticket \
                     WHERE p.address_key = ?1";
        let (first, last, has_open_case): (Option<i64>, Option<i64>, bool) = self
            .conn
            .prepare_cached(cases)?
            .query_row([&key], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let wrote = "SELECT 1 FROM tickets t JOIN messages m ON m.ticket = t.number \
                     WHERE t.requester_key = ?1 AND t.history = 0 AND t.last_agent <> '' \
                     AND m.history = 0 \
                     AND m.direction = 'in' AND m.kind = 'customer' AND lower(m.author) = ?1 \
                     AND NOT EXISTS (SELECT 1 FROM ticket_tags g \
                     WHERE g.ticket = t.number AND g.tag = 'spam')";
        let last_asked: Option<i64> = self
            .conn
            .prepare_cached(&format!("{LAST_ASKED} = ?1"))?
            .query_row([&key], |row| row.get(0))?;
        let refused = "SELECT 1 FROM nps_refusals WHERE address_key = ?1";
        Ok(Customer {
            first_case_at: first.map(clock::from_millis),
            last_case_at: last.map(clock::from_millis),
            has_open_case,
            has_been_helped: self.conn.prepare_cached(wrote)?.exists([&key])?,
            last_survey_at: self.last_survey_to(who)?,
            last_nps_at: last_asked.map(clock::from_millis),
            is_own: false,
            is_suppressed: self.is_suppressed(who)?,
            has_refused: self.conn.prepare_cached(refused)?.exists([&key])?,
        })
    }

    /// The newest ticket that a requester opened since the desk runs.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn last_ticket_of(&self, requester_key: &str) -> Result<Option<Ticket>, StoreError> {
        let found: Option<i64> = self
            .conn
            .prepare_cached(
                "SELECT number FROM tickets WHERE requester_key = ?1 AND history = 0 \
                 ORDER BY opened_at DESC, number DESC LIMIT 1",
            )?
            .query_row([requester_key], |row| row.get(0))
            .optional()?;
        found.map(|number| self.ticket(number)).transpose()
    }
}
