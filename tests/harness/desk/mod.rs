//! The real `maildesk` binary with a config of its own.

mod setup;

use std::{
    fs,
    io::Write as _,
    os::unix::net::UnixDatagram,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};

use serde_json::Value;

pub use self::setup::DeskSetup;
use super::{
    http,
    process::{Group, exit_code},
    wait::eventually,
};

/// How long a start or a stop may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);

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
    fn new(setup: DeskSetup) -> Self {
        let notify = UnixDatagram::bind(setup.dir().join("notify")).unwrap();
        notify.set_nonblocking(true).unwrap();
        let config = setup.dir().join("config.toml");
        fs::write(&config, setup.toml()).unwrap();
        Self {
            group: None,
            config,
            log: setup.dir().join("stderr.log"),
            notify,
            web: setup.web,
            setup,
        }
    }

    /// A config to fill in: see [`DeskSetup::new`].
    pub fn setup() -> DeskSetup {
        DeskSetup::new()
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
        // a full socket would block the daemon: what an earlier life said is dropped
        self.notifications();
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

    /// What the daemon told systemd since its start or the last call: `READY=1` and the like.
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
