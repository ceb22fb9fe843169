//! Text to words: where each stands, its normal form, and the stems that its inflected forms
//! share.

use std::borrow::Cow;

use snowball_stemmers_rs::{Algorithm, Stemmer};

/// How many places a sentence end, a blank line or a list bullet counts for, so that words of one
/// sentence are nearer to each other than to their neighbours in the next.
const SENTENCE_GAP: usize = 5;

/// The same for a question mark: what follows is rarely part of what was asked.
const QUESTION_GAP: usize = 15;

/// Longer runs of letters are no words of a human language; they are not stemmed.
const LONGEST_WORD: usize = 40;

/// A stem of fewer letters says too little (the Ukrainian one of "оплати" is "оп").
const SHORTEST_STEM: usize = 3;

/// One word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where it begins in the text, in bytes.
    pub start: usize,
    /// Where it ends, in bytes.
    pub end: usize,
    /// Its place among the words, stretched at the ends of sentences.
    pub place: usize,
    /// Its normal form: see [`tokenise`].
    pub word: String,
    /// What was meant by it, where it was written in other letters: see [`super::slips`].
    pub also: Vec<String>,
}

/// Splits a text into words and brings them to a normal form: lower case, ё as е, ґ as г, no
/// apostrophes, accents, soft hyphens or invisible characters, Latin look-alikes inside a
/// Cyrillic word read as Cyrillic. Hyphens separate words. A URL counts as one word without
/// letters. Linear in the length of the text.
pub fn tokenise(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut open: Option<Token> = None;
    let mut place = 0;
    let mut skip_to = 0;
    for (at, c) in text.char_indices() {
        if at < skip_to {
            continue;
        }
        let rest = text.get(at..).unwrap_or_default();
        let after = at + c.len_utf8();
        if is_letter_or_digit(c) && !is_apostrophe(c) {
            if open.is_none() {
                place += 1;
                if is_url(rest) {
                    skip_to = at + rest.find(char::is_whitespace).unwrap_or(rest.len());
                    continue;
                }
            }
            let token = open.get_or_insert_with(|| Token {
                start: at,
                end: after,
                place,
                word: String::new(),
                also: Vec::new(),
            });
            token.end = after;
            push_folded(&mut token.word, c);
        } else if let Some(token) = open.as_mut()
            && is_inside_word(c, rest)
        {
            compose(&mut token.word, c);
            token.end = after;
        } else {
            tokens.extend(open.take().map(finished));
            place += gap_after(c, rest);
        }
    }
    tokens.extend(open.map(finished));
    tokens
}

/// A text for comparison as a whole: trimmed, lower case, ё as е.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.trim().chars() {
        push_folded(&mut folded, c);
    }
    folded
}

/// The three stemmers.
pub struct Stems {
    russian: Stemmer,
    ukrainian: Stemmer,
    english: Stemmer,
}

impl Default for Stems {
    fn default() -> Self {
        Self {
            russian: Stemmer::create(Algorithm::Russian),
            ukrainian: Stemmer::create(Algorithm::Ukrainian),
            english: Stemmer::create(Algorithm::English),
        }
    }
}

impl std::fmt::Debug for Stems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stems")
    }
}

/// A stem and the language whose rules made it: stems of different languages are not compared.
pub type Stem<'w> = (char, Cow<'w, str>);

impl Stems {
    /// The stems of a normal form: Russian and Ukrainian ones for Cyrillic letters (few words tell
    /// which of the two they are), an English one for Latin. None for very short or very long
    /// words and for those with digits: they match by their normal form alone.
    pub fn of<'w>(&self, word: &'w str) -> impl Iterator<Item = Stem<'w>> + use<'w> {
        let mut stems = Vec::new();
        let length = word.chars().count();
        let is_word = (SHORTEST_STEM..=LONGEST_WORD).contains(&length);
        if is_word && word.chars().all(|c| c.is_ascii_lowercase()) {
            stems.push(('e', self.english.stem(word)));
        } else if is_word && word.chars().all(is_cyrillic) {
            stems.push(('r', self.russian.stem(word)));
            stems.push(('u', self.ukrainian.stem(word)));
            if let Some(stem) = without_fleeting_vowel(word) {
                stems.push(('r', Cow::Owned(stem.clone())));
                stems.push(('u', Cow::Owned(stem)));
            }
        }
        stems
            .into_iter()
            .filter(|(_, stem)| stem.chars().count() >= SHORTEST_STEM)
    }
}

/// The stem that "ошибок" shares with "ошибка", "карточек" with "карточка" and "список" with
/// "списка": the stemmers know nothing of the vowel that comes and goes.
fn without_fleeting_vowel(word: &str) -> Option<String> {
    let head = word
        .strip_suffix("ок")
        .or_else(|| word.strip_suffix("ек"))?;
    (head.chars().count() >= SHORTEST_STEM).then(|| format!("{head}к"))
}

/// The same as `is_alphanumeric`, without its tables for the letters that we see.
fn is_letter_or_digit(c: char) -> bool {
    match c {
        '\0'..='\u{7f}' => c.is_ascii_alphanumeric(),
        'А'..='я' => true,
        c => c.is_alphanumeric(),
    }
}

fn push_folded(word: &mut String, c: char) {
    // the letters that we see, without the standard library's tables
    match c {
        '\0'..='\u{7f}' => return word.push(c.to_ascii_lowercase()),
        'а'..='я' => return word.push(c),
        'А'..='Я' => {
            let lower = u32::from(c) + (u32::from('а') - u32::from('А'));
            return word.push(char::from_u32(lower).unwrap_or(c));
        }
        _ => {}
    }
    for c in c.to_lowercase() {
        word.push(match c {
            'ё' => 'е',
            'ґ' => 'г',
            c => c,
        });
    }
}

