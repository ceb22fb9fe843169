//! OUT: rows of the outbox to SMTP.
//!
//! A row is leased and its attempt counted before anything is dialled; the outcome is recorded
//! after the server's last word. A crash between the server's 250 and that record sends the same
//! mail, with the same Message-ID, a second time: that window is the only one. Wake-ups are
//! hints: what is due is asked of the database.

mod directory;
mod dsn;
mod envelope;
mod outcome;
mod rate;
mod said;
mod schedule;
mod sendmail;
mod smtp;
mod steady;
mod xoauth2;

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use jiff::SignedDuration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    clock,
    config::{Smtp, Transport},
    dkim::DkimKey,
    net::NetError,
    oauth::Consents,
    observe::Metrics,
    store::{Attempted, Delivery, Door, Store, StoreError},
};

use rate::Rate;
use said::{Said, Trouble};
use steady::Steady;

pub use outcome::{Outcome, Reply};
pub use smtp::{Offer, probe};

/// A lease outlives the longest attempt.
const LEASE: SignedDuration = SignedDuration::from_mins(10);
/// The longest attempt: connecting, sending, and the server's thinking about it.
const ATTEMPT: Duration = Duration::from_secs(5 * 60);
/// Another process (the command line) may have put a row in: how long until it is seen.
const GLANCE: Duration = Duration::from_millis(500);
/// A lost connection is closed after this long without use.
const IDLE: Duration = Duration::from_secs(15);

/// The way out.
pub struct Sender {
    way: Way,
    slots: usize,
    per_minute: u32,
    dkim: Option<Arc<DkimKey>>,
}

enum Way {
    Smtp(Box<smtp::Pool>),
    Sendmail(std::path::PathBuf),
    Directory(std::path::PathBuf),
}

impl Sender {
    /// The way out that the config names, with the tokens that it may take to log in.
    ///
    /// # Errors
    /// When the extra root certificate cannot be read.
    pub fn new(
        config: &Smtp,
        consents: &Consents,
        dkim: Option<Arc<DkimKey>>,
    ) -> Result<Self, NetError> {
        let (way, slots, per_minute) = match &config.transport {
            Transport::Smtp(relay) => (
                Way::Smtp(Box::new(smtp::Pool::new(relay, consents)?)),
                relay.max_connections,
                relay.max_per_minute,
            ),
            Transport::Sendmail(program) => (Way::Sendmail(program.clone()), 2, 0),
            Transport::Directory(path) => (Way::Directory(path.clone()), 1, 0),
        };
        Ok(Self {
            way,
            slots,
            per_minute,
            dkim,
        })
    }

