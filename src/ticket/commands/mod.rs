//! What an agent orders at the top of an answer by mail: `#close`, `#assign anna`. Pure.
//!
//! Commands stand in the first lines, each with `#` and a word. The first line that is none begins
//! the words for the customer. A slip must not reach the customer: what looks like a command and is
//! none makes the whole mail undone. A number (`#123 has shipped`) is text.

use std::time::Duration;

mod words;

use words::{DAY, MINUTE, NAMES, Name, PRIORITIES, UNITS, folded, value_of};

use super::{Priority, Status};

/// One order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `#close`, `#pending`, `#open`.
    Status(Status),
    /// `#note`: the words are for colleagues alone.
    Note,
    /// `#only`: the answer goes to the requester, not to those in copy.
    Only,
    /// `#assign anna`: an agent's name or address; empty is the writer.
    Assign(String),
    /// `#priority high`.
    Priority(Priority),
    /// `#tag x y`.
    Tag(Vec<String>),
    /// `#untag x`.
    Untag(Vec<String>),
    /// `#category import`.
    Category(String),
    /// `#merge 17`: into that ticket.
    Merge(i64),
    /// `#snooze 2d`: pending until then, and open again.
    Snooze(Duration),
    /// `#spam`: closed, tagged, and nobody is asked.
    Spam,
    /// `#unsend`: the last answer, where it has not left; words below it are sent in its place.
    Unsend,
    /// `#send`: the answer that is held since the customer wrote first.
    Send,
}

/// What an agent's mail orders and says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// The commands, as they stood.
    pub commands: Vec<Command>,
    /// The words below them.
    pub words: String,
}

/// Why nothing of a mail is done; each with what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// There is no such command.
    Unknown(String),
    /// The command needs something else behind it.
    Argument(String),
    /// The commands cannot be done together.
    Together(String),
}

/// The longest `#snooze`.
const LONGEST: u64 = 366 * DAY;
/// The longest text of a category, tag or agent's name, in characters.
const LONGEST_WORD: usize = 100;

/// Parts the commands at the top from the words.
///
/// # Errors
/// The first mistake; then nothing of the mail may be done.
pub fn parse(text: &str) -> Result<Order, Mistake> {
    let mut order = Order::default();
    let mut rest = text;
    while !rest.is_empty() {
        let (line, below) = rest.split_once('\n').unwrap_or((rest, ""));
        let shown = line.trim_matches(is_blank);
        if !shown.is_empty() && !is_command(shown) {
            break;
        }
        rest = below;
        let more = read_line(shown, &mut order.commands)?;
        if !more.is_empty() {
            rest = "";
            order.words = format!("{more}\n{below}");
        }
    }
    order.words.push_str(rest);
    order.words = order.words.trim_matches(is_blank).to_owned();
    fit_together(&order)?;
    Ok(order)
}

/// Reads `#tag x #close`; returns what stands behind `#note`, which is words.
fn read_line<'l>(line: &'l str, commands: &mut Vec<Command>) -> Result<&'l str, Mistake> {
    let mut rest = line;
    while let Some(after) = rest.strip_prefix('#') {
        let end = after.find(is_blank).unwrap_or(after.len());
        let (word, behind) = after.split_at(end);
        let word = word.trim_end_matches([':', '.', ',', ';', '!']);
        let Some(name) = name(word) else {
            return Err(Mistake::Unknown(cut(&format!("#{word}"))));
        };
        if matches!(name, Name::Note) {
            commands.push(Command::Note);
            return Ok(behind.trim_matches(is_blank));
        }
        let next = next_command(behind);
        let (argument, further) = behind.split_at(next);
        let argument = argument.trim_matches(is_blank);
        let wrong = || Mistake::Argument(cut(format!("#{word} {argument}").trim_end()));
        commands.push(command(name, argument).ok_or_else(wrong)?);
        rest = further;
    }
    Ok("")
}

