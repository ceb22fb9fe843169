//! An agent's answer, and a private note.

use jiff::{SignedDuration, Timestamp};

use super::{Desk, DeskError, outbox_row, stamp};
use crate::{
    address::Address,
    clock,
    compose::{File, Reply, Thread},
    store::{CopyState, Filed, NewOutbox, OutboxKind, Pen, TicketChange},
    ticket::Status,
};

/// What an agent writes.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The ticket.
    pub ticket: i64,
    /// Who answers: the name that the customer sees, and the agent's address.
    pub agent: Address,
    /// The words.
    pub text: String,
    /// Files that go along, byte for byte.
    pub files: Vec<File>,
    /// What becomes of the ticket: the customer's turn, unless something else is said.
    pub status: Option<Status>,
    /// Whether the other participants get nothing of it, nor learn that there is an answer.
    pub only_requester: bool,
    /// When it is to leave; `None` is as soon as it can no longer be taken back.
    pub not_before: Option<Timestamp>,
}

impl Desk {
    /// Files an answer and puts it into the outbox for every participant, in one transaction.
    /// Returns the message's row.
    ///
    /// # Errors
    /// When there is neither a text nor a file, the ticket is merged or has nobody to answer to.
    pub fn reply(&self, pen: &Pen<'_>, answer: &Answer) -> Result<i64, DeskError> {
        let text = answer.text.trim_end();
        if text.trim().is_empty() && answer.files.is_empty() {
            return Err(DeskError::Refused(
                "the answer is empty: give its text on standard input or with --file".to_owned(),
            ));
        }
        let ticket = pen.ticket(answer.ticket)?;
        if let Some(into) = ticket.merged_into {
            let words = format!(
                "ticket {} was merged into {into}: answer there",
                ticket.number
            );
            return Err(DeskError::Refused(words));
        }
        if !ticket.requester.is_usable() {
            let words = format!("ticket {} has no address to answer to", ticket.number);
            return Err(DeskError::Refused(words));
        }
        let others: Vec<Address> = pen
            .participants(ticket.number)?
            .into_iter()
            .filter(|who| !who.is_same(&ticket.requester.address) && !self.is_own(who))
            .filter(|_| !answer.only_requester)
            .collect();
        let (in_reply_to, references) = pen.last_incoming(ticket.number)?;
        let thread = Thread {
            ticket: ticket.number,
            subject: &ticket.subject,
            language: self.language_of(&ticket),
            in_reply_to: Some(in_reply_to.as_str()).filter(|id| !id.is_empty()),
            references: &references,
        };
        let mails = self.composer.reply(
            &thread,
            &ticket.requester,
            &others,
            &Reply {
                agent_name: &answer.agent.name,
                text,
                files: &answer.files,
            },
            &stamp()?,
        )?;
        let filed = Filed {
            ticket: Some(ticket.number),
            kind: "agent".to_owned(),
            message_id: mails
                .first()
                .map(|mail| mail.message_id.clone())
                .unwrap_or_default(),
            author: answer.agent.clone(),
            subject: mails
                .first()
                .map(|mail| mail.subject.clone())
                .unwrap_or_default(),
            text: text.to_owned(),
            reply: text.to_owned(),
            ..Filed::default()
        };
        let message = pen.add_message("out", &filed)?;
        let undo = SignedDuration::try_from(self.config.tickets.undo_within).unwrap_or_default();
        let soonest = (!undo.is_zero()).then(|| clock::now() + undo);
        let not_before = answer.not_before.max(soonest);
        let rows: Vec<NewOutbox> = mails
            .into_iter()
            .map(|mail| NewOutbox {
                message: Some(message),
                not_before,
                ..outbox_row(OutboxKind::Reply, ticket.number, mail)
            })
            .collect();
        if let Some(raw) = pen.enqueue_all(&rows)? {
            pen.set_raw(message, raw)?;
            if self.keeps_copies(&ticket.mailbox) {
                pen.mark_copy(message, CopyState::Wanted)?;
            }
        }
        let actor = &answer.agent.address;
        let alone = match answer.only_requester {
            true => " to the requester alone",
            false => "",
        };
        let detail = format!("message {message}{alone}");
        pen.event(ticket.number, actor, "replied", &detail)?;
        // the desk itself may answer where no agent is configured: nobody takes the ticket then
        let takes_it = ticket.assignee.is_empty() && self.agent_of(&answer.agent).is_some();
        let assignee = takes_it.then(|| answer.agent.address.clone());
        let change = TicketChange {
            status: Some(answer.status.unwrap_or(Status::Pending)),
            assignee,
            ..TicketChange::default()
        };
        self.change(pen, ticket.number, actor, &change)?;
        Ok(message)
    }

    /// Whether answers in tickets of a mailbox are copied into its Sent folder.
    fn keeps_copies(&self, mailbox: &str) -> bool {
        let mut mailboxes = self.config.mailboxes.iter();
        mailboxes.any(|known| known.name == mailbox && known.sent_folder().is_some())
    }

    /// Adds a private note: customers never see it. Returns the message's row.
    ///
    /// # Errors
    /// When the text is empty or there is no such ticket.
    pub fn note(
        &self,
        pen: &Pen<'_>,
        ticket: i64,
        agent: &Address,
        text: &str,
    ) -> Result<i64, DeskError> {
        let text = text.trim_end();
        if text.trim().is_empty() {
            return Err(DeskError::Refused(
                "the note is empty: give its text on standard input or with --file".to_owned(),
            ));
        }
        let filed = Filed {
            ticket: Some(ticket),
            kind: "agent".to_owned(),
            author: agent.clone(),
            text: text.to_owned(),
            reply: text.to_owned(),
            ..Filed::default()
        };
        let message = pen.add_message("note", &filed)?;
        pen.event(
            ticket,
            &agent.address,
            "noted",
            &format!("message {message}"),
        )?;
        Ok(message)
    }
}
