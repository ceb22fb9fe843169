//! One decision about one mail, with its reason from a closed list. Pure: what the store knows
//! comes in as [`Knowledge`].

mod knowledge;
mod words;

pub use self::{
    knowledge::{AgentMail, Forward, Held, Knowledge, NpsMail, Pointer, Target},
    words::{Disposition, Reason},
};
use super::Triage;
use crate::{message::Kind, ticket::Status};

/// What is to be done with a mail.
#[derive(Clone, Debug, Default)]
pub struct Decision {
    /// Its kind as the desk sees it.
    pub kind: Kind,
    /// What showed the kind; empty for a plain mail.
    pub kind_reason: String,
    /// Where it goes.
    pub disposition: Disposition,
    /// Why.
    pub reason: Reason,
    /// The ticket that it goes into; `None` for a new one or none.
    pub ticket: Option<i64>,
    /// The ticket that a new one continues or resembles.
    pub linked_to: Option<i64>,
    /// Whether it opens its ticket again.
    pub reopens: bool,
}

/// The tag of a ticket that a stranger's mail opened by pointing to another one.
pub const STRANGER_TAG: &str = "stranger";

/// The kind of a mail once the desk's own addresses are known.
pub fn kind(said: Kind, reason: &str, known: &Knowledge) -> (Kind, String) {
    if known.is_ours {
        (Kind::Loop, "its Message-ID is ours".to_owned())
    } else if known.is_from_own && !matches!(said, Kind::Bounce | Kind::FeedbackReport) {
        (Kind::Own, "it is from the desk's own address".to_owned())
    } else if known.is_from_agent && said == Kind::Customer {
        (Kind::Agent, "it is from an agent's address".to_owned())
    } else {
        (said, reason.to_owned())
    }
}

/// Decides where a mail goes. `kind` is what [`kind`] made of it.
pub fn decide((kind, kind_reason): (Kind, String), triage: &Triage, known: &Knowledge) -> Decision {
    let mut decision = Decision {
        kind,
        kind_reason,
        ..Decision::default()
    };
    let (disposition, reason, ticket) = place(kind, triage, known);
    decision.disposition = disposition;
    decision.reason = reason;
    decision.ticket = ticket;
    if disposition == Disposition::OpenTicket {
        let target = known.target.as_ref().map(|target| target.ticket.number);
        let held = known.duplicate.as_ref().and_then(|held| held.ticket);
        decision.linked_to = target.or(held);
    }
    decision.reopens = disposition == Disposition::Append
        && !known.is_history
        && triage.status.is_none_or(|status| status == Status::Open)
        && known
            .target
            .as_ref()
            .is_some_and(|target| target.ticket.status != Status::Open);
    decision
}

fn place(kind: Kind, triage: &Triage, known: &Knowledge) -> (Disposition, Reason, Option<i64>) {
    let placed = place_first(kind, triage, known);
    let Some(held) = &known.duplicate else {
        return placed;
    };
    let team = triage.group.as_ref().unwrap_or(&known.team);
    let is_news = kind == Kind::Customer && !known.is_history && held.is_news(placed, team);
    match placed {
        _ if !is_news => (Disposition::Ignore, Reason::Duplicate, held.ticket),
        (disposition, Reason::NewMail, ticket) => (disposition, Reason::CopyForTeam, ticket),
        _ => placed,
    }
}

