//! Mails that the rules for new mail judged: those that opened a ticket, and those that did not.

use jiff::Timestamp;
use rusqlite::Row;

use super::{StoreError, View};
use crate::{address::Address, clock};

/// What a rule or the kind of a mail kept from opening a ticket; a change of rules may let it in.
const TURNED_AWAY: &str = "('rule_ignores', 'rule_quarantines', 'auto_reply', 'list_mail')";

/// A mail that was new to the desk, with what the desk knew of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The ticket that it opened; `None` when it opened none.
    pub ticket: Option<i64>,
    /// Its row; `None` when the ticket holds no mail that opened it (it was split off another one).
    pub message: Option<i64>,
    /// The ticket's subject, or the mail's.
    pub subject: String,
    /// The mailbox that it came into.
    pub mailbox: String,
    /// Its kind as the desk saw it.
    pub kind: String,
    /// Who wrote it: of a mail that an agent passed on, the customer.
    pub author: Address,
    /// Who asks.
    pub requester: Address,
    /// When it came to the mail server.
    pub arrived_at: Timestamp,
    /// When the desk took it in.
    pub taken_at: Timestamp,
    /// Size in bytes at the source.
    pub size: u64,
}

impl View<'_> {
    /// Tickets opened since a time, history left out, by number from the one after `after`; each
    /// with the mail that opened it. At most `limit`.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn opened_since(
        &self,
        since: Timestamp,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Judged>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT t.number, m.id, t.subject, t.mailbox, coalesce(m.kind, ''), \
             coalesce(m.author, ''), t.requester, coalesce(m.arrived_at, t.opened_at), \
             t.opened_at, coalesce(m.size, 0) FROM tickets t LEFT JOIN messages m ON m.id = \
             (SELECT min(f.id) FROM messages f WHERE f.ticket = t.number AND f.direction = 'in' \
             AND f.disposition = 'open_ticket' AND f.raw IS NOT NULL) \
             WHERE t.number > ?1 AND t.opened_at >= ?2 AND t.history = 0 \
             ORDER BY t.number LIMIT ?3",
        )?;
        let rows = select.query_map((after, since.as_millisecond(), limit), read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Mails taken in since a time that opened no ticket by a rule or as a machine's, history left
    /// out, by row from the one after `after`. At most `limit`.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn turned_away_since(
        &self,
        since: Timestamp,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Judged>, StoreError> {
        let sql = format!(
            "SELECT NULL, m.id, m.subject, m.mailbox, m.kind, m.author, m.author, m.arrived_at, \
             m.received_at, m.size FROM messages m WHERE m.id > ?1 AND m.received_at >= ?2 \
             AND m.state IN ('filed', 'quarantined') AND m.direction = 'in' AND m.history = 0 \
             AND m.ticket IS NULL AND m.raw IS NOT NULL AND m.reason IN {TURNED_AWAY} \
             ORDER BY m.id LIMIT ?3"
        );
        let mut select = self.conn.prepare_cached(&sql)?;
        let rows = select.query_map((after, since.as_millisecond(), limit), read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Judged> {
    let address =
        |column| Ok::<_, rusqlite::Error>(Address::new("", row.get::<_, String>(column)?));
    Ok(Judged {
        ticket: row.get(0)?,
        message: row.get(1)?,
        subject: row.get(2)?,
        mailbox: row.get(3)?,
        kind: row.get(4)?,
        author: address(5)?,
        requester: address(6)?,
        arrived_at: clock::from_millis(row.get(7)?),
        taken_at: clock::from_millis(row.get(8)?),
        size: row.get(9)?,
    })
}
