//! `maildesk ticket set`.

use clap::Args;
use jiff::SignedDuration;

use super::{
    super::{
        failure::say,
        output::or_dash,
        values::{self, Tag, unknown},
    },
    Context, Failure,
    author::{actor, agent},
};
use crate::{
    clock,
    desk::{Desk, DeskError},
    store::{Ticket, TicketChange},
    ticket::{Priority, Status},
};

#[derive(Debug, Args)]
pub struct Set {
    /// The ticket
    #[arg(value_name = "N", value_parser = values::ticket)]
    number: i64,
    #[command(flatten)]
    change: Change,
    /// Who changes it, for the record
    #[arg(long, value_name = "NAME_OR_ADDRESS")]
    agent: Option<String>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Change {
    /// Whose turn it is
    #[arg(long, value_parser = values::one_of(&Status::WORDS))]
    status: Option<Status>,
    /// How urgent it is
    #[arg(long, value_parser = values::one_of(&Priority::WORDS))]
    priority: Option<Priority>,
    /// The agent, by name or address; "" for nobody
    #[arg(long, value_name = "AGENT")]
    assignee: Option<String>,
    /// The team; "" for none
    #[arg(long, value_parser = values::word)]
    group: Option<String>,
    /// What it is about; "" for nothing
    #[arg(long, value_parser = values::word)]
    category: Option<String>,
    /// Tags to add and to take away
    #[arg(long = "tag", value_name = "+X,-Y", value_delimiter = ',', allow_hyphen_values = true,
          value_parser = values::tag)]
    tags: Vec<Tag>,
    /// Pending for so long (2d, 4h, 1d12h), then open again
    #[arg(long, value_name = "TIME", value_parser = values::duration, conflicts_with = "status")]
    snooze: Option<SignedDuration>,
}

pub(super) async fn run(context: &Context, args: Set) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.store(&config)?;
    let desk = context.desk(config)?;
    let snooze = args.change.snooze;
    let change = args.change.read(&desk)?;
    let actor = actor(&desk, args.agent.as_deref())?;
    let number = args.number;
    let (before, after) = store
        .write(move |pen| {
            let before = pen.ticket(number)?;
            let mut after = desk.change(pen, number, &actor, &change)?;
            if let Some(time) = snooze {
                desk.snooze(pen, number, clock::now() + time, &actor)?;
                after = pen.ticket(number)?;
            }
            Ok::<_, DeskError>((before, after))
        })
        .await?;
    context.print(&after, || moved(&before, &after))
}

impl Change {
    fn read(self, desk: &Desk) -> Result<TicketChange, Failure> {
        let assignee = match self.assignee.as_deref().map(str::trim) {
            None => None,
            Some("") => Some(String::new()),
            Some(named) => Some(agent(desk, named)?.address.address.clone()),
        };
        if let Some(group) = self.group.as_deref().filter(|group| !group.is_empty()) {
            warn_of_new_group(desk, group);
        }
        let (mut tags, mut untags) = (Vec::new(), Vec::new());
        for tag in self.tags {
            match tag {
                Tag::Add(name) => tags.push(name),
                Tag::Remove(name) => untags.push(name),
            }
        }
        Ok(TicketChange {
            status: self.status,
            priority: self.priority,
            category: self.category,
            group: self.group,
            assignee,
            tags,
            untags,
        })
    }
}

/// Rules may name any group, so a new one is no error; most often it is a slip.
fn warn_of_new_group(desk: &Desk, group: &str) {
    let of_agents = desk.config.agents.iter().flat_map(|agent| &agent.groups);
    let of_mailboxes = desk.config.mailboxes.iter().map(|mailbox| &mailbox.group);
    let known: Vec<&str> = of_agents
        .chain(of_mailboxes)
        .map(String::as_str)
        .filter(|name| !name.is_empty())
        .collect();
    if !known.contains(&group) {
        let words = unknown(
            "agent or mailbox of the group",
            group,
            &known,
            "it is a new one",
        );
        say(&format!("the group is set, but {words}"));
    }
}

fn until(ticket: &Ticket) -> String {
    let until = ticket.snoozed_until;
    until.map(|at| at.to_string()).unwrap_or_default()
}

fn moved(before: &Ticket, after: &Ticket) -> String {
    let changes = [
        ("status", before.status.word(), after.status.word()),
        ("priority", before.priority.word(), after.priority.word()),
        ("category", &before.category, &after.category),
        ("group", &before.group, &after.group),
        ("assignee", &before.assignee, &after.assignee),
        ("sleeps until", &until(before), &until(after)),
        ("tags", &before.tags.join(", "), &after.tags.join(", ")),
    ];
    let mut lines = String::new();
    for (what, old, new) in changes.into_iter().filter(|(_, old, new)| old != new) {
        let (old, new) = (or_dash(old), or_dash(new));
        lines.push_str(&format!("#{}  {what}: {old} -> {new}\n", after.number));
    }
    match lines.is_empty() {
        true => format!("#{} is so already\n", after.number),
        false => lines,
    }
}
