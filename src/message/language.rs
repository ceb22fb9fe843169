//! The language of a text, short ones included: letters that only one language has, then common
//! words, then whatlang.

use std::cmp::Ordering;

use whatlang::{Detector, Lang};

use crate::language::Language;

/// A language shows itself in fewer characters than this; the rest is not looked at.
const LOOK_AT: usize = 800;

// the words are read by the row
#[rustfmt::skip]
mod words {
    /// Common words of English, in byte order.
    pub(super) static ENGLISH: &[&str] = &[
        "and", "are", "been", "can't", "cannot", "dear", "does", "doesn't", "don't", "error",
        "failed", "for", "from", "great", "has", "have", "hello", "help", "hi", "how", "is", "it",
        "my", "need", "not", "ok", "our", "please", "regards", "thank", "thanks", "that", "the",
        "this", "we", "what", "when", "where", "why", "with", "working", "works", "would", "yes",
        "you", "your",
    ];

    /// Common words of Russian, in byte order.
    pub(super) static RUSSIAN: &[&str] = &[
        "вопрос", "все", "где", "день", "для", "добрый", "если", "есть", "здравствуйте", "или", "как",
        "когда", "можно", "надо", "нет", "нужно", "очень", "пожалуйста", "помогите", "после",
        "почему", "привет", "работает", "спасибо", "только", "уже", "что", "это",
    ];

    /// Common words of Ukrainian, in byte order.
    pub(super) static UKRAINIAN: &[&str] = &[
        "або", "але", "буде", "будь", "вже", "вітаю", "де", "добрий", "допоможіть", "дуже", "дякую",
        "замовлення", "коли", "ласка", "немає", "питання", "потрібно", "пошук", "працює", "прошу",
        "та", "треба", "це", "чому", "що", "щоб", "як", "якщо",
    ];
}

use words::{ENGLISH, RUSSIAN, UKRAINIAN};

/// Which of the desk's languages a text is in; `None` when it is another one or cannot be told.
pub fn detect(text: &str) -> Option<Language> {
    let end = text
        .char_indices()
        .nth(LOOK_AT)
        .map_or(text.len(), |(at, _)| at);
    let text: String = text.get(..end).unwrap_or(text).chars().map(lower).collect();
    let words: Vec<&str> = text
        .split([' ', '\n', '\t', '\u{a0}'])
        // addresses and links say nothing of the language
        .filter(|word| !word.contains('@') && !word.contains("://"))
        .map(|word| word.trim_matches(|c| !is_letter(c)))
        .filter(|word| !word.is_empty())
        .collect();
    let letters = Letters::count(&words);
    if letters.other > letters.cyrillic + letters.latin {
        return None;
    }
    // error messages in English stand in mails of every language
    if letters.cyrillic > 0 && letters.cyrillic * 4 >= letters.latin {
        return of_cyrillic(&words, &letters);
    }
    if letters.latin > 0 {
        of_latin(&text, &words)
    } else {
        None
    }
}

/// How many letters of each sort a text has.
#[derive(Default)]
struct Letters {
    latin: usize,
    cyrillic: usize,
    other: usize,
    /// Letters that Russian has and Ukrainian has not.
    russian: usize,
    /// Letters that Ukrainian has and Russian has not.
    ukrainian: usize,
    /// Letters of Belarusian, Serbian, Macedonian, Kazakh and their neighbours alone.
    neighbours: usize,
}

impl Letters {
    fn count(words: &[&str]) -> Self {
        let mut found = Self::default();
        for letter in words.iter().flat_map(|word| word.chars()) {
            match letter {
                'a'..='z' => found.latin += 1,
                '\u{400}'..='\u{52f}' => found.cyrillic += 1,
                _ if !is_letter(letter) => {}
                '\u{80}'..='\u{24f}' => found.latin += 1,
                _ => found.other += 1,
            }
            match letter {
                'ы' | 'э' | 'ё' => found.russian += 1,
                'і' | 'ї' | 'є' | 'ґ' => found.ukrainian += 1,
                'ў' | 'ј' | 'љ' | 'њ' | 'ћ' | 'ђ' | 'џ' | 'ѓ' | 'ќ' | 'ә' | 'ғ' | 'қ' | 'ң'
                | 'ө' | 'ұ' | 'ү' | 'һ' => found.neighbours += 1,
                _ => {}
            }
        }
        found
    }
}

/// The same as `to_lowercase` for the alphabets that we tell apart, without its tables.
fn lower(c: char) -> char {
    match c {
        '\0'..='\u{7f}' => c.to_ascii_lowercase(),
        'а'..='я' => c,
        'А'..='Я' => char::from_u32(u32::from(c) + 32).unwrap_or(c),
        _ => c.to_lowercase().next().unwrap_or(c),
    }
}

