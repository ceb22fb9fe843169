//! The language of a text, short ones included: letters that only one language has, then common
//! words, then whatlang.

use std::{cmp::Ordering, collections::HashSet, sync::LazyLock};

use whatlang::{Detector, Lang};

use crate::language::Language;

/// A language shows itself in fewer characters than this; the rest is not looked at.
const LOOK_AT: usize = 1_000;

type Words = LazyLock<HashSet<&'static str>>;

static ENGLISH: Words = LazyLock::new(|| {
    set(
        "the and not you your our with please thanks thank hello hi how does doesn't don't can't \
     cannot this that have has from what when why where works working error failed it my for \
     regards dear help need would is are we been yes ok great",
    )
});
static RUSSIAN: Words = LazyLock::new(|| {
    set(
        "что как это нет для или спасибо здравствуйте добрый почему пожалуйста день когда работает \
     если уже очень есть где надо нужно вопрос все привет помогите после только можно",
    )
});
static UKRAINIAN: Words = LazyLock::new(|| {
    set(
        "що як це немає або дякую добрий чому будь ласка коли та працює якщо вже дуже де треба \
     потрібно питання допоможіть вітаю пошук прошу замовлення щоб але буде",
    )
});

fn set(words: &'static str) -> HashSet<&'static str> {
    words.split_whitespace().collect()
}

/// Which of the desk's languages a text is in; `None` when it is another one or cannot be told.
pub fn detect(text: &str) -> Option<Language> {
    let end = text
        .char_indices()
        .nth(LOOK_AT)
        .map_or(text.len(), |(at, _)| at);
    let text = text.get(..end).unwrap_or(text).to_lowercase();
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
    let russian = letters.russian + 2 * hits(words, &RUSSIAN);
    let ukrainian = letters.ukrainian + 2 * hits(words, &UKRAINIAN);
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
    let english = hits(words, &ENGLISH);
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

fn hits(words: &[&str], list: &HashSet<&str>) -> usize {
    words.iter().filter(|word| list.contains(*word)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

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
