//! The mail that a person passes on: found in the text of theirs, or attached to it.
//!
//! What is found here is a claim of whoever wrote the outer mail. Whether it is believed is for
//! triage to say.

// tables are read by the row
#[rustfmt::skip]
mod block;

use super::{
    Kind, Message, auto, language,
    parse::{self, part::Part},
    reply_text::{
        self,
        endings::is_mobile_footer,
        marks::{header_field, is_forwarded_message, is_header_block, is_original_message},
    },
    subject,
};
use block::Block;

/// A mail passed on by hand.
#[derive(Clone, Debug, Default)]
pub struct Forwarded {
    /// What the one who passes it on says of it, without their signature; may be empty.
    pub words: String,
    /// When it was written, as their mailer shows it; empty for an attached mail.
    pub said_date: String,
    /// Whether it is attached (message/rfc822): then its header is its own.
    pub is_attached: bool,
    /// The mail as far as it can be read: `from` is not usable where nobody is named. Of one that
    /// was found in a text only the author, the subject, the date, and the text are known;
    /// recipients and attachments are those of the outer mail.
    pub mail: Message,
}

/// So many mails inside of each other are looked into.
pub(super) const DEPTH: u8 = 4;
/// Lines that look like the first of a head and are none: after so many no head is looked for.
const MOST_HEADS: usize = 200;

/// Lines above a forwarded mail, and below it, that name it in words of their own; without their
/// frames, lower case. Those of [`is_forwarded_message`] are known beside them.
const STARTS: &[&str] = &[
    "this is a forwarded message",
    "forwarded mail message",
    "это пересылаемое сообщение",
    "это пересланное сообщение",
    "начало пересылаемого сообщения",
    "начало пересланного сообщения",
    "пересылаемое письмо",
    "пересланное письмо",
    "це переслане повідомлення",
    "початок пересланого повідомлення",
    "початок переадресованого повідомлення",
    "пересилане повідомлення",
    "anfang der weitergeleiteten nachricht",
    "weitergeleitete e-mail",
    "inicio del mensaje reenviado",
    "inizio messaggio inoltrato",
    "início da mensagem encaminhada",
    "początek przekazywanej wiadomości",
    "rozpoczęcie przekazanej wiadomości",
    "begin doorgestuurd bericht",
    "vidarebefordrat brev",
    "start på videresendt besked",
    "message transmis",
    "e-mail transféré",
];
/// The longest line of these tables, in bytes.
const LONGEST_NAME: usize = 100;
const ENDS: &[&str] = &[
    "end of forwarded message",
    "end forwarded message",
    "end of original message text",
    "конец пересылаемого сообщения",
    "конец пересланного сообщения",
    "кінець пересланого повідомлення",
    "ende der weitergeleiteten nachricht",
];

