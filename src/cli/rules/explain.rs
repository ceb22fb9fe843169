//! `maildesk rules explain`.

use std::{fs, path::Path};

use clap::Args;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use super::{
    super::{
        context::rules_of,
        inspect::{desk, look},
        output::{Ink, or_dash, paint},
        plain, values,
    },
    Context, Failure,
    read::facts,
};
use crate::{
    clock,
    config::Config,
    ingest::{Preview, Verifier, preview},
    message,
    store::StoreError,
    triage::{Because, Event, Explained, Triage},
};

#[derive(Debug, Args)]
pub struct Explain {
    /// A mail, or the number of a ticket, whose first mail is explained
    #[arg(value_name = "FILE.eml|TICKET")]
    what: String,
}

/// A mail to be explained.
struct Subject {
    bytes: Vec<u8>,
    mailbox: String,
    at: Option<Timestamp>,
    /// Why a stored mail went where it went.
    why: Option<String>,
}

pub(super) async fn run(context: &Context, args: Explain) -> Result<(), Failure> {
    let number = values::ticket(&args.what).ok();
    // a file may be named like a number; a ticket can be named with #
    let number = number.filter(|_| !Path::new(&args.what).is_file());
    let (config, subject) = match number {
        Some(number) => {
            let config = context.config()?;
            let subject = of_ticket(context, &config, number).await?;
            (Some(config), subject)
        }
        None => (context.config_if_any()?, of_file(&args.what)?),
    };
    let rules = rules_of(config.as_ref()).map_err(Failure::Faults)?;
    let zone = config
        .as_ref()
        .map_or(TimeZone::UTC, |config| config.desk.timezone.clone());
    let mut mail = message::read(&subject.bytes);
    let at = subject.at.or(mail.date).unwrap_or_else(clock::now);
    if let Some(config) = &config {
        let verifier = Verifier::default();
        mail.dmarc = verifier
            .verdict(&config.trust, &subject.bytes, &mail, at)
            .await;
    }
    let is_forward = mail.forwarded.is_some();
    let (seen, why) = match (&subject.why, config) {
        // what was done is told as it was; an agent's forward is judged by the customer's words
        (Some(why), Some(config)) if is_forward => {
            let seen = preview(&desk(Some(config))?, None, mail.clone(), &subject.bytes)?;
            (Some(seen), why.clone())
        }
        (Some(why), _) => (None, why.clone()),
        (None, config) => {
            let database = config.as_ref().map(|config| config.storage.path.clone());
            let seen = look(
                &desk(config)?,
                database.as_deref(),
                mail.clone(),
                &subject.bytes,
            )?;
            let why = seen.decision.sentence();
            (Some(seen), why)
        }
    };
    let seen = seen.filter(|_| is_forward);
    let forwarded = seen.as_ref().and_then(Preview::forward_sentence);
    let mail = match seen.as_ref().and_then(Preview::taken_over) {
        Some(taken) => taken.mail.clone(),
        None => mail,
    };
    let facts = facts(&mail, &subject.mailbox, at, &zone);
    let triage = rules.evaluate(&facts, Event::Message);
    let explained = rules.explain(&facts, Event::Message);
    let result = json!({
        "what": args.what, "subject": mail.subject, "kind": mail.kind, "triage": triage,
        "forwarded": forwarded, "why": why,
        "rules": explained.iter().map(shape).collect::<Vec<_>>(),
    });
    context.print(&result, || {
        let mut page = format!("{}\n\n", paint(Ink::Head, &or_dash(&mail.subject)));
        if !why.is_empty() {
            page.push_str(&format!("{}\n\n", plain::line(&why)));
        }
        if let Some(sentence) = &forwarded {
            page.push_str(&format!("{}\n\n", plain::line(sentence)));
        }
        page.push_str(&rules_page(&explained));
        page.push_str(&decided(&triage));
        page
    })
}

async fn of_ticket(context: &Context, config: &Config, number: i64) -> Result<Subject, Failure> {
    let store = context.store(config)?;
    let subject = store.read(move |view| {
        let mailbox = view.ticket(number)?.mailbox;
        let messages = view.messages(number)?;
        let first = messages.iter().find(|message| message.direction == "in");
        let first = first.ok_or_else(|| {
            StoreError::NotFound(format!(
                "no mail came into ticket {number}: nothing to explain"
            ))
        })?;
        Ok(Subject {
            bytes: view.raw_of_message(first.id)?,
            mailbox,
            at: Some(first.at),
            why: Some(first.why.clone()),
        })
    });
    Ok(subject.await?)
}

fn of_file(path: &str) -> Result<Subject, Failure> {
    let bytes = fs::read(path).map_err(|error| {
        Failure::Failed(format!(
            "reading the mail {path}: {error}: name an .eml file or a ticket's number"
        ))
    })?;
    Ok(Subject {
        bytes,
        mailbox: String::new(),
        at: None,
        why: None,
    })
}

fn shape(explained: &Explained) -> Value {
    json!({
        "rule": explained.rule, "file": explained.file, "line": explained.line,
        "matched": explained.matched, "because": explained.because, "missed": explained.missed,
    })
}

fn rules_page(explained: &[Explained]) -> String {
    let (matched, rest): (Vec<_>, Vec<_>) = explained.iter().partition(|rule| rule.matched);
    // something was found, and it was not enough
    let (near, far): (Vec<_>, Vec<_>) = rest.into_iter().partition(|rule| !rule.because.is_empty());
    let mut page = String::new();
    let mut section = |head: &str, ink, rules: &[&Explained]| {
        if rules.is_empty() {
            return;
        }
        page.push_str(&format!("{}\n", paint(ink, head)));
        for rule in rules {
            page.push_str(&format!("  {}  ({}:{})\n", rule.rule, rule.file, rule.line));
            for Because { field, excerpt } in &rule.because {
                page.push_str(&format!("    {field}: {}\n", plain::line(excerpt)));
            }
            for missed in &rule.missed {
                page.push_str(&format!("    missing: {}\n", plain::line(missed)));
            }
        }
    };
    section("matched", Ink::Good, &matched);
    section("nearly", Ink::Head, &near);
    let far: Vec<&str> = far.iter().map(|rule| rule.rule.as_str()).collect();
    if !far.is_empty() {
        page.push_str(&format!(
            "{}\n  {}\n",
            paint(Ink::Head, "not at all"),
            far.join(", ")
        ));
    }
    page
}

fn decided(triage: &Triage) -> String {
    let mut words = vec![format!(
        "priority {}",
        triage.priority.unwrap_or_default().word()
    )];
    let mut say = |name: &str, value: Option<&str>| {
        words.extend(value.map(|value| format!("{name} {value}")));
    };
    say("category", triage.category.as_deref());
    say(
        "tags",
        Some(triage.tags.join(", ").as_str()).filter(|tags| !tags.is_empty()),
    );
    say("group", triage.group.as_deref());
    say("assign", triage.assign.as_deref());
    say("status", triage.status.map(|status| status.word()));
    say("reply", triage.reply.as_deref());
    let flags = [
        ("no acknowledgement", triage.no_acknowledge),
        ("ignored", triage.ignore),
        ("put into quarantine", triage.quarantine),
    ];
    words.extend(
        flags
            .iter()
            .filter(|(_, is_on)| *is_on)
            .map(|(word, _)| (*word).to_owned()),
    );
    format!("so: {}\n", words.join("; "))
}
