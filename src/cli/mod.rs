//! The desk from a shell: one subcommand, one file. Results go to stdout, all else to stderr.

mod auth;
mod backup;
mod check;
mod context;
mod customer;
mod deliver;
mod demo;
mod demo_mails;
mod failure;
mod import;
mod inspect;
mod mail;
mod nps;
mod online;
mod outbox;
mod output;
mod packaging;
mod plain;
mod quarantine;
mod report;
mod rules;
mod run;
mod status;
mod survey;
mod table;
mod ticket;
mod values;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::{ArgAction, Parser, Subcommand};

use self::{context::Context, failure::Failure};
use crate::observe::logs;

/// An email-to-ticket gateway: watches mailboxes, triages by rules, answers over SMTP.
#[derive(Debug, Parser)]
#[command(name = "maildesk", version, disable_help_subcommand = true)]
pub struct Cli {
    /// The config file [default: $MAILDESK_CONFIG, else /etc/maildesk/config.toml]
    #[arg(long, global = true, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    json: bool,
    /// Log more; twice for everything
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// Log errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the main job with nothing to set up: sample mails in, tickets and answers out
    Demo(demo::Demo),
    /// Run the desk in the foreground until a signal
    Run,
    /// Say what the desk sees in a mail and would do with it; writes nothing
    Inspect {
        /// Mails; `-` is standard input [default: -]
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Check config, rules with their own tests, and templates
    Check(check::Check),
    /// Take one mail from standard input, for an MTA's pipe or Sieve
    Deliver(deliver::Deliver),
    /// Take in mail of before the desk, as closed tickets; nothing is sent
    Import(import::Import),
    /// List, show, answer and change tickets
    #[command(subcommand)]
    Ticket(ticket::Ticket),
    /// Test, list, explain and compare the triage rules
    #[command(subcommand)]
    Rules(rules::Rules),
    /// What goes out: list, show, retry, drop
    #[command(subcommand)]
    Outbox(outbox::Outbox),
    /// Every mail that came in and why it went where it went: list, show
    #[command(subcommand)]
    Mail(mail::Mail),
    /// What was put aside: list, show, release, drop
    #[command(subcommand)]
    Quarantine(quarantine::Quarantine),
    /// How satisfied customers are
    #[command(subcommand)]
    Survey(survey::Survey),
    /// Whether customers would recommend us: report, list, stop, resume
    #[command(subcommand)]
    Nps(nps::Nps),
    /// The pages of reports: print a link for a manager
    #[command(subcommand)]
    Report(report::Report),
    /// What the desk knows of a customer: show, tag
    #[command(subcommand)]
    Customer(customer::Customer),
    /// Ask a person for consent to log in by OAuth2
    Auth(auth::Auth),
    /// The health of the desk in one screen
    Status,
    /// Write a consistent copy of the database, also while the desk runs
    Backup(backup::Backup),
    /// Print the completions of a shell
    Completions(packaging::Completions),
    /// Write the manual pages into a directory
    Man(packaging::Man),
}

/// Does what the command line asks for. What goes wrong is told on stderr.
pub fn run(asked: Cli) -> ExitCode {
    start_logs(&asked);
    let context = Context::new(asked.config, asked.json);
    match obey(&context, asked.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell();
            failure.code()
        }
    }
}

/// The daemon logs what it does; a short command says it by its result.
fn start_logs(asked: &Cli) {
    let is_daemon = matches!(asked.command, Command::Run);
    let usual = if is_daemon { 0 } else { -1 };
    let more = i8::try_from(asked.verbose).unwrap_or(i8::MAX);
    logs::start(more.saturating_add(usual) - i8::from(asked.quiet));
}

fn obey(context: &Context, command: Command) -> Result<(), Failure> {
    match command {
        // these bring a runtime of their own
        Command::Demo(demo) => Ok(demo::run(&demo, context.is_json)?),
        Command::Run => run::run(context.config()?),
        Command::Inspect { files } => {
            let config = context.config_if_any()?;
            wait(async { Ok(inspect::run(config, &files, context.is_json).await?) })
        }
        Command::Check(args) => wait(check::run(context, args)),
        Command::Deliver(args) => wait(deliver::run(context, args)),
        Command::Import(args) => wait(import::run(context, args)),
        Command::Ticket(command) => wait(ticket::run(context, command)),
        Command::Rules(command) => wait(rules::run(context, command)),
        Command::Outbox(command) => wait(outbox::run(context, command)),
        Command::Mail(command) => wait(mail::run(context, command)),
        Command::Quarantine(command) => wait(quarantine::run(context, command)),
        Command::Survey(command) => wait(survey::run(context, command)),
        Command::Nps(command) => wait(nps::run(context, command)),
        Command::Report(command) => report::run(context, &command),
        Command::Customer(command) => wait(customer::run(context, command)),
        Command::Auth(args) => wait(auth::run(context, args)),
        Command::Status => wait(status::run(context)),
        Command::Backup(args) => wait(backup::run(context, args)),
        Command::Completions(args) => packaging::completions(context, &args),
        Command::Man(args) => packaging::man(context, &args),
    }
}

fn wait(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Runtime::new().context("starting the runtime")?;
    runtime.block_on(work)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_tree_is_sound() {
        super::Cli::command().debug_assert();
    }
}
