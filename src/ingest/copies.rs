//! The same mail again: in this mailbox, in another one of the team, or in one of another team.

use crate::{
    desk::Desk,
    store::{StoreError, View},
    triage::disposition::Held,
};

/// The team of a mailbox's new tickets; empty when it has none.
pub(super) fn team_of<'d>(desk: &'d Desk, mailbox: &str) -> &'d str {
    let mut mailboxes = desk.config.mailboxes.iter();
    mailboxes
        .find(|known| known.name == mailbox)
        .map_or("", |mailbox| mailbox.group.as_str())
}

/// What we hold of a mail that came into `mailbox`; `before` is its own row.
pub(super) fn held(
    view: &View<'_>,
    desk: &Desk,
    (message_id, digest): (&str, &[u8]),
    mailbox: &str,
    before: i64,
) -> Result<Option<Held>, StoreError> {
    let Some(first) = view.duplicate_of(message_id, digest, before)? else {
        return Ok(None);
    };
    let mut held = Held {
        ticket: first.ticket,
        elsewhere: Vec::new(),
    };
    if let Some(here) = view.duplicate_in(mailbox, message_id, digest, before)? {
        held.ticket = here.ticket.or(first.ticket);
        return Ok(Some(held));
    }
    for other in &desk.config.mailboxes {
        let copy = view.duplicate_in(&other.name, message_id, digest, before)?;
        if let Some(number) = copy.and_then(|copy| copy.ticket) {
            let team = view.ticket(number)?.group;
            held.elsewhere.push((number, team));
            held.elsewhere.push((number, other.group.clone()));
        }
    }
    Ok(Some(held))
}
