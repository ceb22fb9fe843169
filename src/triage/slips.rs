//! What a writer meant who had no Cyrillic keyboard, or forgot to switch it.
//!
//! "ne gruzitsya prais" is Russian in Latin letters, "yt hf,jnftn" is "не работает" typed with the
//! English layout. Which of the two a text is, or neither, is told by the small words that no
//! sentence does without.

use super::words::{Token, tokenise};

/// Small words of Russian and Ukrainian as people write them in Latin letters.
const IN_LATIN: &[&str] = &[
    "ne",
    "na",
    "po",
    "chto",
    "shto",
    "kak",
    "eto",
    "vse",
    "dlya",
    "pri",
    "iz",
    "nas",
    "vas",
    "net",
    "uzhe",
    "uje",
    "mne",
    "pochemu",
    "kogda",
    "gde",
    "est",
    "esli",
    "tolko",
    "opyat",
    "zdravstvuyte",
    "zdravstvuite",
    "privet",
    "dobryy",
    "dobriy",
    "dobryi",
    "den",
    "pozhaluysta",
    "pojaluysta",
    "pozhaluista",
    "spasibo",
    "proshu",
    "mozhno",
    "nado",
    "nujno",
    "nuzhno",
    "ili",
    "ego",
    "ih",
    "tam",
    "tut",
    "vam",
    "nam",
    "vashi",
    "nashi",
    "vchera",
    "segodnya",
    "utra",
    "posle",
    "bolshe",
    "ni",
    "bez",
    "kuda",
    "chego",
    "ya",
    "vy",
    "moy",
    "takoe",
    "nichego",
    "sovsem",
    "pomogite",
    "ta",
    "chy",
    "shcho",
    "scho",
    "yak",
    "tse",
    "vsi",
    "nemaye",
    "nemae",
    "vzhe",
    "meni",
    "chomu",
    "koly",
    "yakshcho",
    "tilky",
    "znovu",
    "dobryi",
    "dyakuyu",
    "proshu",
    "budlaska",
    "treba",
    "mozhna",
    "uchora",
    "vchora",
    "sogodni",
    "pislya",
    "nichoho",
    "zovsim",
    "dopomozhit",
    "pratsyuye",
];

/// Small words of Russian and Ukrainian, of which one typed with the English layout makes no word.
const IN_CYRILLIC: &[&str] = &[
    "не",
    "на",
    "по",
    "что",
    "как",
    "это",
    "все",
    "для",
    "при",
    "из",
    "нас",
    "вас",
    "нет",
    "уже",
    "мне",
    "почему",
    "когда",
    "где",
    "есть",
    "если",
    "только",
    "опять",
    "здравствуйте",
    "добрый",
    "день",
    "пожалуйста",
    "спасибо",
    "прошу",
    "можно",
    "надо",
    "нужно",
    "или",
    "вам",
    "нам",
    "вчера",
    "сегодня",
    "утра",
    "после",
    "больше",
    "без",
    "куда",
    "ничего",
    "помогите",
    "та",
    "що",
    "як",
    "це",
    "всі",
    "немає",
    "вже",
    "мені",
    "чому",
    "коли",
    "якщо",
    "тільки",
    "знову",
    "дякую",
    "треба",
    "можна",
    "вчора",
    "сьогодні",
    "після",
    "нічого",
    "допоможіть",
    "поиск",
    "пошук",
    "работает",
    "працює",
];

/// Small words of English: a text with more of them is English.
const ENGLISH: &[&str] = &[
    "the", "is", "and", "to", "of", "in", "for", "we", "our", "it", "not", "on", "a", "with",
    "you", "have", "this", "i", "my", "are", "be", "do", "does", "no", "can", "how", "but", "from",
    "was", "has", "your", "at", "all", "please", "when", "what", "why", "after",
];

