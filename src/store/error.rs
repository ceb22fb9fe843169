//! What can go wrong with the database, by what its reader can do about it.

use std::path::{Path, PathBuf};

use rusqlite::{Error as Sqlite, ErrorCode};

/// The database's trouble. None of it consumes a mail: the caller tries again.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no database yet.
    #[error("there is no database at {path}: start `maildesk run` once, or correct [storage].path")]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file could not be opened.
    #[error(
        "opening the database {path}: {cause}: check that the directory exists and that this user may write to it"
    )]
    Opening {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        cause: String,
    },
    /// The database was written by a newer maildesk.
    #[error(
        "the database has schema version {found}, this maildesk knows {known}: install the newer maildesk again, or restore a backup made before the upgrade"
    )]
    TooNew {
        /// Its version.
        found: i64,
        /// The newest that this binary knows.
        known: i64,
    },
    /// The file is damaged.
    #[error(
        "the database is damaged ({0}): stop maildesk, keep a copy of the file, and put the last file of `maildesk backup` in its place"
    )]
    Damaged(String),
    /// The file is something else.
    #[error(
        "{path} {what}: correct [storage].path, or put the last file of `maildesk backup` in its place"
    )]
    NotOurs {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// A write-ahead log of another database stands beside a restored one. SQLite would play it into
    /// that.
    #[error(
        "{path} was restored from a backup, and {path}-wal beside it is of the database that was there before: move {path}-wal and {path}-shm away, and start again"
    )]
    StrayLog {
        /// The database.
        path: PathBuf,
    },
    /// No space left.
    #[error("the disk of the database is full: free some space; the desk goes on by itself")]
    Full,
    /// Another process held the write lock for longer than we wait.
    #[error(
        "the database is locked by another process: find it with `fuser` on the database file; the desk tries again by itself"
    )]
    Locked,
    /// The thing asked for is not there.
    #[error("{0}")]
    NotFound(String),
    /// The change is not allowed.
    #[error("{0}")]
    Refused(String),
    /// A value does not fit the schema: the mail's trouble, not ours.
    #[error("storing what a mail says: {0}")]
    Unfit(String),
    /// The work panicked and was rolled back.
    #[error("the work on the database panicked and was rolled back: please report this")]
    Panicked,
    /// The writer thread is gone: the process is stopping.
    #[error("the database is closed: the desk is stopping")]
    Closed,
    /// Anything else.
    #[error("asking the database: {0}")]
    Failed(String),
}

impl StoreError {
    pub(super) fn opening(path: &Path, error: Sqlite) -> Self {
        let is_no_database = error.sqlite_error_code() == Some(ErrorCode::NotADatabase);
        match error.into() {
            Self::Failed(cause) => Self::Opening {
                path: path.to_owned(),
                cause,
            },
            Self::Damaged(_) if is_no_database => Self::NotOurs {
                path: path.to_owned(),
                what: "is not a database, or the beginning of it is damaged",
            },
            Self::Damaged(cause) => Self::Damaged(format!("{}: {cause}", path.display())),
            other => other,
        }
    }
}

impl From<Sqlite> for StoreError {
    fn from(error: Sqlite) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged(error.to_string())
            }
            Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig) => {
                Self::Unfit(error.to_string())
            }
            _ => Self::Failed(error.to_string()),
        }
    }
}
