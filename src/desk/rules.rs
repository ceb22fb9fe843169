//! What rules name must be there: templates, agents, teams.

use crate::{
    address::Address, compose::Templates, config::Config, toml_reader::Fault, triage::Ruleset,
};

/// In `notify`: every agent whose role is manager.
pub const MANAGERS: &str = "managers";

/// A fault for each rule that answers with a template which does not exist, or hands a ticket to
/// or tells somebody unknown. Nothing would be done then, and nobody would notice.
pub fn rule_faults(config: &Config, rules: &Ruleset, templates: &Templates) -> Vec<Fault> {
    let mut faults = Vec::new();
    for rule in rules.rules() {
        let mut fault = |key: &str, value: &str, problem: &str| {
            faults.push(Fault {
                file: rule.file.clone(),
                line: rule.line,
                key: format!("{}.then.{key}", rule.id),
                value: value.to_owned(),
                problem: problem.to_owned(),
            });
        };
        if let Some(name) = rule
            .reply
            .as_deref()
            .filter(|name| !templates.has_reply(name))
        {
            fault(
                "reply",
                name,
                "there is no such template: write LANGUAGE/replies/NAME.txt into the directory of [templates]",
            );
        }
        let is_agent = |named: &str| config.agents.iter().any(|agent| agent.is_named(named));
        let is_turn = |word: &str| matches!(word, "round_robin" | "least_busy");
        if let Some(named) = rule
            .assign
            .as_deref()
            .filter(|a| !is_turn(a) && !is_agent(a))
        {
            fault(
                "assign",
                named,
                "is no agent: give the name or address of an [[agent]], round_robin or least_busy",
            );
        }
        for named in &rule.notify {
            // there may be none yet: the shipped pack tells them where they are
            if named == MANAGERS {
                continue;
            }
            let is_team = config.agents.iter().any(|a| a.groups.contains(named));
            if !is_team && !is_agent(named) && Address::parse(named).is_none() {
                fault(
                    "notify",
                    named,
                    "is neither an agent, nor a group of agents, nor \"managers\", nor an address",
                );
            }
        }
    }
    faults
}
