//! `maildesk quarantine`: what could not be read or was put aside.

use clap::Subcommand;
use serde::Serialize;
use serde_json::json;

use super::{
    Context, Failure,
    output::{Table, indent, or_dash, size, time},
    plain, values,
};
use crate::store::{Quarantined, StoreError};

#[derive(Debug, Subcommand)]
pub(super) enum Quarantine {
    /// List the mails in quarantine, oldest first
    List,
    /// Show why one is there, and its headers
    Show {
        /// The mail
        id: i64,
    },
    /// Send one through the desk again; rules may not put it back
    Release {
        /// The mail
        id: i64,
    },
    /// Drop one for good; its bytes stay in the database
    Drop {
        /// The mail
        id: i64,
        /// The reason, for the record
        #[arg(long, value_name = "TEXT", value_parser = values::why)]
        why: String,
    },
}

#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    mail: Quarantined,
    stored_size: u64,
    raw: String,
}

pub(super) async fn run(context: &Context, command: Quarantine) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.store(&config)?;
    let zone = &config.desk.timezone;
    match command {
        Quarantine::List => {
            let mails = store.read(|view| view.quarantined()).await?;
            context.print(&mails, || {
                let mut table = Table::new(&[
                    "id", "mailbox", "received", "size", "from", "subject", "reason",
                ]);
                for mail in &mails {
                    table.row([
                        mail.id.to_string(),
                        mail.mailbox.clone(),
                        time(mail.received_at, zone),
                        size(mail.size),
                        mail.from.clone(),
                        mail.subject.clone(),
                        mail.reason.clone(),
                    ]);
                }
                table.or("the quarantine is empty")
            })
        }
        Quarantine::Show { id } => {
            let (mail, raw) = store
                .read(move |view| {
                    let mut mails = view.quarantined()?.into_iter();
                    let mail = mails
                        .find(|mail| mail.id == id)
                        .ok_or_else(|| missing(id))?;
                    Ok((mail, view.raw_of_message(id)?))
                })
                .await?;
            let whole = Whole {
                mail,
                stored_size: raw.len() as u64,
                raw: String::from_utf8_lossy(&raw).into_owned(),
            };
            context.print(&whole, || {
                let mail = &whole.mail;
                let lines = [
                    ("id", mail.id.to_string()),
                    ("mailbox", or_dash(&mail.mailbox)),
                    ("received", time(mail.received_at, zone)),
                    ("reason", or_dash(&mail.reason)),
                    ("size", format!("{} at the source", size(mail.size))),
                    ("stored", size(whole.stored_size)),
                ];
                let mut page: String = lines
                    .map(|(name, value)| format!("{name:<9} {value}\n"))
                    .concat();
                page.push('\n');
                page.push_str(&indent(headers(&plain::block(&whole.raw)), "    "));
                page
            })
        }
        Quarantine::Release { id } => {
            store
                .write(move |pen| pen.release(id))
                .await
                .map_err(|error: StoreError| Failure::from(error))?;
            context.print(&json!({ "released": id }), || {
                format!("mail {id} goes through the desk again\n")
            })
        }
        Quarantine::Drop { id, why } => {
            store
                .write(move |pen| pen.drop_quarantined(id, &why))
                .await
                .map_err(|error: StoreError| Failure::from(error))?;
            context.print(&json!({ "dropped": id }), || {
                format!("mail {id} is dropped\n")
            })
        }
    }
}

/// What stands before the first empty line.
fn headers(raw: &str) -> &str {
    raw.split_once("\n\n").map_or(raw, |(headers, _)| headers)
}

fn missing(id: i64) -> StoreError {
    StoreError::NotFound(format!(
        "no mail {id} in quarantine: `maildesk quarantine list` shows what is there"
    ))
}
