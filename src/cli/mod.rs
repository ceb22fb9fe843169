//! The desk from a shell: one subcommand, one file. Results go to stdout, all else to stderr.

mod backup;
mod check;
mod context;
mod deliver;
mod failure;
mod online;
mod outbox;
mod output;
mod packaging;
mod plain;
mod quarantine;
mod rules;
mod status;
mod survey;
mod table;
mod ticket;
mod values;

use std::{path::PathBuf, process::ExitCode};

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
    /// Check config, rules with their own tests, and templates
    Check(check::Check),
    /// Take one mail from standard input, for an MTA's pipe or Sieve
    Deliver(deliver::Deliver),
    /// List, show, answer and change tickets
    #[command(subcommand)]
    Ticket(ticket::Ticket),
    /// Test, list and explain the triage rules
    #[command(subcommand)]
    Rules(rules::Rules),
    /// What goes out: list, show, retry, drop
    #[command(subcommand)]
    Outbox(outbox::Outbox),
    /// What was put aside: list, show, release, drop
    #[command(subcommand)]
    Quarantine(quarantine::Quarantine),
    /// How satisfied customers are
    #[command(subcommand)]
    Survey(survey::Survey),
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
    // a short command says what it does by its result; its log is for -v
    let default: i8 = -1;
    let quiet = i8::from(asked.quiet);
    let verbose = i8::try_from(asked.verbose).unwrap_or(i8::MAX);
    logs::start(default.saturating_add(verbose).saturating_sub(quiet));
    let context = Context::new(asked.config, asked.json);
    let done = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::Failed(format!("starting the runtime: {error}")))
        .and_then(|runtime| runtime.block_on(dispatch(&context, asked.command)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell();
            failure.code()
        }
    }
}

async fn dispatch(context: &Context, command: Command) -> Result<(), Failure> {
    match command {
        Command::Check(args) => check::run(context, args).await,
        Command::Deliver(args) => deliver::run(context, args).await,
        Command::Ticket(command) => ticket::run(context, command).await,
        Command::Rules(command) => rules::run(context, command).await,
        Command::Outbox(command) => outbox::run(context, command).await,
        Command::Quarantine(command) => quarantine::run(context, command).await,
        Command::Survey(command) => survey::run(context, command).await,
        Command::Status => status::run(context).await,
        Command::Backup(args) => backup::run(context, args).await,
        Command::Completions(args) => packaging::completions(context, &args),
        Command::Man(args) => packaging::man(context, &args),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_tree_is_sound() {
        super::Cli::command().debug_assert();
    }
}
