//! Listing and fetching by UID, in ranges, with `BODY.PEEK[]`: nothing is marked on the server.

use async_imap::imap_proto::{AttributeValue, Response};
use jiff::{Timestamp, fmt::strtime};

use super::{ImapError, session::Session};

/// A mail that is there, not yet fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) uid: u32,
    pub(super) size: u64,
    pub(super) arrived_at: Timestamp,
}

/// A mail's bytes.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) uid: u32,
    pub(super) bytes: Vec<u8>,
}

/// Everything from `uidnext` on, in UID order.
pub(super) async fn list(session: &mut Session, uidnext: u32) -> Result<Vec<Listed>, ImapError> {
    session.has_news = false;
    let mut listed = Vec::new();
    let line = format!("UID FETCH {uidnext}:* (UID INTERNALDATE RFC822.SIZE)");
    session
        .command(&line, |response| {
            let Response::Fetch(_, attributes) = response else {
                return;
            };
            let (mut uid, mut size, mut arrived_at) = (0, 0, None);
            for attribute in attributes {
                match attribute {
                    AttributeValue::Uid(value) => uid = *value,
                    AttributeValue::Rfc822Size(value) => size = u64::from(*value),
                    AttributeValue::InternalDate(text) => arrived_at = parse_date(text),
                    _ => {}
                }
            }
            // `n:*` names the last mail even where its UID is lower (RFC 3501 section 6.4.8)
            if uid >= uidnext {
                let arrived_at = arrived_at.unwrap_or_else(crate::clock::now);
                listed.push(Listed {
                    uid,
                    size,
                    arrived_at,
                });
            }
        })
        .await?;
    listed.sort_by_key(|mail| mail.uid);
    listed.dedup_by_key(|mail| mail.uid);
    Ok(listed)
}

/// The bytes of these mails; one that vanished meanwhile is not among them.
pub(super) async fn bodies(session: &mut Session, uids: &[u32]) -> Result<Vec<Fetched>, ImapError> {
    fetch(session, uids, "BODY.PEEK[]").await
}

/// The headers of a mail that is over the size limit.
pub(super) async fn headers(
    session: &mut Session,
    uids: &[u32],
) -> Result<Vec<Fetched>, ImapError> {
    fetch(session, uids, "BODY.PEEK[HEADER]").await
}

/// Whether a mail is still listed.
pub(super) async fn is_there(session: &mut Session, uid: u32) -> Result<bool, ImapError> {
    let mut is_there = false;
    session
        .command(&format!("UID FETCH {uid} (UID)"), |response| {
            if let Response::Fetch(_, attributes) = response {
                is_there |= attributes.contains(&AttributeValue::Uid(uid));
            }
        })
        .await?;
    Ok(is_there)
}

async fn fetch(session: &mut Session, uids: &[u32], item: &str) -> Result<Vec<Fetched>, ImapError> {
    let mut fetched: Vec<Fetched> = Vec::new();
    let line = format!("UID FETCH {} (UID {item})", set(uids));
    session
        .command(&line, |response| {
            let Response::Fetch(_, attributes) = response else {
                return;
            };
            let uid = attributes.iter().find_map(|attribute| match attribute {
                AttributeValue::Uid(value) => Some(*value),
                _ => None,
            });
            let bytes = attributes.iter().find_map(|attribute| match attribute {
                AttributeValue::BodySection {
                    data: Some(data), ..
                } => Some(data.to_vec()),
                _ => None,
            });
            if let (Some(uid), Some(bytes)) = (uid, bytes) {
                fetched.push(Fetched { uid, bytes });
            }
        })
        .await?;
    fetched.sort_by_key(|mail| mail.uid);
    fetched.dedup_by_key(|mail| mail.uid);
    Ok(fetched)
}

/// Sorted UIDs as a sequence set: `4:6,9`.
pub(super) fn set(uids: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for uid in uids {
        match ranges.last_mut() {
            Some((_, end)) if end.checked_add(1) == Some(*uid) => *end = *uid,
            _ => ranges.push((*uid, *uid)),
        }
    }
    let shown = ranges.iter().map(|(start, end)| {
        if start == end {
            start.to_string()
        } else {
            format!("{start}:{end}")
        }
    });
    shown.collect::<Vec<_>>().join(",")
}

/// INTERNALDATE, such as `" 7-Jul-2026 02:44:25 -0700"` (RFC 3501 section 9, date-time).
fn parse_date(text: &str) -> Option<Timestamp> {
    strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim())
        .ok()?
        .to_timestamp()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_join_neighbours() {
        assert_eq!(set(&[4, 5, 6, 9]), "4:6,9");
        assert_eq!(set(&[1]), "1");
        assert_eq!(set(&[u32::MAX - 1, u32::MAX]), "4294967294:4294967295");
    }

    #[test]
    fn internal_dates_are_read_with_a_padded_day_too() {
        for text in ["17-Jul-2026 02:44:25 -0700", " 7-Jul-2026 02:44:25 +0000"] {
            assert!(parse_date(text).is_some(), "{text}");
        }
        assert_eq!(
            parse_date(" 7-Jul-2026 02:00:00 +0200")
                .unwrap()
                .to_string(),
            "2026-07-07T00:00:00Z"
        );
        assert_eq!(parse_date("rubbish"), None);
    }
}
