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
    config::{Agent, Config, Role},
    store::StoreError,
    survey::{
        SurveyRow,
        csv::{self, csv},
        explain::{Explained, explain},
        report::{self, By, Group, report, total},
    },
};

#[derive(Debug, Subcommand)]
pub(super) enum Survey {
    /// List the surveys that were sent, oldest first
    List,
    /// Satisfaction by agent, category, mailbox, language, period, or what it is about
    #[command(after_long_help = DEFINITION, after_help = "`--help` says what the figures are made of.")]
    Report(Report),
    /// Leave a survey out of the reports
    Exclude(SetAside),
    /// Take a survey that was left out into the reports again
    Include(SetAside),
}

#[derive(Debug, Args)]
pub(super) struct SetAside {
    /// The survey
    id: i64,
    /// The reason, for the record
    #[arg(long, value_name = "TEXT", value_parser = values::why)]
    why: String,
    /// The manager who says so, by name or address, for the record
    #[arg(long, value_name = "MANAGER")]
    by: Option<String>,
}

const DEFINITION: &str = "\
What the figures are made of:
  asked      surveys that left in the span, by the day they left, in desk time
  answered   those of them with an answer, whatever it is about and whenever it came; the last
             answer counts
  counted    answers that the figures are made of: all of them; by agent those about the agent or
             about nothing named, since the product and the waiting are not the agent's doing
             (they stand in columns of their own)
  satisfied  counted answers of 4 and 5
  percent    satisfied of counted; with it the 95 % Wilson interval, which says how far so few
             answers can be believed
A survey belongs to the agent who had the ticket when it was closed. One that was set aside
(`survey exclude`) is in no count but that of set-aside ones. A span is final once its surveys
can no longer be answered ([survey] expires).";

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
    /// List the very ratings behind the percentage of an agent (name or address) and why each
    /// counts or does not
    #[arg(long, value_name = "AGENT", conflicts_with = "by")]
    explain: Option<String>,
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
            if let Some(agent) = args.explain {
                return explained(context, &config, &rows, &agent, args.csv);
            }
            let groups = report(&rows, args.by, zone);
            match args.csv {
                true => Ok(output::text(&csv(&groups))?),
                false => context.print(&groups, || shown(&groups, &total(&rows, args.by), args.by)),
            }
        }
        Survey::Exclude(SetAside { id, why, by }) => {
            let actor = manager(&config, by.as_deref())?;
            let done = store.write(move |pen| pen.exclude_survey(id, &why, &actor));
            done.await
                .map_err(|error: StoreError| Failure::from(error))?;
            context.print(&json!({ "excluded": id }), || {
                format!("survey {id} is left out of the reports\n")
            })
        }
        Survey::Include(SetAside { id, why, by }) => {
            let actor = manager(&config, by.as_deref())?;
            let done = store.write(move |pen| pen.include_survey(id, &why, &actor));
            done.await
                .map_err(|error: StoreError| Failure::from(error))?;
            context.print(&json!({ "included": id }), || {
                format!("survey {id} is in the reports again\n")
            })
        }
    }
}

/// Who sets a survey aside, for the record: a manager, or whoever has the shell.
fn manager(config: &Config, named: Option<&str>) -> Result<String, Failure> {
    let Some(named) = named else {
        return Ok("desk".to_owned());
    };
    let is_manager = |agent: &&Agent| agent.role == Role::Manager;
    let managers: Vec<&Agent> = config.agents.iter().filter(is_manager).collect();
    match managers.iter().find(|agent| agent.is_named(named)) {
        Some(manager) => Ok(manager.address.address.clone()),
        None => {
            let names: Vec<&str> = managers.iter().map(|agent| agent.name.as_str()).collect();
            let none = "no [[agent]] has role = \"manager\"";
            Err(Failure::Failed(values::unknown(
                "manager", named, &names, none,
            )))
        }
    }
}

