//! Mail from before the desk: closed tickets with their own dates, and what the desk and its agents
//! wrote to customers stands in them as their answers. Nothing is sent or suppressed for it.

use jiff::Timestamp;

use super::{
    file::{Done, open, settle},
    knowledge::outsiders,
};
use crate::{
    clock,
    desk::Desk,
    message::{Kind, Message},
    store::{Filed, Pen, StoreError, Waiting},
    triage::{
        Triage,
        disposition::{Decision, Disposition, Knowledge, Reason},
    },
};

/// When a mail came, if that was before the desk: what its own trace says, since a mailbox that was
/// moved has new dates.
pub(super) fn came_at(waiting: &Waiting, message: &Message) -> Option<Timestamp> {
    let at = message.came_at().unwrap_or(waiting.arrived_at);
    waiting.history.then(|| at.min(clock::now()))
}

/// Where an old mail of the desk or an agent to somebody outside goes: a ticket, or a new one.
pub(super) struct Written {
    ticket: Option<i64>,
}

/// Whether an old mail is one that the desk or an agent wrote to somebody outside. What we hold
/// already, what rules put aside, and what a machine of the desk wrote unasked, is not.
pub(super) fn written_by_us(
    desk: &Desk,
    message: &Message,
    known: &Knowledge,
    decision: &Decision,
) -> Option<Written> {
    let is_ours = known.is_history && matches!(decision.kind, Kind::Own | Kind::Agent);
    let is_open = matches!(
        decision.reason,
        Reason::OwnAddress
            | Reason::AgentMail
            | Reason::AnsweredOutside
            | Reason::History
            | Reason::StrangerPointsToTicket
            | Reason::AnswersMailOfTicket
            | Reason::AnswersOurMail
    );
    if !is_ours || !is_open || outsiders(desk, message).is_empty() {
        return None;
    }
    let ticket = known.target.as_ref().map(|target| target.ticket.number);
    // the kind as the mail itself shows it: a newsletter of the desk's begins no conversation
    let is_begun = ticket.is_some() || message.kind == Kind::Customer;
    is_begun.then_some(Written { ticket })
}

/// Files it as an answer.
pub(super) fn file(
    pen: &Pen<'_>,
    desk: &Desk,
    waiting: &Waiting,
    message: &Message,
    (written, mut decision, triage): (Written, Decision, Triage),
    mut filed: Filed,
) -> Result<Done, StoreError> {
    let people = outsiders(desk, message);
    decision.reason = Reason::History;
    decision.linked_to = None;
    let mut opened = None;
    let number = match (written.ticket, people.first()) {
        (None, Some(first)) => {
            decision.disposition = Disposition::OpenTicket;
            let judged = (&decision, &triage);
            let ticket = open(pen, desk, waiting, message, judged, first.clone())?;
            opened = Some(ticket.priority.word());
            ticket.number
        }
        (ticket, _) => {
            decision.disposition = Disposition::Append;
            ticket.unwrap_or_default()
        }
    };
    decision.ticket = Some(number);
    filed.ticket = Some(number);
    filed.disposition = decision.disposition.word().to_owned();
    filed.reason = decision.reason.word().to_owned();
    settle(pen, waiting, &filed)?;
    let agent = desk.agent_of(&message.from);
    let agent = agent.map_or("", |agent| agent.address.address.as_str());
    pen.make_answer(waiting.id, number, agent)?;
    for who in &people {
        pen.add_participant(number, who)?;
    }
    let actor = if agent.is_empty() { "desk" } else { agent };
    pen.event(number, actor, "answered", Reason::History.word())?;
    Ok(Done {
        decision,
        ticket: Some(number),
        opened,
        rated: None,
    })
}

/// A customer's old mail in a ticket. Whom it names takes part, so that the answers to it join too.
pub(super) fn append(
    pen: &Pen<'_>,
    desk: &Desk,
    message: &Message,
    number: i64,
) -> Result<(), StoreError> {
    for who in outsiders(desk, message) {
        pen.add_participant(number, &who)?;
    }
    pen.event(number, "customer", "answered", Reason::History.word())
}
