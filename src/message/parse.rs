//! Bytes to a [`Message`]. This file and its folder alone touch mail-parser and mailparse.

pub(super) mod fields;
mod opened;
pub(super) mod part;
mod reader;
mod transfer;

use std::{borrow::Cow, cell::OnceCell, collections::HashSet, panic::catch_unwind, sync::LazyLock};

use encoding_rs::Encoding;
use regex::bytes::{Captures, Regex};

use super::{
    Attachment, Kind, Message, attachment, auto, body, charset, dsn, forwarded,
    header::HeaderDecoder, language, message_id, notice, reply_text, subject,
};
use crate::address::Address;
use part::Part;
use reader::{Entities, Field};

const MOST_HEADERS: usize = 1_000;
const MOST_ADDRESSES: usize = 1_000;
const MOST_PARTS: usize = 1_000;
/// The longest decoded header value that is kept, in bytes.
const VALUE_LIMIT: usize = 16 * 1024;

/// Reads a mail. Never fails: what is odd becomes a defect, what is missing stays empty.
pub fn read(raw: &[u8]) -> Message {
    // no input is known to make any of the libraries panic; the next one may
    catch_unwind(|| read_inside(raw, forwarded::DEPTH)).unwrap_or_else(|_| {
        let text = String::from_utf8_lossy(raw.get(..VALUE_LIMIT).unwrap_or(raw)).into_owned();
        Message {
            size: size(raw),
            reply: text.clone(),
            text,
            defects: vec!["could not be taken apart".to_owned()],
            ..Message::default()
        }
    })
}

/// Reads a mail and so many of those that it passes on inside of each other.
pub(super) fn read_inside(raw: &[u8], depth: u8) -> Message {
    let tidied = tidy(raw);
    let mut entities = reader::read(&tidied);
    let mut message = Message {
        size: size(raw),
        defects: std::mem::take(&mut entities.defects),
        ..Message::default()
    };
    cap(
        &mut entities.leaves,
        MOST_PARTS,
        "parts",
        &mut message.defects,
    );
    cap(
        &mut entities.headers,
        MOST_HEADERS,
        "headers",
        &mut message.defects,
    );
    let guessed = OnceCell::new();
    let likely = || *guessed.get_or_init(|| guess(&entities));
    let decoder = HeaderDecoder { likely: &likely };
    let parts = parts(&entities, &decoder);

    read_header(&mut message, &entities.headers, &decoder);
    let body = body::choose(&parts, &likely);
    message.text = body.text;
    message.defects.extend(body.defects);
    message.attachments = attachments(&parts, &body.used);
    if message.text.is_empty() {
        message.defects.push("no readable body".to_owned());
    }
    name_sealed(&parts, &mut message.defects);

    let split = reply_text::split(&message.text, subject::is_forward(&message.subject));
    message.reply = split.reply;
    message.quoted = split.quoted;
    message.signature = split.signature;
    message.language =
        language::detect(&message.reply).or_else(|| language::detect(&message.subject));

    let report = report_type(&entities, &decoder);
    let has = |kind: &str| parts.iter().any(|part| part.media_type == kind);
    let structure = auto::Structure {
        report_type: report.as_deref(),
        has_delivery_status: has("message/delivery-status"),
        has_feedback_report: has("message/feedback-report"),
    };
    (message.kind, message.kind_reason) = auto::kind(&message, structure);
    if message.kind == Kind::Bounce {
        message.bounce = Some(dsn::read(&message, &parts));
    }
    message.forwarded = forwarded::find(&message, &parts, depth);
    // last: rules of language and kind are about what the sender wrote
    if let Some(notice) = notice::of(&parts, &message, &likely) {
        for text in [&mut message.text, &mut message.reply] {
            *text = format!("{notice}\n\n{text}").trim_end().to_owned();
        }
        message.notice = notice;
    }
    message
}

