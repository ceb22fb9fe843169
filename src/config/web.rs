//! `[web]`: the HTTP side.

use std::net::{Ipv4Addr, SocketAddr};

use super::{
    desk::Desk,
    network::{self, Network},
};
use crate::toml_reader::Table;

/// The HTTP side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Web {
    /// Off: no port is opened.
    pub enabled: bool,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The proxies whose X-Forwarded-For is believed.
    pub trusted_proxies: Vec<Network>,
}

/// Reads `[web]`.
pub(super) fn read(table: &Table<'_, '_>, desk: &Desk) -> Web {
    let default = SocketAddr::from((Ipv4Addr::LOCALHOST, 8025));
    let listen = match table.optional_string("listen") {
        None => default,
        Some(text) => text.parse().unwrap_or_else(|_| {
            table.fault(
                "listen",
                "must be an IP address and a port such as \"127.0.0.1:8025\" or \"[::1]:8025\"",
            );
            default
        }),
    };
    let enabled = table.boolean("enabled", true);
    if !enabled && desk.public_url.is_some() {
        table.fault(
            "enabled",
            "the links of desk.public_url would lead nowhere: set it to true, or public_url to \"\"",
        );
    }
    Web {
        enabled,
        listen,
        trusted_proxies: network::read(table, "trusted_proxies"),
    }
}
