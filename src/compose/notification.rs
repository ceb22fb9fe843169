//! What agents are told by mail.

use super::{conversation::Conversation, headline::one_line};
use crate::{address::Address, ticket::Priority};

/// What an agent is told.
#[derive(Clone, Copy, Debug)]
pub enum Notification<'a> {
    /// A ticket was opened by this person.
    NewTicket {
        /// Who wrote.
        from: &'a Address,
        /// How urgent it is.
        priority: Priority,
    },
    /// This person added to a ticket.
    NewAnswer {
        /// Who wrote.
        from: &'a Address,
        /// How urgent the ticket is.
        priority: Priority,
    },
    /// The ticket was handed to the agent.
    Assigned {
        /// Who did it: an agent's address, or `desk`.
        by: &'a str,
    },
    /// The ticket has become high or urgent.
    Raised {
        /// Who did it: an agent's address, or `desk`.
        by: &'a str,
        /// How urgent it is now.
        priority: Priority,
    },
    /// The ticket's `#snooze` is over.
    Woken,
    /// This person wrote before the agent's answer left: it is held.
    AnswerHeld {
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
    NotSent(NotSent<'a>),
    /// The agent wrote to the customer directly, with the desk in copy.
    AnsweredOutside,
    /// There is no such command: nothing was done.
    UnknownCommand {
        /// As it was written.
        command: &'a str,
    },
    /// The command needs something else: nothing was done.
    BadCommand {
        /// As it was written.
        command: &'a str,
    },
    /// The commands contradict each other: nothing was done.
    CommandsTogether {
        /// Which.
        commands: &'a str,
    },
    /// What the agent's mail asks for cannot be done: nothing was.
    Refused {
        /// Why.
        reason: &'a str,
    },
    /// Too much happened: so many tickets wait of which the agent was not told.
    HeldBack {
        /// How many.
        tickets: u64,
    },
    /// The customer rated the ticket.
    Rated {
        /// Who rated.
        from: &'a Address,
        /// 1 to 5; 5 is best.
        score: u8,
        /// What the rating is about: `agent`, `product`, `waiting`, or empty when not said.
        about: &'a str,
        /// What was said in the ticket.
        conversation: &'a Conversation,
    },
}

/// Why an agent's mail was filed as a note and not sent on.
#[derive(Clone, Copy, Debug)]
pub enum NotSent<'a> {
    /// It carries no token: it is no answer to a notification.
    NoToken,
    /// It answers a notification to somebody else.
    OthersToken,
    /// Nothing proves that it is the agent's.
    Unproven,
    /// It answers the agent's notification from another address.
    OtherAddress(&'a Address),
}

/// The words that templates know the events by.
pub(super) const WORDS: [&str; 18] = [
    "new_ticket",
    "new_answer",
    "assigned",
    "raised",
    "woken",
    "answer_held",
    "delivery_failed",
    "not_sent_no_token",
    "not_sent_others_token",
    "not_sent_unproven",
    "not_sent_other_address",
    "answered_outside",
    "unknown_command",
    "bad_command",
    "commands_together",
    "refused",
    "held_back",
    "rated",
];

impl Notification<'_> {
    /// The word of the event, the person it is about, and a reason, priority or score: what the
    /// template speaks of.
    pub(super) fn words(&self) -> (&'static str, String, String) {
        let nobody = String::new;
        match *self {
            Notification::NewTicket { from, priority } => {
                ("new_ticket", person(from), pressing(priority))
            }
            Notification::NewAnswer { from, priority } => {
                ("new_answer", person(from), pressing(priority))
            }
            Notification::Assigned { by } => ("assigned", one_line(by, 254), String::new()),
            Notification::Raised { by, priority } => {
                ("raised", one_line(by, 254), priority.word().to_owned())
            }
            Notification::Woken => ("woken", nobody(), String::new()),
            Notification::AnswerHeld { from } => ("answer_held", person(from), String::new()),
            Notification::DeliveryFailed { recipient, reason } => {
                ("delivery_failed", person(recipient), one_line(reason, 500))
            }
            Notification::NotSent(NotSent::NoToken) => {
                ("not_sent_no_token", nobody(), String::new())
            }
            Notification::NotSent(NotSent::OthersToken) => {
                ("not_sent_others_token", nobody(), String::new())
            }
            Notification::NotSent(NotSent::Unproven) => {
                ("not_sent_unproven", nobody(), String::new())
            }
            Notification::NotSent(NotSent::OtherAddress(from)) => {
                ("not_sent_other_address", person(from), String::new())
            }
            Notification::AnsweredOutside => ("answered_outside", nobody(), String::new()),
            Notification::UnknownCommand { command } => {
                ("unknown_command", nobody(), one_line(command, 120))
            }
            Notification::BadCommand { command } => {
                ("bad_command", nobody(), one_line(command, 120))
            }
            Notification::CommandsTogether { commands } => {
                ("commands_together", nobody(), one_line(commands, 120))
            }
            Notification::Refused { reason } => ("refused", nobody(), one_line(reason, 500)),
            Notification::HeldBack { tickets } => ("held_back", nobody(), tickets.to_string()),
            Notification::Rated { from, score, .. } => ("rated", person(from), score.to_string()),
        }
    }

    /// What a rating is about, and the conversation that was rated; nothing for all else.
    pub(super) fn rated(&self) -> Option<(&str, &Conversation)> {
        match self {
            Notification::Rated {
                about,
                conversation,
                ..
            } => Some((about, conversation)),
            _ => None,
        }
    }

    /// Whether it answers a mail of the agent (RFC 3834 section 5: `auto-replied`).
    pub fn answers_a_mail(&self) -> bool {
        matches!(
            self,
            Notification::NotSent(_)
                | Notification::AnsweredOutside
                | Notification::UnknownCommand { .. }
                | Notification::BadCommand { .. }
                | Notification::CommandsTogether { .. }
                | Notification::Refused { .. }
        )
    }
}

/// The word of a priority that must not wait; empty for the others.
fn pressing(priority: Priority) -> String {
    if priority >= Priority::High {
        priority.word().to_owned()
    } else {
        String::new()
    }
}

/// A name and an address on one line.
pub(super) fn person(address: &Address) -> String {
    let name = one_line(&address.name, 80);
    let spec = one_line(&address.address, 254);
    if name.is_empty() {
        spec
    } else {
        format!("{name} <{spec}>")
    }
}
