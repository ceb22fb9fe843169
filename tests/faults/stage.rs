//! Where a fault strikes: a mailbox, a relay, a proxy before each, and a desk between them.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use maildesk::store::{JournalLine, Store};
use tempfile::TempDir;

use crate::{
    harness::{
        Ca, Certificate, Desk, Dovecot, DovecotOptions, FakeImap, FakeSmtp, Fault, ImapOptions,
        Proxy, SmtpMail, SmtpOptions, Tls, eventually, mail,
    },
    time::Time,
};

pub const USER: &str = "support@example.com";
/// Longer than anything may take on a busy machine.
pub const SOON: Duration = Duration::from_secs(150);
/// How long a server of ours may take for an answer on a busy machine; one that is told to be silent
/// is left alone for as long.
const BUSY: Duration = Duration::from_secs(6);

/// What a story wants of its stage.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Dovecot instead of the scripted server.
    pub is_real: bool,
    /// `after`: `seen` or `move`.
    pub after: &'static str,
    /// Protection of both servers.
    pub tls: Tls,
    /// The wall clock alone is moved.
    pub jumps: bool,
    /// A mail is looked up in the DNS, which is slow, before it is filed.
    pub is_slow_to_read: bool,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            is_real: false,
            after: "seen",
            tls: Tls::None,
            jumps: false,
            is_slow_to_read: false,
        }
    }
}

/// The servers of a mailbox.
pub enum Mailbox {
    Scripted(Box<FakeImap>),
    Real(Box<Dovecot>),
}

pub struct Stage {
    pub desk: Desk,
    pub mailbox: Mailbox,
    pub smtp: FakeSmtp,
    pub to_mailbox: Proxy,
    pub to_relay: Proxy,
    pub time: Time,
    pub ca: Ca,
    setting: Setting,
    _dns: crate::harness::FakeDns,
    _dir: TempDir,
}

impl Stage {
    /// Everything runs, and the desk has seen the empty mailbox.
    pub fn new(setting: Setting) -> Self {
        let dir = TempDir::new().unwrap();
        let ca = Ca::new(dir.path());
        let mailbox = if setting.is_real {
            let options = DovecotOptions {
                tls: setting.tls,
                ..DovecotOptions::default()
            };
            Mailbox::Real(Box::new(Dovecot::start(&ca, options)))
        } else {
            let options = ImapOptions {
                tls: setting.tls,
                ..ImapOptions::default()
            };
            Mailbox::Scripted(Box::new(FakeImap::start(&ca, options)))
        };
        let account = match &mailbox {
            Mailbox::Scripted(imap) => {
                imap.create_folder("Processed");
                imap.account()
            }
            Mailbox::Real(dovecot) => dovecot.account(USER),
        };
        let options = SmtpOptions {
            tls: setting.tls,
            ..SmtpOptions::default()
        };
        let smtp = FakeSmtp::start(&ca, options);
        let to_mailbox = Proxy::before(account.port);
        let to_relay = Proxy::before(smtp.account().port);
        let dns = crate::harness::FakeDns::start();
        dns.be_silent(true);
        let after = format!("{:?}", setting.after);
        let mut setup = Desk::setup()
            .mailbox_with(
                "support",
                &to_mailbox.account(&account),
                &[("after", &after)],
            )
            .smtp(&to_relay.account(&smtp.account()))
            .set("limits", "automatic_per_domain_per_hour", "1000000");
        if setting.is_slow_to_read {
            setup = setup
                .set("trust", "verify", "true")
                .set("trust", "dns_servers", &dns.toml());
        }
        let (time, setup) = match setting.jumps {
            true => Time::jumping(setup),
            false => Time::passing(setup),
        };
        Self {
            desk: setup.start(),
            mailbox,
            smtp,
            to_mailbox,
            to_relay,
            time,
            ca,
            setting,
            _dns: dns,
            _dir: dir,
        }
    }

    /// The scripted mailbox.
    pub fn imap(&self) -> &FakeImap {
        match &self.mailbox {
            Mailbox::Scripted(imap) => imap,
            Mailbox::Real(_) => panic!("this stage has the real server"),
        }
    }

