//! The mails that a desk sends, one method each: here what answers a customer.

mod asking;
mod telling;

use jiff::Timestamp;
use minijinja::Value;

use super::{
    Desk, Outgoing, addresses,
    facts::Common,
    file::File,
    headline::{answer_subject, bare_subject, has_link, one_line},
    message_id,
    mime::{self, Automatic, BuildError, Draft, Unsubscribe},
    templates::{Bodies, Templates},
};
use crate::{
    address::Address,
    language::Language,
    token::{Purpose, Signer},
};

/// Writes a desk's mail.
#[derive(Clone)]
pub struct Composer {
    desk: Desk,
    signer: Signer,
    templates: Templates,
}

/// When, and a name that no other mail has.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// The time of Date.
    pub at: Timestamp,
    /// [`crate::token::random_name`].
    pub unique: String,
}

/// The conversation that a mail belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Thread<'a> {
    /// The ticket's number.
    pub ticket: i64,
    /// Its subject as the customer wrote it.
    pub subject: &'a str,
    /// The customer's language.
    pub language: Language,
    /// The Message-ID that is answered, without brackets.
    pub in_reply_to: Option<&'a str>,
    /// The ids before that one, oldest first, without brackets.
    pub references: &'a [String],
}

impl Thread<'static> {
    /// Of a mail that belongs to no ticket.
    fn of_no_ticket(language: Language) -> Self {
        Self {
            ticket: 0,
            subject: "",
            language,
            in_reply_to: None,
            references: &[],
        }
    }
}

/// What an agent answers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reply<'a> {
    /// The name that the customer sees; may be empty.
    pub agent_name: &'a str,
    /// The words.
    pub text: &'a str,
    /// What goes along.
    pub files: &'a [File],
}

/// Why a mail could not be composed.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// A rule names a reply that does not exist.
    #[error(
        "there is no reply template \"{0}\": write LANGUAGE/replies/{0}.txt into the templates' directory"
    )]
    UnknownTemplate(String),
    /// A template failed on real data.
    #[error("rendering the template \"{name}\": {cause}")]
    Template {
        /// The mail it is for.
        name: String,
        /// What the template engine says.
        cause: minijinja::Error,
    },
    /// An address or header cannot be written.
    #[error("composing a mail about #{ticket}: {cause}")]
    Build {
        /// The ticket.
        ticket: i64,
        /// What is wrong; addresses are masked.
        cause: String,
    },
}

/// The parts in which the mails differ.
struct Plan<'a> {
    thread: &'a Thread<'a>,
    from: Address,
    to: &'a Address,
    cc: &'a [Address],
    reply_to: Address,
    subject: String,
    automatic: Automatic,
    language: Language,
    files: &'a [File],
    unsubscribe: Option<Unsubscribe>,
    /// What our own id is made of, beside the ticket; an agent's token goes into it.
    agent: Option<&'a str>,
}

impl Composer {
    /// A composer for a desk.
    pub fn new(desk: Desk, signer: Signer, templates: Templates) -> Self {
        Self {
            desk,
            signer,
            templates,
        }
    }

    /// The templates, for pages.
    pub fn templates(&self) -> &Templates {
        &self.templates
    }

    /// "We have it": holds no word of the incoming mail but its subject, so that it is worthless
    /// to those who send mail in other people's names.
    ///
    /// # Errors
    /// When `to` cannot be written to, or a template fails.
    pub fn acknowledgement(
        &self,
        thread: &Thread<'_>,
        to: &Address,
        stamp: &Stamp,
    ) -> Result<Outgoing, ComposeError> {
        let facts = self.facts(thread, |common| common.value());
        let bodies = self.bodies(thread.language, "acknowledgement", facts)?;
        self.automatic_answer(thread, to, bodies, stamp)
    }

    /// The answer that a rule gives (`reply = "template"`).
    ///
    /// # Errors
    /// When there is no such template, `to` cannot be written to, or the template fails.
    pub fn templated(
        &self,
        thread: &Thread<'_>,
        template: &str,
        to: &Address,
        stamp: &Stamp,
    ) -> Result<Outgoing, ComposeError> {
        let facts = self.facts(thread, |common| common.value());
        let languages = [thread.language, self.desk.language];
        let bodies = self
            .templates
            .reply(languages, template, facts)
            .ok_or_else(|| ComposeError::UnknownTemplate(template.to_owned()))?
            .map_err(|cause| template_error(template, cause))?;
        self.automatic_answer(thread, to, bodies, stamp)
    }

    /// An agent's answer: one mail a recipient, all of the same bytes and Message-ID, so that
    /// everyone sees who else got it. Answers to it come back under `to`'s token.
    ///
    /// # Errors
    /// When one of the addresses cannot be written to, or a template fails.
    pub fn reply(
        &self,
        thread: &Thread<'_>,
        to: &Address,
        cc: &[Address],
        reply: &Reply<'_>,
        stamp: &Stamp,
    ) -> Result<Vec<Outgoing>, ComposeError> {
        let agent_name = reply.agent_name;
        let facts = self.facts(thread, |common| {
            common.reply(agent_name, reply.text.trim_end())
        });
        let bodies = self.bodies(thread.language, "reply", facts)?;
        let cc: Vec<Address> = distinct(to, cc);
        let from = match one_line(agent_name, 60).as_str() {
            "" => self.from(),
            agent => Address::new(format!("{agent} ({})", self.desk.name), self.from().address),
        };
        let plan = Plan {
            from,
            cc: &cc,
            automatic: Automatic::No,
            files: reply.files,
            ..self.plan(thread, to, Purpose::Reply, thread.ticket)
        };
        let first = self.finish(plan, bodies, stamp)?;
        let recipients = [to].into_iter().chain(&cc);
        Ok(recipients
            .map(|recipient| Outgoing {
                envelope_from: self.bounce_address(thread, recipient),
                recipient: recipient.clone(),
                ..first.clone()
            })
            .collect())
    }

