//! A mail that an agent passes on: whose words it brings, and whether they are taken over.

use super::file::describe;
use crate::{
    address::Address,
    desk::Desk,
    message::{
        Forwarded, Kind, Message,
        authentication::{Verdict, is_marked_spam},
    },
    store::{Filed, Pen, StoreError, View, Waiting},
    triage::disposition::Forward,
};

/// A customer's mail that an agent passed on, parted from the agent's words.
#[derive(Clone)]
pub struct TakenOver {
    /// The customer's mail: who wrote it, and what.
    pub mail: Message,
    /// When they wrote it, as far as it is known; for people.
    pub written: String,
    /// The words of those who passed it on, for agents alone.
    pub note: String,
}

impl TakenOver {
    /// The private note.
    pub(super) fn note_words(&self) -> String {
        match self.note.as_str() {
            "" => "[Passed on without a word.]".to_owned(),
            words => words.to_owned(),
        }
    }

    /// What was done, in a sentence.
    pub fn sentence(&self, agent: &Address) -> String {
        let written = match self.written.as_str() {
            "" => String::new(),
            date => format!(" (their mail is dated {date})"),
        };
        format!(
            "taken over from a mail that {} passed on: the requester is {}{written}; \
             the words above it are a private note",
            shown(agent),
            shown(&self.mail.from),
        )
    }
}

/// Judges the mail that an agent passes on; `None` when the author is no agent, a machine, or
/// passes nothing on. Without a view nothing is known of tickets.
///
/// # Errors
/// The database's trouble.
pub(super) fn judge(
    view: Option<&View<'_>>,
    desk: &Desk,
    message: &Message,
) -> Result<Option<(Forward, Option<TakenOver>)>, StoreError> {
    let is_agents = message.kind == Kind::Customer && desk.agent_of(&message.from).is_some();
    let Some(outermost) = message.forwarded.as_deref().filter(|_| is_agents) else {
        return Ok(None);
    };
    let found = match original(desk, outermost) {
        Ok(_) if !is_proven(desk, message) => return Ok(Some((Forward::Unproven, None))),
        Ok(found) => found,
        Err(why) => return Ok(Some((why, None))),
    };
    let held = match view {
        Some(view) => held(view, &found.mail)?,
        None => None,
    };
    let forward = held.map_or(Forward::TakenOver, Forward::Held);
    Ok(Some((forward, Some(found))))
}

/// Whether the mail is the agent's own: by what is known of its domain or by the operator's word,
/// and nothing says the contrary.
pub(super) fn is_proven(desk: &Desk, message: &Message) -> bool {
    let is_path_trusted = desk.config.trust.inbound_path_trusted;
    !is_doubtful(message) && (is_path_trusted || message.dmarc == Verdict::Pass)
}

/// Whether something says that the mail is forged or spam.
pub(super) fn is_doubtful(message: &Message) -> bool {
    message.dmarc == Verdict::Fail || is_marked_spam(message)
}

/// The outermost mail that neither the desk nor an agent wrote.
fn original(desk: &Desk, outermost: &Forwarded) -> Result<TakenOver, Forward> {
    let mut note = String::new();
    let mut by: Option<&Address> = None;
    let mut next = Some(outermost);
    while let Some(forwarded) = next {
        let words = match by {
            // a colleague's words, in a forward of a forward
            Some(who) if !forwarded.words.is_empty() => {
                format!("{}:\n{}", shown(who), forwarded.words)
            }
            _ => forwarded.words.clone(),
        };
        if !note.is_empty() && !words.is_empty() {
            note.push_str("\n\n");
        }
        note.push_str(&words);
        let mail = &forwarded.mail;
        if !mail.from.is_usable() {
            return Err(Forward::Nobody);
        }
        if !desk.is_own(&mail.from) && desk.agent_of(&mail.from).is_none() {
            let date = mail.date.map(|date| date.to_string());
            return Ok(TakenOver {
                mail: mail.clone(),
                written: date.unwrap_or_else(|| forwarded.said_date.clone()),
                note,
            });
        }
        by = Some(&mail.from);
        next = mail.forwarded.as_deref();
    }
    Err(Forward::FromUs)
}

/// The ticket that holds the mail already. Strangers choose their Message-IDs: only a ticket in
/// which its author takes part counts.
fn held(view: &View<'_>, mail: &Message) -> Result<Option<i64>, StoreError> {
    let Some(id) = mail.message_id.as_deref() else {
        return Ok(None);
    };
    let Some(ticket) = view.ticket_of_message_id(id)? else {
        return Ok(None);
    };
    let participants = view.participants(ticket)?;
    let takes_part = participants
        .iter()
        .any(|who| who.is_same(&mail.from.address));
    Ok(takes_part.then_some(ticket))
}

/// Parts a customer's mail from the agent's that brought it: two messages of one raw mail. The
/// received one stays the agent's, as a private note.
pub(super) fn take_over(
    pen: &Pen<'_>,
    waiting: &Waiting,
    filed: &mut Filed,
    taken: &TakenOver,
) -> Result<(), StoreError> {
    let agent = filed.author.clone();
    let mail = &taken.mail;
    let customers = Filed {
        ticket: filed.ticket,
        kind: mail.kind.word().to_owned(),
        disposition: filed.disposition.clone(),
        reason: filed.reason.clone(),
        detail: format!("passed on by {}", agent.address),
        // what is recognised when it comes again is the agent's mail, not its part
        content_digest: None,
        ..describe(mail)
    };
    filed.reply = taken.note_words();
    // one mail, one list of files; an attached mail has its own
    if mail.attachments == filed.attachments {
        filed.attachments.clear();
    }
    pen.settle(waiting.id, filed)?;
    pen.make_note(waiting.id)?;
    let message = pen.add_message("in", &customers)?;
    pen.share_raw(message, waiting.id)?;
    match filed.ticket {
        Some(ticket) => pen.event(
            ticket,
            &agent.address,
            "taken_over",
            &taken.sentence(&agent),
        ),
        None => Ok(()),
    }
}

fn shown(who: &Address) -> String {
    match who.name.as_str() {
        "" => who.address.clone(),
        name => format!("{name} <{}>", who.address),
    }
}
