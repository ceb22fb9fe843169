//! Why a mail went where it went, in one plain sentence.

use serde::{Deserialize, de::IntoDeserializer};

use super::disposition::{Decision, Disposition, Reason};

impl Decision {
    /// Why, in one sentence for people.
    pub fn sentence(&self) -> String {
        sentence(
            self.disposition,
            self.reason,
            &self.kind_reason,
            self.ticket,
        )
    }
}

/// The sentence of a stored mail, from the words that the store keeps; empty for what is no mail
/// that came in, or was not filed yet.
pub fn of_words(disposition: &str, reason: &str, detail: &str, ticket: Option<i64>) -> String {
    // mails that were there before `start`: noted, never fetched
    if reason == "before_start" {
        return "It is not taken in, since it was in the mailbox before the desk was to start."
            .to_owned();
    }
    if reason == "dropped" {
        return format!("It was dropped from quarantine ({detail}).");
    }
    match (read(disposition), read(reason)) {
        (Some(disposition), Some(reason)) => sentence(disposition, reason, detail, ticket),
        _ => String::new(),
    }
}

fn read<'w, T: Deserialize<'w>>(word: &'w str) -> Option<T> {
    let word: serde::de::value::StrDeserializer<'w, serde::de::value::Error> =
        word.into_deserializer();
    T::deserialize(word).ok()
}

/// `detail` is what showed the kind of the mail, such as `Auto-Submitted: auto-replied`.
fn sentence(disposition: Disposition, reason: Reason, detail: &str, ticket: Option<i64>) -> String {
    let number = |without: &str| match ticket {
        Some(ticket) => format!("ticket #{ticket}"),
        None => without.to_owned(),
    };
    let place = match disposition {
        Disposition::OpenTicket => format!("It opens {}", number("a new ticket")),
        Disposition::Append => format!("It joins {}", number("a ticket")),
        Disposition::Note => format!("It is a note of {}", number("a ticket")),
        Disposition::Ignore => match ticket {
            Some(ticket) => format!("It is set aside, seen with ticket #{ticket}"),
            None => "It is filed without a ticket".to_owned(),
        },
        Disposition::Quarantine => "It is put into quarantine".to_owned(),
        Disposition::Bounce => format!("It is a report in {}", number("no ticket")),
    };
    // of the others the reason says it all
    let is_telling = matches!(
        reason,
        Reason::AutoReply
            | Reason::AutoReplyToTicket
            | Reason::RuleOpens
            | Reason::ListMail
            | Reason::BounceOfOurMail
            | Reason::BounceOfForeignMail
            | Reason::FeedbackReport
            | Reason::RuleQuarantines
            | Reason::Unreadable
    );
    let detail = match detail {
        detail if is_telling && !detail.is_empty() => format!(" ({detail})"),
        _ => String::new(),
    };
    format!("{place}, since {}{detail}.", because(reason))
}

fn because(reason: Reason) -> &'static str {
    match reason {
        Reason::NewMail => "nothing in it points to a ticket",
        Reason::ReplyToken => "it came to the reply address of the ticket",
        Reason::AnswersOurMail => "it answers a mail that we sent",
        Reason::AnswersMailOfTicket => "it answers a mail of the ticket",
        Reason::SubjectTag => "its subject names the ticket and its sender takes part in it",
        Reason::StrangerPointsToTicket => "it points to a ticket that its sender takes no part in",
        Reason::ContinuesHistory => "the ticket that it points to is history",
        Reason::ContinuesClosed => {
            "the ticket that it points to was closed too long ago to open again"
        }
        Reason::AgentMail => "an agent wrote it",
        Reason::AnsweredOutside => "an agent answered the customer with it outside the desk",
        Reason::AgentAnswer => "an agent answers or orders with it",
        Reason::ForwardedByAgent => "an agent passes a customer's mail on with it",
        Reason::ForwardedMailOfTicket => "an agent passes on a mail that the ticket holds already",
        Reason::SurveyAnswer => "it answers the survey of the ticket",
        Reason::NpsAnswer => "it answers whether they would recommend us",
        Reason::NpsRefused => "it says that they do not want to be asked for NPS",
        Reason::AutoReplyToTicket => "a machine wrote it in answer to the ticket",
        Reason::AutoReply => "a machine wrote it and it answers no mail of ours",
        Reason::RuleOpens => "a machine wrote it and a rule lets it open one",
        Reason::BounceOfOurMail => "it tells what became of a mail of ours",
        Reason::BounceOfForeignMail => "it tells of a mail that came back and is not ours",
        Reason::FeedbackReport => "it tells that somebody marked a mail as spam",
        Reason::ListMail => "it is list or bulk mail",
        Reason::OwnAddress => "it is from the desk's own address",
        Reason::OurMailCameBack => "it is a mail that the desk itself sent",
        Reason::CopyForTeam => "another team has this mail already, and it came to this one too",
        Reason::Duplicate => "we hold this mail already",
        Reason::RuleIgnores => "a rule ignores it",
        Reason::RuleQuarantines => "a rule puts it aside",
        Reason::History => "it was in the mailbox before the desk came",
        Reason::Unreadable => "reading or filing it failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Kind;

    #[test]
    fn a_stored_mail_says_the_same_as_the_decision_about_it() {
        let decision = Decision {
            kind: Kind::AutoReply,
            kind_reason: "Auto-Submitted: auto-replied".to_owned(),
            disposition: Disposition::Note,
            reason: Reason::AutoReplyToTicket,
            ticket: Some(7),
            ..Decision::default()
        };
        let said = decision.sentence();
        assert_eq!(
            said,
            "It is a note of ticket #7, since a machine wrote it in answer to the ticket \
             (Auto-Submitted: auto-replied)."
        );
        let (disposition, reason) = (decision.disposition.word(), decision.reason.word());
        let stored = of_words(disposition, reason, &decision.kind_reason, Some(7));
        assert_eq!(stored, said);
    }

    #[test]
    fn what_is_no_mail_has_no_sentence() {
        assert_eq!(of_words("", "", "", Some(1)), "");
        assert_eq!(of_words("note", "a_word_of_tomorrow", "", None), "");
        assert!(of_words("ignore", "before_start", "", None).contains("before"));
        assert_eq!(
            of_words("open_ticket", "new_mail", "", None),
            "It opens a new ticket, since nothing in it points to a ticket."
        );
    }
}
