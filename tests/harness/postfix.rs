//! The real Postfix as the desk's relay: submission with TLS and login, `example.com` delivered
//! to Dovecot, everything else handed on to a sink.
//!
//! Postfix' master needs root. Without it a test fails and says so; whoever cannot have root
//! sets `MAILDESK_TEST_SKIP_POSTFIX=1`, knowingly.

use std::{
    fs, net::TcpStream, os::unix::fs::PermissionsExt, path::PathBuf, process::Command,
    time::Duration,
};

use tempfile::TempDir;

use super::{
    Account, Ca, Certificate, Dovecot, Tls, free_port,
    process::{Group, is_root, program},
    wait::eventually,
};

/// A running Postfix; gone when dropped.
pub struct Postfix {
    // before the directory: fields are dropped in this order
    group: Group,
    dir: TempDir,
    ca_file: PathBuf,
    submission: u16,
    submissions: u16,
    /// Plain SMTP on loopback, as the world's mail comes in.
    pub smtp: u16,
}

impl Postfix {
    /// Whether the operator has asked to go without; panics when Postfix cannot run and nobody
    /// has.
    #[track_caller]
    pub fn is_skipped() -> bool {
        if is_root() {
            return false;
        }
        let is_skipped = std::env::var_os("MAILDESK_TEST_SKIP_POSTFIX").is_some_and(|v| v == "1");
        assert!(
            is_skipped,
            "Postfix needs root: run the tests as root, or set MAILDESK_TEST_SKIP_POSTFIX=1"
        );
        eprintln!("skipped: MAILDESK_TEST_SKIP_POSTFIX=1");
        true
    }

    /// Starts Postfix in front of `dovecot` (logins, mail for example.com) and of the SMTP server
    /// at port `elsewhere` (all other mail). Ask [`Postfix::is_skipped`] first.
    pub fn start(ca: &Ca, dovecot: &Dovecot, elsewhere: u16) -> Self {
        Self::start_with(ca, dovecot, elsewhere, &[])
    }

    /// The same with lines for its `header_checks`, as regular expressions: how a relay rewrites
    /// what passes through it.
    pub fn start_with(ca: &Ca, dovecot: &Dovecot, elsewhere: u16, header_checks: &[&str]) -> Self {
        assert!(
            is_root(),
            "Postfix needs root: ask Postfix::is_skipped() first"
        );
        let dir = TempDir::with_prefix("maildesk-postfix-").unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["etc", "spool", "data"] {
            fs::create_dir(dir.path().join(name)).unwrap();
        }
        let data = dir.path().join("data");
        let chown = Command::new("chown")
            .arg("postfix")
            .arg(data)
            .status()
            .unwrap();
        assert!(
            chown.success(),
            "postfix is missing; install it: tests/install-packages.sh"
        );
        let pair = ca.issue(Certificate::Good);
        fs::write(dir.path().join("etc/tls.pem"), pair.key + &pair.certificate).unwrap();
        let (submission, submissions, smtp) = (free_port(), free_port(), free_port());
        let main = main_cf(&dir, dovecot, elsewhere);
        fs::write(dir.path().join("etc/main.cf"), main).unwrap();
        let checks = header_checks.join("\n") + "\n";
        fs::write(dir.path().join("etc/header_checks"), checks).unwrap();
        let master = master_cf(submission, submissions, smtp);
        fs::write(dir.path().join("etc/master.cf"), master).unwrap();
        let etc = dir.path().join("etc");
        // makes the directories of the queue
        let check = Command::new(program("postfix"))
            .arg("-c")
            .arg(&etc)
            .arg("check")
            .output();
        let check = check.unwrap();
        let said = String::from_utf8_lossy(&check.stderr);
        assert!(check.status.success(), "postfix check: {said}");
        // not by `postfix start`, which would leave our process group
        let mut command = Command::new("/usr/lib/postfix/sbin/master");
        command.arg("-c").arg(&etc).arg("-d");
        command
            .env("MAIL_CONFIG", &etc)
            .env("MAIL_LOGTAG", "postfix");
        let postlog = dir.path().join("spool/public/postlog");
        command
            .env("POSTLOG_SERVICE", postlog)
            .env("POSTLOG_HOSTNAME", "mx.example.com");
        let group = Group::spawn(&mut command, &dir.path().join("stderr.log"));
        let mut server = Self {
            group,
            ca_file: ca.file().to_owned(),
            submission,
            submissions,
            smtp,
            dir,
        };
        eventually(Duration::from_secs(30), "Postfix listens", || {
            if let Some(status) = server.group.ended() {
                panic!("Postfix ended, {status}: {}", server.log());
            }
            let is_up = |port: u16| TcpStream::connect(("127.0.0.1", port)).is_ok();
            let is_up = [submission, submissions, smtp].into_iter().all(is_up);
            if is_up { Ok(()) } else { Err(server.log()) }
        });
        server
    }

    /// How to send through it as a user of the Dovecot behind it.
    pub fn account(&self, tls: Tls, dovecot: &Dovecot, user: &str) -> Account {
        let login = dovecot.account(user);
        Account {
            host: "localhost".into(),
            port: match tls {
                Tls::Implicit => self.submissions,
                Tls::Starttls => self.submission,
                Tls::None => self.smtp,
            },
            tls,
            ca_file: (tls != Tls::None).then(|| self.ca_file.clone()),
            username: login.username,
            password: login.password,
        }
    }

    /// How many mails wait in its queue.
    pub fn queued(&self) -> usize {
        let output = Command::new(program("postqueue"))
            .arg("-c")
            .arg(self.dir.path().join("etc"))
            .arg("-j")
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).lines().count()
    }

    /// What Postfix logged.
    pub fn log(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.dir.path().join(name)).unwrap_or_default();
        read("stderr.log") + &read("postfix.log")
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let from = log.len().saturating_sub(4000);
            eprintln!("--- Postfix' log ---\n{}", log.get(from..).unwrap_or(&log));
        }
    }
}

fn main_cf(dir: &TempDir, dovecot: &Dovecot, elsewhere: u16) -> String {
    let dir = dir.path().display();
    let (lmtp, auth) = (dovecot.lmtp, dovecot.auth);
    format!(
        "compatibility_level = 3.6
queue_directory = {dir}/spool
data_directory = {dir}/data
maillog_file = {dir}/postfix.log
maillog_file_prefixes = {dir}
myhostname = mx.example.com
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
mydestination =
alias_maps =
alias_database =
smtpd_peername_lookup = no
smtp_host_lookup = native
recipient_delimiter = +
virtual_mailbox_domains = example.com
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
default_transport = smtp:[127.0.0.1]:{elsewhere}
smtp_tls_security_level = none
smtpd_tls_chain_files = {dir}/etc/tls.pem
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
smtpd_relay_restrictions = permit_sasl_authenticated reject_unauth_destination
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
smtpd_error_sleep_time = 0
header_checks = regexp:{dir}/etc/header_checks
in_flow_delay = 0
queue_run_delay = 1
minimal_backoff_time = 1
maximal_backoff_time = 2
"
    )
}

fn master_cf(submission: u16, submissions: u16, smtp: u16) -> String {
    let login = "-o smtpd_sasl_auth_enable=yes \
                 -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject";
    format!(
        "127.0.0.1:{submission} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt {login}
127.0.0.1:{submissions} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes {login}
127.0.0.1:{smtp} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"
    )
}
