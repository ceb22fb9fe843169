//! An IMAP mailbox: fetch from the cursor, wait in IDLE, fetch again.

mod fetch;
mod folder;
mod login;
mod refused;
mod retire;
mod sent;
mod session;

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Intake, MailboxError, backoff::Backoff, retires, succeeded};
use crate::{
    clock,
    config::{Imap, Mailbox, Start},
    net::NetError,
    oauth::{Consents, OauthError},
    store::{Cursor, Received},
};

use fetch::Listed;
use session::{Selected, Session};

pub(super) use sent::keep_copies;

/// Mails fetched by one command and stored in one transaction, at most.
const BATCH_MAILS: usize = 200;
/// Bytes fetched by one command, about; one larger mail comes alone.
const BATCH_BYTES: u64 = 8 << 20;
/// Attempts in a row after which one refused mail no longer keeps the others out.
const REFUSALS: u32 = 4;
/// The pause after a first refusal to mark, move or delete filed mails; doubled, up to an hour.
const MARK_AGAIN: Duration = Duration::from_secs(60);
/// IDLE is renewed well under the 29 minutes of RFC 2177.
const LONGEST_IDLE: Duration = Duration::from_secs(9 * 60);

/// What a server can answer instead of OK.
#[derive(Debug, thiserror::Error)]
pub enum ImapError {
    /// No connection.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The server has no STARTTLS any more: nothing was told to it.
    #[error(
        "the IMAP server refuses STARTTLS ({said}): not logging in in the clear; correct `tls` or the server"
    )]
    NoStarttls {
        /// What it said.
        said: String,
    },
    /// Wrong user name or password, or a locked account.
    #[error("the IMAP server refuses the login ({said}): correct `username` and `password`")]
    Login {
        /// What it said.
        said: String,
    },
    /// There is no token to log in with.
    #[error(transparent)]
    NoToken(#[from] OauthError),
    /// A token that has just come is not taken.
    #[error(
        "the IMAP server refuses the token ({said}): correct `username`, allow IMAP for that user, or give consent as that user with `maildesk auth {consent}`"
    )]
    TokenRefused {
        /// What it said.
        said: String,
        /// The consent that the token is of.
        consent: String,
    },
    /// The server knows no XOAUTH2.
    #[error("the IMAP server offers no XOAUTH2: use a password, or correct `host`")]
    NoXoauth2,
    /// The command cannot be done.
    #[error("the IMAP server answers NO to {command}: {said}")]
    No {
        /// The command without arguments.
        command: String,
        /// What it said.
        said: String,
        /// The folder is not there and could be made.
        try_create: bool,
    },
    /// The command was not understood.
    #[error("the IMAP server answers BAD to {command}: {said}")]
    Bad {
        /// The command without arguments.
        command: String,
        /// What it said.
        said: String,
    },
    /// The server ends the connection.
    #[error("the IMAP server says BYE: {said}")]
    Bye {
        /// What it said.
        said: String,
    },
    /// The connection ended without a word.
    #[error("the IMAP server closed the connection")]
    Closed,
    /// Nothing came for too long.
    #[error("the IMAP server is silent after {command}")]
    Silent {
        /// The command without arguments.
        command: String,
    },
    /// Not IMAP.
    #[error("the IMAP server's answer cannot be read: {0}")]
    Garbled(String),
    /// A command was left in the middle: the session cannot be used any more.
    #[error("the IMAP session was left inside a command")]
    Poisoned,
}

