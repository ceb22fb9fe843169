//! What goes out by itself: acknowledgements, rules' replies, notifications.

use crate::{
    address::Address,
    clock,
    compose::{ComposeError, Notification, Outgoing, Stamp, Thread},
    config::Role,
    desk::{Desk, DeskError, MANAGERS, News, outbox_row, stamp},
    message::{
        Message,
        authentication::{Verdict, is_marked_spam},
    },
    store::{NewOutbox, OutboxKind, Pen, StoreError, Ticket},
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
            let mail = compose_stamped(|stamp| desk.composer.acknowledgement(&thread, to, stamp));
            send(
                pen,
                ticket,
                OutboxKind::Acknowledgement,
                "acknowledged",
                mail,
            )?;
        }
        Some(why) => pen.event(ticket.number, "desk", "not_acknowledged", why)?,
    }
    let is_first = !known.is_history && known.duplicate.is_none() && !asked.is_of_lost_time;
    let may_answer = !decision.kind.is_machine() && is_first && acknowledging.may_write();
    if may_answer {
        answer_by_rule(pen, desk, ticket, &thread, triage, to)?;
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
    notify(pen, desk, ticket, triage, &told, new, &asked.words.reply)
}

/// The template that a rule answers with, if one does.
pub(super) fn answer_by_rule(
    pen: &Pen<'_>,
    desk: &Desk,
    ticket: &Ticket,
    thread: &Thread<'_>,
    triage: &Triage,
    to: &Address,
) -> Result<(), StoreError> {
    let Some(template) = &triage.reply else {
        return Ok(());
    };
    let mail = compose_stamped(|stamp| desk.composer.templated(thread, template, to, stamp));
    send(pen, ticket, OutboxKind::Auto, "answered_by_rule", mail)
}

pub(super) fn acknowledging(
    pen: &Pen<'_>,
    desk: &Desk,
    message: &Message,
    to: &Address,
) -> Result<Acknowledging, StoreError> {
    let (limits, sent) = (&desk.config.limits, pen.automatic(to, clock::now())?);
    Ok(Acknowledging {
        is_enabled: desk.config.acknowledge.enabled,
        is_addressable: to.is_usable(),
        has_failed_dmarc: message.dmarc == Verdict::Fail,
        is_marked_spam: is_marked_spam(message),
        is_within_budget: sent.address_hour < u64::from(limits.automatic_per_address_per_hour)
            && sent.address_day < u64::from(limits.automatic_per_address_per_day)
            && (sent.is_known || sent.domain_hour < limits.of_domain(&to.organisation()))
            && sent.desk_hour < u64::from(limits.automatic_per_desk_per_hour),
        is_suppressed: pen.is_suppressed(to)?,
    })
}

/// Tells whom a rule names (addresses, agents, groups) and nobody told yet.
pub(super) fn notify(
    pen: &Pen<'_>,
    desk: &Desk,
    ticket: &Ticket,
    triage: &Triage,
    told: &[Address],
    what: Notification<'_>,
    text: &str,
) -> Result<(), StoreError> {
    let author = match what {
        Notification::NewTicket { from, .. } | Notification::NewAnswer { from, .. } => {
            &from.address
        }
        _ => "",
    };
    let mut told: Vec<Address> = told.to_vec();
    for wanted in &triage.notify {
        let of_group = desk.config.agents.iter().filter(|agent| {
            let is_manager = wanted == MANAGERS && agent.role == Role::Manager;
            is_manager || agent.groups.contains(wanted)
        });
        let named = desk.agent_named(wanted).into_iter().chain(of_group);
        let agents: Vec<Address> = named.map(|agent| agent.address.clone()).collect();
        let outside = if agents.is_empty() {
            Address::parse(wanted)
        } else {
            None
        };
        for who in agents.into_iter().chain(outside) {
            let is_told = told.iter().any(|known| known.is_same(&who.address));
            // nobody is told of a mail of their own: their machine might answer that too
            if !is_told && !desk.is_own(&who) && !who.is_same(author) {
                desk.tell(pen, ticket, &who, what, text)?;
                told.push(who);
            }
        }
    }
    Ok(())
}

fn compose_stamped(
    compose: impl FnOnce(&Stamp) -> Result<Outgoing, ComposeError>,
) -> Result<Outgoing, DeskError> {
    Ok(compose(&stamp()?)?)
}

/// Puts a composed mail into the outbox, or notes in the ticket why there is none.
fn send(
    pen: &Pen<'_>,
    ticket: &Ticket,
    kind: OutboxKind,
    what: &str,
    mail: Result<Outgoing, DeskError>,
) -> Result<(), StoreError> {
    match mail {
        Ok(mail) => {
            let row: NewOutbox = outbox_row(kind, ticket.number, mail);
            let id = pen.enqueue(&row)?;
            pen.event(ticket.number, "desk", what, &format!("outbox {id}"))
        }
        Err(DeskError::Store(error)) => Err(error),
        Err(error) => pen.event(ticket.number, "desk", "not_composed", &error.to_string()),
    }
}
