//! `rules test --corpus`: an mbox, and mail that people labelled.

use std::fs;

use serde_json::{Value, json};

use crate::place::{MAIL, Place, assert_fields};

const RULES: &str = r#"
[[rule]]
id = "import"
when = { all = [{ contains = "import" }, { contains = "fails" }] }
then = { priority = "high", category = "import" }
"#;

fn corpus(place: &Place, path: &str) -> Value {
    place.json(&["rules", "test", "rules.toml", "--corpus", path])["corpus"].take()
}

#[test]
fn the_mails_of_an_mbox_are_counted_one_by_one() {
    let place = Place::without_database();
    fs::write(place.path().join("rules.toml"), RULES).unwrap();
    let mut mbox = b"From olga@shop.example Sat Jan  3 01:05:34 2026\n".to_vec();
    mbox.extend(MAIL);
    mbox.extend(b">From here on the import fails.\n\nFrom - Sat Jan  3 01:06:00 2026\n");
    mbox.extend(b"Subject: hi\n\nhello there\n");
    fs::create_dir(place.path().join("corpus")).unwrap();
    fs::write(place.path().join("corpus/archive"), &mbox).unwrap();
    let counts = corpus(&place, "corpus/archive");
    assert_eq!(
        (&counts["mails"], &counts["matched"]),
        (&2.into(), &1.into())
    );
    assert_eq!(counts["labelled"], Value::Null);
    // in a directory it is known by its name
    let ended = place.run(&["rules", "test", "rules.toml", "--corpus", "corpus"]);
    assert_eq!((ended.code, ended.out.as_str()), (1, ""));
    assert!(
        ended.err.contains("there is no mail in corpus"),
        "{}",
        ended.err
    );
    fs::write(place.path().join("corpus/archive.mbox"), &mbox).unwrap();
    fs::write(place.path().join("corpus/one.eml"), &mbox).unwrap();
    assert_eq!(corpus(&place, "corpus")["mails"], 3);
}

#[test]
fn labelled_mail_says_how_right_the_rules_are() {
    let place = Place::without_database();
    fs::write(place.path().join("rules.toml"), RULES).unwrap();
    let lines = [
        json!({"lang": "en", "subject": "Import", "text": "It fails", "high": true, "category": "import"}),
        json!({"lang": "en", "subject": "", "text": "The import never fails. Thanks!", "high": false, "category": "", "about": "thanks"}),
        json!({"lang": "ru", "subject": "Импорт", "text": "Импорт \u{1b}[31mвстал", "about": "failure", "category": "import"}),
        json!({"subject": "hi", "text": "hello"}),
    ];
    let text = lines.map(|line| line.to_string()).join("\n\n");
    fs::write(place.path().join("mine.jsonl"), text).unwrap();
    let counts = corpus(&place, "mine.jsonl");
    assert_eq!(
        (&counts["mails"], &counts["matched"]),
        (&4.into(), &2.into())
    );
    let labelled = &counts["labelled"];
    assert_fields(
        labelled,
        "labelled, high, precision, recall, category, languages, wrong_count, wrong",
    );
    let score = |of: &Value| {
        ["labelled", "high", "precision", "recall", "category"].map(|name| of[name].clone())
    };
    let third = json!(1.0 / 3.0);
    assert_eq!(
        score(labelled),
        [json!(3), json!(2), json!(0.5), json!(0.5), third]
    );
    let languages = labelled["languages"].as_array().unwrap();
    assert_eq!(
        (&languages[0]["language"], languages.len()),
        (&"en".into(), 2)
    );
    assert_eq!(
        score(&languages[1]),
        [json!(1), json!(1), Value::Null, json!(0.0), json!(0.0)]
    );
    assert_eq!(labelled["wrong_count"], 2);
    let alarm = &labelled["wrong"][0];
    assert_eq!(
        (&alarm["file"], &alarm["line"]),
        (&"mine.jsonl".into(), &3.into())
    );
    assert_eq!(alarm["expected"], "not high, no category");
    assert_eq!(alarm["found"], "high, import");
    assert_eq!(alarm["because"][0]["rule"], "import");
    assert!(
        alarm["because"][0]["excerpt"]
            .as_str()
            .unwrap()
            .contains("import")
    );
    // what was found, and was not enough
    let missed = &labelled["wrong"][1]["because"];
    assert_eq!(missed, &json!([]), "the word stands there in Russian");
    let page = place.text(&["rules", "test", "rules.toml", "--corpus", "mine.jsonl"]);
    for said in [
        "mine.jsonl:5  Импорт\n  Импорт [31mвстал\n  expected high, import; found normal, no category\n",
        "  import: new_text: ",
        "2 mails wrong\n",
    ] {
        assert!(page.contains(said), "{said:?} in {page}");
    }
    fs::write(place.path().join("mine.jsonl"), "{\"subject\": \"x\"}\n").unwrap();
    let ended = place.run(&["rules", "test", "rules.toml", "--corpus", "mine.jsonl"]);
    assert_eq!((ended.code, ended.out.as_str()), (1, ""));
    assert!(
        ended.err.contains("mine.jsonl:1: no labelled mail: "),
        "{}",
        ended.err
    );
}

#[test]
fn of_many_wrong_ones_the_first_are_shown() {
    let place = Place::without_database();
    fs::write(place.path().join("rules.toml"), RULES).unwrap();
    let line = r#"{"subject": "", "text": "the import is slow", "high": true}"#;
    let lines = vec![line; 25].join("\n");
    fs::write(place.path().join("mine.jsonl"), lines).unwrap();
    let counts = corpus(&place, "mine.jsonl");
    let labelled = &counts["labelled"];
    assert_eq!(labelled["wrong_count"], 25);
    let wrong = labelled["wrong"].as_array().unwrap();
    assert_eq!(wrong.len(), 20);
    let nearly = &wrong[0]["because"][0];
    assert_eq!(
        (&nearly["rule"], &nearly["matched"]),
        (&"import".into(), &false.into())
    );
    let page = place.text(&["rules", "test", "rules.toml", "--corpus", "mine.jsonl"]);
    assert!(
        page.contains("25 mails wrong, of which the first 20\n"),
        "{page}"
    );
    assert!(page.contains("  nearly import: new_text: "), "{page}");
}