fn size(raw: &[u8]) -> u64 {
    u64::try_from(raw.len()).unwrap_or(u64::MAX)
}

/// The decoded bytes of an attachment, by its place in [`Message::attachments`].
pub fn attachment_bytes(raw: &[u8], index: usize) -> Option<Vec<u8>> {
    let tidied = tidy(raw);
    let mut entities = reader::read(&tidied);
    entities.leaves.truncate(MOST_PARTS);
    let likely = || guess(&entities);
    let parts = parts(&entities, &HeaderDecoder { likely: &likely });
    let used = body::choose(&parts, &likely).used;
    let (_, part) = listed(&parts, &used).nth(index)?;
    Some(part.bytes().into_owned())
}

/// The decoded bytes of all attachments, in the order of [`Message::attachments`].
pub fn all_attachment_bytes(raw: &[u8]) -> Vec<Vec<u8>> {
    let tidied = tidy(raw);
    let mut entities = reader::read(&tidied);
    entities.leaves.truncate(MOST_PARTS);
    let likely = || guess(&entities);
    let parts = parts(&entities, &HeaderDecoder { likely: &likely });
    let used = body::choose(&parts, &likely).used;
    let all = listed(&parts, &used);
    all.map(|(_, part)| part.bytes().into_owned()).collect()
}

/// The decoded bytes of the part with this SHA-256 (hex), whatever its place.
pub fn attachment_by_digest(raw: &[u8], sha256: &str) -> Option<Vec<u8>> {
    let tidied = tidy(raw);
    let mut entities = reader::read(&tidied);
    entities.leaves.truncate(MOST_PARTS);
    let likely = || guess(&entities);
    let parts = parts(&entities, &HeaderDecoder { likely: &likely });
    let mut all = parts.iter().map(|part| part.bytes());
    let found = all.find(|bytes| attachment::sha256(bytes) == sha256)?;
    Some(found.into_owned())
}

fn parts<'a>(entities: &Entities<'a>, decoder: &HeaderDecoder<'_>) -> Vec<Part<'a>> {
    let leaves = entities.leaves.iter();
    let parts = leaves.map(|leaf| Part::read(leaf, decoder)).collect();
    let mut parts = opened::open(parts, decoder);
    parts.truncate(MOST_PARTS);
    parts
}

fn cap<T>(list: &mut Vec<T>, most: usize, what: &str, defects: &mut Vec<String>) {
    if list.len() > most {
        list.truncate(most);
        defects.push(format!("more than {most} {what}, the rest is not shown"));
    }
}

fn read_header(message: &mut Message, headers: &[Field<'_>], decoder: &HeaderDecoder<'_>) {
    let first = |name: &str| {
        let found = headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| *value)
    };
    let text = |name| first(name).map(|raw| decoder.text(raw)).unwrap_or_default();
    let mut defects = Vec::new();
    let mut addresses = |names: &[&str]| {
        let wanted = headers
            .iter()
            .filter(|(key, _)| names.iter().any(|n| key.eq_ignore_ascii_case(n)));
        let mut list: Vec<Address> = Vec::new();
        for (_, raw) in wanted {
            list.extend(fields::addresses(raw, decoder));
            if list.len() > MOST_ADDRESSES {
                cap(&mut list, MOST_ADDRESSES, "addresses", &mut defects);
                break;
            }
        }
        list
    };
    let mut authors = addresses(&["From"]).into_iter();
    message.from = authors.next().unwrap_or_default();
    message.reply_to = addresses(&["Reply-To"]);
    message.to = addresses(&["To"]);
    message.cc = addresses(&["Cc"]);
    message.delivered_to = addresses(&[
        "Delivered-To",
        "X-Original-To",
        "Envelope-To",
        "X-Envelope-To",
    ]);
    message.message_id = message_id::first(&text("Message-ID"));
    message.in_reply_to = message_id::all(&text("In-Reply-To")).0;
    let (references, is_over) = message_id::all(&references(first("References"), decoder));
    message.references = references;
    message.return_path = first("Return-Path").map(|raw| {
        let path = decoder.text(raw);
        path.trim_matches(['<', '>', ' ']).to_owned()
    });
    message.subject = cut(text("Subject"));
    message.date = first("Date").and_then(fields::date);

    if message.from.address.is_empty() {
        defects.push("no usable From".to_owned());
    }
    if authors.next().is_some() {
        defects.push("several authors in From".to_owned());
    }
    if message.message_id.is_none() {
        defects.push("no usable Message-ID".to_owned());
    }
    if is_over {
        defects.push(format!(
            "more than {} references",
            message_id::MOST_REFERENCES
        ));
    }
    if message.date.is_none() {
        defects.push("no usable Date".to_owned());
    }
    message.defects.append(&mut defects);

    // nobody outside may speak in our own name
    let outside = headers.iter().filter(|(name, _)| {
        let start = name.get(..11).unwrap_or_default();
        !start.eq_ignore_ascii_case("x-maildesk-")
    });
    message.headers = outside
        .map(|(name, value)| (name.clone().into_owned(), cut(decoder.text(value))))
        .collect();
}

