//! What rules do beside changing a ticket: leave their names, pick an agent, tell people, answer.

use super::{Desk, DeskError, MANAGERS, News, outbox_row, stamp};
use crate::{
    address::Address,
    clock,
    compose::{ComposeError, Outgoing, Stamp, Thread},
    config::{Agent, Role},
    store::{Ceilings, OutboxKind, Pen, StoreError, Ticket},
    triage::Triage,
};

/// Notes in a ticket which rules matched, where, and what they said.
///
/// # Errors
/// The database's trouble.
pub fn say_rules(pen: &Pen<'_>, ticket: i64, triage: &Triage) -> Result<(), StoreError> {
    for matched in &triage.matched {
        let actor = format!("rule:{}", matched.rule);
        pen.event(ticket, &actor, "matched", &matched.told())?;
    }
    Ok(())
}

impl Desk {
    /// The agent that rules hand a ticket to; empty for none.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn assignee_by_rule(&self, pen: &Pen<'_>, triage: &Triage) -> Result<String, StoreError> {
        let Some(wanted) = triage.assign.as_deref() else {
            return Ok(String::new());
        };
        let in_group = |agent: &&Agent| {
            let group = triage.group.as_ref();
            group.is_none_or(|group| agent.groups.contains(group))
        };
        let team = self.config.agents.iter().filter(in_group);
        let team: Vec<String> = team.map(|agent| agent.address.address.clone()).collect();
        match wanted {
            "round_robin" => pen.longest_without_ticket(&team),
            "least_busy" => pen.fewest_open_tickets(&team),
            name => Ok(self
                .agent_named(name)
                .map(|agent| agent.address.address.clone())
                .unwrap_or_default()),
        }
    }

    /// Tells whom rules name (addresses, agents, groups, managers), but nobody who was told yet.
    /// Returns whom.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn tell_named(
        &self,
        pen: &Pen<'_>,
        ticket: &Ticket,
        named: &[String],
        news: &News<'_>,
        told: &[Address],
    ) -> Result<Vec<Address>, StoreError> {
        let mut now: Vec<Address> = Vec::new();
        for wanted in named {
            let of_group = self.config.agents.iter().filter(|agent| {
                let is_manager = wanted == MANAGERS && agent.role == Role::Manager;
                is_manager || agent.groups.contains(wanted)
            });
            let agents = self.agent_named(wanted).into_iter().chain(of_group);
            let agents: Vec<Address> = agents.map(|agent| agent.address.clone()).collect();
            let outside = if agents.is_empty() {
                Address::parse(wanted)
            } else {
                None
            };
            for who in agents.into_iter().chain(outside) {
                let is_told = told
                    .iter()
                    .chain(&now)
                    .any(|who_else| who_else.is_same(&who.address));
                // nobody is told of a mail of their own: their machine might answer that too
                let is_by = news.by.iter().any(|by| who.is_same(by));
                if !is_told && !is_by && !self.is_own(&who) {
                    self.tell(pen, ticket, &who, news.what, news.text)?;
                    now.push(who);
                }
            }
        }
        Ok(now)
    }

    /// Whether the budgets of automatic mail leave room for one more to an address.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn is_within_budget(&self, pen: &Pen<'_>, to: &Address) -> Result<bool, StoreError> {
        let limits = &self.config.limits;
        let ceilings = Ceilings {
            domain: limits.of_domain(&to.organisation()),
            desk: u64::from(limits.automatic_per_desk_per_hour),
        };
        let sent = pen.automatic(to, clock::now(), &ceilings)?;
        let is_room = sent.address_hour < u64::from(limits.automatic_per_address_per_hour)
            && sent.address_day < u64::from(limits.automatic_per_address_per_day);
        Ok(is_room
            && (sent.is_known || sent.domain_hour < ceilings.domain)
            && sent.desk_hour < ceilings.desk)
    }

    /// Answers with the template that a rule names, if one does. Whether a machine may write to
    /// the address is for the caller to say.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn answer_by_rule(
        &self,
        pen: &Pen<'_>,
        ticket: &Ticket,
        thread: &Thread<'_>,
        triage: &Triage,
        to: &Address,
    ) -> Result<(), StoreError> {
        let Some(template) = &triage.reply else {
            return Ok(());
        };
        self.send_automatic(
            pen,
            ticket,
            (OutboxKind::Auto, "answered_by_rule"),
            |stamp| self.composer.templated(thread, template, to, stamp),
        )
    }

    /// Puts a mail into the outbox and notes it in the ticket as an event of this name; or notes
    /// why there is none.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn send_automatic(
        &self,
        pen: &Pen<'_>,
        ticket: &Ticket,
        (kind, event): (OutboxKind, &str),
        compose: impl FnOnce(&Stamp) -> Result<Outgoing, ComposeError>,
    ) -> Result<(), StoreError> {
        let mail = stamp().map_err(DeskError::from);
        match mail.and_then(|stamp| Ok(compose(&stamp)?)) {
            Ok(mail) => {
                let id = pen.enqueue(&outbox_row(kind, ticket.number, mail))?;
                pen.event(ticket.number, "desk", event, &format!("outbox {id}"))
            }
            Err(error) => pen.event(ticket.number, "desk", "not_composed", &error.to_string()),
        }
    }
}
