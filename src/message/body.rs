//! Which parts are the text that a person reads, and that text.

use std::collections::{HashMap, HashSet};

use encoding_rs::Encoding;

use super::{charset, flowed, html, parse::part::Part};

/// The longest text that is kept, in bytes; the raw mail has the rest.
const TEXT_LIMIT: usize = 1024 * 1024;

/// The readable body.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// The text, line ends `\n`.
    pub text: String,
    /// Parts that are this text or another form of it.
    pub used: HashSet<usize>,
    /// What was odd.
    pub defects: Vec<String>,
}

/// Picks the text: text/plain if it has content, else HTML. Outside of alternatives, every text
/// part counts, in order (Apple Mail puts pictures between them).
pub(super) fn choose(parts: &[Part<'_>], likely: &dyn Fn() -> &'static Encoding) -> Body {
    let mut body = Body::default();
    let readable: Vec<usize> = (0..parts.len())
        .filter(|at| is_readable(parts, *at))
        .collect();
    let mut texts: HashMap<usize, String> = HashMap::new();
    let mut with_plain: HashSet<usize> = HashSet::new();
    let part = |at: usize| parts.get(at);
    for at in &readable {
        let Some(part) = part(*at).filter(|part| part.media_type != "text/html") else {
            continue;
        };
        let text = plain(part, likely);
        if let (Some(group), false) = (part.alternative, text.trim().is_empty()) {
            with_plain.insert(group);
        }
        texts.insert(*at, text);
    }
    for at in readable {
        let Some(part) = part(at) else { continue };
        body.used.insert(at);
        let text = match texts.remove(&at) {
            Some(text) => text,
            // the plain form of the same is there
            None if part
                .alternative
                .is_some_and(|group| with_plain.contains(&group)) =>
            {
                continue;
            }
            None => {
                let html = html::to_text(&decoded(part, likely));
                body.defects.extend(html.defects);
                tidy(html.text)
            }
        };
        if text.trim().is_empty() {
            continue;
        }
        if !body.text.is_empty() {
            body.text.push_str("\n\n");
        }
        body.text.push_str(text.trim_end().trim_start_matches('\n'));
        if body.text.len() > TEXT_LIMIT {
            break;
        }
    }
    if body.text.len() > TEXT_LIMIT {
        let mut end = TEXT_LIMIT;
        while !body.text.is_char_boundary(end) {
            end -= 1;
        }
        body.text.truncate(end);
        body.defects.push("text longer than 1 MiB, cut".to_owned());
    }
    body
}

/// Content-IDs that an HTML part shows pictures by.
pub(super) fn referred_ids(parts: &[Part<'_>]) -> HashSet<String> {
    if parts.iter().all(|part| part.content_id.is_none()) {
        return HashSet::new();
    }
    let mut ids = HashSet::new();
    for part in parts.iter().filter(|part| part.media_type == "text/html") {
        let bytes = part.bytes();
        let html = String::from_utf8_lossy(&bytes);
        for piece in html.split("cid:").skip(1) {
            let end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '>' | ')' | '&');
            ids.extend(piece.split(end).next().map(str::to_owned));
        }
    }
    ids
}

/// Whether a part is text that is meant to be read in place.
fn is_readable(parts: &[Part<'_>], at: usize) -> bool {
    let Some(part) = parts.get(at) else {
        return false;
    };
    let is_text = match part.media_type.as_str() {
        "text/plain" | "text/html" => true,
        // it says that it has parts and has none: its text is better than nothing
        kind => kind.starts_with("multipart/"),
    };
    let is_alone = parts.len() == 1;
    let may_show = !part.is_attachment || (is_alone && part.name.is_none());
    is_text && may_show && (part.name.is_none() || at == 0)
}

fn plain(part: &Part<'_>, likely: &dyn Fn() -> &'static Encoding) -> String {
    let text = tidy(decoded(part, likely));
    let has = |name, value: &str| {
        part.content_type
            .get(name)
            .is_some_and(|found| found.eq_ignore_ascii_case(value))
    };
    if has("format", "flowed") {
        return flowed::unwrap(&text, has("delsp", "yes"));
    }
    text
}

/// The text of a part, in whatever charset it is.
pub(super) fn decoded(part: &Part<'_>, likely: &dyn Fn() -> &'static Encoding) -> String {
    let bytes = part.bytes();
    // far more than is shown; a bomb goes no further
    let bytes = bytes.get(..8 * TEXT_LIMIT).unwrap_or(&bytes);
    charset::decode(bytes, part.charset(), likely).into_owned()
}

/// With `\n` line ends and without control characters, which could steer a terminal.
fn tidy(text: String) -> String {
    if !has_odd_control(text.as_bytes()) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                if chars.peek() != Some(&'\n') {
                    out.push('\n');
                }
            }
            '\n' | '\t' => out.push(c),
            '\u{feff}' => {}
            _ if c.is_control() => {}
            _ => out.push(c),
        }
    }
    out
}

/// Whether there is a control character that is no line end: C0, DEL, C1 (from 0xC2 0x80 on in
/// UTF-8), a CR, a byte order mark.
fn has_odd_control(bytes: &[u8]) -> bool {
    // without a way out of the loop, many bytes are looked at together
    let is_odd = |b: u8| (b < b' ') & (b != b'\n') & (b != b'\t') | (b == 0x7f);
    let is_wide = |b: u8| (b == 0xc2) | (b == 0xef);
    let look = |found: u8, b: &u8| found | u8::from(is_odd(*b)) | (u8::from(is_wide(*b)) << 1);
    match bytes.iter().fold(0, look) {
        0 => false,
        // a C1 control or a byte order mark, perhaps
        2 => {
            let is_c1 = |pair: &[u8]| matches!(pair, [0xc2, ..0xa0]);
            let mark = "\u{feff}".as_bytes();
            bytes.windows(2).any(is_c1) || memchr::memmem::find(bytes, mark).is_some()
        }
        _ => true,
    }
}
