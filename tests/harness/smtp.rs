//! `FakeSmtp`: a strict SMTP server in memory that goes wrong where it is told to.

use std::{
    io,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use rustls::ServerConfig;

use super::{
    Account, Act, Ca, Certificate, Fault, Tls,
    port::free_port,
    script::Script,
    wait::eventually,
    wire::{Listener, Wire, Wired, stall},
};

/// What the server offers and demands.
#[derive(Clone, Debug)]
pub struct SmtpOptions {
    /// Protection of the connection. With [`Tls::Starttls`] nothing goes before it.
    pub tls: Tls,
    /// Which certificate it shows.
    pub certificate: Certificate,
    /// The login that it demands; none: everybody may send.
    pub login: Option<(String, String)>,
    /// Further EHLO keywords.
    pub extensions: Vec<String>,
    /// The port; none: a free one.
    pub port: Option<u16>,
}

impl Default for SmtpOptions {
    fn default() -> Self {
        let words = [
            "PIPELINING",
            "8BITMIME",
            "SMTPUTF8",
            "ENHANCEDSTATUSCODES",
            "DSN",
        ];
        Self {
            tls: Tls::Implicit,
            certificate: Certificate::Good,
            login: Some(("support@example.com".into(), "secret".into())),
            extensions: words.iter().map(ToString::to_string).collect(),
            port: None,
        }
    }
}

/// A mail that the server took.
#[derive(Clone, Debug)]
pub struct SmtpMail {
    /// Envelope sender without brackets; empty for `<>`.
    pub sender: String,
    /// Accepted envelope recipients.
    pub recipients: Vec<String>,
    /// The mail, dots unstuffed, CRLF line ends.
    pub data: Vec<u8>,
    /// When its last line came.
    pub at: Instant,
    /// Whether it came under TLS.
    pub is_tls: bool,
    /// Who had logged in.
    pub login: Option<String>,
    /// On which connection, from 1.
    pub connection: usize,
    /// ESMTP parameters of MAIL, as sent.
    pub parameters: String,
}

impl SmtpMail {
    /// A header's value as it stands in the mail, unfolded; empty when there is none.
    pub fn header(&self, name: &str) -> String {
        super::mail::header(&self.data, name).unwrap_or_default()
    }

    /// The decoded subject.
    pub fn subject(&self) -> String {
        super::mail::decoded(&self.data).0
    }

    /// The decoded first plain text part.
    pub fn text(&self) -> String {
        super::mail::decoded(&self.data).1
    }
}

#[derive(Default)]
struct State {
    script: Script,
    mails: Vec<SmtpMail>,
}

/// The server; gone when dropped.
pub struct FakeSmtp {
    listener: Listener,
    state: Arc<Mutex<State>>,
    account: Account,
}

impl FakeSmtp {
    /// Starts the server with a certificate of `ca`.
    pub fn start(ca: &Ca, options: SmtpOptions) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let tls = ca.server_config(options.certificate);
        let port = options.port.unwrap_or_else(free_port);
        let (username, password) = options.login.clone().unwrap_or_default();
        let account = Account {
            host: "localhost".into(),
            port,
            tls: options.tls,
            ca_file: (options.tls != Tls::None).then(|| ca.file().to_owned()),
            username,
            password,
        };
        let at_once = (options.tls == Tls::Implicit).then(|| tls.clone());
        let shared = state.clone();
        let options = Arc::new(options);
        let listener = Listener::start(port, at_once, move |wire| {
            let session = Session {
                state: shared.clone(),
                options: options.clone(),
                tls: tls.clone(),
                login: None,
                sender: None,
                parameters: String::new(),
                recipients: Vec::new(),
                body: Ok(Vec::new()),
            };
            session.run(wire)
        });
        Self {
            listener,
            state,
            account,
        }
    }

    /// How to reach it.
    pub fn account(&self) -> Account {
        self.account.clone()
    }

    /// Adds a fault.
    pub fn fault(&self, fault: Fault) {
        self.state.lock().unwrap().script.add(fault);
    }

    /// Forgets the faults: all goes well from here.
    pub fn heal(&self) {
        self.state.lock().unwrap().script.clear();
    }

    /// Every mail taken so far.
    pub fn mails(&self) -> Vec<SmtpMail> {
        self.state.lock().unwrap().mails.clone()
    }

    /// The mails taken for one recipient.
    pub fn mails_to(&self, recipient: &str) -> Vec<SmtpMail> {
        let is_for = |mail: &SmtpMail| {
            mail.recipients
                .iter()
                .any(|one| one.eq_ignore_ascii_case(recipient))
        };
        self.mails().into_iter().filter(is_for).collect()
    }

    /// Waits until `count` mails have come for a recipient and returns them.
    #[track_caller]
    pub fn wait_for(&self, recipient: &str, count: usize, timeout: Duration) -> Vec<SmtpMail> {
        let what = format!("{count} mails sent to {recipient}");
        eventually(timeout, &what, || {
            let mails = self.mails_to(recipient);
            if mails.len() >= count {
                Ok(mails)
            } else {
                let all = self.mails().len();
                Err(format!(
                    "{} of {all} mails; commands {:?}",
                    mails.len(),
                    self.commands()
                ))
            }
        })
    }

    /// Every command so far, as `connection line`; AUTH without its secrets.
    pub fn commands(&self) -> Vec<String> {
        self.state.lock().unwrap().script.seen()
    }

    /// How many connections came so far.
    pub fn connections(&self) -> usize {
        self.listener.connections()
    }
}

