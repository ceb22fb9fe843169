//! `rules diff`.

use std::{fs, sync::Arc};

use arc_swap::ArcSwap;
use maildesk::{
    clock, config::Config, desk::Desk, ingest::Ingest, observe::Metrics, store::Store,
    token::Signer,
};
use serde_json::{Value, json};

use crate::place::{CONFIG, MAIL, Place, assert_fields, open, receive};

/// Lets the desk of a place file mails, with the config as it is at the moment.
fn take_in(place: &Place, mails: &[&[u8]]) {
    let mails: Vec<Vec<u8>> = mails.iter().map(|mail| mail.to_vec()).collect();
    place.fill(move |pen| {
        for mail in &mails {
            let source = format!("pipe:{}", pen.waiting(100)?.len());
            receive(pen, &format!("{source}:{}", clock::now()), mail)?;
        }
        Ok(())
    });
    let config = Config::load(&place.path().join("config.toml")).unwrap();
    let signer = Signer::open(&place.path().join("secret")).unwrap();
    let ingest = Ingest {
        store: Store::open(&config.storage.path).unwrap(),
        desk: Arc::new(ArcSwap::from_pointee(Desk::load(config, signer).unwrap())),
        metrics: Metrics::default(),
        verifier: Arc::default(),
        avatars: Arc::default(),
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    while runtime.block_on(ingest.file_batch()).unwrap() > 0 {}
}

fn configure(place: &Place, more: &str) {
    fs::write(
        place.path().join("config.toml"),
        format!("{CONFIG}\n{more}"),
    )
    .unwrap();
}

fn rules(place: &Place, directory: &str, text: &str) {
    let directory = place.path().join(directory);
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("1.toml"), text).unwrap();
}

fn of<'v>(all: &'v Value, name: &str, is: impl Into<Value>) -> &'v Value {
    let is = is.into();
    let found = all.as_array().unwrap().iter().find(|one| one[name] == is);
    found.unwrap_or(&Value::Null)
}

const OLD: &str = r#"
[[rule]]
id = "newsletter"
when = { contains = "newsletter" }
then = { ignore = true }
[[rule]]
id = "billing"
when = { contains = "invoice" }
then = { priority = "high", category = "billing" }
[[rule]]
id = "same"
when = { contains = "import" }
then = { tags = ["kept"] }
"#;

const NEW: &str = r#"
[[rule]]
id = "same"
when = { contains = "import" }
then = { tags = ["kept"] }
[[rule]]
id = "billing"
when = { contains = "invoice" }
then = { category = "billing" }
[[rule]]
id = "import"
when = { all = [{ contains = "import" }, { field = "mailbox", equals = "support" }] }
then = { priority = "urgent", reply = "we-know" }
[[rule]]
id = "monitoring"
when = { field = "header.X-Alert", exists = true }
then = { status = "open" }
"#;

const INVOICE: &[u8] = b"From: Petro <petro@shop.example>\r\nTo: support@example.com\r\n\
    Subject: An \x1b[31minvoice\r\nMessage-ID: <m2@shop.example>\r\n\r\nThe invoice is wrong.\r\n";
const NEWS: &[u8] = b"From: News <news@shop.example>\r\nTo: support@example.com\r\n\
    Subject: Our newsletter\r\nMessage-ID: <m3@shop.example>\r\n\r\nA newsletter.\r\n";
const ALERT: &[u8] = b"From: Monitor <monitor@example.net>\r\nTo: support@example.com\r\n\
    Subject: Disk full\r\nX-Alert: 1\r\nAuto-Submitted: auto-generated\r\n\
    Message-ID: <m4@example.net>\r\n\r\n91 %\r\n";

#[test]
fn a_change_of_rules_is_told_ticket_by_ticket() {
    let place = Place::new();
    rules(&place, "rules", OLD);
    rules(&place, "edited", NEW);
    configure(&place, "[rules]\ndirectory = \"rules\"\n");
    take_in(&place, &[MAIL, INVOICE, NEWS, ALERT]);

    let found = place.json(&["rules", "diff", "current", "edited"]);
    assert_fields(
        &found,
        "looked_at, changed, tickets, rules, raised, lowered, left_out, mails, mails_looked_at",
    );
    let counts = ["looked_at", "changed", "raised", "lowered", "left_out"];
    let counts = counts.map(|name| found[name].as_u64().unwrap());
    assert_eq!(counts, [2, 2, 1, 1, 0], "{found}");
    assert_eq!(
        of(&found["tickets"], "number", 1),
        &json!({
            "number": 1, "subject": "Import does not work",
            "changes": [
                {"what": "priority", "old": "normal", "new": "urgent"},
                {"what": "reply", "old": "", "new": "we-know"},
            ],
            "old_rules": ["same"], "new_rules": ["same", "import"],
        })
    );
    assert_eq!(
        of(&found["tickets"], "number", 2)["changes"],
        json!([{"what": "priority", "old": "high", "new": "normal"}])
    );
    // what a rule or its kind kept out of the tickets
    assert_eq!(found["mails_looked_at"], 2);
    for (subject, rule) in [
        ("Our newsletter", "newsletter"),
        ("Disk full", "monitoring"),
    ] {
        let mail = of(&found["mails"], "subject", subject);
        assert_eq!(
            mail["changes"][0],
            json!({"what": "disposition", "old": "ignore", "new": "open_ticket"})
        );
        assert!(mail.to_string().contains(rule), "{mail}");
    }
    let hits = |rule: &str| {
        let hits = of(&found["rules"], "rule", rule);
        [&hits["old"], &hits["new"]].map(|count| count.as_u64().unwrap())
    };
    assert_eq!(hits("newsletter"), [1, 0]);
    assert_eq!(hits("billing"), [1, 1]);
    assert_eq!(hits("import"), [0, 1]);

    let page = place.text(&["rules", "diff", "-", "./edited"]);
    for said in [
        "#1  Import does not work\n  priority: normal -> urgent\n  reply: - -> we-know\n  \
         rules: same -> same, import\n",
        // the same rule, and it acts otherwise
        "  priority: high -> normal\n  rules: billing with both, acting otherwise\n",
        "2 tickets of the last 30 days: 2 changed, 1 raised, 1 lowered\n\
         2 mails that opened no ticket: 2 changed\n",
        "2 rules: as many matches with both\n",
    ] {
        assert!(page.contains(said), "{said:?} in {page}");
    }
    assert!(!page.contains('\u{1b}'), "{page:?}");

    // a file is a side too; nothing changes against itself
    let same = place.json(&["rules", "diff", "rules", "rules/1.toml"]);
    assert_eq!(
        (&same["looked_at"], &same["changed"]),
        (&2.into(), &0.into())
    );
    assert_eq!(same["tickets"], json!([]));
}

