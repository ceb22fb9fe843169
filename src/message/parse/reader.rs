//! Raw bytes to header fields and parts. mail-parser first; mailparse where mail-parser 0.11 is
//! known to lose parts or to be in danger.

use std::{borrow::Cow, ops::Range, panic::catch_unwind, sync::LazyLock};

use mail_parser::{HeaderName, MessageParser, PartType};
use mailparse::{ParsedMail, body::Body};
use regex::bytes::{Match, Regex};

/// More `Content-Type` fields than this in one mail are an attack, not a mail: mail-parser drops
/// nested messages recursively, and 20,000 of them are what a thread's stack bears.
const NESTING_LIMIT: usize = 3_000;
/// Fields times bytes: mail-parser looks for each missing boundary up to the end of the mail.
const EFFORT_LIMIT: usize = 500_000_000;
/// Asterisks over which a mail is not shown to mail-parser: it joins RFC 2231 continuations in
/// quadratic time.
const ASTERISK_LIMIT: usize = 20_000;

/// White space before a field's name is looked over this far.
const LINE_START: usize = 64;

/// A header field: its name and its raw value.
pub(super) type Field<'a> = (Cow<'a, str>, &'a [u8]);

/// A mail taken apart.
#[derive(Debug, Default)]
pub(super) struct Entities<'a> {
    /// The top-level header.
    pub headers: Vec<Field<'a>>,
    /// The parts that have no parts themselves, in order.
    pub leaves: Vec<Leaf<'a>>,
    /// What was odd about the structure.
    pub defects: Vec<String>,
}

/// One part, still in its transfer encoding.
#[derive(Debug)]
pub(super) struct Leaf<'a> {
    /// Its MIME fields; for a mail without parts, the top-level ones.
    pub headers: Vec<Field<'a>>,
    /// Its body as it was sent.
    pub body: &'a [u8],
    /// The outermost multipart/alternative around it.
    pub alternative: Option<usize>,
    /// Whether it stands directly in a multipart/digest, where the type defaults to a message.
    pub in_digest: bool,
}

/// Takes a mail apart; never fails: a mail without a header is all body.
pub(super) fn read(raw: &[u8]) -> Entities<'_> {
    let is_safe = is_safe(raw);
    let first = if is_safe {
        careful(raw, by_mail_parser)
    } else {
        None
    };
    if first.as_ref().is_some_and(|found| is_complete(raw, found)) {
        return first.unwrap_or_default();
    }
    let second = careful(raw, by_mailparse);
    let mut chosen = match (first, second) {
        (Some(first), Some(second)) if second.leaves.len() >= first.leaves.len() => second,
        (Some(first), _) => first,
        (None, Some(second)) => second,
        (None, None) => careful(raw, undivided).unwrap_or_else(|| all_body(raw)),
    };
    if !is_safe {
        chosen
            .defects
            .push("structure out of the ordinary".to_owned());
    }
    chosen
}

/// What a reader found, if it found a header and did not panic.
fn careful(raw: &[u8], reader: fn(&[u8]) -> Option<Entities<'_>>) -> Option<Entities<'_>> {
    catch_unwind(|| reader(raw))
        .ok()
        .flatten()
        .filter(has_header)
}

/// Whether mail-parser reads this in bounded time and stack.
fn is_safe(raw: &[u8]) -> bool {
    // too short for any of it
    if raw.len() < NESTING_LIMIT * 16 {
        return count(raw, b'*') <= ASTERISK_LIMIT;
    }
    let types = content_types(raw);
    types <= NESTING_LIMIT
        && types.saturating_mul(raw.len()) <= EFFORT_LIMIT
        && count(raw, b'*') <= ASTERISK_LIMIT
}

/// Nothing is decoded here, above all no encoded message: unpacking those is recursive.
static PARSER: LazyLock<MessageParser> = LazyLock::new(|| {
    MessageParser::new()
        .header_content_type(HeaderName::ContentType)
        .default_header_ignore()
});

fn by_mail_parser(raw: &[u8]) -> Option<Entities<'_>> {
    let message = PARSER.parse(raw)?;
    let mut found = Entities::default();
    let mut context = vec![(None, false); message.parts.len()];
    for (id, part) in message.parts.iter().enumerate() {
        let headers = part.headers.iter().map(|header| {
            let name = slice(raw, header.offset_field..header.offset_start);
            (
                name_of(name),
                slice(raw, header.offset_start..header.offset_end),
            )
        });
        let headers: Vec<Field<'_>> = headers.collect();
        let (alternative, in_digest) = context.get(id).copied().unwrap_or_default();
        if id == 0 {
            found.headers = headers.clone();
        }
        if let PartType::Multipart(children) = &part.body {
            let subtype = subtype(&part.headers);
            let inherited = alternative.or((subtype == "alternative").then_some(id));
            for child in children {
                if let Some(slot) = context.get_mut(*child as usize) {
                    *slot = (inherited, subtype == "digest");
                }
            }
            continue;
        }
        found.leaves.push(Leaf {
            headers,
            body: slice(raw, part.offset_body..part.offset_end),
            alternative,
            in_digest,
        });
    }
    Some(found)
}

fn subtype(headers: &[mail_parser::Header<'_>]) -> String {
    let fields = headers.iter().rev();
    let mut types = fields.filter(|header| header.name == HeaderName::ContentType);
    let value = types
        .next()
        .and_then(|header| header.value.as_content_type());
    value
        .and_then(|v| v.subtype())
        .unwrap_or_default()
        .to_ascii_lowercase()
}

/// Whether there is one real field at least: both readers take any line for one.
fn has_header(found: &Entities<'_>) -> bool {
    let is_field = |(name, value): &Field<'_>| {
        !name.is_empty() && !name.contains(char::is_whitespace) && !value.trim_ascii().is_empty()
    };
    found.headers.iter().any(is_field)
}

