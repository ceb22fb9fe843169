//! The card that people put under their letters: a closing, a name, and how to reach them.

use super::{
    Line, lower,
    words::{CLOSINGS, COMPANIES, REGISTERED, THANKS},
};

/// The most lines of a card, blank ones apart.
const CARD_LINES: usize = 14;
/// The most lines of a card that names no way to reach anyone.
const PLAIN_LINES: usize = 4;

/// Where the card starts that ends the lines. Below a closing it is one for sure with a phone
/// number, an address or a site; without them, when a title or a company stands right below the
/// name. Without a closing it takes a name, a site and a number or address, apart from words that
/// announce them: people write addresses into their letters, too.
pub(super) fn card(lines: &[Line<'_>]) -> Option<usize> {
    let mut has_contact = false;
    let mut has_site = false;
    let mut unclosed = None;
    let mut below = Vec::new();
    let mut is_below_blank = false;
    for (at, line) in lines.iter().enumerate().rev() {
        if line.is_blank() {
            is_below_blank = true;
            continue;
        }
        if let Some(closing) = closing(line.core) {
            let is_card = closing.has_card(has_contact || has_site, &below);
            // "Thank you." is a sentence to the reader, "Thanks," a closing
            let is_sentence = closing.is_thanks && line.core.ends_with(['.', '!']);
            let start = at + usize::from(is_sentence);
            return is_card.then_some(start).or(unclosed);
        }
        if below.len() >= CARD_LINES || !is_of_card(line.core) {
            break;
        }
        if has_contact && has_site && is_name(line.core) && is_alone(lines, at) {
            unclosed.get_or_insert(at);
        }
        has_contact |= is_contact(line.core);
        has_site |= is_site(line.core);
        below.push(Below {
            text: line.core,
            is_above_blank: is_below_blank,
        });
        is_below_blank = false;
    }
    unclosed
}

/// A line of a card, from the last one up.
struct Below<'a> {
    text: &'a str,
    is_above_blank: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Closing {
    /// "Thanks" ends a letter, too, and is also a word to the reader.
    is_thanks: bool,
    /// "Best regards, Ivan" on one line.
    has_name: bool,
}

impl Closing {
    fn has_card(self, has_contact: bool, below: &[Below<'_>]) -> bool {
        if has_contact {
            return true;
        }
        let named = usize::from(!self.has_name);
        let lines = 1 + named..=PLAIN_LINES + named;
        // the last line is the first; a blank line above it belongs to the mail
        let is_apart = |line: &Below<'_>| line.is_above_blank;
        let is_whole = !below.iter().skip(1).any(is_apart) || is_spread(below);
        let is_plain = |line: &Below<'_>| {
            let words = line.text.split_whitespace().count();
            words <= 3 || (words <= 6 && (!line.text.ends_with('.') || is_company(line.text)))
        };
        let has_name = self.has_name || below.last().is_some_and(|line| is_name(line.text));
        !self.is_thanks
            && lines.contains(&below.len())
            && is_whole
            && has_name
            && below.iter().all(is_plain)
    }
}

/// Whether each line of the card is a paragraph, as in HTML: a name, a title, a company.
fn is_spread(below: &[Below<'_>]) -> bool {
    let is_titled = |line: &Below<'_>| {
        let is_sentence = line.text.ends_with(['.', '!', '…']) && !is_company(line.text);
        !line.text.starts_with(char::is_lowercase) && !is_sentence
    };
    below.len() >= 3
        && below.iter().skip(1).all(|line| line.is_above_blank)
        && below.iter().all(is_titled)
}

/// Whether the line ends with the form of a company, "Ltd." for one: its dot ends no sentence.
fn is_company(line: &str) -> bool {
    let last = line.split_whitespace().next_back().unwrap_or_default();
    COMPANIES.contains(&last.to_lowercase().as_str())
}

/// "Best regards," in many languages, alone or with the name.
fn closing(line: &str) -> Option<Closing> {
    if line.len() > 90 {
        return None;
    }
    let frame = |c: char| !c.is_alphanumeric();
    let lower = lower(line.trim_matches(frame));
    let is_thanks = |words: &str| THANKS.contains(&words);
    let is_closing = |words: &str| is_thanks(words) || CLOSINGS.contains(&words);
    if is_closing(&lower) {
        let is_thanks = is_thanks(&lower);
        return Some(Closing {
            is_thanks,
            has_name: false,
        });
    }
    let (words, name) = lower.split_once([',', '，', '/', '|'])?;
    let is_short = (1..=4).contains(&name.split_whitespace().count());
    (is_short && is_closing(words.trim())).then(|| Closing {
        is_thanks: is_thanks(words.trim()),
        has_name: !is_closing(name.trim()),
    })
}

/// Whether the line may stand in a card: short, and no sentence.
fn is_of_card(line: &str) -> bool {
    let words = line.split_whitespace().count();
    let is_question = line.ends_with(['?', ':', '？', '：']);
    let is_sentence = words > 6
        && line.ends_with(['.', '!', '。', '！'])
        && !is_contact(line)
        && !is_site(line)
        && !is_registered(line);
    let is_item = line.starts_with("- ") || line.starts_with("* ") || line.starts_with('•');
    let is_postscript = ["P.S", "PS:", "PS ", "P. S", "З.Ы", "ЗЫ"]
        .iter()
        .any(|start| line.starts_with(start));
    line.len() <= 240 && words <= 16 && !is_question && !is_sentence && !is_item && !is_postscript
}

/// Whether the line tells where the company is registered.
fn is_registered(line: &str) -> bool {
    let lower = line.to_lowercase();
    REGISTERED.iter().any(|words| lower.contains(words))
}

/// Whether the line has the site of someone.
fn is_site(line: &str) -> bool {
    ["www.", "http://", "https://"]
        .iter()
        .any(|start| line.contains(start))
}

/// Whether the line tells how to reach someone: a phone number or an address.
fn is_contact(line: &str) -> bool {
    let mut digits = 0;
    let mut most = 0;
    for c in line.chars() {
        match c {
            '0'..='9' => digits += 1,
            ' ' | '-' | '(' | ')' | '.' | '/' | '\u{a0}' => {}
            _ => digits = 0,
        }
        most = most.max(digits);
    }
    most >= 7 || line.contains('@')
}

/// Whether the line is a name, perhaps with a title behind it: two to four words in capitals.
fn is_name(line: &str) -> bool {
    let name = line.split(['|', ',', '/']).next().unwrap_or_default();
    let mut words = name.split_whitespace();
    let is_capital = |word: &str| {
        !word.starts_with(char::is_lowercase)
            && !word.contains(|c: char| c.is_ascii_digit() || c == '@')
    };
    (1..=4).contains(&words.clone().count()) && words.all(is_capital)
}

/// Whether a paragraph starts here, and the words above do not announce it.
fn is_alone(lines: &[Line<'_>], at: usize) -> bool {
    let above = lines.get(..at).unwrap_or_default();
    let is_apart = above.last().is_some_and(Line::is_blank);
    let announces = |line: &Line<'_>| line.core.ends_with([':', ',']);
    is_apart
        && above
            .iter()
            .rev()
            .find(|line| !line.is_blank())
            .is_some_and(|line| !announces(line))
}
