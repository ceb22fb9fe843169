//! `maildesk ticket raw`.

use clap::Args;
use serde_json::json;

use super::{
    super::{output, values},
    Context, Failure,
};
use crate::store::{StoreError, View};

#[derive(Debug, Args)]
pub struct Raw {
    /// The ticket
    #[arg(value_name = "N", value_parser = values::ticket)]
    number: i64,
    /// The message, as `ticket show` numbers them [default: the first]
    message: Option<i64>,
}

pub(super) async fn run(context: &Context, args: Raw) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.store(&config)?;
    let (message, bytes) = store
        .read(move |view| {
            view.ticket(args.number)?;
            let message = choose(view, args.number, args.message)?;
            Ok((message, view.raw_of_message(message)?))
        })
        .await?;
    match context.is_json {
        true => {
            let raw = String::from_utf8_lossy(&bytes);
            Ok(output::json(&json!({ "message": message, "raw": raw }))?)
        }
        false => Ok(output::bytes(&bytes)?),
    }
}

/// The message that is asked for, or the first mail.
pub(super) fn choose(
    view: &View<'_>,
    number: i64,
    message: Option<i64>,
) -> Result<i64, StoreError> {
    let messages = view.messages(number)?;
    let asked = match message {
        Some(id) => messages.iter().find(|message| message.id == id),
        // a note has no raw form
        None => messages.iter().find(|message| message.direction != "note"),
    };
    let found = asked.ok_or_else(|| missing(number, message))?;
    Ok(found.id)
}

fn missing(number: i64, message: Option<i64>) -> StoreError {
    StoreError::NotFound(match message {
        Some(id) => format!(
            "ticket {number} has no message {id}: `maildesk ticket show {number}` numbers them"
        ),
        None => format!("ticket {number} has no mail"),
    })
}
