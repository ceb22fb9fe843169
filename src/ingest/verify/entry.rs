//! Where a mail came in from: the hop at which it entered the receiving side (RFC 5321 section
//! 4.4).
//!
//! Anybody can write Received headers below those of our own servers, and nothing tells where ours
//! end. What is found here may excuse a mail, and must never prove one.

use std::net::IpAddr;

use crate::{address::Address, message::Message};

/// How a mail came in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// From a machine outside.
    Client {
        /// Its address.
        ip: IpAddr,
        /// The name that it gave.
        helo: String,
    },
    /// From a user who logged in.
    Submitted,
    /// No header tells.
    Unknown,
}

/// More hops than any mail has; a server drops mails with fewer.
const MOST_HOPS: usize = 100;

/// Looks for the entry from the top, past the hops inside one organisation.
pub(super) fn entry(message: &Message) -> Entry {
    let hops = message.header("Received").take(MOST_HOPS).filter_map(hop);
    for hop in hops {
        if hop.is_submission {
            return Entry::Submitted;
        }
        if let Some(ip) = hop.ip.filter(|_| !hop.is_inside()) {
            return Entry::Client { ip, helo: hop.helo };
        }
    }
    Entry::Unknown
}

/// One Received header.
struct Hop {
    /// The address of the client, where it is a public one.
    ip: Option<IpAddr>,
    helo: String,
    /// The name that the server found for the client, else the one that the client gave.
    client: String,
    server: String,
    is_submission: bool,
}

impl Hop {
    fn is_inside(&self) -> bool {
        let client = organisation(&self.client);
        !client.is_empty() && client == organisation(&self.server)
    }
}

/// Reads `from HELO (NAME [IP]) by SERVER with PROTOCOL` and its relatives: Exim writes
/// `from NAME ([IP] helo=HELO)`, Exchange `from HELO (IP)`, qmail `from NAME (HELO x) (IP)`.
fn hop(value: &str) -> Option<Hop> {
    let value = value.trim_start().strip_prefix("from ")?;
    let (client, rest) = value.split_once(" by ")?;
    let helo = client.split_whitespace().next()?.to_owned();
    let is_end = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | ';');
    // what a client says of itself may look like an address
    let found: Vec<&str> = client
        .split(is_end)
        .filter(|word| !word.contains('='))
        .map(|word| word.trim_matches(['[', ']']))
        .filter(|word| !word.is_empty())
        .collect();
    let ip = found.iter().rev().find_map(|word| read_ip(word));
    let is_unknown = found.contains(&"unknown");
    let names = found.iter().filter(|word| word.contains('.'));
    let mut names = names.filter(|word| read_ip(word).is_none());
    let name = names.next_back().filter(|_| !is_unknown);
    let mut words = rest.split_whitespace();
    let server = words.next()?.to_owned();
    let protocol = words.by_ref().skip_while(|word| *word != "with").nth(1);
    Some(Hop {
        ip: ip.filter(is_public),
        client: name.map(|name| (*name).to_owned()).unwrap_or_default(),
        helo,
        server,
        is_submission: protocol.is_some_and(is_submission),
    })
}

fn read_ip(word: &str) -> Option<IpAddr> {
    let word = match word.get(..5) {
        Some(tag) if tag.eq_ignore_ascii_case("ipv6:") => word.get(5..)?,
        _ => word,
    };
    let ip: IpAddr = word.split('%').next()?.parse().ok()?;
    Some(ip.to_canonical())
}

fn is_public(ip: &IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let is_shared = ip.octets().first() == Some(&100) && (ip.to_bits() >> 22) & 3 == 1;
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_unspecified()
                || is_shared)
        }
        IpAddr::V6(ip) => {
            !(ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_unique_local()
                || ip.is_unicast_link_local())
        }
    }
}

/// A protocol with a login (RFC 3848), or Exchange's way from one of its own mailboxes.
fn is_submission(protocol: &str) -> bool {
    let known = ["esmtpa", "esmtpsa", "utf8smtpa", "utf8smtpsa", "mapi"];
    let protocol = protocol.trim_end_matches(';').to_lowercase();
    known.contains(&protocol.as_str())
}

