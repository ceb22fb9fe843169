//! A provider, a Dovecot that asks it about tokens, a relay that does too, and a desk.

use std::{fs, os::unix::fs::PermissionsExt as _};

use tempfile::TempDir;

use crate::{
    harness::{
        Account, Ca, Desk, DeskSetup, Dovecot, DovecotOptions, FakeSmtp, FakeTokens, SmtpOptions,
        eventually,
    },
    place::{SOON, USER, but, shown},
};

pub struct Scene {
    _dir: TempDir,
    pub ca: Ca,
    pub tokens: FakeTokens,
    pub dovecot: Dovecot,
    pub smtp: FakeSmtp,
}

impl Scene {
    pub fn new() -> Self {
        let dir = TempDir::new().unwrap();
        // Dovecot reads its settings as another user
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let ca = Ca::new(dir.path());
        let tokens = FakeTokens::start(&ca, USER);
        let settings = tokens.dovecot_passdb(&dir.path().join("oauth2.conf"));
        let dovecot = Dovecot::start(
            &ca,
            DovecotOptions {
                settings,
                ..DovecotOptions::default()
            },
        );
        let smtp = FakeSmtp::start(
            &ca,
            SmtpOptions {
                gate: Some(tokens.gate()),
                ..SmtpOptions::default()
            },
        );
        Self {
            _dir: dir,
            ca,
            tokens,
            dovecot,
            smtp,
        }
    }

    /// A desk whose mailbox and relay share one consent, and that logs everything.
    pub fn setup(&self) -> DeskSetup {
        self.setup_at(&self.dovecot.account(USER), &self.tokens.settings())
    }

    /// The same with another mailbox and other settings.
    pub fn setup_at(&self, imap: &Account, oauth2: &str) -> DeskSetup {
        Desk::setup()
            .mailbox_with("support", &without_password(imap), &[("oauth2", oauth2)])
            .smtp(&without_password(&self.smtp.account()))
            .set("smtp", "oauth2", "{ mailbox = \"support\" }")
            .env("MAILDESK_LOG", "trace")
            .without_waiting()
    }

    /// A desk with consent, whose mailbox is up.
    pub fn desk(&self) -> Desk {
        let mut desk = self.setup().start();
        desk.wait_log("there is no consent for support yet", SOON);
        desk.cli_text(&["auth", "support"], "");
        desk.wait_ready();
        desk
    }

    /// Nothing that opens a mailbox stands in the log or in what a command said.
    #[track_caller]
    pub fn tells_no_secret(&self, desk: &Desk, said: &str) {
        let all = format!("{}{said}", desk.log());
        let secrets = self.tokens.secrets();
        assert!(!secrets.is_empty());
        for secret in secrets.iter().map(String::as_str).chain(["our-secret"]) {
            assert!(!all.contains(secret), "{secret}: {all}");
        }
        use base64::{Engine as _, prelude::BASE64_STANDARD};
        for line in all.split_whitespace() {
            let decoded = BASE64_STANDARD.decode(line).unwrap_or_default();
            assert!(
                !String::from_utf8_lossy(&decoded).contains("Bearer"),
                "{line}"
            );
        }
    }
}

pub fn without_password(account: &Account) -> Account {
    but(account.clone(), |account| account.password = String::new())
}

/// Waits until the mailbox is watched.
#[track_caller]
pub fn wait_up(desk: &Desk) {
    eventually(SOON, "the mailbox is up", || {
        let state = shown(desk, "support");
        match state["up"] == true {
            true => Ok(()),
            false => Err(state.to_string()),
        }
    });
}

/// Waits until the mailbox is down for this reason.
#[track_caller]
pub fn wait_down(desk: &Desk, reason: &str) {
    eventually(SOON, "the mailbox is down", || {
        let state = shown(desk, "support");
        match state["up"] == false && state["last_error"].to_string().contains(reason) {
            true => Ok(()),
            false => Err(state.to_string()),
        }
    });
}

/// How many errors of the log hold these words.
pub fn errors(desk: &Desk, words: &str) -> usize {
    let log = desk.log();
    let lines = log.lines().filter(|line| line.contains("ERROR"));
    lines.filter(|line| line.contains(words)).count()
}
