//! `maildesk ticket merge` and `maildesk ticket unmerge`.

use clap::Args;
use serde_json::json;

use super::{super::values, Context, Failure, author::actor};
use crate::store::StoreError;

#[derive(Debug, Args)]
pub struct Merge {
    /// The ticket that ends
    #[arg(value_name = "N", value_parser = values::ticket)]
    number: i64,
    /// The ticket that goes on
    #[arg(value_name = "INTO", value_parser = values::ticket)]
    into: i64,
    /// Who merges it, for the record
    #[arg(long, value_name = "NAME_OR_ADDRESS")]
    agent: Option<String>,
}

#[derive(Debug, Args)]
pub struct Unmerge {
    /// The ticket that was merged into another one
    #[arg(value_name = "N", value_parser = values::ticket)]
    number: i64,
    /// Who undoes it, for the record
    #[arg(long, value_name = "NAME_OR_ADDRESS")]
    agent: Option<String>,
}

pub(super) async fn run(context: &Context, args: Merge) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.store(&config)?;
    let desk = context.desk(config)?;
    let actor = actor(&desk, args.agent.as_deref())?;
    let (number, into) = (args.number, args.into);
    let into = store
        .write(move |pen| desk.merge(pen, number, into, &actor))
        .await
        .map_err(|error: StoreError| Failure::from(error))?;
    let merged = json!({ "ticket": number, "merged_into": into });
    context.print(&merged, || {
        format!(
            "#{number} is closed; its later mail goes to #{into} \
             (`maildesk ticket unmerge {number}` undoes it)\n"
        )
    })
}

pub(super) async fn undo(context: &Context, args: Unmerge) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.store(&config)?;
    let desk = context.desk(config)?;
    let actor = actor(&desk, args.agent.as_deref())?;
    let number = args.number;
    let undone = store
        .write(move |pen| desk.unmerge(pen, number, &actor))
        .await
        .map_err(|error: StoreError| Failure::from(error))?;
    let (from, messages, status) = (undone.from, undone.messages, undone.status);
    let parted = json!({
        "ticket": number, "unmerged_from": from, "messages": messages, "status": status,
    });
    context.print(&parted, || {
        format!(
            "#{number} is a ticket of its own again, {}; messages that came back from #{from}: \
             {messages}\n",
            status.word()
        )
    })
}
