//! Questions for NPS, their answers, and who does not want to be asked. Every answer is kept; the
//! last one counts. Nothing here is a survey or belongs to a ticket.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row};

use super::{OutboxRow, Pen, StoreError, Ticket, View};
use crate::{
    address::Address,
    clock,
    language::Language,
    nps::{
        NpsRow,
        policy::{Customer, Policy},
    },
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

/// A question to be asked.
#[derive(Clone, Debug)]
pub struct NewNpsQuestion {
    /// Who is asked.
    pub recipient: Address,
    /// The language that it is asked in.
    pub language: Language,
    /// The mailbox of the customer's last ticket.
    pub mailbox: String,
    /// Until when it can be answered.
    pub expires_at: Timestamp,
}

/// A question with what only the desk needs of it.
#[derive(Clone, Debug)]
pub struct NpsQuestion {
    /// As lists and reports see it; `None` before it left.
    pub row: Option<NpsRow>,
    /// Its row.
    pub id: i64,
    /// Who is asked: the party of its token.
    pub recipient: Address,
    /// The language that it is asked in.
    pub language: Language,
    /// Until when it can be answered.
    pub expires_at: Timestamp,
    /// The last answer.
    pub score: Option<u8>,
    /// What the customer added to it.
    pub comment: String,
}

/// How an answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NpsVia {
    /// On the page.
    Page,
    /// By mail.
    Mail,
}

/// How a customer said that they do not want to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// On the page.
    Page,
    /// By the button of their mail program (RFC 8058).
    OneClick,
    /// By mail.
    Mail,
    /// They told an agent.
    Desk,
}

impl Refused {
    fn word(self) -> &'static str {
        match self {
            Refused::Page => "page",
            Refused::OneClick => "one_click",
            Refused::Mail => "mail",
            Refused::Desk => "desk",
        }
    }
}

const COLUMNS: &str = "q.id, q.recipient, q.language, q.mailbox, q.asked_at, q.expires_at, \
    a.score, coalesce(a.comment, ''), a.at";
const FROM: &str = "nps_questions q LEFT JOIN nps_answers a ON a.id = \
    (SELECT max(x.id) FROM nps_answers x WHERE x.question = q.id)";

/// When a customer was last asked or answered, in milliseconds; NULL for never.
const LAST_ASKED: &str = "SELECT max(max(q.created_at, coalesce(q.asked_at, 0), \
    coalesce((SELECT max(a.at) FROM nps_answers a WHERE a.question = q.id), 0))) \
    FROM nps_questions q WHERE q.withdrawn = '' AND q.recipient_key";

impl Pen<'_> {
    /// Records a question that will be asked; the mail goes through the outbox.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn add_nps_question(&self, new: &NewNpsQuestion) -> Result<i64, StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO nps_questions (recipient, recipient_key, language, mailbox, \
                 created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                &new.recipient.address,
                new.recipient.key(),
                new.language.code(),
                &new.mailbox,
                clock::now().as_millisecond(),
                new.expires_at.as_millisecond(),
            ))?;
        Ok(self.conn.last_insert_rowid())
    }

    /// Ties a question to the mail that asks it.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn set_nps_outbox(&self, question: i64, outbox: i64) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE nps_questions SET outbox = ?2 WHERE id = ?1")?
            .execute((question, outbox))?;
        Ok(())
    }

    /// A mail left: if it asks a question, that is asked now.
    pub(super) fn nps_has_left(&self, outbox: i64) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE nps_questions SET asked_at = ?2, withdrawn = '' \
                 WHERE outbox = ?1 AND asked_at IS NULL",
            )?
            .execute((outbox, clock::now().as_millisecond()))?;
        Ok(())
    }

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

    /// Records an answer. All are kept, the last one counts. Whoever answers was asked, even where
    /// the relay never said that it took the mail.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn answer_nps(
        &self,
        question: i64,
        score: u8,
        comment: &str,
        via: NpsVia,
    ) -> Result<(), StoreError> {
        let via = match via {
            NpsVia::Page => "page",
            NpsVia::Mail => "mail",
        };
        let now = clock::now().as_millisecond();
        self.conn
            .prepare_cached(
                "INSERT INTO nps_answers (question, at, score, comment, via) \
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((question, now, score, comment, via))?;
        self.conn
            .prepare_cached(
                "UPDATE nps_questions SET asked_at = coalesce(asked_at, ?2), withdrawn = '' \
                 WHERE id = ?1",
            )?
            .execute((question, now))?;
        Ok(())
    }

    /// Notes that a customer does not want to be asked. The first word of it is kept.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn refuse_nps(&self, who: &Address, how: Refused) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO nps_refusals (address_key, at, how) VALUES (?1, ?2, ?3) \
                 ON CONFLICT DO NOTHING",
            )?
            .execute((who.key(), clock::now().as_millisecond(), how.word()))?;
        Ok(())
    }

    /// Lets a customer be asked again. Returns whether they had refused.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn allow_nps(&self, who: &Address) -> Result<bool, StoreError> {
        let gone = self
            .conn
            .prepare_cached("DELETE FROM nps_refusals WHERE address_key = ?1")?
            .execute([who.key()])?;
        Ok(gone > 0)
    }
}

