//! ACT: the desk as configured, and what people do in it: answer, note, change, close.
//!
//! Mail, web and command line enter by the same functions: an answer becomes a message and its
//! outbox rows in one transaction.

mod answer;
mod by_rule;
mod change;
pub mod chores;
mod held_back;
mod moves;
mod notify;
pub mod nps;
mod on_page;
mod rated;
mod reminder;
mod rules;
mod snooze;
mod survey;
mod undelivered;
mod unsend;

use jiff::tz::TimeZone;

use crate::{
    address::Address,
    clock,
    compose::{ComposeError, Composer, Desk as Letterhead, Outgoing, Stamp, Templates},
    config::{Agent, Config},
    language::Language,
    store::{NewOutbox, OutboxKind, StoreError, Ticket},
    ticket::survey_policy::Policy,
    token::{self, Signer},
    toml_reader::Fault,
    triage::Ruleset,
};

pub use answer::Answer;
pub use by_rule::say_rules;
pub use moves::Unmerged;
pub use notify::News;
pub use on_page::OnPage;
pub use rules::{MANAGERS, rule_faults};
pub use survey::survey_door;
pub use unsend::Unsent;

/// Everything that was read at start or reload. Replaced as a whole.
pub struct Desk {
    /// The settings.
    pub config: Config,
    /// The rules.
    pub rules: Ruleset,
    /// Writes the desk's mail.
    pub composer: Composer,
    /// Makes and checks tokens.
    pub signer: Signer,
    own: Vec<Address>,
}

/// Why an action was not done.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The database, or what was asked of it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The mail could not be written.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The operating system gives no random bytes.
    #[error("making a Message-ID: {0}")]
    Random(#[from] std::io::Error),
    /// It makes no sense here.
    #[error("{0}")]
    Refused(String),
}

impl Desk {
    /// Reads rules and templates for a config.
    ///
    /// # Errors
    /// Every fault of both, and what rules name that is not there.
    pub fn load(config: Config, signer: Signer) -> Result<Self, Vec<Fault>> {
        let rules = Ruleset::open(config.rules.directory.as_deref(), &config.rules.hints);
        let templates = Templates::load(config.templates.directory.as_deref());
        let (rules, templates) = match (rules, templates) {
            (Ok(rules), Ok(templates)) => (rules, templates),
            (rules, templates) => {
                let mut faults = rules.err().unwrap_or_default();
                faults.extend(templates.err().unwrap_or_default());
                return Err(faults);
            }
        };
        let faults = rule_faults(&config, &rules, &templates);
        if !faults.is_empty() {
            return Err(faults);
        }
        let letterhead = Letterhead {
            name: config.desk.name.clone(),
            address: config.desk.address.clone(),
            delimiter: config.smtp.subaddress_delimiter.clone(),
            public_url: config.desk.public_url.clone().unwrap_or_default(),
            language: config.desk.language,
        };
        let composer = Composer::new(letterhead, signer.clone(), templates);
        let own = config.own_addresses();
        Ok(Self {
            config,
            rules,
            composer,
            signer,
            own,
        })
    }

    /// Whether an address is one of the desk's, with or without a sub-address detail.
    pub fn is_own(&self, address: &Address) -> bool {
        let delimiter = &self.config.smtp.subaddress_delimiter;
        self.own
            .iter()
            .any(|own| own.is_same(&address.address) || address.detail_of(own, delimiter).is_some())
    }

    /// The agent of an address.
    pub fn agent_of(&self, address: &Address) -> Option<&Agent> {
        self.config
            .agents
            .iter()
            .find(|agent| agent.address.is_same(&address.address))
    }

    /// The agent of a name or address, as typed.
    pub fn agent_named(&self, text: &str) -> Option<&Agent> {
        self.config.agents.iter().find(|agent| agent.is_named(text))
    }

    /// The language to write to a ticket's customer in.
    pub fn language_of(&self, ticket: &Ticket) -> Language {
        Language::from_code(&ticket.language).unwrap_or(self.config.desk.language)
    }

    /// The zone of the desk.
    pub fn timezone(&self) -> &TimeZone {
        &self.config.desk.timezone
    }

    /// When and whom surveys about a ticket ask.
    pub fn survey_policy(&self, ticket: &Ticket) -> Policy {
        let timezone = self.config.desk.timezone.clone();
        let survey = &self.config.survey;
        survey.policy(&ticket.mailbox, &ticket.category, timezone)
    }
}

/// The time and a fresh name for a mail.
///
/// # Errors
/// When the operating system has no random bytes to give.
pub fn stamp() -> std::io::Result<Stamp> {
    Ok(Stamp {
        at: clock::now(),
        unique: token::random_name()?,
    })
}

/// A composed mail as an outbox row about a ticket.
pub fn outbox_row(kind: OutboxKind, ticket: i64, mail: Outgoing) -> NewOutbox {
    NewOutbox {
        kind,
        ticket: Some(ticket),
        message: None,
        survey: None,
        recipient: mail.recipient,
        envelope_from: mail.envelope_from,
        subject: mail.subject,
        message_id: mail.message_id,
        bytes: mail.bytes,
        not_before: None,
    }
}