    /// The mail as it leaves. A signature that fails keeps no mail back.
    fn signed(&self, mut delivery: Delivery) -> Delivery {
        if let Some(key) = &self.dkim {
            match key.sign(&delivery.bytes) {
                Ok(signed) => delivery.bytes = signed,
                Err(error) => {
                    let id = delivery.id;
                    tracing::error!(outbox = id, "signing a mail: {error}: it goes unsigned");
                }
            }
        }
        delivery
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

    /// Whether the way is open as far as we can tell without dialling: a token is there, or none is
    /// needed. That a person is to give consent was said by the consent.
    async fn is_open(&self) -> Result<bool, String> {
        let asked = match &self.way {
            Way::Smtp(pool) => pool.has_token().await,
            Way::Sendmail(_) | Way::Directory(_) => Ok(()),
        };
        match asked {
            Ok(()) => Ok(true),
            Err(error) if error.waits_for_person() => Ok(false),
            Err(error) => Err(error.to_string()),
        }
    }

    async fn close_idle(&self) {
        if let Way::Smtp(pool) = &self.way {
            pool.close_idle(IDLE).await;
        }
    }
}

/// Sends what is due until asked to stop; mails in hand are finished first. `door` says of each
/// survey whether it may leave.
pub async fn run(
    sender: Sender,
    store: Store,
    metrics: Metrics,
    door: Arc<Door>,
    stop: CancellationToken,
) {
    let sender = Arc::new(sender);
    let owner = crate::token::random_name().unwrap_or_else(|_| std::process::id().to_string());
    let mut changes = store.changes();
    let mut sending = JoinSet::new();
    let mut rate = Rate::new(sender.per_minute);
    let mut trouble = Trouble::default();
    let (relay, records) = (Arc::new(Said::default()), Arc::new(Said::default()));
    let mut steady = Steady::default();
    while !stop.is_cancelled() {
        changes.mark_unchanged();
        let free = sender.slots.saturating_sub(sending.len());
        let free = rate.room(free, Instant::now());
        let claimed = match claim(&sender, &store, &owner, &door, free, &mut steady).await {
            Ok(claimed) => {
                trouble.passed();
                claimed
            }
            Err(words) => {
                trouble.met(&words);
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = tokio::time::sleep(Duration::from_secs(1)) => continue,
                }
            }
        };
        rate.took(claimed.len());
        let is_idle = claimed.is_empty();
        for delivery in claimed {
            let (sender, store, metrics) = (Arc::clone(&sender), store.clone(), metrics.clone());
            let (relay, records) = (Arc::clone(&relay), Arc::clone(&records));
            sending.spawn(async move {
                let (id, attempted) = deliver(&sender, &metrics, &relay, delivery).await;
                record(&store, &records, id, attempted).await;
            });
        }
        let pause = rate.pause();
        if !is_idle && sending.len() < sender.slots && pause.is_zero() {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => break,
            _ = sending.join_next(), if !sending.is_empty() => {}
            _ = changes.changed(), if sending.len() < sender.slots && pause.is_zero() => {}
            () = tokio::time::sleep(pause) , if !pause.is_zero() && pause < GLANCE => {}
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
    sender: &Sender,
    store: &Store,
    owner: &str,
    door: &Arc<Door>,
    free: usize,
    steady: &mut Steady,
) -> Result<Vec<Delivery>, String> {
    let words = |error: StoreError| error.to_string();
    if let Some(latest) = steady.latest_attempt() {
        let mended = store
            .write(move |pen| pen.clock_was_set_back(clock::now(), latest))
            .await
            .map_err(words)?;
        if mended > 0 {
            tracing::warn!(
                mended,
                "the clock was set back: delayed mails are tried now"
            );
        }
        steady.mended();
    }
    let name = owner.to_owned();
    let due = store
        .read(move |view| view.next_due(&name))
        .await
        .map_err(words)?;
    if free == 0 || due.is_none_or(|at| at > clock::now()) {
        return Ok(Vec::new());
    }
    // no mail's attempts are used up by a token that is not there
    if !sender.is_open().await? {
        return Ok(Vec::new());
    }
    let (owner, door) = (owner.to_owned(), Arc::clone(door));
    store
        .write(move |pen| pen.claim_due(&owner, LEASE, free, &*door))
        .await
        .map_err(words)
}

async fn deliver(
    sender: &Sender,
    metrics: &Metrics,
    relay: &Said,
    delivery: Delivery,
) -> (i64, Attempted) {
    let delivery = sender.signed(delivery);
    let outcome = sender.send(&delivery).await;
    let (id, kind, attempt) = (delivery.id, delivery.kind.clone(), delivery.attempt);
    let failed = |what: &str, reply: &Reply| {
        let log = reply.for_log();
        tracing::error!(outbox = id, kind, attempt, "mail {what}: {log}");
    };
    let attempted = match outcome {
        Outcome::Delivered => {
            relay.passed(|| tracing::info!("mails go out again"));
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
                relay.met(&words, |is_news| {
                    if is_news {
                        tracing::warn!(outbox = id, kind, attempt, "mail delayed: {words}");
                    } else {
                        tracing::debug!(outbox = id, kind, attempt, "mail delayed: {words}");
                    }
                });
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
                said.passed(|| tracing::info!("recording what was sent goes on"));
                return;
            }
            Err(StoreError::Closed) => break,
            Err(error) => {
                let words = error.to_string();
                said.met(&words, |is_news| {
                    if is_news {
                        tracing::error!("recording what was sent waits: {words}");
                    }
                });
            }
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    tracing::error!(
        outbox = id,
        "the outcome of a delivery could not be recorded"
    );
}
