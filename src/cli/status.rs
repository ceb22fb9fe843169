//! `maildesk status`: the health of the desk in one screen.

use serde_json::{Value, json};

use super::{
    Context, Failure,
    output::{Ink, Table, count, paint, time},
    plain,
};
use crate::{
    clock,
    config::{Grant, Source},
};

pub(super) async fn run(context: &Context) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.store(&config)?;
    let names: Vec<String> = config.mailboxes.iter().map(|m| m.name.clone()).collect();
    let consents: Vec<String> = config
        .consents()
        .into_iter()
        .filter(|settings| settings.grant != Grant::ClientCredentials)
        .map(|settings| settings.consent.clone())
        .collect();
    let asked = consents.clone();
    let (health, tickets, cursors, given) = store
        .read(move |view| {
            let cursors = names.iter().map(|name| view.cursor(name));
            let cursors = cursors.collect::<Result<Vec<_>, _>>()?;
            let given = asked.iter().map(|name| view.consent(name));
            let given = given.collect::<Result<Vec<_>, _>>()?;
            Ok((view.health()?, view.ticket_counts()?, cursors, given))
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
    let consents: Vec<Value> = consents
        .iter()
        .zip(&given)
        .map(|(name, given)| {
            json!({
                "name": name,
                "given_at": given.as_ref().map(|given| given.given_at),
                "renewed_at": given.as_ref().map(|given| given.renewed_at),
                "ended": given.as_ref().map(|given| given.ended.as_str()),
            })
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
        "consents": consents,
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
        for (consent, given) in consents.iter().zip(&given) {
            let name = consent["name"].as_str().unwrap_or_default();
            let words = match given {
                None => paint(Ink::Bad, &format!("none: run `maildesk auth {name}`")),
                Some(given) if given.ended.is_empty() => {
                    format!("given {}", time(given.given_at, &config.desk.timezone))
                }
                Some(given) => {
                    let ended = format!("has ended ({}): run `maildesk auth {name}`", given.ended);
                    paint(Ink::Bad, &plain::line(&ended))
                }
            };
            page.push_str(&format!("consent for {name}  {words}\n"));
        }
        page
    })
}
