//! What goes out by itself: acknowledgements, rules' replies, notifications.

use crate::{
    address::Address,
    compose::{Notification, Thread},
    desk::{Desk, News},
    message::{
        Message,
        authentication::{Verdict, is_marked_spam},
    },
    store::{OutboxKind, Pen, StoreError, Ticket},
    triage::{
        Triage,
        disposition::{Acknowledging, Decision, Knowledge, no_acknowledgement},
    },
};

pub(super) fn thread<'a>(desk: &Desk, ticket: &'a Ticket, message: &'a Message) -> Thread<'a> {
    Thread {
        ticket: ticket.number,
        subject: &ticket.subject,
        language: desk.language_of(ticket),
        in_reply_to: message.message_id.as_deref(),
        references: &message.references,
    }
}

/// The mail that came, and the one whose author is answered: another one where an agent passed it
/// on.
#[derive(Clone, Copy)]
pub(super) struct Asked<'m> {
    pub(super) came: &'m Message,
    pub(super) words: &'m Message,
    /// A desk that was lost may have answered it: it came before a restore.
    pub(super) is_of_lost_time: bool,
}

/// What goes out by itself for a new ticket: the acknowledgement or a rule's reply, and
/// notifications. A mail that cannot be composed must not keep the ticket from being filed.
pub(super) fn answer(
    pen: &Pen<'_>,
    desk: &Desk,
    asked: Asked<'_>,
    ticket: &Ticket,
    decision: &Decision,
    triage: &Triage,
    known: &Knowledge,
) -> Result<(), StoreError> {
    let to = &ticket.requester;
    let acknowledging = acknowledging(pen, desk, asked.came, to)?;
    let thread = thread(desk, ticket, asked.words);
    let refused = match asked.is_of_lost_time {
        true => Some(
            "it came before the desk was restored from a backup, and may have been answered then",
        ),
        false => no_acknowledgement(decision, triage, known, acknowledging),
    };
    match refused {
        None => {
            let what = (OutboxKind::Acknowledgement, "acknowledged");
            desk.send_automatic(pen, ticket, what, |stamp| {
                desk.composer.acknowledgement(&thread, to, stamp)
            })?;
        }
        Some(why) => pen.event(ticket.number, "desk", "not_acknowledged", why)?,
    }
    let is_first = !known.is_history && known.duplicate.is_none() && !asked.is_of_lost_time;
    let may_answer = !decision.kind.is_machine() && is_first && acknowledging.may_write();
    if may_answer {
        desk.answer_by_rule(pen, ticket, &thread, triage, to)?;
    }
    if known.is_history {
        return Ok(());
    }
    let new = Notification::NewTicket {
        from: to,
        priority: ticket.priority,
    };
    let assigned = Notification::Assigned { by: "desk" };
    let is_assigned = desk.config.notify.assigned && !ticket.assignee.is_empty();
    let news = News {
        what: if is_assigned { assigned } else { new },
        text: &asked.words.reply,
        by: &[&asked.came.from.address, &asked.words.from.address],
    };
    let told = desk.tell_news(pen, ticket, &news)?;
    let news = News {
        what: new,
        by: &[&to.address],
        ..news
    };
    desk.tell_named(pen, ticket, &triage.notify, &news, &told)?;
    Ok(())
}

pub(super) fn acknowledging(
    pen: &Pen<'_>,
    desk: &Desk,
    message: &Message,
    to: &Address,
) -> Result<Acknowledging, StoreError> {
    Ok(Acknowledging {
        is_enabled: desk.config.acknowledge.enabled,
        is_addressable: to.is_usable(),
        has_failed_dmarc: message.dmarc == Verdict::Fail,
        is_marked_spam: is_marked_spam(message),
        is_within_budget: desk.is_within_budget(pen, to)?,
        is_suppressed: pen.is_suppressed(to)?,
    })
}
