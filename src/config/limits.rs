//! `[acknowledge]`, `[limits]` and `[trust]`: what is sent by itself, how much, and whom we
//! believe.

use std::net::{IpAddr, SocketAddr};

use super::{fields::refuse_empty_items, providers::is_provider};
use crate::toml_reader::Table;

/// Whether a new ticket is acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledge {
    /// Off: customers hear nothing until an agent answers.
    pub enabled: bool,
}

/// What is too much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes; a larger mail becomes a ticket with a notice and is not downloaded.
    pub max_message_size: u64,
    /// Automatic mails to one address an hour; 0 sends none.
    pub automatic_per_address_per_hour: u32,
    /// Automatic mails to one address a day; 0 sends none.
    pub automatic_per_address_per_day: u32,
    /// Automatic mails an hour to addresses of one domain that the desk never wrote to before;
    /// see [`Limits::of_domain`].
    pub automatic_per_domain_per_hour: u32,
    /// Automatic mails of the whole desk an hour; 0 sends none.
    pub automatic_per_desk_per_hour: u32,
    /// Notifications to one agent an hour, twice as many where a ticket is high or urgent; 0 sends
    /// none.
    pub notifications_per_agent_per_hour: u32,
}

/// Whom we believe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// The authserv-ids whose Authentication-Results (RFC 8601) count, in lower case.
    pub authserv_ids: Vec<String>,
    /// The admin's word that nothing forged can come in.
    pub inbound_path_trusted: bool,
    /// DKIM and DMARC are verified here, with DNS.
    pub verify: bool,
    /// The DNS servers to ask; none for the system's.
    pub dns_servers: Vec<SocketAddr>,
}

impl Trust {
    /// Whether anything can ever prove that a mail is an agent's.
    pub fn can_prove(&self) -> bool {
        self.inbound_path_trusted || self.verify || !self.authserv_ids.is_empty()
    }
}

impl Limits {
    /// How many addresses of a domain that the desk never wrote to may get an automatic mail in an
    /// hour: ten times as many where the domain is one of the large mail providers.
    pub fn of_domain(&self, domain: &str) -> u64 {
        let times = if is_provider(domain) { 10 } else { 1 };
        u64::from(self.automatic_per_domain_per_hour) * times
    }
}

/// SQLite holds no more than 10^9 bytes in a value, and a mail is held in memory.
const MAX_MESSAGE_SIZE: u64 = 512 << 20;

/// Reads `[acknowledge]`.
pub(super) fn read_acknowledge(table: &Table<'_, '_>) -> Acknowledge {
    Acknowledge {
        enabled: table.boolean("enabled", true),
    }
}

/// Reads `[limits]`.
pub(super) fn read(table: &Table<'_, '_>) -> Limits {
    let max_message_size = table.size("max_message_size", 50 << 20);
    if !(1 << 10..=MAX_MESSAGE_SIZE).contains(&max_message_size) {
        table.fault("max_message_size", "must be from 1KiB to 512MiB");
    }
    let count = |key: &str, default: u32| {
        let found = table.integer(key, i64::from(default), 0..=1_000_000);
        u32::try_from(found).unwrap_or(default)
    };
    Limits {
        max_message_size,
        automatic_per_address_per_hour: count("automatic_per_address_per_hour", 5),
        automatic_per_address_per_day: count("automatic_per_address_per_day", 20),
        automatic_per_domain_per_hour: count("automatic_per_domain_per_hour", 30),
        automatic_per_desk_per_hour: count("automatic_per_desk_per_hour", 2000),
        notifications_per_agent_per_hour: count("notifications_per_agent_per_hour", 60),
    }
}

/// Reads `[trust]`.
pub(super) fn read_trust(table: &Table<'_, '_>) -> Trust {
    let ids = table.strings("authserv_ids");
    refuse_empty_items(table, "authserv_ids", &ids);
    Trust {
        authserv_ids: ids.iter().map(|id| id.to_lowercase()).collect(),
        inbound_path_trusted: table.boolean("inbound_path_trusted", false),
        verify: table.boolean("verify", false),
        dns_servers: read_dns_servers(table),
    }
}

/// The port of DNS (RFC 1035 section 4.2).
const DNS_PORT: u16 = 53;

fn read_dns_servers(table: &Table<'_, '_>) -> Vec<SocketAddr> {
    let texts = table.strings("dns_servers");
    let read = |text: &String| {
        let with_port = text.parse().ok();
        with_port.or_else(|| Some(SocketAddr::new(text.parse::<IpAddr>().ok()?, DNS_PORT)))
    };
    let servers: Vec<SocketAddr> = texts.iter().filter_map(read).collect();
    if servers.len() < texts.len() || servers.iter().any(|server| server.port() == 0) {
        table.fault(
            "dns_servers",
            "must hold IP addresses, with a port or without: write for example [\"192.0.2.53\"], \
             [\"192.0.2.53:5353\"] or [\"[2001:db8::53]:5353\"]",
        );
    }
    servers
}
