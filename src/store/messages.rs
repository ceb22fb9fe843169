//! The messages of tickets: what came in and where it went, answers, notes; and the events.

use jiff::Timestamp;
use rusqlite::OptionalExtension;
use serde::Serialize;

use super::{Pen, StoreError, View};
use crate::{address::Address, clock, message::Attachment, triage::why};

/// A message to be filed: what became of a received mail, or an answer or note of the desk.
#[derive(Clone, Debug, Default)]
pub struct Filed {
    /// The ticket that it went into.
    pub ticket: Option<i64>,
    /// The ticket that it was for, where that one had been merged.
    pub came_for: Option<i64>,
    /// `customer`, `agent`, `auto_reply`...
    pub kind: String,
    /// `open_ticket`, `append`, `note`, `ignore`, `bounce`.
    pub disposition: String,
    /// From triage's closed list.
    pub reason: String,
    /// More about the reason, in words.
    pub detail: String,
    /// Without brackets; empty when none.
    pub message_id: String,
    /// What it is recognised by beside the Message-ID.
    pub content_digest: Option<Vec<u8>>,
    /// Who wrote it.
    pub author: Address,
    /// The subject.
    pub subject: String,
    /// The whole readable body.
    pub text: String,
    /// The new words.
    pub reply: String,
    /// Views into the raw mail.
    pub attachments: Vec<Attachment>,
    /// What was odd about the mail.
    pub defects: Vec<String>,
    /// Its References and In-Reply-To, oldest first.
    pub references: Vec<String>,
    /// When it came, where that was before the desk: its ticket keeps the dates of its mails.
    pub history_at: Option<Timestamp>,
}

/// A message as `ticket show` shows it.
#[derive(Clone, Debug, Serialize)]
pub struct MessageView {
    /// Its row.
    pub id: i64,
    /// `customer`, `agent`, `auto_reply`...
    pub kind: String,
    /// `in`, `out` or `note`.
    pub direction: String,
    /// Who wrote it.
    pub author: Address,
    /// Without brackets; empty when none.
    pub message_id: String,
    /// When it came or was written.
    pub at: Timestamp,
    /// Its subject.
    pub subject: String,
    /// The whole readable body.
    pub text: String,
    /// The new words.
    pub reply: String,
    /// As in `inspect`.
    pub attachments: serde_json::Value,
    /// What was odd about the mail.
    pub defects: serde_json::Value,
    /// Why it went where it went.
    pub disposition: String,
    /// From triage's closed list, and more in words.
    pub reason: String,
    /// Why it went where it went, in a sentence; empty for what the desk wrote.
    pub why: String,
    /// What became of an answer; null for what came in.
    pub delivery: Option<DeliveryView>,
}

/// What became of an answer.
#[derive(Clone, Debug, Serialize)]
pub struct DeliveryView {
    /// The outbox state; the worst of several recipients.
    pub state: String,
    /// Attempts so far.
    pub attempts: u32,
    /// What the last attempt ended with; empty when nothing is wrong.
    pub last_error: String,
    /// When the server took it.
    pub sent_at: Option<Timestamp>,
}

/// An event as `ticket show` shows it.
#[derive(Clone, Debug, Serialize)]
pub struct EventView {
    /// When.
    pub at: Timestamp,
    /// Who: an agent, a rule, `desk`.
    pub actor: String,
    /// What happened, in one word.
    pub what: String,
    /// More, in words.
    pub detail: String,
}

