//! Tickets that come back when their time is over.

use jiff::Timestamp;

use super::{Desk, DeskError, News};
use crate::{
    compose::Notification,
    store::{Pen, TicketChange},
    ticket::Status,
};

/// Tickets woken in one transaction.
const BATCH: usize = 50;

impl Desk {
    /// Puts a ticket to sleep: it is pending until then, and open again.
    ///
    /// # Errors
    /// When there is no such ticket.
    pub fn snooze(
        &self,
        pen: &Pen<'_>,
        number: i64,
        until: Timestamp,
        actor: &str,
    ) -> Result<(), DeskError> {
        let change = TicketChange {
            status: Some(Status::Pending),
            ..TicketChange::default()
        };
        self.change(pen, number, actor, &change)?;
        Ok(pen.snooze(number, until, actor)?)
    }

    /// Opens the tickets whose time is over, and tells their agents. Returns how many.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn wake(&self, pen: &Pen<'_>, now: Timestamp) -> Result<usize, DeskError> {
        let numbers = pen.woken(now, BATCH)?;
        for number in &numbers {
            let change = TicketChange {
                status: Some(Status::Open),
                ..TicketChange::default()
            };
            let ticket = self.change(pen, *number, "desk", &change)?;
            pen.event(*number, "desk", "woken", "the snooze is over")?;
            let text = pen.last_words(*number)?;
            let news = News {
                what: Notification::Woken,
                text: &text,
                by: &[],
            };
            self.tell_news(pen, &ticket, &news)?;
        }
        Ok(numbers.len())
    }
}
