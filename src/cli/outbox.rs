//! `maildesk outbox`: what goes out.

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;

use super::{
    Context, Failure,
    output::{Table, count, indent, or_dash, time, time_or_dash},
    plain, values,
};
use crate::store::{OutboxRow, OutboxState, StoreError};

#[derive(Debug, Subcommand)]
pub(super) enum Outbox {
    /// List outgoing mails, oldest first
    List(List),
    /// Show one with its mail
    Show {
        /// The row
        id: i64,
    },
    /// Send again, now
    Retry(Retry),
    /// Take one back that was not sent
    Drop {
        /// The row
        id: i64,
        /// The reason, for the record
        #[arg(long, value_name = "TEXT", value_parser = values::why)]
        why: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Only in this state
    #[arg(long, value_parser = values::one_of(&OutboxState::WORDS))]
    state: Option<OutboxState>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Retry {
    /// The row
    id: Option<i64>,
    /// Every row that failed or is delayed
    #[arg(long)]
    all: bool,
}

#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    row: OutboxRow,
    raw: String,
}

pub(super) async fn run(context: &Context, command: Outbox) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.store(&config)?;
    let zone = &config.desk.timezone;
    match command {
        Outbox::List(args) => {
            let rows = store.read(move |view| view.outbox(args.state)).await?;
            context.print(&rows, || {
                let mut table = Table::new(&[
                    "id",
                    "kind",
                    "ticket",
                    "recipient",
                    "state",
                    "attempts",
                    "next",
                    "subject",
                    "last error",
                ]);
                for row in &rows {
                    table.row([
                        row.id.to_string(),
                        row.kind.clone(),
                        row.ticket.map(|n| format!("#{n}")).unwrap_or_default(),
                        row.recipient.clone(),
                        row.state.clone(),
                        row.attempts.to_string(),
                        time_or_dash(row.next_attempt_at, zone),
                        row.subject.clone(),
                        row.last_error.clone(),
                    ]);
                }
                table.or("nothing in the outbox")
            })
        }
        Outbox::Show { id } => {
            let (row, raw) = store.read(move |view| view.outbox_row(id)).await?;
            let raw = String::from_utf8_lossy(&raw).into_owned();
            let whole = Whole { row, raw };
            context.print(&whole, || {
                let row = &whole.row;
                let lines = [
                    ("id", row.id.to_string()),
                    ("kind", row.kind.clone()),
                    (
                        "ticket",
                        row.ticket.map_or("-".to_owned(), |n| format!("#{n}")),
                    ),
                    ("recipient", or_dash(&row.recipient)),
                    ("state", row.state.clone()),
                    ("attempts", row.attempts.to_string()),
                    ("next", time_or_dash(row.next_attempt_at, zone)),
                    ("created", time(row.created_at, zone)),
                    ("sent", time_or_dash(row.sent_at, zone)),
                    ("last error", or_dash(&row.last_error)),
                    ("dropped", or_dash(&row.why)),
                ];
                let mut page: String = lines
                    .map(|(name, value)| format!("{name:<11} {value}\n"))
                    .concat();
                page.push('\n');
                page.push_str(&indent(&plain::block(&whole.raw), "    "));
                page
            })
        }
        Outbox::Retry(args) => {
            let due = store
                .write(move |pen| pen.retry(args.id))
                .await
                .map_err(|error: StoreError| Failure::from(error))?;
            context.print(&json!({ "retried": due }), || {
                format!("{} to be sent now\n", count(due, "mail"))
            })
        }
        Outbox::Drop { id, why } => {
            store
                .write(move |pen| pen.drop_outbox(id, &why))
                .await
                .map_err(|error: StoreError| Failure::from(error))?;
            context.print(&json!({ "dropped": id }), || {
                format!("outbox {id} will not be sent\n")
            })
        }
    }
}