impl View<'_> {
    /// One question with its last answer.
    ///
    /// # Errors
    /// When there is no such question.
    pub fn nps_question(&self, id: i64) -> Result<NpsQuestion, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE q.id = ?1");
        let found = self
            .conn
            .prepare_cached(&sql)?
            .query_row([id], read)
            .optional()?;
        found.ok_or_else(|| {
            StoreError::NotFound(format!(
                "there is no question {id}: `maildesk nps list` shows those that were sent"
            ))
        })
    }

    /// The question that a mail of ours asks, by the mail's Message-ID; `None` for other mails.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn nps_of_message_id(&self, message_id: &str) -> Result<Option<NpsQuestion>, StoreError> {
        let found: Option<i64> = self
            .conn
            .prepare_cached(
                "SELECT q.id FROM outbox o JOIN nps_questions q ON q.outbox = o.id \
                 WHERE o.message_id = ?1",
            )?
            .query_row([message_id], |row| row.get(0))
            .optional()?;
        found.map(|id| self.nps_question(id)).transpose()
    }

    /// The mail that asks a question.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn outbox_of_nps(&self, question: i64) -> Result<Option<OutboxRow>, StoreError> {
        let found: Option<i64> = self
            .conn
            .prepare_cached(
                "SELECT outbox FROM nps_questions WHERE id = ?1 AND outbox IS NOT NULL",
            )?
            .query_row([question], |row| row.get(0))
            .optional()?;
        let row = found.map(|id| self.outbox_row(id)).transpose()?;
        Ok(row.map(|(row, _)| row))
    }

    /// The questions that left in a span, oldest first.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn nps_rows(
        &self,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<Vec<NpsRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM {FROM} WHERE q.asked_at >= ?1 AND q.asked_at < ?2 ORDER BY q.id"
        );
        let from = from.map_or(i64::MIN, Timestamp::as_millisecond);
        let to = to.map_or(i64::MAX, Timestamp::as_millisecond);
        let mut select = self.conn.prepare_cached(&sql)?;
        let rows = select.query_map((from, to), read)?;
        let questions: Vec<NpsQuestion> = rows.collect::<Result<_, _>>()?;
        Ok(questions.into_iter().filter_map(|q| q.row).collect())
    }

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

fn read(row: &Row<'_>) -> rusqlite::Result<NpsQuestion> {
    let id = row.get(0)?;
    let recipient = Address::new("", row.get::<_, String>(1)?);
    let language = Language::from_code(&row.get::<_, String>(2)?).unwrap_or_default();
    let asked_at: Option<i64> = row.get(4)?;
    let (score, comment): (Option<u8>, String) = (row.get(6)?, row.get(7)?);
    let shown = match asked_at {
        None => None,
        Some(asked_at) => Some(NpsRow {
            id,
            recipient: recipient.clone(),
            language,
            mailbox: row.get(3)?,
            asked_at: clock::from_millis(asked_at),
            score,
            comment: comment.clone(),
            answered_at: row.get::<_, Option<i64>>(8)?.map(clock::from_millis),
        }),
    };
    Ok(NpsQuestion {
        row: shown,
        id,
        recipient,
        language,
        expires_at: clock::from_millis(row.get(5)?),
        score,
        comment,
    })
}
