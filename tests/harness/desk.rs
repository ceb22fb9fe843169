//! The real `maildesk` binary with a config of its own.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    os::unix::net::UnixDatagram,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

use super::{
    Account, free_port, http,
    process::{Group, exit_code},
    wait::eventually,
};

/// How long a start or a stop may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);

/// A config in the making: tables of keys, whose values are written as TOML.
pub struct DeskSetup {
    dir: TempDir,
    web: u16,
    mailboxes: Vec<Table>,
    tables: Vec<(String, Table)>,
    raw: String,
    env: Vec<(String, String)>,
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
    /// A TOML value of a key in one of the tables: `set("desk", "language", "\"ru\"")`.
    pub fn set(mut self, table: &str, key: &str, value: &str) -> Self {
        self.put(table, key, value);
        self
    }

    fn put(&mut self, table: &str, key: &str, value: &str) {
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
        let notify = self.dir.path().join("notify");
        let desk = Desk {
            config: self.dir.path().join("config.toml"),
            log: self.dir.path().join("stderr.log"),
            notify: UnixDatagram::bind(&notify).unwrap(),
            web: self.web,
            group: None,
            setup: self,
        };
        desk.notify.set_nonblocking(true).unwrap();
        fs::write(&desk.config, desk.setup.toml()).unwrap();
        desk
    }

