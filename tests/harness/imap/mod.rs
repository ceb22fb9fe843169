//! `FakeImap`: a small IMAP4rev1 server in memory that goes wrong where it is told to.
//!
//! It announces new mail at once (Dovecot takes half a second) and only ever says what a client
//! may rely on: an `EXISTS` is said once to each session.

mod command;
mod folder;
mod session;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use tokio::sync::watch;

pub use self::folder::Mail;
use self::{folder::Folder, session::Session};
use super::{
    Account, Ca, Certificate, Fault, Gate, Tls, port::free_port, script::Script, wire::Listener,
};

/// What the server offers.
#[derive(Clone, Debug)]
pub struct ImapOptions {
    /// Login name.
    pub user: String,
    /// Password; with XOAUTH2 the bearer token. Another can be set with
    /// [`FakeImap::set_password`].
    pub password: String,
    /// Whose tokens it takes by XOAUTH2; none: the password.
    pub gate: Option<Gate>,
    /// Protection of the connection. With [`Tls::Starttls`] nobody logs in before it.
    pub tls: Tls,
    /// Which certificate it shows.
    pub certificate: Certificate,
    /// What CAPABILITY lists beside IMAP4rev1 and STARTTLS; a command that is not listed is
    /// refused with BAD.
    pub capabilities: Vec<String>,
    /// The port; none: a free one.
    pub port: Option<u16>,
}

impl Default for ImapOptions {
    fn default() -> Self {
        let words = [
            "IDLE",
            "MOVE",
            "UIDPLUS",
            "LITERAL+",
            "AUTH=PLAIN",
            "AUTH=XOAUTH2",
        ];
        Self {
            user: "support@example.com".into(),
            password: "secret".into(),
            gate: None,
            tls: Tls::Implicit,
            certificate: Certificate::Good,
            capabilities: words.iter().map(ToString::to_string).collect(),
            port: None,
        }
    }
}

/// What all sessions share.
struct State {
    script: Script,
    folders: BTreeMap<String, Folder>,
    password: String,
}

/// The server; gone when dropped.
pub struct FakeImap {
    listener: Listener,
    state: Arc<Mutex<State>>,
    news: watch::Sender<()>,
    account: Account,
}

impl FakeImap {
    /// Starts the server with a certificate of `ca`, an empty INBOX and nothing else.
    pub fn start(ca: &Ca, options: ImapOptions) -> Self {
        let inbox = BTreeMap::from([("INBOX".to_owned(), Folder::new(1))]);
        let state = Arc::new(Mutex::new(State {
            script: Script::default(),
            folders: inbox,
            password: options.password.clone(),
        }));
        let tls = ca.server_config(options.certificate);
        let port = options.port.unwrap_or(0);
        let mut account = Account {
            host: "localhost".into(),
            port,
            tls: options.tls,
            ca_file: (options.tls != Tls::None).then(|| ca.file().to_owned()),
            username: options.user.clone(),
            password: options.password.clone(),
        };
        let at_once = (options.tls == Tls::Implicit).then(|| tls.clone());
        let (news, _) = watch::channel(());
        let (shared, options, bell) = (state.clone(), Arc::new(options), news.clone());
        let listener = Listener::start(port, at_once, move |wire| {
            let session = Session {
                state: shared.clone(),
                options: options.clone(),
                tls: tls.clone(),
                news: bell.clone(),
                is_in: false,
                selected: None,
            };
            session.run(wire)
        });
        account.port = listener.port;
        Self {
            listener,
            state,
            news,
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

    /// A mail arrives in the INBOX; returns its UID. Idle clients are told at once.
    pub fn deliver(&self, mail: &[u8]) -> u32 {
        self.change("INBOX", |folder| folder.add(mail.to_vec()))
    }

    /// Another client takes a mail away.
    pub fn expunge(&self, folder: &str, uid: u32) {
        self.change(folder, |folder| folder.mails.retain(|mail| mail.uid != uid));
    }

    /// Another client sets a flag.
    pub fn add_flag(&self, folder: &str, uid: u32, flag: &str) {
        self.change(folder, |folder| {
            for mail in folder.mails.iter_mut().filter(|mail| mail.uid == uid) {
                mail.flags.insert(flag.to_owned());
            }
        });
    }

    /// The folder starts again with another UIDVALIDITY, all mails numbered anew from 1.
    pub fn change_uidvalidity(&self, folder: &str, uidvalidity: u32) {
        self.change(folder, |folder| {
            let mails = std::mem::take(&mut folder.mails);
            *folder = Folder::new(uidvalidity);
            for mail in mails {
                let uid = folder.add(mail.bytes);
                let added = folder.mails.iter_mut().find(|one| one.uid == uid);
                added.unwrap().flags = mail.flags;
            }
        });
    }

    /// Makes an empty folder.
    pub fn create_folder(&self, name: &str) {
        let mut state = self.state.lock().unwrap();
        let uidvalidity = 100 + u32::try_from(state.folders.len()).unwrap();
        state
            .folders
            .insert(name.to_owned(), Folder::new(uidvalidity));
    }

    /// The mails of a folder, by UID.
    pub fn mails(&self, folder: &str) -> Vec<Mail> {
        let state = self.state.lock().unwrap();
        state
            .folders
            .get(folder)
            .map_or(Vec::new(), |folder| folder.mails.clone())
    }

    /// Another password (or bearer token) for the logins from now on.
    pub fn set_password(&self, password: &str) {
        self.state.lock().unwrap().password = password.to_owned();
    }

    /// Every command so far, as `connection line`; logins without their secrets.
    pub fn commands(&self) -> Vec<String> {
        self.state.lock().unwrap().script.seen()
    }

    /// How many connections came so far.
    pub fn connections(&self) -> usize {
        self.listener.connections()
    }

    fn change<T>(&self, folder: &str, change: impl FnOnce(&mut Folder) -> T) -> T {
        let mut state = self.state.lock().unwrap();
        let folder = state
            .folders
            .get_mut(folder)
            .expect("a folder of this server");
        let value = change(folder);
        drop(state);
        self.news.send_replace(());
        value
    }
}
