//! Which agents are told what, by mail.

use super::{Desk, DeskError, outbox_row, stamp};
use crate::{
    address::Address,
    compose::{Notification, Thread},
    config::Agent,
    store::{OutboxKind, Pen, StoreError, Ticket},
    ticket::Priority,
};

/// Something that happened to a ticket.
#[derive(Clone, Copy)]
pub struct News<'a> {
    /// What.
    pub what: Notification<'a>,
    /// What the customer wrote.
    pub text: &'a str,
    /// Whoever did it, and needs no telling.
    pub by: &'a [&'a str],
}

impl Desk {
    /// Whether an agent's answer by mail can reach a customer at all: nothing proves one where
    /// nobody is trusted.
    pub fn agents_answer_by_mail(&self) -> bool {
        self.config.trust.can_prove()
    }

    /// The agents whom a ticket concerns: its assignee; else those of its group; else all, so that
    /// a group without agents is not told to nobody.
    pub fn concerned(&self, ticket: &Ticket) -> Vec<&Agent> {
        if let Some(assignee) = self.agent_named(&ticket.assignee) {
            return vec![assignee];
        }
        let agents = &self.config.agents;
        let of_group = |agent: &&Agent| agent.groups.contains(&ticket.group);
        let team: Vec<&Agent> = agents.iter().filter(of_group).collect();
        if ticket.group.is_empty() || team.is_empty() {
            agents.iter().collect()
        } else {
            team
        }
    }

    /// Tells the agents of a ticket, as far as `[notify]` wants it. Returns whom.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn tell_news(
        &self,
        pen: &Pen<'_>,
        ticket: &Ticket,
        news: &News<'_>,
    ) -> Result<Vec<Address>, StoreError> {
        if !self.is_wanted(news.what, ticket.priority) {
            return Ok(Vec::new());
        }
        let is_by = |who: &Address| news.by.iter().any(|by| who.is_same(by));
        let agents = self.concerned(ticket).into_iter();
        let told: Vec<Address> = agents
            .filter(|agent| agent.notify && !is_by(&agent.address))
            .map(|agent| agent.address.clone())
            .collect();
        for who in &told {
            self.tell(pen, ticket, who, news.what, news.text)?;
        }
        Ok(told)
    }

    fn is_wanted(&self, what: Notification<'_>, priority: Priority) -> bool {
        let notify = &self.config.notify;
        let is_pressing = notify.high_priority && priority >= Priority::High;
        match what {
            Notification::NewTicket { .. } => notify.new_ticket || is_pressing,
            Notification::NewAnswer { .. } | Notification::Rated { .. } => {
                notify.new_answer || is_pressing
            }
            Notification::Assigned { .. } | Notification::Woken => notify.assigned,
            Notification::Raised { .. } => notify.high_priority,
            _ => true,
        }
    }

    /// Writes to one agent about a ticket, or notes in the ticket why not.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn tell(
        &self,
        pen: &Pen<'_>,
        ticket: &Ticket,
        who: &Address,
        what: Notification<'_>,
        text: &str,
    ) -> Result<(), StoreError> {
        if pen.is_suppressed(who)? {
            let why = "mail to the agent came back for good; a mail from the agent ends that";
            return pen.event(ticket.number, "desk", "not_notified", why);
        }
        let kind = if what.answers_a_mail() {
            OutboxKind::Auto
        } else {
            OutboxKind::Notification
        };
        if kind == OutboxKind::Notification && !self.is_told_now(pen, ticket, who)? {
            return Ok(());
        }
        let thread = Thread {
            ticket: ticket.number,
            subject: &ticket.subject,
            language: self.config.desk.language,
            in_reply_to: None,
            references: &[],
        };
        let answerable = self.agents_answer_by_mail() && self.agent_of(who).is_some();
        let composed = stamp().map_err(DeskError::from).and_then(|stamp| {
            let composer = &self.composer;
            Ok(composer.notification(&thread, who, what, text, answerable, &stamp)?)
        });
        match composed {
            Ok(mail) => {
                let id = pen.enqueue(&outbox_row(kind, ticket.number, mail))?;
                pen.event(ticket.number, "desk", "notified", &format!("outbox {id}"))
            }
            Err(error) => pen.event(ticket.number, "desk", "not_composed", &error.to_string()),
        }
    }

    /// Tells of what was changed in a ticket: whom it was handed to, and that it is pressing now.
    pub(super) fn tell_of_change(
        &self,
        pen: &Pen<'_>,
        actor: &str,
        before: &Ticket,
        after: &Ticket,
    ) -> Result<(), StoreError> {
        if after.history || after.merged_into.is_some() {
            return Ok(());
        }
        let is_handed_over = before.assignee != after.assignee && !after.assignee.is_empty();
        let is_raised = before.priority < Priority::High && after.priority >= Priority::High;
        let what = if is_handed_over {
            Notification::Assigned { by: actor }
        } else if is_raised {
            Notification::Raised {
                by: actor,
                priority: after.priority,
            }
        } else {
            return Ok(());
        };
        let text = pen.last_words(after.number)?;
        let news = News {
            what,
            text: &text,
            by: &[actor],
        };
        self.tell_news(pen, after, &news).map(|_| ())
    }
}
