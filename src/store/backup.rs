//! A consistent copy of the database while it is in use, checked before it has its name, without the
//! OAuth2 consents.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, backup};

use super::{Store, StoreError, View, condition, make_private};
use crate::clock;

/// Pages copied at once; between them other readers of the disk have a turn.
const PAGES: i32 = 4096;

impl Store {
    /// Writes a consistent copy of the database while it is in use, and checks it. The copy knows
    /// that it is one: see [`super::Pen::notice_restore`].
    ///
    /// # Errors
    /// When the target exists already or cannot be written; [`StoreError::Damaged`] when the
    /// database is, and then there is no copy.
    pub async fn backup(&self, target: PathBuf) -> Result<(), StoreError> {
        if target.exists() {
            return Err(StoreError::Refused(format!(
                "{} exists already: name a file that does not",
                target.display()
            )));
        }
        self.read(move |view| {
            // half a copy never has the name of one
            let part = with_ending(&target, ".part");
            let made = copy(view, &part);
            let named = made.and_then(|()| {
                fs::rename(&part, &target).map_err(|error| failed(&target, &error.to_string()))
            });
            if named.is_err() {
                let _ = fs::remove_file(&part);
            }
            named
        })
        .await
    }
}

fn copy(view: &View<'_>, part: &Path) -> Result<(), StoreError> {
    for stale in [part.to_owned(), with_ending(part, "-journal")] {
        let _ = fs::remove_file(stale);
    }
    make_private(part);
    let mut copy = Connection::open(part).map_err(|error| failed(part, &error.to_string()))?;
    let taken_at = clock::now();
    // one state from the first page to the last: without it, every commit meanwhile would make
    // SQLite begin anew
    view.conn
        .execute_batch("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1")?;
    let pages = backup::Backup::new(view.conn, &mut copy)
        .and_then(|pages| pages.run_to_completion(PAGES, Duration::from_millis(1), None));
    view.conn.execute_batch("COMMIT")?;
    pages.map_err(|error| match error.into() {
        StoreError::Failed(cause) => failed(part, &cause),
        other => other,
    })?;
    // a file without a log beside it can be copied like any other
    copy.pragma_update(None, "journal_mode", "DELETE")?;
    // a copy goes to more places than the desk: it must not open the mailboxes. And a copy that runs
    // would use tokens a second time, which some providers take for theft
    copy.pragma_update(None, "secure_delete", true)?;
    copy.execute("DELETE FROM consents", [])?;
    copy.execute(
        "INSERT INTO restores (taken_at) VALUES (?1)",
        [taken_at.as_millisecond()],
    )?;
    condition::check_all(&copy)?;
    copy.close()
        .map_err(|(_, error)| failed(part, &error.to_string()))
}

fn failed(path: &Path, cause: &str) -> StoreError {
    let shown = path.display();
    StoreError::Refused(format!(
        "writing the backup {shown}: {cause}: name a file in a directory that this user may write \
         to, on a disk with enough space"
    ))
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::store::Received;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_backup_ends_while_others_write_without_a_pause_and_is_one_state() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("desk.db")).unwrap();
        let mail = |number: u64| {
            let noise =
                (0..4_000_u64).map(|at| (at * 31 + number).wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let bytes: Vec<u8> = noise.flat_map(u64::to_le_bytes).collect();
            Received {
                source: format!("pipe:{number}"),
                uid: 0,
                arrived_at: clock::now(),
                history: false,
                size: bytes.len() as u64,
                whole: true,
                bytes,
            }
        };
        // more than two rounds of pages
        let mails: Vec<Received> = (0..1_200).map(mail).collect();
        let stored: Result<usize, StoreError> = store
            .write(move |pen| pen.receive_at("support", 0, &mails, false))
            .await;
        assert_eq!(stored.unwrap(), 1_200);

        let stop = std::sync::Arc::new(AtomicBool::new(false));
        let writing = tokio::spawn({
            let (store, stop) = (store.clone(), stop.clone());
            async move {
                let mut number = 1_200;
                while !stop.load(Ordering::Relaxed) {
                    let mails = [mail(number)];
                    let stored: Result<usize, StoreError> = store
                        .write(move |pen| pen.receive_at("support", 0, &mails, false))
                        .await;
                    stored.unwrap();
                    number += 1;
                }
                number
            }
        });
        let target = dir.path().join("copy.db");
        let copied = tokio::time::timeout(Duration::from_secs(60), store.backup(target.clone()));
        copied.await.expect("it ends").unwrap();
        stop.store(true, Ordering::Relaxed);
        let count = writing.await.unwrap();

        let header = fs::read(&target).unwrap();
        assert_eq!(header[18..20], [1, 1], "it needs no log beside it");
        let copy = Store::open_existing(&target).unwrap();
        let found = copy.read_here(|view| view.newest_message()).unwrap();
        assert!(
            (1_200..=count as i64).contains(&found),
            "{found} of {count}"
        );
        let late = clock::now() + jiff::SignedDuration::from_hours(1);
        let noticed: Result<_, StoreError> = copy.write(|pen| pen.notice_restore()).await;
        let restored = noticed.unwrap().unwrap();
        assert!(restored.taken_at < late && restored.next_ticket == 1_001);
        let again: Result<_, StoreError> = copy.write(|pen| pen.notice_restore()).await;
        assert_eq!(again.unwrap(), None, "it is noticed once");
        let here: Result<_, StoreError> = store.write(|pen| pen.notice_restore()).await;
        assert_eq!(here.unwrap(), None, "the database itself is no copy");
    }
}
