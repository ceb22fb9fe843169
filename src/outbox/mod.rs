//! OUT: rows of the outbox to SMTP.
//!
//! A row is leased and its attempt counted before anything is dialled; the outcome is recorded
//! after the server's last word. A crash between the server's 250 and that record sends the same
//! mail, with the same Message-ID, a second time: that window is the only one. Wake-ups are
//! hints: what is due is asked of the database.

mod directory;
mod outcome;
mod schedule;
mod sendmail;
mod smtp;

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    clock,
    config::{Smtp, Transport},
    net::NetError,
    observe::Metrics,
    store::{Attempted, Delivery, Store, StoreError},
};

pub use outcome::{Outcome, Reply};
pub use smtp::{Offer, probe};

/// A lease outlives the longest attempt.
const LEASE: SignedDuration = SignedDuration::from_mins(10);
/// The longest attempt: connecting, sending, and the server's thinking about it.
const ATTEMPT: Duration = Duration::from_secs(5 * 60);
/// Another process (the command line) may have put a row in: how long until it is seen.
const GLANCE: Duration = Duration::from_millis(500);
/// A clock that differs by more from one that is never set was set.
const SET_BACK: SignedDuration = SignedDuration::from_secs(5);
/// A lost connection is closed after this long without use.
const IDLE: Duration = Duration::from_secs(15);

/// The way out.
pub struct Sender {
    way: Way,
    slots: usize,
}

enum Way {
    Smtp(Box<smtp::Pool>),
    Sendmail(std::path::PathBuf),
    Directory(std::path::PathBuf),
}

impl Sender {
    /// The way out that the config names.
    ///
    /// # Errors
    /// When the extra root certificate cannot be read.
    pub fn new(config: &Smtp) -> Result<Self, NetError> {
        let (way, slots) = match &config.transport {
            Transport::Smtp(relay) => (
                Way::Smtp(Box::new(smtp::Pool::new(relay)?)),
                relay.max_connections,
            ),
            Transport::Sendmail(program) => (Way::Sendmail(program.clone()), 2),
            Transport::Directory(path) => (Way::Directory(path.clone()), 1),
        };
        Ok(Self { way, slots })
    }

    async fn send(&self, delivery: &Delivery) -> Outcome {
        let attempt = async {
            match &self.way {
                Way::Smtp(pool) => pool.send(delivery).await,
                Way::Sendmail(program) => sendmail::send(program, delivery).await,
                Way::Directory(path) => directory::send(path, delivery).await,
            }
        };
        let late = || Outcome::Temporary(Reply::local("the attempt took longer than five minutes"));
        let attempt = AssertUnwindSafe(tokio::time::timeout(ATTEMPT, attempt)).catch_unwind();
        let panicked = || Outcome::Temporary(Reply::local("sending panicked: please report this"));
        match attempt.await {
            Ok(in_time) => in_time.unwrap_or_else(|_| late()),
            // the row is ours until its outcome is recorded
            Err(_) => panicked(),
        }
    }

    async fn close_idle(&self) {
        if let Way::Smtp(pool) = &self.way {
            pool.close_idle(IDLE).await;
        }
    }
}

/// Sends what is due until asked to stop; mails in hand are finished first.
pub async fn run(sender: Sender, store: Store, metrics: Metrics, stop: CancellationToken) {
    let sender = Arc::new(sender);
    let owner = crate::token::random_name().unwrap_or_else(|_| std::process::id().to_string());
    let mut changes = store.changes();
    let mut sending = JoinSet::new();
    let mut trouble = Trouble::default();
    let (relay, records) = (Arc::new(Said::default()), Arc::new(Said::default()));
    let mut steady = Steady::default();
    while !stop.is_cancelled() {
        changes.mark_unchanged();
        let free = sender.slots.saturating_sub(sending.len());
        let claimed = match claim(&store, &owner, free, &mut steady).await {
            Ok(claimed) => {
                trouble.passed();
                claimed
            }
            Err(error) => {
                trouble.met(&error);
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = tokio::time::sleep(Duration::from_secs(1)) => continue,
                }
            }
        };
        let is_idle = claimed.is_empty();
        for delivery in claimed {
            let (sender, store, metrics) = (Arc::clone(&sender), store.clone(), metrics.clone());
            let (relay, records) = (Arc::clone(&relay), Arc::clone(&records));
            sending.spawn(async move {
                let (id, attempted) = deliver(&sender, &metrics, &relay, delivery).await;
                record(&store, &records, id, attempted).await;
            });
        }
        if !is_idle && sending.len() < sender.slots {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => break,
            _ = sending.join_next(), if !sending.is_empty() => {}
            _ = changes.changed(), if sending.len() < sender.slots => {}
            () = tokio::time::sleep(GLANCE) => {
                if sending.is_empty() {
                    sender.close_idle().await;
                }
            }
        }
        while sending.try_join_next().is_some() {}
    }
    while sending.join_next().await.is_some() {}
    sender.close_idle().await;
}

/// Asks before it writes: an idle desk writes nothing.
async fn claim(
    store: &Store,
    owner: &str,
    free: usize,
    steady: &mut Steady,
) -> Result<Vec<Delivery>, StoreError> {
    if let Some(latest) = steady.latest_attempt() {
        let mended = store
            .write(move |pen| pen.clock_was_set_back(clock::now(), latest))
            .await?;
        if mended > 0 {
            tracing::warn!(
                mended,
                "the clock was set back: delayed mails are tried now"
            );
        }
        steady.mended();
    }
    let name = owner.to_owned();
    let due = store.read(move |view| view.next_due(&name)).await?;
    if free == 0 || due.is_none_or(|at| at > clock::now()) {
        return Ok(Vec::new());
    }
    let owner = owner.to_owned();
    store
        .write(move |pen| pen.claim_due(&owner, LEASE, free))
        .await
}

