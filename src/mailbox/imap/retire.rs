//! What is done at the server once a mail is filed. Safe to repeat: a mail that is gone already
//! is passed over by the server.

use super::{ImapError, fetch::set, folder::quoted, session::Session};
use crate::config::After;

/// Marks, moves or deletes filed mails.
pub(super) async fn retire(
    session: &mut Session,
    uids: &[u32],
    after: &After,
) -> Result<(), ImapError> {
    let uids = set(uids);
    match after {
        After::Keep => Ok(()),
        After::Seen => store_flag(session, &uids, "\\Seen").await,
        After::Delete => delete(session, &uids).await,
        After::Move(folder) => match move_to(session, &uids, folder).await {
            Err(ImapError::No {
                try_create: true, ..
            }) => {
                session
                    .command(&format!("CREATE {}", quoted(folder)), |_| {})
                    .await?;
                move_to(session, &uids, folder).await
            }
            other => other,
        },
    }
}

/// MOVE (RFC 6851) where the server has it, else COPY and delete.
async fn move_to(session: &mut Session, uids: &str, folder: &str) -> Result<(), ImapError> {
    if session.has("MOVE") {
        return session
            .command(&format!("UID MOVE {uids} {}", quoted(folder)), |_| {})
            .await;
    }
    session
        .command(&format!("UID COPY {uids} {}", quoted(folder)), |_| {})
        .await?;
    delete(session, uids).await
}

/// UID EXPUNGE (RFC 4315) where the server has it, so that nobody else's `\Deleted` goes too.
async fn delete(session: &mut Session, uids: &str) -> Result<(), ImapError> {
    store_flag(session, uids, "\\Deleted").await?;
    if session.has("UIDPLUS") {
        return session
            .command(&format!("UID EXPUNGE {uids}"), |_| {})
            .await;
    }
    session.command("EXPUNGE", |_| {}).await
}

async fn store_flag(session: &mut Session, uids: &str, flag: &str) -> Result<(), ImapError> {
    session
        .command(&format!("UID STORE {uids} +FLAGS.SILENT ({flag})"), |_| {})
        .await
}