/// Watches until something fails.
pub(super) async fn watch(
    mailbox: &Mailbox,
    account: &Imap,
    intake: &Intake,
    backoff: &mut Backoff,
) -> Result<(), MailboxError> {
    let mut session = Session::open(account, &intake.consents).await?;
    let selected = session.select(&account.folder).await?;
    let mut cursor = place(mailbox, intake, &mut session, selected).await?;
    let mut changes = intake.store.changes();
    let mut may_idle = account.idle && session.has("IDLE");
    let mut marking = Marking::default();
    loop {
        changes.mark_unchanged();
        let is_patient = backoff.failures() < REFUSALS;
        cursor = fetch_new(mailbox, intake, &mut session, cursor, is_patient).await?;
        let may_retire = retires(mailbox) && marking.may_try();
        if may_retire {
            match retire_filed(mailbox, intake, &mut session, cursor.uidvalidity).await {
                // the mails are safe here: what cannot be marked there must not stop the intake
                Err(MailboxError::Imap(error @ (ImapError::No { .. } | ImapError::Bad { .. }))) => {
                    if marking.refused(&error) {
                        tracing::error!(mailbox = %mailbox.name, "after = {:?}: {error}", mailbox.after);
                    }
                }
                Ok(()) => {
                    if marking.succeeded() {
                        tracing::info!(mailbox = %mailbox.name, "filed mails are dealt with again");
                    }
                }
                other => other?,
            }
        }
        succeeded(mailbox, intake, backoff);
        if session.has_news {
            continue;
        }
        let until = Instant::now() + mailbox.poll_interval.min(LONGEST_IDLE);
        let until = marking.not_before.map_or(until, |at| at.min(until));
        let may_retire = retires(mailbox) && marking.may_try();
        let filed = wait_for_filed(
            mailbox,
            intake,
            &mut changes,
            cursor.uidvalidity,
            may_retire,
        );
        let stopped = intake.stop.cancelled();
        let interrupt = async {
            tokio::select! {
                () = filed => {}
                () = stopped => {}
            }
        };
        if may_idle {
            match session.idle(until, interrupt).await {
                Err(ImapError::No { said, .. } | ImapError::Bad { said, .. }) => {
                    tracing::warn!(mailbox = %mailbox.name, "polling, since IDLE fails: {said}");
                    may_idle = false;
                }
                other => other?,
            }
        } else {
            tokio::select! {
                () = tokio::time::sleep_until(until.into()) => {}
                () = interrupt => {}
            }
        }
        if intake.stop.is_cancelled() {
            session.logout().await;
            return Ok(());
        }
        // some servers tell of new mail only when asked (RFC 3501 section 6.1.2)
        session.command("NOOP", |_| {}).await?;
    }
}

/// When filed mails may be marked, moved or deleted: a server that refuses it, since the folder is
/// locked or over quota, is asked again after a growing pause.
#[derive(Debug, Default)]
struct Marking {
    refusals: u32,
    said: String,
    not_before: Option<Instant>,
}

impl Marking {
    fn may_try(&self) -> bool {
        self.not_before.is_none_or(|at| at <= Instant::now())
    }

    /// Returns whether that is news.
    fn refused(&mut self, error: &ImapError) -> bool {
        let pause = MARK_AGAIN.saturating_mul(1 << self.refusals.min(6));
        self.refusals += 1;
        self.not_before = Some(Instant::now() + pause);
        let words = error.to_string();
        let is_news = self.said != words;
        self.said = words;
        is_news
    }

    /// Returns whether that is news.
    fn succeeded(&mut self) -> bool {
        let is_news = self.refusals > 0;
        *self = Self::default();
        is_news
    }
}

/// Where to go on, or where to begin.
async fn place(
    mailbox: &Mailbox,
    intake: &Intake,
    session: &mut Session,
    selected: Selected,
) -> Result<Cursor, MailboxError> {
    let name = mailbox.name.clone();
    let stored = intake.store.read(move |view| view.cursor(&name)).await?;
    let cursor = match stored {
        Some(cursor) if cursor.uidvalidity == selected.uidvalidity => return Ok(cursor),
        Some(cursor) => {
            tracing::warn!(
                mailbox = %mailbox.name,
                "UIDVALIDITY changed from {} to {}: looking through the whole folder again; \
                 mails that are here already are recognised",
                cursor.uidvalidity,
                selected.uidvalidity
            );
            Cursor {
                uidvalidity: selected.uidvalidity,
                uidnext: 1,
                history_below: 0,
                since: cursor.since,
            }
        }
        None => {
            let end = match selected.uidnext {
                0 => fetch::list(session, 1)
                    .await?
                    .last()
                    .map_or(1, |last| last.uid + 1),
                uidnext => uidnext,
            };
            Cursor {
                uidvalidity: selected.uidvalidity,
                uidnext: if mailbox.start == Start::Now { end } else { 1 },
                history_below: end,
                since: clock::now(),
            }
        }
    };
    let name = mailbox.name.clone();
    intake
        .store
        .write(move |pen| pen.move_cursor(&name, cursor))
        .await?;
    Ok(cursor)
}

