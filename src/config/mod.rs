//! The settings of a desk: the only reader of the config file, of the environment and of
//! secrets.
//!
//! Every key, its default and its meaning stand in `config.example.toml`; a test holds that file
//! equal to this code. All faults of a file are found at once, each with its line and what to do.

mod agent;
mod context;
mod desk;
mod dkim;
mod fields;
mod limits;
mod mailbox;
mod network;
mod notify;
mod nps;
mod oauth2;
mod pack;
mod providers;
mod secret;
mod server;
mod smtp;
mod survey;
mod survey_for;
mod tickets;
mod web;

#[cfg(test)]
mod example_test;
#[cfg(test)]
mod values_test;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    address::Address,
    dkim::DkimKey,
    toml_reader::{self, Fault, Table},
};

pub use self::{
    agent::{Agent, Role},
    desk::{Desk, Storage},
    limits::{Acknowledge, Limits, Trust},
    mailbox::{After, Imap, Mailbox, Source, Start},
    network::Network,
    notify::Notify,
    nps::Nps,
    oauth2::{Grant, Oauth2},
    pack::{Rules, Templates},
    server::{Login, Proof, Server, Tls},
    smtp::{Relay, Smtp, Transport},
    survey::{AgentsSee, Survey},
    survey_for::SurveyFor,
    tickets::Tickets,
    web::Web,
};

use self::context::Context;

const DEFAULT_PATH: &str = "/etc/maildesk/config.toml";

/// The whole config file, checked: what is here can be used as it is.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file that it was read from, absolute when it came from [`Config::load`].
    pub path: PathBuf,
    /// Who we are.
    pub desk: Desk,
    /// Where everything is kept.
    pub storage: Storage,
    /// The watched mailboxes, one at least.
    pub mailboxes: Vec<Mailbox>,
    /// How mail goes out.
    pub smtp: Smtp,
    /// Where the triage rules come from.
    pub rules: Rules,
    /// Where the templates come from.
    pub templates: Templates,
    /// Whether a new ticket is acknowledged.
    pub acknowledge: Acknowledge,
    /// What agents are told by mail.
    pub notify: Notify,
    /// What is too much.
    pub limits: Limits,
    /// Whom we believe.
    pub trust: Trust,
    /// How long a ticket lives.
    pub tickets: Tickets,
    /// How customers are asked whether they were happy.
    pub survey: Survey,
    /// How customers are asked whether they would recommend us.
    pub nps: Nps,
    /// The HTTP side.
    pub web: Web,
    /// The key that outgoing mail is signed with; `None` where it is not signed here.
    pub dkim: Option<Arc<DkimKey>>,
    /// The people who answer.
    pub agents: Vec<Agent>,
}

impl Config {
    /// The path of the config file: `cli` (`--config`), else `$MAILDESK_CONFIG`, else
    /// `/etc/maildesk/config.toml`.
    pub fn default_path(cli: Option<PathBuf>) -> PathBuf {
        cli.or_else(|| {
            std::env::var_os("MAILDESK_CONFIG")
                .filter(|path| !path.is_empty())
                .map(PathBuf::from)
        })
        .unwrap_or_else(|| PathBuf::from(DEFAULT_PATH))
    }

    /// Reads the file at `path`, the secrets that it names, and the environment.
    ///
    /// # Errors
    /// Every fault of the file, in line order. A file that cannot be read is one fault, of
    /// line 0.
    pub fn load(path: &Path) -> Result<Config, Vec<Fault>> {
        let name = path.display().to_string();
        let whole_file = |problem: String| {
            vec![Fault {
                file: name.clone(),
                line: 0,
                key: String::new(),
                value: String::new(),
                problem,
            }]
        };
        let bytes = fs::read(path).map_err(|error| {
            whole_file(format!(
                "cannot read the config file: {}: give its path with --config or \
                 MAILDESK_CONFIG, or start from config.example.toml",
                context::io_cause(&error)
            ))
        })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let good = error.utf8_error().valid_up_to();
            let before = error.as_bytes().iter().take(good);
            let mut faults = whole_file("is not UTF-8 here: save the file as UTF-8".to_owned());
            for fault in &mut faults {
                fault.line = 1 + before.clone().filter(|byte| **byte == b'\n').count();
            }
            faults
        })?;
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let base_dir = absolute.parent().unwrap_or(Path::new("/"));
        let env = |name: &str| std::env::var(name).ok();
        let config = Self::parse(&name, &text, base_dir, &env)?;
        Ok(Config {
            path: absolute.clone(),
            ..config
        })
    }

    /// Reads the text of a config file. Relative paths in it start at `base_dir`; `env` answers
    /// for the environment. Files that the config names (secrets, certificates) are opened.
    ///
    /// # Errors
    /// Every fault of the text, in line order.
    pub fn parse(
        file_name: &str,
        text: &str,
        base_dir: &Path,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Config, Vec<Fault>> {
        let context = Context { base_dir, env };
        let (config, faults) =
            toml_reader::read(file_name, text, |root| read(root, file_name, &context));
        if faults.is_empty() {
            Ok(config)
        } else {
            Err(faults)
        }
    }

    /// The addresses that are ours: the desk's, and every mailbox's user name that is an
    /// address. No two are the same.
    pub fn own_addresses(&self) -> Vec<Address> {
        own_addresses(&self.desk, &self.mailboxes)
    }
}

fn own_addresses(desk: &Desk, mailboxes: &[Mailbox]) -> Vec<Address> {
    let users = mailboxes
        .iter()
        .filter_map(|mailbox| match &mailbox.source {
            Source::Imap(imap) => Address::parse(&imap.login.username),
            Source::Maildir { .. } => None,
        });
    let mut own: Vec<Address> = Vec::new();
    let further = mailboxes.iter().flat_map(|mailbox| &mailbox.addresses);
    let all = std::iter::once(desk.address.clone()).chain(users);
    for address in all.chain(further.cloned()) {
        if !own.iter().any(|known| known.is_same(&address.address)) {
            own.push(address);
        }
    }
    own
}

/// Reads all tables. Where a value is faulty a placeholder stands in for it: the faults keep the
/// config from ever being used.
fn read(root: &Table<'_, '_>, file_name: &str, context: &Context<'_>) -> Config {
    let storage = root.table_or_empty("storage", |t| desk::read_storage(t, context));
    let desk = root.table_or_empty("desk", |t| desk::read(t, context, &storage));
    let mailboxes = mailbox::read_all(root, context);
    let own = own_addresses(&desk, &mailboxes);
    Config {
        path: PathBuf::from(file_name),
        smtp: root.table_or_empty("smtp", |t| smtp::read(t, context, &mailboxes)),
        rules: root.table_or_empty("rules", |t| pack::read_rules(t, context, &storage)),
        templates: root.table_or_empty("templates", |t| pack::read_templates(t, context)),
        acknowledge: root.table_or_empty("acknowledge", limits::read_acknowledge),
        notify: root.table_or_empty("notify", notify::read),
        limits: root.table_or_empty("limits", limits::read),
        trust: root.table_or_empty("trust", limits::read_trust),
        tickets: root.table_or_empty("tickets", tickets::read),
        survey: root.table_or_empty("survey", |t| survey::read(t, &mailboxes)),
        nps: root.table_or_empty("nps", nps::read),
        web: root.table_or_empty("web", |t| web::read(t, &desk)),
        dkim: root.table_or_empty("dkim", |t| dkim::read(t, context, &desk)),
        agents: agent::read_all(root, &own),
        storage,
        desk,
        mailboxes,
    }
}