/// The organisation of a host name; Microsoft 365 hands mails over between two names.
fn organisation(host: &str) -> String {
    let host = host.trim_end_matches('.');
    let organisation = Address::new("", format!("x@{host}")).organisation();
    match organisation.as_str() {
        "office365.com" => "outlook.com".to_owned(),
        _ => organisation,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(received: &[&str]) -> Entry {
        let header = |value: &&str| ("Received".to_owned(), (*value).to_owned());
        entry(&Message {
            headers: received.iter().map(header).collect(),
            ..Message::default()
        })
    }

    fn client(ip: &str, helo: &str) -> Entry {
        Entry::Client {
            ip: ip.parse().unwrap(),
            helo: helo.to_owned(),
        }
    }

    #[test]
    fn every_server_has_its_own_way_to_name_the_client() {
        for (received, ip, helo) in [
            (
                "from out.shop.example (out.shop.example [203.0.113.5]) by mx.example.com (Postfix) with ESMTPS id 4; Mon",
                "203.0.113.5",
                "out.shop.example",
            ),
            (
                "from [192.168.1.5] (unknown [203.0.113.5]) by mx.example.com with SMTP; Mon",
                "203.0.113.5",
                "[192.168.1.5]",
            ),
            (
                "from out.shop.example ([203.0.113.5] helo=[198.51.100.9]) by mx.example.com with esmtps (Exim 4.96); Mon",
                "203.0.113.5",
                "out.shop.example",
            ),
            (
                "from out.shop.example (203.0.113.5) by AM7EUR03FT0.mail.protection.outlook.com (10.13.16.10) with Microsoft SMTP Server",
                "203.0.113.5",
                "out.shop.example",
            ),
            (
                "from out.shop.example (out.shop.example. [IPv6:2001:db8::5]) by mx.google.com with ESMTPS id x; Mon",
                "2001:db8::5",
                "out.shop.example",
            ),
            (
                "from unknown (HELO [198.51.100.9]) (203.0.113.5) by mx.example.com with SMTP; Mon",
                "203.0.113.5",
                "unknown",
            ),
        ] {
            assert_eq!(of(&[received]), client(ip, helo), "{received}");
        }
    }

    #[test]
    fn hops_inside_the_receiving_side_are_passed_by() {
        let outside = "from out.shop.example (out.shop.example [203.0.113.5]) by mx.example.com with ESMTPS; Mon";
        let forged = "from out.bank.example (out.bank.example [198.51.100.9]) by mx.shop.example with ESMTPS; Mon";
        let by_lmtp = "from mx.example.com ([127.0.0.1]) by store.example.com with LMTP id x; Mon";
        let own_public =
            "from mx.example.com (mx.example.com [198.51.100.1]) by store.example.com with ESMTP";
        let polled = "by 2002:a17:907:1234:b0 with SMTP id x; Mon";
        let came = client("203.0.113.5", "out.shop.example");
        assert_eq!(of(&[by_lmtp, own_public, polled, outside, forged]), came);
        let microsofts = [
            "from AM0PR01.eurprd01.prod.outlook.com (2603:10a6:20b::15) by DB9PR01.eurprd01.prod.outlook.com with HTTPS; Mon",
            "from AM7EUR03.eop-EUR03.prod.protection.outlook.com (2603:10a6:20b::16) by AS9P.outlook.office365.com (2603:10a6:20b::17) with Microsoft SMTP Server; Mon",
            "from out.shop.example (203.0.113.5) by AM7EUR03.mail.protection.outlook.com (10.13.16.10) with Microsoft SMTP Server; Mon",
        ];
        assert_eq!(of(&microsofts), came);
    }

    #[test]
    fn a_name_that_only_the_client_gives_does_not_make_it_one_of_ours() {
        let pretends =
            "from mx.example.com (unknown [203.0.113.5]) by mx.example.com with ESMTP; Mon";
        assert_eq!(of(&[pretends]), client("203.0.113.5", "mx.example.com"));
    }

    #[test]
    fn who_logged_in_is_no_stranger() {
        let login = "from laptop (dsl.provider.example [203.0.113.5]) by mx.example.com with ESMTPSA id x; Mon";
        assert_eq!(of(&[login]), Entry::Submitted);
        let outside =
            "from out.shop.example (out.shop.example [203.0.113.6]) by mx.example.com with ESMTPS";
        assert_eq!(
            of(&[outside, login]),
            client("203.0.113.6", "out.shop.example")
        );
        assert_eq!(of(&[]), Entry::Unknown);
        assert_eq!(of(&["from localhost by mx.example.com"]), Entry::Unknown);
    }
}
