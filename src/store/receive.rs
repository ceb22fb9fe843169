//! TX 1 of a mail: raw bytes and cursor together, before anything looks inside; and what is left
//! to do at the source once it is filed.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row};

use super::{Pen, StoreError, View, quarantine::RELEASED};
use crate::clock;

/// The place in a mailbox up to which everything is stored (RFC 3501 section 2.3.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// UIDVALIDITY of the folder.
    pub uidvalidity: u32,
    /// The lowest UID that was not yet looked at.
    pub uidnext: u32,
    /// UIDs below it stood there before the desk came: history. 0 after UIDVALIDITY changed,
    /// when UIDs no longer tell.
    pub history_below: u32,
    /// When the desk first saw the mailbox.
    pub since: Timestamp,
}

/// A mail as fetched, not yet looked into.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its place at the source: `imap:UIDVALIDITY:UID`, `maildir:NAME`, `pipe:DIGEST`.
    pub source: String,
    /// UID; 0 where the source has none.
    pub uid: u32,
    /// When it came to the source (INTERNALDATE).
    pub arrived_at: Timestamp,
    /// Older than the desk: files as a closed ticket and sends nothing.
    pub history: bool,
    /// The size at the source, in bytes.
    pub size: u64,
    /// Whether `bytes` is the whole mail; else its headers, since it was over the limit.
    pub whole: bool,
    /// The mail.
    pub bytes: Vec<u8>,
}

/// A stored mail that waits to be filed.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Its row.
    pub id: i64,
    /// The mailbox's name.
    pub mailbox: String,
    /// When we stored it.
    pub received_at: Timestamp,
    /// When it came to the source.
    pub arrived_at: Timestamp,
    /// Older than the desk.
    pub history: bool,
    /// The size at the source, in bytes.
    pub size: u64,
    /// Whether `bytes` is the whole mail.
    pub whole: bool,
    /// A person let it out of quarantine: rules may not put it back.
    pub released: bool,
    /// The mail.
    pub bytes: Vec<u8>,
}

/// A filed mail whose place at the source is still to be marked, moved or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retiring {
    /// Its row.
    pub message: i64,
    /// UID at the source.
    pub uid: u32,
    /// Its place at the source.
    pub source: String,
}

/// What is read into memory for one batch of filing, at most.
const BATCH_BYTES: u64 = 32 << 20;

impl Pen<'_> {
    /// Stores mails and moves the cursor. A place that is stored already is passed over, so that
    /// fetching twice is harmless. Returns how many were new.
    ///
    /// # Errors
    /// The database's trouble; then nothing was stored and the cursor stands where it was.
    pub fn receive(
        &self,
        mailbox: &str,
        mails: &[Received],
        cursor: Option<Cursor>,
        is_retired_later: bool,
    ) -> Result<usize, StoreError> {
        let uidvalidity = cursor.map_or(0, |cursor| cursor.uidvalidity);
        let new = self.receive_at(mailbox, uidvalidity, mails, is_retired_later)?;
        if let Some(cursor) = cursor {
            self.move_cursor(mailbox, cursor)?;
        }
        Ok(new)
    }

    /// Stores mails of a source that has no cursor to move.
    ///
    /// # Errors
    /// The database's trouble; then nothing was stored.
    pub fn receive_at(
        &self,
        mailbox: &str,
        uidvalidity: u32,
        mails: &[Received],
        is_retired_later: bool,
    ) -> Result<usize, StoreError> {
        let now = clock::now().as_millisecond();
        let mut new = 0;
        for mail in mails {
            let known = self
                .conn
                .prepare_cached("SELECT 1 FROM messages WHERE mailbox = ?1 AND source = ?2")?
                .exists((mailbox, &mail.source))?;
            if known {
                continue;
            }
            let raw = self.put_raw(&mail.bytes)?;
            self.conn
                .prepare_cached(
                    "INSERT INTO messages (state, mailbox, source, uidvalidity, uid, raw, size, \
                     whole, history, retire, received_at, arrived_at) \
                     VALUES ('received', ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                )?
                .execute(rusqlite::params![
                    mailbox,
                    mail.source,
                    uidvalidity,
                    mail.uid,
                    raw,
                    mail.size,
                    mail.whole,
                    mail.history,
                    // of a mail over the limit the source keeps the only whole copy
                    if is_retired_later && mail.whole {
                        "due"
                    } else {
                        "none"
                    },
                    now,
                    mail.arrived_at.as_millisecond(),
                ])?;
            new += 1;
        }
        Ok(new)
    }

    /// Passes over places that were there before the desk came, for good.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn pass_over(&self, mailbox: &str, sources: &[String]) -> Result<(), StoreError> {
        let now = clock::now().as_millisecond();
        let mut insert = self.conn.prepare_cached(
            "INSERT INTO messages (state, mailbox, source, received_at, arrived_at, disposition, \
             reason) VALUES ('dropped', ?1, ?2, ?3, ?3, 'ignore', 'before_start') \
             ON CONFLICT DO NOTHING",
        )?;
        for source in sources {
            insert.execute((mailbox, source, now))?;
        }
        Ok(())
    }

    /// Sets the cursor of a mailbox.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn move_cursor(&self, mailbox: &str, cursor: Cursor) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO cursors (mailbox, uidvalidity, uidnext, history_below, since, \
                 updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (mailbox) DO UPDATE SET \
                 uidvalidity = excluded.uidvalidity, uidnext = excluded.uidnext, \
                 history_below = excluded.history_below, updated_at = excluded.updated_at",
            )?
            .execute((
                mailbox,
                cursor.uidvalidity,
                cursor.uidnext,
                cursor.history_below,
                cursor.since.as_millisecond(),
                clock::now().as_millisecond(),
            ))?;
        Ok(())
    }

    /// Records that these mails were marked, moved or deleted at the source.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn retired(&self, messages: &[i64]) -> Result<(), StoreError> {
        let mut update = self
            .conn
            .prepare_cached("UPDATE messages SET retire = 'done' WHERE id = ?1")?;
        for message in messages {
            update.execute([message])?;
        }
        Ok(())
    }
}