impl Pen<'_> {
    /// Settles a received mail: where it went and why, what it says.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn settle(&self, message: i64, filed: &Filed) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE messages SET state = 'filed', ticket = ?2, kind = ?3, disposition = ?4, \
                 reason = ?5, detail = ?6, message_id = ?7, content_digest = ?8, \
                 author_name = ?9, author = ?10, subject = ?11, filed_at = ?12, \
                 came_for = ?13 WHERE id = ?1",
            )?
            .execute(rusqlite::params![
                message,
                filed.ticket,
                filed.kind,
                filed.disposition,
                filed.reason,
                filed.detail,
                filed.message_id,
                filed.content_digest,
                filed.author.name,
                filed.author.address,
                filed.subject,
                clock::now().as_millisecond(),
                filed.came_for,
            ])?;
        self.put_text(message, filed)?;
        match (filed.ticket, filed.history_at) {
            (Some(ticket), Some(at)) => self.date_back(ticket, at)?,
            (Some(ticket), None) => self.touch(ticket)?,
            (None, _) => {}
        }
        Ok(())
    }

    /// Adds an answer (`out`) or a private note (`note`) of the desk to a ticket, or a mail that
    /// another one brought (`in`).
    ///
    /// # Errors
    /// The database's trouble.
    pub fn add_message(&self, direction: &str, filed: &Filed) -> Result<i64, StoreError> {
        let now = clock::now().as_millisecond();
        let ticket = filed.ticket.unwrap_or(0);
        let mailbox = self.ticket(ticket)?.mailbox;
        self.conn
            .prepare_cached(
                "INSERT INTO messages (state, direction, mailbox, source, received_at, \
                 arrived_at, filed_at, ticket, kind, disposition, reason, message_id, \
                 author_name, author, subject) VALUES ('filed', ?1, ?2, \
                 'desk:' || (SELECT coalesce(max(id), 0) + 1 FROM messages), \
                 ?3, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(rusqlite::params![
                direction,
                mailbox,
                now,
                filed.ticket,
                filed.kind,
                filed.disposition,
                filed.reason,
                filed.message_id,
                filed.author.name,
                filed.author.address,
                filed.subject,
            ])?;
        let message = self.conn.last_insert_rowid();
        self.put_text(message, filed)?;
        if direction == "out" {
            self.set(ticket, "last_agent", &filed.author.address)?;
        }
        self.touch(ticket)?;
        Ok(message)
    }

    /// Ties an answer to the bytes that were sent.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn set_raw(&self, message: i64, raw: i64) -> Result<(), StoreError> {
        self.conn.execute(
            "UPDATE messages SET raw = ?2, size = (SELECT size FROM raw_mails WHERE id = ?2) \
             WHERE id = ?1",
            (message, raw),
        )?;
        Ok(())
    }

    /// Says what files an answer carries.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn set_attachments(
        &self,
        message: i64,
        attachments: &[Attachment],
    ) -> Result<(), StoreError> {
        self.conn.execute(
            "UPDATE texts SET attachments = ?2 WHERE message = ?1",
            (message, json(&attachments)?),
        )?;
        Ok(())
    }

    /// Makes a mail that came in a private note: customers never see it.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn make_note(&self, message: i64) -> Result<(), StoreError> {
        self.conn.execute(
            "UPDATE messages SET direction = 'note' WHERE id = ?1",
            [message],
        )?;
        Ok(())
    }

    /// Lets a message stand for the same raw mail as another one, which brought it.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn share_raw(&self, message: i64, brought_by: i64) -> Result<(), StoreError> {
        self.conn.execute(
            "UPDATE messages SET (raw, size, arrived_at) = \
             (SELECT m.raw, m.size, m.arrived_at FROM messages m WHERE m.id = ?2) WHERE id = ?1",
            (message, brought_by),
        )?;
        Ok(())
    }

    fn put_text(&self, message: i64, filed: &Filed) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT OR REPLACE INTO texts (message, text, reply, attachments, defects, refs) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                message,
                &filed.text,
                &filed.reply,
                json(&filed.attachments)?,
                json(&filed.defects)?,
                json(&filed.references)?,
            ))?;
        Ok(())
    }
}

