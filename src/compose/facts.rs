//! What each template may speak of. One place builds it for real mail and for the samples that
//! templates are tried out with, so that the two cannot drift apart.

use minijinja::{Value, context};

use super::{conversation::Conversation, nps_mail::Links, survey_mail::Answer};

/// What every mail and page knows.
pub(super) struct Common<'a> {
    pub desk_name: &'a str,
    pub desk_address: &'a str,
    pub ticket: i64,
    pub subject: &'a str,
}

/// What a mail to an agent says.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    pub what: &'a str,
    pub who: &'a str,
    pub detail: &'a str,
    pub text: &'a str,
    pub answerable: bool,
    pub rated: Option<(&'a str, &'a Conversation)>,
}

impl Common<'_> {
    /// An acknowledgement, and the replies of rules.
    pub(super) fn value(&self) -> Value {
        let desk = context! { name => self.desk_name, address => self.desk_address };
        context! { desk, ticket => self.ticket, subject => self.subject }
    }

    /// An agent's answer.
    pub(super) fn reply(&self, agent: &str, text: &str) -> Value {
        context! { agent, text, ..self.value() }
    }

    /// A survey; `answers` are best first.
    pub(super) fn survey(&self, agent: &str, answers: &[Answer]) -> Value {
        let answers: Value = answers.iter().map(answer).collect();
        context! { agent, answers, ..self.value() }
    }

    /// A question for NPS; `targets` are from 0 to 10. It is of no ticket.
    pub(super) fn nps(&self, links: &Links) -> Value {
        let desk = context! { name => self.desk_name, address => self.desk_address };
        let target = |(score, url): &(u8, String)| context! { score, url };
        let targets: Value = links.targets.iter().map(target).collect();
        context! { desk, targets, stop => &links.stop }
    }

    /// A mail to an agent; `what` is the word of the event, `who` the person it is about,
    /// `detail` a reason, a priority, a command or a score; `answerable` says that an answer
    /// reaches the customer. Of a rating, `about` says what it is about, and `thread` holds the
    /// messages of the ticket, of which `left_out` after the first are not there.
    pub(super) fn notification(&self, told: &Told<'_>) -> Value {
        let Told {
            what,
            who,
            detail,
            text,
            answerable,
            rated,
        } = *told;
        let (about, conversation) = rated.unzip();
        let about = about.unwrap_or_default();
        let (thread, left_out) = conversation.unwrap_or(&Conversation::EMPTY).values();
        context! {
            what, who, detail, text, answerable, about, thread, left_out, ..self.value()
        }
    }
}

fn answer(answer: &Answer) -> Value {
    context! { score => answer.score, word => &answer.word, url => &answer.url }
}
