//! The real Dovecot over Maildir, without privileges, on ports of its own.
//!
//! Dovecot tells an idling client of new mail 500 ms after it came, however it came (measured:
//! 502 ms by rename and by LMTP alike; a constant of its source). Tests that need it faster use
//! [`super::FakeImap`].

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use tempfile::TempDir;

use super::{
    Account, Ca, Certificate, Maildir, Tls, free_port,
    process::{Group, RunAs, program},
    wait::eventually,
};

/// Users and what the server offers.
#[derive(Clone, Debug)]
pub struct DovecotOptions {
    /// Login names (they are the addresses, too) and passwords.
    pub users: Vec<(String, String)>,
    /// Protection of the IMAP port.
    pub tls: Tls,
    /// Which certificate it shows.
    pub certificate: Certificate,
    /// Capabilities that it hides (`IDLE`, `MOVE`, `UIDPLUS`, ...); the commands themselves stay.
    pub hide: Vec<String>,
    /// Further settings in Dovecot's own words.
    pub settings: String,
}

impl Default for DovecotOptions {
    fn default() -> Self {
        Self {
            users: vec![("support@example.com".into(), "secret".into())],
            tls: Tls::Implicit,
            certificate: Certificate::Good,
            hide: Vec::new(),
            settings: String::new(),
        }
    }
}

/// A running (or stopped) server; all of it is gone when dropped.
pub struct Dovecot {
    // before the directory: fields are dropped in this order
    group: Option<Group>,
    dir: TempDir,
    run_as: RunAs,
    options: DovecotOptions,
    ca_file: PathBuf,
    /// The IMAP port, with the protection that was asked for.
    pub imap: u16,
    /// LMTP without TLS, for [`super::Postfix`] or a direct delivery.
    pub lmtp: u16,
    /// SASL for a mail server, in Dovecot's own protocol.
    pub auth: u16,
}

impl Dovecot {
    /// Starts the server with a certificate of `ca` and waits for its greeting.
    pub fn start(ca: &Ca, options: DovecotOptions) -> Self {
        let dir = TempDir::with_prefix("maildesk-dovecot-").unwrap();
        let run_as = RunAs::unprivileged();
        run_as.own(dir.path());
        for name in ["mail", "run", "state"] {
            fs::create_dir(dir.path().join(name)).unwrap();
            run_as.own(&dir.path().join(name));
        }
        let pair = ca.issue(options.certificate);
        let users: String = options
            .users
            .iter()
            .map(|(user, password)| format!("{user}:{{PLAIN}}{password}\n"))
            .collect();
        let mut server = Self {
            run_as,
            ca_file: ca.file().to_owned(),
            imap: free_port(),
            lmtp: free_port(),
            auth: free_port(),
            group: None,
            dir,
            options,
        };
        server.write("cert.pem", &pair.certificate);
        server.write("key.pem", &pair.key);
        server.write("users", &users);
        server.write("dovecot.conf", &server.configuration());
        server.restart();
        for (user, _) in &server.options.users.clone() {
            server.maildir(user, "INBOX").create();
        }
        server
    }

    /// Starts it again on the same ports, over the same mail.
    #[track_caller]
    pub fn restart(&mut self) {
        self.stop();
        let mut command = Command::new(program("dovecot"));
        command
            .arg("-F")
            .arg("-c")
            .arg(self.dir.path().join("dovecot.conf"));
        self.run_as.apply(&mut command);
        let log = self.dir.path().join("dovecot.log");
        let mut group = Group::spawn(&mut command, &log);
        let ports = [self.imap, self.lmtp, self.auth];
        eventually(Duration::from_secs(20), "Dovecot listens", || {
            if let Some(status) = group.ended() {
                panic!("Dovecot ended, {status}: {}", read(&log));
            }
            let is_up = |port: &u16| std::net::TcpStream::connect(("127.0.0.1", *port)).is_ok();
            if ports.iter().all(is_up) {
                Ok(())
            } else {
                Err(read(&log))
            }
        });
        self.group = Some(group);
    }

