//! `[[mailbox]]`: the watched mailboxes.

use std::{path::PathBuf, time::Duration};

use jiff::civil::Date;
use toml::de::DeValue;

use super::{
    context::Context,
    fields::{duration, is_given, line},
    oauth2,
    server::{self, Login, Protocol, Server, Tls},
};
use crate::{address::Address, toml_reader::Table};

/// One watched mailbox.
#[derive(Clone, Debug)]
pub struct Mailbox {
    /// Its name: `[a-z0-9_-]+`, unique.
    pub name: String,
    /// Where it is.
    pub source: Source,
    /// What is taken when it is seen for the first time.
    pub start: Start,
    /// What becomes of a mail on the server once it is stored.
    pub after: After,
    /// How often it is looked at, beside IDLE.
    pub poll_interval: Duration,
    /// The team for its new tickets; empty when none.
    pub group: String,
    /// Addresses whose mail comes into it, beside its login.
    pub addresses: Vec<Address>,
}

impl Mailbox {
    /// The account and the folder that copies of sent answers go to; `None` when none are kept.
    pub fn sent_folder(&self) -> Option<(&Imap, &str)> {
        match &self.source {
            Source::Imap(imap) => imap.sent_folder.as_deref().map(|folder| (imap, folder)),
            Source::Maildir { .. } => None,
        }
    }
}

/// Where a mailbox is.
#[derive(Clone, Debug)]
pub enum Source {
    /// On an IMAP server.
    Imap(Imap),
    /// In a directory of this machine.
    Maildir {
        /// The directory that holds `new`, `cur` and `tmp`.
        path: PathBuf,
    },
}

impl Source {
    /// What is watched, in a form to compare by; empty when a part of it is faulty.
    fn place(&self) -> String {
        match self {
            Source::Imap(imap) if !imap.login.username.is_empty() => {
                let host = imap.server.host.to_lowercase();
                let port = imap.server.port;
                let folder = &imap.folder;
                format!("{}\n{host}\n{port}\n{folder}", imap.login.username)
            }
            Source::Imap(_) => String::new(),
            Source::Maildir { path } => path.display().to_string(),
        }
    }
}

/// A folder on an IMAP server.
#[derive(Clone, Debug)]
pub struct Imap {
    /// Where to dial.
    pub server: Server,
    /// Who we are there.
    pub login: Login,
    /// The folder, in Unicode: not yet in modified UTF-7.
    pub folder: String,
    /// Whether IDLE (RFC 2177) is used where it is offered.
    pub idle: bool,
    /// The folder that copies of sent answers go to, in Unicode; `None` when none are kept.
    pub sent_folder: Option<String>,
}

/// What is taken from a mailbox that is seen for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Only what arrives from now on.
    Now,
    /// Everything.
    All,
    /// What arrived on this day or later, in desk time.
    Date(Date),
}

/// What becomes of a mail on the server once it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// It stays as it is.
    Keep,
    /// It is marked as read.
    Seen,
    /// It goes to this folder, in Unicode; for a Maildir, to the Maildir++ folder of that name.
    Move(String),
    /// It is deleted.
    Delete,
}

const IMAP: Protocol = Protocol {
    example_host: "imap.example.com",
    default_tls: Tls::Implicit,
    implicit_port: 993,
    port: 143,
};

const IMAP_KEYS: [&str; 13] = [
    "host",
    "port",
    "tls",
    "allow_plaintext",
    "ca_file",
    "username",
    "password",
    "password_file",
    "password_env",
    "oauth2",
    "folder",
    "idle",
    "sent_folder",
];

#[derive(Clone, Copy)]
enum Kind {
    Imap,
    Maildir,
}

/// Reads all mailboxes.
pub(super) fn read_all(root: &Table<'_, '_>, context: &Context<'_>) -> Vec<Mailbox> {
    let mut seen: Vec<(String, String)> = Vec::new();
    let mailboxes = root.tables("mailbox", |table| {
        let mailbox = read(table, context);
        let place = mailbox.source.place();
        if seen.iter().any(|(name, _)| *name == mailbox.name) {
            table.fault("name", "another mailbox has this name: give each its own");
        } else if let Some((name, _)) = seen.iter().find(|(_, other)| *other == place) {
            let problem = format!("watches what mailbox \"{name}\" watches: remove one of them");
            table.fault("name", problem);
        } else if !mailbox.name.is_empty() && !place.is_empty() {
            seen.push((mailbox.name.clone(), place));
        }
        mailbox
    });
    let is_empty = |value: &DeValue<'_>| value.as_array().is_some_and(|items| items.is_empty());
    if root
        .get("mailbox")
        .is_none_or(|value| is_empty(value.get_ref()))
    {
        root.fault("mailbox", "at least one [[mailbox]] is required");
    }
    mailboxes
}