/// The letters of the two keyboards, key by key.
const KEYS: &[(char, char)] = &[
    ('q', 'й'),
    ('w', 'ц'),
    ('e', 'у'),
    ('r', 'к'),
    ('t', 'е'),
    ('y', 'н'),
    ('u', 'г'),
    ('i', 'ш'),
    ('o', 'щ'),
    ('p', 'з'),
    ('[', 'х'),
    (']', 'ъ'),
    ('a', 'ф'),
    ('s', 'ы'),
    ('d', 'в'),
    ('f', 'а'),
    ('g', 'п'),
    ('h', 'р'),
    ('j', 'о'),
    ('k', 'л'),
    ('l', 'д'),
    (';', 'ж'),
    ('\'', 'э'),
    ('z', 'я'),
    ('x', 'ч'),
    ('c', 'с'),
    ('v', 'м'),
    ('b', 'и'),
    ('n', 'т'),
    ('m', 'ь'),
    (',', 'б'),
    ('.', 'ю'),
    ('`', 'е'),
    ('{', 'х'),
    ('}', 'ъ'),
    (':', 'ж'),
    ('"', 'э'),
    ('<', 'б'),
    ('>', 'ю'),
];

/// Latin spellings of Russian letters, longer ones first.
const RUSSIAN: &[(&str, &str)] = &[
    ("shch", "щ"),
    ("tsya", "тся"),
    ("tsja", "тся"),
    ("tsia", "тся"),
    ("sch", "щ"),
    ("zh", "ж"),
    ("kh", "х"),
    ("ts", "ц"),
    ("ch", "ч"),
    ("sh", "ш"),
    ("yu", "ю"),
    ("ju", "ю"),
    ("ya", "я"),
    ("ja", "я"),
    ("yo", "е"),
    ("jo", "е"),
    ("ye", "е"),
    ("je", "е"),
    ("a", "а"),
    ("b", "б"),
    ("c", "ц"),
    ("d", "д"),
    ("e", "е"),
    ("f", "ф"),
    ("g", "г"),
    ("h", "х"),
    ("i", "и"),
    ("j", "й"),
    ("k", "к"),
    ("l", "л"),
    ("m", "м"),
    ("n", "н"),
    ("o", "о"),
    ("p", "п"),
    ("q", "к"),
    ("r", "р"),
    ("s", "с"),
    ("t", "т"),
    ("u", "у"),
    ("v", "в"),
    ("w", "в"),
    ("x", "х"),
    ("y", "ы"),
    ("z", "з"),
    ("4", "ч"),
    ("6", "ш"),
];

/// The same for Ukrainian where it differs.
const UKRAINIAN: &[(&str, &str)] = &[
    ("tsya", "ться"),
    ("tsia", "ться"),
    ("yi", "ї"),
    ("ye", "є"),
    ("je", "є"),
    ("ie", "є"),
    ("h", "г"),
    ("i", "і"),
    ("y", "и"),
];

/// The words of a text: where it is Russian or Ukrainian in Latin letters or in the wrong layout,
/// with what was meant beside what stands there.
pub fn read(text: &str) -> Vec<Token> {
    let mut tokens = tokenise(text);
    let is_cyrillic = |c: char| matches!(c, '\u{400}'..='\u{4ff}');
    if text.chars().any(is_cyrillic) {
        return tokens;
    }
    let count = |known: &[&str]| {
        tokens
            .iter()
            .filter(|t| known.contains(&t.word.as_str()))
            .count()
    };
    let english = count(ENGLISH);
    if count(IN_LATIN) > english {
        for token in &mut tokens {
            token.also = in_cyrillic(&token.word);
        }
        return tokens;
    }
    if english == 0
        && let Some(meant) = switched(text)
    {
        return meant;
    }
    tokens
}

/// A text in the other layout, when that makes words of it. Its words stand where the typed ones
/// do, between blanks: a comma is a letter there.
fn switched(text: &str) -> Option<Vec<Token>> {
    let other = |c: char| {
        let lower = c.to_ascii_lowercase();
        let key = KEYS.iter().find(|(latin, _)| *latin == lower);
        key.map_or(c, |(_, cyrillic)| *cyrillic)
    };
    let mut found = false;
    let mut tokens = Vec::new();
    let mut place = 0;
    let mut at = 0;
    for whole in text.split_inclusive(char::is_whitespace) {
        let (start, piece) = (at, whole.trim_end());
        at += whole.len();
        if piece.is_empty() {
            continue;
        }
        // the mark at the end may be a mark after all
        let bare = piece.trim_end_matches(['.', ',', '!', '?', ':', ';']);
        let also: Vec<String> = [piece, bare]
            .iter()
            .map(|form| form.chars().map(other).collect())
            .collect();
        found |= also.iter().any(|form| IN_CYRILLIC.contains(&form.as_str()));
        place += 1;
        tokens.push(Token {
            start,
            end: start + piece.len(),
            place,
            word: bare.to_lowercase(),
            also,
        });
    }
    found.then_some(tokens)
}

