//! A mail as the rules see it, or saw it.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::{
    config::Config,
    message::{self, Kind, Message, authentication::believed},
    store::{Judged, StoreError, View},
    triage::{Facts, Past},
};

/// The facts of a mail that opens a ticket: its sender is taken for a new one.
pub(super) fn facts<'m>(
    message: &'m Message,
    mailbox: &'m str,
    at: Timestamp,
    zone: &TimeZone,
) -> Facts<'m> {
    Facts::of_mail(message, message.kind, mailbox).at(zone.to_datetime(at))
}

/// A stored mail, read again.
pub(super) struct Stored<'s> {
    message: Message,
    judged: &'s Judged,
    zone: &'s TimeZone,
    past: Past,
}

/// Reads a stored mail again, with what was known of it when it came, as far as it still is: the
/// sender's other tickets count as they are today, and of its domain only what trusted servers
/// wrote into it is believed, since DNS may say something else by now. Of a mail that an agent
/// passed on it is the customer's part. `None` when it is gone.
pub(super) fn stored<'s>(
    view: &View<'_>,
    config: &'s Config,
    judged: &'s Judged,
    categories: impl Iterator<Item = &'s str>,
) -> Result<Option<(i64, Stored<'s>)>, StoreError> {
    let Some(row) = judged.message else {
        return Ok(None);
    };
    let bytes = match view.raw_of_message(row) {
        Ok(bytes) => bytes,
        Err(StoreError::NotFound(_) | StoreError::Damaged(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut mail = message::read(&bytes);
    mail.size = judged.size;
    mail.dmarc = believed(&mail, &config.trust.authserv_ids).unwrap_or_default();
    // the ticket that it opened is none that came before
    let before = judged.taken_at - SignedDuration::from_millis(1);
    let stored = Stored {
        message: written_by(mail, &judged.author.address),
        judged,
        zone: &config.desk.timezone,
        past: view.past(&judged.requester, categories, before)?,
    };
    Ok(Some((row, stored)))
}

impl Stored<'_> {
    /// The facts as they were.
    pub(super) fn facts(&self) -> Facts<'_> {
        let Judged {
            mailbox,
            kind,
            arrived_at,
            ..
        } = self.judged;
        let message = &self.message;
        Facts {
            kind: Kind::from_word(kind).unwrap_or(message.kind),
            past: &self.past,
            ..facts(message, mailbox, *arrived_at, self.zone)
        }
    }
}

/// The mail, or the one of this author that was passed on with it.
fn written_by(mail: Message, author: &str) -> Message {
    let mut next = mail.forwarded.as_deref();
    while let Some(forwarded) = next.filter(|_| !mail.from.is_same(author)) {
        if forwarded.mail.from.is_same(author) {
            return forwarded.mail.clone();
        }
        next = forwarded.mail.forwarded.as_deref();
    }
    mail
}
