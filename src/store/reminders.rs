//! Reminders of surveys that nobody answered: one a survey at most.

use jiff::Timestamp;
use rusqlite::OptionalExtension;

use super::{Pen, StoreError, Survey, View};
use crate::clock;

/// The mail that asked a survey.
#[derive(Clone, Debug)]
pub struct Question {
    /// Its Message-ID, without brackets.
    pub message_id: String,
    /// Whether it failed, or came back.
    pub is_undelivered: bool,
}

impl Pen<'_> {
    /// Plans to see at that time whether a reminder is sent; `None`: none is. While the survey is
    /// not asked the time moves with its asking.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn plan_reminder(&self, survey: i64, at: Option<Timestamp>) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE surveys SET remind_at = ?2 WHERE id = ?1")?
            .execute((survey, at.map(Timestamp::as_millisecond)))?;
        Ok(())
    }

    /// Notes the outbox row that reminds of a survey.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn set_reminder(&self, survey: i64, row: i64) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE surveys SET reminder = ?2, remind_at = NULL WHERE id = ?1")?
            .execute((survey, row))?;
        Ok(())
    }

    /// After a restore: reminders that were due may have been sent since the backup.
    pub(super) fn doubt_reminders(&self, now: Timestamp) -> Result<(), StoreError> {
        self.conn.execute(
            "UPDATE surveys SET remind_at = NULL WHERE remind_at <= ?1 AND remind_at IS NOT NULL \
             AND asked_at IS NOT NULL",
            [now.as_millisecond()],
        )?;
        Ok(())
    }

    /// What follows from a survey mail that a server took: the first one asks, the other reminds.
    pub(super) fn survey_has_left(&self, row: i64, now: i64) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE surveys SET asked_at = ?2, remind_at = remind_at + ?2 - due_at \
                 WHERE asked_at IS NULL AND id = (SELECT survey FROM outbox WHERE id = ?1)",
            )?
            .execute((row, now))?;
        let reminded: Option<i64> = self
            .conn
            .prepare_cached(
                "SELECT ticket FROM surveys WHERE reminder = ?1 \
                 AND id = (SELECT survey FROM outbox WHERE id = ?1)",
            )?
            .query_row([row], |row| row.get(0))
            .optional()?;
        match reminded {
            Some(ticket) => self.event(ticket, "desk", "survey_reminded", ""),
            None => Ok(()),
        }
    }
}

impl View<'_> {
    /// When it is next to be seen whether a reminder is sent; `None` when nothing waits.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn next_reminder(&self) -> Result<Option<Timestamp>, StoreError> {
        self.next_time(
            "SELECT remind_at FROM surveys WHERE remind_at IS NOT NULL \
                 AND asked_at IS NOT NULL ORDER BY remind_at LIMIT 1",
        )
    }

    /// The surveys of which it is time to see whether a reminder is sent, at most so many.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn reminders_due(&self, now: Timestamp, limit: usize) -> Result<Vec<i64>, StoreError> {
        self.due_ids(
            "SELECT id FROM surveys WHERE remind_at <= ?1 AND remind_at IS NOT NULL \
             AND asked_at IS NOT NULL ORDER BY remind_at LIMIT ?2",
            now,
            limit,
        )
    }

    /// The mail that asked a survey.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn question_of(&self, survey: i64) -> Result<Option<Question>, StoreError> {
        let found = self
            .conn
            .prepare_cached(
                "SELECT message_id, state = 'failed' FROM outbox WHERE survey = ?1 \
                 ORDER BY id LIMIT 1",
            )?
            .query_row([survey], |row| {
                Ok(Question {
                    message_id: row.get(0)?,
                    is_undelivered: row.get(1)?,
                })
            })
            .optional()?;
        Ok(found)
    }

    /// When an answer in a ticket is tried that has yet to leave: now, where it is being sent; in ten
    /// minutes, where it waits for its agent's word. `None` when all have left.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn next_answer(
        &self,
        ticket: i64,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT max(CASE WHEN held = 1 THEN ?2 + 600000 WHEN state = 'sending' THEN ?2 \
             ELSE next_attempt_at END) FROM outbox \
             WHERE ticket = ?1 AND kind = 'reply' AND state IN ('scheduled', 'pending', 'sending')",
        )?;
        let at: Option<i64> = select.query_row((ticket, now.as_millisecond()), |row| row.get(0))?;
        Ok(at.map(clock::from_millis))
    }

    /// Whether a customer wrote in the ticket of a survey, or whoever was asked opened another one,
    /// since it was asked. What a machine sent is no writing.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn wrote_since_asked(&self, survey: &Survey) -> Result<bool, StoreError> {
        let Some(row) = &survey.row else {
            return Ok(false);
        };
        let asked_at = row.asked_at.as_millisecond();
        let in_ticket = self
            .conn
            .prepare_cached(
                "SELECT 1 FROM messages WHERE ticket = ?1 AND direction = 'in' \
                 AND kind IN ('customer', 'list') AND filed_at > ?2",
            )?
            .exists((survey.ticket, asked_at))?;
        let elsewhere = self
            .conn
            .prepare_cached("SELECT 1 FROM tickets WHERE requester_key = ?1 AND opened_at > ?2")?
            .exists((survey.recipient.key(), asked_at))?;
        Ok(in_ticket || elsewhere)
    }
}