/// The text of References; of an endless one the beginning and the end, where the ids stand that
/// count.
fn references(raw: Option<&[u8]>, decoder: &HeaderDecoder<'_>) -> String {
    const HEAD: usize = 2 * 1024;
    const TAIL: usize = 64 * 1024;
    let raw = raw.unwrap_or_default();
    match raw.len().checked_sub(TAIL) {
        Some(tail) if tail > HEAD => {
            let head = decoder.text(raw.get(..HEAD).unwrap_or_default());
            let tail = decoder.text(raw.get(tail..).unwrap_or_default());
            format!("{head} {tail}")
        }
        _ => decoder.text(raw),
    }
}

fn cut(mut value: String) -> String {
    if value.len() > VALUE_LIMIT {
        let mut end = VALUE_LIMIT;
        while !value.is_char_boundary(end) {
            end -= 1;
        }
        value.truncate(end);
    }
    value
}

/// The parts that are shown as attachments, in order, with their place among all parts.
fn listed<'p, 'a>(
    parts: &'p [Part<'a>],
    used: &'p HashSet<usize>,
) -> impl Iterator<Item = (usize, &'p Part<'a>)> {
    // other forms of the text that no person misses
    let is_form = |part: &Part<'_>| {
        part.alternative.is_some()
            && matches!(
                part.media_type.as_str(),
                "text/x-amp-html" | "text/watch-html" | "text/enriched" | "text/richtext"
            )
    };
    let all = parts.iter().enumerate();
    all.filter(move |(at, part)| !used.contains(at) && !is_form(part))
}