fn read(table: &Table<'_, '_>, context: &Context<'_>) -> Mailbox {
    let name = read_name(table);
    let kinds = [("imap", Kind::Imap), ("maildir", Kind::Maildir)];
    let kind = if table.get("source").is_some() {
        table.optional_choice("source", &kinds)
    } else {
        Some(Kind::Imap)
    };
    let source = match kind {
        Some(Kind::Imap) => read_imap(table, context, &name),
        Some(Kind::Maildir) => read_maildir(table, context),
        None => {
            // which keys belong to it cannot be told
            for key in IMAP_KEYS.iter().chain(&["path"]) {
                table.get(key);
            }
            Source::Maildir {
                path: PathBuf::new(),
            }
        }
    };
    Mailbox {
        name,
        start: read_start(table),
        after: read_after(table, &source),
        source,
        poll_interval: duration(
            table,
            "poll_interval",
            Duration::from_secs(60),
            Duration::from_secs(1)..=Duration::from_secs(86_400),
        ),
        group: line(table, "group", ""),
        addresses: read_addresses(table),
    }
}

fn read_addresses(table: &Table<'_, '_>) -> Vec<Address> {
    let mut addresses = Vec::new();
    for text in table.strings("addresses") {
        match Address::parse(&text).filter(|who| who.address == text) {
            Some(address) => addresses.push(address),
            None => table.fault(
                "addresses",
                format!("{text:?} must be an address such as \"sales@example.com\""),
            ),
        }
    }
    addresses
}

fn read_name(table: &Table<'_, '_>) -> String {
    let name = table.required_string("name", "support");
    let is_allowed =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    if !name.chars().all(is_allowed) {
        table.fault("name", "must be of a-z, 0-9, _ and - alone");
    }
    name
}

fn read_imap(table: &Table<'_, '_>, context: &Context<'_>, name: &str) -> Source {
    if is_given(table, "path") {
        table.fault(
            "path",
            "is for source = \"maildir\" alone: remove it, or set the source",
        );
    }
    let server = server::read(table, context, &IMAP);
    let oauth2 = oauth2::read_mailbox(table, context, name);
    let has_oauth2 = oauth2.is_some();
    let login = server::read_login(table, context, oauth2);
    let folder = line(table, "folder", "INBOX");
    if folder.is_empty() {
        table.fault(
            "folder",
            "must not be empty: write for example folder = \"INBOX\"",
        );
    }
    if login.is_none() {
        server::refuse_missing_login(table, has_oauth2);
    }
    let sent_folder = line(table, "sent_folder", "");
    if !sent_folder.is_empty() && is_same_folder(&sent_folder, &folder) {
        table.fault(
            "sent_folder",
            "is the watched folder itself: name another one, or leave it empty to keep no copies",
        );
    }
    Source::Imap(Imap {
        server,
        login: login.unwrap_or_default(),
        folder,
        idle: table.boolean("idle", true),
        sent_folder: Some(sent_folder).filter(|name| !name.is_empty()),
    })
}

fn read_maildir(table: &Table<'_, '_>, context: &Context<'_>) -> Source {
    for key in IMAP_KEYS {
        if is_given(table, key) {
            table.fault(key, "has no meaning with source = \"maildir\": remove it");
        }
    }
    let path = context.path(table, "path");
    if path.is_none() && !is_given(table, "path") {
        table.fault(
            "path",
            "is required with source = \"maildir\": write for example path = \"/var/mail/support\"",
        );
    }
    Source::Maildir {
        path: path.unwrap_or_default(),
    }
}

fn read_start(table: &Table<'_, '_>) -> Start {
    let Some(value) = table.get("start") else {
        return Start::Now;
    };
    let start = match value.get_ref() {
        DeValue::String(text) => match text.as_ref() {
            "now" => Some(Start::Now),
            "all" => Some(Start::All),
            date => Date::strptime("%Y-%m-%d", date).ok().map(Start::Date),
        },
        DeValue::Datetime(at) if at.time.is_none() => Date::strptime("%Y-%m-%d", at.to_string())
            .ok()
            .map(Start::Date),
        _ => None,
    };
    start.unwrap_or_else(|| {
        table.fault(
            "start",
            "must be \"now\", \"all\" or a date such as \"2026-01-31\"",
        );
        Start::Now
    })
}

fn read_after(table: &Table<'_, '_>, source: &Source) -> After {
    let move_to = line(table, "move_to", "Processed");
    let words = [("keep", 0), ("seen", 1), ("move", 2), ("delete", 3)];
    match table.choice("after", &words, 0) {
        1 => After::Seen,
        3 => After::Delete,
        2 => {
            let folder = match source {
                Source::Imap(imap) => imap.folder.as_str(),
                Source::Maildir { .. } => "INBOX",
            };
            if move_to.is_empty() {
                table.fault(
                    "move_to",
                    "is required with after = \"move\": write for example move_to = \"Processed\"",
                );
            } else if is_same_folder(&move_to, folder) {
                table.fault(
                    "move_to",
                    "is the watched folder itself: name another one, or set after = \"keep\"",
                );
            }
            After::Move(move_to)
        }
        _ => After::Keep,
    }
}

/// INBOX alone is the same in any case (RFC 3501 section 5.1).
fn is_same_folder(a: &str, b: &str) -> bool {
    a == b || (a.eq_ignore_ascii_case("INBOX") && b.eq_ignore_ascii_case("INBOX"))
}
