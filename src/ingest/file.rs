//! TX 2 of a mail: message, ticket, events, outbox rows and disposition, all or nothing.

use super::{
    agent,
    answer::{Asked, acknowledging, answer, thread},
    forward, history, judge, knowledge, nps, returned,
};
use crate::{
    address::Address,
    clock,
    compose::Notification,
    desk::{Desk, DeskError, News, say_rules},
    message::{Message, authentication::Verdict, digest::content_digest, subject::base},
    store::{AnsweredBy, Filed, NewTicket, Pen, Rating, StoreError, Ticket, TicketChange, Waiting},
    ticket::Status,
    triage::{
        Triage,
        disposition::{Decision, Disposition, Forward, Reason, STRANGER_TAG},
    },
};
use knowledge::{Known, others, requester};

/// What was done with a mail.
pub(super) struct Done {
    pub(super) decision: Decision,
    pub(super) ticket: Option<i64>,
    pub(super) opened: Option<&'static str>,
    pub(super) rated: Option<u8>,
}

pub(super) fn file(
    pen: &Pen<'_>,
    desk: &Desk,
    waiting: &Waiting,
    message: &Message,
) -> Result<Done, StoreError> {
    let digest = content_digest(&waiting.bytes);
    let history_at = history::came_at(waiting, message);
    let came = knowledge::Came {
        row: waiting.id,
        mailbox: &waiting.mailbox,
        history_at,
    };
    let mut gathered = knowledge::gather(pen, desk, message, &digest, came)?;
    gathered.known.is_released = waiting.released;
    let (decision, triage) = judge(
        desk,
        message,
        gathered.taken_over(),
        &waiting.mailbox,
        history_at.unwrap_or(waiting.arrived_at),
        &gathered.known,
        &gathered.past,
    );
    let mut filed = Filed {
        kind: decision.kind.word().to_owned(),
        disposition: decision.disposition.word().to_owned(),
        reason: decision.reason.word().to_owned(),
        detail: decision.kind_reason.clone(),
        content_digest: Some(digest),
        came_for: gathered.known.came_for(&decision),
        history_at,
        ..describe(message)
    };
    if let Some(answer) = history::written_by_us(desk, message, &gathered.known, &decision) {
        return history::file(
            pen,
            desk,
            waiting,
            message,
            (answer, decision, triage),
            filed,
        );
    }
    let is_of_lost_time = pen.restored_since(waiting.arrived_at)?.is_some();
    let mut done = Done {
        decision,
        ticket: None,
        opened: None,
        rated: None,
    };
    match done.decision.disposition {
        Disposition::OpenTicket => {
            let taken = gathered.taken_over();
            let words = taken.map_or(message, |taken| &taken.mail);
            let who = requester(desk, words);
            let ticket = open(pen, desk, waiting, words, (&done.decision, &triage), who)?;
            filed.ticket = Some(ticket.number);
            done.opened = Some(ticket.priority.word());
            let why_not = gathered.known.forward.and_then(Forward::why_not);
            filed.defects.extend(why_not.map(str::to_owned));
            match taken {
                Some(taken) => forward::take_over(pen, waiting, &mut filed, taken)?,
                None => {
                    settle(pen, waiting, &filed)?;
                    // what was written long ago says nothing of the address today
                    if !waiting.history {
                        pen.unsuppress(&message.from, false)?;
                    }
                }
            }
            if let Some(why) = why_not {
                pen.event(ticket.number, "desk", "not_taken_over", why)?;
            }
            say_rules(pen, ticket.number, &triage)?;
            let decision = Decision {
                kind: taken.map_or(done.decision.kind, |taken| taken.mail.kind),
                ..done.decision.clone()
            };
            let asked = Asked {
                came: message,
                words,
                is_of_lost_time,
            };
            let known = &gathered.known;
            answer(pen, desk, asked, &ticket, &decision, &triage, known)?;
        }
        Disposition::Append => {
            filed.ticket = done.decision.ticket;
            settle(pen, waiting, &filed)?;
            if let Some(number) = done.decision.ticket {
                if waiting.history {
                    history::append(pen, desk, message, number)?;
                } else {
                    let is_first = gathered.known.duplicate.is_none() && !is_of_lost_time;
                    append(
                        pen,
                        desk,
                        message,
                        number,
                        &done.decision,
                        &triage,
                        is_first,
                    )?;
                }
            }
        }
        Disposition::Note => {
            filed.ticket = done.decision.ticket;
            if agent::file(pen, desk, waiting, message, &mut filed, &gathered)? {
                done.ticket = filed.ticket;
                return Ok(done);
            }
            if let Some(held) = gathered.held() {
                filed.reply = held.note_words();
            }
            settle(pen, waiting, &filed)?;
            if gathered.held().is_some() {
                pen.make_note(waiting.id)?;
            }
            match done.decision.ticket.filter(|_| waiting.history) {
                Some(number) => pen.event(number, "desk", "noted", Reason::History.word())?,
                None => done.rated = note(pen, desk, message, &done.decision, &gathered)?,
            }
        }
        Disposition::Bounce => {
            filed.ticket = done.decision.ticket;
            settle(pen, waiting, &filed)?;
            match done.decision.ticket.filter(|_| waiting.history) {
                Some(number) => pen.event(number, "desk", "noted", Reason::History.word())?,
                None if waiting.history => {}
                None => returned::tell_bounce(pen, message, &done.decision, &gathered.returned)?,
            }
        }
        Disposition::Ignore => {
            settle(pen, waiting, &filed)?;
            nps::follow(pen, desk, message, done.decision.reason, &gathered)?;
        }
        Disposition::Quarantine => {
            settle(pen, waiting, &filed)?;
            let rule = triage.matched.iter().map(|matched| matched.rule.as_str());
            let detail = rule.collect::<Vec<_>>().join(", ");
            pen.quarantine(waiting.id, done.decision.reason.word(), &detail)?;
        }
    }
    done.ticket = filed.ticket;
    Ok(done)
}

