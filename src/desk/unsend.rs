//! Answers that are taken back before they leave, or are held since the customer wrote first.

use super::{Desk, DeskError};
use crate::{
    address::Address,
    clock,
    compose::Notification,
    store::{Pen, StoreError, TakenBack, Ticket, TicketChange},
    ticket::Status,
};

/// What became of an answer that was taken back.
#[derive(Clone, Copy, Debug)]
pub struct Unsent {
    /// Its message.
    pub message: i64,
    /// For how many.
    pub taken: TakenBack,
}

impl Desk {
    /// Takes back the last answer of a ticket that has not left: the ticket is owed one again.
    ///
    /// # Errors
    /// When none waits: what a server has taken cannot be taken back.
    pub fn unsend(&self, pen: &Pen<'_>, ticket: i64, actor: &str) -> Result<Unsent, DeskError> {
        pen.ticket(ticket)?;
        let Some(message) = pen.last_unsent_answer(ticket)? else {
            return Err(DeskError::Refused(format!(
                "no answer of ticket {ticket} waits to be sent: one that left cannot be taken \
                 back (how long it waits is [tickets] undo_within)"
            )));
        };
        let taken = pen.take_back(message, "taken back")?;
        let mut detail = format!("message {message}");
        if taken.late > 0 {
            detail.push_str(&format!("; it had left for {} already", taken.late));
        }
        if taken.tried > 0 {
            detail.push_str(&format!("; it may have arrived at {}", taken.tried));
        }
        pen.event(ticket, actor, "unsent", &detail)?;
        if taken.late == 0 {
            pen.forget_untold_agent(ticket)?;
            let open = TicketChange {
                status: Some(Status::Open),
                ..TicketChange::default()
            };
            self.change(pen, ticket, actor, &open)?;
        }
        Ok(Unsent { message, taken })
    }

    /// Sends what was held, now. Returns how many mails.
    ///
    /// # Errors
    /// When nothing of the ticket is held.
    pub fn send_held(&self, pen: &Pen<'_>, ticket: i64, actor: &str) -> Result<usize, DeskError> {
        pen.ticket(ticket)?;
        let mails = pen.let_go(ticket, clock::now())?;
        if mails == 0 {
            let words = format!("no answer of ticket {ticket} is held: `ticket show` tells");
            return Err(DeskError::Refused(words));
        }
        pen.event(ticket, actor, "let_go", "the held answer goes out")?;
        let pending = TicketChange {
            status: Some(Status::Pending),
            ..TicketChange::default()
        };
        self.change(pen, ticket, actor, &pending)?;
        Ok(mails)
    }

    /// Holds the answers of a ticket that wait for their time, since this person has written, and
    /// tells their authors. Returns whom.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn hold_answers(
        &self,
        pen: &Pen<'_>,
        ticket: &Ticket,
        from: &Address,
        text: &str,
    ) -> Result<Vec<Address>, StoreError> {
        let mut told: Vec<Address> = Vec::new();
        for (message, author) in pen.hold_answers(ticket.number)? {
            let detail = format!("message {message}: the customer wrote before it left");
            pen.event(ticket.number, "desk", "answer_held", &detail)?;
            for who in self.answerable_for(pen, ticket, &author)? {
                if !told.contains(&who) {
                    self.tell(pen, ticket, &who, Notification::AnswerHeld { from }, text)?;
                    told.push(who);
                }
            }
        }
        Ok(told)
    }
}
