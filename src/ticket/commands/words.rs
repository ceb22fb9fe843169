//! The words of commands, priorities and times in three languages.

use super::super::{Priority, Status};

/// A command by its name.
#[derive(Clone, Copy)]
pub(super) enum Name {
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
    Unsend,
    Send,
}

/// The words in English, Russian and Ukrainian, in lower case, with `е` for `ё` and without
/// apostrophes.
pub(super) const NAMES: [(Name, &[&str]); 15] = [
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
    (
        Name::Unsend,
        &[
            "unsend",
            "undo",
            "отозвать",
            "отмена",
            "відкликати",
            "скасувати",
        ],
    ),
    (
        Name::Send,
        &["send", "отправить", "надіслати", "відправити"],
    ),
];

/// The words of priorities.
pub(super) const PRIORITIES: [(Priority, &[&str]); 4] = [
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

pub(super) const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
pub(super) const DAY: u64 = 24 * HOUR;

/// Units of `#snooze`, in seconds. `м` is minutes, as `m` is.
pub(super) const UNITS: [(u64, &[&str]); 4] = [
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

/// The value that a folded word stands for.
pub(super) fn value_of<T: Copy>(words: &[(T, &[&str])], word: &str) -> Option<T> {
    words
        .iter()
        .find(|(_, names)| names.contains(&word))
        .map(|(value, _)| *value)
}

/// In lower case, with `е` for `ё` and without apostrophes.
pub(super) fn folded(word: &str) -> String {
    let letters = word.chars().flat_map(char::to_lowercase);
    letters
        .filter(|c| !matches!(c, '\'' | '’' | 'ʼ' | '`'))
        .map(|c| if c == 'ё' { 'е' } else { c })
        .collect()
}
