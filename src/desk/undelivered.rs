//! Answers that did not arrive: the agent hears of it, and the ticket is owed an answer again.

use super::{Desk, DeskError};
use crate::{
    address::Address,
    compose::Notification,
    store::{Pen, StoreError, Ticket, TicketChange, Undelivered},
    ticket::Status,
};

/// Failures told in one transaction.
const BATCH: usize = 50;

impl Desk {
    /// Tells of the answers that failed for good, each recipient once: whoever wrote it, else those
    /// whom the ticket concerns. A ticket whose requester did not get it is open again. What the
    /// desk writes by itself (acknowledgements, surveys, notifications) is told to nobody when it
    /// fails. Returns how many.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn tell_undelivered(&self, pen: &Pen<'_>) -> Result<usize, DeskError> {
        let failures = pen.undelivered(BATCH)?;
        for failure in &failures {
            pen.told_undelivered(failure.row)?;
            match pen
                .after_merges(failure.ticket)
                .and_then(|number| pen.ticket(number))
            {
                Ok(ticket) => self.tell_failure(pen, &ticket, failure)?,
                Err(StoreError::NotFound(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(failures.len())
    }

    fn tell_failure(
        &self,
        pen: &Pen<'_>,
        ticket: &Ticket,
        failure: &Undelivered,
    ) -> Result<(), DeskError> {
        let participants = pen.participants(ticket.number)?;
        let recipient = participants
            .into_iter()
            .find(|who| who.is_same(&failure.recipient))
            .unwrap_or_else(|| Address::new("", failure.recipient.clone()));
        // somebody in copy may be gone for years
        let is_owed = ticket.requester.is_same(&recipient.address) && ticket.status != Status::Open;
        if is_owed {
            let change = TicketChange {
                status: Some(Status::Open),
                ..TicketChange::default()
            };
            self.change(pen, ticket.number, "desk", &change)?;
            let why = format!("the answer did not reach {}", recipient.address);
            pen.event(ticket.number, "desk", "reopened", &why)?;
        }
        let what = Notification::DeliveryFailed {
            recipient: &recipient,
            reason: &failure.error,
        };
        let ticket = pen.ticket(ticket.number)?;
        let told = self.answerable_for(pen, &ticket, &failure.author)?;
        if told.is_empty() {
            let why = "no agent of the ticket is told by mail";
            pen.event(ticket.number, "desk", "not_notified", why)?;
        }
        for who in told {
            self.tell(pen, &ticket, &who, what, &failure.text)?;
        }
        Ok(())
    }

    /// The author of an answer, where mail reaches them; else the agents of the ticket.
    pub(super) fn answerable_for(
        &self,
        pen: &Pen<'_>,
        ticket: &Ticket,
        author: &Address,
    ) -> Result<Vec<Address>, StoreError> {
        if let Some(agent) = self.agent_of(author).filter(|agent| agent.notify)
            && !pen.is_suppressed(&agent.address)?
        {
            return Ok(vec![agent.address.clone()]);
        }
        let others = self.concerned(ticket).into_iter();
        Ok(others
            .filter(|agent| agent.notify)
            .map(|agent| agent.address.clone())
            .collect())
    }
}