/// The wall clock held against one that is never set. Times in the database are the wall clock's:
/// set back by a day, it would leave a mail that waits for a minute waiting for a day.
struct Steady {
    wall: Timestamp,
    since: Instant,
    is_first: bool,
    was_set_back: bool,
}

impl Default for Steady {
    fn default() -> Self {
        Self {
            wall: clock::now(),
            since: Instant::now(),
            is_first: true,
            was_set_back: false,
        }
    }
}

impl Steady {
    /// The latest time that an attempt can have been put off to, where the database is to be asked
    /// for later ones: at the start, and after the clock was set back.
    fn latest_attempt(&mut self) -> Option<Timestamp> {
        let (now, passed) = (clock::now(), self.since.elapsed());
        let expected = self.wall.saturating_add(passed).unwrap_or(now);
        self.was_set_back |= expected.duration_since(now) > SET_BACK;
        (self.wall, self.since) = (now, Instant::now());
        if self.was_set_back {
            return Some(now);
        }
        self.is_first.then(|| now + schedule::LONGEST)
    }

    fn mended(&mut self) {
        (self.is_first, self.was_set_back) = (false, false);
    }
}

async fn deliver(
    sender: &Sender,
    metrics: &Metrics,
    relay: &Said,
    delivery: Delivery,
) -> (i64, Attempted) {
    let outcome = sender.send(&delivery).await;
    let (id, kind, attempt) = (delivery.id, delivery.kind.clone(), delivery.attempt);
    let failed = |what: &str, reply: &Reply| {
        let log = reply.for_log();
        tracing::error!(outbox = id, kind, attempt, "mail {what}: {log}");
    };
    let attempted = match outcome {
        Outcome::Delivered => {
            if relay.passed() {
                tracing::info!("mails go out again");
            }
            tracing::info!(
                outbox = id,
                kind,
                ticket = delivery.ticket,
                attempt,
                "mail sent"
            );
            Attempted::Sent
        }
        Outcome::Temporary(reply) => match schedule::next(attempt, delivery.created_at) {
            Some(at) => {
                let words = reply.for_log();
                if relay.is_news(&words) {
                    tracing::warn!(outbox = id, kind, attempt, "mail delayed: {words}");
                } else {
                    tracing::debug!(outbox = id, kind, attempt, "mail delayed: {words}");
                }
                Attempted::Later {
                    at,
                    error: reply.to_string(),
                }
            }
            None => {
                failed("given up", &reply);
                Attempted::Failed {
                    error: format!("given up after days: {reply}"),
                    no_mailbox: None,
                }
            }
        },
        Outcome::Permanent(reply) => {
            failed("refused", &reply);
            Attempted::Failed {
                error: reply.to_string(),
                no_mailbox: None,
            }
        }
        Outcome::NoMailbox(reply) => {
            failed("refused", &reply);
            Attempted::Failed {
                error: reply.to_string(),
                no_mailbox: Some(reply.for_log()),
            }
        }
    };
    let word = match &attempted {
        Attempted::Sent => "sent",
        Attempted::Later { .. } => "temporary",
        Attempted::Failed { .. } => "failed",
    };
    metrics.delivery(&kind, word);
    (id, attempted)
}

/// The outcome must be recorded, or the mail would go out again: our own trouble is waited out,
/// however long it lasts.
async fn record(store: &Store, said: &Said, id: i64, attempted: Attempted) {
    loop {
        let outcome = attempted.clone();
        match store
            .write_first(move |pen| pen.record_outcome(id, &outcome))
            .await
        {
            Ok(()) => {
                if said.passed() {
                    tracing::info!("recording what was sent goes on");
                }
                return;
            }
            Err(StoreError::Closed) => break,
            Err(error) => {
                let words = error.to_string();
                if said.is_news(&words) {
                    tracing::error!("recording what was sent waits: {words}");
                }
            }
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    tracing::error!(
        outbox = id,
        "the outcome of a delivery could not be recorded"
    );
}

/// Says a trouble of the database once, and once that it passed.
#[derive(Default)]
struct Trouble(Option<String>);

impl Trouble {
    fn met(&mut self, error: &StoreError) {
        let words = error.to_string();
        if self.0.as_ref() != Some(&words) {
            tracing::error!("sending waits: {words}");
            self.0 = Some(words);
        }
    }

    fn passed(&mut self) {
        if self.0.take().is_some() {
            tracing::info!("sending goes on");
        }
    }
}

/// A trouble that many mails share, said once and not with each: a relay that is down delays every
/// mail, at every attempt. The rows tell the rest.
#[derive(Default)]
struct Said(Mutex<Option<String>>);

impl Said {
    fn is_news(&self, words: &str) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = said.as_deref().map(without_times) != Some(without_times(words));
        if is_news {
            *said = Some(words.to_owned());
        }
        is_news
    }

    /// Whether a trouble had been said, which is over.
    fn passed(&self) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.take().is_some()
    }
}

/// Words without what is different each time: the seconds since a certificate ended, say.
fn without_times(words: &str) -> Vec<&str> {
    let is_time =
        |word: &&str| word.len() >= 6 && word.trim_matches('(').bytes().all(|b| b.is_ascii_digit());
    words.split(' ').filter(|word| !is_time(word)).collect()
}
