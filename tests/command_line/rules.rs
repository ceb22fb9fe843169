//! `check` and `rules`.

use std::fs;

use serde_json::Value;

use crate::place::{CONFIG, MAIL, Place, assert_fields};

#[test]
fn an_invalid_config_is_2_with_all_its_faults() {
    let place = Place::new();
    let text = CONFIG.replace("address = \"support@example.com\"", "adress = \"x\"");
    let text = text.replace("\"4KiB\"", "\"lots\"");
    fs::write(place.path().join("config.toml"), text).unwrap();
    let ended = place.run(&["ticket", "list"]);
    assert_eq!((ended.code, ended.out.as_str()), (2, ""));
    for said in [
        "config.toml:4: desk.adress",
        "desk.address: is required",
        "config.toml:15:",
    ] {
        assert!(ended.err.contains(said), "{said:?} in {}", ended.err);
    }
    let check = place.run(&["check"]);
    assert_eq!(check.code, 2);
    assert!(
        check
            .out
            .contains("config.toml:15: limits.max_message_size"),
        "{}",
        check.out
    );
    let check = place.run(&["check", "--json"]);
    assert_eq!(check.code, 2);
    let faults: Vec<Value> = serde_json::from_str(&check.out).unwrap();
    assert_eq!(faults.len(), 3, "{faults:?}");
    assert_fields(&faults[0], "file, line, key, value, problem");
}

