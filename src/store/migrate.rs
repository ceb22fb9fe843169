//! Numbered migrations, each in a transaction of its own with `user_version`.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

const MIGRATIONS: [&str; 1] = [include_str!("../../migrations/0001_first.sql")];

/// `PRAGMA application_id` of the first migration.
const OURS: i64 = 0x6d64_736b;

/// Brings the database to the newest version; refuses one from a newer maildesk, and one of
/// another program.
pub(super) fn migrate(conn: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let opening = |error| StoreError::opening(path, error);
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let found = version(conn).map_err(opening)?;
    if !is_ours(conn).map_err(opening)? {
        return Err(StoreError::NotOurs {
            path: path.to_owned(),
            what: "is a database of another program",
        });
    }
    if found > known {
        return Err(StoreError::TooNew { found, known });
    }
    // a database that is up to date is opened without the write lock
    for (number, sql) in (1..).zip(MIGRATIONS).filter(|(number, _)| *number > found) {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // asked again under the lock: another process may be migrating too
        if version(&tx)? < number {
            tx.execute_batch(sql)?;
            tx.pragma_update(None, "user_version", number)?;
        }
        tx.commit()?;
    }
    Ok(())
}

/// Drops the query planner's statistics, if there are any: of `ANALYZE`, by whatever program. They
/// are of the day that they were taken, and those of a desk's first hour made SQLite read all rows
/// of tables that had grown since. Without them each question has one plan on every desk, which
/// the tests have seen (<https://sqlite.org/queryplanner-ng.html#qpstab>). A connection that has
/// read them keeps them: true asks for a new one.
pub(super) fn forget_statistics(conn: &Connection) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'";
    let are_there = conn.prepare(sql)?.exists([])?;
    if are_there {
        conn.execute_batch("DROP TABLE IF EXISTS sqlite_stat1")?;
    }
    Ok(are_there)
}

fn version(conn: &Connection) -> rusqlite::Result<i64> {
    conn.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// A new one is empty.
fn is_ours(conn: &Connection) -> rusqlite::Result<bool> {
    let id: i64 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let has_tables = || {
        conn.prepare("SELECT 1 FROM sqlite_schema LIMIT 1")?
            .exists([])
    };
    Ok(id == OURS || !has_tables()?)
}
