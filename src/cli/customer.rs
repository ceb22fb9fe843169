//! `maildesk customer`: what the desk knows of who writes to it.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{
    Context, Failure,
    output::{Table, time},
    plain,
    values::{self, Tag},
};
use crate::{
    address::Address,
    store::{CustomerTag, StoreError, Ticket},
};

/// Tickets that `customer show` shows.
const SHOWN: usize = 50;

#[derive(Debug, Subcommand)]
pub(super) enum Customer {
    /// Show a customer's tags and newest tickets
    Show {
        /// The address
        #[arg(value_parser = values::address)]
        address: Address,
    },
    /// Tag a customer, or everybody of a domain, for rules to ask for (`customer.tags`)
    Tag(Mark),
}

#[derive(Debug, Args)]
pub(super) struct Mark {
    /// The address, or `@shop.example` for everybody there
    #[arg(value_name = "ADDRESS|@DOMAIN", value_parser = values::customer)]
    customer: String,
    /// `+vip` adds a tag, `-vip` takes it away
    #[arg(value_name = "TAG", required = true, value_delimiter = ',', allow_hyphen_values = true,
          value_parser = values::tag)]
    tags: Vec<Tag>,
}

#[derive(Serialize)]
struct Known {
    address: String,
    tags: Vec<CustomerTag>,
    suppressed: bool,
    tickets: Vec<Ticket>,
}

pub(super) async fn run(context: &Context, command: Customer) -> Result<(), Failure> {
    match command {
        Customer::Show { address } => show(context, address).await,
        Customer::Tag(mark) => tag(context, mark).await,
    }
}

async fn show(context: &Context, who: Address) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.store(&config)?;
    let known = store
        .read(move |view| {
            Ok(Known {
                tags: view.customer_tags(&who)?,
                suppressed: view.is_suppressed(&who)?,
                tickets: view.tickets_of(&who, SHOWN)?,
                address: who.address,
            })
        })
        .await?;
    context.print(&known, || {
        let tags: Vec<String> = known.tags.iter().map(shown).collect();
        let mut page = format!("{}\n", plain::line(&known.address));
        page.push_str(&format!("tags        {}\n", plain::line(&tags.join(", "))));
        if known.suppressed {
            page.push_str("automatic   none: mail to the address came back, or it complained\n");
        }
        let mut table = Table::new(&["#", "status", "priority", "category", "subject", "opened"]);
        for ticket in &known.tickets {
            table.row([
                ticket.number.to_string(),
                ticket.status.word().to_owned(),
                ticket.priority.word().to_owned(),
                ticket.category.clone(),
                ticket.subject.clone(),
                time(ticket.opened_at, &config.desk.timezone),
            ]);
        }
        page.push('\n');
        page.push_str(&table.or("no tickets"));
        page
    })
}

async fn tag(context: &Context, mark: Mark) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.store(&config)?;
    let (mut tags, mut untags) = (Vec::new(), Vec::new());
    for tag in mark.tags {
        match tag {
            Tag::Add(name) => tags.push(name),
            Tag::Remove(name) => untags.push(name),
        }
    }
    let customer = mark.customer;
    let of = customer.clone();
    let now = store
        .write(move |pen| {
            pen.tag_customer(&of, &tags, &untags)?;
            pen.customer_tags(&Address::new("", of.clone()))
        })
        .await
        .map_err(|error: StoreError| Failure::from(error))?;
    context.print(&now, || {
        let tags: Vec<String> = now.iter().map(shown).collect();
        let tags = match tags.is_empty() {
            true => "no tags".to_owned(),
            false => tags.join(", "),
        };
        format!("{} has {}\n", plain::line(&customer), plain::line(&tags))
    })
}

fn shown(tag: &CustomerTag) -> String {
    match tag.of.starts_with('@') {
        true => format!("{} (by {})", tag.tag, tag.of),
        false => tag.tag.clone(),
    }
}
