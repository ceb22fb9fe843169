//! Where and how to reach a server of the harness: what a `[[mailbox]]` or `[smtp]` needs to know.

use std::path::PathBuf;

/// How a server protects its connections; the words are those of the config.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// TLS from the first byte.
    #[default]
    Implicit,
    /// Plain text, then STARTTLS.
    Starttls,
    /// Plain text.
    None,
}

impl Tls {
    /// The value of the config's `tls` key.
    pub fn word(self) -> &'static str {
        match self {
            Tls::Implicit => "implicit",
            Tls::Starttls => "starttls",
            Tls::None => "none",
        }
    }
}

/// One login at one server.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// `localhost`, which the certificates of [`super::Ca`] are made for.
    pub host: String,
    /// TCP port on loopback.
    pub port: u16,
    /// Protection of the connection.
    pub tls: Tls,
    /// PEM file of the authority, for `ca_file`; none with [`Tls::None`].
    pub ca_file: Option<PathBuf>,
    /// Login name; empty when the server wants none.
    pub username: String,
    /// Password; empty when the server wants none.
    pub password: String,
}
