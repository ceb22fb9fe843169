//! Changes of a ticket and what follows from them.

use super::{Desk, DeskError};
use crate::{
    store::{Pen, Ticket, TicketChange},
    ticket::Status,
};

impl Desk {
    /// Changes a ticket. Closing it schedules the survey, opening it again takes it back; agents
    /// are told what concerns them. Returns the ticket as it is now.
    ///
    /// # Errors
    /// When there is no such ticket, or its assignee is not an agent.
    pub fn change(
        &self,
        pen: &Pen<'_>,
        number: i64,
        actor: &str,
        change: &TicketChange,
    ) -> Result<Ticket, DeskError> {
        let (before, after) = self.change_untold(pen, number, actor, change)?;
        self.tell_of_change(pen, actor, &before, &after)?;
        Ok(after)
    }

    /// As [`Desk::change`], where the caller tells the agents. Returns the ticket as it was and as
    /// it is now.
    ///
    /// # Errors
    /// As [`Desk::change`].
    pub fn change_untold(
        &self,
        pen: &Pen<'_>,
        number: i64,
        actor: &str,
        change: &TicketChange,
    ) -> Result<(Ticket, Ticket), DeskError> {
        let before = pen.change_ticket(number, actor, change)?;
        let after = pen.ticket(number)?;
        match (before.status, after.status) {
            (Status::Open | Status::Pending, Status::Closed) => {
                self.schedule_survey(pen, &after)?;
            }
            (Status::Closed, Status::Open | Status::Pending) => {
                pen.cancel_surveys(number, "reopened")?;
            }
            _ => {}
        }
        Ok((before, after))
    }
}