    /// The N-th customer writes.
    pub fn deliver(&self, number: usize) {
        let mail = question(number, self.setting.is_slow_to_read);
        match &self.mailbox {
            Mailbox::Scripted(imap) => {
                imap.deliver(&mail);
            }
            Mailbox::Real(dovecot) => dovecot.deliver(USER, &mail),
        }
    }

    /// Another server of the same kind with a certificate that ended.
    pub fn expired_mailbox(&self) -> FakeImap {
        let options = ImapOptions {
            tls: self.setting.tls,
            certificate: Certificate::Expired,
            ..ImapOptions::default()
        };
        FakeImap::start(&self.ca, options)
    }

    /// The same for the relay.
    pub fn expired_relay(&self) -> FakeSmtp {
        let options = SmtpOptions {
            tls: self.setting.tls,
            certificate: Certificate::Expired,
            ..SmtpOptions::default()
        };
        FakeSmtp::start(&self.ca, options)
    }

    /// Both servers and both proxies do what they are asked again.
    pub fn heal(&self) {
        if let Mailbox::Scripted(imap) = &self.mailbox {
            imap.heal();
        }
        self.smtp.heal();
        self.to_mailbox.heal();
        self.to_relay.heal();
    }

    /// Waits until one more scripted fault has struck than `before`.
    #[track_caller]
    pub fn wait_struck(&self, side: Side, before: usize) {
        eventually(SOON, "the fault strikes", || {
            match self.struck(side) > before {
                true => Ok(()),
                false => Err(String::new()),
            }
        });
    }

    /// Waits until so many mails are out, and recorded as such.
    #[track_caller]
    pub fn wait_sent(&self, count: usize) {
        eventually(SOON, "the mails are out", || {
            let rows = self.desk.cli(&["outbox", "list", "--json"]);
            let rows = rows.as_array().unwrap();
            let sent = rows.iter().filter(|row| row["state"] == "sent").count();
            match sent == count {
                true => Ok(()),
                false => Err(format!("{sent} of {count}")),
            }
        });
    }

    /// How often a scripted fault has struck.
    pub fn struck(&self, side: Side) -> usize {
        match side {
            Side::Mailbox => self.imap().struck(),
            Side::Relay => self.smtp.struck(),
        }
    }

    /// How many lines of the log hold this text.
    pub fn said(&self, text: &str) -> usize {
        self.desk
            .log()
            .lines()
            .filter(|line| line.contains(text))
            .count()
    }

    /// Holds that the log says it so many times. What a line tells of may be seen before the line.
    #[track_caller]
    pub fn assert_said(&self, text: &str, times: usize) {
        eventually(SOON, &format!("the log says {text:?}"), || {
            self.said(text) >= times
        });
        assert_eq!(self.said(text), times, "{text:?}: {}", self.desk.log());
    }

    /// What became of every mail that was stored.
    pub fn journal(&self) -> Vec<JournalLine> {
        let store = Store::open_existing(&self.desk.dir().join("maildesk.db")).unwrap();
        store.read_here(|view| view.journal(1_000_000)).unwrap()
    }

    /// Waits, and lets time pass for the desk in ever longer pauses of ours: its retries come
    /// after minutes, and its patience with a silent server ends.
    #[track_caller]
    pub fn wait<T>(&self, what: &str, mut check: impl FnMut() -> Result<T, String>) -> T {
        let (mut last, mut pause) = (Instant::now(), Duration::from_millis(1500));
        let mut log = self.desk.log().len();
        eventually(SOON, what, || {
            let found = check();
            // not while something goes on: a minute inside a handshake is a fault of its own
            let length = self.desk.log().len();
            if length != log {
                (last, log) = (Instant::now(), length);
            }
            let is_asked = self.to_mailbox.is_asked() || self.to_relay.is_asked();
            let patience = match is_asked {
                true => pause.max(BUSY),
                false => pause,
            };
            if found.is_err() && !self.setting.jumps && last.elapsed() > patience {
                self.time.shift(63);
                (last, pause) = (Instant::now(), pause * 5 / 4);
            }
            found
        })
    }

