//! A closed ticket asks its customer, later.
//!
//! The policy is asked twice: when a survey is planned, so that the ticket says at once why nobody
//! is asked, and at the door, in the transaction that hands the mail to a sender. In between a
//! ticket may be opened again, an address may bounce, the settings may change, and a dead relay may
//! keep the mail until the night.

use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};

use super::{Desk, DeskError, outbox_row, stamp};
use crate::{
    address::Address,
    clock,
    compose::{Outgoing, Stamp, Thread},
    store::{Door, Leave, NewOutbox, NewSurvey, OutboxKind, Pen, StoreError, Survey, Ticket, View},
    ticket::survey_policy::{
        ReminderContext, SurveyContext, due_at, opening, refusal, reminder_refusal,
    },
};

/// How long after an answer is tried to look again whether it has left.
const AFTER_ANSWER: SignedDuration = SignedDuration::from_secs(1);

/// The door that surveys leave by, with the settings of the moment.
pub fn survey_door(desk: Arc<ArcSwap<Desk>>) -> Arc<Door> {
    Arc::new(move |pen, row, survey| desk.load().may_ask(pen, row, survey, clock::now()))
}

impl Desk {
    /// Puts the survey of a ticket that was just closed into the outbox, for its time; or notes
    /// why the customer is not asked.
    pub(super) fn schedule_survey(&self, pen: &Pen<'_>, ticket: &Ticket) -> Result<(), DeskError> {
        let (now, policy) = (clock::now(), self.survey_policy(ticket));
        if !policy.enabled && !self.config.survey.enabled {
            return Ok(());
        }
        let context = self.survey_context(pen, ticket, None)?;
        if let Some(why) = refusal(&context, now, &policy) {
            pen.event(ticket.number, "desk", "survey_skipped", why)?;
            return Ok(());
        }
        let due = due_at(now, &policy);
        let rated = [&ticket.assignee, &ticket.last_agent]
            .into_iter()
            .find(|a| !a.is_empty());
        let agent = rated.cloned().unwrap_or_default();
        let id = pen.add_survey(&NewSurvey {
            ticket: ticket.number,
            agent,
            category: ticket.category.clone(),
            mailbox: ticket.mailbox.clone(),
            language: self.language_of(ticket).code().to_owned(),
            recipient: ticket.requester.clone(),
            due_at: due,
            expires_at: due + policy.expires,
        })?;
        pen.plan_reminder(id, policy.reminder.map(|after| due + after))?;
        let survey = pen.survey(id)?;
        let mail = self.survey_mail(pen, ticket, &survey, None)?;
        pen.enqueue(&NewOutbox {
            survey: Some(id),
            not_before: Some(due),
            ..outbox_row(OutboxKind::Survey, ticket.number, mail)
        })?;
        pen.event(ticket.number, "desk", "survey_scheduled", &due.to_string())?;
        Ok(())
    }

    /// Whether the mail of a survey, or of its reminder, may leave now. A survey that may not is
    /// cancelled, and the ticket says why.
    fn may_ask(
        &self,
        pen: &Pen<'_>,
        row: i64,
        survey: i64,
        now: Timestamp,
    ) -> Result<Leave, StoreError> {
        let survey = pen.survey(survey)?;
        if !survey.cancelled.is_empty() {
            return Ok(Leave::Never(survey.cancelled));
        }
        let ticket = pen.ticket(survey.ticket)?;
        let policy = self.survey_policy(&ticket);
        let refused = if survey.reminder == Some(row) {
            self.refuses_reminder(pen, &ticket, &survey, now)?
        } else {
            refusal(
                &self.survey_context(pen, &ticket, Some(&survey))?,
                now,
                &policy,
            )
        };
        if let Some(why) = refused {
            note_refusal(pen, &survey, why)?;
            return Ok(Leave::Never(why.to_owned()));
        }
        // nobody is asked how an answer was that a relay has put off
        if let Some(answer) = pen.next_answer(ticket.number, now)? {
            return Ok(Leave::Later(answer.max(now) + AFTER_ANSWER));
        }
        let opening = opening(now, &policy);
        Ok(if opening > now {
            Leave::Later(opening)
        } else {
            Leave::Now
        })
    }