#[test]
fn check_says_what_is_right_and_changes_nothing() {
    let place = Place::without_database();
    let page = place.text(&["check"]);
    for said in [
        "config.toml: ok",
        "rules: ",
        " passed",
        "templates: ok",
        "made on first start",
    ] {
        assert!(page.contains(said), "{said:?} in {page}");
    }
    assert_eq!(place.json(&["check"]), serde_json::json!([]));
    let left: Vec<_> = fs::read_dir(place.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn check_hints_at_agents_whose_answers_could_never_be_sent() {
    let place = Place::without_database();
    let path = place.path().join("config.toml");
    let config = fs::read_to_string(&path).unwrap();
    let hint = "hint  trust: nothing can prove that a mail is an agent's";
    let page = place.text(&["check"]);
    assert!(page.contains(hint), "{page}");
    for proof in [
        "[trust]\nauthserv_ids = [\"mx.example.com\"]\n",
        "[trust]\nverify = true\n",
        "[trust]\ninbound_path_trusted = true\n",
    ] {
        fs::write(&path, format!("{proof}{config}")).unwrap();
        let page = place.text(&["check"]);
        assert!(!page.contains("hint"), "{proof}: {page}");
    }
    // nobody is told anything that could be answered
    let untold = config.replace("address = \"anna@", "notify = false\naddress = \"anna@");
    let untold = untold.replace("address = \"boris@", "notify = false\naddress = \"boris@");
    let untold = untold.replace("address = \"maria@", "notify = false\naddress = \"maria@");
    fs::write(&path, untold).unwrap();
    assert!(!place.text(&["check"]).contains("hint"));
}

#[test]
fn check_hints_at_desk_networks_that_a_proxy_hides() {
    let place = Place::without_database();
    let path = place.path().join("config.toml");
    let config = fs::read_to_string(&path).unwrap();
    let networks = "[survey]\ndesk_networks = [\"10.0.0.0/8\"]\n";
    for (web, is_hinted) in [
        ("", true),
        ("[web]\nlisten = \"10.0.0.5:8025\"\n", false),
        ("[web]\ntrusted_proxies = [\"127.0.0.1\"]\n", false),
    ] {
        fs::write(&path, format!("{networks}{web}{config}")).unwrap();
        let page = place.text(&["check"]);
        let hint = "hint  survey.desk_networks: ";
        assert_eq!(page.contains(hint), is_hinted, "{web}: {page}");
    }
}

#[test]
fn check_runs_the_tests_of_the_rules() {
    let place = Place::without_database();
    let config = format!("{CONFIG}\n[rules]\ndirectory = \"rules\"\n");
    fs::write(place.path().join("config.toml"), config).unwrap();
    fs::create_dir(place.path().join("rules")).unwrap();
    fs::write(place.path().join("rules/1.toml"), FAILING_RULES).unwrap();
    let ended = place.run(&["check", "--json"]);
    assert_eq!(ended.code, 2);
    let faults: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(faults[0]["line"], 5);
    let problem = faults[0]["problem"].as_str().unwrap();
    assert!(
        problem.contains("expected rule vip; found no rule"),
        "{problem}"
    );
}

#[test]
fn what_rules_hardly_mean_is_a_hint_and_no_fault() {
    let place = Place::without_database();
    let config = format!("{CONFIG}\n[rules]\ndirectory = \"rules\"\n");
    fs::write(place.path().join("config.toml"), config).unwrap();
    fs::create_dir(place.path().join("rules")).unwrap();
    fs::write(place.path().join("rules/1.toml"), NIGHT).unwrap();
    let hint = "1.toml:5: night.when.below = 6: \"hour below 6\" cannot hold together with";
    for command in [&["check"][..], &["rules", "test"]] {
        let page = place.text(command);
        let mut lines = page.lines();
        assert!(
            lines.any(|line| line.starts_with("hint  ") && line.contains(hint)),
            "{page}"
        );
    }
    assert_eq!(place.json(&["check"]), serde_json::json!([]));
    let tested = place.json(&["rules", "test"]);
    assert_eq!(tested["failed"], 0);
    assert_fields(&tested["hints"][0], "file, line, key, value, problem");
    assert_eq!(tested["hints"][0]["line"], 5);
}

const NIGHT: &str = r#"[[rule]]
id = "night"
when = { all = [
  { field = "hour", above = 20 },
  { field = "hour", below = 6 },
] }
then = { priority = "high" }
"#;

#[test]
fn check_online_says_what_cannot_be_reached() {
    let place = Place::without_database();
    let ended = place.run(&["check", "--online"]);
    assert_eq!(ended.code, 1, "{}", ended.err);
    assert!(
        ended.out.contains("mailbox[0] = \"support\""),
        "{}",
        ended.out
    );
    for part in ["Maildir/new", "Maildir/cur"] {
        fs::create_dir_all(place.path().join(part)).unwrap();
    }
    let page = place.text(&["check", "--online"]);
    assert!(page.contains("mailbox support: "), "{page}");
    assert!(page.contains("smtp "), "{page}");
}

const FAILING_RULES: &str = r#"[[rule]]
id = "vip"
when = { contains = "vip" }
then = { priority = "urgent" }
[[test]]
text = "an ordinary mail"
expect = { rule = "vip" }
"#;

#[test]
fn rules_work_without_a_config() {
    let place = Place::without_database();
    let out = place.run_anywhere(&["rules", "list", "--json"], b"");
    let rules: Vec<Value> = serde_json::from_str(&out.out).unwrap();
    assert!(rules.iter().any(|rule| rule["id"] == "import-failure"));
    assert_fields(
        &rules[0],
        "id, description, file, line, on, when, then, stop",
    );

    let tested = place.run_anywhere(&["rules", "test", "--json"], b"");
    assert_eq!(tested.code, 0, "{}", tested.err);
    let tested: Value = serde_json::from_str(&tested.out).unwrap();
    assert!(
        tested["passed"].as_u64().unwrap() > 10 && tested["failed"] == 0,
        "{tested}"
    );

    fs::write(place.path().join("failing.toml"), FAILING_RULES).unwrap();
    let ended = place.run_anywhere(&["rules", "test", "failing.toml"], b"");
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("failing.toml:5: test"), "{}", ended.out);
    assert!(ended.out.contains("expected rule vip"), "{}", ended.out);
    fs::write(
        place.path().join("broken.toml"),
        "[[rule]]\nid = \"x\"\nwhne = 1\n",
    )
    .unwrap();
    let ended = place.run_anywhere(&["rules", "test", "broken.toml"], b"");
    assert_eq!((ended.code, ended.out.as_str()), (2, ""));
    assert!(ended.err.contains("broken.toml:3"), "{}", ended.err);

    // a config that is named must be there
    assert_eq!(
        place
            .run_anywhere(&["--config", "none", "rules", "list"], b"")
            .code,
        2
    );
}

#[test]
fn rules_are_explained_by_file_and_by_ticket_and_counted_over_a_corpus() {
    let place = Place::new();
    place.ticket("Import does not work");
    fs::create_dir_all(place.path().join("corpus/deeper")).unwrap();
    fs::write(place.path().join("corpus/deeper/a.eml"), MAIL).unwrap();
    fs::write(
        place.path().join("corpus/b.eml"),
        "Subject: hi\n\nhello there\n",
    )
    .unwrap();
    fs::write(place.path().join("corpus/c.txt"), MAIL).unwrap();
    for what in ["corpus/deeper/a.eml", "1", "#1"] {
        let explained = place.json(&["rules", "explain", what]);
        assert_eq!(explained["triage"]["category"], "import", "{explained}");
        let rules = explained["rules"].as_array().unwrap();
        let found = rules
            .iter()
            .find(|rule| rule["rule"] == "import-failure")
            .unwrap();
        assert_fields(found, "rule, file, line, matched, because, missed");
        assert_eq!(found["matched"], true);
        assert!(
            rules
                .iter()
                .any(|rule| rule["matched"] == false && rule["missed"] != Value::Null)
        );
    }
    let page = place.text(&["rules", "explain", "1"]);
    assert!(page.contains("matched\n  import-failure"), "{page}");
    assert!(
        page.contains("so: priority high; category import"),
        "{page}"
    );

    let counts = place.json(&["rules", "test", "--corpus", "corpus"]);
    let corpus = &counts["corpus"];
    assert_eq!(
        (&corpus["mails"], &corpus["matched"]),
        (&2.into(), &1.into()),
        "{corpus}"
    );
    let hits = corpus["rules"].as_array().unwrap();
    assert!(
        hits.iter()
            .any(|hit| hit["rule"] == "import-failure" && hit["count"] == 1)
    );
}
