//! What can be had of a stored mail later: its attachments, and its HTML.

use super::{
    MOST_PARTS,
    guess::guess,
    listed, parts,
    reader::{self, Entities},
    tidy::tidy,
};
use crate::message::{
    attachment, body,
    header::HeaderDecoder,
    html::{self, Sanitized},
};

/// The decoded bytes of an attachment, by its place in [`Message::attachments`].
///
/// [`Message::attachments`]: crate::message::Message::attachments
pub fn attachment_bytes(raw: &[u8], index: usize) -> Option<Vec<u8>> {
    let tidied = tidy(raw);
    let entities = entities(&tidied);
    let likely = || guess(&entities);
    let parts = parts(&entities, &HeaderDecoder { likely: &likely });
    let used = body::choose(&parts, &likely).used;
    let (_, part) = listed(&parts, &used).nth(index)?;
    Some(part.bytes().into_owned())
}

/// The decoded bytes of all attachments, in the order of [`Message::attachments`].
///
/// [`Message::attachments`]: crate::message::Message::attachments
pub fn all_attachment_bytes(raw: &[u8]) -> Vec<Vec<u8>> {
    let tidied = tidy(raw);
    let entities = entities(&tidied);
    let likely = || guess(&entities);
    let parts = parts(&entities, &HeaderDecoder { likely: &likely });
    let used = body::choose(&parts, &likely).used;
    let all = listed(&parts, &used);
    all.map(|(_, part)| part.bytes().into_owned()).collect()
}

/// The decoded bytes of the part with this SHA-256 (hex), whatever its place.
pub fn attachment_by_digest(raw: &[u8], sha256: &str) -> Option<Vec<u8>> {
    let tidied = tidy(raw);
    let entities = entities(&tidied);
    let likely = || guess(&entities);
    let parts = parts(&entities, &HeaderDecoder { likely: &likely });
    let mut all = parts.iter().map(|part| part.bytes());
    let found = all.find(|bytes| attachment::sha256(bytes) == sha256)?;
    Some(found.into_owned())
}

/// The HTML of a mail as it may be shown in a page; `None` when it has none.
pub fn safe_html(raw: &[u8]) -> Option<Sanitized> {
    let tidied = tidy(raw);
    let entities = entities(&tidied);
    let likely = || guess(&entities);
    let parts = parts(&entities, &HeaderDecoder { likely: &likely });
    let used = body::choose(&parts, &likely).used;
    let all = parts.iter().enumerate();
    let mut pages = all.filter(|(at, part)| used.contains(at) && part.media_type == "text/html");
    let (_, page) = pages.next()?;
    Some(html::sanitize(&body::decoded(page, &likely)))
}

fn entities(tidied: &[u8]) -> Entities<'_> {
    let mut entities = reader::read(tidied);
    entities.leaves.truncate(MOST_PARTS);
    entities
}
