//! Reads an IMAP command: literals, quoted strings and parenthesised lists.

use crate::harness::wire::{Wire, Wired};

/// One command.
pub struct Command {
    /// The client's tag.
    pub tag: String,
    /// `UID FETCH`, `SELECT`...
    pub name: String,
    /// The words behind the name, quotes taken off; a parenthesised list is one word.
    pub words: Vec<String>,
    /// The last literal, byte for byte.
    pub literal: Vec<u8>,
    /// Name and words, for the script.
    pub line: String,
}

impl Command {
    /// The greeting, seen as a command, so that it can go wrong like one.
    pub fn greeting() -> Self {
        Self {
            tag: "*".into(),
            name: "GREETING".into(),
            words: Vec::new(),
            literal: Vec::new(),
            line: String::new(),
        }
    }

    /// A command with its literals (RFC 3501 section 4.3, RFC 7888).
    pub async fn read(wire: &mut Wire) -> Wired<Self> {
        let mut line = wire.text().await?;
        let (mut words, mut bytes) = (Vec::new(), Vec::new());
        loop {
            let literal = line
                .strip_suffix('}')
                .and_then(|head| head.rsplit_once('{'));
            let size = literal.and_then(|(_, size)| size.trim_end_matches('+').parse().ok());
            let (Some((head, mark)), Some(size)) = (literal, size) else {
                break;
            };
            if !mark.ends_with('+') {
                wire.send("+ go on\r\n").await?;
            }
            words.extend(split(head));
            bytes = wire.exact(size).await?;
            words.push(String::from_utf8_lossy(&bytes).into_owned());
            line = wire.text().await?;
        }
        words.extend(split(&line));
        let mut words = words.into_iter();
        let tag = words.next().unwrap_or_default();
        let mut name = words.next().unwrap_or_default().to_uppercase();
        if name == "UID" {
            name = format!("UID {}", words.next().unwrap_or_default().to_uppercase());
        }
        let words: Vec<String> = words.collect();
        let line = format!("{name} {}", words.join(" ")).trim_end().to_owned();
        Ok(Self {
            tag,
            name,
            words,
            literal: bytes,
            line,
        })
    }
}

/// Splits at spaces outside of quotes, parentheses and brackets.
fn split(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut depth, mut is_quoted, mut is_escaped) = (0_i32, false, false);
    for c in line.chars() {
        let last = words.last_mut().unwrap();
        match c {
            _ if is_escaped => {
                is_escaped = false;
                last.push(c);
            }
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            ' ' if !is_quoted && depth == 0 => words.push(String::new()),
            _ => {
                depth += i32::from(matches!(c, '(' | '[') && !is_quoted);
                depth -= i32::from(matches!(c, ')' | ']') && !is_quoted);
                last.push(c);
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