fn attachments(parts: &[Part<'_>], used: &HashSet<usize>) -> Vec<Attachment> {
    let referred = body::referred_ids(parts);
    listed(parts, used)
        .enumerate()
        .map(|(number, (_, part))| {
            let is_referred_to = part
                .content_id
                .as_ref()
                .is_some_and(|id| referred.contains(id));
            attachment::describe(part, number + 1, is_referred_to)
        })
        .collect()
}

/// Says of what could not be read why it could not.
fn name_sealed(parts: &[Part<'_>], defects: &mut Vec<String>) {
    for part in parts {
        let defect = match part.media_type.as_str() {
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => "S/MIME, not opened",
            "application/pgp-encrypted" => "encrypted with PGP",
            "application/ms-tnef" | "application/vnd.ms-tnef" => {
                "winmail.dat that could not be opened"
            }
            _ => continue,
        };
        defects.push(defect.to_owned());
    }
}

/// `report-type` of a top-level multipart/report (RFC 6522).
fn report_type(entities: &Entities<'_>, decoder: &HeaderDecoder<'_>) -> Option<String> {
    let mut headers = entities.headers.iter().rev();
    let (_, raw) = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-type"))?;
    let content_type = fields::Parameters::read(raw, decoder)?;
    let is_report = content_type.value == "multipart/report";
    let report = content_type.get("report-type").filter(|_| is_report)?;
    Some(report.trim().to_ascii_lowercase())
}

/// The encoding of the 8-bit bytes that no charset is declared for.
///
/// What the body declares is the best witness for the header; else all such bytes are guessed from
/// together, for a subject alone is short.
fn guess(entities: &Entities<'_>) -> &'static Encoding {
    let no_guess = || encoding_rs::WINDOWS_1252;
    let plain = HeaderDecoder { likely: &no_guess };
    for leaf in entities.leaves.iter().take(20) {
        let part = Part::read(leaf, &plain);
        let declared = part.charset().and_then(charset::by_label);
        let tells =
            |e: &&'static Encoding| *e != encoding_rs::UTF_8 && *e != encoding_rs::WINDOWS_1252;
        if let Some(encoding) = declared.filter(tells) {
            return encoding;
        }
    }
    let mut country = None;
    let mut samples: Vec<Vec<u8>> = Vec::new();
    for (name, value) in &entities.headers {
        if name.eq_ignore_ascii_case("from") {
            let from = fields::addresses(value, &plain).into_iter().next();
            country = from.and_then(|from| {
                from.domain()
                    .rsplit_once('.')
                    .map(|(_, last)| last.to_ascii_lowercase())
            });
        }
        let is_telling = ["subject", "from"]
            .iter()
            .any(|n| name.eq_ignore_ascii_case(n));
        if is_telling && !value.is_ascii() {
            samples.push(value.to_vec());
        }
    }
    for leaf in entities.leaves.iter().take(20) {
        let part = Part::read(leaf, &plain);
        if part.media_type.starts_with("text/") && !part.is_attachment {
            let bytes = part.bytes();
            if std::str::from_utf8(&bytes).is_err() {
                samples.push(bytes.into_owned());
            }
        }
    }
    charset::guess(samples.iter().map(Vec::as_slice), country.as_deref())
}

/// The mail as the readers take it: from its first header on, with line feeds, and with the folds
/// mended that mail-parser 0.11 stumbles over (`boundary=` and `filename=` at a line end).
fn tidy(raw: &[u8]) -> Cow<'_, [u8]> {
    let mut start = raw
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(raw)
        .trim_ascii_start();
    // a line of an mbox file is no header
    if start.starts_with(b"From ") || start.starts_with(b">From ") {
        let end = memchr::memchr(b'\n', start);
        start = end.and_then(|end| start.get(end + 1..)).unwrap_or(start);
    }
    if memchr::memchr(b'\n', start).is_none() && start.contains(&b'\r') {
        return Cow::Owned(
            start
                .iter()
                .map(|b| if *b == b'\r' { b'\n' } else { *b })
                .collect(),
        );
    }
    mend_folds(start)
}

/// A parameter, whose loss loses a part or its name, folded right behind its `=`.
static OPEN_FOLD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names = "boundary|filename|name|charset|report-type";
    Regex::new(&format!(
        r"(?i-u)(?:{names})(?:\*[0-9]*\*?)?=([ \t]*\r?\n[ \t]+)"
    ))
    .ok()
});

fn mend_folds(raw: &[u8]) -> Cow<'_, [u8]> {
    match OPEN_FOLD.as_ref() {
        Some(pattern) => pattern.replace_all(raw, |found: &Captures<'_>| {
            let group = |at| found.get(at).map_or(&[][..], |group| group.as_bytes());
            let (whole, fold) = (group(0), group(1));
            let kept = whole.len() - fold.len();
            whole.get(..kept).unwrap_or(whole).to_vec()
        }),
        None => Cow::Borrowed(raw),
    }
}

#[cfg(test)]
mod tests;