    /// Starts `maildesk run` and waits until `/readyz` answers 200.
    #[track_caller]
    pub fn start(self) -> Desk {
        let mut desk = self.write();
        desk.spawn();
        if desk.setup.waits_until_ready {
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

/// A desk: its files, and the daemon when it runs.
pub struct Desk {
    // before the directory: fields are dropped in this order
    group: Option<Group>,
    setup: DeskSetup,
    config: PathBuf,
    log: PathBuf,
    notify: UnixDatagram,
    /// Port of the web on 127.0.0.1.
    pub web: u16,
}

impl Desk {
    /// A config with a database and a web port of its own, for `support@example.com`; no mailbox,
    /// no way out yet.
    pub fn setup() -> DeskSetup {
        let web = free_port();
        let dir = TempDir::with_prefix("maildesk-desk-").unwrap();
        let setup = DeskSetup {
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

    /// The directory that config and database live in.
    pub fn dir(&self) -> &Path {
        self.setup.dir()
    }

    /// The config file.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// Changes a key of the config file (values as TOML); [`Desk::hup`] makes the daemon read it.
    pub fn edit(&mut self, table: &str, key: &str, value: &str) {
        self.setup.put(table, key, value);
        fs::write(&self.config, self.setup.toml()).unwrap();
    }

    /// Starts the daemon again on the same files, and waits until it is ready.
    #[track_caller]
    pub fn restart(&mut self) {
        self.spawn();
        self.wait_ready();
    }

    /// Starts the daemon and does not wait.
    pub fn spawn(&mut self) {
        self.group = None;
        let mut command = self.command(&["run"]);
        command.env("NOTIFY_SOCKET", self.dir().join("notify"));
        self.group = Some(Group::spawn(&mut command, &self.log));
    }

    /// Waits until `/readyz` answers 200.
    #[track_caller]
    pub fn wait_ready(&mut self) {
        let (web, log) = (self.web, self.log.clone());
        let group = self.group.as_mut().expect("a running daemon");
        eventually(PATIENCE, "the desk is ready", || {
            if let Some(status) = group.ended() {
                panic!("the desk ended, {status}: {}", tail(&log));
            }
            match http::request(web, "GET", "/readyz", &[], "") {
                Ok(response) if response.status == 200 => Ok(()),
                Ok(response) => Err(response.body),
                Err(error) => Err(error),
            }
        });
    }

    /// Waits until the daemon's log holds this text; returns the line.
    #[track_caller]
    pub fn wait_log(&self, text: &str, timeout: Duration) -> String {
        eventually(timeout, &format!("the log says {text:?}"), || {
            let log = self.log();
            log.lines()
                .find(|line| line.contains(text))
                .map(str::to_owned)
        })
    }

    /// What the daemon wrote to stdout and stderr, in all its lives.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// What the daemon told systemd since the last call: `READY=1` and the like.
    pub fn notifications(&self) -> Vec<String> {
        let mut words = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(count) = self.notify.recv(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..count]).into_owned();
            words.extend(text.lines().map(str::to_owned));
        }
        words
    }

    /// Whether the daemon runs.
    pub fn is_running(&mut self) -> bool {
        self.group
            .as_mut()
            .is_some_and(|group| group.ended().is_none())
    }

    /// `kill -9`: what a power cut leaves. [`Desk::restart`] starts it again.
    pub fn kill9(&mut self) {
        self.group = None;
    }

    /// SIGTERM, then waits for the end; returns the exit code.
    #[track_caller]
    pub fn terminate(&mut self) -> i32 {
        let mut group = self.group.take().expect("a running daemon");
        group.signal("TERM");
        exit_code(group.wait(PATIENCE))
    }

    /// Waits until the daemon ends by itself (a crash point, a fatal error); returns the exit
    /// code, 128 + signal for a signal.
    #[track_caller]
    pub fn wait_end(&mut self) -> i32 {
        let mut group = self.group.take().expect("a running daemon");
        exit_code(group.wait(PATIENCE))
    }

    /// SIGHUP: reload.
    pub fn hup(&self) {
        self.signal("HUP");
    }

    /// Any other signal, to the daemon alone.
    pub fn signal(&self, signal: &str) {
        self.group
            .as_ref()
            .expect("a running daemon")
            .signal(signal);
    }

    /// The daemon's process id.
    pub fn pid(&self) -> u32 {
        self.group.as_ref().expect("a running daemon").id()
    }

    /// A command with `--json` somewhere in it, which must succeed; returns the document.
    #[track_caller]
    pub fn cli(&self, arguments: &[&str]) -> Value {
        let text = self.cli_text(arguments, "");
        serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("maildesk {arguments:?}: {error}: {text}"))
    }

    /// A command which must succeed, with `stdin`; returns its stdout.
    #[track_caller]
    pub fn cli_text(&self, arguments: &[&str], stdin: impl AsRef<[u8]>) -> String {
        let output = self.cli_output(arguments, stdin);
        let error = String::from_utf8_lossy(&output.stderr);
        let code = exit_code(output.status);
        assert_eq!(code, 0, "maildesk {arguments:?}: {error}");
        String::from_utf8(output.stdout).expect("UTF-8 on stdout")
    }

    /// A command, however it ends.
    pub fn cli_output(&self, arguments: &[&str], stdin: impl AsRef<[u8]>) -> Output {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        // from a thread: the command may fill stdout before it has read all of stdin
        let stdin = stdin.as_ref().to_vec();
        let writer = std::thread::spawn(move || pipe.write_all(&stdin));
        let output = child.wait_with_output().unwrap();
        // a command that does not read its stdin is fine
        let _ = writer.join().unwrap();
        output
    }

    /// All tickets, by number.
    #[track_caller]
    pub fn tickets(&self) -> Vec<Value> {
        let list = self.cli(&["ticket", "list", "--json"]);
        let mut tickets = list.as_array().expect("an array of tickets").clone();
        tickets.sort_by_key(|ticket| ticket["number"].as_i64());
        tickets
    }

    /// Waits until there are at least `count` tickets; returns them by number.
    #[track_caller]
    pub fn wait_tickets(&self, count: usize, timeout: Duration) -> Vec<Value> {
        eventually(timeout, &format!("{count} tickets"), || {
            let tickets = self.tickets();
            match tickets.len() >= count {
                true => Ok(tickets),
                false => Err(format!("{} tickets", tickets.len())),
            }
        })
    }

    /// One ticket with its messages and events.
    #[track_caller]
    pub fn ticket(&self, number: i64) -> Value {
        self.cli(&["ticket", "show", &number.to_string(), "--json"])
    }

    /// Waits until nothing is left to be sent (the end of every story).
    #[track_caller]
    pub fn wait_outbox_empty(&self, timeout: Duration) {
        eventually(timeout, "the outbox is empty", || {
            let rows = self.cli(&["outbox", "list", "--json"]);
            let left: Vec<String> = rows
                .as_array()
                .expect("an array of outbox rows")
                .iter()
                .filter(|row| matches!(row["state"].as_str(), Some("pending" | "sending")))
                .map(Value::to_string)
                .collect();
            if left.is_empty() {
                Ok(())
            } else {
                Err(left.join("\n"))
            }
        });
    }

    /// GET of a page.
    #[track_caller]
    pub fn get(&self, path: &str) -> http::Response {
        http::request(self.web, "GET", path, &[], "").unwrap()
    }

    /// POST of a form: `score=5&comment=thanks`, already encoded.
    #[track_caller]
    pub fn post(&self, path: &str, form: &str) -> http::Response {
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        http::request(self.web, "POST", path, &headers, form).unwrap()
    }

    /// The value of a metric with exactly these labels as written: `name{a="b"}`; 0 when absent.
    #[track_caller]
    pub fn metric(&self, name: &str) -> f64 {
        let page = self.get("/metrics").body;
        let found = page
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        found.map_or(0.0, |value| value.trim().parse().expect("a number"))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_maildesk"));
        command.arg("--config").arg(&self.config).args(arguments);
        command.current_dir(self.dir());
        command
            .env_remove("MAILDESK_CONFIG")
            .env_remove("NOTIFY_SOCKET");
        command.envs(self.setup.env.iter().map(|(name, value)| (name, value)));
        command
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the desk's log ---\n{}", tail(&self.log));
        }
    }
}

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(80)..].join("\n")
}
