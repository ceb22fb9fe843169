//! `[[agent]]`: the people who answer.

use super::fields::{required_address, required_line};
use crate::{address::Address, toml_reader::Table};

/// One who answers customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// The name that customers see; unique.
    pub name: String,
    /// The agent's own address, with the name; unique, and none of the desk's.
    pub address: Address,
    /// The teams that the agent belongs to.
    pub groups: Vec<String>,
    /// What the agent may do.
    pub role: Role,
    /// Whether the agent is told by mail of what `[notify]` says.
    pub notify: bool,
}

impl Agent {
    /// Whether a name or address, as typed, is this agent's.
    pub fn is_named(&self, text: &str) -> bool {
        let text = text.trim();
        self.address.is_same(text) || self.name.to_lowercase() == text.to_lowercase()
    }
}

/// What an agent may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Answers.
    Agent,
    /// Answers, and sees and corrects the reports.
    Manager,
}

/// What `assign` in a rule means by these is not an agent.
const RESERVED: [&str; 2] = ["round_robin", "least_busy"];

/// Reads all agents; `own` are the addresses of the desk.
pub(super) fn read_all(root: &Table<'_, '_>, own: &[Address]) -> Vec<Agent> {
    let mut seen: Vec<Agent> = Vec::new();
    root.tables("agent", |table| {
        let agent = read(table);
        let is_named_alike = |other: &Agent| other.name.to_lowercase() == agent.name.to_lowercase();
        let address = &agent.address.address;
        if !agent.name.is_empty() && seen.iter().any(is_named_alike) {
            table.fault("name", "another agent has this name: give each their own");
        }
        if own.iter().any(|ours| ours.is_same(address)) {
            table.fault(
                "address",
                "is an address of the desk itself: give the agent's personal one",
            );
        } else if seen.iter().any(|other| other.address.is_same(address)) {
            table.fault(
                "address",
                "another agent has this address: give each their own",
            );
        }
        seen.push(agent);
    });
    seen
}

fn read(table: &Table<'_, '_>) -> Agent {
    let name = required_line(table, "name", "Anna");
    if RESERVED.contains(&name.as_str()) {
        table.fault(
            "name",
            "is a word of the rules' assign: choose another name",
        );
    }
    let address = required_address(table, "address", "anna@example.com");
    let groups = table.strings("groups");
    if groups
        .iter()
        .any(|group| group.is_empty() || group.contains(char::is_control))
    {
        table.fault(
            "groups",
            "must hold names that are not empty, each on one line",
        );
    }
    Agent {
        address: Address::new(name.clone(), address.address),
        name,
        groups,
        role: table.choice(
            "role",
            &[("agent", Role::Agent), ("manager", Role::Manager)],
            Role::Agent,
        ),
        notify: table.boolean("notify", true),
    }
}
