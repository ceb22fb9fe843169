//! The queue: rows in, rows leased, and what became of them.

use jiff::{SignedDuration, Timestamp};
use rusqlite::OptionalExtension;

use super::{
    super::{Pen, StoreError, View},
    Attempted, Delivery, Door, Leave, NewOutbox, OutboxKind,
};
use crate::{address::Address, clock};

/// What may be tried: all but answers whose turn it is not. Answers to one person leave in the
/// order in which they were written; one that was put off for longer lets later ones pass.
const MAY_GO: &str = "o.state IN ('scheduled', 'pending') AND o.held = 0 \
    AND NOT (o.kind = 'reply' AND EXISTS (SELECT 1 FROM outbox e WHERE e.ticket = o.ticket \
    AND e.id < o.id AND e.recipient_key = o.recipient_key AND e.kind = 'reply' AND e.held = 0 \
    AND (e.state IN ('pending', 'sending') \
    OR e.state = 'scheduled' AND e.next_attempt_at <= o.next_attempt_at)))";

/// How many due surveys are looked at in one transaction.
const AT_THE_DOOR: usize = 50;

impl Pen<'_> {
    /// Puts a mail into the outbox.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn enqueue(&self, mail: &NewOutbox) -> Result<i64, StoreError> {
        let raw = self.put_raw(&mail.bytes)?;
        self.enqueue_stored(mail, raw)
    }

    /// Puts one mail into the outbox for several recipients; the bytes are kept once. Returns
    /// the bytes' row, so that a message can show them too.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn enqueue_all(&self, mails: &[NewOutbox]) -> Result<Option<i64>, StoreError> {
        let Some(first) = mails.first() else {
            return Ok(None);
        };
        let raw = self.put_raw(&first.bytes)?;
        for mail in mails {
            self.enqueue_stored(mail, raw)?;
        }
        Ok(Some(raw))
    }

    fn enqueue_stored(&self, mail: &NewOutbox, raw: i64) -> Result<i64, StoreError> {
        let now = clock::now();
        let state = if mail.not_before.is_some_and(|at| at > now) {
            "scheduled"
        } else {
            "pending"
        };
        self.conn
            .prepare_cached(
                "INSERT INTO outbox (kind, state, ticket, message, survey, recipient, \
                 recipient_key, envelope_from, subject, message_id, raw, next_attempt_at, \
                 created_at, recipient_domain, is_first) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, \
                 ?9, ?10, ?11, ?12, ?13, ?14, \
                 NOT EXISTS (SELECT 1 FROM outbox o WHERE o.recipient_key = ?7))",
            )?
            .execute(rusqlite::params![
                mail.kind.word(),
                state,
                mail.ticket,
                mail.message,
                mail.survey,
                mail.recipient.address,
                mail.recipient.key(),
                mail.envelope_from,
                mail.subject,
                mail.message_id,
                raw,
                mail.not_before.unwrap_or(now).as_millisecond(),
                now.as_millisecond(),
                mail.recipient.organisation(),
            ])?;
        let id = self.conn.last_insert_rowid();
        if mail.kind == OutboxKind::Reply {
            self.bring_forward(id)?;
        }
        Ok(id)
    }

    /// A new answer waits for delayed ones to the same person: those are tried again with it, and
    /// not hours later.
    fn bring_forward(&self, id: i64) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE outbox AS e SET next_attempt_at = min(e.next_attempt_at, o.next_attempt_at) \
                 FROM outbox o WHERE o.id = ?1 AND e.ticket = o.ticket AND e.id < o.id \
                 AND e.recipient_key = o.recipient_key AND e.kind = 'reply' \
                 AND e.state = 'pending' AND e.held = 0",
            )?
            .execute([id])?;
        Ok(())
    }

    /// Leases due rows to `owner` until `lease` from now, and counts the attempt: whatever
    /// happens to the process, a row is never tried more often than it is counted. Leases of
    /// others run out; what `owner` itself has in hand it knows better than any clock.
    ///
    /// A survey takes what room all other mail leaves, and `door` has the last word on it.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn claim_due(
        &self,
        owner: &str,
        lease: SignedDuration,
        limit: usize,
        door: &Door,
    ) -> Result<Vec<Delivery>, StoreError> {
        let now = clock::now();
        self.conn
            .prepare_cached(
                "UPDATE outbox SET state = 'pending', lease_owner = '' \
                 WHERE state = 'sending' AND lease_until < ?1 AND lease_owner <> ?2",
            )?
            .execute((now.as_millisecond(), owner))?;
        let until = now.checked_add(lease).unwrap_or(Timestamp::MAX);
        let mut claimed = Vec::new();
        for (id, _) in self.due("o.kind <> 'survey'", now, limit)? {
            claimed.push(self.lease(id, owner, until)?);
        }
        if claimed.len() < limit {
            for (id, survey) in self.due("o.kind = 'survey'", now, AT_THE_DOOR)? {
                if claimed.len() == limit {
                    break;
                }
                if self.may_leave(id, survey, door)? {
                    claimed.push(self.lease(id, owner, until)?);
                }
            }
        }
        claimed.sort_by_key(|delivery| delivery.id);
        Ok(claimed)
    }

    /// The oldest due rows of those kinds, with their surveys.
    fn due(
        &self,
        kinds: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(i64, Option<i64>)>, StoreError> {
        let mut select = self.conn.prepare_cached(&format!(
            "SELECT o.id, o.survey FROM outbox o WHERE {kinds} AND {MAY_GO} \
             AND o.next_attempt_at <= ?1 ORDER BY o.next_attempt_at, o.id LIMIT ?2"
        ))?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = select.query_map((now.as_millisecond(), limit), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn lease(&self, id: i64, owner: &str, until: Timestamp) -> Result<Delivery, StoreError> {
        let (raw, mut delivery) = self
            .conn
            .prepare_cached(
                "UPDATE outbox SET state = 'sending', attempts = attempts + 1, lease_owner = ?2, \
                 lease_until = ?3 WHERE id = ?1 RETURNING raw, kind, ticket, envelope_from, \
                 recipient, attempts, created_at",
            )?
            .query_row((id, owner, until.as_millisecond()), |row| {
                let delivery = Delivery {
                    id,
                    kind: row.get(1)?,
                    ticket: row.get(2)?,
                    envelope_from: row.get(3)?,
                    recipient: Address::new("", row.get::<_, String>(4)?),
                    bytes: Vec::new(),
                    attempt: row.get(5)?,
                    created_at: clock::from_millis(row.get(6)?),
                };
                Ok((row.get(0)?, delivery))
            })?;
        delivery.bytes = self.get_raw(raw)?;
        Ok(delivery)
    }

    /// Asks at the door. Trouble there is no other mail's trouble: the survey waits an hour.
    fn may_leave(&self, id: i64, survey: Option<i64>, door: &Door) -> Result<bool, StoreError> {
        let Some(survey) = survey else {
            return Ok(true);
        };
        let trouble = match self.attempt(|pen| door(pen, id, survey))? {
            Ok(Ok(Leave::Now)) => return Ok(true),
            Ok(Ok(Leave::Later(at))) => return self.put_off(id, at),
            Ok(Ok(Leave::Never(why))) => {
                self.drop_outbox(id, &why)?;
                return Ok(false);
            }
            Ok(Err(error)) => error,
            Err(_) => StoreError::Panicked,
        };
        tracing::error!(outbox = id, survey, "whether a survey may leave: {trouble}");
        self.put_off(id, clock::now() + SignedDuration::from_hours(1))
    }

    fn put_off(&self, id: i64, at: Timestamp) -> Result<bool, StoreError> {
        self.conn
            .prepare_cached("UPDATE outbox SET next_attempt_at = ?2 WHERE id = ?1")?
            .execute((id, at.as_millisecond()))?;
        Ok(false)
    }

    /// Gives back every lease of a process that is gone. Only the holder of the desk's lock file
    /// may call it.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn release_leases(&self) -> Result<usize, StoreError> {
        Ok(self.conn.execute(
            "UPDATE outbox SET state = 'pending', lease_owner = '' WHERE state = 'sending'",
            [],
        )?)
    }

    /// Mends what a clock that was set back leaves: rows that were made in what is now the future
    /// get their wait from now on, and attempts that were put off to later than `latest` are due.
    /// Returns how many rows it mended.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn clock_was_set_back(
        &self,
        now: Timestamp,
        latest: Timestamp,
    ) -> Result<usize, StoreError> {
        let (now, latest) = (now.as_millisecond(), latest.as_millisecond());
        let made_later = self
            .conn
            .prepare_cached(
                "UPDATE outbox SET created_at = ?1, next_attempt_at = CASE state \
                 WHEN 'scheduled' THEN ?1 + next_attempt_at - created_at ELSE ?1 END \
                 WHERE state IN ('scheduled', 'pending') AND held = 0 AND next_attempt_at > ?1 \
                 AND created_at > ?1",
            )?
            .execute([now])?;
        let put_off = self
            .conn
            .prepare_cached(
                "UPDATE outbox SET next_attempt_at = ?1 WHERE state IN ('scheduled', 'pending') \
                 AND held = 0 AND next_attempt_at > ?2 AND state = 'pending'",
            )?
            .execute((now, latest))?;
        Ok(made_later + put_off)
    }

    /// Records what became of an attempt. A failure that ends it is told in the ticket; an address
    /// that takes no mail is suppressed.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn record_outcome(&self, id: i64, outcome: &Attempted) -> Result<(), StoreError> {
        let now = clock::now().as_millisecond();
        match outcome {
            Attempted::Sent => {
                self.conn
                    .prepare_cached(
                        "UPDATE outbox SET state = 'sent', sent_at = ?2, lease_owner = '', \
                         last_error = '' WHERE id = ?1",
                    )?
                    .execute((id, now))?;
                self.survey_has_left(id, now)?;
                self.nps_has_left(id)?;
                self.copy_is_due(id)?;
                // "we have your mail" after the answer to it makes the desk look absent
                self.conn
                    .prepare_cached(
                        "UPDATE outbox AS a SET state = 'dropped', why = 'the answer was first' \
                         FROM outbox o WHERE o.id = ?1 AND o.kind = 'reply' \
                         AND a.ticket = o.ticket AND a.recipient_key = o.recipient_key \
                         AND a.kind = 'acknowledgement' AND a.state IN ('scheduled', 'pending')",
                    )?
                    .execute([id])?;
            }
            Attempted::Later { at, error } => {
                self.conn
                    .prepare_cached(
                        "UPDATE outbox SET state = 'pending', next_attempt_at = ?2, \
                         last_error = ?3, lease_owner = '' WHERE id = ?1",
                    )?
                    .execute((id, at.as_millisecond(), error))?;
            }
            Attempted::Failed { error, no_mailbox } => {
                self.fail(id, error)?;
                if let Some(code) = no_mailbox {
                    self.suppress_recipient(id, code)?;
                }
            }
        }
        Ok(())
    }

    /// Marks a row failed, whatever its state (a bounce comes after `sent`), and tells the ticket.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn fail(&self, id: i64, error: &str) -> Result<(), StoreError> {
        self.conn.execute(
            "UPDATE outbox SET state = 'failed', last_error = ?2, lease_owner = '' WHERE id = ?1",
            (id, error),
        )?;
        let told: Option<(Option<i64>, String)> = self
            .conn
            .prepare_cached("SELECT ticket, kind FROM outbox WHERE id = ?1")?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some((Some(ticket), kind)) = told {
            self.event(
                ticket,
                "desk",
                "delivery_failed",
                &format!("{kind} {id}: {error}"),
            )?;
        }
        Ok(())
    }
}

impl View<'_> {
    /// When the next row is due for `owner`; `None` when nothing waits. Counts leases of others
    /// that run out.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn next_due(&self, owner: &str) -> Result<Option<Timestamp>, StoreError> {
        let due: Option<i64> = self
            .conn
            .prepare_cached(&format!(
                "SELECT o.next_attempt_at FROM outbox o WHERE {MAY_GO} \
                 ORDER BY o.next_attempt_at LIMIT 1"
            ))?
            .query_row([], |row| row.get(0))
            .optional()?;
        let lease: Option<i64> = self
            .conn
            .prepare_cached(
                "SELECT min(lease_until) + 1 FROM outbox WHERE state = 'sending' \
                 AND lease_owner <> ?1",
            )?
            .query_row([owner], |row| row.get(0))?;
        Ok(due.into_iter().chain(lease).min().map(clock::from_millis))
    }
}