/// A letter followed by a combining mark, as macOS writes й and ї, becomes the one letter.
fn compose(word: &mut String, mark: char) {
    let composed = match (word.chars().next_back(), mark) {
        (Some('и'), '\u{306}') => 'й',
        (Some('і'), '\u{308}') => 'ї',
        _ => return,
    };
    word.pop();
    word.push(composed);
}

fn is_inside_word(c: char, rest: &str) -> bool {
    match c {
        // soft hyphen, zero-width characters, combining accents
        '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{300}'..='\u{36f}' => {
            true
        }
        c => is_apostrophe(c) && rest.chars().nth(1).is_some_and(char::is_alphabetic),
    }
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʼ' | '`' | '´' | '′')
}

fn gap_after(c: char, rest: &str) -> usize {
    let mut next = rest.chars().skip(1);
    let ends_sentence = match c {
        '?' => return QUESTION_GAP,
        '!' | '…' => true,
        '.' => next.next().is_none_or(char::is_whitespace),
        // a blank line, or a list item: the mere end of a line may be a wrapped sentence
        '\n' => next
            .find(|c| *c == '\n' || !c.is_whitespace())
            .is_some_and(|c| !c.is_alphabetic()),
        _ => false,
    };
    if ends_sentence { SENTENCE_GAP } else { 0 }
}

fn is_url(rest: &str) -> bool {
    ["http://", "https://", "www."].iter().any(|head| {
        rest.get(..head.len())
            .is_some_and(|r| r.eq_ignore_ascii_case(head))
    })
}

fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{400}'..='\u{4ff}')
}

fn finished(mut token: Token) -> Token {
    let word = &token.word;
    if word.chars().any(is_cyrillic) && word.chars().any(|c| c.is_ascii_alphabetic()) {
        token.word = word.chars().map(as_cyrillic).collect();
    }
    token
}

fn as_cyrillic(c: char) -> char {
    match c {
        'a' => 'а',
        'b' => 'в',
        'c' => 'с',
        'e' => 'е',
        'h' => 'н',
        'i' => 'і',
        'k' => 'к',
        'm' => 'м',
        'o' => 'о',
        'p' => 'р',
        't' => 'т',
        'x' => 'х',
        'y' => 'у',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokenise(text).into_iter().map(|token| token.word).collect()
    }

    #[test]
    fn brings_words_to_one_form() {
        for (text, expected) in [
            ("Ещё ЁЛКА", "еще елка"),
            ("прайс-лист, 40%", "прайс лист 40"),
            ("doesn’t don't `quoted'", "doesnt dont quoted"),
            (
                "комп'ютер комп’ютер компʼютер",
                "компютер компютер компютер",
            ),
            ("им\u{ad}порт пере\u{301}нос", "импорт перенос"),
            ("загрузии\u{306} ї = і\u{308}", "загрузий ї ї"),
            // a Latin c and a Latin o inside a Cyrillic word
            ("пoиcк", "поиск"),
            ("см. https://shop.example/import/error тут", "см тут"),
            ("", ""),
        ] {
            assert_eq!(words(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn sentences_lie_apart_and_wrapped_lines_do_not() {
        let places =
            |text: &str| -> Vec<usize> { tokenise(text).iter().map(|token| token.place).collect() };
        assert_eq!(places("импорт не\nработает"), [1, 2, 3]);
        assert_eq!(places("импорт. Завис"), [1, 2 + SENTENCE_GAP]);
        assert_eq!(places("импорт\n\nзавис"), [1, 2 + SENTENCE_GAP]);
        assert_eq!(places("импорт\r\n\r\nзавис"), [1, 2 + SENTENCE_GAP]);
        assert_eq!(places("импорт? Завис"), [1, 2 + QUESTION_GAP]);
        assert_eq!(places("импорт\n- завис"), [1, 2 + SENTENCE_GAP]);
        assert_eq!(places("v1.5 file.csv"), [1, 2, 3, 4]);
    }

    #[test]
    fn tokens_point_into_the_text() {
        let text = "Ой, не загружа\u{ad}ется!";
        let cut: Vec<&str> = tokenise(text)
            .iter()
            .map(|token| &text[token.start..token.end])
            .collect();
        assert_eq!(cut, ["Ой", "не", "загружа\u{ad}ется"]);
    }

    #[test]
    fn inflected_forms_share_a_stem() {
        let stems = Stems::default();
        let share = |a: &str, b: &str| stems.of(a).any(|stem| stems.of(b).any(|s| s == stem));
        for (a, b) in [
            ("импорт", "импортом"),
            ("ошибка", "ошибками"),
            ("ошибка", "ошибок"),
            ("помилка", "помилок"),
            ("карточка", "карточек"),
            ("список", "списка"),
            ("выгрузка", "выгрузкой"),
            ("загрузка", "загрузки"),
            ("помилка", "помилки"),
            ("пошук", "пошуку"),
            ("fails", "failing"),
            ("import", "imports"),
        ] {
            assert!(share(a, b), "{a} and {b}");
        }
        for (a, b) in [("импорт", "экспорт"), ("цена", "центр"), ("не", "нет")]
        {
            assert!(!share(a, b), "{a} and {b}");
        }
        assert_eq!(
            stems.of("оплати").find(|(language, _)| *language == 'u'),
            None
        );
        assert_eq!(stems.of(&"ы".repeat(100_000)).count(), 0);
    }
}
