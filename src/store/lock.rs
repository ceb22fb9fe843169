//! The lock file beside the database: one daemon a database.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

/// Who asks whether a daemon runs holds the lock for a moment: a start waits that long.
const GLANCES: u32 = 5;

/// Held by the daemon for as long as it lives.
#[derive(Debug)]
pub struct DaemonLock {
    _file: File,
}

impl DaemonLock {
    /// Where it is.
    pub fn path(database: &Path) -> PathBuf {
        let mut name = database.as_os_str().to_owned();
        name.push(".lock");
        PathBuf::from(name)
    }

    /// Takes it; `None` when another daemon has it.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn take(database: &Path) -> io::Result<Option<Self>> {
        let file = File::create(Self::path(database))?;
        for _ in 0..GLANCES {
            match file.try_lock() {
                Ok(()) => return Ok(Some(Self { _file: file })),
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(20)),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Whether a daemon runs.
    ///
    /// # Errors
    /// When the file cannot be looked at.
    pub fn is_taken(database: &Path) -> io::Result<bool> {
        // not made here: one of root's could not be opened by the daemon
        let file = match File::open(Self::path(database)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_held_once_and_a_look_at_it_holds_nobody_up() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("maildesk.db");
        assert!(!DaemonLock::is_taken(&database).unwrap());
        assert!(!DaemonLock::path(&database).exists());
        let held = DaemonLock::take(&database).unwrap().unwrap();
        assert!(DaemonLock::is_taken(&database).unwrap());
        assert!(DaemonLock::take(&database).unwrap().is_none());
        drop(held);
        assert!(!DaemonLock::is_taken(&database).unwrap());
        assert!(DaemonLock::take(&database).unwrap().is_some());
    }
}
