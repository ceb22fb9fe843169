//! What agents are told by mail.

use super::headline::one_line;
use crate::address::Address;

/// What an agent is told.
#[derive(Clone, Copy, Debug)]
pub enum Notification<'a> {
    /// A ticket was opened by this person.
    NewTicket {
        /// Who wrote.
        from: &'a Address,
    },
    /// This person added to a ticket.
    NewAnswer {
        /// Who wrote.
        from: &'a Address,
    },
    /// A mail about the ticket did not reach this person.
    DeliveryFailed {
        /// Whom it was for.
        recipient: &'a Address,
        /// What the mail server said.
        reason: &'a str,
    },
    /// The agent's own mail was filed as a note and not sent on.
    NotSent {
        /// Why.
        reason: &'a str,
    },
    /// The customer rated the ticket.
    Rated {
        /// Who rated.
        from: &'a Address,
        /// 1 to 5; 5 is best.
        score: u8,
    },
}

impl Notification<'_> {
    /// The word of the event, the person it is about, and a reason or score: what the template
    /// speaks of.
    pub(super) fn words(&self) -> (&'static str, String, String) {
        match *self {
            Notification::NewTicket { from } => ("new_ticket", person(from), String::new()),
            Notification::NewAnswer { from } => ("new_answer", person(from), String::new()),
            Notification::DeliveryFailed { recipient, reason } => {
                ("delivery_failed", person(recipient), one_line(reason, 500))
            }
            Notification::NotSent { reason } => ("not_sent", String::new(), one_line(reason, 500)),
            Notification::Rated { from, score } => ("rated", person(from), score.to_string()),
        }
    }
}

fn person(address: &Address) -> String {
    let name = one_line(&address.name, 80);
    let spec = one_line(&address.address, 254);
    if name.is_empty() {
        spec
    } else {
        format!("{name} <{spec}>")
    }
}
