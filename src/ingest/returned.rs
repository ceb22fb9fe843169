//! A mail of ours that came back, or that somebody marked as spam: which one it was, and what the
//! ticket and the address learn of it.

use super::{knowledge::tokens, nps};
use crate::{
    address::Address,
    compose,
    desk::Desk,
    message::{Action, Message},
    store::{OutboxRow, Pen, SOFT_BOUNCES, StoreError, View, suppressed},
    token::{Purpose, Signer},
    triage::disposition::Decision,
};

/// The mail that a bounce or a feedback report is about.
#[derive(Default)]
pub(super) struct Returned {
    /// Its rows, of the recipients that the report is about.
    pub(super) rows: Vec<OutboxRow>,
    /// Whether it is ours, and its ticket.
    pub(super) ticket: Option<Option<i64>>,
}

/// Finds it by the signed bounce address that the report came to or names, which says to whom the
/// mail went wherever it was forwarded; else by its Message-ID and the recipient; else by the last
/// of its References, where a relay put another Message-ID in the place of ours.
pub(super) fn find(
    view: &View<'_>,
    desk: &Desk,
    message: &Message,
) -> Result<Returned, StoreError> {
    let (id, references, recipient, senders) = match (&message.bounce, &message.complaint) {
        (Some(bounce), _) => (
            &bounce.original_message_id,
            &bounce.original_references,
            &bounce.recipient,
            Vec::new(),
        ),
        (_, Some(complaint)) => (
            &complaint.original_message_id,
            &complaint.original_references,
            &complaint.recipient,
            Vec::from_iter(Address::parse(&complaint.original_sender)),
        ),
        _ => return Ok(Returned::default()),
    };
    // a question for NPS is of no ticket
    if let Some(row) = nps::asked_by(view, desk, message, &senders)? {
        return Ok(Returned {
            rows: vec![row],
            ticket: Some(None),
        });
    }
    let ids = [Some(id), references.last()];
    let ids = || ids.into_iter().flatten().filter(|id| !id.is_empty());
    let mut rows = Vec::new();
    for id in ids() {
        if rows.is_empty() {
            rows = view.outbox_of_message_id(id)?;
        }
    }
    let sealed = ids().find_map(|id| compose::own_ticket(&desk.signer, id));
    let party = party(view, desk, message, &senders)?;
    if let Some((ticket, party)) = &party {
        rows.retain(|row| party.is_same(&row.recipient));
        if rows.is_empty() {
            rows.extend(view.last_sent_to(*ticket, party)?);
        }
    } else if recipient.contains('@') {
        rows.retain(|row| row.recipient.eq_ignore_ascii_case(recipient));
    } else if rows.len() > 1 {
        // it went to several, and the report does not say whose it is
        rows.clear();
    }
    let of_rows = rows.first().map(|row| row.ticket);
    let named = party.map(|(ticket, _)| ticket).or(sealed);
    let ticket = match of_rows.or(named.map(Some)) {
        Some(Some(ticket)) => existing(view, ticket)?,
        other => other,
    };
    Ok(Returned { rows, ticket })
}

/// The ticket that lives on; `None` when there is none of the number (a database that was lost).
fn existing(view: &View<'_>, ticket: i64) -> Result<Option<Option<i64>>, StoreError> {
    match view
        .after_merges(ticket)
        .and_then(|number| view.ticket(number))
    {
        Ok(ticket) => Ok(Some(Some(ticket.number))),
        Err(StoreError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The ticket and the recipient of a signed bounce address.
fn party(
    view: &View<'_>,
    desk: &Desk,
    message: &Message,
    senders: &[Address],
) -> Result<Option<(i64, Address)>, StoreError> {
    for token in tokens(desk, message, senders, Purpose::Bounce) {
        let Some(ticket) = Signer::claimed_id(&token) else {
            continue;
        };
        let agents = desk.config.agents.iter().map(|agent| agent.address.clone());
        let participants = view.participants(view.after_merges(ticket)?)?;
        for who in participants.into_iter().chain(agents) {
            if desk.signer.verify(Purpose::Bounce, &token, &who.address) {
                return Ok(Some((ticket, who)));
            }
        }
    }
    Ok(None)
}

/// Marks what came back, tells the ticket, and lets the address rest where trying is useless.
pub(super) fn tell_bounce(
    pen: &Pen<'_>,
    message: &Message,
    decision: &Decision,
    returned: &Returned,
) -> Result<(), StoreError> {
    let Some(bounce) = &message.bounce else {
        return Ok(());
    };
    let code = match bounce.status.as_str() {
        "" => "no status code",
        code => code,
    };
    let event = |what: &str, detail: &str| match decision.ticket {
        Some(ticket) => pen.event(ticket, "desk", what, detail),
        None => Ok(()),
    };
    match bounce.action {
        Action::Failed => {}
        Action::Delayed => return event("delivery_delayed", code),
        action => return event("delivery_reported", &format!("{}: {code}", action.word())),
    }
    for row in &returned.rows {
        if row.state != "failed" {
            pen.fail(row.id, &format!("came back: {code}"))?;
        }
        // only an address that we did write to: a forged bounce cannot silence anybody else
        let who = &row.recipient;
        if bounce.permanent {
            pen.suppress(who, code)?;
            event("suppressed", &suppressed(who, code))?;
        } else {
            let count = pen.count_soft_bounce(who, code)?;
            let detail = format!(
                "{who}: {code}, failure {count}; after {SOFT_BOUNCES} it gets no automatic mail \
                 until it writes"
            );
            event("soft_bounce", &detail)?;
        }
    }
    if returned.rows.is_empty() {
        let who = match bounce.recipient.as_str() {
            "" => String::new(),
            who => format!(", {who}"),
        };
        event("delivery_failed", &format!("came back: {code}{who}"))?;
    }
    Ok(())
}

/// Tells the ticket that a mail was marked as spam; who did it gets no automatic mail any more.
pub(super) fn tell_complaint(
    pen: &Pen<'_>,
    message: &Message,
    ticket: i64,
    returned: &Returned,
) -> Result<(), StoreError> {
    let kind = message.complaint.as_ref();
    let kind = kind.map(|complaint| complaint.feedback_type.as_str());
    let kind = kind.filter(|kind| !kind.is_empty()).unwrap_or("abuse");
    // RFC 6430: somebody took it out of the spam folder
    if kind == "not-spam" {
        return pen.event(ticket, "desk", "complaint", kind);
    }
    for row in &returned.rows {
        let who = &row.recipient;
        pen.suppress_complaint(who)?;
        let detail = format!(
            "{kind}: {} {} was marked as spam; {who} gets no automatic mail until it answers one",
            row.kind, row.id
        );
        pen.event(ticket, "desk", "complaint", &detail)?;
    }
    if returned.rows.is_empty() {
        pen.event(ticket, "desk", "complaint", kind)?;
    }
    Ok(())
}
