//! `FakeSmtp`: a strict SMTP server in memory that goes wrong where it is told to.

mod session;

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use self::session::Session;
use super::{
    Account, Ca, Certificate, Fault, Gate, Tls, port::free_port, script::Script, wait::eventually,
    wire::Listener,
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
    /// Whose tokens it takes for that user by XOAUTH2; none: it offers PLAIN and LOGIN alone.
    pub gate: Option<Gate>,
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
            gate: None,
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

/// What all sessions share.
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
        let port = options.port.unwrap_or(0);
        let (username, password) = options.login.clone().unwrap_or_default();
        let mut account = Account {
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
            Session::new(shared.clone(), options.clone(), tls.clone()).run(wire)
        });
        account.port = listener.port;
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

    /// How often a fault has struck so far.
    pub fn struck(&self) -> usize {
        self.state.lock().unwrap().script.struck()
    }

    /// Forgets the faults: all goes well from here.
    pub fn heal(&self) {
        self.state.lock().unwrap().script.clear();
    }

    /// Every mail taken so far.
    pub fn mails(&self) -> Vec<SmtpMail> {
        self.state.lock().unwrap().mails.clone()
    }

    /// Every mail taken since the last such call; a long run must not keep them all.
    pub fn take_mails(&self) -> Vec<SmtpMail> {
        std::mem::take(&mut self.state.lock().unwrap().mails)
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
