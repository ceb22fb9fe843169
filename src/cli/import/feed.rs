//! Mails from their files into the store, never far ahead of what is filed: new mail that comes
//! meanwhile waits for moments only.

use std::{io, sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;

use super::{super::Failure, filer::Filer, index::Entry, progress::Progress};
use crate::{
    clock,
    mailbox::archive::MailFile,
    store::{Received, Store},
};

/// Mails stored in one transaction, at most.
const BATCH_MAILS: usize = 100;
/// Bytes of them, about; one larger mail comes alone.
const BATCH_BYTES: u64 = 8 << 20;
/// Mails that are stored and not yet filed, at most: some tenths of a second.
const AHEAD: u64 = 400;
/// Between two looks at how far the filing is.
const GLANCE: Duration = Duration::from_millis(10);

pub(super) struct Feed<'s> {
    pub(super) store: &'s Store,
    pub(super) mailbox: &'s str,
    pub(super) files: Arc<[MailFile]>,
    pub(super) limit: u64,
    pub(super) progress: Progress,
    pub(super) stop: CancellationToken,
    /// Files that another program moved meanwhile.
    pub(super) vanished: usize,
}

impl Feed<'_> {
    /// Stores all and waits until they are filed. Returns whether it came to the end.
    pub(super) async fn run(
        &mut self,
        entries: &[Entry],
        filer: &mut Filer,
    ) -> Result<bool, Failure> {
        let (mut rest, mut stored) = (entries, 0);
        loop {
            let ahead = if rest.is_empty() { 0 } else { AHEAD };
            if !self.wait(filer, stored, ahead).await? {
                return Ok(false);
            }
            if rest.is_empty() {
                return Ok(true);
            }
            let (batch, later) = rest.split_at(batch_len(rest));
            rest = later;
            self.store_batch(batch.to_vec()).await?;
            stored += batch.len() as u64;
        }
    }

    /// Waits until no more than so many are stored and not filed; `false` when asked to stop.
    async fn wait(&self, filer: &mut Filer, stored: u64, ahead: u64) -> Result<bool, Failure> {
        loop {
            filer.tend().await?;
            let waiting = self.store.read(|view| view.waiting_up_to(i64::MAX)).await?;
            self.progress.set(stored.saturating_sub(waiting));
            if self.stop.is_cancelled() {
                return Ok(false);
            }
            if waiting <= ahead {
                return Ok(true);
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    async fn store_batch(&mut self, batch: Vec<Entry>) -> Result<(), Failure> {
        let (files, limit, wanted) = (Arc::clone(&self.files), self.limit, batch.len());
        let reading = tokio::task::spawn_blocking(move || {
            let mails = batch.iter().map(|entry| read(&files, entry, limit));
            mails.filter_map(Result::transpose).collect()
        });
        let mails: Result<Vec<Received>, Failure> = reading.await.context("reading the mails")?;
        let mails = mails?;
        self.vanished += wanted - mails.len();
        let name = self.mailbox.to_owned();
        self.store
            .write(move |pen| pen.receive_at(&name, 0, &mails, false))
            .await?;
        Ok(())
    }
}

/// A mail again; `None` when its file was moved.
fn read(files: &[MailFile], entry: &Entry, limit: u64) -> Result<Option<Received>, Failure> {
    let Some(file) = files.get(entry.file as usize) else {
        return Ok(None);
    };
    let failed = |what: &str| Failure::Failed(format!("reading {}: {what}", file.path.display()));
    let mail = match file.mail(entry.spot, limit) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        mail => mail.map_err(|error| failed(&error.to_string()))?,
    };
    if !entry.is(&mail) {
        return Err(failed(
            "it was changed meanwhile: import a copy of it; what is imported already is recognised",
        ));
    }
    Ok(Some(Received {
        source: entry.source(),
        uid: 0,
        arrived_at: clock::from_millis(entry.at),
        history: true,
        size: mail.size,
        whole: mail.whole,
        bytes: mail.bytes,
    }))
}

fn batch_len(entries: &[Entry]) -> usize {
    let mut bytes = 0;
    let fits = |entry: &&Entry| {
        bytes += entry.spot.length;
        bytes <= BATCH_BYTES
    };
    let batch = entries.iter().take(BATCH_MAILS).take_while(fits);
    batch.count().max(1)
}