/// Where a mail goes that we do not hold yet.
fn place_first(
    kind: Kind,
    triage: &Triage,
    known: &Knowledge,
) -> (Disposition, Reason, Option<i64>) {
    use Disposition::{Append, Bounce, Ignore, Note, OpenTicket, Quarantine};
    let target = known.target.as_ref();
    let number = target.map(|target| target.ticket.number);
    // anybody can write a number into a subject: of a machine it says nothing without its sender
    let pointed =
        target.filter(|target| target.sender_takes_part || target.pointer != Pointer::SubjectTag);
    let pointed = pointed.map(|target| target.ticket.number);
    // a machine's mail may open a ticket only where a rule says so in words
    let rule_opens = triage.status == Some(Status::Open) && !triage.matched.is_empty();
    match kind {
        Kind::Loop => return (Ignore, Reason::OurMailCameBack, None),
        Kind::Own => return (Ignore, Reason::OwnAddress, None),
        Kind::Bounce => {
            return match (known.bounced, pointed) {
                (Some(ticket), _) => (Bounce, Reason::BounceOfOurMail, ticket),
                (None, Some(ticket)) => (Bounce, Reason::BounceOfOurMail, Some(ticket)),
                (None, None) => (Ignore, Reason::BounceOfForeignMail, None),
            };
        }
        Kind::FeedbackReport => {
            let ticket = known.bounced.flatten().or(pointed);
            let disposition = if ticket.is_some() { Note } else { Ignore };
            return (disposition, Reason::FeedbackReport, ticket);
        }
        _ if known.nps == Some(NpsMail::Refusal) => return (Ignore, Reason::NpsRefused, None),
        Kind::AutoReply | Kind::List if pointed.is_some() => {
            return (Note, Reason::AutoReplyToTicket, pointed);
        }
        Kind::AutoReply | Kind::List if rule_opens => return (OpenTicket, Reason::RuleOpens, None),
        Kind::AutoReply => return (Ignore, Reason::AutoReply, None),
        Kind::List => return (Ignore, Reason::ListMail, None),
        Kind::Customer | Kind::Agent => {}
    }
    if let Some(ticket) = known.survey_of {
        return (Note, Reason::SurveyAnswer, Some(ticket));
    }
    if known.nps == Some(NpsMail::Answer) {
        return (Ignore, Reason::NpsAnswer, None);
    }
    // before the rules: they are about customers' words
    if let Some(ticket) = number.filter(|_| known.agent.is_some()) {
        let reason = match known.agent {
            Some(AgentMail::Proven) if !known.is_history => Reason::AgentAnswer,
            Some(AgentMail::Outside) => Reason::AnsweredOutside,
            _ => Reason::AgentMail,
        };
        return (Note, reason, Some(ticket));
    }
    if triage.quarantine && !known.is_released {
        return (Quarantine, Reason::RuleQuarantines, None);
    }
    if triage.ignore && !known.is_released {
        return (Ignore, Reason::RuleIgnores, None);
    }
    match known.forward.filter(|_| kind == Kind::Agent) {
        Some(Forward::TakenOver) => return (OpenTicket, Reason::ForwardedByAgent, None),
        Some(Forward::Held(ticket)) => {
            return (Note, Reason::ForwardedMailOfTicket, Some(ticket));
        }
        _ => {}
    }
    match target {
        None if known.is_history => (OpenTicket, Reason::History, None),
        None => (OpenTicket, Reason::NewMail, None),
        Some(target) => {
            if let Some(reason) = known.why_linked() {
                return (OpenTicket, reason, None);
            }
            let reason = match target.pointer {
                Pointer::ReplyToken => Reason::ReplyToken,
                Pointer::OurMessageId => Reason::AnswersOurMail,
                Pointer::TheirMessageId => Reason::AnswersMailOfTicket,
                Pointer::SubjectTag => Reason::SubjectTag,
            };
            (Append, reason, Some(target.ticket.number))
        }
    }
}

/// What bears on whether a new ticket is acknowledged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Acknowledging {
    /// `[acknowledge].enabled`.
    pub is_enabled: bool,
    /// There is an address to write to.
    pub is_addressable: bool,
    /// The mail is not from the domain that it names.
    pub has_failed_dmarc: bool,
    /// A spam filter marked it.
    pub is_marked_spam: bool,
    /// The budgets of automatic mail leave room.
    pub is_within_budget: bool,
    /// Mail to the address came back for good.
    pub is_suppressed: bool,
}

impl Acknowledging {
    /// Whether an automatic mail may go to the address at all, acknowledgement or not.
    pub fn may_write(self) -> bool {
        let is_suspicious = self.has_failed_dmarc || self.is_marked_spam;
        self.is_addressable && !is_suspicious && !self.is_suppressed && self.is_within_budget
    }
}

/// Why no acknowledgement goes out; `None` when one does.
pub fn no_acknowledgement(
    decision: &Decision,
    triage: &Triage,
    known: &Knowledge,
    desk: Acknowledging,
) -> Option<&'static str> {
    let reasons = [
        (
            decision.disposition != Disposition::OpenTicket,
            "it opens no ticket",
        ),
        (decision.kind.is_machine(), "a machine wrote it"),
        (known.is_history, "it is history"),
        (
            known.duplicate.is_some(),
            "the same mail was acknowledged in another team's ticket",
        ),
        (!desk.is_enabled, "[acknowledge] is off"),
        (triage.no_acknowledge, "a rule says no_acknowledge"),
        (triage.reply.is_some(), "a rule answers instead"),
        (!desk.is_addressable, "there is no address to write to"),
        (
            desk.has_failed_dmarc,
            "the sender failed DMARC: the mail is not from the domain that it names",
        ),
        (desk.is_marked_spam, "the mail is marked as spam"),
        (
            desk.is_suppressed,
            "mail to the address came back, or was marked as spam there",
        ),
        (
            !desk.is_within_budget,
            "the budget of automatic mail is used up",
        ),
    ];
    reasons
        .iter()
        .find(|(holds, _)| *holds)
        .map(|(_, why)| *why)
}

#[cfg(test)]
mod tests;
