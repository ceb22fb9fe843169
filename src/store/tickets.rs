//! Tickets, their messages, tags, participants and events.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params_from_iter, types::Value};
use serde::Serialize;

use super::{Pen, StoreError, View};
use crate::{
    address::Address,
    clock,
    message::Attachment,
    ticket::{Priority, Status, TicketFacts},
};

/// A ticket as `ticket list` shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Ticket {
    /// From 1, never reused.
    pub number: i64,
    /// As the customer wrote it.
    pub subject: String,
    /// Who has to act.
    pub status: Status,
    /// How urgent it is.
    pub priority: Priority,
    /// Empty when none.
    pub category: String,
    /// Sorted.
    pub tags: Vec<String>,
    /// The mailbox that it came into.
    pub mailbox: String,
    /// The team; empty when none.
    pub group: String,
    /// The agent; empty when none.
    pub assignee: String,
    /// Who asked.
    pub requester: Address,
    /// `en`, `ru`, `uk`, or empty when it could not be told.
    pub language: String,
    /// When it was opened; the mail's own time for history.
    pub opened_at: Timestamp,
    /// When something last happened to it.
    pub updated_at: Timestamp,
    /// When it was closed; null while it is not.
    pub closed_at: Option<Timestamp>,
    /// How many messages it holds.
    pub messages: u64,
    /// The last rating, 1 to 5; null when there is none.
    pub satisfaction: Option<u8>,
    /// A ticket that it continues or resembles; null when none.
    pub linked_to: Option<i64>,
    /// The ticket that it was merged into; null when not.
    pub merged_into: Option<i64>,
    /// The agent who answered last; empty when nobody did.
    #[serde(skip)]
    pub last_agent: String,
    /// Imported from before the desk: nothing is sent by itself.
    #[serde(skip)]
    pub history: bool,
}

impl Ticket {
    /// What rules may know of it.
    pub fn facts(&self) -> TicketFacts {
        TicketFacts {
            number: self.number,
            status: self.status,
            priority: self.priority,
            category: self.category.clone(),
            tags: self.tags.clone(),
        }
    }
}

/// What `ticket list` may be narrowed by.
#[derive(Clone, Debug, Default)]
pub struct TicketQuery {
    /// Only with this status.
    pub status: Option<Status>,
    /// Only with this priority.
    pub priority: Option<Priority>,
    /// Only of this agent (address).
    pub assignee: Option<String>,
    /// Only with these words in subject, requester or text.
    pub text: Option<String>,
    /// At most so many, newest first.
    pub limit: Option<usize>,
}

/// A ticket to be opened.
#[derive(Clone, Debug)]
pub struct NewTicket {
    /// As the customer wrote it.
    pub subject: String,
    /// `Open`, or `Closed` for history.
    pub status: Status,
    /// How urgent it is.
    pub priority: Priority,
    /// Empty when none.
    pub category: String,
    /// Tags.
    pub tags: Vec<String>,
    /// The mailbox that it came into.
    pub mailbox: String,
    /// The team; empty when none.
    pub group: String,
    /// The agent; empty when none.
    pub assignee: String,
    /// Who asked.
    pub requester: Address,
    /// Who else takes part.
    pub others: Vec<Address>,
    /// `en`, `ru`, `uk`, or empty.
    pub language: String,
    /// A ticket that it continues or resembles.
    pub linked_to: Option<i64>,
    /// Imported from before the desk.
    pub history: bool,
    /// When it was opened.
    pub opened_at: Timestamp,
}

/// What is to change in a ticket; `None` leaves a thing as it is.
#[derive(Clone, Debug, Default)]
pub struct TicketChange {
    /// New status.
    pub status: Option<Status>,
    /// New priority.
    pub priority: Option<Priority>,
    /// New category; empty takes it away.
    pub category: Option<String>,
    /// New team.
    pub group: Option<String>,
    /// New agent; empty takes it away.
    pub assignee: Option<String>,
    /// Tags to add.
    pub tags: Vec<String>,
    /// Tags to take away.
    pub untags: Vec<String>,
}

