//! The mails that ask: for satisfaction with a ticket, and whether a customer would recommend us.

use super::{ComposeError, Composer, Plan, Stamp, Thread};
use crate::{
    address::Address,
    compose::{
        Outgoing,
        headline::{has_link, one_line},
        nps_mail, survey_mail,
    },
    language::Language,
    token::Purpose,
};

impl Composer {
    /// One question, five answers. `to` must be the address that the survey's row holds: the
    /// token is bound to it.
    ///
    /// # Errors
    /// When `to` cannot be written to, or a template fails.
    pub fn survey(
        &self,
        thread: &Thread<'_>,
        to: &Address,
        survey_id: i64,
        agent_name: &str,
        stamp: &Stamp,
    ) -> Result<Outgoing, ComposeError> {
        self.asking("survey", thread, to, survey_id, agent_name, stamp)
    }

    /// The same once more, with the same links, for those who have not answered: `thread` answers
    /// the mail of [`Composer::survey`].
    ///
    /// # Errors
    /// As there.
    pub fn survey_reminder(
        &self,
        thread: &Thread<'_>,
        to: &Address,
        survey_id: i64,
        agent_name: &str,
        stamp: &Stamp,
    ) -> Result<Outgoing, ComposeError> {
        self.asking("reminder", thread, to, survey_id, agent_name, stamp)
    }

    fn asking(
        &self,
        template: &str,
        thread: &Thread<'_>,
        to: &Address,
        survey_id: i64,
        agent_name: &str,
        stamp: &Stamp,
    ) -> Result<Outgoing, ComposeError> {
        let strings = self.templates.strings(thread.language);
        let answers = survey_mail::answers(&self.desk, &self.signer, &strings, survey_id, to);
        let agent = one_line(agent_name, 60);
        let facts = self.facts(thread, |common| common.survey(&agent, &answers));
        let bodies = self.bodies(thread.language, template, facts)?;
        let plan = self.plan(thread, to, Purpose::Survey, survey_id);
        let mail = self.finish(plan, bodies, stamp)?;
        Ok(Outgoing {
            envelope_from: self.bounce_address(thread, to),
            ..mail
        })
    }

    /// One question, eleven answers, of no ticket. `to` must be the address that the question's row
    /// holds: the token is bound to it. Bounces come back to it as answers do.
    ///
    /// # Errors
    /// When `to` cannot be written to, or a template fails.
    pub fn nps(
        &self,
        to: &Address,
        question: i64,
        language: Language,
        stamp: &Stamp,
    ) -> Result<Outgoing, ComposeError> {
        let thread = Thread::of_no_ticket(language);
        let nameless = Address::new("", to.address.clone());
        let to = if has_link(&to.name) { &nameless } else { to };
        let links = nps_mail::links(&self.desk, &self.signer, question, to);
        let facts = self.facts(&thread, |common| common.nps(&links));
        let bodies = self.bodies(language, "nps", facts)?;
        let plan = Plan {
            subject: self
                .templates
                .strings(language)
                .get("nps_subject")
                .to_owned(),
            unsubscribe: Some(links.unsubscribe),
            ..self.plan(&thread, to, Purpose::Nps, question)
        };
        let envelope_from = plan.reply_to.address.clone();
        let mail = self.finish(plan, bodies, stamp)?;
        Ok(Outgoing {
            envelope_from,
            ..mail
        })
    }
}