#[test]
fn tickets_are_judged_by_what_was_known_when_they_came() {
    let place = Place::new();
    configure(&place, "[trust]\ninbound_path_trusted = true\n");
    let forward = fs::read("tests/mail/forward-gmail-ru-by-agent.eml").unwrap();
    take_in(&place, &[MAIL]);
    let second = String::from_utf8_lossy(MAIL).replace("m1@", "m9@");
    take_in(&place, &[second.as_bytes()]);
    take_in(&place, &[&forward]);
    // longer ago than is looked at
    place.fill(|pen| open(pen, "Old"));
    let database = place.path().join("maildesk.db");
    age(&database, 4, 40);
    let new = r#"
        [[rule]]
        id = "again"
        when = { field = "customer.tickets_30d", above = 0 }
        then = { tags = ["again"] }
        [[rule]]
        id = "still-open"
        when = { field = "customer.open_tickets", above = 0 }
        then = { tags = ["open"] }
        [[rule]]
        id = "olga"
        when = { all = [{ field = "from", equals = "olga@shop.example" }, { field = "kind", equals = "customer" }] }
        then = { category = "olga" }
        [[rule]]
        id = "agents-words"
        when = { contains = "nightmare" }
        then = { priority = "low" }
    "#;
    rules(
        &place,
        "old",
        "[[rule]]\nid = \"x\"\nwhen = { contains = \"zzz\" }\nthen = { tags = [\"x\"] }\n",
    );
    rules(&place, "new", new);
    let found = place.json(&["rules", "diff", "old", "new"]);
    assert_eq!(found["looked_at"], 3, "{found}");
    let rules_of = |number: i64| of(&found["tickets"], "number", number)["new_rules"].clone();
    // the old one is open to this day
    assert_eq!(rules_of(1), json!(["still-open", "olga"]));
    assert_eq!(rules_of(2), json!(["again", "still-open", "olga"]));
    // passed on by an agent: the customer's words alone
    assert_eq!(rules_of(3), json!(["again", "still-open", "olga"]));
    let longer = place.json(&["rules", "diff", "old", "new", "--days", "60"]);
    assert_eq!(longer["looked_at"], 4);

    // a ticket whose mail is gone is not passed over in silence
    let conn = rusqlite::Connection::open(&database).unwrap();
    let sql = "UPDATE messages SET raw = NULL WHERE ticket = 2";
    assert_eq!(conn.execute(sql, ()).unwrap(), 1);
    let page = place.text(&["rules", "diff", "old", "new"]);
    for said in ["2 tickets of the last 30 days", "1 ticket left out: "] {
        assert!(page.contains(said), "{said:?} in {page}");
    }
}

fn age(database: &std::path::Path, ticket: i64, days: i64) {
    let conn = rusqlite::Connection::open(database).unwrap();
    let sql = "UPDATE tickets SET opened_at = opened_at - ?2 * 86400000 WHERE number = ?1";
    assert_eq!(conn.execute(sql, (ticket, days)).unwrap(), 1);
}

#[test]
fn what_cannot_be_compared_is_wrong_usage() {
    let place = Place::new();
    rules(&place, "broken", "[[rule]]\nid = \"x\"\nwhne = 1\n");
    fs::create_dir(place.path().join("empty")).unwrap();
    for (new, said) in [
        ("nowhere", "there are no rules at nowhere: name a directory"),
        ("broken", "broken/1.toml:3"),
        ("empty", "no *.toml file is there"),
    ] {
        let ended = place.run(&["rules", "diff", "current", new]);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{}", ended.err);
        assert!(ended.err.contains(said), "{}", ended.err);
    }
    let ended = place.run(&["rules", "diff", "current", "current", "--days", "0"]);
    assert_eq!(ended.code, 2, "{}", ended.err);
    let nothing = place.text(&["rules", "diff", "current", "current"]);
    assert!(
        nothing.starts_with("0 tickets of the last 30 days: 0 changed"),
        "{nothing}"
    );
}