impl View<'_> {
    /// The cursor of a mailbox; `None` before its first connection.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn cursor(&self, mailbox: &str) -> Result<Option<Cursor>, StoreError> {
        let sql =
            "SELECT uidvalidity, uidnext, history_below, since FROM cursors WHERE mailbox = ?1";
        let read = |row: &Row<'_>| {
            Ok(Cursor {
                uidvalidity: row.get(0)?,
                uidnext: row.get(1)?,
                history_below: row.get(2)?,
                since: clock::from_millis(row.get(3)?),
            })
        };
        Ok(self
            .conn
            .prepare_cached(sql)?
            .query_row([mailbox], read)
            .optional()?)
    }

    /// Whether a place at a source is stored already.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn has_source(&self, mailbox: &str, source: &str) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM messages WHERE mailbox = ?1 AND source = ?2";
        Ok(self.conn.prepare_cached(sql)?.exists((mailbox, source))?)
    }

    /// The oldest mails that wait to be filed: at most `limit`, and about 32 MiB of them.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn waiting(&self, limit: usize) -> Result<Vec<Waiting>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT id, mailbox, received_at, arrived_at, history, size, whole, reason, raw \
             FROM messages WHERE state = 'received' ORDER BY id LIMIT ?1",
        )?;
        let mut rows = select.query([limit])?;
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let size: u64 = row.get(5)?;
            if !batch.is_empty() && bytes + size > BATCH_BYTES {
                break;
            }
            bytes += size;
            batch.push(Waiting {
                id: row.get(0)?,
                mailbox: row.get(1)?,
                received_at: clock::from_millis(row.get(2)?),
                arrived_at: clock::from_millis(row.get(3)?),
                history: row.get(4)?,
                size,
                whole: row.get(6)?,
                released: row.get::<_, String>(7)? == RELEASED,
                bytes: self.get_raw(row.get(8)?)?,
            });
        }
        Ok(batch)
    }

    /// Whether a mail still waits: another run may have filed it meanwhile.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn is_waiting(&self, message: i64) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM messages WHERE id = ?1 AND state = 'received'";
        Ok(self.conn.prepare_cached(sql)?.exists([message])?)
    }

    /// Filed or quarantined mails of a folder whose place at the source is still to be dealt with.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn retiring(
        &self,
        mailbox: &str,
        uidvalidity: u32,
        limit: usize,
    ) -> Result<Vec<Retiring>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT id, uid, source FROM messages WHERE retire = 'due' AND mailbox = ?1 \
             AND uidvalidity = ?2 AND state <> 'received' ORDER BY uid LIMIT ?3",
        )?;
        let rows = select.query_map((mailbox, uidvalidity, limit), |row| {
            Ok(Retiring {
                message: row.get(0)?,
                uid: row.get(1)?,
                source: row.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
