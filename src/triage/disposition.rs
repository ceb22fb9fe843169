//! One decision about one mail, with its reason from a closed list. Pure: what the store knows
//! comes in as [`Knowledge`].

use serde::{Deserialize, Serialize};

use super::Triage;
use crate::{
    message::Kind,
    ticket::{Status, TicketFacts},
};

/// Where a mail goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// It opens a ticket.
    #[default]
    OpenTicket,
    /// It joins a ticket as the customer's words.
    Append,
    /// It joins a ticket and changes nothing.
    Note,
    /// It is filed without a ticket and can be looked up.
    Ignore,
    /// It is put aside for a person to look at.
    Quarantine,
    /// It tells of a mail of ours that came back.
    Bounce,
}

impl Disposition {
    /// The word of JSON, metrics and store.
    pub fn word(self) -> &'static str {
        match self {
            Disposition::OpenTicket => "open_ticket",
            Disposition::Append => "append",
            Disposition::Note => "note",
            Disposition::Ignore => "ignore",
            Disposition::Quarantine => "quarantine",
            Disposition::Bounce => "bounce",
        }
    }
}

/// Why a mail went where it went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A person writes for the first time about this.
    #[default]
    NewMail,
    /// It came to a reply address of the ticket.
    ReplyToken,
    /// It answers a mail that we sent.
    AnswersOurMail,
    /// It answers a mail of the ticket.
    AnswersMailOfTicket,
    /// Its subject names the ticket and its sender takes part in it.
    SubjectTag,
    /// It points to a ticket that its sender takes no part in: a new, linked one.
    StrangerPointsToTicket,
    /// It points to a ticket of before the desk: a new, linked one.
    ContinuesHistory,
    /// It points to a ticket that was closed too long ago to open again: a new, linked one.
    ContinuesClosed,
    /// An agent's mail, kept as a private note.
    AgentMail,
    /// An agent wrote to the customer directly, with the desk in copy: kept as a private note.
    AnsweredOutside,
    /// A proven agent's answer to a notification: what it says and orders is done.
    AgentAnswer,
    /// An agent passes on a customer's mail: the customer is the requester.
    ForwardedByAgent,
    /// An agent passes on a mail that a ticket holds already.
    ForwardedMailOfTicket,
    /// An answer to a survey.
    SurveyAnswer,
    /// An answer to a question for NPS.
    NpsAnswer,
    /// A customer does not want to be asked for NPS.
    NpsRefused,
    /// A machine answered a mail of a ticket.
    AutoReplyToTicket,
    /// A machine wrote, and no ticket is concerned.
    AutoReply,
    /// A rule lets this automatic mail open a ticket.
    RuleOpens,
    /// A mail of ours came back.
    BounceOfOurMail,
    /// A bounce of a mail that is not ours.
    BounceOfForeignMail,
    /// Somebody marked a mail of ours as spam.
    FeedbackReport,
    /// List or bulk mail.
    ListMail,
    /// Written from the desk's own address.
    OwnAddress,
    /// A mail that we sent came in.
    OurMailCameBack,
    /// We hold this mail already.
    Duplicate,
    /// Another team holds this mail already: a new ticket, linked to that team's.
    CopyForTeam,
    /// A rule ignores it.
    RuleIgnores,
    /// A rule puts it aside.
    RuleQuarantines,
    /// It was there before the desk came.
    History,
    /// Reading it failed in a way that must not happen.
    Unreadable,
}

impl Reason {
    /// The word of JSON and store.
    pub fn word(self) -> &'static str {
        match self {
            Reason::NewMail => "new_mail",
            Reason::ReplyToken => "reply_token",
            Reason::AnswersOurMail => "answers_our_mail",
            Reason::AnswersMailOfTicket => "answers_mail_of_ticket",
            Reason::SubjectTag => "subject_tag",
            Reason::StrangerPointsToTicket => "stranger_points_to_ticket",
            Reason::ContinuesHistory => "continues_history",
            Reason::ContinuesClosed => "continues_closed",
            Reason::AgentMail => "agent_mail",
            Reason::AnsweredOutside => "answered_outside",
            Reason::AgentAnswer => "agent_answer",
            Reason::ForwardedByAgent => "forwarded_by_agent",
            Reason::ForwardedMailOfTicket => "forwarded_mail_of_ticket",
            Reason::SurveyAnswer => "survey_answer",
            Reason::NpsAnswer => "nps_answer",
            Reason::NpsRefused => "nps_refused",
            Reason::AutoReplyToTicket => "auto_reply_to_ticket",
            Reason::AutoReply => "auto_reply",
            Reason::RuleOpens => "rule_opens",
            Reason::BounceOfOurMail => "bounce_of_our_mail",
            Reason::BounceOfForeignMail => "bounce_of_foreign_mail",
            Reason::FeedbackReport => "feedback_report",
            Reason::ListMail => "list_mail",
            Reason::OwnAddress => "own_address",
            Reason::OurMailCameBack => "our_mail_came_back",
            Reason::Duplicate => "duplicate",
            Reason::CopyForTeam => "copy_for_team",
            Reason::RuleIgnores => "rule_ignores",
            Reason::RuleQuarantines => "rule_quarantines",
            Reason::History => "history",
            Reason::Unreadable => "unreadable",
        }
    }
}

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
    fn is_news(&self, placed: (Disposition, Reason, Option<i64>), team: &str) -> bool {
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
