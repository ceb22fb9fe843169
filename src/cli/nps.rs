//! `maildesk nps`: whether customers would recommend us.

use clap::{Args, Subcommand};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde_json::json;

use super::{
    Context, Failure,
    output::{self, Table, time, time_or_dash},
    plain, values,
};
use crate::{
    address::Address,
    nps::{
        csv::csv,
        report::{By, Group, report, total},
    },
    store::{Refused, StoreError},
    survey::report::start_of,
};

#[derive(Debug, Subcommand)]
pub(super) enum Nps {
    /// The net promoter score by month, week, language or mailbox
    #[command(after_long_help = DEFINITION, after_help = "`--help` says what the figures are made of.")]
    Report(Report),
    /// List the questions that were sent with their answers, oldest first
    List,
    /// Do not ask a customer again, since they said so
    Stop(Customer),
    /// Ask a customer again who did not want to be asked
    Resume(Customer),
}

const DEFINITION: &str = "\
What the figures are made of:
  asked       questions that left in the span, by the day they left, in desk time
  answered    those of them with an answer, whenever it came; the last answer counts
  promoters   answers of 9 and 10; passives of 7 and 8; detractors of 0 to 6
  nps         percent of promoters less percent of detractors, -100 to 100; with it the 95 %
              interval (Tango's score interval), which says how far so few answers can be believed
No rating of a survey is in any of them, and none of them is in `survey report`. A span is final
once its questions can no longer be answered ([nps] expires).";

#[derive(Debug, Args)]
pub(super) struct Report {
    /// What questions are put together by
    #[arg(long, default_value = "month", value_parser = values::one_of(&By::WORDS))]
    by: By,
    /// Only those sent on this day or later, in desk time
    #[arg(long, value_name = "DATE", value_parser = values::date)]
    from: Option<Date>,
    /// Only those sent on this day or earlier, in desk time
    #[arg(long, value_name = "DATE", value_parser = values::date)]
    to: Option<Date>,
    /// Print CSV for a spreadsheet
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

#[derive(Debug, Args)]
pub(super) struct Customer {
    /// The address
    #[arg(value_parser = values::address)]
    address: Address,
}

pub(super) async fn run(context: &Context, command: Nps) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.store(&config)?;
    let zone = &config.desk.timezone;
    match command {
        Nps::Report(args) => {
            let from = args.from.map(|day| first_of(day, zone)).transpose()?;
            let to = args.to.map(|day| day.saturating_add(1.day()));
            let to = to.map(|day| first_of(day, zone)).transpose()?;
            let rows = store.read(move |view| view.nps_rows(from, to)).await?;
            let groups = report(&rows, args.by, zone);
            match args.csv {
                true => Ok(output::text(&csv(&groups))?),
                false => context.print(&groups, || shown(&groups, &total(&rows), args.by)),
            }
        }
        Nps::List => {
            let rows = store.read(|view| view.nps_rows(None, None)).await?;
            context.print(&rows, || {
                let mut table =
                    Table::new(&["id", "recipient", "asked", "score", "answered", "comment"]);
                for row in &rows {
                    table.row([
                        row.id.to_string(),
                        row.recipient.address.clone(),
                        time(row.asked_at, zone),
                        row.score.map(|score| score.to_string()).unwrap_or_default(),
                        time_or_dash(row.answered_at, zone),
                        row.comment.clone(),
                    ]);
                }
                table.or("nobody was asked yet")
            })
        }
        Nps::Stop(Customer { address }) => {
            let who = address.clone();
            store
                .write(move |pen| pen.refuse_nps(&who, Refused::Desk))
                .await
                .map_err(|error: StoreError| Failure::from(error))?;
            context.print(&json!({ "stopped": &address.address }), || {
                format!("{} is not asked any more\n", plain::line(&address.address))
            })
        }
        Nps::Resume(Customer { address }) => {
            let who = address.clone();
            let had_refused = store
                .write(move |pen| pen.allow_nps(&who))
                .await
                .map_err(|error: StoreError| Failure::from(error))?;
            let document = json!({ "resumed": &address.address, "had_refused": had_refused });
            context.print(&document, || {
                let who = plain::line(&address.address);
                match had_refused {
                    true => format!("{who} may be asked again\n"),
                    false => format!("{who} had not refused to be asked\n"),
                }
            })
        }
    }
}

fn shown(groups: &[Group], total: &Group, by: By) -> String {
    let mut table = Table::new(&[
        by.word(),
        "asked",
        "answered",
        "response",
        "promoters",
        "passives",
        "detractors",
        "nps",
        "95 % interval",
    ]);
    let all = (groups.len() > 1).then_some(total);
    for group in groups.iter().chain(all) {
        let rate = group.response_rate;
        let interval = group.low.zip(group.high);
        table.row([
            group.key.clone(),
            group.asked.to_string(),
            group.answered.to_string(),
            rate.map(|rate| format!("{:.1} %", rate * 100.0))
                .unwrap_or_default(),
            group.promoters.to_string(),
            group.passives.to_string(),
            group.detractors.to_string(),
            group.nps.map(|nps| format!("{nps:.1}")).unwrap_or_default(),
            interval
                .map(|(low, high)| format!("{low:.1} to {high:.1}"))
                .unwrap_or_default(),
        ]);
    }
    table.or("nobody was asked in this time")
}

fn first_of(day: Date, zone: &TimeZone) -> Result<Timestamp, Failure> {
    start_of(day, zone)
        .ok_or_else(|| Failure::Usage(format!("{day} is too far away: write another date")))
}
