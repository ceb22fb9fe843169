//! `maildesk ticket list`.

use clap::Args;

use super::{
    super::{
        output::{Table, time},
        values,
    },
    Context, Failure,
};
use crate::{
    config::Config,
    store::TicketQuery,
    ticket::{Priority, Status},
};

#[derive(Debug, Args)]
pub struct List {
    /// Only with this status
    #[arg(long, value_parser = values::one_of(&Status::WORDS))]
    status: Option<Status>,
    /// Only with this priority
    #[arg(long, value_parser = values::one_of(&Priority::WORDS))]
    priority: Option<Priority>,
    /// Only of this agent, by name or address; "" for those of nobody
    #[arg(long, value_name = "AGENT")]
    assignee: Option<String>,
    /// Only with these words in subject, requester or text
    #[arg(long, value_name = "TEXT")]
    query: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

pub(super) async fn run(context: &Context, args: List) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.store(&config)?;
    let query = TicketQuery {
        status: args.status,
        priority: args.priority,
        assignee: args.assignee.map(|named| address_of(&config, &named)),
        text: args.query,
        limit: args.limit,
    };
    let tickets = store.read(move |view| view.tickets(&query)).await?;
    context.print(&tickets, || {
        let mut table = Table::new(&[
            "#",
            "status",
            "priority",
            "category",
            "subject",
            "requester",
            "assignee",
            "updated",
        ]);
        for ticket in &tickets {
            table.row([
                ticket.number.to_string(),
                ticket.status.word().to_owned(),
                ticket.priority.word().to_owned(),
                ticket.category.clone(),
                ticket.subject.clone(),
                ticket.requester.address.clone(),
                ticket.assignee.clone(),
                time(ticket.updated_at, &config.desk.timezone),
            ]);
        }
        table.or("no tickets")
    })
}

/// Agents who left are in no config: what is not known is taken for their address.
fn address_of(config: &Config, named: &str) -> String {
    let named = named.trim();
    let mut agents = config.agents.iter();
    let found = agents.find(|agent| agent.name.to_lowercase() == named.to_lowercase());
    found
        .map_or(named, |agent| &agent.address.address)
        .to_owned()
}
