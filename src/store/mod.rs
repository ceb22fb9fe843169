//! REMEMBER: all SQL. One writer, many readers; the rest of the desk sees domain operations.
//!
//! [`Store::write`] lends a [`Pen`]: one transaction on the writer thread, committed with
//! `synchronous=FULL` before the caller goes on. [`Store::read`] lends a [`View`] on a connection
//! that cannot write. SQLite work never runs on the async threads.

mod backup;
mod budgets;
mod condition;
mod consents;
mod copies;
mod corrections;
mod customers;
mod due;
mod error;
mod follow;
mod health;
mod held_back;
mod imports;
mod journal;
mod judged;
mod lock;
mod messages;
mod migrate;
mod moves;
mod nps;
mod outbox;
mod quarantine;
mod raw;
mod receive;
mod reminders;
mod restore;
mod snooze;
mod suppressions;
mod surveys;
mod threads;
mod tickets;
mod undelivered;
mod visits;
mod writer;

use std::{
    ops::Deref,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::watch;

pub use budgets::{Automatic, Ceilings};
pub use consents::StoredConsent;
pub use copies::{CopyState, SentCopy};
pub use corrections::Correction;
pub use customers::CustomerTag;
pub use error::StoreError;
pub use health::{FailedMail, Health};
pub use imports::Fate;
pub use journal::JournalLine;
pub use judged::Judged;
pub use lock::DaemonLock;
pub use messages::{DeliveryView, EventView, Filed, MessageView};
pub use nps::{NewNpsQuestion, NpsQuestion, NpsVia, NpsWaiting, Refused};
pub use outbox::{
    Attempted, Delivery, Door, Leave, NewOutbox, OutboxKind, OutboxRow, OutboxState, TakenBack,
};
pub use quarantine::Quarantined;
pub use receive::{Cursor, Received, Retiring, Waiting};
pub use reminders::Question;
pub use restore::Restored;
pub use suppressions::{SOFT_BOUNCES, suppressed};
pub use surveys::{AnsweredBy, NewSurvey, Rating, Survey};
pub use threads::Duplicate;
pub use tickets::{NewTicket, Ticket, TicketChange, TicketQuery};
pub use undelivered::Undelivered;
pub use visits::Withdrawn;

/// Handle to the database; cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    writer: writer::Writer,
    readers: Mutex<Vec<Connection>>,
    changes: watch::Sender<u64>,
}

/// What can be asked, on a connection that sees one state of the database.
pub struct View<'c> {
    conn: &'c Connection,
}

/// What can be written: one open transaction.
pub struct Pen<'c> {
    view: View<'c>,
}

impl<'c> Deref for Pen<'c> {
    type Target = View<'c>;

    fn deref(&self) -> &View<'c> {
        &self.view
    }
}

impl Store {
    /// Opens the database, makes it on first start, and migrates it to the newest version.
    ///
    /// # Errors
    /// When the file cannot be opened, is damaged, or was written by a newer maildesk.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut conn = connect(path)?;
        migrate::migrate(&mut conn, path)?;
        if migrate::forget_statistics(&conn)? {
            conn = connect(path)?;
        }
        let (changes, _) = watch::channel(0);
        let writer = writer::Writer::start(conn, changes.clone())?;
        let readers = Mutex::default();
        let inner = Inner {
            path: path.to_owned(),
            writer,
            readers,
            changes,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Opens an existing database only.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is none; otherwise as [`Store::open`].
    pub fn open_existing(path: &Path) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing {
                path: path.to_owned(),
            });
        }
        Self::open(path)
    }

    /// Runs `work` in one transaction: all of it is stored, synced, before this returns, or
    /// nothing is. A panic in `work` rolls back and comes back as an error.
    ///
    /// # Errors
    /// What `work` returns, or the database's own trouble.
    pub async fn write<T, E>(
        &self,
        work: impl FnOnce(&Pen<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.inner.writer.run(writer::Turn::InOrder, work).await
    }

    /// As [`Store::write`], before all that wait: for what the outside world did already.
    ///
    /// # Errors
    /// What `work` returns, or the database's own trouble.
    pub async fn write_first<T, E>(
        &self,
        work: impl FnOnce(&Pen<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.inner.writer.run(writer::Turn::First, work).await
    }

    /// Asks, on a reader connection, off the async threads.
    ///
    /// # Errors
    /// The database's trouble.
    pub async fn read<T>(
        &self,
        work: impl FnOnce(&View<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        let asked = tokio::task::spawn_blocking(move || {
            let pooled = lock(&inner.readers).pop();
            let conn = match pooled {
                Some(conn) => conn,
                None => connect_reader(&inner.path)?,
            };
            let answer = work(&View { conn: &conn });
            lock(&inner.readers).push(conn);
            answer
        });
        asked.await.unwrap_or_else(|_| Err(StoreError::Panicked))
    }

    /// Asks on this thread, for commands that have no runtime and nothing to hold up.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn read_here<T>(
        &self,
        work: impl FnOnce(&View<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let conn = connect_reader(&self.inner.path)?;
        work(&View { conn: &conn })
    }

    /// Changes with every commit of this process: a hint to look, never the message itself.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }

    /// The path of the database.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }
}

impl Pen<'_> {
    /// Runs `work` so that its failure or panic undoes its own writes and nothing else of the
    /// transaction. The outer result is the database's, the inner one the work's.
    ///
    /// # Errors
    /// When the savepoint itself fails.
    pub fn attempt<T>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<std::thread::Result<Result<T, StoreError>>, StoreError> {
        self.conn.execute_batch("SAVEPOINT attempt")?;
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(self)));
        match &done {
            Ok(Ok(_)) => self.conn.execute_batch("RELEASE attempt")?,
            _ => self
                .conn
                .execute_batch("ROLLBACK TO attempt; RELEASE attempt")?,
        }
        Ok(done)
    }
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    condition::refuse_stray_log(path)?;
    make_private(path);
    let conn = Connection::open(path).map_err(|error| StoreError::opening(path, error))?;
    conn.busy_timeout(Duration::from_secs(10))?;
    conn.pragma_update(None, "journal_mode", "WAL")
        .map_err(|e| StoreError::opening(path, e))?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.set_prepared_statement_cache_capacity(128);
    Ok(conn)
}

/// A database that is yet to be made belongs to its user alone: it holds customers' mail. SQLite
/// gives the files beside it the same mode. What fails here is told when it is opened.
fn make_private(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt;
    let _ = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
}

fn connect_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(Duration::from_secs(10))?;
    conn.pragma_update(None, "query_only", true)?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod survey_tests;
#[cfg(test)]
mod tests;
