//! The one writer: a thread that owns the writing connection and runs transactions in order.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Mutex,
    thread::JoinHandle,
};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot, watch};

use super::{Pen, StoreError, View, lock};

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

pub(super) struct Writer {
    jobs: Option<mpsc::UnboundedSender<Job>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    changes: watch::Sender<u64>,
}

impl Writer {
    pub(super) fn start(
        mut conn: Connection,
        changes: watch::Sender<u64>,
    ) -> Result<Self, StoreError> {
        let (jobs, mut queue) = mpsc::unbounded_channel::<Job>();
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || {
                while let Some(job) = queue.blocking_recv() {
                    job(&mut conn);
                }
                // the query planner's figures; SQLite's own advice for long-lived connections
                let _ = conn.execute_batch("PRAGMA optimize");
            })
            .map_err(|error| StoreError::Failed(format!("starting the writer thread: {error}")))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Mutex::new(Some(thread)),
            changes,
        })
    }

    pub(super) async fn run<T, E>(
        &self,
        work: impl FnOnce(&Pen<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (answer, wait) = oneshot::channel();
        let changes = self.changes.clone();
        let job: Job = Box::new(move |conn| {
            let done = catch_unwind(AssertUnwindSafe(|| transact(conn, work)))
                .unwrap_or_else(|_| Err(StoreError::Panicked.into()));
            if done.is_ok() {
                changes.send_modify(|version| *version = version.wrapping_add(1));
            }
            let _ = answer.send(done);
        });
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(job).map_err(|_| StoreError::Closed)?;
        wait.await
            .unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }
}

fn transact<T, E: From<StoreError>>(
    conn: &mut Connection,
    work: impl FnOnce(&Pen<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let tx = Transaction::new(conn, TransactionBehavior::Immediate).map_err(StoreError::from)?;
    let made = work(&Pen {
        view: View { conn: &tx },
    })?;
    tx.commit().map_err(StoreError::from)?;
    Ok(made)
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = lock(&self.thread).take() {
            // the last transactions are committed before the process may end
            let _ = thread.join();
        }
    }
}
