//! How many automatic mails went out: to an address, into a domain, by the whole desk.

use jiff::{SignedDuration, Timestamp};

use super::{StoreError, View};
use crate::address::Address;

/// Automatic mails that were sent or wait to be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Automatic {
    /// To this address, in the last hour.
    pub address_hour: u64,
    /// To this address, in the last day.
    pub address_day: u64,
    /// The desk has written to this address before.
    pub is_known: bool,
    /// To addresses of this domain that the desk had never written to, in the last hour.
    pub domain_hour: u64,
    /// By the whole desk, in the last hour.
    pub desk_hour: u64,
}

/// The kinds that count against the budgets: what a machine sends to a customer by itself.
pub(super) const AUTOMATIC: &str = "kind IN ('acknowledgement', 'auto', 'survey')";

/// When a mail was made that counts. What was taken back before it left, such as a survey of a
/// ticket that was opened again, does not. Told from an index alone: rows of an hour are too many
/// to be looked up for each mail that comes in.
const COUNTED: &str = "counts_at BETWEEN ?1 AND ?2";

impl View<'_> {
    /// Automatic mails to an address, into its domain and by the desk, up to `now`.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn automatic(&self, to: &Address, now: Timestamp) -> Result<Automatic, StoreError> {
        let since = |hours: i64| (now - SignedDuration::from_hours(hours)).as_millisecond();
        // what a clock stamped that was ahead at the time would else fill the budgets until it is
        // there again
        let until = now.as_millisecond();
        let to_address = format!(
            "SELECT count(*) FROM outbox WHERE recipient_key = ?3 AND created_at >= ?1 AND {COUNTED}"
        );
        let into_domain = format!(
            "SELECT count(*) FROM outbox WHERE recipient_domain = ?3 AND is_first = 1 AND {COUNTED}"
        );
        let by_desk = format!("SELECT count(*) FROM outbox WHERE {COUNTED}");
        let key = to.key();
        let mut address = self.conn.prepare_cached(&to_address)?;
        let mut known = self
            .conn
            .prepare_cached("SELECT 1 FROM outbox WHERE recipient_key = ?1")?;
        let mut domain = self.conn.prepare_cached(&into_domain)?;
        let mut desk = self.conn.prepare_cached(&by_desk)?;
        Ok(Automatic {
            address_hour: address.query_row((since(1), until, &key), |row| row.get(0))?,
            address_day: address.query_row((since(24), until, &key), |row| row.get(0))?,
            is_known: known.exists([&key])?,
            domain_hour: domain
                .query_row((since(1), until, to.organisation()), |row| row.get(0))?,
            desk_hour: desk.query_row([since(1), until], |row| row.get(0))?,
        })
    }
}
