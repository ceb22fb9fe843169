use super::*;

/// Texts of two kinds, whose words tell them apart.
fn examples() -> Vec<Example> {
    let things = ["прайс", "файл", "каталог", "товар"];
    let suppliers = [
        "Меркурий",
        "Восток",
        "Альфа",
        "Орион",
        "Сатурн",
        "Рассвет",
        "Юг",
        "Омега",
    ];
    let kinds = [
        ("failure", "import", "опять пусто, ничего не пришло от"),
        (
            "failure",
            "export",
            "на площадке вчерашнее, ничего не ушло из",
        ),
        ("howto", "", "подскажите, как настроить для"),
    ];
    let mut examples = Vec::new();
    for thing in things {
        for supplier in suppliers {
            for (about, category, words) in kinds {
                examples.push(Example {
                    subject: thing.to_owned(),
                    text: format!("{words} {supplier}"),
                    about: about.to_owned(),
                    category: category.to_owned(),
                });
            }
        }
    }
    examples
}

fn likely(hints: &Hints, label: &str, text: &str) -> Prediction {
    let all = hints.predict(text);
    all.into_iter()
        .find(|prediction| prediction.label == label)
        .unwrap()
}

#[test]
fn what_was_learned_is_told_apart_and_explained_by_its_words() {
    let hints = train(&examples());
    assert_eq!(
        hints.labels().collect::<Vec<_>>(),
        ["export", "failure", "howto", "import"]
    );
    let text = "прайс\n\nопять ничего не пришло от Урала";
    let failure = likely(&hints, "failure", text);
    assert!(failure.probability > 0.8, "{failure:?}");
    assert!(failure.words.contains(&"ничего".to_owned()), "{failure:?}");
    let import = likely(&hints, "import", text);
    assert!(import.probability > likely(&hints, "export", text).probability);
    // a category is a kind of failure
    assert!(import.probability <= failure.probability);
    assert!(likely(&hints, "failure", "\n\nкак настроить").probability < 0.3);
    assert!(likely(&hints, "howto", "\n\nподскажите, как настроить").probability > 0.8);
}

#[test]
fn a_look_ahead_changes_nothing_but_the_waiting() {
    let hints = train(&examples());
    for text in [
        "прайс\n\nопять ничего не пришло от Урала",
        "\n\nкак настроить",
        "",
        "\n\nopyat nichego ne prishlo",
    ] {
        let at_once = hints.predict(text);
        hints.look_ahead(text);
        assert_eq!(hints.predict(text), at_once, "{text:?}");
        assert_eq!(hints.predict(text), at_once, "once more: {text:?}");
    }
}

#[test]
fn other_letters_and_layouts_say_the_same() {
    let hints = train(&examples());
    for text in ["\n\nopyat nichego ne prishlo", "\n\njgznm ybxtuj yt ghbikj"] {
        let failure = likely(&hints, "failure", text);
        assert!(failure.probability > 0.7, "{text}: {failure:?}");
    }
}

#[test]
fn the_same_examples_give_the_same_file_and_the_file_says_the_same() {
    let hints = train(&examples());
    let file = hints.write().unwrap();
    assert_eq!(file, train(&examples()).write().unwrap());
    let read = Hints::read(&file).unwrap();
    let text = "каталог\n\nна площадке вчерашнее";
    assert_eq!(read.predict(text), hints.predict(text));
    assert_eq!(read.examples(), examples().len());
}

#[test]
fn a_file_that_is_none_or_damaged_is_refused_with_what_to_do() {
    let file = train(&examples()).write().unwrap();
    let half = file.get(..file.len() / 2).unwrap();
    for bad in [&b""[..], b"hello", b"maildesk hints 9\n{}\n", half] {
        let problem = Hints::read(bad).unwrap_err();
        assert!(problem.contains("maildesk rules train"), "{problem}");
    }
}

#[test]
fn any_text_is_predicted_within_bounds() {
    let hints = train(&examples());
    let long = "опять ничего ".repeat(20_000);
    for text in [
        "",
        "\n\n",
        "?",
        "\u{0}\u{feff}",
        "a".repeat(100_000).as_str(),
        &long,
    ] {
        for prediction in hints.predict(text) {
            assert!(
                (0.0..=1.0).contains(&prediction.probability),
                "{prediction:?}"
            );
        }
    }
}

#[test]
fn cross_validation_counts_what_was_not_seen() {
    let quality = cross_validate(&examples(), 4);
    let failure = quality
        .iter()
        .find(|quality| quality.label == "failure")
        .unwrap();
    assert_eq!(failure.examples, 64);
    assert!(
        failure.precision > 0.9 && failure.recall > 0.9,
        "{failure:?}"
    );
}

#[test]
fn the_shipped_model_was_learned_from_the_shipped_examples() {
    let mut examples = shipped().unwrap();
    for (file, text) in crate::triage::BUILTIN {
        examples.extend(of_tests(file, text));
    }
    assert!(examples.len() > 10_000);
    let file = include_bytes!("../../../rules/hints.model");
    let hints = Hints::read(file).unwrap();
    assert!(
        hints.is_of(&examples),
        "the examples or tests of the pack changed: run `maildesk rules train --out rules/hints.model`"
    );
    let line = read("mine.jsonl", "{\"text\": \"x\"}\n\nhello").unwrap_err();
    assert!(line.starts_with("mine.jsonl:3: no example"), "{line}");
}
