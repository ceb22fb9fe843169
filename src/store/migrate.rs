//! Numbered migrations, each in a transaction of its own with `user_version`.

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

const MIGRATIONS: [&str; 1] = [include_str!("../../migrations/0001_first.sql")];

/// Brings the database to the newest version; refuses one from a newer maildesk.
pub(super) fn migrate(conn: &mut Connection) -> Result<(), StoreError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let found = version(conn)?;
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

fn version(conn: &Connection) -> Result<i64, StoreError> {
    Ok(conn.pragma_query_value(None, "user_version", |row| row.get(0))?)
}
