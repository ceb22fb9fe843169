//! Tickets that come back when their time is over.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{Desk, DeskError, News};
use crate::{
    clock,
    compose::Notification,
    store::{Pen, Store, TicketChange},
    ticket::Status,
};

/// Another process may have put a ticket to sleep: how long until it is seen.
const GLANCE: Duration = Duration::from_secs(30);
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

/// Wakes tickets until asked to stop.
pub async fn run(desk: Arc<ArcSwap<Desk>>, store: Store, stop: CancellationToken) {
    let mut changes = store.changes();
    while !stop.is_cancelled() {
        changes.mark_unchanged();
        let now = clock::now();
        let pause = match store.read(|view| view.next_waking()).await {
            Ok(Some(at)) if at <= now => {
                let desk = desk.load_full();
                match store.write(move |pen| desk.wake(pen, now)).await {
                    Ok(_) => continue,
                    Err(error) => {
                        tracing::error!("waking snoozed tickets: {error}");
                        GLANCE
                    }
                }
            }
            Ok(Some(at)) => Duration::try_from(at - now).unwrap_or(GLANCE).min(GLANCE),
            Ok(None) => GLANCE,
            Err(error) => {
                tracing::error!("looking for snoozed tickets: {error}");
                GLANCE
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
            changed = changes.changed() => if changed.is_err() { return },
        }
    }
}
