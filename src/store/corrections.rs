//! What agents corrected: tickets are learned from.

use super::{StoreError, View};
use crate::ticket::Priority;

/// A ticket whose priority or category an agent changed, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// The subject of its first mail.
    pub subject: String,
    /// The new words of its first mail.
    pub text: String,
    /// Whether its priority is high or urgent.
    pub is_pressing: bool,
    /// Its category; empty when none.
    pub category: String,
}

impl View<'_> {
    /// The tickets that these agents (addresses) corrected, oldest first. It looks through all
    /// events: for a command, not for the way of a mail.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn corrections(&self, agents: &[String]) -> Result<Vec<Correction>, StoreError> {
        let mut tickets = self.conn.prepare(
            "SELECT DISTINCT e.ticket, lower(e.actor) FROM events e \
             WHERE e.what IN ('priority', 'category') ORDER BY e.ticket",
        )?;
        let mut first = self.conn.prepare(
            "SELECT m.subject, x.reply, t.priority, t.category FROM tickets t \
             JOIN messages m ON m.ticket = t.number JOIN texts x ON x.message = m.id \
             WHERE t.number = ?1 AND m.direction = 'in' AND m.kind = 'customer' \
             ORDER BY m.id LIMIT 1",
        )?;
        let rows = tickets.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let all: Vec<(i64, String)> = rows.collect::<Result<_, _>>()?;
        let mut corrected: Vec<i64> = all
            .into_iter()
            .filter(|(_, actor)| agents.iter().any(|agent| agent.to_lowercase() == *actor))
            .map(|(ticket, _)| ticket)
            .collect();
        corrected.dedup();
        let mut found = Vec::new();
        for ticket in corrected {
            let rows = first.query_map([ticket], |row| {
                let priority: String = row.get(2)?;
                let priority = Priority::from_word(&priority).unwrap_or_default();
                Ok(Correction {
                    subject: row.get(0)?,
                    text: row.get(1)?,
                    is_pressing: priority >= Priority::High,
                    category: row.get(3)?,
                })
            })?;
            found.extend(rows.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(found)
    }
}
