//! `maildesk ticket unsend` and `maildesk ticket send`.

use clap::Args;
use serde_json::json;

use super::{
    super::{output::count, values},
    Context, Failure,
    author::actor,
};

#[derive(Debug, Args)]
pub struct Which {
    /// The ticket
    #[arg(value_name = "N", value_parser = values::ticket)]
    number: i64,
    /// Who does it, for the record
    #[arg(long, value_name = "NAME_OR_ADDRESS")]
    agent: Option<String>,
}

pub(super) async fn unsend(context: &Context, args: Which) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.store(&config)?;
    let desk = context.desk(config)?;
    let actor = actor(&desk, args.agent.as_deref())?;
    let number = args.number;
    let unsent = store
        .write(move |pen| desk.unsend(pen, number, &actor))
        .await?;
    let (message, taken) = (unsent.message, unsent.taken);
    let told = json!({
        "ticket": number, "message": message,
        "kept": taken.kept, "tried": taken.tried, "late": taken.late,
    });
    context.print(&told, || {
        let mut line = match (taken.tried, taken.late) {
            (0, 0) => format!("message {message} of #{number} is taken back: nobody gets it"),
            _ => {
                let who = count(taken.kept, "recipient");
                format!("message {message} of #{number} is taken back from {who}")
            }
        };
        if taken.late > 0 {
            line.push_str(&format!("; it had left for {} already", taken.late));
        }
        if taken.tried > 0 {
            let who = count(taken.tried, "recipient");
            line.push_str(&format!(
                "; an attempt was made for {who}, and a relay whose answer was lost may have it"
            ));
        }
        line + "\n"
    })
}

pub(super) async fn send(context: &Context, args: Which) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.store(&config)?;
    let desk = context.desk(config)?;
    let actor = actor(&desk, args.agent.as_deref())?;
    let number = args.number;
    let mails = store
        .write(move |pen| desk.send_held(pen, number, &actor))
        .await?;
    context.print(&json!({ "ticket": number, "sent": mails }), || {
        format!(
            "the held answer of #{number} goes out: {}\n",
            count(mails, "mail")
        )
    })
}
