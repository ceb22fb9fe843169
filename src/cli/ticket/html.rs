//! `maildesk ticket html`.

use clap::Args;
use serde_json::json;

use super::{
    super::{output, values},
    Context, Failure,
};
use crate::{message, store::StoreError};

#[derive(Debug, Args)]
pub struct Html {
    /// The ticket
    #[arg(value_name = "N", value_parser = values::ticket)]
    number: i64,
    /// The message, as `ticket show` numbers them [default: the first]
    message: Option<i64>,
}

pub(super) async fn run(context: &Context, args: Html) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.store(&config)?;
    let (message, raw) = store
        .read(move |view| {
            view.ticket(args.number)?;
            let message = super::raw::choose(view, args.number, args.message)?;
            Ok((message, view.raw_of_message(message)?))
        })
        .await?;
    let safe = message::safe_html(&raw).ok_or_else(|| {
        StoreError::NotFound(format!(
            "message {message} has no HTML: `maildesk ticket show` has its text"
        ))
    })?;
    match context.is_json {
        true => Ok(output::json(&json!({
            "message": message, "html": safe.html, "defects": safe.defects,
        }))?),
        false => Ok(output::bytes(safe.html.as_bytes())?),
    }
}