/// A message to be filed: what became of a received mail, or an answer or note of the desk.
#[derive(Clone, Debug, Default)]
pub struct Filed {
    /// The ticket that it went into.
    pub ticket: Option<i64>,
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

const COLUMNS: &str = "t.number, t.subject, t.status, t.priority, t.category, t.mailbox, t.team, \
    t.assignee, t.requester_name, t.requester, t.language, t.opened_at, t.updated_at, \
    t.closed_at, t.linked_to, t.merged_into, t.last_agent, t.history, \
    (SELECT count(*) FROM messages m WHERE m.ticket = t.number), \
    (SELECT r.score FROM surveys s JOIN ratings r ON r.survey = s.id WHERE s.ticket = t.number \
     ORDER BY r.id DESC LIMIT 1), \
    (SELECT group_concat(tag, char(10)) FROM (SELECT tag FROM ticket_tags g \
     WHERE g.ticket = t.number ORDER BY tag))";

impl Pen<'_> {
    /// Opens a ticket and returns its number.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn open_ticket(&self, new: &NewTicket) -> Result<i64, StoreError> {
        let at = new.opened_at.as_millisecond();
        let closed = (new.status == Status::Closed).then_some(at);
        self.conn
            .prepare_cached(
                "INSERT INTO tickets (subject, status, priority, category, mailbox, team, \
                 assignee, requester_name, requester, requester_key, language, linked_to, history, \
                 opened_at, updated_at, closed_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14, ?15)",
            )?
            .execute(rusqlite::params![
                new.subject,
                new.status.word(),
                new.priority.word(),
                new.category,
                new.mailbox,
                new.group,
                new.assignee,
                new.requester.name,
                new.requester.address,
                new.requester.key(),
                new.language,
                new.linked_to,
                new.history,
                at,
                closed,
            ])?;
        let number = self.conn.last_insert_rowid();
        self.add_participant(number, &new.requester)?;
        for other in &new.others {
            self.add_participant(number, other)?;
        }
        self.add_tags(number, &new.tags)?;
        Ok(number)
    }

    /// Lets somebody take part in a ticket; known participants are left as they are.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn add_participant(&self, ticket: i64, who: &Address) -> Result<(), StoreError> {
        if who.address.is_empty() {
            return Ok(());
        }
        self.conn
            .prepare_cached(
                "INSERT INTO participants (ticket, address_key, address, name) \
                 VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?
            .execute((ticket, who.key(), &who.address, &who.name))?;
        Ok(())
    }

    /// Changes a ticket and notes each change as an event. Returns the ticket as it was.
    ///
    /// # Errors
    /// When there is no such ticket.
    pub fn change_ticket(
        &self,
        number: i64,
        actor: &str,
        change: &TicketChange,
    ) -> Result<Ticket, StoreError> {
        let before = self.ticket(number)?;
        let now = clock::now().as_millisecond();
        let status = change.status.filter(|new| *new != before.status);
        if let Some(status) = status {
            let closed_at = (status == Status::Closed).then_some(now);
            self.conn
                .prepare_cached("UPDATE tickets SET status = ?2, closed_at = ?3 WHERE number = ?1")?
                .execute((number, status.word(), closed_at))?;
            let moved = format!("{} -> {}", before.status.word(), status.word());
            self.event(number, actor, "status", &moved)?;
        }
        let priority = change.priority.filter(|new| *new != before.priority);
        if let Some(priority) = priority {
            self.set(number, "priority", priority.word())?;
            let moved = format!("{} -> {}", before.priority.word(), priority.word());
            self.event(number, actor, "priority", &moved)?;
        }
        let texts = [
            ("category", "category", &before.category, &change.category),
            ("team", "group", &before.group, &change.group),
            ("assignee", "assignee", &before.assignee, &change.assignee),
        ];
        for (column, what, old, new) in texts {
            if let Some(new) = new.as_ref().filter(|new| *new != old) {
                self.set(number, column, new)?;
                self.event(number, actor, what, &format!("{old} -> {new}"))?;
            }
        }
        let tags: Vec<String> = change
            .tags
            .iter()
            .filter(|tag| !before.tags.contains(tag))
            .cloned()
            .collect();
        let untags: Vec<&String> = change
            .untags
            .iter()
            .filter(|tag| before.tags.contains(tag))
            .collect();
        self.add_tags(number, &tags)?;
        for tag in &untags {
            self.conn
                .prepare_cached("DELETE FROM ticket_tags WHERE ticket = ?1 AND tag = ?2")?
                .execute((number, tag))?;
        }
        if !tags.is_empty() || !untags.is_empty() {
            let added = tags.iter().map(|tag| format!("+{tag}"));
            let removed = untags.iter().map(|tag| format!("-{tag}"));
            let all: Vec<String> = added.chain(removed).collect();
            self.event(number, actor, "tags", &all.join(" "))?;
        }
        self.touch(number)?;
        Ok(before)
    }

    /// Settles a received mail: where it went and why, what it says.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn settle(&self, message: i64, filed: &Filed) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE messages SET state = 'filed', ticket = ?2, kind = ?3, disposition = ?4, \
                 reason = ?5, detail = ?6, message_id = ?7, content_digest = ?8, \
                 author_name = ?9, author = ?10, subject = ?11, filed_at = ?12 WHERE id = ?1",
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
            ])?;
        self.put_text(message, filed)?;
        if let Some(ticket) = filed.ticket {
            self.touch(ticket)?;
        }
        Ok(())
    }

    /// Adds an answer (`out`) or a private note (`note`) of the desk to a ticket.
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

    /// Notes that something happened to a ticket.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn event(
        &self,
        ticket: i64,
        actor: &str,
        what: &str,
        detail: &str,
    ) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO events (ticket, at, actor, what, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((ticket, clock::now().as_millisecond(), actor, what, detail))?;
        Ok(())
    }

    /// Merges a ticket into another: its mails stay, later mail follows, it is closed.
    ///
    /// # Errors
    /// When one of them does not exist, or the merge would make a circle.
    pub fn merge(&self, from: i64, into: i64, actor: &str) -> Result<(), StoreError> {
        self.ticket(from)?;
        self.ticket(into)?;
        let into = self.after_merges(into)?;
        if from == into {
            return Err(StoreError::Refused(format!(
                "ticket {from} cannot be merged into itself: name another ticket"
            )));
        }
        let close = TicketChange {
            status: Some(Status::Closed),
            ..TicketChange::default()
        };
        self.change_ticket(from, actor, &close)?;
        self.conn.execute(
            "UPDATE tickets SET merged_into = ?2 WHERE number = ?1",
            (from, into),
        )?;
        for participant in self.participants(from)? {
            self.add_participant(into, &participant)?;
        }
        self.event(from, actor, "merged", &format!("into #{into}"))?;
        self.event(
            into,
            actor,
            "merged",
            &format!("#{from} was merged into this one"),
        )?;
        self.touch(into)
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

    fn add_tags(&self, ticket: i64, tags: &[String]) -> Result<(), StoreError> {
        let mut insert = self.conn.prepare_cached(
            "INSERT INTO ticket_tags (ticket, tag) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        )?;
        for tag in tags {
            insert.execute((ticket, tag))?;
        }
        Ok(())
    }

    // `column` is always one of our own words, never input
    fn set(&self, ticket: i64, column: &str, value: &str) -> Result<(), StoreError> {
        let sql = format!("UPDATE tickets SET {column} = ?2 WHERE number = ?1");
        self.conn.prepare_cached(&sql)?.execute((ticket, value))?;
        Ok(())
    }

    fn touch(&self, ticket: i64) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE tickets SET updated_at = max(updated_at, ?2) WHERE number = ?1",
            )?
            .execute((ticket, clock::now().as_millisecond()))?;
        Ok(())
    }
}

