//! Notifications that the hourly limit of an agent kept back, until the agent is told how many.

use jiff::{SignedDuration, Timestamp};

use super::{Pen, StoreError, View};
use crate::address::Address;

/// So long after telling an agent of what is kept back comes the next such mail, at the earliest.
const EVERY: SignedDuration = SignedDuration::from_hours(1);

impl View<'_> {
    /// Notifications to an agent in the last hour, sent or waiting to be sent.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn notifications(&self, to: &Address, now: Timestamp) -> Result<u64, StoreError> {
        let since = (now - SignedDuration::from_hours(1)).as_millisecond();
        Ok(self
            .conn
            .prepare_cached(
                "SELECT count(*) FROM outbox WHERE recipient_key = ?1 \
                 AND created_at BETWEEN ?2 AND ?3 AND kind = 'notification' AND ticket IS NOT NULL AND state <> 'dropped'",
            )?
            .query_row((to.key(), since, now.as_millisecond()), |row| row.get(0))?)
    }

    /// When the next agent is to be told; `None` when nothing is kept back.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn next_held_back(&self) -> Result<Option<Timestamp>, StoreError> {
        self.next_time(
            "SELECT due_at FROM held_back WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1",
        )
    }

    /// The agents to be told now, and of how many tickets that still wait for an answer.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn held_back(&self, now: Timestamp) -> Result<Vec<(Address, u64)>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT h.address, (SELECT count(*) FROM held_back_tickets k \
             JOIN tickets t ON t.number = k.ticket \
             WHERE k.address_key = h.address_key AND t.status = 'open') \
             FROM held_back h WHERE h.due_at <= ?1 ORDER BY h.due_at",
        )?;
        let rows = select.query_map([now.as_millisecond()], |row| {
            Ok((Address::new("", row.get::<_, String>(0)?), row.get(1)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Pen<'_> {
    /// Notes that an agent was not told of a ticket: at once to be said, or an hour after it was
    /// said last.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn hold_back(&self, who: &Address, ticket: i64, now: Timestamp) -> Result<(), StoreError> {
        let pause = i64::try_from(EVERY.as_millis()).unwrap_or(i64::MAX);
        self.conn
            .prepare_cached(
                "INSERT INTO held_back (address_key, address, due_at) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (address_key) DO UPDATE SET \
                 due_at = coalesce(due_at, max(?3, coalesce(told_at, 0) + ?4))",
            )?
            .execute((who.key(), &who.address, now.as_millisecond(), pause))?;
        self.conn
            .prepare_cached(
                "INSERT INTO held_back_tickets (address_key, ticket) VALUES (?1, ?2) \
                 ON CONFLICT DO NOTHING",
            )?
            .execute((who.key(), ticket))?;
        Ok(())
    }

    /// Notes that an agent was told of all that was kept back.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn told_held_back(&self, who: &Address, now: Timestamp) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE held_back SET told_at = ?2, due_at = NULL WHERE address_key = ?1",
            )?
            .execute((who.key(), now.as_millisecond()))?;
        self.conn
            .prepare_cached("DELETE FROM held_back_tickets WHERE address_key = ?1")?
            .execute([who.key()])?;
        Ok(())
    }
}
