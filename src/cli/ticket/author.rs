//! Who acts from a shell.

use crate::{address::Address, config::Agent, desk::Desk, store::Ticket};

use super::{super::values::unknown, Failure};

/// What is said where an agent is needed and none is configured.
const NO_AGENTS: &str = "add an [[agent]] to the config";

/// The agent of a name or address, as typed.
pub(super) fn agent<'d>(desk: &'d Desk, named: &str) -> Result<&'d Agent, Failure> {
    desk.agent_named(named).ok_or_else(|| {
        let agents = desk.config.agents.iter();
        let known: Vec<&str> = match named.contains('@') {
            true => agents.map(|agent| agent.address.address.as_str()).collect(),
            false => agents.map(|agent| agent.name.as_str()).collect(),
        };
        Failure::Usage(unknown("agent", named, &known, NO_AGENTS))
    })
}

/// Who answers: the agent that is named, else the ticket's own, else the only one there is, else
/// the desk itself.
pub(super) fn author(
    desk: &Desk,
    named: Option<&str>,
    ticket: &Ticket,
) -> Result<Address, Failure> {
    if let Some(named) = named {
        return Ok(agent(desk, named)?.address.clone());
    }
    let only = match desk.config.agents.as_slice() {
        [only] => Some(only),
        _ => None,
    };
    let found = desk.agent_named(&ticket.assignee).or(only);
    // without a name the mail comes from the desk's own
    let nobody = || Address::new("", desk.config.desk.address.address.clone());
    Ok(found.map_or_else(nobody, |agent| agent.address.clone()))
}

/// Who stands in the events: the agent that is named, else the only one there is, else `desk`.
pub(super) fn actor(desk: &Desk, named: Option<&str>) -> Result<String, Failure> {
    let agent = match (named, desk.config.agents.as_slice()) {
        (Some(named), _) => Some(agent(desk, named)?),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    Ok(agent.map_or("desk".to_owned(), |agent| agent.address.address.clone()))
}