impl View<'_> {
    /// One ticket.
    ///
    /// # Errors
    /// When there is no such ticket.
    pub fn ticket(&self, number: i64) -> Result<Ticket, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM tickets t WHERE t.number = ?1");
        let found = self
            .conn
            .prepare_cached(&sql)?
            .query_row([number], read_ticket)
            .optional()?;
        found.ok_or_else(|| {
            StoreError::NotFound(format!(
                "there is no ticket {number}: `maildesk ticket list` shows those that are there"
            ))
        })
    }

    /// Tickets, the most recently updated first.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn tickets(&self, query: &TicketQuery) -> Result<Vec<Ticket>, StoreError> {
        let mut conditions = vec!["1 = 1".to_owned()];
        let mut values: Vec<Value> = Vec::new();
        let mut add = |condition: &str, value: String| {
            values.push(Value::Text(value));
            conditions.push(condition.replace('?', &format!("?{}", values.len())));
        };
        if let Some(status) = query.status {
            add("t.status = ?", status.word().to_owned());
        }
        if let Some(priority) = query.priority {
            add("t.priority = ?", priority.word().to_owned());
        }
        if let Some(assignee) = &query.assignee {
            add("lower(t.assignee) = ?", assignee.to_lowercase());
        }
        if let Some(text) = &query.text {
            let escaped = text
                .replace('\\', "\\\\")
                .replace('%', "\\%")
                .replace('_', "\\_");
            add(
                "(t.subject LIKE ? ESCAPE '\\' OR t.requester LIKE ? ESCAPE '\\' OR EXISTS \
                 (SELECT 1 FROM messages m JOIN texts x ON x.message = m.id \
                 WHERE m.ticket = t.number AND x.text LIKE ? ESCAPE '\\'))",
                format!("%{escaped}%"),
            );
        }
        let limit = query
            .limit
            .map_or(-1, |limit| i64::try_from(limit).unwrap_or(-1));
        let sql = format!(
            "SELECT {COLUMNS} FROM tickets t WHERE {} ORDER BY t.updated_at DESC, t.number DESC \
             LIMIT {limit}",
            conditions.join(" AND ")
        );
        let mut select = self.conn.prepare(&sql)?;
        let rows = select.query_map(params_from_iter(values), read_ticket)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

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
            Ok(MessageView {
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
                disposition: row.get(12)?,
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

fn read_ticket(row: &Row<'_>) -> rusqlite::Result<Ticket> {
    let (status, priority): (String, String) = (row.get(2)?, row.get(3)?);
    let tags: Option<String> = row.get(20)?;
    Ok(Ticket {
        number: row.get(0)?,
        subject: row.get(1)?,
        status: Status::from_word(&status).unwrap_or_default(),
        priority: Priority::from_word(&priority).unwrap_or_default(),
        category: row.get(4)?,
        tags: tags
            .map(|tags| tags.lines().map(str::to_owned).collect())
            .unwrap_or_default(),
        mailbox: row.get(5)?,
        group: row.get(6)?,
        assignee: row.get(7)?,
        requester: Address::new(row.get::<_, String>(8)?, row.get::<_, String>(9)?),
        language: row.get(10)?,
        opened_at: clock::from_millis(row.get(11)?),
        updated_at: clock::from_millis(row.get(12)?),
        closed_at: row.get::<_, Option<i64>>(13)?.map(clock::from_millis),
        linked_to: row.get(14)?,
        merged_into: row.get(15)?,
        last_agent: row.get(16)?,
        history: row.get(17)?,
        messages: row.get(18)?,
        satisfaction: row.get(19)?,
    })
}

fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Failed(error.to_string()))
}

fn parse_json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or(serde_json::Value::Array(Vec::new()))
}
