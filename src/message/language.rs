//! The language of a text, short ones included: letters that only one language has, then common
//! words, then whatlang.

use whatlang::{Detector, Lang};

use crate::language::Language;

/// A language shows itself in fewer characters than this; the rest is not looked at.
const LOOK_AT: usize = 1_500;

const ENGLISH: &[&str] = &[
    "the", "and", "not", "you", "your", "our", "with", "please", "thanks", "thank", "hello", "hi",
    "how", "does", "doesn't", "don't", "can't", "cannot", "this", "that", "have", "has", "from",
    "what", "when", "why", "where", "works", "working", "error", "failed", "it", "my", "for",
    "regards", "dear", "help", "need", "would", "is", "are", "we", "been", "yes", "ok", "great",
];
const RUSSIAN: &[&str] = &[
    "что",
    "как",
    "это",
    "нет",
    "для",
    "или",
    "спасибо",
    "здравствуйте",
    "добрый",
    "почему",
    "пожалуйста",
    "день",
    "когда",
    "работает",
    "если",
    "уже",
    "очень",
    "есть",
    "где",
    "надо",
    "нужно",
    "вопрос",
    "все",
    "привет",
    "помогите",
    "после",
    "только",
    "можно",
];
const UKRAINIAN: &[&str] = &[
    "що",
    "як",
    "це",
    "немає",
    "або",
    "дякую",
    "добрий",
    "чому",
    "будь",
    "ласка",
    "коли",
    "та",
    "працює",
    "якщо",
    "вже",
    "дуже",
    "де",
    "треба",
    "потрібно",
    "питання",
    "допоможіть",
    "вітаю",
    "пошук",
    "прошу",
    "замовлення",
    "щоб",
    "але",
    "буде",
];

/// Which of the desk's languages a text is in; `None` when it is another one or cannot be told.
pub fn detect(text: &str) -> Option<Language> {
    let text: String = text.chars().take(LOOK_AT).collect();
    let words: Vec<String> = text
        .split_whitespace()
        // addresses and links say nothing of the language
        .filter(|word| !word.contains('@') && !word.contains("://"))
        .map(|word| {
            word.trim_matches(|c: char| !c.is_alphanumeric())
                .to_lowercase()
        })
        .filter(|word| !word.is_empty())
        .collect();
    let letters = || words.iter().flat_map(|word| word.chars());
    let cyrillic = letters()
        .filter(|c| matches!(c, '\u{400}'..='\u{52f}'))
        .count();
    let latin = letters()
        .filter(|c| c.is_alphabetic() && *c < '\u{250}')
        .count();
    let other = letters().filter(|c| c.is_alphabetic()).count() - cyrillic - latin;
    if other > cyrillic + latin {
        return None;
    }
    // error messages in English stand in mails of every language
    if cyrillic > 0 && cyrillic * 4 >= latin {
        return of_cyrillic(&words, letters());
    }
    if latin > 0 {
        of_latin(&text, &words)
    } else {
        None
    }
}

fn of_cyrillic(words: &[String], letters: impl Iterator<Item = char>) -> Option<Language> {
    let (mut russian, mut ukrainian, mut length) = (0usize, 0usize, 0usize);
    for letter in letters {
        length += 1;
        match letter {
            'ы' | 'э' | 'ё' => russian += 1,
            'і' | 'ї' | 'є' | 'ґ' => ukrainian += 1,
            // Belarusian, Serbian, Macedonian, Kazakh and their neighbours
            'ў' | 'ј' | 'љ' | 'њ' | 'ћ' | 'ђ' | 'џ' | 'ѓ' | 'ќ' | 'ә' | 'ғ' | 'қ' | 'ң' | 'ө'
            | 'ұ' | 'ү' | 'һ' => return None,
            _ => {}
        }
    }
    russian += 2 * hits(words, RUSSIAN);
    ukrainian += 2 * hits(words, UKRAINIAN);
    match russian.cmp(&ukrainian) {
        std::cmp::Ordering::Less => return Some(Language::Uk),
        std::cmp::Ordering::Greater => return Some(Language::Ru),
        std::cmp::Ordering::Equal => {}
    }
    if length < 2 {
        return None;
    }
    let detector = Detector::with_allowlist(vec![
        Lang::Rus,
        Lang::Ukr,
        Lang::Bul,
        Lang::Srp,
        Lang::Bel,
        Lang::Mkd,
    ]);
    let is_cyrillic = |word: &&String| word.chars().all(|c| matches!(c, '\u{400}'..='\u{52f}'));
    let text: Vec<&str> = words
        .iter()
        .filter(is_cyrillic)
        .map(String::as_str)
        .collect();
    match detector.detect_lang(&text.join(" "))? {
        Lang::Rus => Some(Language::Ru),
        Lang::Ukr => Some(Language::Uk),
        // a few words of Russian look like any of its neighbours
        _ if length < 60 => Some(Language::Ru),
        _ => None,
    }
}

fn of_latin(text: &str, words: &[String]) -> Option<Language> {
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

fn hits(words: &[String], list: &[&str]) -> usize {
    words
        .iter()
        .filter(|word| list.contains(&word.as_str()))
        .count()
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
