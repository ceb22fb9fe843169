//! `maildesk ticket show`.

use std::fmt::Write as _;

use clap::Args;
use jiff::tz::TimeZone;
use serde::{
    Serialize, Serializer,
    ser::{Error as _, SerializeMap as _},
};
use serde_json::Value;

use super::{
    super::{
        output::{Ink, indent, or_dash, paint, size, time, time_or_dash},
        plain, values,
    },
    Context, Failure,
};
use crate::{
    address::Address,
    store::{EventView, MessageView, Ticket},
};

#[derive(Debug, Args)]
pub struct Show {
    /// The ticket
    #[arg(value_name = "N", value_parser = values::ticket)]
    number: i64,
}

/// A ticket with all that belongs to it; `messages` stands in the place of their count.
struct Whole {
    ticket: Ticket,
    participants: Vec<Address>,
    merged_here: Vec<i64>,
    messages: Vec<MessageView>,
    events: Vec<EventView>,
}

impl Serialize for Whole {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let ticket = serde_json::to_value(&self.ticket).map_err(S::Error::custom)?;
        let Value::Object(fields) = ticket else {
            return Err(S::Error::custom("a ticket is not an object"));
        };
        let mut whole = to.serialize_map(None)?;
        for (name, value) in fields.iter().filter(|(name, _)| *name != "messages") {
            whole.serialize_entry(name, value)?;
        }
        whole.serialize_entry("participants", &self.participants)?;
        whole.serialize_entry("merged_here", &self.merged_here)?;
        whole.serialize_entry("messages", &self.messages)?;
        whole.serialize_entry("events", &self.events)?;
        whole.end()
    }
}

pub(super) async fn run(context: &Context, args: Show) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.store(&config)?;
    let whole = store
        .read(move |view| {
            Ok(Whole {
                ticket: view.ticket(args.number)?,
                participants: view.participants(args.number)?,
                merged_here: view.merged_here(args.number)?,
                messages: view.messages(args.number)?,
                events: view.events(args.number)?,
            })
        })
        .await?;
    let page = || whole.page(&config.desk.timezone);
    context.print(&whole, page)
}

impl Whole {
    fn page(&self, zone: &TimeZone) -> String {
        let mut page = self.headline(zone);
        for mail in &self.messages {
            page.push('\n');
            page.push_str(&message(mail, zone));
        }
        if !self.events.is_empty() {
            page.push_str(&format!("\n{}\n", paint(Ink::Head, "Events")));
        }
        for event in &self.events {
            let at = time(event.at, zone);
            let words = [&event.actor, &event.what, &event.detail].map(|word| plain::line(word));
            page.push_str(format!("  {at}  {}", words.join("  ")).trim_end());
            page.push('\n');
        }
        page
    }

    fn headline(&self, zone: &TimeZone) -> String {
        let ticket = &self.ticket;
        let title = format!("[#{}] {}", ticket.number, or_dash(&ticket.subject));
        let mut page = paint(Ink::Head, &title) + "\n";
        let mut line = |name: &str, value: String| {
            let _ = writeln!(page, "{name:<13} {value}");
        };
        let (status, priority) = (ticket.status.word(), ticket.priority.word());
        line("status", format!("{status}, priority {priority}"));
        line("requester", person(&ticket.requester));
        let others = self.participants.iter();
        let others: Vec<String> = others
            .filter(|who| !who.is_same(&ticket.requester.address))
            .map(person)
            .collect();
        if !others.is_empty() {
            line("participants", others.join(", "));
        }
        line("mailbox", or_dash(&ticket.mailbox));
        line("group", or_dash(&ticket.group));
        line("assignee", or_dash(&ticket.assignee));
        line("category", or_dash(&ticket.category));
        line("tags", or_dash(&ticket.tags.join(", ")));
        line("language", or_dash(&ticket.language));
        line("opened", time(ticket.opened_at, zone));
        line("updated", time(ticket.updated_at, zone));
        line("closed", time_or_dash(ticket.closed_at, zone));
        if let Some(score) = ticket.satisfaction {
            line("satisfaction", format!("{score} of 5"));
        }
        if let Some(other) = ticket.linked_to {
            line("see also", format!("#{other}"));
        }
        if let Some(other) = ticket.merged_into {
            line("merged into", format!("#{other}"));
        }
        if !self.merged_here.is_empty() {
            let others: Vec<String> = self.merged_here.iter().map(|n| format!("#{n}")).collect();
            line("merged here", others.join(", "));
        }
        if let Some(until) = ticket.snoozed_until {
            line("sleeps until", time(until, zone));
        }
        page
    }
}

fn message(mail: &MessageView, zone: &TimeZone) -> String {
    let arrow = match mail.direction.as_str() {
        "in" => "-> in  ",
        "out" => "<- out ",
        _ => " . note",
    };
    let (at, author) = (time(mail.at, zone), person(&mail.author));
    let head = format!("{arrow}  {at}  {author}");
    let mut text = paint(Ink::Head, &head);
    let mut about = format!("message {}", mail.id);
    if !matches!(mail.kind.as_str(), "customer" | "agent" | "") {
        let _ = write!(about, ", {}", plain::line(&mail.kind));
    }
    if let Some(delivery) = &mail.delivery {
        let _ = write!(about, ", {}", plain::line(&delivery.state));
        if let Some(sent_at) = delivery.sent_at {
            let _ = write!(about, " {}", time(sent_at, zone));
        }
        if !delivery.last_error.is_empty() {
            let _ = write!(about, " ({})", plain::line(&delivery.last_error));
        }
    }
    text.push_str(&format!("  {}\n", paint(Ink::Faint, &format!("[{about}]"))));
    if !mail.why.is_empty() {
        let why = paint(Ink::Faint, &plain::line(&mail.why));
        let _ = writeln!(text, "    {why}");
    }
    // the new words; what is quoted stands above already
    let words = match mail.reply.trim().is_empty() {
        true => &mail.text,
        false => &mail.reply,
    };
    text.push_str(&indent(plain::block(words).trim(), "    "));
    let attachments = mail.attachments.as_array().into_iter().flatten();
    for (place, attachment) in (1..).zip(attachments) {
        let word = |key: &str| {
            plain::line(
                attachment
                    .get(key)
                    .and_then(|v| v.as_str())
                    .unwrap_or_default(),
            )
        };
        let bytes = attachment.get("size").and_then(|v| v.as_u64()).unwrap_or(0);
        let (name, kind, size) = (word("name"), word("media_type"), size(bytes));
        let _ = writeln!(text, "    attached {place}: {name} ({kind}, {size})");
    }
    text
}

fn person(who: &Address) -> String {
    let (name, address) = (plain::line(&who.name), plain::line(&who.address));
    match (name.is_empty(), address.is_empty()) {
        (_, true) => or_dash(&name),
        (true, false) => address,
        (false, false) => format!("{name} <{address}>"),
    }
}
