//! `maildesk inspect`: what maildesk sees in a mail and would do with it. Writes nothing.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::Context;

use super::{output, plain};
use crate::{
    clock,
    config::Config,
    daemon::open_signer,
    desk::Desk,
    ingest::{Preview, Verifier, preview},
    message::{self, Message, authentication::Verdict},
    store::Store,
    token::{self, Signer},
    toml_reader::{Fault, FaultList},
};

/// A config that nothing is sent or stored by: no own address that a real mail could name.
const NO_DESK: &str = "[desk]\naddress = \"desk@maildesk.invalid\"\n[storage]\npath = \"none\"\n\
    [[mailbox]]\nname = \"none\"\nsource = \"maildir\"\npath = \"none\"\n\
    [smtp]\ntransport = \"directory\"\ndirectory = \"none\"\n";

/// Looks at mails; `-` and no file at all are standard input.
///
/// # Errors
/// When a file cannot be read, or the config is faulty.
pub(super) async fn run(
    config: Option<Config>,
    files: &[PathBuf],
    json: bool,
) -> anyhow::Result<()> {
    let database = config.as_ref().map(|config| config.storage.path.clone());
    let desk = desk(config)?;
    let verifier = Verifier::default();
    let stdin = [PathBuf::from("-")];
    let files = if files.is_empty() { &stdin } else { files };
    for file in files {
        let raw = read(file)?;
        let mut message = message::read(&raw);
        let at = message.date.unwrap_or_else(clock::now);
        let trust = &desk.config.trust;
        message.dmarc = verifier.verdict(trust, &raw, &message, at).await;
        let seen = look(&desk, database.as_deref(), message, &raw)?;
        match (json, files.len()) {
            (false, count) => {
                if count > 1 {
                    output::text(&format!(
                        "== {}\n",
                        plain::line(&file.display().to_string())
                    ))?;
                }
                output::text(&describe(&seen))?;
            }
            (true, 1) => output::json(&seen.json())?,
            // several files: JSON Lines
            (true, _) => output::text(&format!("{}\n", plain::json(&seen.json().to_string())))?,
        }
    }
    Ok(())
}

/// The desk of a config, or one without addresses and with the shipped pack.
///
/// # Errors
/// The faults of rules and templates.
pub(super) fn desk(config: Option<Config>) -> anyhow::Result<Desk> {
    let faulty = |faults: Vec<Fault>| anyhow::anyhow!("{}", FaultList(&faults));
    let (config, signer) = match config {
        Some(config) if config.desk.secret_file.exists() => {
            let signer = open_signer(&config)?;
            (config, signer)
        }
        Some(config) => (config, Signer::new(&token::random::<32>()?)),
        None => {
            let parsed = Config::parse("embedded", NO_DESK, Path::new("/"), &|_| None);
            (
                parsed.map_err(faulty)?,
                Signer::new(&token::random::<32>()?),
            )
        }
    };
    Desk::load(config, signer).map_err(faulty)
}

/// Judges a mail, with what the database knows where there is one.
pub(super) fn look(
    desk: &Desk,
    database: Option<&Path>,
    message: Message,
    raw: &[u8],
) -> anyhow::Result<Preview> {
    let Some(path) = database.filter(|path| path.exists()) else {
        return Ok(preview(desk, None, message, raw)?);
    };
    let store = Store::open_existing(path)?;
    Ok(store.read_here(|view| preview(desk, Some(view), message, raw))?)
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut raw = Vec::new();
        std::io::stdin()
            .read_to_end(&mut raw)
            .context("reading the mail on standard input")?;
        return Ok(raw);
    }
    fs::read(file).with_context(|| format!("reading the mail {}", file.display()))
}

fn describe(seen: &Preview) -> String {
    let (message, triage, decision) = (&seen.message, &seen.triage, &seen.decision);
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let value = plain::block(value.trim_end()).replace('\n', "\n              ");
            text.push_str(&format!("{name:<13} {value}\n"));
        }
    };
    line(
        "from",
        &format!("{} <{}>", message.from.name, message.from.address),
    );
    line("subject", &message.subject);
    line(
        "date",
        &message
            .date
            .map(|date| date.to_string())
            .unwrap_or_default(),
    );
    line(
        "language",
        message
            .language
            .map(|language| language.code())
            .unwrap_or("cannot be told"),
    );
    let why = if decision.kind_reason.is_empty() {
        ""
    } else {
        ", since: "
    };
    line(
        "kind",
        &format!("{}{why}{}", decision.kind.word(), decision.kind_reason),
    );
    let dmarc = match message.dmarc {
        Verdict::None => "",
        Verdict::Trouble => "cannot be told: DNS gave no answer",
        known => known.word(),
    };
    line("dmarc", dmarc);
    line("new words", &message.reply);
    line("quoted", &message.quoted);
    line("signature", &message.signature);
    line("forwarded", &seen.forward_sentence().unwrap_or_default());
    for attachment in &message.attachments {
        let what = format!(
            "{} ({}, {} bytes)",
            attachment.name, attachment.media_type, attachment.size
        );
        line("attachment", &what);
    }
    for defect in &message.defects {
        line("defect", defect);
    }
    if let Some(bounce) = &message.bounce {
        let permanent = if bounce.permanent { ", for good" } else { "" };
        let told = [bounce.action.word(), &bounce.status, &bounce.recipient].join(" ");
        line("bounce", &format!("{}{permanent}", told.trim()));
    }
    if let Some(complaint) = &message.complaint {
        line(
            "complaint",
            &format!("{} {}", complaint.feedback_type, complaint.recipient),
        );
    }
    line("priority", triage.priority.unwrap_or_default().word());
    line("category", triage.category.as_deref().unwrap_or_default());
    line("tags", &triage.tags.join(", "));
    for matched in &triage.matched {
        let because: Vec<String> = matched
            .because
            .iter()
            .map(|because| format!("{}: \"{}\"", because.field, because.excerpt))
            .collect();
        line(
            "rule",
            &format!("{} since {}", matched.rule, because.join("; ")),
        );
    }
    line(
        "would be",
        &format!(
            "{}: {}. {}",
            decision.disposition.word(),
            decision.reason.word(),
            decision.sentence()
        ),
    );
    text
}
