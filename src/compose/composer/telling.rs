//! The mails that tell agents.

use super::{ComposeError, Composer, Plan, Stamp, Thread};
use crate::{
    address::Address,
    compose::{
        Outgoing, facts::Told, headline::tagged_subject, mime::Automatic,
        notification::Notification,
    },
    token::Purpose,
};

impl Composer {
    /// A mail to an agent, in the desk's language, with the agent's token as Reply-To and in its
    /// own id. `text` is what the customer wrote, or what the agent did, if anything; `answerable`
    /// says that the agent's answer will reach the customer.
    ///
    /// All mails about a ticket to one agent hang on one id that no mail has: they make one thread
    /// in the agent's mail program, and an answer names a token of ours whatever a relay did to
    /// Message-ID.
    ///
    /// # Errors
    /// When the agent cannot be written to, or a template fails.
    pub fn notification(
        &self,
        thread: &Thread<'_>,
        to_agent: &Address,
        what: Notification<'_>,
        text: &str,
        answerable: bool,
        stamp: &Stamp,
    ) -> Result<Outgoing, ComposeError> {
        let (word, who, detail) = what.words();
        let facts = self.facts(thread, |common| {
            common.notification(&Told {
                what: word,
                who: &who,
                detail: &detail,
                text,
                answerable,
                rated: what.rated(),
            })
        });
        let bodies = self.bodies(self.desk.language, "notification", facts)?;
        let root = self.id_for_agent(thread.ticket, "root", &to_agent.address);
        let thread = Thread {
            in_reply_to: Some(&root),
            references: &[],
            ..*thread
        };
        let mut plan = self.plan(&thread, to_agent, Purpose::Agent, thread.ticket);
        plan.language = self.desk.language;
        plan.agent = Some(&to_agent.address);
        if what.answers_a_mail() {
            plan.automatic = Automatic::Replied;
        }
        if matches!(what, Notification::NewTicket { .. }) {
            plan.subject = tagged_subject(thread.ticket, thread.subject);
        }
        let mail = self.finish(plan, bodies, stamp)?;
        Ok(Outgoing {
            envelope_from: self.bounce_address(&thread, to_agent),
            ..mail
        })
    }

    /// Tells an agent that so many tickets wait of which no notification was sent. It belongs to no
    /// ticket and carries no token: an answer to it goes to no customer.
    ///
    /// # Errors
    /// When the agent cannot be written to, or a template fails.
    pub fn held_back(
        &self,
        to_agent: &Address,
        tickets: u64,
        stamp: &Stamp,
    ) -> Result<Outgoing, ComposeError> {
        let language = self.desk.language;
        let thread = Thread::of_no_ticket(language);
        let (word, who, detail) = Notification::HeldBack { tickets }.words();
        let facts = self.facts(&thread, |common| {
            common.notification(&Told {
                what: word,
                who: &who,
                detail: &detail,
                text: "",
                answerable: false,
                rated: None,
            })
        });
        let bodies = self.bodies(language, "notification", facts)?;
        let plan = Plan {
            reply_to: self.from(),
            subject: self.templates.strings(language).get("held_back").to_owned(),
            ..self.plan(&thread, to_agent, Purpose::Agent, thread.ticket)
        };
        self.finish(plan, bodies, stamp)
    }
}