fn command(name: Name, argument: &str) -> Option<Command> {
    let bare = |command| argument.is_empty().then_some(command);
    match name {
        Name::Status(status) => bare(Command::Status(status)),
        Name::Spam => bare(Command::Spam),
        Name::Unsend => bare(Command::Unsend),
        Name::Send => bare(Command::Send),
        Name::Note => Some(Command::Note),
        Name::Only => bare(Command::Only),
        Name::Assign => match folded(argument).as_str() {
            "" | "me" | "мне" | "мені" => Some(Command::Assign(String::new())),
            _ => is_short(argument).then(|| Command::Assign(argument.to_owned())),
        },
        Name::Priority => value_of(&PRIORITIES, &folded(argument)).map(Command::Priority),
        Name::Tag => tags(argument).map(Command::Tag),
        Name::Untag => tags(argument).map(Command::Untag),
        Name::Category => {
            let is_one = !argument.is_empty() && !argument.contains(is_blank);
            (is_one && is_short(argument)).then(|| Command::Category(argument.to_lowercase()))
        }
        Name::Merge => {
            let number = argument.trim_start_matches('#').parse().ok();
            number.filter(|number| *number > 0).map(Command::Merge)
        }
        Name::Snooze => duration(argument).map(Command::Snooze),
    }
}

fn fit_together(order: &Order) -> Result<(), Mistake> {
    let commands = &order.commands;
    let has = |is: fn(&Command) -> bool| commands.iter().any(is);
    let mut ends: Vec<&Command> = Vec::new();
    for command in commands {
        let is_end = matches!(
            command,
            Command::Status(_) | Command::Merge(_) | Command::Snooze(_) | Command::Spam
        );
        if is_end && ends.len() < 3 && !ends.contains(&command) {
            ends.push(command);
        }
    }
    let words = |words: &str| Err(Mistake::Together(words.to_owned()));
    match ends.as_slice() {
        [] | [_] => {}
        // closed is what a merged ticket is
        [Command::Merge(_), Command::Status(Status::Closed)]
        | [Command::Status(Status::Closed), Command::Merge(_)] => {}
        [Command::Spam, Command::Status(Status::Closed)]
        | [Command::Status(Status::Closed), Command::Spam] => {}
        _ => return words("#close #pending #open #snooze #merge #spam"),
    }
    let is_spam = has(|command| *command == Command::Spam);
    // whoever sends spam must not learn that somebody reads it
    if is_spam && !order.words.is_empty() && !has(|command| *command == Command::Note) {
        return words("#spam + text");
    }
    // what is held goes as it is; other words are another answer
    if has(|command| *command == Command::Send) {
        if has(|command| *command == Command::Unsend) {
            return words("#send #unsend");
        }
        if !order.words.is_empty() && !has(|command| *command == Command::Note) {
            return words("#send + text");
        }
    }
    // a note goes to nobody
    if has(|command| *command == Command::Only) && has(|command| *command == Command::Note) {
        return words("#only #note");
    }
    let assigns = commands.iter().filter(|c| matches!(c, Command::Assign(_)));
    if assigns.count() > 1 {
        return words("#assign #assign");
    }
    Ok(())
}

/// `#` and a letter: `#1` is a number, `# ` a heading.
fn is_command(line: &str) -> bool {
    line.strip_prefix('#')
        .and_then(|word| word.chars().next())
        .is_some_and(char::is_alphabetic)
}

/// Where the next command begins, or the end.
fn next_command(text: &str) -> usize {
    let starts = text.match_indices('#').map(|(at, _)| at).find(|at| {
        let (before, from) = text.split_at(*at);
        before.ends_with(is_blank) && is_command(from)
    });
    starts.unwrap_or(text.len())
}

fn name(word: &str) -> Option<Name> {
    value_of(&NAMES, &folded(word))
}

fn tags(argument: &str) -> Option<Vec<String>> {
    let words = argument.split(|c: char| is_blank(c) || c == ',');
    let tags: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    (!tags.is_empty() && tags.len() <= 20 && tags.iter().all(|tag| is_short(tag))).then_some(tags)
}

/// `2d`, `3 часа`.
fn duration(argument: &str) -> Option<Duration> {
    let digits = argument.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = argument.split_at(digits);
    let unit = value_of(&UNITS, &folded(unit.trim_matches(is_blank)))?;
    let seconds = number.parse::<u64>().ok()?.checked_mul(unit)?;
    (MINUTE..=LONGEST)
        .contains(&seconds)
        .then(|| Duration::from_secs(seconds))
}

fn is_short(word: &str) -> bool {
    word.chars().count() <= LONGEST_WORD && !word.contains(char::is_control)
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST_WORD).collect()
}

/// White space, and what mail programs put into empty lines and nobody sees.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}' | '\u{200c}' | '\u{feff}' | '\u{2060}')
}

#[cfg(test)]
mod tests;
