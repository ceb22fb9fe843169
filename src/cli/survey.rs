//! `maildesk survey`: how satisfied customers are.

use clap::{Args, Subcommand};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde_json::json;

use super::{
    Context, Failure,
    output::{self, Table, time, time_or_dash},
    values,
};
use crate::{
    store::StoreError,
    survey::report::{By, Group, csv, report, total},
};

#[derive(Debug, Subcommand)]
pub(super) enum Survey {
    /// List the surveys that were sent, oldest first
    List,
    /// Satisfaction by agent, category, mailbox, language or period
    Report(Report),
    /// Leave a survey out of the reports
    Exclude {
        /// The survey
        id: i64,
        /// The reason, for the record
        #[arg(long, value_name = "TEXT", value_parser = values::why)]
        why: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Report {
    /// What surveys are put together by
    #[arg(long, default_value = "agent", value_parser = values::one_of(&By::WORDS))]
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

pub(super) async fn run(context: &Context, command: Survey) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.store(&config)?;
    let zone = &config.desk.timezone;
    match command {
        Survey::List => {
            let rows = store.read(|view| view.surveys(None, None)).await?;
            context.print(&rows, || {
                let mut table = Table::new(&[
                    "id",
                    "ticket",
                    "agent",
                    "recipient",
                    "asked",
                    "score",
                    "about",
                    "answered",
                    "comment",
                ]);
                for row in &rows {
                    let comment = match row.excluded {
                        true => format!("(excluded) {}", row.comment),
                        false => row.comment.clone(),
                    };
                    table.row([
                        row.id.to_string(),
                        format!("#{}", row.ticket),
                        row.agent.clone(),
                        row.recipient.address.clone(),
                        time(row.asked_at, zone),
                        row.score.map(|score| score.to_string()).unwrap_or_default(),
                        row.about.clone(),
                        time_or_dash(row.answered_at, zone),
                        comment,
                    ]);
                }
                table.or("no survey was sent yet")
            })
        }
        Survey::Report(args) => {
            let from = args.from.map(|day| start_of(day, zone)).transpose()?;
            let to = args.to.map(|day| end_of(day, zone)).transpose()?;
            let rows = store.read(move |view| view.surveys(from, to)).await?;
            let groups = report(&rows, args.by, zone);
            match args.csv {
                true => Ok(output::text(&csv(&groups))?),
                false => context.print(&groups, || shown(&groups, &total(&rows))),
            }
        }
        Survey::Exclude { id, why } => {
            store
                .write(move |pen| pen.exclude_survey(id, &why, "desk"))
                .await
                .map_err(|error: StoreError| Failure::from(error))?;
            context.print(&json!({ "excluded": id }), || {
                format!("survey {id} is left out of the reports\n")
            })
        }
    }
}

fn shown(groups: &[Group], total: &Group) -> String {
    let mut table = Table::new(&[
        "key",
        "asked",
        "answered",
        "response",
        "satisfied",
        "percent",
        "mean",
        "95 % interval",
    ]);
    let all = (groups.len() > 1).then_some(total);
    for group in groups.iter().chain(all) {
        let percent = |value: Option<f64>| value.map(|v| format!("{v:.0} %")).unwrap_or_default();
        let interval = group.low.zip(group.high);
        table.row([
            group.key.clone(),
            group.asked.to_string(),
            group.answered.to_string(),
            percent(group.response_rate.map(|rate| rate * 100.0)),
            group.satisfied.to_string(),
            percent(group.percent_satisfied),
            group
                .mean
                .map(|mean| format!("{mean:.2}"))
                .unwrap_or_default(),
            interval
                .map(|(low, high)| format!("{low:.0} to {high:.0} %"))
                .unwrap_or_default(),
        ]);
    }
    table.or("no survey was sent in this time")
}

fn start_of(day: Date, zone: &TimeZone) -> Result<Timestamp, Failure> {
    let start = day.to_zoned(zone.clone()).map(|start| start.timestamp());
    start.map_err(|_| Failure::Usage(format!("{day} is too far away: write another date")))
}

fn end_of(day: Date, zone: &TimeZone) -> Result<Timestamp, Failure> {
    start_of(day.saturating_add(1.day()), zone)
}
