//! `maildesk rules list`.

use serde_json::{Value, json};

use super::{
    super::{context::rules_of, output::Table},
    Context, Failure,
};

pub(super) fn run(context: &Context) -> Result<(), Failure> {
    let config = context.config_if_any()?;
    let rules = rules_of(config.as_ref()).map_err(Failure::Faults)?;
    let listed: Vec<Value> = rules
        .rules()
        .map(|rule| {
            json!({
                "id": rule.id, "description": rule.description, "file": rule.file,
                "line": rule.line, "on": rule.on, "when": rule.when, "then": rule.actions,
                "stop": rule.stop,
            })
        })
        .collect();
    context.print(&listed, || {
        let mut table = Table::new(&["rule", "on", "then", "stop", "file", "description"]);
        for rule in rules.rules() {
            table.row([
                rule.id,
                rule.on.join(", "),
                rule.actions,
                if rule.stop { "stop" } else { "" }.to_owned(),
                format!("{}:{}", rule.file, rule.line),
                rule.description,
            ]);
        }
        table.or("no rules")
    })
}
