//! A ceiling on what an agent is told by mail: a flood must not bury the agents too.

use jiff::Timestamp;

use super::{Desk, DeskError, outbox_row, stamp};
use crate::{
    address::Address,
    clock,
    store::{NewOutbox, OutboxKind, Pen, StoreError, Ticket},
    ticket::Priority,
};

impl Desk {
    /// Whether an agent may be told of a ticket now; else the ticket says why not, and the agent
    /// hears once an hour how many tickets wait. What is high or urgent has twice the room: an
    /// outage must come through a flood.
    pub(super) fn is_told_now(
        &self,
        pen: &Pen<'_>,
        ticket: &Ticket,
        who: &Address,
    ) -> Result<bool, StoreError> {
        let now = clock::now();
        let limit = u64::from(self.config.limits.notifications_per_agent_per_hour);
        let times = if ticket.priority >= Priority::High {
            2
        } else {
            1
        };
        if pen.notifications(who, now)? < limit * times {
            return Ok(true);
        }
        let why = format!(
            "{} got {limit} notifications or more within an hour, see [limits]",
            who.address
        );
        pen.event(ticket.number, "desk", "not_notified", &why)?;
        if limit > 0 {
            pen.hold_back(who, ticket.number, now)?;
        }
        Ok(false)
    }

    /// Tells the agents of whom notifications were kept back, each once an hour, how many tickets
    /// wait.
    pub(super) fn tell_held_back(&self, pen: &Pen<'_>, now: Timestamp) -> Result<(), DeskError> {
        for (who, tickets) in pen.held_back(now)? {
            pen.told_held_back(&who, now)?;
            if tickets == 0 || pen.is_suppressed(&who)? {
                continue;
            }
            match self.composer.held_back(&who, tickets, &stamp()?) {
                Ok(mail) => {
                    pen.enqueue(&NewOutbox {
                        ticket: None,
                        ..outbox_row(OutboxKind::Notification, 0, mail)
                    })?;
                }
                // no ticket is there to say it
                Err(error) => tracing::error!("telling what is held back: {error}"),
            }
        }
        Ok(())
    }
}
