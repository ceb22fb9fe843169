//! Message-IDs of ours, which prove themselves, and the threading headers (RFC 5322 section 3.6.4).

use crate::token::{Purpose, Signer};

/// Bytes that all ids of References may take together: some relays cut or refuse header lines
/// of 998 octets and more (RFC 5322 section 2.1.1), and unfold before they count.
const MAX_REFERENCES: usize = 900;
/// A longer id than this is no id (RFC 5322 asks for lines of 998 octets at most; real ones stay
/// under 200).
const MAX_ID: usize = 250;

/// `md.UNIQUE.SEAL@domain`, without angle brackets: the seal lets an answer find its ticket even
/// when the database has been lost or restored from before the mail.
pub(super) fn make(signer: &Signer, ticket: i64, unique: &str, domain: &str) -> String {
    let seal = signer.seal(Purpose::MessageId, ticket, unique);
    format!("md.{unique}.{seal}@{domain}")
}

/// The ticket of a Message-ID of ours, with or without angle brackets; `None` when we did not
/// make it. Needs no database: the id carries its own signature.
pub fn own_ticket(signer: &Signer, message_id: &str) -> Option<i64> {
    let (local, _) = message_id.trim().trim_start_matches('<').rsplit_once('@')?;
    let (unique, seal) = local.strip_prefix("md.")?.split_once('.')?;
    let ticket = Signer::claimed_id(seal)?;
    signer
        .verify(Purpose::MessageId, seal, unique)
        .then_some(ticket)
}

/// As [`make`], for a mail to an agent: the id carries the agent's token, so that an answer proves
/// itself where there are no sub-addresses. The same `unique` gives the same id.
pub(super) fn make_for_agent(
    signer: &Signer,
    ticket: i64,
    unique: &str,
    domain: &str,
    agent: &str,
) -> String {
    let token = signer.seal(Purpose::Agent, ticket, agent);
    make(signer, ticket, &format!("{unique}_{token}"), domain)
}

/// The agent's token that an id of `make_for_agent` carries. It proves nothing yet.
pub fn agent_token(message_id: &str) -> Option<&str> {
    let (local, _) = message_id.trim().trim_start_matches('<').rsplit_once('@')?;
    let (name, _) = local.strip_prefix("md.")?.split_once('.')?;
    name.split_once('_').map(|(_, token)| token)
}

/// The value of References: what came before, capped, and `own` at the end.
///
/// The first id and the newest that fit are kept. Our own id stands at the end as well, which
/// RFC 5322 does not ask for: relays that rewrite Message-ID leave References alone, so an answer
/// still names an id that we know.
pub(super) fn references(before: &[String], in_reply_to: Option<&str>, own: &str) -> String {
    let mut ids: Vec<&str> = Vec::new();
    for id in before.iter().map(String::as_str).chain(in_reply_to) {
        let id = bare(id);
        if is_usable(id) && id != own && !ids.contains(&id) {
            ids.push(id);
        }
    }
    let cost = |id: &str| id.len() + "<> ".len();
    let mut room = MAX_REFERENCES.saturating_sub(cost(own));
    let first = ids.first().copied();
    room = room.saturating_sub(first.map_or(0, cost));
    let mut newest: Vec<&str> = ids
        .iter()
        .skip(1)
        .rev()
        .take_while(|id| {
            let fits = cost(id) <= room;
            room = room.saturating_sub(cost(id));
            fits
        })
        .copied()
        .collect();
    newest.reverse();
    let kept = first.into_iter().chain(newest).chain([own]);
    kept.map(bracketed).collect::<Vec<_>>().join(" ")
}

/// The value of In-Reply-To, when there is an id fit for a header.
pub(super) fn in_reply_to(id: Option<&str>) -> Option<String> {
    id.map(bare).filter(|id| is_usable(id)).map(bracketed)
}

pub(super) fn bracketed(id: &str) -> String {
    format!("<{id}>")
}

fn bare(id: &str) -> &str {
    id.trim().trim_start_matches('<').trim_end_matches('>')
}

