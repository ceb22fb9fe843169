//! Tickets that become one, part again, or give messages away.

use rusqlite::OptionalExtension;

use super::{NewTicket, Pen, StoreError, TicketChange, View};
use crate::{clock, ticket::Status};

impl Pen<'_> {
    /// Merges a ticket into another: its mails stay, later mail follows, it is closed.
    ///
    /// # Errors
    /// When one of them does not exist, or the merge would make a circle.
    pub fn merge(&self, from: i64, into: i64, actor: &str) -> Result<(), StoreError> {
        let before = self.ticket(from)?;
        if let Some(already) = before.merged_into {
            return Err(StoreError::Refused(format!(
                "ticket {from} was merged into {already} already"
            )));
        }
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
            "UPDATE tickets SET merged_into = ?2, status_before_merge = ?3 WHERE number = ?1",
            (from, into, before.status.word()),
        )?;
        let known = self.participants(into)?;
        for who in self.participants(from)? {
            if !known.iter().any(|other| other.is_same(&who.address)) {
                self.add_participant(into, &who)?;
                self.conn.execute(
                    "UPDATE participants SET brought_by = ?3 WHERE ticket = ?1 AND address_key = ?2",
                    (into, who.key(), from),
                )?;
            }
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

    /// Undoes a merge: mail that came for the ticket since then goes back to it, with whoever the
    /// merge brought into the other one. Returns the other one's number, how many messages came
    /// back, and the status that the ticket has now.
    ///
    /// # Errors
    /// When there is no such ticket, or it is not merged.
    pub fn unmerge(&self, number: i64, actor: &str) -> Result<(i64, usize, Status), StoreError> {
        let ticket = self.ticket(number)?;
        if ticket.merged_into.is_none() {
            return Err(StoreError::Refused(format!(
                "ticket {number} is not merged into another one"
            )));
        }
        let into = self.after_merges(number)?;
        let before: Option<String> = self.conn.query_row(
            "SELECT status_before_merge FROM tickets WHERE number = ?1",
            [number],
            |row| row.get(0),
        )?;
        self.conn.execute(
            "UPDATE tickets SET merged_into = NULL, status_before_merge = NULL WHERE number = ?1",
            [number],
        )?;
        let mut back = Vec::new();
        for (message, came_for) in self.came_for_others(into)? {
            if self.after_merges(came_for)? == number {
                back.push(message);
            }
        }
        self.give(&back, number)?;
        self.part_with_those_of(number, into)?;
        let brings_mail = self.has_customers_mail(&back)?;
        let status = match before.as_deref().and_then(Status::from_word) {
            Some(status) if !brings_mail => status,
            _ => Status::Open,
        };
        let change = TicketChange {
            status: Some(status),
            ..TicketChange::default()
        };
        self.event(number, actor, "unmerged", &format!("from #{into}"))?;
        let parted = format!("#{number} is a ticket of its own again");
        self.event(into, actor, "unmerged", &parted)?;
        self.change_ticket(number, actor, &change)?;
        self.touch(into)?;
        Ok((into, back.len(), status))
    }

    /// Gives messages of a ticket to a new, linked one, whose requester is who wrote the first
    /// customer's mail among them. Returns the new one's number.
    ///
    /// # Errors
    /// When there is no such ticket or message, it is merged, none of them is a customer's mail, or
    /// no customer's mail would be left.
    pub fn split(&self, number: i64, messages: &[i64], actor: &str) -> Result<i64, StoreError> {
        let ticket = self.ticket(number)?;
        if let Some(into) = ticket.merged_into {
            return Err(StoreError::Refused(format!(
                "ticket {number} was merged into {into}: split that one, or undo the merge"
            )));
        }
        let all = self.messages(number)?;
        if let Some(foreign) = messages.iter().find(|id| all.iter().all(|m| m.id != **id)) {
            return Err(StoreError::NotFound(format!(
                "ticket {number} has no message {foreign}: `maildesk ticket show {number}` names \
                 those that it has"
            )));
        }
        let is_customers = |kind: &str, direction: &str| kind == "customer" && direction == "in";
        let customers = all.iter().filter(|m| is_customers(&m.kind, &m.direction));
        let (going, staying): (Vec<_>, Vec<_>) = customers.partition(|m| messages.contains(&m.id));
        let Some(first) = going.first() else {
            return Err(StoreError::Refused(
                "a new ticket needs a customer's mail: name one among the messages".to_owned(),
            ));
        };
        if staying.is_empty() {
            return Err(StoreError::Refused(format!(
                "all that customers wrote would leave ticket {number}: it needs no split"
            )));
        }
        let others = going.iter().map(|mail| mail.author.clone());
        let new = self.open_ticket(&NewTicket {
            subject: match first.subject.as_str() {
                "" => ticket.subject.clone(),
                subject => subject.to_owned(),
            },
            status: Status::Open,
            priority: ticket.priority,
            category: ticket.category.clone(),
            tags: ticket.tags.clone(),
            mailbox: ticket.mailbox.clone(),
            group: ticket.group.clone(),
            assignee: ticket.assignee.clone(),
            requester: first.author.clone(),
            others: others.collect(),
            language: ticket.language.clone(),
            linked_to: Some(number),
            history: ticket.history,
            opened_at: first.at.min(clock::now()),
        })?;
        self.give(messages, new)?;
        let ids: Vec<String> = messages.iter().map(i64::to_string).collect();
        let ids = ids.join(", ");
        self.event(number, actor, "split", &format!("messages {ids} to #{new}"))?;
        self.event(new, actor, "split", &format!("messages {ids} of #{number}"))?;
        self.touch(number)?;
        Ok(new)
    }

    /// Lets messages, and what went out with them, belong to another ticket.
    fn give(&self, messages: &[i64], ticket: i64) -> Result<(), StoreError> {
        let mut message = self
            .conn
            .prepare_cached("UPDATE messages SET ticket = ?2 WHERE id = ?1")?;
        let mut sent = self
            .conn
            .prepare_cached("UPDATE outbox SET ticket = ?2 WHERE message = ?1")?;
        for id in messages {
            message.execute((id, ticket))?;
            sent.execute((id, ticket))?;
        }
        Ok(())
    }

    /// Takes those whom a merge brought out again, unless they wrote into the other ticket.
    fn part_with_those_of(&self, merged: i64, into: i64) -> Result<(), StoreError> {
        let wrote: Vec<String> = self
            .messages(into)?
            .iter()
            .map(|m| m.author.key())
            .collect();
        let brought: Vec<String> = self
            .conn
            .prepare_cached(
                "SELECT address_key FROM participants WHERE ticket = ?1 AND brought_by = ?2",
            )?
            .query_map((into, merged), |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for who in brought.iter().filter(|who| !wrote.contains(who)) {
            self.conn.execute(
                "DELETE FROM participants WHERE ticket = ?1 AND address_key = ?2",
                (into, who),
            )?;
        }
        Ok(())
    }

    fn has_customers_mail(&self, messages: &[i64]) -> Result<bool, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT 1 FROM messages WHERE id = ?1 AND direction = 'in' AND kind = 'customer'",
        )?;
        for id in messages {
            if select.exists([id])? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl View<'_> {
    /// Follows merges to the ticket that lives on.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn after_merges(&self, mut ticket: i64) -> Result<i64, StoreError> {
        // merging refuses circles; the bound keeps a damaged database from hanging the desk
        for _ in 0..16 {
            let into: Option<i64> = self
                .conn
                .prepare_cached("SELECT merged_into FROM tickets WHERE number = ?1")?
                .query_row([ticket], |row| row.get(0))
                .optional()?
                .flatten();
            match into {
                Some(next) => ticket = next,
                None => break,
            }
        }
        Ok(ticket)
    }

    /// The tickets that were merged into one, in order.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn merged_here(&self, ticket: i64) -> Result<Vec<i64>, StoreError> {
        let mut select = self
            .conn
            .prepare_cached("SELECT number FROM tickets WHERE merged_into = ?1 ORDER BY number")?;
        let rows = select.query_map([ticket], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Messages of a ticket that came for another one, which had been merged into it: both rows.
    fn came_for_others(&self, ticket: i64) -> Result<Vec<(i64, i64)>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT id, came_for FROM messages WHERE ticket = ?1 AND came_for IS NOT NULL",
        )?;
        let rows = select.query_map([ticket], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
