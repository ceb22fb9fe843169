//! Bytes to a [`Message`]. This file and its folder alone touch mail-parser and mailparse.

mod arrival;
pub(super) mod fields;
mod guess;
mod opened;
pub(super) mod part;
mod reader;
mod stored;
mod tidy;
mod transfer;

use std::{cell::OnceCell, collections::HashSet, panic::catch_unwind};

use super::{
    Attachment, Message, attachment, auto, body, dsn, forwarded, header::HeaderDecoder, language,
    message_id, notice, reply_text, subject,
};
use crate::address::Address;
use guess::guess;
use part::Part;
use reader::{Entities, Field};
pub use stored::{all_attachment_bytes, attachment_by_digest, attachment_bytes, safe_html};
use tidy::tidy;

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
        has_loop_header: entities
            .headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case(auto::LOOP_HEADER)),
    };
    (message.kind, message.kind_reason) = auto::kind(&message, structure);
    dsn::tell(&mut message, &parts);
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

#[cfg(test)]
mod tests;
