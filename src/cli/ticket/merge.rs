//! `maildesk ticket merge`.

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
        format!("#{number} is closed; its later mail goes to #{into}\n")
    })
}
