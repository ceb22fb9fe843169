//! The one writer: a thread that owns the writing connection and runs transactions in order.
//!
//! Outcomes of deliveries go first: while one waits, a crash would send its mail again. Those that
//! wait together are one commit, so a slow disk holds up all of them once.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread::JoinHandle,
};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{oneshot, watch};

use super::{Pen, StoreError, View, lock};

/// Work that somebody waits for.
trait Job: Send {
    /// Does it; returns whether it is to be committed.
    fn work(&mut self, pen: &Pen<'_>) -> bool;

    /// Answers, once it is known whether what was done is stored.
    fn answer(self: Box<Self>, stored: Result<(), StoreError>);
}

struct Asked<W, T, E> {
    work: Option<W>,
    done: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
    changes: watch::Sender<u64>,
}

impl<W, T, E> Job for Asked<W, T, E>
where
    W: FnOnce(&Pen<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn work(&mut self, pen: &Pen<'_>) -> bool {
        let work = self.work.take();
        self.done = work.map(|work| {
            catch_unwind(AssertUnwindSafe(|| work(pen)))
                .unwrap_or_else(|_| Err(StoreError::Panicked.into()))
        });
        matches!(self.done, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, stored: Result<(), StoreError>) {
        let done = match (self.done, stored) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(error.into()),
            (Some(done), Ok(())) => done,
            (None, Ok(())) => Err(StoreError::Panicked.into()),
        };
        if done.is_ok() {
            self.changes
                .send_modify(|version| *version = version.wrapping_add(1));
        }
        let _ = self.answer.send(done);
    }
}

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
    first: VecDeque<Box<dyn Job>>,
    in_order: VecDeque<Box<dyn Job>>,
    is_closed: bool,
}

#[derive(Default)]
struct Queue {
    jobs: Mutex<Jobs>,
    is_there: Condvar,
}

impl Queue {
    fn put(&self, turn: Turn, job: Box<dyn Job>) {
        let mut jobs = lock(&self.jobs);
        match turn {
            Turn::First => jobs.first.push_back(job),
            Turn::InOrder => jobs.in_order.push_back(job),
        }
        drop(jobs);
        self.is_there.notify_one();
    }

    /// What is committed next; empty once the queue is closed and empty.
    fn take(&self) -> Vec<Box<dyn Job>> {
        let mut jobs = lock(&self.jobs);
        loop {
            let next: Vec<_> = match jobs.first.is_empty() {
                true => jobs.in_order.pop_front().into_iter().collect(),
                false => jobs.first.drain(..).collect(),
            };
            if !next.is_empty() || jobs.is_closed {
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
                loop {
                    let together = jobs.take();
                    if together.is_empty() {
                        break;
                    }
                    commit(&mut conn, together);
                }
            })
            .map_err(|error| StoreError::Failed(format!("starting the writer thread: {error}")))?;
        Ok(Self {
            queue,
            thread: Mutex::new(Some(thread)),
            changes,
        })
    }

    /// How much waits for its turn.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        let jobs = lock(&self.queue.jobs);
        jobs.first.len() + jobs.in_order.len()
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
        let asked = Asked {
            work: Some(work),
            done: None,
            answer,
            changes: self.changes.clone(),
        };
        self.queue.put(turn, Box::new(asked));
        // dropped unanswered only when the thread is gone
        wait.await
            .unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }
}

/// Runs jobs in one transaction, and answers them when it is stored. One that fails undoes its own
/// writes alone.
fn commit(conn: &mut Connection, mut jobs: Vec<Box<dyn Job>>) {
    let stored = transact(conn, &mut jobs);
    for job in jobs {
        job.answer(stored.clone());
    }
}

fn transact(conn: &mut Connection, jobs: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    let tx = Transaction::new(conn, TransactionBehavior::Immediate)?;
    let pen = Pen {
        view: View { conn: &tx },
    };
    if let [alone] = jobs {
        // what failed is rolled back with the transaction
        return match alone.work(&pen) {
            true => Ok(tx.commit()?),
            false => Ok(()),
        };
    }
    for job in jobs {
        tx.execute_batch("SAVEPOINT one")?;
        let undone = match job.work(&pen) {
            true => "RELEASE one",
            false => "ROLLBACK TO one; RELEASE one",
        };
        // where SQLite gave the whole transaction up, there is no such savepoint any more
        tx.execute_batch(undone)?;
    }
    Ok(tx.commit()?)
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
