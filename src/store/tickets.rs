//! Tickets, their messages, tags, participants and events.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params_from_iter, types::Value};
use serde::Serialize;

use super::{Pen, StoreError, View};
use crate::{
    address::Address,
    clock,
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
    /// Pending until then, and open again; null when it is not put to sleep.
    pub snoozed_until: Option<Timestamp>,
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

const COLUMNS: &str = "t.number, t.subject, t.status, t.priority, t.category, t.mailbox, t.team, \
    t.assignee, t.requester_name, t.requester, t.language, t.opened_at, t.updated_at, \
    t.closed_at, t.linked_to, t.merged_into, t.last_agent, t.history, \
    (SELECT count(*) FROM messages m WHERE m.ticket = t.number), \
    (SELECT r.score FROM surveys s JOIN ratings r ON r.survey = s.id WHERE s.ticket = t.number \
     AND r.withdrawn = '' ORDER BY r.id DESC LIMIT 1), \
    (SELECT group_concat(tag, char(10)) FROM (SELECT tag FROM ticket_tags g \
     WHERE g.ticket = t.number ORDER BY tag)), t.snoozed_until";

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
        if change.status.is_some() {
            self.conn
                .prepare_cached("UPDATE tickets SET snoozed_until = NULL WHERE number = ?1")?
                .execute([number])?;
        }
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
    pub(super) fn set(&self, ticket: i64, column: &str, value: &str) -> Result<(), StoreError> {
        let sql = format!("UPDATE tickets SET {column} = ?2 WHERE number = ?1");
        self.conn.prepare_cached(&sql)?.execute((ticket, value))?;
        Ok(())
    }

    pub(super) fn touch(&self, ticket: i64) -> Result<(), StoreError> {
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
        snoozed_until: row.get::<_, Option<i64>>(21)?.map(clock::from_millis),
    })
}
