//! An agent's mail into a ticket: what it may do, and what becomes of it.
//!
//! Powers need all three: an agent's address, that agent's token of that ticket, and a proof of the
//! address. A miss is filed as a note, and the agent is told at the address of the config.

mod files;
mod orders;
mod words;

use super::{
    answer::acknowledging,
    forward::{is_doubtful, is_proven},
    knowledge,
    knowledge::Known,
};
use crate::{
    address::Address,
    compose::{self, NotSent, Notification},
    desk::Desk,
    message::{Kind, Message, authentication::Verdict},
    store::{Filed, Pen, StoreError, View, Waiting},
    ticket::commands::Mistake,
    token::{Purpose, Signer},
    triage::disposition::{AgentMail, Target},
};

/// The agents whose tokens the mail carries, with the tickets: in an address that it was sent to,
/// else in the ids that it answers.
pub(super) fn tokens(desk: &Desk, message: &Message) -> Vec<(Address, i64)> {
    let in_addresses = knowledge::tokens(desk, message, &[], Purpose::Agent);
    let ids = message.in_reply_to.iter().chain(&message.references);
    let in_ids = ids
        .filter(|id| compose::own_ticket(&desk.signer, id).is_some())
        .filter_map(|id| compose::agent_token(id))
        .map(str::to_owned);
    let mut found: Vec<(Address, i64)> = Vec::new();
    for token in in_addresses.into_iter().chain(in_ids) {
        let Some(ticket) = Signer::claimed_id(&token) else {
            continue;
        };
        let agents = desk.config.agents.iter().map(|agent| &agent.address);
        for who in agents {
            let is_known = found.iter().any(|(a, t)| *t == ticket && a == who);
            if !is_known && desk.signer.verify(Purpose::Agent, &token, &who.address) {
                found.push((who.clone(), ticket));
            }
        }
    }
    found
}

/// Judges a mail that points to a ticket; `None` when it is a customer's or a machine's: agents ask
/// too, and are the customers of their own tickets. The address is the agent's of the config.
pub(super) fn judge(
    view: &View<'_>,
    desk: &Desk,
    message: &Message,
    target: &Target,
) -> Result<Option<(AgentMail, Address)>, StoreError> {
    if message.kind != Kind::Customer {
        return Ok(None);
    }
    let mut holders = Vec::new();
    for (who, ticket) in tokens(desk, message) {
        if view.after_merges(ticket)? == target.ticket.number {
            holders.push(who);
        }
    }
    let Some(agent) = desk.agent_of(&message.from) else {
        // a customer may answer everybody, an agent's token among them
        let stranger = !target.sender_takes_part;
        let holder = holders.into_iter().next().filter(|_| stranger);
        return Ok(holder.map(|who| (AgentMail::OtherAddress, who)));
    };
    let participants = view.participants(target.ticket.number)?;
    let asks = participants
        .iter()
        .any(|who| agent.address.is_same(&who.address));
    if holders.is_empty() && asks {
        return Ok(None);
    }
    let has_token = holders.contains(&agent.address);
    let mail = match (has_token, holders.is_empty()) {
        (true, _) if is_proven(desk, message) => AgentMail::Proven,
        (true, _) => AgentMail::Unproven,
        (false, true) if went_to_customer(desk, message, &participants) => AgentMail::Outside,
        (false, true) => AgentMail::NoToken,
        (false, false) => AgentMail::OthersToken,
    };
    Ok(Some((mail, agent.address.clone())))
}

/// Whether the customer got the mail directly, the desk being in copy; not where the mail may be
/// forged, lest a colleague believes that somebody answered.
fn went_to_customer(desk: &Desk, message: &Message, participants: &[Address]) -> bool {
    let mut heard = message.to.iter().chain(&message.cc);
    !is_doubtful(message)
        && heard.any(|who| {
            let is_customer = participants.iter().any(|one| one.is_same(&who.address));
            is_customer && !desk.is_own(who) && desk.agent_of(who).is_none()
        })
}

