//! A server that we dial and the login there: the same keys for IMAP and SMTP.

use std::{
    fmt,
    net::IpAddr,
    path::{Path, PathBuf},
};

use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use secrecy::SecretString;

use super::{
    context::Context,
    fields::{is_given, line},
    oauth2::Oauth2,
};
use crate::{address::Address, toml_reader::Table};

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// TLS from the first byte (RFC 8314 section 3).
    Implicit,
    /// Plain text, then STARTTLS, which must succeed before anything else is said.
    Starttls,
    /// Plain text: loopback, or where the admin has allowed it in words.
    None,
}

/// Where to dial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// A host name or an IP address, without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// A PEM file with roots to trust beside the system's; holds one certificate at least.
    pub ca_file: Option<PathBuf>,
}

/// A user name and what proves it. `Debug` shows neither.
#[derive(Clone, Default)]
pub struct Login {
    /// The user name; not empty.
    pub username: String,
    /// What proves that we are that user.
    pub proof: Proof,
}

/// What proves who we are.
#[derive(Clone)]
pub enum Proof {
    /// A password, not empty; no CR, LF or NUL.
    Password(SecretString),
    /// A token that is asked for when it is needed.
    Oauth2(Box<Oauth2>),
}

impl Default for Proof {
    fn default() -> Self {
        Self::Password(SecretString::default())
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = Address::new("", self.username.clone()).masked();
        match &self.proof {
            Proof::Password(_) => write!(f, "Login({user}, [REDACTED])"),
            Proof::Oauth2(oauth2) => write!(f, "Login({user}, {oauth2:?})"),
        }
    }
}

/// What differs between the protocols.
pub(super) struct Protocol {
    pub example_host: &'static str,
    pub default_tls: Tls,
    /// The port where TLS begins at once.
    pub implicit_port: u16,
    /// The port otherwise.
    pub port: u16,
}

/// Reads host, port, TLS and root certificate.
pub(super) fn read(table: &Table<'_, '_>, context: &Context<'_>, protocol: &Protocol) -> Server {
    let host = table.required_string("host", protocol.example_host);
    check_host(table, &host);
    let words = [
        ("implicit", Tls::Implicit),
        ("starttls", Tls::Starttls),
        ("none", Tls::None),
    ];
    let tls = table.choice("tls", &words, protocol.default_tls);
    let default_port = match tls {
        Tls::Implicit => protocol.implicit_port,
        Tls::Starttls | Tls::None => protocol.port,
    };
    let port = table.integer("port", i64::from(default_port), 1..=65535);
    let allow_plaintext = table.boolean("allow_plaintext", false);
    if tls == Tls::None && !allow_plaintext && !host.is_empty() && !is_loopback(&host) {
        table.fault(
            "tls",
            format!(
                "{host} is not this machine and everything would cross the network in the clear: \
                 use \"implicit\" or \"starttls\", or set allow_plaintext = true"
            ),
        );
    }
    Server {
        host,
        port: u16::try_from(port).unwrap_or(default_port),
        tls,
        ca_file: read_ca_file(table, context),
    }
}

/// An extra root certificate, looked into.
pub(super) fn read_ca_file(table: &Table<'_, '_>, context: &Context<'_>) -> Option<PathBuf> {
    let ca_file = context.path(table, "ca_file");
    if let Some(path) = &ca_file {
        check_certificate(table, path);
    }
    ca_file
}

const PASSWORD_KEYS: [&str; 3] = ["password", "password_file", "password_env"];

/// Reads user name and password, or takes the tokens in its place; where both halves are given.
pub(super) fn read_login(
    table: &Table<'_, '_>,
    context: &Context<'_>,
    oauth2: Option<Oauth2>,
) -> Option<Login> {
    let username = line(table, "username", "");
    let password = context.secret(table, "password");
    if oauth2.is_some() {
        for key in PASSWORD_KEYS.iter().filter(|key| is_given(table, key)) {
            table.fault(key, "oauth2 is given too: keep one of the two");
        }
    }
    let tokens = oauth2.map(|oauth2| Proof::Oauth2(Box::new(oauth2)));
    let proof = tokens.or(password.map(Proof::Password))?;
    is_given(table, "username").then_some(Login { username, proof })
}

/// Reports what of a login is missing.
pub(super) fn refuse_missing_login(table: &Table<'_, '_>, has_oauth2: bool) {
    if !is_given(table, "username") {
        table.fault(
            "username",
            "is required: write for example username = \"support@example.com\"",
        );
    }
    if !has_oauth2 && !has_password(table) {
        table.fault(
            "password",
            "is required: give password_file, password_env or password",
        );
    }
}

/// Whether only half of a login is given.
pub(super) fn is_half_login(table: &Table<'_, '_>, has_oauth2: bool) -> bool {
    (has_oauth2 || has_password(table)) != is_given(table, "username")
}

fn has_password(table: &Table<'_, '_>) -> bool {
    PASSWORD_KEYS.iter().any(|key| is_given(table, key))
}

fn check_host(table: &Table<'_, '_>, host: &str) {
    if host.is_empty() || host.parse::<IpAddr>().is_ok() {
        return;
    }
    let is_name_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if host.chars().all(is_name_char) {
        return;
    }
    let remedy = if host.contains("://") {
        "leave out the scheme"
    } else if host.starts_with('[') {
        "write an IPv6 address without brackets"
    } else if host.contains(':') {
        "the port goes into the key port"
    } else if !host.is_ascii() {
        "write an international name in its xn-- form"
    } else {
        "use letters, digits, dots and hyphens"
    };
    table.fault(
        "host",
        format!("must be a host name or an IP address: {remedy}"),
    );
}

/// Whether a name or an address is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let is_loopback_ip = |ip: IpAddr| ip.to_canonical().is_loopback();
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(is_loopback_ip)
}

fn check_certificate(table: &Table<'_, '_>, path: &Path) {
    let shown = path.display();
    let mut certificates = match CertificateDer::pem_file_iter(path) {
        Ok(certificates) => certificates,
        Err(error) => {
            let cause = match &error {
                rustls::pki_types::pem::Error::Io(error) => super::context::io_cause(error),
                other => other.to_string(),
            };
            table.fault(
                "ca_file",
                format!(
                    "cannot read {shown}: {cause}: it must be a PEM file that the service can read"
                ),
            );
            return;
        }
    };
    if !certificates.any(|certificate| certificate.is_ok()) {
        table.fault(
            "ca_file",
            format!("there is no certificate in {shown}: it must be PEM, with BEGIN CERTIFICATE"),
        );
    }
}
