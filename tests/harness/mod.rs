//! Real servers for the story tests, on loopback, in temporary directories, stopped on drop.
//!
//! | what | where |
//! |---|---|
//! | [`Ca`] | an own certificate authority: good, wrong-name and expired certificates |
//! | [`Dovecot`] | the real IMAP and LMTP server over Maildir |
//! | [`Maildir`] | a folder, with or without Dovecot |
//! | [`Postfix`] | the real MTA (needs root) |
//! | [`SmtpSink`] | Postfix's plain mail sink |
//! | [`FakeSmtp`], [`FakeImap`] | scripted servers for faults: see [`Fault`] |
//! | [`FakeTokens`] | a scripted OAuth2 token server |
//! | [`FakeDns`] | a scripted DNS server |
//! | [`Proxy`] | a TCP proxy that cuts, stalls, garbles and slows down |
//! | [`Desk`] | the real `maildesk` binary with a config of its own |
//! | [`eventually`], [`free_port`] | waiting by polling, ports |
//!
//! Everything is synchronous, so that a test reads as a list of steps; the fake servers run on
//! threads of their own and may be used from `#[tokio::test]` too. A missing package is a
//! failure that names `tests/install-packages.sh`, never a skipped test.
#![allow(
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

pub mod account;
pub mod ca;
pub mod client;
pub mod desk;
pub mod dns;
pub mod dovecot;
pub mod http;
pub mod imap;
pub mod mail;
pub mod maildir;
pub mod port;
pub mod postfix;
pub mod process;
pub mod proxy;
pub mod script;
pub mod smtp;
pub mod smtp_sink;
pub mod tokens;
pub mod wait;
pub mod wire;

pub use account::{Account, Tls};
pub use ca::{Ca, Certificate};
pub use client::Client;
pub use desk::{Desk, DeskSetup};
pub use dns::FakeDns;
pub use dovecot::{Dovecot, DovecotOptions};
pub use imap::{FakeImap, ImapOptions};
pub use maildir::Maildir;
pub use port::free_port;
pub use postfix::Postfix;
pub use proxy::{Proxy, What, When};
pub use script::{Act, Fault};
pub use smtp::{FakeSmtp, SmtpMail, SmtpOptions};
pub use smtp_sink::{SmtpSink, SunkMail};
pub use tokens::{Canned, FakeTokens, Gate};
pub use wait::{Probe, eventually};