/// Ids are strangers' text: only visible ASCII without brackets goes into a header.
fn is_usable(id: &str) -> bool {
    let fits = |b: u8| b.is_ascii_graphic() && !matches!(b, b'<' | b'>');
    !id.is_empty() && id.len() <= MAX_ID && id.bytes().all(fits) && !id.contains("=?")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> Signer {
        Signer::new(b"0123456789abcdef")
    }

    #[test]
    fn our_id_names_its_ticket_and_nobody_elses_does() {
        let id = make(&signer(), 4711, "abc", "example.com");
        assert_eq!(own_ticket(&signer(), &id), Some(4711));
        assert_eq!(own_ticket(&signer(), &format!(" <{id}> ")), Some(4711));
        assert_eq!(own_ticket(&Signer::new(b"another secret!!"), &id), None);
        assert_eq!(own_ticket(&signer(), &id.replacen("abc", "abd", 1)), None);
        // the seal of one ticket under the number of another
        let seal = signer().seal(Purpose::MessageId, 4712, "abc");
        let (_, mac) = seal.split_once('-').unwrap();
        let number = signer().seal(Purpose::MessageId, 4711, "abc");
        let (number, _) = number.split_once('-').unwrap();
        let mixed = format!("md.abc.{number}-{mac}@example.com");
        assert_eq!(own_ticket(&signer(), &mixed), None);
        for junk in [
            "",
            "@",
            "md.@x",
            "md..@x",
            "md.a.b@x",
            "md.abc.3mv-@x",
            "CAF=x@mail.example",
        ] {
            assert_eq!(own_ticket(&signer(), junk), None, "{junk:?}");
        }
    }

    #[test]
    fn an_id_to_an_agent_carries_the_agents_token_and_is_ours() {
        let id = make_for_agent(&signer(), 7, "abc", "example.com", "Anna@example.com");
        assert_eq!(own_ticket(&signer(), &id), Some(7));
        let token = agent_token(&id).unwrap();
        assert!(signer().verify(Purpose::Agent, token, "anna@example.com"));
        assert!(!signer().verify(Purpose::Agent, token, "eve@example.com"));
        let plain = make(&signer(), 7, "abc", "example.com");
        assert_eq!(agent_token(&plain), None);
        // a token that was put into another id: the id is not ours
        let mixed = plain.replacen("md.abc", &format!("md.abc_{token}"), 1);
        assert_eq!(own_ticket(&signer(), &mixed), None);
    }

    #[test]
    fn references_keep_the_first_and_the_newest_within_a_header_line() {
        let before: Vec<String> = (0..200)
            .map(|n| format!("mail-number-{n}@example.com"))
            .collect();
        let value = references(&before, Some("last@example.com"), "own@example.com");
        let ids: Vec<&str> = value.split(' ').collect();
        assert!(value.len() <= MAX_REFERENCES, "{}", value.len());
        assert_eq!(ids.first(), Some(&"<mail-number-0@example.com>"));
        assert_eq!(ids.get(ids.len() - 2), Some(&"<last@example.com>"));
        assert_eq!(ids.last(), Some(&"<own@example.com>"));
        assert!(ids.contains(&"<mail-number-199@example.com>"));
        assert!(ids.len() > 20, "{ids:?}");
    }

    #[test]
    fn references_are_said_once_and_hold_only_what_is_an_id() {
        let odd: Vec<String> = [
            "<a@b>",
            "a@b",
            "",
            "x y@c",
            "evil@c>\r\nBcc: d@e",
            "ключ@c",
            "=?utf-8?q?x?=@c",
        ]
        .map(str::to_owned)
        .into();
        let long = "l".repeat(5_000);
        assert_eq!(references(&odd, Some(&long), "o@b"), "<a@b> <o@b>");
        assert_eq!(references(&[], None, "o@b"), "<o@b>");
        assert_eq!(references(&[], Some("a@b"), "o@b"), "<a@b> <o@b>");
    }
}
