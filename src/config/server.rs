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

/// A user name and its password, neither empty. `Debug` shows neither.
#[derive(Clone, Default)]
pub struct Login {
    /// The user name.
    pub username: String,
    /// The password; no CR, LF or NUL.
    pub password: SecretString,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = Address::new("", self.username.clone()).masked();
        write!(f, "Login({user}, [REDACTED])")
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
    let ca_file = context.path(table, "ca_file");
    if let Some(path) = &ca_file {
        check_certificate(table, path);
    }
    Server {
        host,
        port: u16::try_from(port).unwrap_or(default_port),
        tls,
        ca_file,
    }
}

const PASSWORD_KEYS: [&str; 3] = ["password", "password_file", "password_env"];

/// Reads user name and password where both are given.
pub(super) fn read_login(table: &Table<'_, '_>, context: &Context<'_>) -> Option<Login> {
    let username = line(table, "username", "");
    let password = context.secret(table, "password");
    let has_username = is_given(table, "username");
    password
        .filter(|_| has_username)
        .map(|password| Login { username, password })
}

/// Reports what of a login is missing.
pub(super) fn refuse_missing_login(table: &Table<'_, '_>) {
    if !is_given(table, "username") {
        table.fault(
            "username",
            "is required: write for example username = \"support@example.com\"",
        );
    }
    if !PASSWORD_KEYS.iter().any(|key| is_given(table, key)) {
        table.fault(
            "password",
            "is required: give password_file, password_env or password",
        );
    }
}

/// Whether only half of a login is given.
pub(super) fn is_half_login(table: &Table<'_, '_>) -> bool {
    let has_password = PASSWORD_KEYS.iter().any(|key| is_given(table, key));
    has_password != is_given(table, "username")
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

fn is_loopback(host: &str) -> bool {
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