/// Finds the mail that this one passes on, and those inside of that one up to `depth`. A subject
/// that says "Fwd:" is enough to find one, if only without an author.
pub(super) fn find(message: &Message, parts: &[Part<'_>], depth: u8) -> Option<Box<Forwarded>> {
    let depth = depth.checked_sub(1)?;
    if message.kind != Kind::Customer {
        return None;
    }
    let found = in_text(message, depth).or_else(|| attached(message, parts, depth));
    let is_said = || subject::is_forward(&message.subject);
    found
        .or_else(|| is_said().then(|| nobody(message, message.reply.clone())))
        .map(Box::new)
}

/// A forward in which no author can be read.
fn nobody(message: &Message, words: String) -> Forwarded {
    Forwarded {
        words,
        mail: Message {
            subject: subject::base(&message.subject),
            ..Message::default()
        },
        ..Forwarded::default()
    }
}

fn attached(message: &Message, parts: &[Part<'_>], depth: u8) -> Option<Forwarded> {
    if is_answer(message) {
        return None;
    }
    let is_mail = |part: &&Part<'_>| {
        matches!(
            part.media_type.as_str(),
            "message/rfc822" | "message/global"
        )
    };
    let part = parts.iter().find(is_mail)?;
    let mut mail = parse::read_inside(&part.bytes(), depth);
    if mail.reply_to.is_empty() {
        name_robot(&mut mail);
    }
    Some(Forwarded {
        words: message.reply.clone(),
        is_attached: true,
        mail,
        ..Forwarded::default()
    })
}

/// Where a forwarded mail begins in the text.
struct Start {
    /// The first line that is not the outer author's.
    from: usize,
    /// The line after which the head is looked for.
    head: usize,
    /// The whole of it stands behind `>`, as Apple Mail sends it.
    is_quoted: bool,
    block: Block,
}

fn in_text(message: &Message, depth: u8) -> Option<Forwarded> {
    let lines: Vec<&str> = message.text.lines().collect();
    let start = start(message, &lines)?;
    let below = lines.get(start.head..).unwrap_or_default();
    let quoted = below
        .iter()
        .take_while(|line| !start.is_quoted || line.trim().is_empty() || is_quoted(line))
        .count();
    let mine: Vec<&str> = below
        .iter()
        .take(quoted)
        .map(|line| {
            if start.is_quoted {
                unquoted(line)
            } else {
                line
            }
        })
        .skip(start.block.length)
        .collect();
    let end = mine.iter().position(|line| is_one_of(ENDS, line));
    let body = mine.get(..end.unwrap_or(mine.len())).unwrap_or_default();
    let after_end = end.and_then(|end| mine.get(end + 1..)).unwrap_or_default();
    let after_quote = below.get(quoted..).unwrap_or_default();
    let mut above = lines.get(..start.from).unwrap_or_default();
    while let Some((_, rest)) = above.split_last().filter(|(line, _)| is_rule(line)) {
        above = rest;
    }
    let words = [above, after_end, after_quote].map(trimmed);
    let words: Vec<String> = words.into_iter().filter(|text| !text.is_empty()).collect();

    let block = start.block;
    let text = trimmed(body);
    let split = reply_text::split(&text, subject::is_forward(&block.subject));
    let title = match block.subject.is_empty() {
        true => subject::base(&message.subject),
        false => block.subject,
    };
    let mut mail = Message {
        from: block.from,
        to: message.to.clone(),
        cc: message.cc.clone(),
        delivered_to: message.delivered_to.clone(),
        subject: title,
        date: jiff::fmt::rfc2822::parse(block.date.trim())
            .ok()
            .map(|date| date.timestamp()),
        language: language::detect(&split.reply).or_else(|| language::detect(&message.subject)),
        text,
        reply: split.reply,
        quoted: split.quoted,
        signature: split.signature,
        attachments: message.attachments.clone(),
        size: message.size,
        ..Message::default()
    };
    (mail.kind, mail.kind_reason) = auto::kind(&mail, auto::Structure::default());
    name_robot(&mut mail);
    mail.forwarded = find(&mail, &[], depth);
    if mail.text.is_empty() {
        mail.text = "[The forwarded mail has no text.]".to_owned();
        mail.reply.clone_from(&mail.text);
    }
    Some(Forwarded {
        words: own_words(&words.join("\n\n")),
        said_date: block.date,
        is_attached: false,
        mail,
    })
}

/// The first head of a forwarded mail. In an answer ("Re:") a head without words that name it a
/// forwarded mail is what Outlook quotes with.
fn start(message: &Message, lines: &[&str]) -> Option<Start> {
    let is_forward = subject::is_forward(&message.subject);
    let mut tried = 0usize;
    for (at, line) in lines.iter().enumerate() {
        // most lines are sentences: neither short nor with a colon near their beginning
        let start = line.as_bytes();
        let start = start.get(..LONGEST_NAME).unwrap_or(start);
        if start.len() == LONGEST_NAME && !start.iter().any(|byte| matches!(byte, b':' | 0xef)) {
            continue;
        }
        let is_quoted = is_quoted(line);
        let bare = if is_quoted { unquoted(line) } else { line };
        // what an answer quotes is no news
        if is_quoted && !is_forward {
            continue;
        }
        let is_named = is_forwarded_message(bare) || is_one_of(STARTS, bare);
        let is_rule = !is_named && is_original_message(bare);
        if !is_named && !is_rule && header_field(bare).is_none() {
            continue;
        }
        tried += 1;
        if tried > MOST_HEADS {
            return None;
        }
        let head = at + usize::from(is_named || is_rule);
        let ahead = lines.iter().skip(head).take(64);
        let ahead: Vec<&str> = ahead
            .map(|line| if is_quoted { unquoted(line) } else { line })
            .collect();
        let is_block = is_header_block(&ahead);
        if !is_named && (is_rule || is_block) && is_answer(message) {
            return None;
        }
        let block = if is_named || is_rule || is_block {
            block::fields(&ahead).or_else(|| block::introduction(&ahead).filter(|_| is_named))
        } else {
            None
        };
        if let Some(block) = block {
            return Some(Start {
                from: at,
                head,
                is_quoted,
                block,
            });
        }
        if is_named {
            // somebody's mail, and nobody says whose
            return Some(Start {
                from: at,
                head,
                is_quoted,
                block: Block::default(),
            });
        }
    }
    None
}

fn is_answer(message: &Message) -> bool {
    subject::has_mark(&message.subject) && !subject::is_forward(&message.subject)
}

/// The words without signature; what is signature and footer alone says nothing.
fn own_words(text: &str) -> String {
    let mut filled = text.lines().map(str::trim).filter(|l| !l.is_empty());
    if matches!(filled.clone().next(), Some("--")) || filled.all(is_mobile_footer) {
        return String::new();
    }
    reply_text::split(text, true).reply
}

/// Nobody reads what is sent to such an address.
fn name_robot(mail: &mut Message) {
    let local = mail
        .from
        .local()
        .to_lowercase()
        .replace(['-', '_', '.'], "");
    let words = ["noreply", "donotreply", "neotvechat", "nepovidomlyaty"];
    if mail.kind == Kind::Customer && words.iter().any(|word| local.starts_with(word)) {
        mail.kind = Kind::AutoReply;
        mail.kind_reason = "From: no-reply".to_owned();
    }
}

/// `---------- words ----------`, `words:` and the scissors of The Bat.
fn is_one_of(table: &[&str], line: &str) -> bool {
    let is_frame = |c: char| !c.is_alphabetic();
    let words = line.trim_matches(is_frame);
    // a sentence is longer, most often
    words.len() <= LONGEST_NAME && table.contains(&words.to_lowercase().as_str())
}

/// A line of dashes, or `---- Forwarded by Anna ----` of Lotus Notes and mutt.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with("----") || line.starts_with("____")
}

fn is_quoted(line: &str) -> bool {
    line.trim_start_matches([' ', '\u{a0}']).starts_with('>')
}

/// The line without one `> `.
fn unquoted(line: &str) -> &str {
    let line = line.trim_start_matches([' ', '\u{a0}']);
    match line.strip_prefix('>') {
        Some(rest) => rest.strip_prefix(' ').unwrap_or(rest),
        None => line,
    }
}

/// The lines without blank ones around them, and without the scissors that The Bat puts there.
fn trimmed(lines: &[&str]) -> String {
    let is_cut = |line: &&&str| line.contains("8<====");
    let kept: Vec<&str> = lines.iter().filter(|line| !is_cut(line)).copied().collect();
    kept.join("\n").trim_matches('\n').trim_end().to_owned()
}

#[cfg(test)]
mod tests;
