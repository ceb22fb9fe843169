//! One connection of the fake SMTP server.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Instant,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use rustls::ServerConfig;

use super::{SmtpMail, SmtpOptions, State};
use crate::harness::{
    Act, Gate, Tls,
    wire::{Wire, Wired, stall},
};

/// A connection and its transaction.
pub(super) struct Session {
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
    pub(super) fn new(
        state: Arc<Mutex<State>>,
        options: Arc<SmtpOptions>,
        tls: Arc<ServerConfig>,
    ) -> Self {
        Self {
            state,
            options,
            tls,
            login: None,
            sender: None,
            parameters: String::new(),
            recipients: Vec::new(),
            body: Ok(Vec::new()),
        }
    }

    pub(super) async fn run(mut self, mut wire: Wire) -> Wired<()> {
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
            words.push(match self.options.gate {
                Some(_) => "AUTH PLAIN LOGIN XOAUTH2".into(),
                None => "AUTH PLAIN LOGIN".into(),
            });
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
            "XOAUTH2" if self.options.gate.is_some() => {
                let answer = ask(wire, &mut initial, "").await?;
                let (user, token) = bearer(&answer);
                let admits = |gate: &Gate| gate.admits(&user, &token);
                if !self.options.gate.as_ref().is_some_and(admits) {
                    // {"status":"401","schemes":"bearer"}, as Google does it
                    let said = "eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIn0=";
                    return Ok(match ask(wire, &mut None, said).await?.as_str() {
                        "" => "535 5.7.8 token not accepted".into(),
                        _ => "501 5.5.2 an empty line is expected".into(),
                    });
                }
                self.login = Some(user);
                return Ok("235 2.7.0 welcome".into());
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

/// User and token of an XOAUTH2 message.
fn bearer(message: &str) -> (String, String) {
    let mut fields = message.split('\u{1}');
    let mut field = |start: &str| {
        let field = fields.next().and_then(|field| field.strip_prefix(start));
        field.unwrap_or_default().to_owned()
    };
    (field("user="), field("auth=Bearer "))
}

/// `<path>` and the parameters behind it.
fn path(line: &str, command: &str) -> Option<(String, String)> {
    let (head, rest) = line.split_at_checked(command.len())?;
    let rest = rest.trim_start().strip_prefix('<')?;
    let (path, parameters) = rest.split_once('>')?;
    head.eq_ignore_ascii_case(command)
        .then(|| (path.to_owned(), parameters.trim().to_owned()))
}