/// The ratings of an agent, who may have left the desk since.
fn explained(
    context: &Context,
    config: &Config,
    rows: &[SurveyRow],
    agent: &str,
    is_csv: bool,
) -> Result<(), Failure> {
    let named = config.agents.iter().find(|known| known.is_named(agent));
    let key = named.map_or(agent, |known| known.address.address.as_str());
    let groups = report(rows, By::Agent, &config.desk.timezone);
    let is_there = |group: &&Group| group.key.eq_ignore_ascii_case(key);
    let Some(group) = groups.iter().find(is_there) else {
        let known: Vec<&str> = groups.iter().map(|group| group.key.as_str()).collect();
        return Err(Failure::Failed(match named {
            Some(_) => format!("no survey about {key} was sent in this time"),
            None => values::unknown("agent", agent, &known, "no survey was sent in this time"),
        }));
    };
    let ratings = explain(rows, &group.key);
    if is_csv {
        return Ok(output::text(&csv::explained(&ratings))?);
    }
    let document = json!({ "agent": &group.key, "report": group, "ratings": &ratings });
    context.print(&document, || behind(group, &ratings, &config.desk.timezone))
}

fn behind(group: &Group, ratings: &[Explained], zone: &TimeZone) -> String {
    let mut table = Table::new(&[
        "survey", "ticket", "asked", "answered", "score", "about", "counted", "why",
    ]);
    for rating in ratings {
        let counted = if rating.counted { "yes" } else { "no" };
        table.row([
            rating.survey.to_string(),
            format!("#{}", rating.ticket),
            time(rating.asked_at, zone),
            time_or_dash(rating.answered_at, zone),
            rating
                .score
                .map(|score| score.to_string())
                .unwrap_or_default(),
            rating.about.clone(),
            counted.to_owned(),
            rating.why.clone(),
        ]);
    }
    let sum = match group.percent_satisfied {
        Some(_) => format!(
            "satisfied {} of {} counted: {}",
            group.satisfied,
            group.counted,
            percent(group.percent_satisfied)
        ),
        None => "no answer counts yet: there is no percentage".to_owned(),
    };
    format!("{table}{sum}\n")
}

fn percent(value: Option<f64>) -> String {
    value.map(|v| format!("{v:.1} %")).unwrap_or_default()
}

/// By agent the answers that are not the agent's own doing stand in columns of their own.
fn shown(groups: &[Group], total: &Group, by: By) -> String {
    let mut table = Table::new(&[
        by.word(),
        "asked",
        "answered",
        "response",
        "counted",
        "satisfied",
        "percent",
        "95 % interval",
        "mean",
        "product",
        "waiting",
        "set aside",
    ]);
    let all = (groups.len() > 1).then_some(total);
    for group in groups.iter().chain(all) {
        let interval = group.low.zip(group.high);
        table.row([
            group.key.clone(),
            group.asked.to_string(),
            group.answered.to_string(),
            percent(group.response_rate.map(|rate| rate * 100.0)),
            group.counted.to_string(),
            group.satisfied.to_string(),
            percent(group.percent_satisfied),
            interval
                .map(|(low, high)| format!("{low:.1} to {high:.1} %"))
                .unwrap_or_default(),
            group
                .mean
                .map(|mean| format!("{mean:.2}"))
                .unwrap_or_default(),
            group.about.product.answered.to_string(),
            group.about.waiting.answered.to_string(),
            group.excluded.to_string(),
        ]);
    }
    table.or("no survey was sent in this time")
}

fn start_of(day: Date, zone: &TimeZone) -> Result<Timestamp, Failure> {
    report::start_of(day, zone)
        .ok_or_else(|| Failure::Usage(format!("{day} is too far away: write another date")))
}

fn end_of(day: Date, zone: &TimeZone) -> Result<Timestamp, Failure> {
    start_of(day.saturating_add(1.day()), zone)
}