/// What a word in Latin letters may be in Cyrillic: read as Russian, with и or й where either may
/// stand, and as Ukrainian.
fn in_cyrillic(word: &str) -> Vec<String> {
    if !word.is_ascii() || !word.bytes().any(|b| b.is_ascii_alphabetic()) {
        return Vec::new();
    }
    let russian = spelt(word, &[RUSSIAN]);
    let mut forms = vec![
        with_short_i(&russian, &['ы']),
        with_short_i(&russian, &['ы', 'и']),
    ];
    forms.push(with_short_i(&spelt(word, &[UKRAINIAN, RUSSIAN]), &['и']));
    forms.dedup();
    forms
}

fn spelt(word: &str, tables: &[&[(&str, &str)]]) -> String {
    let mut out = String::new();
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let longest = tables
            .iter()
            .flat_map(|table| table.iter())
            .filter(|(latin, _)| rest.starts_with(latin))
            // the first table wins among spellings of one length
            .rev()
            .max_by_key(|(latin, _)| latin.len());
        match longest {
            Some((latin, cyrillic)) => {
                out.push_str(cyrillic);
                rest = rest.get(latin.len()..).unwrap_or_default();
            }
            None => {
                out.push(first);
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
        }
    }
    out
}

/// After a vowel these letters are й.
fn with_short_i(word: &str, letters: &[char]) -> String {
    let mut out = String::new();
    let mut after_vowel = false;
    for c in word.chars() {
        let is_short = after_vowel && letters.contains(&c);
        out.push(if is_short { 'й' } else { c });
        after_vowel = "аеиоуыэюяіїє".contains(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(text: &str) -> Vec<Vec<String>> {
        read(text).into_iter().map(|token| token.also).collect()
    }

    fn may_be(text: &str, words: &[&str]) {
        let found = meant(text);
        assert_eq!(found.len(), words.len(), "{text}: {found:?}");
        for (forms, word) in found.iter().zip(words) {
            assert!(
                forms.iter().any(|form| form == word),
                "{text}: {word} in {forms:?}"
            );
        }
    }

    #[test]
    fn latin_letters_are_read_as_russian_and_ukrainian() {
        may_be("ne gruzitsya prais", &["не", "грузится", "прайс"]);
        may_be(
            "poisk nichego ne nahodit",
            &["поиск", "ничего", "не", "находит"],
        );
        may_be(
            "Zdravstvuyte, vygruzka ne idet",
            &["здравствуйте", "выгрузка", "не", "идет"],
        );
        may_be("poshuk ne pratsyuye", &["пошук", "не", "працює"]);
        may_be("tsiny ne onovlyuyut'sya", &["ціни", "не", "оновлюються"]);
    }

    #[test]
    fn the_wrong_layout_is_read_in_the_other_one() {
        may_be("gjbcr yt hf,jnftn", &["поиск", "не", "работает"]);
        may_be("Ghfqc yt pfuhe;ftncz!", &["прайс", "не", "загружается"]);
    }

    #[test]
    fn what_is_written_as_it_is_meant_stays() {
        for text in [
            "The import is not working, please help",
            "Import fails",
            "Не грузится prais",
            "no results",
            "",
        ] {
            assert!(meant(text).iter().all(Vec::is_empty), "{text}");
        }
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "yt  hf,jnftn, ghfqc";
        let read = read(text);
        let cut: Vec<&str> = read
            .iter()
            .map(|token| &text[token.start..token.end])
            .collect();
        assert_eq!(cut, ["yt", "hf,jnftn,", "ghfqc"]);
    }
}
