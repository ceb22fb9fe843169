//! The ledger of what goes out: one row a recipient, each with a state and a reason.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row};

use super::{Pen, StoreError, View};
use crate::{address::Address, clock};

/// What a mail is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutboxKind {
    /// We have your mail.
    Acknowledgement,
    /// An agent's answer.
    Reply,
    /// To an agent.
    Notification,
    /// Were you happy.
    Survey,
    /// A rule's template, or an answer to an agent's mail that was not sent on.
    Auto,
}

impl OutboxKind {
    /// The word of JSON, metrics and store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Acknowledgement => "acknowledgement",
            Self::Reply => "reply",
            Self::Notification => "notification",
            Self::Survey => "survey",
            Self::Auto => "auto",
        }
    }
}

/// Where an outgoing mail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxState {
    /// Its time comes later.
    Scheduled,
    /// To be sent, now or at its next attempt.
    Pending,
    /// Leased to a sender.
    Sending,
    /// The server took it.
    Sent,
    /// Refused for good, or given up.
    Failed,
    /// Taken back.
    Dropped,
}

impl OutboxState {
    /// All of them with their words.
    pub const WORDS: [(&'static str, OutboxState); 6] = [
        ("scheduled", Self::Scheduled),
        ("pending", Self::Pending),
        ("sending", Self::Sending),
        ("sent", Self::Sent),
        ("failed", Self::Failed),
        ("dropped", Self::Dropped),
    ];

    /// The word of JSON and store.
    pub fn word(self) -> &'static str {
        Self::WORDS
            .iter()
            .find(|(_, state)| *state == self)
            .map_or("", |(word, _)| word)
    }

    /// The state of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::WORDS
            .iter()
            .find(|(w, _)| *w == word)
            .map(|(_, state)| *state)
    }
}

/// A finished mail to be sent.
#[derive(Clone, Debug)]
pub struct NewOutbox {
    /// What it is for.
    pub kind: OutboxKind,
    /// The ticket that it speaks of.
    pub ticket: Option<i64>,
    /// The answer that it carries.
    pub message: Option<i64>,
    /// The survey that it asks.
    pub survey: Option<i64>,
    /// The one recipient.
    pub recipient: Address,
    /// The envelope sender; empty is `<>`.
    pub envelope_from: String,
    /// The decoded subject.
    pub subject: String,
    /// Without brackets; the same at every attempt.
    pub message_id: String,
    /// RFC 5322 bytes.
    pub bytes: Vec<u8>,
    /// Not before this time; `None` is now.
    pub not_before: Option<Timestamp>,
}

/// A row leased for one attempt.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its row.
    pub id: i64,
    /// What it is for.
    pub kind: String,
    /// The ticket that it speaks of.
    pub ticket: Option<i64>,
    /// Envelope sender; empty is `<>`.
    pub envelope_from: String,
    /// Envelope recipient.
    pub recipient: Address,
    /// The mail.
    pub bytes: Vec<u8>,
    /// Which attempt this is, from 1; counted before dialling.
    pub attempt: u32,
    /// When the row was made.
    pub created_at: Timestamp,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempted {
    /// The server took it.
    Sent,
    /// Try again at that time.
    Later {
        /// When.
        at: Timestamp,
        /// What the server or the network said.
        error: String,
    },
    /// No more attempts.
    Failed {
        /// What the server or the network said.
        error: String,
        /// The code, where it says that the address takes no mail.
        no_mailbox: Option<String>,
    },
}

/// An outbox row as `outbox list` shows it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct OutboxRow {
    /// Its row.
    pub id: i64,
    /// What it is for.
    pub kind: String,
    /// The ticket that it speaks of.
    pub ticket: Option<i64>,
    /// The recipient.
    pub recipient: String,
    /// The decoded subject.
    pub subject: String,
    /// Without brackets.
    pub message_id: String,
    /// `scheduled`, `pending`, `sending`, `sent`, `failed` or `dropped`.
    pub state: String,
    /// Attempts so far.
    pub attempts: u32,
    /// When it is tried next; null once it is over.
    pub next_attempt_at: Option<Timestamp>,
    /// What the last attempt ended with.
    pub last_error: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the server took it.
    pub sent_at: Option<Timestamp>,
    /// Why it was dropped.
    pub why: String,
}

