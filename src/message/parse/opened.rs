//! Parts that stand inside of other parts: in winmail.dat and in plain text.

use super::part::Part;
use crate::message::{embedded, header::HeaderDecoder, tnef};

/// How far into an attached mail its subject is looked for, in bytes.
const HEAD_LIMIT: usize = 32 * 1024;

/// The parts with what was inside of them in their place.
pub(super) fn open<'a>(mut parts: Vec<Part<'a>>, decoder: &HeaderDecoder<'_>) -> Vec<Part<'a>> {
    for part in &mut parts {
        if part.name.is_none() && part.media_type == "message/rfc822" {
            part.name = subject(&part.bytes(), decoder).map(|subject| format!("{subject}.eml"));
        }
    }
    if !parts.iter().any(|part| is_tnef(part) || is_text(part)) {
        return parts;
    }
    let has_text = parts.iter().any(|part| {
        let shows = part.media_type == "text/html" || is_text(part);
        shows && !part.is_attachment && !part.bytes().trim_ascii().is_empty()
    });
    let mut out = Vec::with_capacity(parts.len());
    for part in parts {
        if is_tnef(&part) {
            match tnef::read(&part.bytes()) {
                Some(found) => from_tnef(found, has_text, &mut out),
                None => out.push(part),
            }
            continue;
        }
        let found = is_text(&part).then(|| embedded::split(&part.bytes()));
        let Some(found) = found.flatten() else {
            out.push(part);
            continue;
        };
        out.push(part.with_bytes(found.text));
        for file in found.files {
            out.push(attached(file.media_type, file.name, file.bytes));
        }
    }
    out
}

/// The subject of an attached mail, fit for a file name.
fn subject(raw: &[u8], decoder: &HeaderDecoder<'_>) -> Option<String> {
    let head = raw.get(..HEAD_LIMIT).unwrap_or(raw);
    let (fields, _) = mailparse::parse_headers(head).ok()?;
    let field = fields
        .iter()
        .find(|field| field.get_key_ref().eq_ignore_ascii_case("subject"))?;
    let subject = decoder.text(field.get_value_raw());
    let subject: String = subject
        .replace(['/', '\\', ':'], " ")
        .chars()
        .take(80)
        .collect();
    let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    (!subject.is_empty()).then_some(subject)
}

fn is_text(part: &Part<'_>) -> bool {
    part.media_type == "text/plain" && !part.is_attachment && part.name.is_none()
}

fn is_tnef(part: &Part<'_>) -> bool {
    let is_named = |name: &String| name.eq_ignore_ascii_case("winmail.dat");
    match part.media_type.as_str() {
        "application/ms-tnef" | "application/vnd.ms-tnef" => true,
        "application/octet-stream" => part.name.as_ref().is_some_and(is_named),
        _ => false,
    }
}

/// Its body counts only where the mail has no text beside it, which would be the same.
fn from_tnef(found: tnef::Contents, has_text: bool, out: &mut Vec<Part<'_>>) {
    let body = match (found.text.trim(), found.html.trim()) {
        _ if has_text => None,
        ("", "") => None,
        ("", _) => Some(Part::made("text/html", found.html.into_bytes())),
        _ => Some(Part::made("text/plain", found.text.into_bytes())),
    };
    out.extend(body);
    for file in found.files {
        let halves = file.media_type.split('/').filter(|half| !half.is_empty());
        let media_type = match halves.count() {
            2 => file.media_type.as_str(),
            _ => "application/octet-stream",
        };
        let mut part = attached(media_type, file.name, file.bytes);
        part.content_id = Some(file.content_id).filter(|id| !id.is_empty());
        out.push(part);
    }
}

fn attached<'a>(media_type: &str, name: String, bytes: Vec<u8>) -> Part<'a> {
    let mut part = Part::made(media_type, bytes);
    part.name = Some(name).filter(|name| !name.is_empty());
    part.is_attachment = true;
    part
}
