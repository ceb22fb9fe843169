//! What a rule looks at.

use jiff::civil::DateTime;

use super::Given;
use crate::{
    message::{Kind, Message},
    ticket::TicketFacts,
};

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The mail.
    pub message: &'a Message,
    /// Its kind as the desk sees it.
    pub kind: Kind,
    /// The name of the mailbox that it came into.
    pub mailbox: &'a str,
    /// The ticket that it belongs to; `None` for a new one.
    pub ticket: Option<&'a TicketFacts>,
    /// The answer to a survey; `message` then holds nothing but its comment and who gave it.
    pub rating: Option<Given<'a>>,
    /// What came before it.
    pub past: &'a Past,
    /// The hour of arrival in desk time, 0 to 23.
    pub hour: u8,
    /// The weekday of arrival in desk time: 1 Monday to 7 Sunday.
    pub weekday: u8,
}

/// What came before a mail, as rules ask for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Tickets that the sender opened in the last 30 days.
    pub tickets_30d: u64,
    /// Tickets of the sender that are open or pending.
    pub open_tickets: u64,
    /// Tickets of high or urgent priority that the sender opened in the last 7 days.
    pub failures_7d: u64,
    /// The tags that people gave the sender, or everybody of its domain.
    pub tags: Vec<String>,
    /// How many other customers opened tickets of a category in the last hour; at most 100.
    pub customers_1h: Vec<(String, u64)>,
}

static NOTHING: Past = Past {
    tickets_30d: 0,
    open_tickets: 0,
    failures_7d: 0,
    tags: Vec::new(),
    customers_1h: Vec::new(),
};

impl<'a> Facts<'a> {
    /// What is known by a mail alone: of a customer with nothing before it, on a Wednesday at noon.
    pub fn of_mail(message: &'a Message, kind: Kind, mailbox: &'a str) -> Self {
        Self {
            message,
            kind,
            mailbox,
            ticket: None,
            rating: None,
            past: &NOTHING,
            hour: 12,
            weekday: 3,
        }
    }

    /// What is known by the rating alone, in the same way. `comment` is what
    /// [`super::comment_as_mail`] made.
    pub fn of_rating(
        score: u8,
        comment: &'a Message,
        mailbox: &'a str,
        ticket: &'a TicketFacts,
    ) -> Self {
        Self {
            ticket: Some(ticket),
            rating: Some(Given {
                score,
                comment: &comment.reply,
            }),
            ..Self::of_mail(comment, Kind::Customer, mailbox)
        }
    }

    /// The same at another time, in desk time.
    pub fn at(self, local: DateTime) -> Self {
        Self {
            hour: local.hour().unsigned_abs(),
            weekday: local.weekday().to_monday_one_offset().unsigned_abs(),
            ..self
        }
    }
}
