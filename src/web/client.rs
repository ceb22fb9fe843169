//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Extension, connect_info::Connected},
    http::HeaderMap,
    serve::IncomingStream,
};

use super::listener::Bounded;
use crate::config::Network;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(SocketAddr);

/// How handlers ask for it; `None` where the pages are served without a listener of ours.
pub(super) type From = Option<Extension<ConnectInfo<Peer>>>;

impl Connected<IncomingStream<'_, Bounded>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Bounded>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// The client's address: the peer's, or what trusted proxies say of it; `None` when unknown.
///
/// Every proxy adds the address that it was called from at the end of X-Forwarded-For, so the last
/// one that is no trusted proxy's is the client's; what stands before it anybody can write. The
/// header of RFC 7239 is not read: where a proxy sets one of the two, the other one is the
/// client's own word.
pub(super) fn address(from: From, headers: &HeaderMap, trusted: &[Network]) -> Option<IpAddr> {
    let Extension(ConnectInfo(Peer(peer))) = from?;
    Some(behind(peer.ip(), headers, trusted))
}

fn behind(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |ip: IpAddr| trusted.iter().any(|network| network.contains(ip));
    let mut client = peer;
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    let words = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    for word in words {
        if !is_trusted(client) {
            break;
        }
        match parse(word.trim()) {
            Some(ip) => client = ip,
            None => break,
        }
    }
    client.to_canonical()
}

/// An address as proxies write it: alone, or with a port.
fn parse(word: &str) -> Option<IpAddr> {
    let alone = word.trim_start_matches('[').trim_end_matches(']');
    let with_port = || word.parse().map(|address: SocketAddr| address.ip());
    alone.parse().or_else(|_| with_port()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behind_proxies(peer: &str, lines: &[&str]) -> String {
        let trusted = ["127.0.0.1", "10.0.0.0/8", "2001:db8:1::/48"];
        let trusted = trusted.map(|text| Network::parse(text).unwrap());
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        behind(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn the_client_is_the_last_address_that_no_trusted_proxy_has() {
        for (peer, lines, client) in [
            ("198.51.100.7", &[][..], "198.51.100.7"),
            // who is no proxy of ours may write what he likes
            ("198.51.100.7", &["203.0.113.1"], "198.51.100.7"),
            ("127.0.0.1", &[], "127.0.0.1"),
            ("127.0.0.1", &["203.0.113.1"], "203.0.113.1"),
            ("::ffff:127.0.0.1", &["203.0.113.1"], "203.0.113.1"),
            ("127.0.0.1", &["192.0.2.66, 203.0.113.1"], "203.0.113.1"),
            (
                "127.0.0.1",
                &["192.0.2.66, 203.0.113.1, 10.1.2.3"],
                "203.0.113.1",
            ),
            (
                "127.0.0.1",
                &["192.0.2.66", "203.0.113.1", "10.1.2.3"],
                "203.0.113.1",
            ),
            ("127.0.0.1", &["10.1.2.3, 10.1.2.4"], "10.1.2.3"),
            ("127.0.0.1", &["203.0.113.1:4711"], "203.0.113.1"),
            ("127.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1"),
            ("2001:db8:1::5", &["2001:db8::1"], "2001:db8::1"),
            ("127.0.0.1", &["203.0.113.1, unknown"], "127.0.0.1"),
            ("127.0.0.1", &["203.0.113.1, , 10.1.2.3"], "10.1.2.3"),
            ("127.0.0.1", &[""], "127.0.0.1"),
        ] {
            assert_eq!(behind_proxies(peer, lines), client, "{peer} {lines:?}");
        }
    }
}