    /// Why nobody is reminded of a survey that was asked; `None` when they are.
    pub(super) fn refuses_reminder(
        &self,
        view: &View<'_>,
        ticket: &Ticket,
        survey: &Survey,
        now: Timestamp,
    ) -> Result<Option<&'static str>, StoreError> {
        let context = self.survey_context(view, ticket, Some(survey))?;
        let reminder = ReminderContext {
            wrote: view.wrote_since_asked(survey)?,
            undelivered: view
                .question_of(survey.id)?
                .is_none_or(|question| question.is_undelivered),
        };
        let policy = self.survey_policy(ticket);
        Ok(reminder_refusal(&context, reminder, now, &policy))
    }

    /// What the policy wants to know, now.
    fn survey_context(
        &self,
        view: &View<'_>,
        ticket: &Ticket,
        survey: Option<&Survey>,
    ) -> Result<SurveyContext, StoreError> {
        let who = &ticket.requester;
        let last_asked_at = match survey {
            None => view.last_survey_to(who)?,
            Some(survey) => view.last_other_survey_to(who, survey.id)?,
        };
        let row = survey.and_then(|survey| survey.row.as_ref());
        Ok(SurveyContext {
            status: ticket.status,
            reopened: survey.is_some_and(|s| ticket.closed_at.is_some_and(|at| at > s.planned_at)),
            closed_at: ticket.closed_at,
            expires_at: survey.map(|survey| survey.expires_at),
            last_asked_at,
            machine: !who.is_usable() || view.is_opened_by_machine(ticket.number)?,
            own: self.is_own(who) || self.agent_of(who).is_some(),
            suppressed: view.is_suppressed(who)?,
            spam: ticket.tags.iter().any(|tag| tag == "spam"),
            merged: ticket.merged_into.is_some(),
            imported: ticket.history,
            requester_changed: survey.is_some_and(|s| !s.recipient.is_same(&who.address)),
            unhelped: ticket.last_agent.is_empty(),
            answered: row.is_some_and(|row| row.score.is_some()),
            // by the ticket's number and the desk's secret alone: closing it again, by whomever and
            // for whatever reason, draws the same lot
            lot: self.signer.lot(ticket.number),
        })
    }

    /// The mail of a survey; a reminder where it follows the mail of that Message-ID.
    pub(super) fn survey_mail(
        &self,
        pen: &Pen<'_>,
        ticket: &Ticket,
        survey: &Survey,
        reminds_of: Option<&str>,
    ) -> Result<Outgoing, DeskError> {
        let (last, mut references) = pen.last_incoming(ticket.number)?;
        let in_reply_to = match reminds_of {
            None => last,
            Some(question) => {
                references.extend(Some(last).filter(|id| !id.is_empty()));
                question.to_owned()
            }
        };
        let thread = Thread {
            ticket: ticket.number,
            subject: &ticket.subject,
            language: survey.language,
            in_reply_to: Some(in_reply_to.as_str()).filter(|id| !id.is_empty()),
            references: &references,
        };
        let agent = self.agent_named(&survey.agent);
        let name = agent.map(|agent| agent.name.as_str()).unwrap_or_default();
        // the survey's row knows no name
        let to = Address::new(&ticket.requester.name, &survey.recipient.address);
        let stamp: Stamp = stamp()?;
        Ok(match reminds_of {
            None => self
                .composer
                .survey(&thread, &to, survey.id, name, &stamp)?,
            Some(_) => self
                .composer
                .survey_reminder(&thread, &to, survey.id, name, &stamp)?,
        })
    }
}

/// Notes why a survey is not asked, or nobody is reminded of it. That it is answered stands in the
/// ticket already.
pub(super) fn note_refusal(pen: &Pen<'_>, survey: &Survey, why: &str) -> Result<(), StoreError> {
    match why {
        "answered" => Ok(()),
        why => pen.refuse_survey(survey, why),
    }
}