/// The same as `is_alphabetic`, without its tables for the letters that we see.
fn is_letter(c: char) -> bool {
    match c {
        'a'..='z' | 'A'..='Z' | '\u{400}'..='\u{481}' => true,
        '\0'..='\u{7f}' => false,
        _ => c.is_alphabetic(),
    }
}

fn of_cyrillic(words: &[&str], letters: &Letters) -> Option<Language> {
    if letters.neighbours > 0 {
        return None;
    }
    // many letters of one and none of the other leave no question
    match (letters.russian, letters.ukrainian) {
        (4.., 0) => return Some(Language::Ru),
        (0, 4..) => return Some(Language::Uk),
        _ => {}
    }
    let russian = letters.russian + 2 * hits(words, RUSSIAN);
    let ukrainian = letters.ukrainian + 2 * hits(words, UKRAINIAN);
    match russian.cmp(&ukrainian) {
        Ordering::Less => return Some(Language::Uk),
        Ordering::Greater => return Some(Language::Ru),
        Ordering::Equal => {}
    }
    let detector = Detector::with_allowlist(vec![
        Lang::Rus,
        Lang::Ukr,
        Lang::Bul,
        Lang::Srp,
        Lang::Bel,
        Lang::Mkd,
    ]);
    let is_cyrillic = |word: &&&str| word.chars().all(|c| matches!(c, '\u{400}'..='\u{52f}'));
    let text: Vec<&str> = words.iter().filter(is_cyrillic).copied().collect();
    match detector.detect_lang(&text.join(" "))? {
        Lang::Rus => Some(Language::Ru),
        Lang::Ukr => Some(Language::Uk),
        // a few words of Russian look like any of its neighbours
        _ if letters.cyrillic < 60 => Some(Language::Ru),
        _ => None,
    }
}

fn of_latin(text: &str, words: &[&str]) -> Option<Language> {
    let english = hits(words, ENGLISH);
    // "café" is English too; a text full of such letters is not
    let accented = words.iter().filter(|word| !word.is_ascii()).count();
    if english > 0 && accented * 5 <= words.len() && english * 6 >= words.len() {
        return Some(Language::En);
    }
    let detector = Detector::with_allowlist(vec![
        Lang::Eng,
        Lang::Deu,
        Lang::Fra,
        Lang::Spa,
        Lang::Ita,
        Lang::Por,
        Lang::Pol,
        Lang::Nld,
        Lang::Tur,
        Lang::Ces,
        Lang::Ron,
        Lang::Swe,
    ]);
    let found = detector.detect(text)?;
    let is_sure = found.is_reliable() || english > 0;
    (found.lang() == Lang::Eng && is_sure).then_some(Language::En)
}

fn hits(words: &[&str], list: &[&str]) -> usize {
    let is_listed = |word: &&&str| list.binary_search(*word).is_ok();
    words.iter().filter(is_listed).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_in_order() {
        for list in [ENGLISH, RUSSIAN, UKRAINIAN] {
            assert!(list.is_sorted(), "{list:?}");
        }
    }

    #[test]
    fn tells_short_texts() {
        use Language::{En, Ru, Uk};
        for (text, expected) in [
            ("Не работает импорт прайса", Some(Ru)),
            ("Спасибо!", Some(Ru)),
            ("Не работает поиск", Some(Ru)),
            (
                "Ошибка 500 при выгрузке: NullPointerException at com.example.Export",
                Some(Ru),
            ),
            ("Дякую!", Some(Uk)),
            ("Не працює імпорт", Some(Uk)),
            ("Пошук не працює", Some(Uk)),
            ("Доброго дня, підкажіть, будь ласка", Some(Uk)),
            ("Search does not work", Some(En)),
            ("Thanks!", Some(En)),
            ("Hello, how do I set up the export?", Some(En)),
            ("The import of the price list fails with error 12", Some(En)),
            (
                "Guten Tag, die Suche funktioniert leider nicht mehr, bitte helfen Sie uns",
                None,
            ),
            (
                "Bonjour, la recherche ne fonctionne plus depuis ce matin, merci",
                None,
            ),
            ("Вітаю! Импорт не працює, коли завантажую файл", Some(Uk)),
            ("Добры дзень, пошук не працуе ў нашай краме", None),
            ("12345", None),
            ("", None),
            ("https://example.com/path a@example.com", None),
            ("お世話になっております。検索できません", None),
        ] {
            assert_eq!(detect(text), expected, "{text}");
        }
    }
}
