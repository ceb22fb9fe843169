//! The language of a text, short ones included: letters that only one language has, then common
//! words, then whatlang.

use std::cmp::Ordering;

use whatlang::{Detector, Lang};

use crate::language::Language;

/// A language shows itself in fewer characters than this; the rest is not looked at.
const LOOK_AT: usize = 300;

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

/// The longest of them, in bytes.
const LONGEST_WORD: usize = 24;

/// Which of the desk's languages a text is in; `None` when it is another one or cannot be told.
pub fn detect(text: &str) -> Option<Language> {
    let end = text
        .char_indices()
        .nth(LOOK_AT)
        .map_or(text.len(), |(at, _)| at);
    let text = text.get(..end).unwrap_or(text);
    let mut letters = Letters::default();
    words(text).for_each(|word| letters.count(word));
    if letters.other > letters.cyrillic + letters.latin {
        return None;
    }
    // error messages in English stand in mails of every language
    if letters.cyrillic > 0 && letters.cyrillic * 4 >= letters.latin {
        return of_cyrillic(text, &letters);
    }
    if letters.latin > 0 {
        of_latin(&text.to_lowercase())
    } else {
        None
    }
}

/// The words without what stands around them; addresses and links say nothing of the language.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_ascii_whitespace()
        .filter(|word| !word.bytes().any(|b| matches!(b, b'@' | b'/')) || is_prose(word))
        .map(|word| word.trim_matches(|c| !is_letter(c)))
        .filter(|word| !word.is_empty())
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
    fn count(&mut self, word: &str) {
        for letter in word.chars() {
            match letter {
                'a'..='z' | 'A'..='Z' => self.latin += 1,
                'а'..='я' | 'А'..='Я' => {
                    self.cyrillic += 1;
                    self.russian += usize::from(matches!(letter, 'ы' | 'э' | 'Ы' | 'Э'));
                }
                '\u{400}'..='\u{52f}' => {
                    self.cyrillic += 1;
                    self.count_rare(letter);
                }
                _ if !is_letter(letter) => {}
                '\u{80}'..='\u{24f}' => self.latin += 1,
                _ => self.other += 1,
            }
        }
    }

    /// Cyrillic letters beside the 64 that most of its alphabets have.
    fn count_rare(&mut self, letter: char) {
        match letter.to_lowercase().next().unwrap_or(letter) {
            'ё' => self.russian += 1,
            'і' | 'ї' | 'є' | 'ґ' => self.ukrainian += 1,
            'ў' | 'ј' | 'љ' | 'њ' | 'ћ' | 'ђ' | 'џ' | 'ѓ' | 'ќ' | 'ә' | 'ғ' | 'қ' | 'ң' | 'ө'
            | 'ұ' | 'ү' | 'һ' => self.neighbours += 1,
            _ => {}
        }
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

fn is_prose(word: &str) -> bool {
    !word.contains('@') && !word.contains("://")
}

fn of_cyrillic(text: &str, letters: &Letters) -> Option<Language> {
    if letters.neighbours > 0 {
        return None;
    }
    // many letters of one and none of the other leave no question
    match (letters.russian, letters.ukrainian) {
        (4.., 0) => return Some(Language::Ru),
        (0, 4..) => return Some(Language::Uk),
        _ => {}
    }
    let lower = text.to_lowercase();
    let words: Vec<&str> = words(&lower).collect();
    let russian = letters.russian + 2 * hits(&words, RUSSIAN).count();
    let ukrainian = letters.ukrainian + 2 * hits(&words, UKRAINIAN).count();
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
    let is_cyrillic = |word: &&str| word.chars().all(|c| matches!(c, '\u{400}'..='\u{52f}'));
    let text: Vec<&str> = words.iter().copied().filter(is_cyrillic).collect();
    match detector.detect_lang(&text.join(" "))? {
        Lang::Rus => Some(Language::Ru),
        Lang::Ukr => Some(Language::Uk),
        // a few words of Russian look like any of its neighbours
        _ if letters.cyrillic < 60 => Some(Language::Ru),
        _ => None,
    }
}

fn of_latin(text: &str) -> Option<Language> {
    let words: Vec<&str> = words(text).collect();
    // "café" is English too; a text full of such letters is not
    let accented = words.iter().filter(|word| !word.is_ascii()).count();
    let enough = words.len().div_ceil(6).max(1);
    let english = hits(&words, ENGLISH).take(enough).count();
    if english >= enough && accented * 5 <= words.len() {
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

/// The words that are in the list.
fn hits<'w>(words: &'w [&str], list: &'static [&str]) -> impl Iterator<Item = &'w &'w str> {
    // common words are short
    let short = words.iter().filter(|word| word.len() <= LONGEST_WORD);
    short.filter(|word| list.binary_search(word).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_in_order() {
        for list in [ENGLISH, RUSSIAN, UKRAINIAN] {
            assert!(list.is_sorted(), "{list:?}");
            assert!(list.iter().all(|word| word.len() <= LONGEST_WORD));
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
