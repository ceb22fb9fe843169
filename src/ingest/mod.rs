//! THE SPINE: stored mail -> read -> know -> decide -> file. Inbound on one page.
//!
//! A batch is read and verified off the async threads, then filed in one transaction. A mail that fails or
//! panics goes to quarantine and takes nothing with it; our own trouble (disk, lock) undoes the
//! whole batch, which waits where it is and is tried again.

mod agent;
mod answer;
mod avatars;
mod copies;
mod file;
mod forward;
mod history;
mod knowledge;
mod nps;
mod preview;
mod returned;
mod verify;

use std::{
    num::NonZero,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::{
    clock,
    desk::Desk,
    message::{self, Kind, Message},
    observe::Metrics,
    store::{Pen, Store, StoreError, Waiting},
    triage::{
        Event, Facts, Past, Triage,
        disposition::{Decision, Disposition, Knowledge, Reason, decide, kind},
    },
};

pub use avatars::Avatars;
pub use forward::TakenOver;
pub use preview::{Preview, preview};
pub use verify::Verifier;

/// Mails filed in one transaction, at most: few enough that other writers wait for milliseconds.
const BATCH: usize = 100;
/// Mails that are read on one core before another one is asked to help.
const SHARE: usize = 8;
/// Another process may have stored a mail (`maildesk deliver`): how long until it is seen.
const GLANCE: Duration = Duration::from_millis(500);
/// Between two attempts while the database is in trouble.
const TROUBLE: Duration = Duration::from_secs(1);

/// What the spine needs.
#[derive(Clone)]
pub struct Ingest {
    /// Rules, templates and settings; replaced on reload.
    pub desk: Arc<ArcSwap<Desk>>,
    /// The ledgers.
    pub store: Store,
    /// Counters.
    pub metrics: Metrics,
    /// Who says and finds out whether a mail is genuine.
    pub verifier: Arc<Verifier>,
    /// Who asks whether customers have pictures.
    pub avatars: Arc<Avatars>,
}

/// What became of one mail.
struct Outcome {
    message: i64,
    mailbox: String,
    seconds: f64,
    disposition: Disposition,
    reason: Reason,
    ticket: Option<i64>,
    /// The priority of the ticket that it opened.
    opened: Option<&'static str>,
    /// The score of the survey that it answered.
    rated: Option<u8>,
}

/// A mail read, or `None` when reading it panicked.
type Read = (Waiting, Option<Message>);

/// Files what waits until asked to stop; the batch in hand is finished first.
pub async fn run(ingest: Ingest, stop: CancellationToken) {
    let mut changes = ingest.store.changes();
    let mut said: Option<String> = None;
    while !stop.is_cancelled() {
        changes.mark_unchanged();
        match ingest.file_batch().await {
            Ok(filed) => {
                if said.take().is_some() {
                    tracing::info!("filing goes on");
                }
                if filed > 0 {
                    continue;
                }
            }
            Err(error) => {
                let words = error.to_string();
                if said.as_ref() != Some(&words) {
                    tracing::error!("filing waits: {words}");
                    said = Some(words);
                }
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(TROUBLE) => continue,
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            _ = changes.changed() => {}
            () = tokio::time::sleep(GLANCE) => {}
        }
    }
}

impl Ingest {
    /// Files one batch of what waits; returns how many mails it was.
    ///
    /// # Errors
    /// Our own trouble; then nothing was filed.
    pub async fn file_batch(&self) -> Result<usize, StoreError> {
        let waiting = self.store.read(|view| view.waiting(BATCH)).await?;
        if waiting.is_empty() {
            return Ok(0);
        }
        let count = waiting.len();
        let desk = self.desk.load_full();
        let trust = desk.config.trust.clone();
        let (verifier, runtime) = (Arc::clone(&self.verifier), Handle::current());
        let (avatars, asking) = (Arc::clone(&self.avatars), Arc::clone(&desk));
        let mut batch = read_all(waiting, &desk).await?;
        let asked = tokio::task::spawn_blocking(move || {
            verifier.verify(&runtime, &trust, &mut batch);
            avatars.look(&runtime, &asking, &mut batch);
            batch
        });
        let read = asked.await.map_err(|_| StoreError::Panicked)?;
        let outcomes = self
            .store
            .write(move |pen| {
                read.iter()
                    .filter_map(|read| file_safely(pen, &desk, read).transpose())
                    .collect::<Result<Vec<Outcome>, StoreError>>()
            })
            .await?;
        for outcome in outcomes {
            self.tell(&outcome);
        }
        Ok(count)
    }

    fn tell(&self, outcome: &Outcome) {
        let disposition = outcome.disposition.word();
        self.metrics.filed(disposition, outcome.seconds);
        if let Some(priority) = outcome.opened {
            self.metrics.opened(&outcome.mailbox, priority);
        }
        if let Some(score) = outcome.rated {
            self.metrics.rated(score);
        }
        tracing::info!(
            mail = outcome.message,
            mailbox = %outcome.mailbox,
            ticket = outcome.ticket,
            disposition,
            reason = outcome.reason.word(),
            "mail filed"
        );
    }
}

/// Reads mails on all cores: what comes after it waits for one. In their order.
async fn read_all(mut waiting: Vec<Waiting>, desk: &Arc<Desk>) -> Result<Vec<Read>, StoreError> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = waiting.len().div_ceil(cores).max(SHARE);
    let mut shares = Vec::new();
    while !waiting.is_empty() {
        let rest = waiting.split_off(share.min(waiting.len()));
        let share = std::mem::replace(&mut waiting, rest).into_iter();
        let desk = Arc::clone(desk);
        shares.push(tokio::task::spawn_blocking(move || {
            share.map(|waiting| read(waiting, &desk)).collect()
        }));
    }
    let mut all: Vec<Read> = Vec::new();
    for share in shares {
        let share: Vec<Read> = share.await.map_err(|_| StoreError::Panicked)?;
        all.extend(share);
    }
    Ok(all)
}

fn read(waiting: Waiting, desk: &Desk) -> Read {
    let limit = desk.config.limits.max_message_size;
    let read = catch_unwind(AssertUnwindSafe(|| {
        let message = message::read(&waiting.bytes);
        if !waiting.whole {
            return headers_alone(message, &waiting, limit);
        }
        desk.rules.look_ahead(&message);
        message
    }));
    (waiting, read.ok())
}

/// A mail that was fetched by its headers: the ticket says so instead of being empty.
fn headers_alone(mut message: Message, waiting: &Waiting, limit: u64) -> Message {
    let (notice, defect) = if waiting.size > limit {
        let size = waiting.size.div_ceil(1 << 20);
        (
            format!(
                "[The mail is {size} MiB large, over the limit of this desk; only its headers were fetched. It is still in the mailbox.]"
            ),
            "over max_message_size: only the headers were fetched",
        )
    } else {
        (
            "[The mail server does not give this mail; only its headers were fetched. It is still in the mailbox.]".to_owned(),
            "refused by the mail server: only the headers were fetched",
        )
    };
    message.size = waiting.size;
    message.text.clone_from(&notice);
    message.reply.clone_from(&notice);
    message.notice = notice;
    message.defects.push(defect.to_owned());
    message
}

/// Files a mail inside a savepoint. Its own failure or panic puts it into quarantine.
fn file_safely(
    pen: &Pen<'_>,
    desk: &Desk,
    (waiting, message): &Read,
) -> Result<Option<Outcome>, StoreError> {
    if !pen.is_waiting(waiting.id)? {
        return Ok(None);
    }
    let seconds = clock::now()
        .duration_since(waiting.received_at)
        .as_secs_f64();
    let quarantined = |detail: &str| -> Result<Option<Outcome>, StoreError> {
        pen.quarantine(waiting.id, Reason::Unreadable.word(), detail)?;
        tracing::error!(mail = waiting.id, "mail put into quarantine: {detail}");
        Ok(Some(Outcome {
            message: waiting.id,
            mailbox: waiting.mailbox.clone(),
            seconds,
            disposition: Disposition::Quarantine,
            reason: Reason::Unreadable,
            ticket: None,
            opened: None,
            rated: None,
        }))
    };
    let Some(message) = message else {
        return quarantined("reading it panicked");
    };
    match pen.attempt(|pen| file::file(pen, desk, waiting, message))? {
        Ok(Ok(filed)) => Ok(Some(Outcome {
            message: waiting.id,
            mailbox: waiting.mailbox.clone(),
            seconds,
            disposition: filed.decision.disposition,
            reason: filed.decision.reason,
            ticket: filed.ticket,
            opened: filed.opened,
            rated: filed.rated,
        })),
        // what the mail says cannot be stored; every other error is ours, and the mail waits
        Ok(Err(StoreError::Unfit(what))) => quarantined(&format!("filing it failed: {what}")),
        Ok(Err(ours)) => Err(ours),
        Err(_) => quarantined("filing it panicked"),
    }
}

/// The pure middle: what is known and what the rules say, to one decision. The rules are about
/// the customer's words, also where an agent passed them on.
fn judge(
    desk: &Desk,
    message: &Message,
    taken_over: Option<&TakenOver>,
    mailbox: &str,
    arrived_at: jiff::Timestamp,
    known: &Knowledge,
    past: &Past,
) -> (Decision, Triage) {
    let (kind, why) = kind(message.kind, &message.kind_reason, known);
    let target = known.joined();
    let (judged, judged_kind) =
        taken_over.map_or((message, kind), |taken| (&taken.mail, taken.mail.kind));
    let facts = Facts {
        ticket: target.map(|target| &target.ticket),
        past,
        ..Facts::of_mail(judged, judged_kind, mailbox)
    }
    .at(desk.timezone().to_datetime(arrived_at));
    let event = if target.is_some() {
        Event::Reply
    } else {
        Event::Message
    };
    // rules are about customers' words; of years of mail half is not theirs
    let is_past_rules = known.duplicate.is_some() || matches!(kind, Kind::Own | Kind::Loop);
    let triage = match known.is_history && is_past_rules {
        true => Triage::default(),
        false => desk.rules.evaluate(&facts, event),
    };
    (decide((kind, why), &triage, known), triage)
}