const COLUMNS: &str = "id, kind, ticket, recipient, subject, message_id, state, attempts, \
                       next_attempt_at, last_error, created_at, sent_at, why";

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
        Ok(self.conn.last_insert_rowid())
    }

    /// Leases due rows to `owner` until `lease` from now, and counts the attempt: whatever
    /// happens to the process, a row is never tried more often than it is counted.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn claim_due(
        &self,
        owner: &str,
        lease: SignedDuration,
        limit: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        let now = clock::now();
        self.conn
            .prepare_cached(
                "UPDATE outbox SET state = 'pending', lease_owner = '' \
                 WHERE state = 'sending' AND lease_until < ?1",
            )?
            .execute([now.as_millisecond()])?;
        let mut claim = self.conn.prepare_cached(
            "UPDATE outbox SET state = 'sending', attempts = attempts + 1, lease_owner = ?1, \
             lease_until = ?2 WHERE id IN (SELECT id FROM outbox \
             WHERE state IN ('scheduled', 'pending') AND next_attempt_at <= ?3 \
             ORDER BY next_attempt_at, id LIMIT ?4) \
             RETURNING id, kind, ticket, envelope_from, recipient, raw, attempts, created_at",
        )?;
        let until = (now + lease).as_millisecond();
        let mut rows = claim.query((owner, until, now.as_millisecond(), limit))?;
        let mut claimed = Vec::new();
        while let Some(row) = rows.next()? {
            claimed.push(Delivery {
                id: row.get(0)?,
                kind: row.get(1)?,
                ticket: row.get(2)?,
                envelope_from: row.get(3)?,
                recipient: Address::new("", row.get::<_, String>(4)?),
                bytes: self.get_raw(row.get(5)?)?,
                attempt: row.get(6)?,
                created_at: clock::from_millis(row.get(7)?),
            });
        }
        claimed.sort_by_key(|delivery| delivery.id);
        Ok(claimed)
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
                self.conn
                    .prepare_cached(
                        "UPDATE surveys SET asked_at = ?2 WHERE asked_at IS NULL \
                         AND id = (SELECT survey FROM outbox WHERE id = ?1)",
                    )?
                    .execute((id, now))?;
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

    /// Makes failed or waiting rows due now. `None` is every row that failed or is delayed: what
    /// an admin wants once the relay is back.
    ///
    /// # Errors
    /// When the row is not one that could be tried again.
    pub fn retry(&self, id: Option<i64>) -> Result<usize, StoreError> {
        let now = clock::now().as_millisecond();
        let set = "UPDATE outbox SET state = 'pending', next_attempt_at = ?1 WHERE";
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
    /// When the next row is due; `None` when nothing waits. Counts leases that run out.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let due: Option<i64> = self
            .conn
            .prepare_cached(
                "SELECT next_attempt_at FROM outbox WHERE state IN ('scheduled', 'pending') \
                 ORDER BY next_attempt_at LIMIT 1",
            )?
            .query_row([], |row| row.get(0))
            .optional()?;
        let lease: Option<i64> = self
            .conn
            .prepare_cached("SELECT min(lease_until) + 1 FROM outbox WHERE state = 'sending'")?
            .query_row([], |row| row.get(0))?;
        Ok(due.into_iter().chain(lease).min().map(clock::from_millis))
    }

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
            .query_row([id], |row| Ok((read(row)?, row.get::<_, i64>(13)?)))
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
    let is_waiting = matches!(state.as_str(), "scheduled" | "pending" | "sending");
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
    })
}

fn not_in_outbox(id: i64, what: &str) -> StoreError {
    StoreError::NotFound(format!(
        "no outbox row {id} that {what}: `maildesk outbox list` shows them"
    ))
}
