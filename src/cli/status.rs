//! `maildesk status`: the health of the desk in one screen.

use serde_json::{Value, json};

use super::{
    Context, Failure,
    output::{Ink, Table, count, paint, time},
};
use crate::{clock, config::Source};

pub(super) async fn run(context: &Context) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.store(&config)?;
    let names: Vec<String> = config.mailboxes.iter().map(|m| m.name.clone()).collect();
    let (health, tickets, cursors) = store
        .read(move |view| {
            let cursors = names.iter().map(|name| view.cursor(name));
            let cursors = cursors.collect::<Result<Vec<_>, _>>()?;
            Ok((view.health()?, view.ticket_counts()?, cursors))
        })
        .await?;
    let oldest = health.outbox_oldest.map_or(0, |oldest| {
        clock::now().duration_since(oldest).as_secs().max(0)
    });
    let mailboxes: Vec<Value> = config
        .mailboxes
        .iter()
        .zip(&cursors)
        .map(|(mailbox, cursor)| {
            let cursor = cursor.map(|cursor| {
                json!({
                    "uidvalidity": cursor.uidvalidity, "uidnext": cursor.uidnext,
                    "since": cursor.since,
                })
            });
            let source = match &mailbox.source {
                Source::Imap(_) => "imap",
                Source::Maildir { .. } => "maildir",
            };
            json!({ "name": mailbox.name, "source": source, "cursor": cursor })
        })
        .collect();
    let [open, pending, closed] = tickets.map(|(_, number)| number);
    let state = json!({
        "database": config.storage.path,
        "waiting": health.waiting,
        "quarantined": health.quarantined,
        "tickets": { "open": open, "pending": pending, "closed": closed },
        "outbox": {
            "pending": health.outbox_pending, "failed": health.outbox_failed,
            "held": health.outbox_held,
            "oldest_seconds": oldest,
        },
        "mailboxes": mailboxes,
    });
    context.print(&state, || {
        let alarm = |number: u64, words: String| match number {
            0 => words,
            _ => paint(Ink::Bad, &words),
        };
        let mut page = format!("database    {}\n", config.storage.path.display());
        let waiting = usize::try_from(health.waiting).unwrap_or(usize::MAX);
        page.push_str(&format!(
            "intake      {} to be filed\n",
            count(waiting, "mail")
        ));
        let kept = alarm(health.quarantined, format!("{} mails", health.quarantined));
        page.push_str(&format!("quarantine  {kept}\n"));
        page.push_str(&format!(
            "tickets     {open} open, {pending} pending, {closed} closed\n"
        ));
        let failed = alarm(
            health.outbox_failed,
            format!("{} failed", health.outbox_failed),
        );
        page.push_str(&format!("outbox      {} to be sent", health.outbox_pending));
        if oldest > 0 {
            page.push_str(&format!(" (the oldest for {oldest} s)"));
        }
        if health.outbox_held > 0 {
            page.push_str(&format!(", {} held", health.outbox_held));
        }
        page.push_str(&format!(", {failed}\n\n"));
        let mut table = Table::new(&["mailbox", "watched since", "next uid"]);
        for (mailbox, cursor) in config.mailboxes.iter().zip(&cursors) {
            let is_imap = matches!(mailbox.source, Source::Imap(_));
            table.row([
                mailbox.name.clone(),
                cursor.map_or("never reached".to_owned(), |cursor| {
                    time(cursor.since, &config.desk.timezone)
                }),
                cursor
                    .filter(|_| is_imap)
                    .map(|cursor| cursor.uidnext.to_string())
                    .unwrap_or_default(),
            ]);
        }
        page.push_str(&table.or("no mailbox"));
        page
    })
}