pub(super) fn settle(pen: &Pen<'_>, waiting: &Waiting, filed: &Filed) -> Result<(), StoreError> {
    pen.settle(waiting.id, filed)
}

/// What a mail says; not yet what becomes of it.
pub(super) fn describe(message: &Message) -> Filed {
    let mut references = message.references.clone();
    for id in &message.in_reply_to {
        if !references.contains(id) {
            references.push(id.clone());
        }
    }
    Filed {
        message_id: message.message_id.clone().unwrap_or_default(),
        author: message.from.clone(),
        subject: message.subject.clone(),
        text: message.text.clone(),
        reply: message.reply.clone(),
        attachments: message.attachments.clone(),
        defects: message.defects.clone(),
        references,
        ..Filed::default()
    }
}

pub(super) fn open(
    pen: &Pen<'_>,
    desk: &Desk,
    waiting: &Waiting,
    message: &Message,
    (decision, triage): (&Decision, &Triage),
    requester: Address,
) -> Result<Ticket, StoreError> {
    // whom a forwarded mail went to is not for the desk to write to; a stranger is answered alone
    let others = match decision.reason {
        Reason::ForwardedByAgent | Reason::StrangerPointsToTicket => Vec::new(),
        _ => others(desk, message, &requester),
    };
    let mailbox = desk
        .config
        .mailboxes
        .iter()
        .find(|mailbox| mailbox.name == waiting.mailbox);
    let mut tags = triage.tags.clone();
    if decision.reason == Reason::StrangerPointsToTicket {
        tags.push(STRANGER_TAG.to_owned());
    }
    let (status, opened_at) = match history::came_at(waiting, message) {
        Some(at) => (Status::Closed, at),
        None => (triage.status.unwrap_or_default(), clock::now()),
    };
    // the number of the ticket that it continues is not its own
    let subject = match decision.linked_to {
        Some(_) => base(&message.subject),
        None => message.subject.clone(),
    };
    let number = pen.open_ticket(&NewTicket {
        subject,
        status,
        priority: triage.priority.unwrap_or_default(),
        category: triage.category.clone().unwrap_or_default(),
        tags,
        mailbox: waiting.mailbox.clone(),
        group: triage
            .group
            .clone()
            .or_else(|| mailbox.map(|mailbox| mailbox.group.clone()))
            .unwrap_or_default(),
        // nobody is given work that is done, and nobody's turn comes later for it
        assignee: match waiting.history {
            true => String::new(),
            false => desk.assignee_by_rule(pen, triage)?,
        },
        requester,
        others,
        language: message
            .language
            .map(|language| language.code().to_owned())
            .unwrap_or_default(),
        linked_to: decision.linked_to,
        history: waiting.history,
        opened_at,
    })?;
    pen.event(number, "desk", "opened", decision.reason.word())?;
    if let Some(other) = decision.linked_to {
        pen.event(number, "desk", "linked", &format!("to #{other}"))?;
        pen.event(other, "desk", "linked", &format!("#{number} points here"))?;
    }
    pen.ticket(number)
}

