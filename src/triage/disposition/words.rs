//! Where mails go and why, by the words that the database and the commands have for it.

use serde::{Deserialize, Serialize};

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
