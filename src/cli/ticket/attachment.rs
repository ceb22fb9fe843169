//! `maildesk ticket attachment`.

use base64::{Engine, engine::general_purpose::STANDARD};
use clap::Args;
use serde_json::{Value, json};

use super::{
    super::{output, plain, values},
    Context, Failure,
};
use crate::{
    message,
    store::{MessageView, StoreError},
};

#[derive(Debug, Args)]
pub struct Attachment {
    /// The ticket
    #[arg(value_name = "N", value_parser = values::ticket)]
    number: i64,
    /// The message, as `ticket show` numbers them
    message: i64,
    /// The attachment: its place in the list, from 1, or its name
    #[arg(value_name = "PLACE|NAME", default_value = "1")]
    which: String,
}

pub(super) async fn run(context: &Context, args: Attachment) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.store(&config)?;
    let (listed, raw) = store
        .read(move |view| {
            view.ticket(args.number)?;
            let messages = view.messages(args.number)?;
            let message = messages.into_iter().find(|one| one.id == args.message);
            let message = message.ok_or_else(|| missing(&args))?;
            let listed = choose(&message, &args.which).ok_or_else(|| missing(&args))?;
            Ok((listed, view.raw_of_message(message.id)?))
        })
        .await?;
    let word = |key: &str| listed.get(key).and_then(Value::as_str).unwrap_or_default();
    // by its digest: a newer maildesk may list the same parts in another order
    let bytes = message::attachment_by_digest(&raw, word("sha256")).ok_or_else(|| {
        StoreError::NotFound(format!(
            "the stored mail no longer gives {}: `maildesk ticket raw` has all of it",
            plain::line(word("name"))
        ))
    })?;
    match context.is_json {
        true => Ok(output::json(&json!({
            "name": word("name"),
            "media_type": word("media_type"),
            "size": bytes.len(),
            "sha256": word("sha256"),
            "base64": STANDARD.encode(&bytes),
        }))?),
        false => Ok(output::bytes(&bytes)?),
    }
}

fn choose(message: &MessageView, which: &str) -> Option<Value> {
    let all = message.attachments.as_array()?;
    let place = which.parse::<usize>().ok();
    let place = place.and_then(|place| place.checked_sub(1));
    let is_named = |one: &&Value| one.get("name").and_then(Value::as_str) == Some(which);
    let by_place = place.and_then(|place| all.get(place));
    by_place.or_else(|| all.iter().find(is_named)).cloned()
}

fn missing(args: &Attachment) -> StoreError {
    let Attachment {
        number,
        message,
        which,
    } = args;
    StoreError::NotFound(format!(
        "message {message} of ticket {number} has no attachment {which}: \
         `maildesk ticket show {number}` lists them"
    ))
}