struct Session {
    state: Arc<Mutex<State>>,
    options: Arc<SmtpOptions>,
    tls: Arc<ServerConfig>,
    login: Option<String>,
    sender: Option<String>,
    parameters: String,
    recipients: Vec<String>,
    body: Result<Vec<u8>, &'static str>,
}

struct Command {
    name: String,
    line: String,
}

/// What comes after an answer.
enum Flow {
    Command,
    Mail,
    StartTls,
    End,
}

impl Session {
    async fn run(mut self, mut wire: Wire) -> Wired<()> {
        let mut command = Command::new("GREETING", "");
        loop {
            command = match self.answer(&command, &mut wire).await? {
                Flow::Command => Command::read(&mut wire).await?,
                Flow::Mail => self.read_mail(&mut wire).await?,
                Flow::StartTls => {
                    wire = wire.start_tls(self.tls.clone()).await?;
                    Command::read(&mut wire).await?
                }
                Flow::End => {
                    wire.close().await;
                    return Ok(());
                }
            };
        }
    }

    async fn answer(&mut self, command: &Command, wire: &mut Wire) -> Wired<Flow> {
        let Command { name, line } = command;
        let act = self
            .state
            .lock()
            .unwrap()
            .script
            .next(name, line, wire.number);
        let mut is_last = false;
        match act {
            Some(Act::Reply(text)) => {
                if name == "." {
                    self.reset();
                }
                wire.send(format!("{text}\r\n")).await?;
                let is_end =
                    text.starts_with("421") || (name == "GREETING" && text.starts_with('5'));
                return Ok(if is_end { Flow::End } else { Flow::Command });
            }
            Some(Act::Stall) => return stall().await.map(|()| Flow::End),
            Some(Act::Close) => return Err(io::ErrorKind::ConnectionAborted.into()),
            Some(Act::DoThenClose) => is_last = true,
            Some(Act::Delay(time)) => tokio::time::sleep(time).await,
            Some(Act::Say(text)) => wire.send(text).await?,
            Some(Act::Cut(count)) => wire.quota = Some(count),
            Some(other) => panic!("{other:?} is not for SMTP"),
            None => {}
        }
        let (reply, flow) = self.obey(name, line, wire).await?;
        if is_last {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        wire.send(format!("{reply}\r\n")).await?;
        Ok(flow)
    }

    async fn obey(&mut self, name: &str, line: &str, wire: &mut Wire) -> Wired<(String, Flow)> {
        let needs_tls = self.options.tls == Tls::Starttls && !wire.is_tls;
        let needs_login = self.options.login.is_some() && self.login.is_none();
        let mut flow = Flow::Command;
        let reply = match name {
            "GREETING" => "220 fake.example ESMTP".into(),
            "EHLO" => self.greet(wire),
            "HELO" => "250 fake.example".into(),
            "NOOP" => "250 2.0.0 ok".into(),
            "RSET" => {
                self.reset();
                "250 2.0.0 ok".into()
            }
            "QUIT" => {
                flow = Flow::End;
                "221 2.0.0 bye".into()
            }
            "STARTTLS" if needs_tls && !wire.has_more() => {
                flow = Flow::StartTls;
                "220 2.0.0 go ahead".into()
            }
            "STARTTLS" => "503 5.5.1 no".into(),
            _ if needs_tls => "530 5.7.0 must issue a STARTTLS command first".into(),
            "AUTH" => self.auth(line, wire).await?,
            _ if needs_login => "530 5.7.0 authentication required".into(),
            "MAIL" => self.mail(line),
            "RCPT" => self.rcpt(line),
            "DATA" if self.recipients.is_empty() => "554 5.5.1 no valid recipients".into(),
            "DATA" => {
                flow = Flow::Mail;
                "354 end with a dot".into()
            }
            "." => self.take(wire),
            _ => "500 5.5.2 unknown command".into(),
        };
        Ok((reply, flow))
    }

    fn greet(&mut self, wire: &Wire) -> String {
        self.reset();
        let mut words = vec!["fake.example".to_owned()];
        words.extend(self.options.extensions.iter().cloned());
        if self.options.tls == Tls::Starttls && !wire.is_tls {
            words.push("STARTTLS".into());
        } else if self.options.login.is_some() {
            words.push("AUTH PLAIN LOGIN".into());
        }
        let last = words.pop().unwrap_or_default();
        let lines: String = words.iter().map(|word| format!("250-{word}\r\n")).collect();
        format!("{lines}250 {last}")
    }

    async fn auth(&mut self, line: &str, wire: &mut Wire) -> Wired<String> {
        let mut words = line.split(' ').skip(1);
        let mechanism = words.next().unwrap_or_default().to_uppercase();
        let mut initial = words.next().map(str::to_owned);
        let given = match mechanism.as_str() {
            "PLAIN" => {
                let answer = ask(wire, &mut initial, "").await?;
                let mut fields = answer.split('\0').skip(1).map(str::to_owned);
                (
                    fields.next().unwrap_or_default(),
                    fields.next().unwrap_or_default(),
                )
            }
            "LOGIN" => {
                let name = ask(wire, &mut initial, "VXNlcm5hbWU6").await?;
                (name, ask(wire, &mut None, "UGFzc3dvcmQ6").await?)
            }
            _ => return Ok("504 5.5.4 unknown mechanism".into()),
        };
        if self.options.login.as_ref() != Some(&given) {
            return Ok("535 5.7.8 authentication credentials invalid".into());
        }
        self.login = Some(given.0);
        Ok("235 2.7.0 welcome".into())
    }

    fn mail(&mut self, line: &str) -> String {
        let Some((sender, parameters)) = path(line, "MAIL FROM:") else {
            return "501 5.5.4 MAIL FROM:<address>".into();
        };
        if self.sender.is_some() {
            return "503 5.5.1 nested MAIL".into();
        }
        self.sender = Some(sender);
        self.parameters = parameters;
        "250 2.1.0 ok".into()
    }

    fn rcpt(&mut self, line: &str) -> String {
        match path(line, "RCPT TO:") {
            _ if self.sender.is_none() => "503 5.5.1 MAIL first".into(),
            Some((recipient, _)) if recipient.contains('@') => {
                self.recipients.push(recipient);
                "250 2.1.5 ok".into()
            }
            _ => "501 5.1.3 RCPT TO:<address>".into(),
        }
    }

    async fn read_mail(&mut self, wire: &mut Wire) -> Wired<Command> {
        let mut body = Ok(Vec::new());
        loop {
            let (line, is_crlf) = wire.line().await?;
            if is_crlf && line == b"." {
                break;
            }
            // RFC 5321 section 2.3.8 and 4.5.3.1.6: what a strict relay refuses
            if !is_crlf || line.contains(&b'\r') {
                body = Err("550 5.5.2 bare CR or LF");
            } else if line.len() > 998 {
                body = Err("550 5.5.2 line too long");
            }
            if let Ok(body) = &mut body {
                body.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
                body.extend_from_slice(b"\r\n");
            }
        }
        self.body = body;
        Ok(Command::new(".", &self.recipients.join(" ")))
    }

    fn take(&mut self, wire: &Wire) -> String {
        let body = std::mem::replace(&mut self.body, Ok(Vec::new()));
        let reply = match body {
            Err(refusal) => refusal.to_owned(),
            Ok(data) => {
                let mails = &mut self.state.lock().unwrap().mails;
                mails.push(SmtpMail {
                    sender: self.sender.clone().unwrap_or_default(),
                    recipients: self.recipients.clone(),
                    data,
                    at: Instant::now(),
                    is_tls: wire.is_tls,
                    login: self.login.clone(),
                    connection: wire.number,
                    parameters: self.parameters.clone(),
                });
                format!("250 2.0.0 ok: queued as {}", mails.len())
            }
        };
        self.reset();
        reply
    }

    fn reset(&mut self) {
        self.sender = None;
        self.recipients.clear();
    }
}

impl Command {
    fn new(name: &str, line: &str) -> Self {
        Self {
            name: name.to_owned(),
            line: line.to_owned(),
        }
    }

    async fn read(wire: &mut Wire) -> Wired<Self> {
        let line = wire.text().await?;
        let name = line.split(' ').next().unwrap_or_default().to_uppercase();
        Ok(Self { name, line })
    }
}

/// The SASL answer to a challenge (base64), or the initial response that came with AUTH.
async fn ask(wire: &mut Wire, initial: &mut Option<String>, challenge: &str) -> Wired<String> {
    let answer = match initial.take() {
        Some(answer) => answer,
        None => {
            wire.send(format!("334 {challenge}\r\n")).await?;
            wire.text().await?
        }
    };
    let bytes = BASE64_STANDARD.decode(answer).unwrap_or_default();
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `<path>` and the parameters behind it.
fn path(line: &str, command: &str) -> Option<(String, String)> {
    let (head, rest) = line.split_at_checked(command.len())?;
    let rest = rest.trim_start().strip_prefix('<')?;
    let (path, parameters) = rest.split_once('>')?;
    head.eq_ignore_ascii_case(command)
        .then(|| (path.to_owned(), parameters.trim().to_owned()))
}
