//! The conversation of a ticket, for somebody who judges it from a mail.

use minijinja::{Value, context};

use super::notification::person;
use crate::address::Address;

/// The longest text of one message that is shown, in characters.
const LONGEST_TEXT: usize = 10_000;

/// All texts together, in characters.
const LONGEST: usize = 100_000;

/// One message of a ticket.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// When, as people read it.
    pub at: String,
    /// Who wrote it.
    pub by: Address,
    /// Customers never see it.
    pub is_note: bool,
    /// The new words.
    pub text: String,
    /// The names of files that went along.
    pub files: Vec<String>,
}

/// What was said in a ticket, oldest first, cut to what a mail may hold.
#[derive(Clone, Debug, Default)]
pub struct Conversation {
    said: Vec<Said>,
    /// How many messages after the first are left out.
    left_out: usize,
}

impl Conversation {
    /// Of all messages of a ticket, oldest first, those that fit into a mail: the first, which says
    /// what it is about, and as many of the newest as there is room for.
    pub fn of(messages: Vec<Said>) -> Self {
        let mut messages = messages.into_iter().map(|message| Said {
            text: cut(&message.text),
            ..message
        });
        let first = messages.next();
        let size = |message: &Said| message.text.chars().count();
        let mut room = LONGEST.saturating_sub(first.as_ref().map_or(0, size));
        let rest: Vec<Said> = messages.collect();
        let newest = rest.iter().rev().take_while(|message| {
            let fits = size(message) <= room;
            room = room.saturating_sub(size(message));
            fits
        });
        let left_out = rest.len() - newest.count();
        let said = first.into_iter().chain(rest.into_iter().skip(left_out));
        Self {
            said: said.collect(),
            left_out,
        }
    }

    /// Nothing was said.
    pub(super) const EMPTY: Self = Self {
        said: Vec::new(),
        left_out: 0,
    };

    /// With all that one can have.
    pub(super) fn sample() -> Self {
        let said = |is_note: bool| Said {
            at: "2026-11-22 10:00".to_owned(),
            by: Address::new("Olga", "olga@example.com"),
            is_note,
            text: "It fails.".to_owned(),
            files: vec!["price.xlsx".to_owned()],
        };
        Self {
            said: vec![said(false), said(true)],
            left_out: 7,
        }
    }

    /// Its messages and how many are left out, as templates know them.
    pub(super) fn values(&self) -> (Value, usize) {
        let part = |said: &Said| {
            let files: Vec<String> = said.files.iter().map(|name| visible(name)).collect();
            context! {
                at => &said.at,
                who => person(&said.by),
                note => said.is_note,
                text => &said.text,
                files => files.join(", "),
            }
        };
        (self.said.iter().map(part).collect(), self.left_out)
    }
}

fn visible(name: &str) -> String {
    super::headline::one_line(name, 120)
}

/// The beginning of a text, with a mark where more is left out.
fn cut(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(LONGEST_TEXT) {
        None => text.to_owned(),
        Some((end, _)) => format!("{} […]", text.get(..end).unwrap_or_default().trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(count: usize, length: usize) -> Vec<Said> {
        let message = |number: usize| Said {
            at: number.to_string(),
            text: "ы".repeat(length),
            ..Said::default()
        };
        (0..count).map(message).collect()
    }

    #[test]
    fn a_long_conversation_keeps_its_beginning_and_its_end() {
        let short = Conversation::of(said(200, 400));
        assert_eq!((short.said.len(), short.left_out), (200, 0));
        let long = Conversation::of(said(300, 5_000));
        let kept: Vec<&str> = long.said.iter().map(|said| said.at.as_str()).collect();
        assert_eq!((kept.len(), long.left_out), (20, 280));
        assert_eq!(kept.get(..2), Some(["0", "281"].as_slice()));
        assert_eq!(kept.last(), Some(&"299"));
        let huge = Conversation::of(said(3, 1_000_000));
        let sizes: Vec<usize> = huge.said.iter().map(|s| s.text.chars().count()).collect();
        assert_eq!(sizes, [LONGEST_TEXT + 4; 3]);
        assert!(Conversation::of(Vec::new()).said.is_empty());
    }
}
