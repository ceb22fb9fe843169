//! A desk in a temporary directory, and the binary run there.

use std::{
    collections::BTreeSet,
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use maildesk::{
    address::Address,
    clock,
    store::{Filed, NewTicket, Pen, Received, Store, StoreError, View},
    ticket::{Priority, Status},
    token::Signer,
};
use serde_json::Value;
use tempfile::TempDir;

pub const CONFIG: &str = r#"
[desk]
name = "Acme Support"
address = "support@example.com"
[storage]
path = "maildesk.db"
[[mailbox]]
name = "support"
source = "maildir"
path = "Maildir"
[smtp]
transport = "directory"
directory = "outgoing"
[limits]
max_message_size = "4KiB"
[[agent]]
name = "Anna"
address = "anna@example.com"
groups = ["support"]
[[agent]]
name = "Boris"
address = "boris@example.com"
[[agent]]
name = "Maria"
address = "maria@example.com"
role = "manager"
"#;

pub const MAIL: &[u8] = b"From: Olga <olga@shop.example>\r\nTo: support@example.com\r\n\
    Subject: Import does not work\r\nMessage-ID: <m1@shop.example>\r\n\r\n\
    The import of the supplier price list fails.\r\n";

/// A directory with a config, and, once it is filled, a database.
pub struct Place(TempDir);

/// How a command ended.
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Place {
    /// With an empty database and a secret.
    pub fn new() -> Self {
        let place = Self::without_database();
        place.fill(|_| Ok(()));
        Signer::open(&place.path().join("secret")).unwrap();
        place
    }

    pub fn without_database() -> Self {
        let place = Self(TempDir::new().unwrap());
        fs::write(place.path().join("config.toml"), CONFIG).unwrap();
        place
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn fill<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Pen<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let store = Store::open(&self.path().join("maildesk.db")).unwrap();
        runtime.block_on(store.write(work)).unwrap()
    }

    pub fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&View<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.fill(move |pen| work(pen))
    }

    /// The binary, away from the config and the colours of whoever runs the tests.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_maildesk"));
        for name in [
            "MAILDESK_CONFIG",
            "MAILDESK_LOG",
            "NO_COLOR",
            "JOURNAL_STREAM",
        ] {
            command.env_remove(name);
        }
        command
            .args(args)
            .current_dir(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn run_anywhere(&self, args: &[&str], stdin: &[u8]) -> Ended {
        let mut child = self.command(args).spawn().unwrap();
        // a command that refuses its arguments does not read its input
        let _ = child.stdin.take().unwrap().write_all(stdin);
        let output = child.wait_with_output().unwrap();
        Ended {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub fn run_with(&self, args: &[&str], stdin: &[u8]) -> Ended {
        self.run_anywhere(&[&["--config", "config.toml"], args].concat(), stdin)
    }

    pub fn run(&self, args: &[&str]) -> Ended {
        self.run_with(args, b"")
    }

    /// What it prints on success.
    pub fn text(&self, args: &[&str]) -> String {
        let ended = self.run(args);
        assert_eq!((ended.code, ended.err.as_str()), (0, ""), "of {args:?}");
        ended.out
    }

    pub fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.text(&[args, &["--json"]].concat())).unwrap()
    }

    /// A ticket of a mail from Olga.
    pub fn ticket(&self, subject: &'static str) -> i64 {
        self.fill(move |pen| open(pen, subject))
    }

    pub fn mails_waiting(&self) -> Vec<(u64, bool, Vec<u8>)> {
        let waiting = self.ask(|view| view.waiting(100));
        let of = |mail: maildesk::store::Waiting| (mail.size, mail.whole, mail.bytes);
        waiting.into_iter().map(of).collect()
    }
}

pub fn olga() -> Address {
    Address::new("Olga", "olga@shop.example")
}

pub fn receive(pen: &Pen<'_>, source: &str, bytes: &[u8]) -> Result<i64, StoreError> {
    let mail = Received {
        source: source.to_owned(),
        uid: 0,
        arrived_at: clock::now(),
        history: false,
        size: bytes.len() as u64,
        whole: true,
        bytes: bytes.to_vec(),
    };
    pen.receive_at("support", 0, &[mail], false)?;
    Ok(pen.waiting(100)?.last().unwrap().id)
}

pub fn open(pen: &Pen<'_>, subject: &str) -> Result<i64, StoreError> {
    let number = pen.open_ticket(&NewTicket {
        subject: subject.to_owned(),
        status: Status::Open,
        priority: Priority::High,
        category: "import".to_owned(),
        tags: vec!["failure".to_owned()],
        mailbox: "support".to_owned(),
        group: "support".to_owned(),
        assignee: String::new(),
        requester: olga(),
        others: vec![Address::new("Petro", "petro@shop.example")],
        language: "en".to_owned(),
        linked_to: None,
        history: false,
        opened_at: clock::now(),
    })?;
    let message = receive(pen, &format!("pipe:{number}"), MAIL)?;
    let filed = Filed {
        ticket: Some(number),
        kind: "customer".to_owned(),
        disposition: "open_ticket".to_owned(),
        reason: "new_mail".to_owned(),
        message_id: format!("m{number}@shop.example"),
        author: olga(),
        subject: subject.to_owned(),
        text: "The import of the supplier price list fails.".to_owned(),
        reply: "The import of the supplier price list fails.".to_owned(),
        ..Filed::default()
    };
    pen.settle(message, &filed)?;
    Ok(number)
}

/// The fields of an object, as the contract writes them.
pub fn assert_fields(object: &Value, expected: &str) {
    let found: BTreeSet<&str> = object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let expected: BTreeSet<&str> = expected.split(", ").collect();
    let missing: Vec<_> = expected.difference(&found).collect();
    assert!(missing.is_empty(), "{missing:?} missing in {object}");
}