/// Whether nothing was lost in the two ways that mail-parser 0.11 is known to lose parts: it finds
/// no part at all, or it takes a `--boundary` in the middle of a line for a real one.
fn is_complete(raw: &[u8], found: &Entities<'_>) -> bool {
    let is_multipart = found.headers.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("content-type")
            && value
                .trim_ascii_start()
                .get(..10)
                .is_some_and(|t| t.eq_ignore_ascii_case(b"multipart/"))
    });
    if !is_multipart {
        return true;
    }
    let start = raw.as_ptr() as usize;
    let ends_in_mid_line = |leaf: &Leaf<'_>| {
        let end = (leaf.body.as_ptr() as usize).saturating_sub(start) + leaf.body.len();
        leaf.body.last().is_some_and(|last| *last != b'\n')
            && raw.get(end..).is_some_and(|rest| rest.starts_with(b"--"))
    };
    found.leaves.len() > 1 && !found.leaves.iter().any(ends_in_mid_line)
}

fn by_mailparse(raw: &[u8]) -> Option<Entities<'_>> {
    let mail = mailparse::parse_mail(raw).ok()?;
    let mut found = Entities {
        headers: fields(raw, &mail),
        ..Entities::default()
    };
    // the depth is bounded by the crate, yet nothing here needs to recurse
    let mut waiting = vec![(&mail, None, false)];
    let mut number = 0usize;
    while let Some((part, alternative, in_digest)) = waiting.pop() {
        number += 1;
        if part.subparts.is_empty() {
            found.leaves.push(Leaf {
                headers: fields(raw, part),
                body: raw_body(raw, part),
                alternative,
                in_digest,
            });
            continue;
        }
        let kind = part.ctype.mimetype.as_str();
        let inherited = alternative.or((kind == "multipart/alternative").then_some(number));
        for child in part.subparts.iter().rev() {
            waiting.push((child, inherited, kind == "multipart/digest"));
        }
    }
    Some(found)
}

fn fields<'a>(raw: &'a [u8], part: &ParsedMail<'_>) -> Vec<Field<'a>> {
    let headers = part.headers.iter();
    headers
        .map(|h| {
            (
                name_of(within(raw, h.get_key_raw())),
                within(raw, h.get_value_raw()),
            )
        })
        .collect()
}

fn raw_body<'a>(raw: &'a [u8], part: &ParsedMail<'_>) -> &'a [u8] {
    match part.get_body_encoded() {
        Body::Base64(body) | Body::QuotedPrintable(body) => within(raw, body.get_raw()),
        Body::SevenBit(body) | Body::EightBit(body) => within(raw, body.get_raw()),
        Body::Binary(body) => within(raw, body.get_raw()),
    }
}

/// The same bytes, borrowed from `raw`: mailparse lends them only for as long as itself.
fn within<'a>(raw: &'a [u8], piece: &[u8]) -> &'a [u8] {
    let start = (piece.as_ptr() as usize).saturating_sub(raw.as_ptr() as usize);
    raw.get(start..start.saturating_add(piece.len()))
        .unwrap_or_default()
}

/// A header and one body that nobody could divide: nested deeper than mailparse goes.
fn undivided(raw: &[u8]) -> Option<Entities<'_>> {
    let (headers, end) = mailparse::parse_headers(raw).ok()?;
    let headers = headers.iter();
    let headers: Vec<Field<'_>> = headers
        .map(|h| {
            (
                name_of(within(raw, h.get_key_raw())),
                within(raw, h.get_value_raw()),
            )
        })
        .collect();
    let leaf = Leaf {
        headers: headers.clone(),
        body: raw.get(end..).unwrap_or_default(),
        alternative: None,
        in_digest: false,
    };
    Some(Entities {
        headers,
        leaves: vec![leaf],
        defects: Vec::new(),
    })
}

fn all_body(raw: &[u8]) -> Entities<'_> {
    Entities {
        headers: Vec::new(),
        leaves: vec![Leaf {
            headers: Vec::new(),
            body: raw,
            alternative: None,
            in_digest: false,
        }],
        defects: vec!["no header".to_owned()],
    }
}

fn slice(raw: &[u8], range: Range<u32>) -> &[u8] {
    raw.get(range.start as usize..range.end as usize)
        .unwrap_or_default()
}

fn name_of(raw: &[u8]) -> Cow<'_, str> {
    let name = raw.strip_suffix(b":").unwrap_or(raw).trim_ascii();
    match std::str::from_utf8(name) {
        Ok(name) => Cow::Borrowed(name),
        Err(_) => String::from_utf8_lossy(name),
    }
}

fn count(raw: &[u8], wanted: u8) -> usize {
    memchr::memchr_iter(wanted, raw).count()
}

static CONTENT_TYPE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("(?i-u)content-type").ok());

/// How often a line of `raw` begins like a Content-Type field, in any case of letters.
fn content_types(raw: &[u8]) -> usize {
    let Some(pattern) = CONTENT_TYPE.as_ref() else {
        return usize::MAX;
    };
    // what stands before it on its line
    let is_field = |found: &Match<'_>| {
        let before = raw.get(..found.start()).unwrap_or_default();
        let white = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r');
        let mut before = before.iter().rev().take(LINE_START);
        before
            .find(|byte| !white(byte))
            .is_none_or(|byte| *byte == b'\n')
    };
    pattern.find_iter(raw).filter(is_field).count()
}
