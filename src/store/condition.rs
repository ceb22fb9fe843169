//! Whether the file is what it should be, before the desk relies on it.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::Read,
    path::Path,
};

use rusqlite::Connection;

use super::{Store, StoreError, connect_reader};

/// A database up to this size is read to its last page at each start (about a second); of a larger
/// one the bulk, which is mails and their texts, is read by `maildesk backup` alone.
const READ_WHOLE: u64 = 256 << 20;
/// The tables that make nearly all of a database.
const BULK: [&str; 2] = ["raw_mails", "texts"];

impl Store {
    /// Looks for damage, for a start: of a large database in all but the stored mails and their
    /// texts.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], naming the file.
    pub fn check(&self) -> Result<(), StoreError> {
        let path = self.path();
        let size = fs::metadata(path).map_or(0, |file| file.len());
        let checked = connect_reader(path).and_then(|conn| match size <= READ_WHOLE {
            true => check_all(&conn),
            false => check_ledgers(&conn),
        });
        checked.map_err(|error| match error {
            StoreError::Damaged(cause) => {
                StoreError::Damaged(format!("{}: {cause}", path.display()))
            }
            other => other,
        })
    }
}

/// Looks for damage in every page.
pub(super) fn check_all(conn: &Connection) -> Result<(), StoreError> {
    verdict(conn, "PRAGMA quick_check(1)")
}

fn check_ledgers(conn: &Connection) -> Result<(), StoreError> {
    let mut select = conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let names = select.query_map([], |row| row.get(0))?;
    let names: Vec<String> = names.collect::<Result<_, _>>()?;
    for name in names.iter().filter(|name| !BULK.contains(&name.as_str())) {
        let quoted = name.replace('\'', "''");
        verdict(conn, &format!("PRAGMA quick_check('{quoted}')"))?;
    }
    Ok(())
}

fn verdict(conn: &Connection, pragma: &str) -> Result<(), StoreError> {
    let said: String = conn.query_row(pragma, [], |row| row.get(0))?;
    match said.as_str() {
        "ok" => Ok(()),
        _ => Err(StoreError::Damaged(said.replace('\n', " "))),
    }
}

/// A file of `maildesk backup` has no write-ahead log: one beside it was left by the database that
/// it replaces, and SQLite, which believes any log of the right name, would ruin it with that.
pub(super) fn refuse_stray_log(path: &Path) -> Result<(), StoreError> {
    // https://www.sqlite.org/fileformat2.html#file_format_version_numbers
    const READ_VERSION: usize = 19;
    const WITHOUT_LOG: u8 = 1;
    let mut header = Vec::new();
    let read = File::open(path).and_then(|file| file.take(100).read_to_end(&mut header));
    let mut log = OsString::from(path);
    log.push("-wal");
    let has_log = fs::metadata(log).is_ok_and(|log| log.len() > 0);
    if read.is_ok() && has_log && header.get(READ_VERSION) == Some(&WITHOUT_LOG) {
        return Err(StoreError::StrayLog {
            path: path.to_owned(),
        });
    }
    Ok(())
}
