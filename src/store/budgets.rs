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
    /// To addresses of this domain that the desk had never written to, in the last hour; like the
    /// next, it may be too many where the ceiling is far.
    pub domain_hour: u64,
    /// By the whole desk, in the last hour.
    pub desk_hour: u64,
}

/// The kinds that count against the budgets: what a machine sends to a customer by itself.
pub(super) const AUTOMATIC: &str = "kind IN ('acknowledgement', 'auto', 'survey')";

/// How many automatic mails are too many: counting ends there.
#[derive(Clone, Copy, Debug)]
pub struct Ceilings {
    /// Into a domain, in an hour.
    pub domain: u64,
    /// By the desk, in an hour.
    pub desk: u64,
}

/// What is counted one by one: a part of a millisecond for each mail that comes in.
const EXACT: u64 = 2_000;

/// When a mail was made that counts. What was taken back before it left, such as a survey of a
/// ticket that was opened again, does not. Told from an index alone: rows of an hour are too many
/// to be looked up for each mail that comes in.
const COUNTED: &str = "counts_at BETWEEN ?1 AND ?2";

impl View<'_> {
    /// Automatic mails to an address, into its domain and by the desk, up to `now`.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn automatic(
        &self,
        to: &Address,
        now: Timestamp,
        ceilings: &Ceilings,
    ) -> Result<Automatic, StoreError> {
        let since = |hours: i64| (now - SignedDuration::from_hours(hours)).as_millisecond();
        // what a clock stamped that was ahead at the time would else fill the budgets until it is
        // there again
        let until = now.as_millisecond();
        let to_address = format!(
            "SELECT count(*) FROM outbox WHERE recipient_key = ?3 AND created_at >= ?1 AND {COUNTED}"
        );
        let key = to.key();
        let mut address = self.conn.prepare_cached(&to_address)?;
        let mut known = self
            .conn
            .prepare_cached("SELECT 1 FROM outbox WHERE recipient_key = ?1")?;
        let hour = (since(1), until);
        let domain = to.organisation();
        let into_domain = |most: u64| {
            let sql = format!(
                "SELECT count(*) FROM (SELECT 1 FROM outbox WHERE recipient_domain = ?4 \
                 AND is_first = 1 AND {COUNTED} LIMIT ?3)"
            );
            let mut count = self.conn.prepare_cached(&sql)?;
            count.query_row((hour.0, hour.1, most, &domain), |row| row.get(0))
        };
        let by_desk = |most: u64| {
            let sql =
                format!("SELECT count(*) FROM (SELECT 1 FROM outbox WHERE {COUNTED} LIMIT ?3)");
            let mut count = self.conn.prepare_cached(&sql)?;
            count.query_row((hour.0, hour.1, most), |row| row.get(0))
        };
        Ok(Automatic {
            address_hour: address.query_row((since(1), until, &key), |row| row.get(0))?,
            address_day: address.query_row((since(24), until, &key), |row| row.get(0))?,
            is_known: known.exists([&key])?,
            domain_hour: self.up_to(ceilings.domain, hour, into_domain)?,
            desk_hour: self.up_to(ceilings.desk, hour, by_desk)?,
        })
    }

    /// Counts up to a ceiling. Above [`EXACT`] it is enough that there cannot be as many: rows are
    /// numbered in their order, so an hour has no more than its numbers.
    fn up_to(
        &self,
        ceiling: u64,
        hour: (i64, i64),
        count: impl Fn(u64) -> rusqlite::Result<u64>,
    ) -> Result<u64, StoreError> {
        let counted = count(ceiling.min(EXACT))?;
        if counted < EXACT || ceiling <= EXACT {
            return Ok(counted);
        }
        let sql = format!(
            "SELECT (SELECT max(id) FROM outbox) + 1 - id FROM outbox WHERE {COUNTED} \
             ORDER BY counts_at LIMIT 1"
        );
        let mut select = self.conn.prepare_cached(&sql)?;
        let most: u64 = select.query_row(hour, |row| row.get(0))?;
        match most < ceiling {
            true => Ok(most),
            false => Ok(count(ceiling)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock, store::Store};

    #[tokio::test]
    async fn a_large_ceiling_is_reached_by_as_many_and_not_by_fewer() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("desk.db")).unwrap();
        let made: Result<(), StoreError> = store
            .write(|pen| {
                let now = clock::now().as_millisecond();
                let raw = pen.put_raw(b"hello")?;
                // every second one is an answer; the older half was made before this hour
                pen.conn.execute(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000) \
                     INSERT INTO outbox (kind, state, recipient, recipient_key, recipient_domain, \
                     is_first, envelope_from, subject, message_id, raw, next_attempt_at, created_at) \
                     SELECT iif(i % 2, 'reply', 'auto'), 'sent', 'a@b', i || '@b', 'b', 1, '', '', '', \
                     ?1, 0, iif(i <= 6000, ?2 - 4000000, ?2 - 1000) FROM n",
                    (raw, now),
                )?;
                Ok(())
            })
            .await;
        made.unwrap();
        let reached = async |ceiling: u64| {
            let ceilings = Ceilings {
                domain: ceiling,
                desk: ceiling,
            };
            let now = clock::now();
            let asked =
                store.read(move |view| view.automatic(&Address::new("", "x@b"), now, &ceilings));
            let sent = asked.await.unwrap();
            (sent.domain_hour >= ceiling, sent.desk_hour >= ceiling)
        };
        for ceiling in [1, 1_999, 2_000, 2_001, 2_999, 3_000] {
            assert_eq!(reached(ceiling).await, (true, true), "{ceiling}");
        }
        for ceiling in [3_001, 5_999, 6_000, 1_000_000] {
            assert_eq!(reached(ceiling).await, (false, false), "{ceiling}");
        }
    }
}
