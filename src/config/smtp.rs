//! `[smtp]`: how mail goes out.

use std::path::PathBuf;

use super::{
    context::Context,
    fields::is_given,
    server::{self, Login, Protocol, Server, Tls},
};
use crate::toml_reader::Table;

/// How mail goes out.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// The way out.
    pub transport: Transport,
    /// What stands between an address and its sub-address detail (RFC 5233); empty when the
    /// server has none.
    pub subaddress_delimiter: String,
}

/// The way out.
#[derive(Clone, Debug)]
pub enum Transport {
    /// To a relay by SMTP.
    Smtp(Relay),
    /// To the sendmail program at this path.
    Sendmail(PathBuf),
    /// Into this directory, one `.eml` a mail: nothing leaves the machine.
    Directory(PathBuf),
}

/// An SMTP relay.
#[derive(Clone, Debug)]
pub struct Relay {
    /// Where to dial.
    pub server: Server,
    /// Who we are there; `None` sends without login.
    pub login: Option<Login>,
    /// Connections at the same time, 1 to 64.
    pub max_connections: usize,
    /// Mails a minute; 0 is any number.
    pub max_per_minute: u32,
}

const SUBMISSION: Protocol = Protocol {
    example_host: "smtp.example.com",
    default_tls: Tls::Starttls,
    implicit_port: 465,
    port: 587,
};

const RELAY_KEYS: [&str; 11] = [
    "host",
    "port",
    "tls",
    "allow_plaintext",
    "ca_file",
    "username",
    "password",
    "password_file",
    "password_env",
    "max_connections",
    "max_per_minute",
];

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Smtp,
    Sendmail,
    Directory,
}

/// Reads `[smtp]`.
///
/// The keys of a relay may stay in the file while another transport is tried. `directory` and
/// `sendmail_path` may not: who left one there believes that no mail goes to the relay.
pub(super) fn read(table: &Table<'_, '_>, context: &Context<'_>) -> Smtp {
    let kinds = [
        ("smtp", Kind::Smtp),
        ("sendmail", Kind::Sendmail),
        ("directory", Kind::Directory),
    ];
    let kind = if table.get("transport").is_some() {
        table.optional_choice("transport", &kinds)
    } else {
        Some(Kind::Smtp)
    };
    for key in RELAY_KEYS {
        table.get(key);
    }
    let only_with = |key: &str, owner: Kind, word: &str| {
        if is_given(table, key) && kind.is_some_and(|kind| kind != owner) {
            table.fault(
                key,
                format!("is for transport = \"{word}\" alone: remove it, or set the transport"),
            );
        }
    };
    only_with("directory", Kind::Directory, "directory");
    only_with("sendmail_path", Kind::Sendmail, "sendmail");
    Smtp {
        transport: match kind {
            Some(Kind::Smtp) => Transport::Smtp(read_relay(table, context)),
            Some(Kind::Directory) => Transport::Directory(read_directory(table, context)),
            Some(Kind::Sendmail) | None => Transport::Sendmail(
                context
                    .path(table, "sendmail_path")
                    .unwrap_or_else(|| PathBuf::from("/usr/sbin/sendmail")),
            ),
        },
        subaddress_delimiter: read_delimiter(table),
    }
}

fn read_relay(table: &Table<'_, '_>, context: &Context<'_>) -> Relay {
    let login = server::read_login(table, context);
    if server::is_half_login(table) {
        server::refuse_missing_login(table);
    }
    let connections = table.integer("max_connections", 4, 1..=64);
    let per_minute = table.integer("max_per_minute", 0, 0..=60_000);
    Relay {
        server: server::read(table, context, &SUBMISSION),
        login,
        max_connections: usize::try_from(connections).unwrap_or(1),
        max_per_minute: u32::try_from(per_minute).unwrap_or(0),
    }
}

fn read_directory(table: &Table<'_, '_>, context: &Context<'_>) -> PathBuf {
    let directory = context.path(table, "directory");
    if directory.is_none() && !is_given(table, "directory") {
        table.fault(
            "directory",
            "is required with transport = \"directory\": write for example directory = \
             \"/var/lib/maildesk/sent\"",
        );
    }
    directory.unwrap_or_default()
}

fn read_delimiter(table: &Table<'_, '_>) -> String {
    let delimiter = table.string("subaddress_delimiter", "+");
    if !["", "+", "-", "=", ".", "#", "_"].contains(&delimiter.as_str()) {
        table.fault(
            "subaddress_delimiter",
            "must be one of + - = . # _ or \"\" if the server has none",
        );
    }
    delimiter
}
