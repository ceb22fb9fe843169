//! `maildesk rules`: what the triage rules say and why.

mod corpus;
mod diff;
mod explain;
mod fate;
mod given;
mod labelled;
mod list;
mod read;
mod test;
mod train;

use clap::Subcommand;

use super::{Context, Failure};

pub(super) use test::fault_of;

#[derive(Debug, Subcommand)]
pub(super) enum Rules {
    /// Run the tests that rule files carry
    Test(test::Test),
    /// List the rules in the order in which they run
    List,
    /// Say which rules match a mail, where and why, and which nearly do
    Explain(explain::Explain),
    /// Say what a change of rules would have done to the tickets of the last days
    Diff(diff::Diff),
    /// Learn the hints anew from the shipped examples and from what agents corrected
    Train(train::Train),
}

pub(super) async fn run(context: &Context, command: Rules) -> Result<(), Failure> {
    match command {
        Rules::Test(args) => test::run(context, args),
        Rules::List => list::run(context),
        Rules::Explain(args) => explain::run(context, args).await,
        Rules::Diff(args) => diff::run(context, args).await,
        Rules::Train(args) => train::run(context, args).await,
    }
}
