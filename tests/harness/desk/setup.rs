//! The config of a desk under test.

use std::{fmt::Write as _, path::Path};

use serde_json::Value;
use tempfile::TempDir;

use super::Desk;
use crate::harness::{Account, free_port};

/// A config in the making: tables of keys, whose values are written as TOML.
pub struct DeskSetup {
    dir: TempDir,
    pub(super) web: u16,
    mailboxes: Vec<Table>,
    tables: Vec<(String, Table)>,
    raw: String,
    pub(super) env: Vec<(String, String)>,
    waits_until_ready: bool,
}

type Table = Vec<(String, String)>;

fn set(table: &mut Table, key: &str, value: String) {
    match table.iter_mut().find(|(known, _)| known == key) {
        Some((_, old)) => *old = value,
        None => table.push((key.to_owned(), value)),
    }
}

/// A TOML string.
fn quoted(text: impl AsRef<str>) -> String {
    // JSON's escapes are TOML's
    Value::from(text.as_ref()).to_string()
}

fn account_keys(account: &Account) -> Table {
    let mut keys = vec![
        ("host".to_owned(), quoted(&account.host)),
        ("port".to_owned(), account.port.to_string()),
        ("tls".to_owned(), quoted(account.tls.word())),
    ];
    if let Some(file) = &account.ca_file {
        keys.push(("ca_file".to_owned(), quoted(file.to_string_lossy())));
    }
    if !account.username.is_empty() {
        keys.push(("username".to_owned(), quoted(&account.username)));
        keys.push(("password".to_owned(), quoted(&account.password)));
    }
    keys
}

impl DeskSetup {
    /// A config with a database and a web port of its own, for `support@example.com`; no mailbox,
    /// no way out yet.
    pub fn new() -> Self {
        let web = free_port();
        let dir = TempDir::with_prefix("maildesk-desk-").unwrap();
        let setup = Self {
            dir,
            web,
            mailboxes: Vec::new(),
            tables: Vec::new(),
            raw: String::new(),
            env: Vec::new(),
            waits_until_ready: true,
        };
        setup
            .set("desk", "name", "\"Acme Support\"")
            .set("desk", "address", "\"support@example.com\"")
            .set("storage", "path", "\"maildesk.db\"")
            .set("web", "listen", &quoted(format!("127.0.0.1:{web}")))
    }

    /// A TOML value of a key in one of the tables: `set("desk", "language", "\"ru\"")`.
    pub fn set(mut self, table: &str, key: &str, value: &str) -> Self {
        self.put(table, key, value);
        self
    }

    pub(super) fn put(&mut self, table: &str, key: &str, value: &str) {
        let known = self.tables.iter().position(|(name, _)| name == table);
        let index = known.unwrap_or_else(|| {
            self.tables.push((table.to_owned(), Table::new()));
            self.tables.len() - 1
        });
        set(&mut self.tables[index].1, key, value.to_owned());
    }

    /// Watches an IMAP mailbox, from its first mail on (`start = "all"` unless set otherwise).
    pub fn mailbox(self, name: &str, account: &Account) -> Self {
        self.mailbox_with(name, account, &[])
    }

    /// Watches an IMAP mailbox with further keys, values as TOML: `[("after", "\"seen\"")]`.
    pub fn mailbox_with(mut self, name: &str, account: &Account, keys: &[(&str, &str)]) -> Self {
        let mut table = vec![
            ("name".to_owned(), quoted(name)),
            ("source".to_owned(), quoted("imap")),
        ];
        table.extend(account_keys(account));
        set(&mut table, "start", quoted("all"));
        for (key, value) in keys {
            set(&mut table, key, (*value).to_owned());
        }
        self.mailboxes.push(table);
        self
    }

    /// Watches a Maildir.
    pub fn maildir(mut self, name: &str, path: &Path, keys: &[(&str, &str)]) -> Self {
        let mut table = vec![
            ("name".to_owned(), quoted(name)),
            ("source".to_owned(), quoted("maildir")),
            ("path".to_owned(), quoted(path.to_string_lossy())),
            ("start".to_owned(), quoted("all")),
        ];
        for (key, value) in keys {
            set(&mut table, key, (*value).to_owned());
        }
        self.mailboxes.push(table);
        self
    }

    /// Sends through this server.
    pub fn smtp(mut self, account: &Account) -> Self {
        self = self.set("smtp", "transport", &quoted("smtp"));
        for (key, value) in account_keys(account) {
            self = self.set("smtp", &key, &value);
        }
        self
    }

    /// Writes what goes out into a directory instead.
    pub fn outgoing_directory(self, path: &Path) -> Self {
        self.set("smtp", "transport", &quoted("directory")).set(
            "smtp",
            "directory",
            &quoted(path.to_string_lossy()),
        )
    }

    /// An agent of the desk.
    pub fn agent(self, name: &str, address: &str, keys: &[(&str, &str)]) -> Self {
        let mut text = format!(
            "\n[[agent]]\nname = {}\naddress = {}\n",
            quoted(name),
            quoted(address)
        );
        for (key, value) in keys {
            let _ = writeln!(text, "{key} = {value}");
        }
        self.raw(&text)
    }

    /// Further TOML at the end of the config.
    pub fn raw(mut self, text: &str) -> Self {
        self.raw.push_str(text);
        self
    }

    /// An environment variable of the daemon and of every command.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// [`DeskSetup::start`] returns as soon as the process runs; a server may be down, say.
    pub fn without_waiting(mut self) -> Self {
        self.waits_until_ready = false;
        self
    }

    /// The directory that config and database live in.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The config as text.
    pub fn toml(&self) -> String {
        let mut text = String::new();
        for (name, table) in &self.tables {
            write_table(&mut text, &format!("[{name}]"), table);
        }
        for table in &self.mailboxes {
            write_table(&mut text, "[[mailbox]]", table);
        }
        text + &self.raw
    }

    /// Writes the config, starts nothing: for tests of the command line.
    pub fn write(self) -> Desk {
        Desk::new(self)
    }

    /// Starts `maildesk run` and waits until `/readyz` answers 200.
    #[track_caller]
    pub fn start(self) -> Desk {
        let waits = self.waits_until_ready;
        let mut desk = self.write();
        desk.spawn();
        if waits {
            desk.wait_ready();
        }
        desk
    }
}

fn write_table(text: &mut String, head: &str, table: &Table) {
    let _ = writeln!(text, "{head}");
    for (key, value) in table {
        let _ = writeln!(text, "{key} = {value}");
    }
    text.push('\n');
}
