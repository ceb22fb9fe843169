//! A Maildir: new files in `new` and `cur` are mails; the base name is their place.
//!
//! <https://cr.yp.to/proto/maildir.html>: a name in `new` or `cur` is unique for good, what
//! stands behind `:2,` are flags. Sub-folders as Maildir++ writes them (`.Name`).

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

use jiff::Timestamp;

use super::{Intake, MailboxError, backoff::Backoff, oversize, retires, succeeded};
use crate::{
    clock,
    config::{After, Mailbox, Start},
    store::{Cursor, Received, Retiring},
};

/// UIDVALIDITY of every Maildir: names never change their meaning.
const UIDVALIDITY: u32 = 1;
/// Files read and stored in one transaction, at most.
const BATCH: usize = 100;
/// How often the directories' times are looked at between two full scans.
const GLANCE: Duration = Duration::from_millis(200);

/// Watches until something fails.
pub(super) async fn watch(
    mailbox: &Mailbox,
    path: &Path,
    intake: &Intake,
    backoff: &mut Backoff,
) -> Result<(), MailboxError> {
    let mut known = HashSet::new();
    begin(mailbox, path, intake).await?;
    loop {
        let before = times(path);
        take_new(mailbox, path, intake, &mut known, false).await?;
        if retires(mailbox) {
            retire_filed(mailbox, path, intake).await?;
        }
        succeeded(mailbox, intake, backoff);
        let until = Instant::now() + mailbox.poll_interval;
        let mut changes = intake.store.changes();
        while Instant::now() < until && times(path) == before {
            tokio::select! {
                () = intake.stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(GLANCE) => {}
                _ = changes.changed(), if retires(mailbox) => break,
            }
        }
    }
}

/// On the first start: what is there already is passed over, or taken as history.
async fn begin(mailbox: &Mailbox, path: &Path, intake: &Intake) -> Result<(), MailboxError> {
    let name = mailbox.name.clone();
    if intake
        .store
        .read(move |view| view.cursor(&name))
        .await?
        .is_some()
    {
        return Ok(());
    }
    match mailbox.start {
        Start::Now => {
            let names = scan(path)?
                .into_iter()
                .map(|file| source(&file.name))
                .collect::<Vec<_>>();
            let name = mailbox.name.clone();
            intake
                .store
                .write(move |pen| pen.pass_over(&name, &names))
                .await?;
        }
        Start::All | Start::Date(_) => {
            take_new(mailbox, path, intake, &mut HashSet::new(), true).await?;
        }
    }
    let name = mailbox.name.clone();
    let cursor = Cursor {
        uidvalidity: UIDVALIDITY,
        uidnext: 1,
        history_below: 0,
        since: clock::now(),
    };
    intake
        .store
        .write(move |pen| pen.move_cursor(&name, cursor))
        .await?;
    Ok(())
}

async fn take_new(
    mailbox: &Mailbox,
    path: &Path,
    intake: &Intake,
    known: &mut HashSet<String>,
    is_history: bool,
) -> Result<(), MailboxError> {
    let mut files = scan(path)?;
    files.retain(|file| !known.contains(&file.name));
    files.sort_by(|a, b| (a.modified, &a.name).cmp(&(b.modified, &b.name)));
    let first_day = match (is_history, mailbox.start) {
        (true, Start::Date(date)) => date
            .to_zoned(intake.timezone.clone())
            .map_or(Timestamp::MIN, |day| day.timestamp()),
        _ => Timestamp::MIN,
    };
    for batch in files.chunks(BATCH) {
        let mut received = Vec::new();
        for file in batch {
            let (name, place) = (mailbox.name.clone(), source(&file.name));
            let is_stored = intake
                .store
                .read(move |view| view.has_source(&name, &place))
                .await?;
            let arrived_at = Timestamp::try_from(file.modified).unwrap_or_else(|_| clock::now());
            if is_stored || arrived_at < first_day {
                continue;
            }
            match oversize::read(&file.path, intake.max_message_size) {
                Ok((bytes, size)) => received.push(Received {
                    source: source(&file.name),
                    uid: 0,
                    arrived_at,
                    history: is_history,
                    size,
                    whole: size <= intake.max_message_size,
                    bytes,
                }),
                // another reader took it meanwhile, or moved it: the next scan finds it
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(cause) => return Err(failed(&file.path, cause)),
            }
        }
        let count = received.len() as u64;
        if count > 0 {
            let name = mailbox.name.clone();
            let is_retired_later = retires(mailbox);
            let store = &intake.store;
            store
                .write(move |pen| pen.receive_at(&name, UIDVALIDITY, &received, is_retired_later))
                .await?;
            intake.metrics.received(&mailbox.name, count);
        }
        known.extend(batch.iter().map(|file| file.name.clone()));
    }
    Ok(())
}

async fn retire_filed(mailbox: &Mailbox, path: &Path, intake: &Intake) -> Result<(), MailboxError> {
    loop {
        let name = mailbox.name.clone();
        let due = intake
            .store
            .read(move |view| view.retiring(&name, UIDVALIDITY, BATCH))
            .await?;
        if due.is_empty() {
            return Ok(());
        }
        let files = scan(path)?;
        for mail in &due {
            let file = files.iter().find(|file| source(&file.name) == mail.source);
            if let Some(file) = file {
                retire(path, file, &mailbox.after).map_err(|cause| failed(&file.path, cause))?;
            }
        }
        let messages: Vec<i64> = due.iter().map(|mail: &Retiring| mail.message).collect();
        intake
            .store
            .write(move |pen| pen.retired(&messages))
            .await?;
    }
}

fn retire(maildir: &Path, file: &MailFile, after: &After) -> io::Result<()> {
    let seen = format!("{}:2,S", file.name);
    match after {
        After::Keep => Ok(()),
        After::Delete => fs::remove_file(&file.path),
        After::Seen => fs::rename(&file.path, maildir.join("cur").join(seen)),
        After::Move(folder) => {
            let target = maildir.join(format!(".{folder}"));
            for part in ["tmp", "new", "cur"] {
                fs::create_dir_all(target.join(part))?;
            }
            fs::rename(&file.path, target.join("cur").join(seen))
        }
    }
}

struct MailFile {
    name: String,
    path: PathBuf,
    modified: SystemTime,
}

fn scan(maildir: &Path) -> Result<Vec<MailFile>, MailboxError> {
    let mut files = Vec::new();
    for part in ["new", "cur"] {
        let directory = maildir.join(part);
        let entries = fs::read_dir(&directory).map_err(|cause| failed(&directory, cause))?;
        for entry in entries {
            let entry = entry.map_err(|cause| failed(&directory, cause))?;
            let full = entry.file_name().to_string_lossy().into_owned();
            let base = full.split(":2,").next().unwrap_or(&full);
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            if base.starts_with('.') || !metadata.is_file() {
                continue;
            }
            let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            files.push(MailFile {
                name: base.to_owned(),
                path: entry.path(),
                modified,
            });
        }
    }
    Ok(files)
}

fn times(maildir: &Path) -> [Option<SystemTime>; 2] {
    ["new", "cur"].map(|part| fs::metadata(maildir.join(part)).ok()?.modified().ok())
}

fn source(name: &str) -> String {
    format!("maildir:{name}")
}

fn failed(path: &Path, cause: io::Error) -> MailboxError {
    MailboxError::Maildir {
        path: path.display().to_string(),
        cause,
    }
}
