//! What the store knows that decides where a mail belongs: ids, copies, participants.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row};

use super::{StoreError, View};
use crate::{address::Address, triage::Past};

/// A mail that we hold already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The row of the first copy.
    pub message: i64,
    /// Its ticket, if it went into one.
    pub ticket: Option<i64>,
}

impl View<'_> {
    /// The first copy of a mail, recognised by Message-ID and content digest together; by the
    /// digest alone where there is no Message-ID. `before` is the row of the copy.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn duplicate_of(
        &self,
        message_id: &str,
        digest: &[u8],
        before: i64,
    ) -> Result<Option<Duplicate>, StoreError> {
        let sql = "SELECT id, ticket FROM messages WHERE content_digest = ?1 AND message_id = ?2 AND id < ?3 \
                   AND state IN ('filed', 'quarantined') ORDER BY id LIMIT 1";
        let mut select = self.conn.prepare_cached(sql)?;
        let found = select.query_row((digest, message_id, before), read_duplicate);
        Ok(found.optional()?)
    }

    /// The same among the mails of one mailbox.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn duplicate_in(
        &self,
        mailbox: &str,
        message_id: &str,
        digest: &[u8],
        before: i64,
    ) -> Result<Option<Duplicate>, StoreError> {
        let sql = "SELECT id, ticket FROM messages WHERE content_digest = ?1 AND mailbox = ?2 \
                   AND message_id = ?3 AND id < ?4 AND state IN ('filed', 'quarantined') \
                   ORDER BY id LIMIT 1";
        let mut select = self.conn.prepare_cached(sql)?;
        let found = select.query_row((digest, mailbox, message_id, before), read_duplicate);
        Ok(found.optional()?)
    }

    /// The tickets that a Message-ID belongs to, each with the mailbox that the mail came into,
    /// the oldest first: of stored mails, else of one that we sent. Several are of a mail that came
    /// to several teams, or of mails whose authors gave them one id. A merged ticket leads to the
    /// one that it was merged into.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn tickets_of_message_id(
        &self,
        message_id: &str,
    ) -> Result<Vec<(i64, String)>, StoreError> {
        // a robot may give all its mails one id
        let stored = "SELECT DISTINCT ticket, mailbox FROM (SELECT ticket, mailbox FROM messages \
                      WHERE message_id = ?1 AND ticket IS NOT NULL AND message_id <> '' \
                      ORDER BY id LIMIT 20)";
        let sent = "SELECT ticket, '' FROM outbox WHERE message_id = ?1 AND ticket IS NOT NULL \
                    LIMIT 1";
        let mut found: Vec<(i64, String)> = Vec::new();
        for sql in [stored, sent] {
            let mut select = self.conn.prepare_cached(sql)?;
            let rows = select.query_map([message_id], |row| Ok((row.get(0)?, row.get(1)?)))?;
            for row in rows {
                let (ticket, mailbox) = row?;
                found.push((self.after_merges(ticket)?, mailbox));
            }
            if !found.is_empty() {
                break;
            }
        }
        Ok(found)
    }

    /// The oldest of [`View::tickets_of_message_id`].
    ///
    /// # Errors
    /// The database's trouble.
    pub fn ticket_of_message_id(&self, message_id: &str) -> Result<Option<i64>, StoreError> {
        let found = self.tickets_of_message_id(message_id)?;
        Ok(found.first().map(|(ticket, _)| *ticket))
    }

    /// The newest ticket that a mail of `who` opened because it could not join this one.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn continued_by(&self, ticket: i64, who: &Address) -> Result<Option<i64>, StoreError> {
        let found = self
            .conn
            .prepare_cached(
                "SELECT t.number FROM tickets t JOIN participants p ON p.ticket = t.number \
                 WHERE t.linked_to = ?1 AND p.address_key = ?2 AND EXISTS (SELECT 1 FROM messages m \
                 WHERE m.ticket = t.number AND m.reason IN \
                 ('continues_closed', 'continues_history', 'stranger_points_to_ticket')) \
                 ORDER BY t.number DESC LIMIT 1",
            )?
            .query_row((ticket, who.key()), |row| row.get(0));
        Ok(found.optional()?)
    }

    /// Who takes part in a ticket: the requester first.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn participants(&self, ticket: i64) -> Result<Vec<Address>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT p.name, p.address FROM participants p JOIN tickets t ON t.number = p.ticket \
             WHERE p.ticket = ?1 ORDER BY p.address_key <> t.requester_key, p.address_key",
        )?;
        let rows = select.query_map([ticket], |row| {
            Ok(Address::new(
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
            ))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether a machine's mail opened a ticket (a rule may let it).
    ///
    /// # Errors
    /// The database's trouble.
    pub fn is_opened_by_machine(&self, ticket: i64) -> Result<bool, StoreError> {
        let kind: Option<String> = self
            .conn
            .prepare_cached(
                "SELECT kind FROM messages WHERE ticket = ?1 AND direction = 'in' \
                 ORDER BY id LIMIT 1",
            )?
            .query_row([ticket], |row| row.get(0))
            .optional()?;
        Ok(kind.is_some_and(|kind| kind != "customer" && kind != "agent"))
    }

    /// What was known at a time of an address, and of the hour before it in some categories. Of a
    /// time gone by, tickets have the priority and category of today.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn past<'c>(
        &self,
        address: &Address,
        categories: impl Iterator<Item = &'c str>,
        now: Timestamp,
    ) -> Result<Past, StoreError> {
        let key = address.key();
        let ago = |hours: i64| (now - SignedDuration::from_hours(hours)).as_millisecond();
        let count = |sql: &str, since: i64| -> Result<u64, StoreError> {
            let mut select = self.conn.prepare_cached(sql)?;
            Ok(select.query_row((&key, since, ago(0)), |row| row.get(0))?)
        };
        let mut customers_1h = Vec::new();
        // no rule asks for more, and a flood is not counted to its end
        let mut select = self.conn.prepare_cached(
            "SELECT count(*) FROM (SELECT DISTINCT requester_key FROM tickets \
             WHERE category = ?1 AND opened_at > ?2 AND opened_at <= ?4 \
             AND requester_key <> ?3 LIMIT 100)",
        )?;
        for category in categories {
            let asked = (category, ago(1), &key, ago(0));
            let customers = select.query_row(asked, |row| row.get(0))?;
            customers_1h.push((category.to_owned(), customers));
        }
        Ok(Past {
            tickets_30d: count(
                "SELECT count(*) FROM tickets WHERE requester_key = ?1 AND opened_at > ?2 \
                 AND opened_at <= ?3",
                ago(30 * 24),
            )?,
            open_tickets: count(
                "SELECT count(*) FROM tickets WHERE requester_key = ?1 AND opened_at > ?2 \
                 AND opened_at <= ?3 AND (closed_at IS NULL OR closed_at > ?3)",
                i64::MIN,
            )?,
            failures_7d: count(
                "SELECT count(*) FROM tickets WHERE requester_key = ?1 AND opened_at > ?2 \
                 AND opened_at <= ?3 AND priority IN ('high', 'urgent')",
                ago(7 * 24),
            )?,
            tags: self
                .customer_tags(address)?
                .into_iter()
                .map(|tag| tag.tag)
                .collect(),
            customers_1h,
        })
    }

    /// Of these agents, the one whose last ticket is the oldest; empty for none.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn longest_without_ticket(&self, agents: &[String]) -> Result<String, StoreError> {
        let sql = "SELECT coalesce(max(number), 0) FROM tickets WHERE assignee = ?1";
        self.least(agents, sql)
    }

    /// Of these agents, the one with the fewest tickets that are not closed; empty for none.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn fewest_open_tickets(&self, agents: &[String]) -> Result<String, StoreError> {
        let sql = "SELECT count(*) FROM tickets WHERE assignee = ?1 AND status <> 'closed'";
        self.least(agents, sql)
    }

    fn least(&self, agents: &[String], sql: &str) -> Result<String, StoreError> {
        let mut select = self.conn.prepare_cached(sql)?;
        let mut best: Option<(i64, &String)> = None;
        for agent in agents {
            let load: i64 = select.query_row([agent], |row| row.get(0))?;
            if best.is_none_or(|(least, _)| load < least) {
                best = Some((load, agent));
            }
        }
        Ok(best.map(|(_, agent)| agent.clone()).unwrap_or_default())
    }
}

fn read_duplicate(row: &Row<'_>) -> rusqlite::Result<Duplicate> {
    Ok(Duplicate {
        message: row.get(0)?,
        ticket: row.get(1)?,
    })
}
