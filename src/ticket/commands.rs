//! What an agent orders at the top of an answer by mail: `#close`, `#assign anna`. Pure.
//!
//! Commands stand in the first lines, each with `#` and a word. The first line that is none begins
//! the words for the customer. A slip must not reach the customer: what looks like a command and is
//! none makes the whole mail undone. A number (`#123 has shipped`) is text.

use std::time::Duration;

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

#[derive(Clone, Copy)]
enum Name {
    Status(Status),
    Note,
    Only,
    Assign,
    Priority,
    Tag,
    Untag,
    Category,
    Merge,
    Snooze,
    Spam,
}

/// The words in English, Russian and Ukrainian, in lower case, with `е` for `ё` and without
/// apostrophes.
const NAMES: [(Name, &[&str]); 13] = [
    (
        Name::Status(Status::Closed),
        &[
            "close",
            "closed",
            "resolve",
            "resolved",
            "закрыть",
            "закрыто",
            "решено",
            "закрити",
            "вирішено",
        ],
    ),
    (
        Name::Status(Status::Pending),
        &["pending", "ожидание", "ожидает", "очікування", "очікує"],
    ),
    (
        Name::Status(Status::Open),
        &[
            "open",
            "reopen",
            "открыть",
            "открыто",
            "відкрити",
            "відкрито",
        ],
    ),
    (Name::Note, &["note", "заметка", "нотатка"]),
    (Name::Only, &["only", "только", "лично", "лише", "тільки"]),
    (
        Name::Assign,
        &[
            "assign",
            "назначить",
            "призначити",
            "take",
            "взять",
            "взяти",
        ],
    ),
    (Name::Priority, &["priority", "приоритет", "пріоритет"]),
    (Name::Tag, &["tag", "tags", "тег", "теги", "метка", "мітка"]),
    (Name::Untag, &["untag", "безтега"]),
    (Name::Category, &["category", "категория", "категорія"]),
    (
        Name::Merge,
        &["merge", "объединить", "слить", "обєднати", "злити"],
    ),
    (Name::Snooze, &["snooze", "отложить", "відкласти"]),
    (Name::Spam, &["spam", "спам"]),
];

const PRIORITIES: [(Priority, &[&str]); 4] = [
    (Priority::Low, &["low", "низкий", "низький"]),
    (
        Priority::Normal,
        &["normal", "обычный", "нормальный", "звичайний", "нормальний"],
    ),
    (Priority::High, &["high", "высокий", "високий"]),
    (
        Priority::Urgent,
        &["urgent", "срочный", "срочно", "терміновий", "терміново"],
    ),
];

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Units of `#snooze`, in seconds. `м` is minutes, as `m` is.
const UNITS: [(u64, &[&str]); 4] = [
    (
        MINUTE,
        &[
            "m",
            "min",
            "minute",
            "minutes",
            "м",
            "мин",
            "минут",
            "хв",
            "хвилин",
        ],
    ),
    (
        HOUR,
        &[
            "h",
            "hour",
            "hours",
            "ч",
            "час",
            "часа",
            "часов",
            "г",
            "год",
            "година",
            "години",
            "годин",
        ],
    ),
    (
        DAY,
        &[
            "d", "day", "days", "д", "день", "дня", "дней", "дні", "днів",
        ],
    ),
    (
        7 * DAY,
        &[
            "w",
            "week",
            "weeks",
            "н",
            "нед",
            "неделя",
            "недели",
            "недель",
            "т",
            "тиждень",
            "тижні",
            "тижнів",
        ],
    ),
];

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

fn value_of<T: Copy>(words: &[(T, &[&str])], word: &str) -> Option<T> {
    words
        .iter()
        .find(|(_, names)| names.contains(&word))
        .map(|(value, _)| *value)
}

