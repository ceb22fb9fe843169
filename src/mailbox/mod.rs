//! IN: one watched mailbox. Never looks inside a mail.
//!
//! Each mailbox is a task of its own: its failure disturbs no other. A mail is stored, with the
//! cursor, before anything is marked at the source; what is left to do there (`after`) waits
//! until the mail is filed, and doing it twice is harmless.

pub mod archive;
mod backoff;
mod imap;
mod maildir;
pub mod oversize;

use tokio_util::sync::CancellationToken;

use crate::{
    config::{After, Mailbox, Source},
    oauth::Consents,
    observe::{Mailboxes, Metrics},
    store::{Store, StoreError},
};

pub use imap::probe;

/// What a mailbox task needs beside its config.
#[derive(Clone)]
pub struct Intake {
    /// Where mails go.
    pub store: Store,
    /// Where its state is shown.
    pub states: Mailboxes,
    /// Counters.
    pub metrics: Metrics,
    /// Tokens for logins by OAuth2.
    pub consents: Consents,
    /// Mails over this size, in bytes, are recorded by their headers.
    pub max_message_size: u64,
    /// The zone of `start` dates.
    pub timezone: jiff::tz::TimeZone,
    /// Asks the task to stop.
    pub stop: CancellationToken,
}

/// Why a mailbox cannot be watched at the moment.
#[derive(Debug, thiserror::Error)]
pub enum MailboxError {
    /// The IMAP side.
    #[error(transparent)]
    Imap(#[from] imap::ImapError),
    /// The directory.
    #[error("reading the Maildir {path}: {cause}: create it, or let this user read and write it")]
    Maildir {
        /// The directory or file.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Our own trouble: nothing was taken, the place is kept.
    #[error("storing mail: {0}")]
    Store(#[from] StoreError),
}

impl MailboxError {
    /// Whether nothing will change until a person gives consent (`maildesk auth`).
    fn waits_for_person(&self) -> bool {
        matches!(self, Self::Imap(imap::ImapError::NoToken(error)) if error.waits_for_person())
    }
}

/// Watches a mailbox until it is asked to stop. Every failure is shown in its state, logged once
/// a change, and tried again after a growing pause.
pub async fn watch(mailbox: Mailbox, intake: Intake) {
    let mut backoff = backoff::Backoff::default();
    loop {
        let watched = async {
            match &mailbox.source {
                Source::Imap(account) => {
                    imap::watch(&mailbox, account, &intake, &mut backoff).await
                }
                Source::Maildir { path } => {
                    maildir::watch(&mailbox, path, &intake, &mut backoff).await
                }
            }
        };
        let error = tokio::select! {
            () = intake.stop.cancelled() => return,
            ended = watched => match ended {
                Ok(()) => return,
                Err(error) => error,
            },
        };
        let words = error.to_string();
        // that a consent is missing was said by the consent, once for all who share it
        if intake.states.failed(&mailbox.name, &words) && !error.waits_for_person() {
            tracing::error!(mailbox = %mailbox.name, "{words}");
        }
        tokio::select! {
            () = intake.stop.cancelled() => return,
            () = tokio::time::sleep(backoff.pause(&error)) => {}
        }
    }
}

/// Puts copies of sent answers into the mailbox's Sent folder until it is asked to stop. A task and a
/// connection of its own: trouble with that folder neither disturbs the intake nor counts as the
/// mailbox's. Where no folder is set it only waits for the end.
pub async fn keep_copies(mailbox: Mailbox, intake: Intake) {
    match mailbox.sent_folder() {
        Some((account, folder)) => imap::keep_copies(&mailbox.name, account, folder, &intake).await,
        None => intake.stop.cancelled().await,
    }
}

/// Notes that a mailbox answered, and says so once when it had failed.
fn succeeded(mailbox: &Mailbox, intake: &Intake, backoff: &mut backoff::Backoff) {
    if intake.states.succeeded(&mailbox.name) {
        tracing::info!(mailbox = %mailbox.name, "watching the mailbox");
    }
    backoff.succeeded();
}

/// Whether something is left to do at the source after filing.
fn retires(mailbox: &Mailbox) -> bool {
    mailbox.after != After::Keep
}