/// Files an agent's mail as a private note, and does what it orders where it may. Returns whether
/// it was such a mail.
pub(super) fn file(
    pen: &Pen<'_>,
    desk: &Desk,
    waiting: &Waiting,
    message: &Message,
    filed: &mut Filed,
    gathered: &Known,
) -> Result<bool, StoreError> {
    let (Some(mail), Some(who), Some(number)) =
        (gathered.known.agent, &gathered.agent, filed.ticket)
    else {
        return Ok(false);
    };
    if gathered.known.is_history || gathered.known.survey_of.is_some() {
        return Ok(false);
    }
    if mail != AgentMail::OtherAddress {
        pen.unsuppress(who, true)?;
    }
    let not_sent = match mail {
        AgentMail::Proven => {
            return obey(pen, desk, waiting, message, filed, who, number).map(|()| true);
        }
        AgentMail::Outside => {
            note(pen, waiting, filed)?;
            return answered_outside(pen, desk, message, who, number).map(|()| true);
        }
        AgentMail::NoToken => NotSent::NoToken,
        AgentMail::OthersToken => NotSent::OthersToken,
        AgentMail::Unproven => NotSent::Unproven,
        AgentMail::OtherAddress => NotSent::OtherAddress(&message.from),
    };
    note(pen, waiting, filed)?;
    let why = match mail {
        AgentMail::NoToken => "an agent's mail without a token: kept as a note",
        AgentMail::OthersToken => "an agent's mail with a colleague's token: kept as a note",
        AgentMail::OtherAddress => "an agent's token from another address: kept as a note",
        _ => match message.dmarc {
            Verdict::Fail => "the mail failed DMARC, so it is not the agent's: kept as a note",
            Verdict::Trouble => {
                "DNS gave no answer, so nothing proves that the mail is the agent's: kept as a note"
            }
            _ => "nothing proves that the mail is the agent's, see [trust]: kept as a note",
        },
    };
    pen.event(number, "desk", "not_sent", why)?;
    answer_agent(
        pen,
        desk,
        message,
        who,
        number,
        Notification::NotSent(not_sent),
        "",
    )?;
    Ok(true)
}

/// Says in the ticket that the customer was answered past the desk; to the agent it is said once a
/// ticket, since nothing is lost.
fn answered_outside(
    pen: &Pen<'_>,
    desk: &Desk,
    message: &Message,
    who: &Address,
    number: i64,
) -> Result<(), StoreError> {
    const WHAT: &str = "answered_outside";
    let events = pen.events(number)?;
    let is_told = events
        .iter()
        .any(|event| event.what == WHAT && who.is_same(&event.actor));
    let detail = "wrote to the customer directly, with the desk in copy: kept as a note";
    pen.event(number, &who.address, WHAT, detail)?;
    if is_told {
        return Ok(());
    }
    let what = Notification::AnsweredOutside;
    answer_agent(pen, desk, message, who, number, what, "")
}

fn obey(
    pen: &Pen<'_>,
    desk: &Desk,
    waiting: &Waiting,
    message: &Message,
    filed: &mut Filed,
    who: &Address,
    number: i64,
) -> Result<(), StoreError> {
    let carried_out = match pen.restored_since(waiting.arrived_at)? {
        Some(at) => Err(Refusal::Cannot(format!(
            "it came before the desk was restored from a backup ({}), and may have been done then: \
             look at the ticket, and send it again if it was not",
            at.strftime("%Y-%m-%d %H:%M UTC")
        ))),
        None => orders::carry_out(pen, desk, waiting, message, who, number)?,
    };
    match carried_out {
        Ok(shown) => {
            filed.reply = shown;
            note(pen, waiting, filed)
        }
        Err(refusal) => {
            note(pen, waiting, filed)?;
            pen.event(number, "desk", "not_done", &refusal.words())?;
            answer_agent(
                pen,
                desk,
                message,
                who,
                number,
                refusal.notification(),
                &words::own_words(message),
            )
        }
    }
}

fn note(pen: &Pen<'_>, waiting: &Waiting, filed: &Filed) -> Result<(), StoreError> {
    pen.settle(waiting.id, filed)?;
    pen.make_note(waiting.id)
}

/// Answers an agent's mail, within the budgets: somebody may write in the agent's name.
fn answer_agent(
    pen: &Pen<'_>,
    desk: &Desk,
    message: &Message,
    who: &Address,
    number: i64,
    what: Notification<'_>,
    text: &str,
) -> Result<(), StoreError> {
    if !acknowledging(pen, desk, message, who)?.is_within_budget {
        let why = "the budget of automatic mail is used up";
        return pen.event(number, "desk", "not_notified", why);
    }
    let ticket = pen.ticket(number)?;
    desk.tell(pen, &ticket, who, what, text)
}

/// Why nothing of an agent's mail was done.
enum Refusal {
    /// A command that is none.
    Mistake(Mistake),
    /// What cannot be done.
    Cannot(String),
}

impl Refusal {
    fn words(&self) -> String {
        match self {
            Refusal::Mistake(Mistake::Unknown(command)) => {
                format!("there is no command {command}")
            }
            Refusal::Mistake(Mistake::Argument(command)) => {
                format!("cannot be understood: {command}")
            }
            Refusal::Mistake(Mistake::Together(commands)) => {
                format!("do not go together: {commands}")
            }
            Refusal::Cannot(why) => why.clone(),
        }
    }

    fn notification(&self) -> Notification<'_> {
        match self {
            Refusal::Mistake(Mistake::Unknown(command)) => Notification::UnknownCommand { command },
            Refusal::Mistake(Mistake::Argument(command)) => Notification::BadCommand { command },
            Refusal::Mistake(Mistake::Together(commands)) => {
                Notification::CommandsTogether { commands }
            }
            Refusal::Cannot(reason) => Notification::Refused { reason },
        }
    }
}
