//! `rules train`, and what becomes of what it learned.

use std::fs;

use serde_json::{Value, json};

use crate::place::{CONFIG, Place, assert_fields};

/// So many import failures, and enough of other things.
fn examples(place: &Place, imports: usize) {
    let line = |number: usize, text: &str, about: &str, category: &str| {
        let text = format!("{text}, case {number}");
        json!({"subject": "", "text": text, "about": about, "category": category}).to_string()
    };
    let mut lines = Vec::new();
    for number in 0..imports {
        let text = "the supplier's price list stopped halfway and half the rows are missing";
        lines.push(line(number, text, "failure", "import"));
    }
    for number in 0..20 {
        let text = "typing a part number into the catalogue shows an empty page";
        lines.push(line(number, text, "failure", "search"));
        let text = "thanks a lot for the quick answer, have a nice weekend";
        lines.push(line(number, text, "thanks", ""));
    }
    fs::write(place.path().join("mine.jsonl"), lines.join("\n")).unwrap();
}

fn train(place: &Place, args: &[&str]) -> Value {
    let args = [
        &["rules", "train", "mine.jsonl", "--only-these", "--json"],
        args,
    ]
    .concat();
    let ended = place.run(&args);
    assert_eq!(ended.code, 0, "{}", ended.err);
    serde_json::from_str(&ended.out).unwrap()
}

#[test]
fn hints_are_learned_from_a_file_alone() {
    let place = Place::without_database();
    examples(&place, 20);
    let args = "rules train mine.jsonl --only-these --out own.model --check";
    let args: Vec<&str> = args.split(' ').chain(["--json"]).collect();
    let ended = place.run_anywhere(&args, b"");
    assert_eq!(ended.code, 0, "{}", ended.err);
    let learned: Value = serde_json::from_str(&ended.out).unwrap();
    assert_fields(
        &learned,
        "file, bytes, examples, corrections, labels, quality",
    );
    assert_eq!(
        (&learned["examples"], &learned["corrections"]),
        (&60.into(), &0.into())
    );
    assert_eq!(
        learned["labels"],
        json!(["failure", "import", "search", "thanks"])
    );
    assert_eq!(learned["quality"][0]["recall"], 1.0, "{learned}");
    let written = fs::read(place.path().join("own.model")).unwrap();
    assert_eq!(learned["bytes"], written.len());
    // the same examples, the same file
    let again = place.run_anywhere(
        &["rules", "train", "mine.jsonl", "--only-these", "--out", "2"],
        b"",
    );
    assert_eq!(again.code, 0, "{}", again.err);
    assert_eq!(fs::read(place.path().join("2")).unwrap(), written);

    let nowhere = place.run_anywhere(&["rules", "train", "mine.jsonl", "--only-these"], b"");
    assert_eq!(nowhere.code, 2);
    assert!(nowhere.err.contains("--out FILE"), "{}", nowhere.err);
    fs::write(
        place.path().join("mine.jsonl"),
        "{\"text\": \"x\"}\nnonsense\n",
    )
    .unwrap();
    let ended = place.run_anywhere(&args, b"");
    assert_eq!((ended.code, ended.out.as_str()), (1, ""));
    assert!(
        ended.err.contains("mine.jsonl:2: no example"),
        "{}",
        ended.err
    );
    assert_eq!(fs::read(place.path().join("own.model")).unwrap(), written);
}

#[test]
fn a_desk_learns_from_what_its_agents_corrected() {
    let place = Place::new();
    // one too few to learn what an import failure is
    examples(&place, 14);
    for subject in [
        "Import does not work",
        "Import stands still",
        "Import is slow",
    ] {
        place.ticket(subject);
    }
    let labels = |learned: &Value| learned["labels"].to_string();
    let out = ["--out", "learned.model"];
    let learned = train(&place, &out);
    assert_eq!(learned["corrections"], 0, "{learned}");
    assert!(!labels(&learned).contains("import"), "{learned}");

    let set = |args: &str| {
        let args: Vec<&str> = args.split(' ').collect();
        let ended = place.run(&args);
        assert_eq!(ended.code, 0, "{args:?}: {}", ended.err);
    };
    // the first goes away from import and back; what an agent did not say is no correction
    set("ticket set 1 --priority normal --category search --agent Anna");
    set("ticket set 1 --priority high --category import --agent Anna");
    set("ticket set 2 --tag +seen --agent Anna");
    set("ticket set 3 --priority low");
    let learned = train(&place, &out);
    assert_eq!(learned["corrections"], 1, "{learned}");
    assert_eq!(learned["examples"], 54, "{learned}");
    assert!(labels(&learned).contains("import"), "{learned}");
    let without = train(&place, &["--without-desk", "--out", "other.model"]);
    assert_eq!(without["corrections"], 0);
    assert!(!labels(&without).contains("import"), "{without}");
}

