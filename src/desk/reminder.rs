//! Whoever has not answered a survey is reminded, once.

use jiff::{SignedDuration, Timestamp};

use super::{Desk, DeskError, outbox_row, survey::note_refusal};
use crate::{
    store::{NewOutbox, OutboxKind, Pen, StoreError, Survey, Ticket},
    ticket::survey_policy::opening,
};

/// Surveys looked at in one transaction.
const BATCH: usize = 50;
/// How long a reminder waits for room in the budgets of automatic mail.
const BUDGET: SignedDuration = SignedDuration::from_hours(1);

impl Desk {
    /// Puts the reminders whose time has come into the outbox, or notes why there is none. That a
    /// survey has its reminder is written with the mail, in one transaction: no crash makes two.
    ///
    /// # Errors
    /// The database's trouble.
    pub(super) fn remind(&self, pen: &Pen<'_>, now: Timestamp) -> Result<(), StoreError> {
        for id in pen.reminders_due(now, BATCH)? {
            let survey = pen.survey(id)?;
            let ticket = pen.ticket(survey.ticket)?;
            let refused = self.refuses_reminder(pen, &ticket, &survey, now)?;
            let opening = opening(now, &self.survey_policy(&ticket));
            if let Some(why) = refused {
                pen.plan_reminder(id, None)?;
                note_refusal(pen, &survey, why)?;
            } else if opening > now {
                pen.plan_reminder(id, Some(opening))?;
            } else if !self.is_within_budget(pen, &survey.recipient)? {
                pen.plan_reminder(id, Some(now + BUDGET))?;
            } else if let Err(error) = self.enqueue_reminder(pen, &ticket, &survey) {
                pen.plan_reminder(id, None)?;
                pen.event(ticket.number, "desk", "not_composed", &error.to_string())?;
            }
        }
        Ok(())
    }

    fn enqueue_reminder(
        &self,
        pen: &Pen<'_>,
        ticket: &Ticket,
        survey: &Survey,
    ) -> Result<(), DeskError> {
        let question = pen.question_of(survey.id)?;
        let question = question.map(|question| question.message_id);
        let mail = self.survey_mail(pen, ticket, survey, question.as_deref())?;
        let row = pen.enqueue(&NewOutbox {
            survey: Some(survey.id),
            ..outbox_row(OutboxKind::Survey, ticket.number, mail)
        })?;
        Ok(pen.set_reminder(survey.id, row)?)
    }
}
