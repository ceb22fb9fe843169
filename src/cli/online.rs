//! `maildesk check --online`: what the servers say to our logins.

use tokio::task::JoinHandle;

use super::{check::Findings, output::count, plain};
use crate::{
    config::{Config, Login, Mailbox, Smtp, Source, Transport},
    mailbox,
    oauth::Consents,
    outbox,
    store::Store,
    toml_reader::Fault,
};

/// The IMAP extensions that the desk uses or an admin asks about.
const USED: [&str; 8] = [
    "IDLE",
    "MOVE",
    "UIDPLUS",
    "CONDSTORE",
    "QRESYNC",
    "SPECIAL-USE",
    "LITERAL+",
    "X-GM-EXT-1",
];

/// What one server said: its offer, or why it cannot be used.
type Answer = Result<String, String>;

/// Logs in everywhere at the same time; the answers come in the order of the config.
pub(super) async fn check(config: &Config) -> Findings {
    // where there is no database yet there is no consent either, and a check makes none
    let store = Store::open_existing(&config.storage.path).ok();
    let consents = Consents::new(config, store.as_ref());
    let mut asked: Vec<(String, String, JoinHandle<Answer>)> = Vec::new();
    for (index, mailbox) in config.mailboxes.iter().cloned().enumerate() {
        let name = mailbox.name.clone();
        let consents = consents.clone();
        let asking = tokio::spawn(async move { ask_mailbox(&mailbox, &consents).await });
        asked.push((format!("mailbox[{index}]"), name, asking));
    }
    let smtp = config.smtp.clone();
    let asking = tokio::spawn(async move { ask_smtp(&smtp, &consents).await });
    asked.push(("smtp".to_owned(), place(&config.smtp), asking));
    let mut findings = Findings::default();
    for (key, name, asking) in asked {
        let answer = asking.await.unwrap_or_else(|error| Err(error.to_string()));
        match answer {
            Ok(offer) => {
                let what = key.split('[').next().unwrap_or_default();
                findings.right(&format!("{what} {name}"), &offer);
            }
            Err(problem) => findings.faults.push(Fault {
                file: config.path.display().to_string(),
                line: 0,
                key,
                value: format!("\"{name}\""),
                problem: plain::line(&problem),
            }),
        }
    }
    findings
}

async fn ask_mailbox(mailbox: &Mailbox, consents: &Consents) -> Answer {
    match &mailbox.source {
        Source::Imap(account) => {
            let probe = mailbox::probe(account, consents)
                .await
                .map_err(|e| e.to_string())?;
            let has = |name: &&str| {
                probe
                    .capabilities
                    .iter()
                    .any(|c| c.eq_ignore_ascii_case(name))
            };
            let offered: Vec<&str> = USED.into_iter().filter(has).collect();
            let mails = usize::try_from(probe.messages).unwrap_or(usize::MAX);
            let mut words = format!(
                "{}, {} in {}",
                logged_in(&account.login),
                count(mails, "mail"),
                account.folder
            );
            match offered.is_empty() {
                true => words.push_str(", offers none of the extensions that help"),
                false => words.push_str(&format!(", offers {}", offered.join(", "))),
            }
            if account.idle && !has(&"IDLE") {
                let seconds = mailbox.poll_interval.as_secs();
                words.push_str(&format!(", has no IDLE: looked at every {seconds} s"));
            }
            // Gmail puts what its SMTP server sends there by itself
            let keeps_copies = account.sent_folder.is_some() || has(&"X-GM-EXT-1");
            if let Some(folder) = probe.sent_folder.filter(|_| !keeps_copies) {
                words.push_str(&format!(", has {folder:?} for sent mail: see sent_folder"));
            }
            Ok(words)
        }
        Source::Maildir { path } => {
            for part in ["new", "cur"] {
                let directory = path.join(part);
                std::fs::read_dir(&directory).map_err(|error| {
                    let shown = directory.display();
                    format!("cannot read {shown}: {error}: make the Maildir, or let this user in")
                })?;
            }
            Ok(format!("Maildir {} can be read", path.display()))
        }
    }
}

async fn ask_smtp(smtp: &Smtp, consents: &Consents) -> Answer {
    match &smtp.transport {
        Transport::Smtp(relay) => {
            let offer = outbox::probe(relay, consents).await?;
            let login = match &relay.login {
                Some(login) => logged_in(login),
                None => "connected, without a login".to_owned(),
            };
            let tls = match offer.is_encrypted {
                true => "under TLS",
                false => "in the clear",
            };
            let offered = match offer.extensions.is_empty() {
                true => "none of the extensions that help".to_owned(),
                false => offer.extensions.join(", "),
            };
            Ok(format!("{login} to {} {tls}, offers {offered}", offer.name))
        }
        Transport::Sendmail(program) => match program.is_file() {
            true => Ok("there".to_owned()),
            false => {
                Err("there is no such program: install it, or set smtp.sendmail_path".to_owned())
            }
        },
        Transport::Directory(path) => match path.is_dir() {
            true => Ok("mails are written there, none leaves this machine".to_owned()),
            false => Ok("made with the first mail, none leaves this machine".to_owned()),
        },
    }
}

fn logged_in(login: &Login) -> String {
    match login.oauth2() {
        Some(oauth2) => format!(
            "logged in by OAuth2 with the consent for {}",
            oauth2.consent
        ),
        None => "logged in".to_owned(),
    }
}

/// Where mail goes out, in the words of an admin.
fn place(smtp: &Smtp) -> String {
    match &smtp.transport {
        Transport::Smtp(relay) => format!("{}:{}", relay.server.host, relay.server.port),
        Transport::Sendmail(path) | Transport::Directory(path) => path.display().to_string(),
    }
}