fn folded(word: &str) -> String {
    let letters = word.chars().flat_map(char::to_lowercase);
    letters
        .filter(|c| !matches!(c, '\'' | '’' | 'ʼ' | '`'))
        .map(|c| if c == 'ё' { 'е' } else { c })
        .collect()
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
mod tests {
    use super::*;

    fn order(text: &str) -> (Vec<Command>, String) {
        let order = parse(text).unwrap_or_else(|mistake| panic!("{text:?}: {mistake:?}"));
        (order.commands, order.words)
    }

    #[test]
    fn each_command_has_its_words_in_three_languages() {
        let hours = |hours: u64| Command::Snooze(Duration::from_secs(hours * 3600));
        for (text, command) in [
            ("#close", Command::Status(Status::Closed)),
            ("#ЗАКРЫТЬ", Command::Status(Status::Closed)),
            ("#закрити.", Command::Status(Status::Closed)),
            ("\u{feff}#Pending ", Command::Status(Status::Pending)),
            ("#ожидание", Command::Status(Status::Pending)),
            ("#reopen", Command::Status(Status::Open)),
            ("#відкрити", Command::Status(Status::Open)),
            ("#note", Command::Note),
            ("#нотатка", Command::Note),
            ("#only", Command::Only),
            ("#Только", Command::Only),
            ("#лише", Command::Only),
            ("#assign anna", Command::Assign("anna".into())),
            (
                "#assign: Anna Petrova",
                Command::Assign("Anna Petrova".into()),
            ),
            ("#назначить анна", Command::Assign("анна".into())),
            ("#assign me", Command::Assign(String::new())),
            ("#взять", Command::Assign(String::new())),
            ("#priority high", Command::Priority(Priority::High)),
            ("#приоритет Высокий", Command::Priority(Priority::High)),
            ("#пріоритет терміновий", Command::Priority(Priority::Urgent)),
            (
                "#tag VIP, api",
                Command::Tag(vec!["vip".into(), "api".into()]),
            ),
            ("#тег опт", Command::Tag(vec!["опт".into()])),
            ("#untag vip", Command::Untag(vec!["vip".into()])),
            ("#category Import", Command::Category("import".into())),
            ("#категория импорт", Command::Category("импорт".into())),
            ("#merge 17", Command::Merge(17)),
            ("#merge #17", Command::Merge(17)),
            ("#объединить 17", Command::Merge(17)),
            ("#об'єднати 17", Command::Merge(17)),
            ("#snooze 2d", hours(48)),
            ("#snooze 2 days", hours(48)),
            ("#отложить 2д", hours(48)),
            ("#отложить 3 часа", hours(3)),
            ("#відкласти 1 тиждень", hours(7 * 24)),
            ("#spam", Command::Spam),
            ("#СПАМ", Command::Spam),
        ] {
            assert_eq!(order(text), (vec![command], String::new()), "{text:?}");
        }
    }

    #[test]
    fn commands_stand_at_the_top_and_words_below() {
        let close = Command::Status(Status::Closed);
        let tag = Command::Tag(vec!["x".into()]);
        for (text, commands, words) in [
            ("Hello\n#close", vec![], "Hello\n#close"),
            (
                "#close\n\nHello,\n\nIvan\n",
                vec![close.clone()],
                "Hello,\n\nIvan",
            ),
            (
                "\n \n#tag x\r\n\r\n#close\r\nHi",
                vec![tag.clone(), close.clone()],
                "Hi",
            ),
            ("#tag x #close\nHi", vec![tag.clone(), close.clone()], "Hi"),
            (
                "#note ask her #tomorrow\nor later",
                vec![Command::Note],
                "ask her #tomorrow\nor later",
            ),
            (
                "#close\n#123 has shipped",
                vec![close.clone()],
                "#123 has shipped",
            ),
            ("#123 has shipped", vec![], "#123 has shipped"),
            ("# Heading", vec![], "# Heading"),
            ("#", vec![], "#"),
            (
                "#merge 5\n#close",
                vec![Command::Merge(5), close.clone()],
                "",
            ),
            ("", vec![], ""),
        ] {
            assert_eq!(order(text), (commands, words.to_owned()), "{text:?}");
        }
        assert_eq!(
            order("#spam\n#note\nknown sender").0,
            [Command::Spam, Command::Note]
        );
    }

    #[test]
    fn a_slip_undoes_the_whole_mail() {
        use Mistake::{Argument, Together, Unknown};
        for (text, mistake) in [
            ("#clos\nHello", Unknown("#clos".into())),
            ("#close\n#hashtag is trending", Unknown("#hashtag".into())),
            ("#close #foo", Unknown("#foo".into())),
            ("#close Thank you", Argument("#close Thank you".into())),
            ("#priority", Argument("#priority".into())),
            ("#priority huge", Argument("#priority huge".into())),
            ("#merge abc", Argument("#merge abc".into())),
            ("#merge -1", Argument("#merge -1".into())),
            ("#snooze", Argument("#snooze".into())),
            ("#snooze soon", Argument("#snooze soon".into())),
            ("#snooze 2y", Argument("#snooze 2y".into())),
            ("#snooze 0d", Argument("#snooze 0d".into())),
            (
                "#snooze 99999999999999999999d",
                Argument("#snooze 99999999999999999999d".into()),
            ),
            ("#tag", Argument("#tag".into())),
            (
                "#category two words",
                Argument("#category two words".into()),
            ),
            (
                "#close\n#pending",
                Together("#close #pending #open #snooze #merge #spam".into()),
            ),
            (
                "#snooze 1d\n#snooze 2d",
                Together("#close #pending #open #snooze #merge #spam".into()),
            ),
            ("#spam\nStop writing", Together("#spam + text".into())),
            ("#assign a\n#assign b", Together("#assign #assign".into())),
            ("#only\n#note x", Together("#only #note".into())),
            ("#only Ivan", Argument("#only Ivan".into())),
        ] {
            assert_eq!(parse(text), Err(mistake), "{text:?}");
        }
        let long = format!("#{}", "ы".repeat(100_000));
        assert_eq!(parse(&long), Err(Unknown(format!("#{}", "ы".repeat(99)))));
    }

    #[test]
    fn a_hostile_text_takes_linear_time() {
        let started = std::time::Instant::now();
        for unit in ["#tag x ", "#close\n", "\n", "#note ", "# "] {
            let _ = parse(&unit.repeat(100_000));
        }
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }
}
