//! `maildesk ticket`: the desk from a shell.

mod answer;
mod attachment;
mod author;
mod html;
mod list;
mod merge;
mod raw;
mod set;
mod show;
mod split;
mod unsend;

use clap::Subcommand;

use super::{Context, Failure};

#[derive(Debug, Subcommand)]
pub(super) enum Ticket {
    /// List tickets, the most recently updated first
    List(list::List),
    /// Show a ticket with its messages and events
    Show(show::Show),
    /// Answer the customer, with text from a file or standard input
    Reply(answer::Reply),
    /// Take back the last answer, while it has not left
    Unsend(unsend::Which),
    /// Send the answer that is held since the customer wrote first
    Send(unsend::Which),
    /// Add a private note, with text from a file or standard input
    Note(answer::Note),
    /// Change status, priority, assignee, group, category or tags
    Set(set::Set),
    /// Merge a ticket into another one
    Merge(merge::Merge),
    /// Undo a merge: what came for the ticket since then comes back
    Unmerge(merge::Unmerge),
    /// Give messages of a ticket to a new, linked one
    Split(split::Split),
    /// Write the exact bytes of a message
    Raw(raw::Raw),
    /// Write the HTML of a message as it is safe to show: no script, nothing fetched
    Html(html::Html),
    /// Write the exact bytes of an attachment
    Attachment(attachment::Attachment),
}

pub(super) async fn run(context: &Context, command: Ticket) -> Result<(), Failure> {
    match command {
        Ticket::List(args) => list::run(context, args).await,
        Ticket::Show(args) => show::run(context, args).await,
        Ticket::Reply(args) => answer::reply(context, args).await,
        Ticket::Unsend(args) => unsend::unsend(context, args).await,
        Ticket::Send(args) => unsend::send(context, args).await,
        Ticket::Note(args) => answer::note(context, args).await,
        Ticket::Set(args) => set::run(context, args).await,
        Ticket::Merge(args) => merge::run(context, args).await,
        Ticket::Unmerge(args) => merge::undo(context, args).await,
        Ticket::Split(args) => split::run(context, args).await,
        Ticket::Raw(args) => raw::run(context, args).await,
        Ticket::Html(args) => html::run(context, args).await,
        Ticket::Attachment(args) => attachment::run(context, args).await,
    }
}
