//! The one writer: a thread that owns the writing connection and runs transactions in order.
//!
//! Outcomes of deliveries go first: while one waits, a crash would send its mail again.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread::JoinHandle,
};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{oneshot, watch};

use super::{Pen, StoreError, View, lock};

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// Which transactions go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Before all that wait.
    First,
    /// In the order of asking.
    InOrder,
}

#[derive(Default)]
struct Jobs {
    first: VecDeque<Job>,
    in_order: VecDeque<Job>,
    is_closed: bool,
}

#[derive(Default)]
struct Queue {
    jobs: Mutex<Jobs>,
    is_there: Condvar,
}

impl Queue {
    fn put(&self, turn: Turn, job: Job) {
        let mut jobs = lock(&self.jobs);
        match turn {
            Turn::First => jobs.first.push_back(job),
            Turn::InOrder => jobs.in_order.push_back(job),
        }
        drop(jobs);
        self.is_there.notify_one();
    }

    /// The next job; `None` once the queue is closed and empty.
    fn take(&self) -> Option<Job> {
        let mut jobs = lock(&self.jobs);
        loop {
            let next = jobs.first.pop_front().or_else(|| jobs.in_order.pop_front());
            if next.is_some() || jobs.is_closed {
                return next;
            }
            jobs = self
                .is_there
                .wait(jobs)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn close(&self) {
        lock(&self.jobs).is_closed = true;
        self.is_there.notify_all();
    }
}

pub(super) struct Writer {
    queue: Arc<Queue>,
    thread: Mutex<Option<JoinHandle<()>>>,
    changes: watch::Sender<u64>,
}

impl Writer {
    pub(super) fn start(
        mut conn: Connection,
        changes: watch::Sender<u64>,
    ) -> Result<Self, StoreError> {
        let queue = Arc::new(Queue::default());
        let jobs = Arc::clone(&queue);
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || {
                while let Some(job) = jobs.take() {
                    job(&mut conn);
                }
                // a lock of another process must not hold up the end
                let _ = conn.busy_timeout(std::time::Duration::ZERO);
                // the query planner's figures; SQLite's own advice for long-lived connections
                let _ = conn.execute_batch("PRAGMA optimize");
            })
            .map_err(|error| StoreError::Failed(format!("starting the writer thread: {error}")))?;
        Ok(Self {
            queue,
            thread: Mutex::new(Some(thread)),
            changes,
        })
    }

    pub(super) async fn run<T, E>(
        &self,
        turn: Turn,
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
        self.queue.put(turn, job);
        // dropped unanswered only when the thread is gone
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
        self.queue.close();
        if let Some(thread) = lock(&self.thread).take() {
            // the last transactions are committed before the process may end
            let _ = thread.join();
        }
    }
}
