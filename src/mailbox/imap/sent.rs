//! Copies of sent answers in a folder of the server, for people who look there with a mail program.

use async_imap::imap_proto::{MailboxDatum, NameAttribute, Response};
use jiff::SignedDuration;

use super::{
    super::{Intake, MailboxError, backoff::Backoff},
    ImapError,
    folder::{decoded, quoted},
    session::Session,
};
use crate::{
    clock,
    config::Imap,
    store::{CopyState, SentCopy, StoreError},
};

/// Refusals in a row after which it is the folder's trouble, and the rest waits, too.
const REFUSALS: usize = 5;
/// How long after its sending a refused copy is still tried: as long as a mail itself.
const PATIENCE: SignedDuration = SignedDuration::from_hours(4 * 24);

/// Copies what is due whenever something changes, until asked to stop. What goes wrong is told once
/// a change, and tried again after a growing pause.
pub(in super::super) async fn keep_copies(
    mailbox: &str,
    account: &Imap,
    folder: &str,
    intake: &Intake,
) {
    let keeping = async {
        let mut changes = intake.store.changes();
        let mut backoff = Backoff::default();
        let mut said: Option<String> = None;
        loop {
            changes.mark_unchanged();
            match copy_due(mailbox, account, folder, intake).await {
                Ok(copied) => {
                    if copied > 0 {
                        backoff = Backoff::default();
                        tracing::debug!(mailbox, copied, "copied sent answers");
                    }
                    if said.take().is_some() {
                        tracing::info!(mailbox, "copies of answers go into {folder:?} again");
                    }
                    if changes.changed().await.is_err() {
                        return;
                    }
                }
                Err(error) => {
                    let words = error.to_string();
                    // a missing consent was told by the consent, for all who share it
                    if said.as_ref() != Some(&words) && !error.waits_for_person() {
                        tracing::error!(mailbox, "copies of answers for {folder:?} wait: {words}");
                        said = Some(words);
                    }
                    tokio::time::sleep(backoff.pause(&error)).await;
                }
            }
        }
    };
    tokio::select! {
        () = intake.stop.cancelled() => {}
        () = keeping => {}
    }
}

/// Copies everything that is due over one connection; none is made where nothing is. A copy that is
/// refused lets the others pass. Returns how many were made.
async fn copy_due(
    mailbox: &str,
    account: &Imap,
    folder: &str,
    intake: &Intake,
) -> Result<usize, MailboxError> {
    let Some(first) = next(mailbox, intake, 0).await? else {
        return Ok(0);
    };
    let mut session = Session::open(account, &intake.consents).await?;
    let (mut copied, mut refused, mut in_a_row) = (0, None, 0);
    let mut due = Some(first);
    while let Some(copy) = due {
        let (message, sent_at) = (copy.message, copy.sent_at);
        match put(&mut session, folder, intake, copy).await {
            Ok(()) => {
                mark(intake, message, CopyState::Done).await?;
                copied += 1;
                in_a_row = 0;
            }
            Err(MailboxError::Imap(error @ (ImapError::No { .. } | ImapError::Bad { .. }))) => {
                if clock::now().duration_since(sent_at) > PATIENCE {
                    mark(intake, message, CopyState::GivenUp).await?;
                    tracing::error!(mailbox, message, "an answer stays without a copy: {error}");
                } else {
                    refused.get_or_insert(error);
                    in_a_row += 1;
                }
                if in_a_row == REFUSALS {
                    break;
                }
            }
            Err(error) => return Err(error),
        }
        due = next(mailbox, intake, message).await?;
    }
    session.logout().await;
    match refused {
        Some(error) => Err(error.into()),
        None => Ok(copied),
    }
}

/// Puts one copy into the folder. That it is tried is stored before: where the connection or this
/// process ends then, nobody knows whether it arrived, and it is looked for first.
async fn put(
    session: &mut Session,
    folder: &str,
    intake: &Intake,
    copy: SentCopy,
) -> Result<(), MailboxError> {
    if copy.was_tried && is_there(session, folder, &copy.message_id).await? {
        return Ok(());
    }
    mark(intake, copy.message, CopyState::Tried).await?;
    match session.append(folder, copy.sent_at, &copy.bytes).await {
        Err(ImapError::No {
            try_create: true, ..
        }) => {
            create(session, folder).await?;
            Ok(session.append(folder, copy.sent_at, &copy.bytes).await?)
        }
        other => Ok(other?),
    }
}

/// Makes the folder. Many mail programs show subscribed folders alone; that it cannot be subscribed
/// to does not matter.
async fn create(session: &mut Session, folder: &str) -> Result<(), ImapError> {
    let folder = quoted(folder);
    session.command(&format!("CREATE {folder}"), |_| {}).await?;
    match session
        .command(&format!("SUBSCRIBE {folder}"), |_| {})
        .await
    {
        Err(ImapError::No { .. } | ImapError::Bad { .. }) => Ok(()),
        other => other,
    }
}

/// Whether the folder holds a mail of this Message-ID.
async fn is_there(
    session: &mut Session,
    folder: &str,
    message_id: &str,
) -> Result<bool, ImapError> {
    match session
        .command(&format!("EXAMINE {}", quoted(folder)), |_| {})
        .await
    {
        // there is no such folder yet
        Err(ImapError::No { .. }) => return Ok(false),
        other => other?,
    }
    let mut is_there = false;
    session
        .command(
            &format!("UID SEARCH HEADER Message-ID \"<{message_id}>\""),
            |response| {
                if let Response::MailboxData(MailboxDatum::Search(found)) = response {
                    is_there |= !found.is_empty();
                }
            },
        )
        .await?;
    Ok(is_there)
}

/// The folder that the server itself calls the one for sent mail (RFC 6154), in Unicode.
pub(super) async fn announced(session: &mut Session) -> Result<Option<String>, ImapError> {
    if !session.has("SPECIAL-USE") {
        return Ok(None);
    }
    let line = match session.has("LIST-EXTENDED") {
        true => "LIST \"\" \"*\" RETURN (SPECIAL-USE)",
        false => "LIST \"\" \"*\"",
    };
    let mut found = None;
    let listed = session.command(line, |response| {
        if let Response::MailboxData(MailboxDatum::List(folder)) = response
            && folder.name_attributes.contains(&NameAttribute::Sent)
        {
            found.get_or_insert_with(|| decoded(&folder.name).into_owned());
        }
    });
    match listed.await {
        Err(ImapError::No { .. } | ImapError::Bad { .. }) => Ok(None),
        other => other.map(|()| found),
    }
}

async fn next(mailbox: &str, intake: &Intake, behind: i64) -> Result<Option<SentCopy>, StoreError> {
    let mailbox = mailbox.to_owned();
    intake
        .store
        .read(move |view| view.next_copy(&mailbox, behind))
        .await
}

async fn mark(intake: &Intake, message: i64, state: CopyState) -> Result<(), StoreError> {
    intake
        .store
        .write(move |pen| pen.mark_copy(message, state))
        .await
}