/// Stores everything from the cursor on; the cursor moves with each batch, in its transaction.
async fn fetch_new(
    mailbox: &Mailbox,
    intake: &Intake,
    session: &mut Session,
    mut cursor: Cursor,
    is_patient: bool,
) -> Result<Cursor, MailboxError> {
    let listed = fetch::list(session, cursor.uidnext).await?;
    let mut rest = listed.as_slice();
    while !rest.is_empty() {
        let (batch, later) = rest.split_at(batch_len(rest, intake.max_message_size));
        rest = later;
        let mails = fetch_batch(mailbox, intake, session, cursor, batch, is_patient).await?;
        let end = batch
            .last()
            .map_or(cursor.uidnext, |last| last.uid.saturating_add(1));
        cursor.uidnext = end;
        let name = mailbox.name.clone();
        let is_retired_later = retires(mailbox);
        let new = intake
            .store
            .write(move |pen| pen.receive(&name, &mails, Some(cursor), is_retired_later))
            .await?;
        intake.metrics.received(&mailbox.name, new as u64);
        tracing::debug!(mailbox = %mailbox.name, uidnext = cursor.uidnext, new, "stored mails");
    }
    Ok(cursor)
}

async fn fetch_batch(
    mailbox: &Mailbox,
    intake: &Intake,
    session: &mut Session,
    cursor: Cursor,
    batch: &[Listed],
    is_patient: bool,
) -> Result<Vec<Received>, MailboxError> {
    let wanted: Vec<(Listed, bool)> = batch
        .iter()
        .filter_map(|mail| history(mail, cursor, mailbox.start, intake).map(|old| (*mail, old)))
        .collect();
    let is_oversize = |mail: &Listed| mail.size > intake.max_message_size;
    let (large, whole): (Vec<&Listed>, Vec<&Listed>) = wanted
        .iter()
        .map(|(mail, _)| mail)
        .partition(|mail| is_oversize(mail));
    let uids = |mails: &[&Listed]| mails.iter().map(|mail| mail.uid).collect::<Vec<u32>>();
    let (mut fetched, mut refused) = (Vec::new(), Vec::new());
    if is_patient && !whole.is_empty() {
        fetched.extend(fetch::bodies(session, &uids(&whole)).await?);
    } else if !whole.is_empty() {
        let given = refused::bodies(session, &uids(&whole)).await?;
        refused.extend(given.headers.iter().map(|mail| mail.uid));
        fetched.extend(given.whole);
        fetched.extend(given.headers);
    }
    for uid in &refused {
        tracing::error!(
            mailbox = %mailbox.name,
            uid,
            "the server does not give one mail: its headers were taken, it stays in the mailbox"
        );
    }
    if !large.is_empty() {
        fetched.extend(fetch::headers(session, &uids(&large)).await?);
    }
    // filed in the order of arrival, large ones among the others: an answer comes after its question
    fetched.sort_by_key(|mail| mail.uid);
    let vanished = wanted.len() - fetched.len().min(wanted.len());
    if vanished > 0 {
        tracing::info!(mailbox = %mailbox.name, vanished, "mails were removed by another client");
    }
    let received = fetched.into_iter().filter_map(|mail| {
        let (listed, history) = wanted.iter().find(|(listed, _)| listed.uid == mail.uid)?;
        let whole = !is_oversize(listed) && !refused.contains(&mail.uid);
        Some(Received {
            source: format!("imap:{}:{}", cursor.uidvalidity, mail.uid),
            uid: mail.uid,
            arrived_at: listed.arrived_at,
            history: *history,
            size: if whole {
                mail.bytes.len() as u64
            } else {
                listed.size
            },
            whole,
            bytes: mail.bytes,
        })
    });
    Ok(received.collect())
}

