//! Life after a restore: what the desk did since the backup was taken is not in the database, but
//! in the world.

use jiff::{SignedDuration, Timestamp};
use rusqlite::OptionalExtension;

use super::{Pen, StoreError, View};
use crate::clock;

/// Mail that came so long before the backup, and is not in it, was late at the source: it counts as
/// mail of after the backup.
const LATE: SignedDuration = SignedDuration::from_hours(24);
/// What is left free of ticket numbers at least: customers hold those of the lost time.
const FREE_NUMBERS: i64 = 1_000;

/// What was done about a restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// When the backup was taken.
    pub taken_at: Timestamp,
    /// Outgoing mails that may have been sent since: they wait for a person's word.
    pub held: usize,
    /// The number of the next ticket.
    pub next_ticket: i64,
}

impl Pen<'_> {
    /// On the first start with a copy that `maildesk backup` made: holds the mails that were due and
    /// may have been sent since, and leaves the numbers free that were given since. `None` where
    /// the database is no such copy, or that was done before. Before any lease is taken back.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn notice_restore(&self) -> Result<Option<Restored>, StoreError> {
        let taken_at: Option<i64> = self
            .conn
            .prepare_cached("SELECT max(taken_at) FROM restores WHERE noticed_at IS NULL")?
            .query_row([], |row| row.get(0))?;
        let Some(taken_at) = taken_at.map(clock::from_millis) else {
            return Ok(None);
        };
        let now = clock::now();
        self.conn.execute(
            "UPDATE restores SET noticed_at = ?1 WHERE noticed_at IS NULL",
            [now.as_millisecond()],
        )?;
        self.doubt_copies()?;
        self.doubt_reminders(now)?;
        self.doubt_follows()?;
        let due = "SELECT id FROM outbox WHERE state = 'sending' \
                   OR (state IN ('scheduled', 'pending') AND next_attempt_at <= ?1) ORDER BY id";
        let mut select = self.conn.prepare_cached(due)?;
        let rows = select.query_map([now.as_millisecond()], |row| row.get(0))?;
        let held: Vec<i64> = rows.collect::<Result<_, _>>()?;
        let day = taken_at.strftime("%Y-%m-%d %H:%M UTC");
        for id in &held {
            self.fail(
                *id,
                &format!(
                    "held: the desk was restored from the backup of {day}, and this may have been \
                     sent since; `maildesk outbox retry {id}` sends it"
                ),
            )?;
        }
        let next_ticket = self.free_numbers(taken_at, now)?;
        Ok(Some(Restored {
            taken_at,
            held: held.len(),
            next_ticket,
        }))
    }

    /// Three times as many numbers as were given in as much time before the backup, and some more.
    fn free_numbers(&self, taken_at: Timestamp, now: Timestamp) -> Result<i64, StoreError> {
        let lost = now.duration_since(taken_at);
        let before = clock::from_millis(
            taken_at
                .as_millisecond()
                .saturating_sub(lost.as_millis().try_into().unwrap_or(i64::MAX)),
        );
        let given: i64 = self.conn.query_row(
            "SELECT count(*) FROM tickets WHERE history = 0 AND opened_at > ?1",
            [before.as_millisecond()],
            |row| row.get(0),
        )?;
        let mut last = 0;
        // surveys have tokens in the world, too
        for table in ["nps_questions", "surveys", "tickets"] {
            let sql = "SELECT seq FROM sqlite_sequence WHERE name = ?1";
            let found = self.conn.query_row(sql, [table], |row| row.get(0));
            let found: Option<i64> = found.optional()?;
            let free = found.unwrap_or(0) + 3 * given + FREE_NUMBERS;
            last = free - free % FREE_NUMBERS;
            let sql = match found {
                Some(_) => "UPDATE sqlite_sequence SET seq = ?2 WHERE name = ?1",
                None => "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)",
            };
            self.conn.execute(sql, (table, last))?;
        }
        Ok(last + 1)
    }
}

impl View<'_> {
    /// When the desk was restored, if that was after a mail of this time came: a desk that is lost
    /// may have dealt with it.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn restored_since(&self, arrived_at: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let sql =
            "SELECT noticed_at FROM restores WHERE noticed_at > ?1 AND taken_at <= ?2 LIMIT 1";
        let at = arrived_at.as_millisecond();
        let late = at.saturating_add(LATE.as_millis().try_into().unwrap_or(0));
        let found = self
            .conn
            .prepare_cached(sql)?
            .query_row((at, late), |row| row.get(0))
            .optional()?;
        Ok(found.map(clock::from_millis))
    }
}