const OWN_RULES: &str = r#"[[rule]]
id = "learned"
when = { predicts = "gratitude", above = 0.5 }
then = { category = "kind-words" }
[[test]]
text = "thanks a lot for the quick answer"
expect = { rule = "learned" }
[[test]]
text = "typing a part number shows an empty page"
expect = { not_rule = "learned" }
"#;

#[test]
fn hints_may_stand_where_the_config_says() {
    let place = Place::new();
    examples(&place, 20);
    fs::create_dir(place.path().join("rules")).unwrap();
    fs::create_dir(place.path().join("learned")).unwrap();
    fs::write(place.path().join("rules/1.toml"), OWN_RULES).unwrap();
    let config =
        format!("{CONFIG}\n[rules]\ndirectory = \"rules\"\nhints = \"learned/own.model\"\n");
    fs::write(place.path().join("config.toml"), config).unwrap();
    // the shipped hints do not know a word of one's own
    let ended = place.run(&["check"]);
    assert_eq!(ended.code, 2);
    assert!(ended.out.contains("gratitude"), "{}", ended.out);
    let lines = fs::read_to_string(place.path().join("mine.jsonl")).unwrap();
    let lines = lines.replace("\"about\":\"thanks\"", "\"about\":\"gratitude\"");
    fs::write(place.path().join("mine.jsonl"), lines).unwrap();
    let learned = train(&place, &[]);
    let file = learned["file"].as_str().unwrap();
    assert!(file.ends_with("learned/own.model"), "{file}");
    let page = place.text(&["check"]);
    assert!(page.contains("rules: 1 rule, 2 tests passed"), "{page}");

    // hints that lie beside edited rules are the ones that they are compared with
    fs::create_dir(place.path().join("edited")).unwrap();
    fs::write(place.path().join("edited/1.toml"), OWN_RULES).unwrap();
    let found = place.json(&["rules", "diff", "current", "edited"]);
    assert_eq!(found["changed"], 0, "{found}");
    fs::write(place.path().join("edited/hints.model"), "damaged").unwrap();
    let ended = place.run(&["rules", "diff", "current", "edited"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("edited/hints.model"), "{}", ended.err);
}

#[test]
fn damaged_hints_are_told_with_the_remedy() {
    let place = Place::new();
    let whole = fs::read("rules/hints.model").unwrap();
    let path = place.path().join("hints.model");
    fs::write(&path, &whole).unwrap();
    assert_eq!(place.json(&["check"]), json!([]));
    let half = whole.get(..whole.len() / 2).unwrap().to_vec();
    for damaged in [half, b"maildesk hints 1\n{}\n".to_vec(), Vec::new()] {
        fs::write(&path, damaged).unwrap();
        let ended = place.run(&["check", "--json"]);
        assert_eq!(ended.code, 2);
        let faults: Value = serde_json::from_str(&ended.out).unwrap();
        assert_eq!(faults.as_array().unwrap().len(), 1, "{faults}");
        assert!(faults[0]["file"].as_str().unwrap().ends_with("hints.model"));
        let problem = faults[0]["problem"].as_str().unwrap();
        assert!(
            problem.contains("make it by `maildesk rules train`"),
            "{problem}"
        );
    }
    // the remedy must not leave a desk that cannot start: its rules ask for more than these
    examples(&place, 20);
    let ended = place.run(&["rules", "train", "mine.jsonl", "--only-these"]);
    assert_eq!((ended.code, ended.out.as_str()), (1, ""));
    for said in ["nothing was written to", "\"pricing\"", "fifteen examples"] {
        assert!(ended.err.contains(said), "{said:?} in {}", ended.err);
    }
    assert_eq!(fs::read(&path).unwrap(), b"");
    fs::remove_file(&path).unwrap();
    assert_eq!(place.json(&["check"]), json!([]));
}
