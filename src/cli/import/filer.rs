//! Who files what is imported: the daemon where one runs, else this process.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::super::Failure;
use crate::{
    desk::Desk,
    ingest::{self, Ingest},
    observe::Metrics,
    store::{DaemonLock, Store},
};

/// How often it is asked whether a daemon runs: one may start or stop meanwhile.
const GLANCE: Duration = Duration::from_secs(1);

pub(super) struct Filer {
    ingest: Ingest,
    own: Option<(JoinHandle<()>, CancellationToken)>,
    looked_at: Option<Instant>,
}

impl Filer {
    pub(super) fn new(store: &Store, desk: Desk) -> Self {
        let ingest = Ingest {
            desk: Arc::new(ArcSwap::from_pointee(desk)),
            store: store.clone(),
            metrics: Metrics::default(),
            verifier: Arc::default(),
            avatars: Arc::default(),
        };
        Self {
            ingest,
            own: None,
            looked_at: None,
        }
    }

    /// Sees to it that somebody files.
    pub(super) async fn tend(&mut self) -> Result<(), Failure> {
        if self.looked_at.is_some_and(|at| at.elapsed() < GLANCE) {
            return Ok(());
        }
        self.looked_at = Some(Instant::now());
        let database = self.ingest.store.path();
        let is_daemon = DaemonLock::is_taken(database).map_err(|error| {
            let lock = DaemonLock::path(database);
            let words = format!("opening the lock file {}: {error}", lock.display());
            Failure::Failed(format!("{words}: run this as the user of the desk"))
        })?;
        match (is_daemon, self.own.is_some()) {
            (true, true) => self.end().await,
            (false, false) => {
                let stop = CancellationToken::new();
                let filing = ingest::run(self.ingest.clone(), stop.clone());
                self.own = Some((tokio::spawn(filing), stop));
            }
            _ => {}
        }
        Ok(())
    }

    /// Finishes the batch in hand.
    pub(super) async fn end(&mut self) {
        if let Some((filing, stop)) = self.own.take() {
            stop.cancel();
            let _ = filing.await;
        }
    }
}
