//! `maildesk ticket split`.

use clap::Args;
use serde_json::json;

use super::{super::values, Context, Failure, author::actor};
use crate::store::StoreError;

#[derive(Debug, Args)]
pub struct Split {
    /// The ticket
    #[arg(value_name = "N", value_parser = values::ticket)]
    number: i64,
    /// The messages that go to a new ticket, by the numbers that `ticket show` gives
    #[arg(value_name = "MESSAGE", required = true)]
    messages: Vec<i64>,
    /// Who splits it, for the record
    #[arg(long, value_name = "NAME_OR_ADDRESS")]
    agent: Option<String>,
}

pub(super) async fn run(context: &Context, args: Split) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.store(&config)?;
    let desk = context.desk(config)?;
    let actor = actor(&desk, args.agent.as_deref())?;
    let (number, messages) = (args.number, args.messages);
    let count = messages.len();
    let new = store
        .write(move |pen| desk.split(pen, number, &messages, &actor))
        .await
        .map_err(|error: StoreError| Failure::from(error))?;
    let split = json!({ "ticket": number, "new": new, "messages": count });
    context.print(&split, || {
        format!("#{new} is open with {count} of the messages of #{number}\n")
    })
}