impl View<'_> {
    /// The messages of a ticket, oldest first.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn messages(&self, ticket: i64) -> Result<Vec<MessageView>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT m.id, m.kind, m.direction, m.author_name, m.author, m.message_id, \
             m.arrived_at, m.subject, coalesce(x.text, ''), coalesce(x.reply, ''), \
             coalesce(x.attachments, '[]'), coalesce(x.defects, '[]'), m.disposition, m.reason, \
             m.detail FROM messages m LEFT JOIN texts x ON x.message = m.id \
             WHERE m.ticket = ?1 ORDER BY m.id",
        )?;
        let rows = select.query_map([ticket], |row| {
            let (reason, detail): (String, String) = (row.get(13)?, row.get(14)?);
            let disposition: String = row.get(12)?;
            Ok(MessageView {
                why: why::of_words(&disposition, &reason, &detail, Some(ticket)),
                id: row.get(0)?,
                kind: row.get(1)?,
                direction: row.get(2)?,
                author: Address::new(row.get::<_, String>(3)?, row.get::<_, String>(4)?),
                message_id: row.get(5)?,
                at: clock::from_millis(row.get(6)?),
                subject: row.get(7)?,
                text: row.get(8)?,
                reply: row.get(9)?,
                attachments: parse_json(&row.get::<_, String>(10)?),
                defects: parse_json(&row.get::<_, String>(11)?),
                disposition,
                reason: if detail.is_empty() {
                    reason
                } else {
                    format!("{reason}: {detail}")
                },
                delivery: None,
            })
        })?;
        let mut messages: Vec<MessageView> = rows.collect::<Result<_, _>>()?;
        for message in messages
            .iter_mut()
            .filter(|message| message.direction == "out")
        {
            message.delivery = self.delivery(message.id)?;
        }
        Ok(messages)
    }

    /// The events of a ticket, oldest first.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn events(&self, ticket: i64) -> Result<Vec<EventView>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT at, actor, what, detail FROM events WHERE ticket = ?1 ORDER BY id",
        )?;
        let rows = select.query_map([ticket], |row| {
            Ok(EventView {
                at: clock::from_millis(row.get(0)?),
                actor: row.get(1)?,
                what: row.get(2)?,
                detail: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The Message-ID that an answer in this ticket replies to (the last mail that came in) and
    /// that mail's own References.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn last_incoming(&self, ticket: i64) -> Result<(String, Vec<String>), StoreError> {
        let found: Option<(String, String)> = self
            .conn
            .prepare_cached(
                "SELECT m.message_id, coalesce(x.refs, '[]') FROM messages m \
                 LEFT JOIN texts x ON x.message = m.id WHERE m.ticket = ?1 \
                 AND m.direction = 'in' AND m.kind = 'customer' ORDER BY m.id DESC LIMIT 1",
            )?
            .query_row([ticket], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (id, refs) = found.unwrap_or_default();
        Ok((id, serde_json::from_str(&refs).unwrap_or_default()))
    }

    /// The new words of the last mail that a customer wrote; empty when there is none.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn last_words(&self, ticket: i64) -> Result<String, StoreError> {
        let found: Option<String> = self
            .conn
            .prepare_cached(
                "SELECT x.reply FROM messages m JOIN texts x ON x.message = m.id \
                 WHERE m.ticket = ?1 AND m.direction = 'in' AND m.kind = 'customer' \
                 ORDER BY m.id DESC LIMIT 1",
            )?
            .query_row([ticket], |row| row.get(0))
            .optional()?;
        Ok(found.unwrap_or_default())
    }

    fn delivery(&self, message: i64) -> Result<Option<DeliveryView>, StoreError> {
        let sql = "SELECT state, attempts, last_error, sent_at FROM outbox WHERE message = ?1 \
                   ORDER BY state = 'failed' DESC, state = 'sent', id LIMIT 1";
        let found = self.conn.prepare_cached(sql)?.query_row([message], |row| {
            Ok(DeliveryView {
                state: row.get(0)?,
                attempts: row.get(1)?,
                last_error: row.get(2)?,
                sent_at: row.get::<_, Option<i64>>(3)?.map(clock::from_millis),
            })
        });
        Ok(found.optional()?)
    }
}

fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Failed(error.to_string()))
}

fn parse_json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or(serde_json::Value::Array(Vec::new()))
}
