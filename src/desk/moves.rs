//! Tickets that become one, part again, or give messages away.

use super::Desk;
use crate::{
    store::{Pen, StoreError},
    ticket::Status,
};

/// A merge that was undone.
#[derive(Clone, Copy, Debug)]
pub struct Unmerged {
    /// The ticket that it had been merged into.
    pub from: i64,
    /// How many messages came back from there.
    pub messages: usize,
    /// Whose turn it is now.
    pub status: Status,
}

impl Desk {
    /// Merges a ticket into another. Returns the one that goes on.
    ///
    /// # Errors
    /// When one of them does not exist, or the merge would make a circle.
    pub fn merge(
        &self,
        pen: &Pen<'_>,
        number: i64,
        into: i64,
        actor: &str,
    ) -> Result<i64, StoreError> {
        if let Some(already) = pen.ticket(number)?.merged_into {
            return Err(StoreError::Refused(format!(
                "ticket {number} was merged into {already} already: merge that one"
            )));
        }
        pen.merge(number, into, actor)?;
        pen.cancel_surveys(number, "merged")?;
        pen.after_merges(number)
    }

    /// Undoes a merge: the ticket has the status of before again, or is open where a customer
    /// wrote to it since; what came for it comes back.
    ///
    /// # Errors
    /// When there is no such ticket, or it is not merged.
    pub fn unmerge(&self, pen: &Pen<'_>, number: i64, actor: &str) -> Result<Unmerged, StoreError> {
        let (from, messages, status) = pen.unmerge(number, actor)?;
        Ok(Unmerged {
            from,
            messages,
            status,
        })
    }

    /// Gives messages of a ticket to a new, linked one. Returns its number.
    ///
    /// # Errors
    /// As [`Pen::split`].
    pub fn split(
        &self,
        pen: &Pen<'_>,
        number: i64,
        messages: &[i64],
        actor: &str,
    ) -> Result<i64, StoreError> {
        pen.split(number, messages, actor)
    }
}
