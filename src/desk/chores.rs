//! What nobody's mail brings about: a snooze that is over, an answer that did not arrive, news that
//! were too many, an answer to a survey that is no robot's, a survey that nobody answered.
//!
//! What is due is asked of the database; changes are hints to ask.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{Desk, DeskError};
use crate::{
    clock,
    store::{Pen, Store, StoreError, View},
};

/// Another process may have made something due: how long until it is seen.
const GLANCE: Duration = Duration::from_secs(30);

/// Does what is due until asked to stop.
pub async fn run(desk: Arc<ArcSwap<Desk>>, store: Store, stop: CancellationToken) {
    let mut changes = store.changes();
    while !stop.is_cancelled() {
        changes.mark_unchanged();
        let now = clock::now();
        let pause = match store.read(move |view| next(view, now)).await {
            Ok(Some(at)) if at <= now => {
                let desk = desk.load_full();
                match store.write(move |pen| desk.do_chores(pen, now)).await {
                    Ok(()) => continue,
                    Err(error) => {
                        tracing::error!("doing what is due in tickets: {error}");
                        GLANCE
                    }
                }
            }
            Ok(Some(at)) => Duration::try_from(at - now).unwrap_or(GLANCE).min(GLANCE),
            Ok(None) => GLANCE,
            Err(error) => {
                tracing::error!("looking for what is due in tickets: {error}");
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

/// When there is something to do; `None` when nothing waits.
fn next(view: &View<'_>, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    if view.has_undelivered()? {
        return Ok(Some(now));
    }
    let times = [
        view.next_waking()?,
        view.next_held_back()?,
        view.next_to_follow()?,
        view.next_reminder()?,
    ];
    Ok(times.into_iter().flatten().min())
}

impl Desk {
    fn do_chores(&self, pen: &Pen<'_>, now: Timestamp) -> Result<(), DeskError> {
        self.wake(pen, now)?;
        self.tell_undelivered(pen)?;
        self.tell_held_back(pen, now)?;
        self.follow_ratings(pen, now)?;
        Ok(self.remind(pen, now)?)
    }
}
