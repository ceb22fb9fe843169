//! What the store knows of a mail that is to be decided on.

use super::{Decision, Disposition, Reason};
use crate::ticket::TicketFacts;

/// What points from a mail to a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointer {
    /// A signed reply address.
    ReplyToken,
    /// In-Reply-To or References name a mail that we sent.
    OurMessageId,
    /// They name a mail that came in.
    TheirMessageId,
    /// `[#123]` in the subject.
    SubjectTag,
}

/// The ticket that a mail points to.
#[derive(Clone, Debug)]
pub struct Target {
    /// What points there.
    pub pointer: Pointer,
    /// The ticket that it names, where that one was merged into the other.
    pub came_for: Option<i64>,
    /// The ticket as it is.
    pub ticket: TicketFacts,
    /// Whether the sender takes part in it.
    pub sender_takes_part: bool,
    /// Whether it was imported from before the desk.
    pub is_history: bool,
    /// Whether it was closed longer ago than an answer may open it again.
    pub is_long_closed: bool,
}

impl Target {
    /// Why a person's mail does not join the ticket but opens a linked one; `None` when it joins.
    pub fn why_linked(&self) -> Option<Reason> {
        let reasons = [
            (!self.sender_takes_part, Reason::StrangerPointsToTicket),
            (self.is_history, Reason::ContinuesHistory),
            (self.is_long_closed, Reason::ContinuesClosed),
        ];
        reasons
            .iter()
            .find(|(holds, _)| *holds)
            .map(|(_, reason)| *reason)
    }
}

/// What an agent's mail into a ticket may do. Anybody can write an agent's address into From, and
/// anybody may come by a token: powers need both, and a proof of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentMail {
    /// All of it is there.
    Proven,
    /// It carries no token of this ticket.
    NoToken,
    /// Nor does this one, but the customer got it directly.
    Outside,
    /// It carries a token of another agent.
    OthersToken,
    /// Nothing proves that the address is the author's.
    Unproven,
    /// The agent's token, from an address that is neither an agent's nor a participant's.
    OtherAddress,
}

/// What a mail comes to in which an agent passes on another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forward {
    /// Its author becomes the requester, the agent's words a private note.
    TakenOver,
    /// Its author takes part in that ticket, which holds it already.
    Held(i64),
    /// Anybody can write an agent's address into From: a ticket in somebody else's name, who would
    /// be written to, needs more.
    Unproven,
    /// The author cannot be read from it.
    Nobody,
    /// It is from the desk itself or from an agent.
    FromUs,
}

impl Forward {
    /// Why the forwarder stays the requester; `None` when another one is found.
    pub fn why_not(self) -> Option<&'static str> {
        match self {
            Forward::TakenOver | Forward::Held(_) => None,
            Forward::Unproven => {
                Some("nothing proves that the forwarded mail comes from the agent: see [trust]")
            }
            Forward::Nobody => Some("no original sender found in the forwarded mail"),
            Forward::FromUs => Some("the forwarded mail is from the desk or from an agent"),
        }
    }
}

/// What a mail says that came to the address of a question for NPS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NpsMail {
    /// A number from 0 to 10.
    Answer,
    /// They do not want to be asked; a mail program may say so for them.
    Refusal,
}

/// Copies of a mail that came before it.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// The ticket that a copy went into, if one did.
    pub ticket: Option<i64>,
    /// Where copies came into other mailboxes alone: their tickets, each with its team and with
    /// that of the mailbox. Empty when this mailbox has one.
    pub elsewhere: Vec<(i64, String)>,
}

impl Held {
    /// Whether a copy is news to the team that it is for, although the mail is held: one ticket in
    /// each team that a mail was sent to, and never two in one.
    pub(super) fn is_news(&self, placed: (Disposition, Reason, Option<i64>), team: &str) -> bool {
        let is_held = !self.elsewhere.is_empty();
        is_held
            && match placed {
                (Disposition::OpenTicket, ..) => {
                    !self.elsewhere.iter().any(|(_, known)| known == team)
                }
                (Disposition::Append, _, Some(ticket)) => {
                    !self.elsewhere.iter().any(|(known, _)| *known == ticket)
                }
                _ => false,
            }
    }
}

/// What the desk and its store know that bears on a mail.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    /// The mail was at the source before the desk came.
    pub is_history: bool,
    /// A person let it out of quarantine.
    pub is_released: bool,
    /// The team of the mailbox that it came into; empty when that has none.
    pub team: String,
    /// We hold this mail already.
    pub duplicate: Option<Held>,
    /// Its Message-ID is one that we made.
    pub is_ours: bool,
    /// From is one of the desk's own addresses.
    pub is_from_own: bool,
    /// From is an agent's address.
    pub is_from_agent: bool,
    /// What it may do as an agent's mail into the ticket; `None` when it is none.
    pub agent: Option<AgentMail>,
    /// What the mail comes to that an agent passes on with it; `None` when it is not such a mail.
    pub forward: Option<Forward>,
    /// The ticket that it points to.
    pub target: Option<Target>,
    /// The ticket of the mail of ours that came back or was marked as spam.
    pub bounced: Option<Option<i64>>,
    /// The ticket of the survey that it answers.
    pub survey_of: Option<i64>,
    /// What it says to a question for NPS, if it is for one.
    pub nps: Option<NpsMail>,
}

impl Knowledge {
    /// Why a person's mail that points to a ticket opens a linked one; `None` when it joins it, or
    /// points to none. Old mail joins old tickets.
    pub fn why_linked(&self) -> Option<Reason> {
        let reason = self.target.as_ref()?.why_linked()?;
        let is_strangers = reason == Reason::StrangerPointsToTicket;
        (is_strangers || !self.is_history).then_some(reason)
    }

    /// The ticket that a mail was for which goes into the one that it was merged into.
    pub fn came_for(&self, decision: &Decision) -> Option<i64> {
        let target = self.target.as_ref()?;
        let goes_there = decision.ticket == Some(target.ticket.number);
        target.came_for.filter(|_| goes_there)
    }

    /// The ticket that a person's mail joins.
    pub fn joined(&self) -> Option<&Target> {
        self.target.as_ref().filter(|_| self.why_linked().is_none())
    }
}
