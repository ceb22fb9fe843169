//! A rating as rules see it: a score, and a comment in the place of a mail.

use super::Facts;
use crate::{
    address::Address,
    language::Language,
    message::{Kind, Message},
    ticket::TicketFacts,
};

/// The answer to a survey.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// 1 to 5; 5 is best.
    pub score: u8,
    /// What the customer added; may be empty.
    pub comment: &'a str,
}

/// A comment in the place of a mail: new words of whoever was asked, in the language of the survey.
pub fn comment_as_mail(comment: &str, from: &Address, language: Option<Language>) -> Message {
    Message {
        from: from.clone(),
        language,
        reply: comment.to_owned(),
        text: comment.to_owned(),
        ..Message::default()
    }
}

impl<'a> Facts<'a> {
    /// What is known by the rating alone: a customer with nothing before it, on a Wednesday at noon.
    /// `comment` is what [`comment_as_mail`] made.
    pub fn of_rating(
        score: u8,
        comment: &'a Message,
        mailbox: &'a str,
        ticket: &'a TicketFacts,
    ) -> Self {
        Self {
            message: comment,
            kind: Kind::Customer,
            mailbox,
            ticket: Some(ticket),
            rating: Some(Given {
                score,
                comment: &comment.reply,
            }),
            customer_tickets_30d: 0,
            customer_open_tickets: 0,
            customer_failures_7d: 0,
            customer_tags: &[],
            customers_1h: &[],
            hour: 12,
            weekday: 3,
        }
    }
}