/// Whether a mail is history (`Some(true)`), live (`Some(false)`), or not wanted (`None`).
fn history(mail: &Listed, cursor: Cursor, start: Start, intake: &Intake) -> Option<bool> {
    let is_old = match cursor.history_below {
        // UIDs were given anew: the server's own date tells, to the second
        0 => mail.arrived_at.as_second() < cursor.since.as_second(),
        below => mail.uid < below,
    };
    match start {
        _ if !is_old => Some(false),
        Start::Now => None,
        Start::All => Some(true),
        Start::Date(date) => {
            let first = date
                .to_zoned(intake.timezone.clone())
                .map(|day| day.timestamp());
            (mail.arrived_at >= first.unwrap_or(Timestamp::MIN)).then_some(true)
        }
    }
}

fn batch_len(listed: &[Listed], max_message_size: u64) -> usize {
    let mut bytes = 0;
    let fits = |mail: &&Listed| {
        bytes += if mail.size > max_message_size {
            0
        } else {
            mail.size
        };
        bytes <= BATCH_BYTES
    };
    listed
        .iter()
        .take(BATCH_MAILS)
        .take_while(fits)
        .count()
        .max(1)
}

async fn retire_filed(
    mailbox: &Mailbox,
    intake: &Intake,
    session: &mut Session,
    uidvalidity: u32,
) -> Result<(), MailboxError> {
    loop {
        let name = mailbox.name.clone();
        let due = intake
            .store
            .read(move |view| view.retiring(&name, uidvalidity, BATCH_MAILS))
            .await?;
        if due.is_empty() {
            return Ok(());
        }
        let uids: Vec<u32> = due.iter().map(|mail| mail.uid).collect();
        retire::retire(session, &uids, &mailbox.after).await?;
        let messages: Vec<i64> = due.iter().map(|mail| mail.message).collect();
        intake
            .store
            .write(move |pen| pen.retired(&messages))
            .await?;
    }
}

/// Resolves when a mail of this folder was filed and is to be marked, moved or deleted.
async fn wait_for_filed(
    mailbox: &Mailbox,
    intake: &Intake,
    changes: &mut tokio::sync::watch::Receiver<u64>,
    uidvalidity: u32,
    may_retire: bool,
) {
    loop {
        if !may_retire {
            return std::future::pending().await;
        }
        let name = mailbox.name.clone();
        let due = intake
            .store
            .read(move |view| view.retiring(&name, uidvalidity, 1))
            .await;
        if due.is_ok_and(|due| !due.is_empty()) {
            return;
        }
        if changes.changed().await.is_err() {
            return std::future::pending().await;
        }
    }
}

/// What a server offers, for `check --online`.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Probe {
    /// Its capabilities after login, sorted.
    pub capabilities: Vec<String>,
    /// How many mails the folder holds.
    pub messages: u32,
    /// The folder that the server calls the one for sent mail (RFC 6154), in Unicode.
    pub sent_folder: Option<String>,
}

/// Logs in and looks at the folder, changing nothing.
///
/// # Errors
/// What keeps the mailbox from being watched.
pub async fn probe(account: &Imap, consents: &Consents) -> Result<Probe, ImapError> {
    let mut session = Session::open(account, consents).await?;
    let selected = session.select(&account.folder).await?;
    let capabilities = session.capabilities();
    let sent_folder = sent::announced(&mut session).await?;
    session.logout().await;
    Ok(Probe {
        capabilities,
        messages: selected.exists,
        sent_folder,
    })
}
