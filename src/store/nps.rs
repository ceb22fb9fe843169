//! Questions for NPS and their answers. Every answer is kept; the last one counts. Nothing here is a
//! survey or belongs to a ticket.

mod line;
mod refusals;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row};

pub use self::{line::NpsWaiting, refusals::Refused};
use super::{OutboxRow, Pen, StoreError, View};
use crate::{address::Address, clock, language::Language, nps::NpsRow};

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

const COLUMNS: &str = "q.id, q.recipient, q.language, q.mailbox, q.asked_at, q.expires_at, \
    a.score, coalesce(a.comment, ''), a.at";
const FROM: &str = "nps_questions q LEFT JOIN nps_answers a ON a.id = \
    (SELECT max(x.id) FROM nps_answers x WHERE x.question = q.id)";

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