    /// Stops it at once; every connection breaks. [`Dovecot::restart`] brings it back.
    pub fn stop(&mut self) {
        self.group = None;
        // a killed master leaves its pid file, and would be taken for running
        let _ = fs::remove_file(self.dir.path().join("run/master.pid"));
    }

    /// How to reach a user's mailbox.
    #[track_caller]
    pub fn account(&self, user: &str) -> Account {
        let found = self.options.users.iter().find(|(name, _)| name == user);
        let (username, password) = found.cloned().expect("a user of this Dovecot");
        Account {
            host: "localhost".into(),
            port: self.imap,
            tls: self.options.tls,
            ca_file: (self.options.tls != Tls::None).then(|| self.ca_file.clone()),
            username,
            password,
        }
    }

    /// Puts a mail into the INBOX, as Maildir deliveries do it: whole or not at all.
    pub fn deliver(&self, user: &str, mail: &[u8]) {
        self.deliver_to(user, "INBOX", mail);
    }

    /// Puts mails into the INBOX, in this order.
    pub fn deliver_many<M: AsRef<[u8]>>(&self, user: &str, mails: impl IntoIterator<Item = M>) {
        for mail in mails {
            self.deliver(user, mail.as_ref());
        }
    }

    /// Puts a mail into a folder.
    pub fn deliver_to(&self, user: &str, folder: &str, mail: &[u8]) {
        self.maildir(user, folder).deliver(mail);
    }

    /// The mails of a folder, in order of arrival.
    pub fn fetch_all(&self, user: &str, folder: &str) -> Vec<Vec<u8>> {
        self.maildir(user, folder).mails()
    }

    /// The Maildir flags of the mails (`S` seen, `T` deleted, `R`, `F`, `D`), in order of arrival.
    pub fn flags(&self, user: &str, folder: &str) -> Vec<String> {
        self.maildir(user, folder).flags()
    }

