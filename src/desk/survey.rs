//! A closed ticket asks its customer, later.

use super::{Desk, DeskError, outbox_row, stamp};
use crate::{
    clock,
    compose::Thread,
    store::{NewOutbox, NewSurvey, OutboxKind, Pen, Ticket},
    ticket::survey_policy::{SurveyContext, due_at, refusal},
};

impl Desk {
    /// Puts the survey of a ticket that was just closed into the outbox, for its time; or notes
    /// why the customer is not asked.
    pub(super) fn schedule_survey(&self, pen: &Pen<'_>, ticket: &Ticket) -> Result<(), DeskError> {
        if !self.config.survey.enabled {
            return Ok(());
        }
        let (now, policy) = (clock::now(), self.survey_policy());
        let context = SurveyContext {
            status: ticket.status,
            reopened: false,
            closed_at: ticket.closed_at,
            last_asked_at: pen.last_survey_to(&ticket.requester)?,
            machine: !ticket.requester.is_usable() || pen.is_opened_by_machine(ticket.number)?,
            own: self.is_own(&ticket.requester) || self.agent_of(&ticket.requester).is_some(),
            suppressed: pen.is_suppressed(&ticket.requester)?,
            spam: ticket.tags.iter().any(|tag| tag == "spam"),
            merged: ticket.merged_into.is_some(),
            imported: ticket.history,
        };
        // nobody's help is rated where nobody helped
        let unanswered = ticket.last_agent.is_empty().then_some("unanswered");
        if let Some(why) = refusal(&context, now, &policy).or(unanswered) {
            pen.event(ticket.number, "desk", "survey_skipped", why)?;
            return Ok(());
        }
        let due = due_at(now, &policy);
        let language = self.language_of(ticket);
        let rated = [&ticket.assignee, &ticket.last_agent]
            .into_iter()
            .find(|a| !a.is_empty());
        let agent = rated.cloned().unwrap_or_default();
        let expires_at = due + policy.expires;
        let survey = pen.add_survey(&NewSurvey {
            ticket: ticket.number,
            agent: agent.clone(),
            category: ticket.category.clone(),
            mailbox: ticket.mailbox.clone(),
            language: language.code().to_owned(),
            recipient: ticket.requester.clone(),
            due_at: due,
            expires_at,
        })?;
        let (in_reply_to, references) = pen.last_incoming(ticket.number)?;
        let thread = Thread {
            ticket: ticket.number,
            subject: &ticket.subject,
            language,
            in_reply_to: Some(in_reply_to.as_str()).filter(|id| !id.is_empty()),
            references: &references,
        };
        let name = self
            .agent_named(&agent)
            .map(|agent| agent.name.clone())
            .unwrap_or_default();
        let mail = self
            .composer
            .survey(&thread, &ticket.requester, survey, &name, &stamp()?)?;
        pen.enqueue(&NewOutbox {
            survey: Some(survey),
            not_before: Some(due),
            ..outbox_row(OutboxKind::Survey, ticket.number, mail)
        })?;
        pen.event(ticket.number, "desk", "survey_scheduled", &due.to_string())?;
        Ok(())
    }
}