fn append(
    pen: &Pen<'_>,
    desk: &Desk,
    message: &Message,
    number: i64,
    decision: &Decision,
    triage: &Triage,
    is_first: bool,
) -> Result<(), StoreError> {
    let ticket = pen.ticket(number)?;
    pen.unsuppress(&message.from, true)?;
    // a forged mail must not let its author in
    if message.dmarc != Verdict::Fail {
        for other in others(desk, message, &ticket.requester) {
            pen.add_participant(number, &other)?;
        }
    }
    pen.event(number, "customer", "answered", decision.reason.word())?;
    say_rules(pen, number, triage)?;
    // what a customer writes is owed an answer, unless a rule says otherwise
    let change = TicketChange {
        status: Some(triage.status.unwrap_or(Status::Open)),
        priority: triage
            .priority
            .filter(|priority| *priority > ticket.priority),
        category: triage
            .category
            .clone()
            .filter(|_| ticket.category.is_empty()),
        group: triage.group.clone(),
        assignee: Some(desk.assignee_by_rule(pen, triage)?).filter(|agent| !agent.is_empty()),
        tags: triage.tags.clone(),
        untags: triage.untags.clone(),
    };
    let (before, after) = match desk.change_untold(pen, number, "desk", &change) {
        Ok(both) => both,
        Err(DeskError::Store(error)) => return Err(error),
        Err(error) => {
            pen.event(number, "desk", "not_composed", &error.to_string())?;
            (ticket.clone(), pen.ticket(number)?)
        }
    };
    let thread = thread(desk, &ticket, message);
    // the ticket's words are for those in it, wherever a mail wants its answer sent
    let wanted = requester(desk, message);
    let takes_part = |who: &Address| who.is_same(&wanted.address);
    let is_inside = pen.participants(number)?.iter().any(takes_part);
    let to = if is_inside { &wanted } else { &message.from };
    if is_first && acknowledging(pen, desk, message, to)?.may_write() {
        desk.answer_by_rule(pen, &ticket, &thread, triage, to)?;
    }
    let mut told = desk.hold_answers(pen, &after, &message.from, &message.reply)?;
    let new = Notification::NewAnswer {
        from: &message.from,
        priority: after.priority,
    };
    let is_assigned = desk.config.notify.assigned
        && before.assignee != after.assignee
        && !after.assignee.is_empty();
    let assigned = Notification::Assigned { by: "desk" };
    let mut by = vec![message.from.address.as_str()];
    by.extend(told.iter().map(|who| who.address.as_str()));
    let news = News {
        what: if is_assigned { assigned } else { new },
        text: &message.reply,
        by: &by,
    };
    let also = desk.tell_news(pen, &after, &news)?;
    told.extend(also);
    let news = News {
        what: new,
        text: &message.reply,
        by: &[&message.from.address],
    };
    desk.tell_named(pen, &after, &triage.notify, &news, &told)?;
    Ok(())
}

/// Returns the score when it is an answer to a survey.
fn note(
    pen: &Pen<'_>,
    desk: &Desk,
    message: &Message,
    decision: &Decision,
    gathered: &Known,
) -> Result<Option<u8>, StoreError> {
    let Some(number) = decision.ticket else {
        return Ok(None);
    };
    match &gathered.rating {
        Some(rating) if decision.reason == Reason::SurveyAnswer => {
            let rated = Rating {
                score: rating.score,
                about: String::new(),
                comment: rating.comment.clone(),
                via: AnsweredBy::Mail,
            };
            let is_new = desk.rate(pen, rating.survey, &rated)?;
            Ok(is_new.then_some(rated.score))
        }
        _ if decision.reason == Reason::FeedbackReport => {
            returned::tell_complaint(pen, message, number, &gathered.returned)?;
            Ok(None)
        }
        _ => {
            pen.event(number, "desk", "noted", decision.reason.word())?;
            Ok(None)
        }
    }
}