    /// Waits until this stands in the log.
    #[track_caller]
    pub fn wait_log(&self, text: &str) {
        self.wait(&format!("the log says {text:?}"), || {
            (self.said(text) > 0).then_some(()).ok_or(String::new())
        });
    }

    /// Waits until these customers have their acknowledgements and their mails are marked, and
    /// holds that there is one ticket each. Returns the copies of each acknowledgement.
    #[track_caller]
    pub fn settle(&self, count: usize, acknowledged: usize) -> HashMap<String, Vec<SmtpMail>> {
        self.wait("every mail filed, answered and marked", || {
            self.is_settled(count, acknowledged)
        });
        let lines = self.journal();
        assert_eq!(lines.len(), count, "one row a mail: {lines:?}");
        assert_eq!(self.desk.tickets().len(), count, "one ticket a mail");
        let mut copies: HashMap<String, Vec<SmtpMail>> = HashMap::new();
        for sent in self.smtp.mails() {
            copies
                .entry(sent.recipients[0].clone())
                .or_default()
                .push(sent);
        }
        assert_eq!(copies.len(), acknowledged, "everybody is answered");
        copies
    }

    fn is_settled(&self, count: usize, acknowledged: usize) -> Result<(), String> {
        let store = Store::open_existing(&self.desk.dir().join("maildesk.db"))
            .map_err(|error| error.to_string())?;
        let asked = store.read_here(|view| Ok((view.journal(1_000_000)?, view.health()?)));
        let (lines, health) = asked.map_err(|error| error.to_string())?;
        let filed = lines.iter().filter(|line| line.ticket.is_some()).count();
        if filed < count || health.waiting > 0 || health.outbox_pending > 0 {
            return Err(format!("{filed} of {count} filed, {health:?}"));
        }
        let mut told: Vec<String> = self
            .smtp
            .mails()
            .iter()
            .map(|m| m.recipients[0].clone())
            .collect();
        told.sort();
        told.dedup();
        if told.len() < acknowledged {
            return Err(format!("{} of {acknowledged} answered", told.len()));
        }
        let left = self.unmarked();
        if left > 0 {
            return Err(format!("{left} are not marked"));
        }
        match self.desk.get("/readyz").status {
            200 => Ok(()),
            other => Err(format!("/readyz says {other}")),
        }
    }

    /// Mails in the INBOX that `after` should have dealt with.
    fn unmarked(&self) -> usize {
        match (&self.mailbox, self.setting.after) {
            (Mailbox::Scripted(imap), "seen") => {
                let mails = imap.mails("INBOX");
                mails
                    .iter()
                    .filter(|mail| !mail.flags.contains("\\Seen"))
                    .count()
            }
            (Mailbox::Scripted(imap), _) => imap.mails("INBOX").len(),
            (Mailbox::Real(dovecot), "seen") => {
                let flags = dovecot.flags(USER, "INBOX");
                flags.iter().filter(|flags| !flags.contains('S')).count()
            }
            (Mailbox::Real(dovecot), _) => dovecot.flags(USER, "INBOX").len(),
        }
    }
}

/// The N-th customer's address.
pub fn customer(number: usize) -> String {
    format!("customer-{number}@shop.example")
}

/// The N-th customer's question; a signed one is looked up in the DNS.
fn question(number: usize, is_signed: bool) -> Vec<u8> {
    let id = format!("Message-ID: <question-{number}@shop.example>");
    let signature = "DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=k1; h=from:subject; \
                     bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA";
    let mut headers = vec![id.as_str(), "Date: Sat, 21 Nov 2026 10:00:00 +0300"];
    if is_signed {
        headers.push(signature);
    }
    mail::plain(
        &format!("Customer {number} <{}>", customer(number)),
        USER,
        &format!("A question about order {number}"),
        &headers,
        &format!("Good day, where can I see the state of order {number}?"),
    )
}

/// A fault at a server by the kind of its commands.
pub fn arm(stage: &Stage, side: Side, fault: Fault) {
    match side {
        Side::Mailbox => stage.imap().fault(fault),
        Side::Relay => stage.smtp.fault(fault),
    }
}

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Mailbox,
    Relay,
}
