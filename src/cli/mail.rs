//! `maildesk mail`: every mail that came in, what became of it and why, ignored ones too.

use clap::Subcommand;
use serde::Serialize;

use super::{
    Context, Failure,
    output::{Table, indent, or_dash, time},
    plain, values,
};
use crate::store::JournalLine;

#[derive(Debug, Subcommand)]
pub(super) enum Mail {
    /// List the newest mails and what became of them
    List {
        /// Only those that ended so
        #[arg(long, value_name = "DISPOSITION", value_parser = values::one_of(&DISPOSITIONS))]
        disposition: Option<&'static str>,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
    },
    /// Say why one went where it went, and show it
    Show {
        /// The mail
        id: i64,
    },
}

const DISPOSITIONS: [(&str, &str); 6] = [
    ("open_ticket", "open_ticket"),
    ("append", "append"),
    ("note", "note"),
    ("ignore", "ignore"),
    ("quarantine", "quarantine"),
    ("bounce", "bounce"),
];

#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    line: JournalLine,
    raw: String,
}

pub(super) async fn run(context: &Context, command: Mail) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.store(&config)?;
    let zone = &config.desk.timezone;
    match command {
        Mail::List { disposition, limit } => {
            let lines = store
                .read(move |view| view.journal_of(disposition, limit))
                .await?;
            context.print(&lines, || {
                let mut table = Table::new(&[
                    "id", "mailbox", "received", "from", "subject", "kind", "outcome", "reason",
                    "ticket",
                ]);
                for line in &lines {
                    let ticket = line.ticket.map(|number| format!("#{number}"));
                    table.row([
                        line.id.to_string(),
                        line.mailbox.clone(),
                        time(line.received_at, zone),
                        line.from.clone(),
                        line.subject.clone(),
                        line.kind.clone(),
                        line.disposition.clone(),
                        line.reason.clone(),
                        ticket.unwrap_or_default(),
                    ]);
                }
                table.or("no mails")
            })
        }
        Mail::Show { id } => {
            let (line, raw) = store
                .read(move |view| Ok((view.journal_line(id)?, view.raw_of_message(id)?)))
                .await?;
            let raw = String::from_utf8_lossy(&raw).into_owned();
            let whole = Whole { line, raw };
            context.print(&whole, || {
                let line = &whole.line;
                let lines = [
                    ("mail", line.id.to_string()),
                    ("mailbox", or_dash(&line.mailbox)),
                    ("received", time(line.received_at, zone)),
                    ("from", or_dash(&line.from)),
                    ("subject", or_dash(&line.subject)),
                    ("kind", or_dash(&line.kind)),
                    ("state", or_dash(&line.state)),
                    ("why", or_dash(&line.why)),
                ];
                let lines =
                    lines.map(|(name, value)| format!("{name:<9} {}\n", plain::line(&value)));
                let mut page: String = lines.concat();
                page.push('\n');
                page.push_str(&indent(&plain::block(&whole.raw), "    "));
                page
            })
        }
    }
}
