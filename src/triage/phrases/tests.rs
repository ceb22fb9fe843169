//! What a phrase finds, and what it does not.

use super::*;

fn finds(phrases: &[&str], except: &[&str], text: &str) -> Vec<String> {
    let mut all = Phrases::default();
    let mut ids = |texts: &[&str]| -> Vec<usize> {
        texts.iter().map(|text| all.phrase(text).unwrap()).collect()
    };
    let (phrases, except) = (ids(phrases), ids(except));
    let list = all.list(phrases, except);
    let scan = all.scan(text);
    scan.hits(list)
        .iter()
        .map(|hit| text[scan.bytes(*hit, 0)].to_owned())
        .collect()
}

#[test]
fn finds_phrases_in_any_inflection() {
    for (phrase, text, expected) in [
        ("не работает", "Импорты НЕ\nработают!", "НЕ\nработают"),
        ("ошибка", "куча ошибок", "ошибок"),
        ("не *ется", "Уже не скачивается", "не скачивается"),
        ("завантаж*", "не завантажується", "завантажується"),
        ("пустой файл", "в пустом файле", "пустом файле"),
        ("doesn't work", "It doesn’t work", "doesn’t work"),
        ("stuck", "it is stuck", "stuck"),
        ("все ещё", "всё еще", "всё еще"),
        ("не работает", "poisk ne rabotaet", "ne rabotaet"),
        ("прайс", "ne gruzitsya prais", "prais"),
        ("поиск", "gjbcr yt hf,jnftn", "gjbcr"),
        ("маркетплейс*", "на маркетплесе пусто", "маркетплесе"),
        ("выгрузка", "выгурзка", "выгурзка"),
    ] {
        assert_eq!(
            finds(&[phrase], &[], text),
            [expected],
            "{phrase} in {text}"
        );
    }
    for (phrase, text) in [
        ("не работает", "не. Работает"),
        ("не работает", "не всегда работает"),
        ("ошибка", "ошейник"),
        ("завантаж*", "вантаж"),
        ("нет", "не"),
        ("=завис", "зависит"),
    ] {
        assert!(finds(&[phrase], &[], text).is_empty(), "{phrase} in {text}");
    }
}

#[test]
fn an_exception_takes_away_only_what_it_covers() {
    let found = finds(
        &["ошибка"],
        &["без ошибок", "ошибок нет"],
        "Вчера без ошибок, сегодня ошибка, завтра ошибок нет",
    );
    assert_eq!(found, ["ошибка"]);
}

#[test]
fn the_nearest_group_wins() {
    let mut all = Phrases::default();
    let mut list = |text: &str| {
        let phrase = all.phrase(text).unwrap();
        all.list(vec![phrase], Vec::new())
    };
    let lists = [list("импорт"), list("завис")];
    let text = "Импорт был давно. Сегодня снова импорт вдруг завис на половине.";
    let scan = all.scan(text);
    let (span, distance) = scan.nearest(&lists, false).unwrap();
    assert_eq!(&text[scan.bytes(span, 0)], "импорт вдруг завис");
    assert_eq!(distance, 2);
    let ordered = |text: &str| all.scan(text).nearest(&lists, true).map(|(_, d)| d);
    assert_eq!(ordered("завис он, импорт"), None);
    assert_eq!(ordered("завис, импорт, завис"), Some(1));
    assert_eq!(all.scan("импорт прошёл").nearest(&lists, false), None);
}

#[test]
fn refuses_what_cannot_be_looked_for() {
    let mut all = Phrases::default();
    assert_eq!(all.phrase(" - "), Err(BadPhrase::Empty));
    assert_eq!(all.phrase("a b c d e f g h i"), Err(BadPhrase::TooLong));
    assert_eq!(all.phrase("за*"), Err(BadPhrase::ShortPrefix));
    assert_eq!(all.phrase("не *я"), Err(BadPhrase::ShortSuffix));
    assert_eq!(all.phrase("импорт"), all.phrase("ИМПОРТ"));
}