    fn id_for_agent(&self, ticket: i64, unique: &str, agent: &str) -> String {
        let domain = self.desk.address.domain();
        message_id::make_for_agent(&self.signer, ticket, unique, domain, agent)
    }

    fn automatic_answer(
        &self,
        thread: &Thread<'_>,
        to: &Address,
        bodies: Bodies,
        stamp: &Stamp,
    ) -> Result<Outgoing, ComposeError> {
        let nameless = Address::new("", to.address.clone());
        let to = if has_link(&to.name) { &nameless } else { to };
        let mut plan = Plan {
            automatic: Automatic::Replied,
            ..self.plan(thread, to, Purpose::Reply, thread.ticket)
        };
        if has_link(thread.subject) {
            plan.subject = answer_subject(thread.ticket, "");
        }
        self.finish(plan, bodies, stamp)
    }

    /// What most mails share: from the desk, made by an event, answers to a token of `to`.
    fn plan<'a>(
        &self,
        thread: &'a Thread<'a>,
        to: &'a Address,
        purpose: Purpose,
        id: i64,
    ) -> Plan<'a> {
        Plan {
            thread,
            from: self.from(),
            to,
            cc: &[],
            reply_to: addresses::signed(&self.desk, &self.signer, purpose, id, &to.address),
            subject: answer_subject(thread.ticket, thread.subject),
            automatic: Automatic::Generated,
            language: thread.language,
            files: &[],
            unsubscribe: None,
            agent: None,
        }
    }

    fn finish(
        &self,
        plan: Plan<'_>,
        bodies: Bodies,
        stamp: &Stamp,
    ) -> Result<Outgoing, ComposeError> {
        let thread = plan.thread;
        let domain = self.desk.address.domain();
        let unique = &stamp.unique;
        let message_id = match plan.agent {
            None => message_id::make(&self.signer, thread.ticket, unique, domain),
            Some(agent) => self.id_for_agent(thread.ticket, unique, agent),
        };
        let draft = Draft {
            from: plan.from,
            to: plan.to,
            cc: plan.cc,
            reply_to: Address::new(self.desk.name.clone(), plan.reply_to.address),
            subject: &plan.subject,
            message_id: &message_id,
            in_reply_to: message_id::in_reply_to(thread.in_reply_to),
            references: message_id::references(thread.references, thread.in_reply_to, &message_id),
            at: stamp.at,
            automatic: plan.automatic,
            desk: &self.desk.address,
            language: plan.language,
            unsubscribe: plan.unsubscribe.as_ref(),
            unique: &stamp.unique,
            text: bodies.text,
            html: bodies.html,
            files: plan.files,
        };
        let bytes = mime::build(&draft).map_err(|cause: BuildError| ComposeError::Build {
            ticket: thread.ticket,
            cause: cause.to_string(),
        })?;
        Ok(Outgoing {
            message_id,
            envelope_from: String::new(),
            recipient: plan.to.clone(),
            subject: plan.subject,
            bytes,
        })
    }

    fn bodies(&self, language: Language, mail: &str, facts: Value) -> Result<Bodies, ComposeError> {
        self.templates
            .mail(language, mail, facts)
            .map_err(|cause| template_error(mail, cause))
    }

    fn facts(&self, thread: &Thread<'_>, make: impl FnOnce(&Common<'_>) -> Value) -> Value {
        make(&Common {
            desk_name: &self.desk.name,
            desk_address: &self.desk.address.address,
            ticket: thread.ticket,
            subject: &bare_subject(thread.ticket, thread.subject),
        })
    }

    fn from(&self) -> Address {
        Address::new(self.desk.name.clone(), self.desk.address.address.clone())
    }

    /// The outbox row is not known yet, so the token names the ticket and is bound to the
    /// recipient.
    fn bounce_address(&self, thread: &Thread<'_>, recipient: &Address) -> String {
        let party = &recipient.address;
        addresses::signed(
            &self.desk,
            &self.signer,
            Purpose::Bounce,
            thread.ticket,
            party,
        )
        .address
    }
}

/// `cc` without `to` and without repetition.
fn distinct(to: &Address, cc: &[Address]) -> Vec<Address> {
    let mut seen = vec![to.key()];
    cc.iter()
        .filter(|address| {
            let is_new = !seen.contains(&address.key());
            seen.push(address.key());
            is_new
        })
        .cloned()
        .collect()
}

fn template_error(name: &str, cause: minijinja::Error) -> ComposeError {
    ComposeError::Template {
        name: name.to_owned(),
        cause,
    }
}