    /// Gives the folder another UIDVALIDITY, and every mail in it a new UID, as a restore from
    /// backup does. Clients are cut off.
    pub fn change_uidvalidity(&self, user: &str, folder: &str) {
        let before = self.uidvalidity(user, folder);
        self.kick(user);
        let maildir = self.maildir(user, folder);
        for entry in fs::read_dir(maildir.path()).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            let holds_uids = ["dovecot-uidlist", "dovecot.index", "dovecot.list.index"];
            if holds_uids.iter().any(|start| name.starts_with(start)) {
                let _ = fs::remove_file(entry.path());
            }
        }
        assert_ne!(self.uidvalidity(user, folder), before, "UIDVALIDITY stayed");
    }

    /// The folder's UIDVALIDITY.
    pub fn uidvalidity(&self, user: &str, folder: &str) -> u32 {
        let answer = self.doveadm(&[
            "-f",
            "flow",
            "mailbox",
            "status",
            "-u",
            user,
            "uidvalidity",
            folder,
        ]);
        let (_, number) = answer.rsplit_once('=').unwrap_or_default();
        number.trim().parse().expect("a UIDVALIDITY")
    }

    /// Disconnects a user's sessions with a BYE.
    pub fn kick(&self, user: &str) {
        // exit code 68: nobody was logged in
        let _ = self.run_doveadm(&["kick", user]);
    }

    /// Removes mails as another client would: a search of doveadm, such as `["uid", "3"]` or
    /// `["all"]`.
    #[track_caller]
    pub fn expunge(&self, user: &str, folder: &str, search: &[&str]) {
        let mut arguments = vec!["expunge", "-u", user, "mailbox", folder];
        arguments.extend(search);
        self.doveadm(&arguments);
    }

    /// Sets flags as another client would: `["\\Seen"]`.
    #[track_caller]
    pub fn add_flags(&self, user: &str, folder: &str, flags: &str, search: &[&str]) {
        let mut arguments = vec!["flags", "add", "-u", user, flags, "mailbox", folder];
        arguments.extend(search);
        self.doveadm(&arguments);
    }

    /// Makes a folder.
    #[track_caller]
    pub fn create_folder(&self, user: &str, folder: &str) {
        self.doveadm(&["mailbox", "create", "-u", user, folder]);
    }

    /// Another password for the logins from now on.
    pub fn set_password(&mut self, user: &str, password: &str) {
        for (name, current) in &mut self.options.users {
            if name == user {
                *current = password.to_owned();
            }
        }
        let users = self.options.users.iter();
        let users: String = users
            .map(|(user, password)| format!("{user}:{{PLAIN}}{password}\n"))
            .collect();
        self.write("users", &users);
    }

    /// What the server wrote into its log.
    pub fn log(&self) -> String {
        read(&self.dir.path().join("dovecot.log"))
    }

    /// Runs doveadm, which must succeed; returns its stdout.
    #[track_caller]
    pub fn doveadm(&self, arguments: &[&str]) -> String {
        let output = self.run_doveadm(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "doveadm {arguments:?}: {error}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn run_doveadm(&self, arguments: &[&str]) -> std::process::Output {
        let mut command = Command::new(program("doveadm"));
        command.arg("-c").arg(self.dir.path().join("dovecot.conf"));
        command.args(arguments).current_dir(self.dir.path());
        self.run_as.apply(&mut command).output().unwrap()
    }

    /// The Maildir of a folder (Maildir++: `INBOX` is the root, `Processed` is `.Processed`).
    pub fn maildir(&self, user: &str, folder: &str) -> Maildir {
        let root = self.dir.path().join("mail").join(user).join("Maildir");
        let path = match folder {
            "INBOX" => root,
            other => root.join(format!(".{}", other.replace('/', "."))),
        };
        Maildir::owned_by(path, self.run_as.clone())
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.dir.path().join(name);
        fs::write(&path, text).unwrap();
        self.run_as.own(&path);
    }

    fn configuration(&self) -> String {
        let dir = self.dir.path().display();
        let RunAs { user, group, .. } = &self.run_as;
        let (imap, lmtp, auth) = (self.imap, self.lmtp, self.auth);
        let (plain_port, tls_port) = match self.options.tls {
            Tls::Implicit => (0, imap),
            Tls::Starttls | Tls::None => (imap, 0),
        };
        let ssl = if self.options.tls == Tls::None {
            "no"
        } else {
            "yes"
        };
        let shown: Vec<&str> = CAPABILITIES
            .iter()
            .copied()
            .filter(|word| !self.options.hide.iter().any(|hidden| hidden == word))
            .collect();
        let capability = match self.options.hide.is_empty() {
            true => String::new(),
            false => format!("imap_capability = {}\n", shown.join(" ")),
        };
        let settings = &self.options.settings;
        // every service without a chroot: that takes root
        format!(
            "base_dir = {dir}/run
state_dir = {dir}/state
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
log_path = /dev/stderr
protocols = imap lmtp
listen = 127.0.0.1
ssl = {ssl}
ssl_cert = <{dir}/cert.pem
ssl_key = <{dir}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:{dir}/mail/%u/Maildir
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 100
recipient_delimiter = +
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {dir}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={dir}/mail/%u
}}
namespace inbox {{
  inbox = yes
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain_port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service auth {{
  inet_listener {{
    port = {auth}
  }}
}}
{capability}{settings}
"
        )
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let from = log.len().saturating_sub(4000);
            eprintln!("--- Dovecot's log ---\n{}", log.get(from..).unwrap_or(&log));
        }
    }
}

/// What Dovecot 2.3 offers after login, apart from what it decides by itself.
const CAPABILITIES: [&str; 16] = [
    "IMAP4rev1",
    "LITERAL+",
    "SASL-IR",
    "ID",
    "ENABLE",
    "IDLE",
    "CHILDREN",
    "NAMESPACE",
    "UNSELECT",
    "UIDPLUS",
    "CONDSTORE",
    "ESEARCH",
    "LIST-EXTENDED",
    "MOVE",
    "WITHIN",
    "SPECIAL-USE",
];

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}
