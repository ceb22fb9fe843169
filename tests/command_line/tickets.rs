//! `ticket`.

use std::{collections::BTreeSet, fs};

use maildesk::address::Address;
use serde_json::Value;

use crate::place::{MAIL, Place, assert_fields};

#[test]
fn tickets_are_listed_in_the_shape_of_the_contract() {
    let place = Place::new();
    place.ticket("Import does not work");
    place.ticket("Another one");
    place.run_with(
        &[
            "ticket",
            "set",
            "2",
            "--priority",
            "low",
            "--assignee",
            "boris",
        ],
        b"",
    );
    let tickets = place.json(&["ticket", "list"]);
    assert_eq!(tickets.as_array().unwrap().len(), 2);
    assert_eq!(tickets[0]["number"], 2, "the most recently updated first");
    let first = &tickets[1];
    assert_fields(
        first,
        "number, subject, status, priority, category, tags, mailbox, group, assignee, requester, \
         language, opened_at, updated_at, closed_at, messages, satisfaction",
    );
    assert_eq!(first["requester"]["address"], "olga@shop.example");
    assert_eq!(first["messages"], 1);
    assert_eq!(
        (&first["status"], &first["closed_at"]),
        (&"open".into(), &Value::Null)
    );
    assert!(first["opened_at"].as_str().unwrap().ends_with('Z'));

    let numbers = |args: &[&str]| -> Vec<i64> {
        let listed = place.json(&[&["ticket", "list"], args].concat());
        listed
            .as_array()
            .unwrap()
            .iter()
            .map(|t| t["number"].as_i64().unwrap())
            .collect()
    };
    assert_eq!(numbers(&["--priority", "low"]), [2]);
    assert_eq!(numbers(&["--assignee", "Boris"]), [2]);
    assert_eq!(numbers(&["--assignee", "BORIS@example.com"]), [2]);
    assert_eq!(numbers(&["--assignee", ""]), [1]);
    assert_eq!(numbers(&["--query", "another"]), [2]);
    assert_eq!(numbers(&["--limit", "1"]), [2]);
    assert_eq!(numbers(&["--status", "closed"]), [0; 0]);
    let page = place.text(&["ticket", "list", "--limit", "1"]);
    let lines: Vec<&str> = page.lines().collect();
    assert!(lines[0].starts_with("#  status"), "{page}");
    assert!(
        lines[1].starts_with("2  open") && lines[1].contains("Another one"),
        "{page}"
    );
}

#[test]
fn a_ticket_is_shown_in_the_shape_of_the_contract() {
    let place = Place::new();
    place.ticket("Import does not work");
    assert_eq!(
        place
            .run_with(&["ticket", "reply", "1", "--agent", "Anna"], b"Mended.")
            .code,
        0
    );
    // read with duplicate keys refused: `messages` is a number in lists and an array here
    let text = place.text(&["ticket", "show", "1", "--json"]);
    assert_eq!(text.matches("\"messages\":").count(), 1, "{text}");
    let shown: Value = serde_json::from_str(&text).unwrap();
    assert_fields(
        &shown,
        "number, subject, requester, participants, messages, events",
    );
    assert_eq!(shown["participants"][0]["address"], "olga@shop.example");
    let messages = shown["messages"].as_array().unwrap();
    let fields = "id, kind, direction, author, message_id, at, text, reply, attachments, delivery";
    messages
        .iter()
        .for_each(|message| assert_fields(message, fields));
    assert_eq!(
        (&messages[0]["direction"], &messages[1]["direction"]),
        (&"in".into(), &"out".into())
    );
    assert_eq!(messages[0]["delivery"], Value::Null);
    assert_fields(
        &messages[1]["delivery"],
        "state, attempts, last_error, sent_at",
    );
    assert_eq!(messages[1]["delivery"]["state"], "pending");
    assert_fields(&shown["events"][0], "at, actor, what, detail");

    let page = place.text(&["ticket", "show", "1"]);
    for said in [
        "[#1] Import does not work",
        "Olga <olga@shop.example>",
        "Petro <petro@shop.example>",
        "-> in ",
        "    The import of the supplier price list fails.",
        "<- out",
        "[message 2, pending]",
        "anna@example.com  replied",
    ] {
        assert!(page.contains(said), "{said:?} in {page}");
    }
}

#[test]
fn a_reply_goes_to_everybody_in_the_thread_of_the_mail() {
    let place = Place::new();
    place.ticket("Import does not work");
    fs::write(place.path().join("answer.txt"), "Please try again.\n").unwrap();
    let args = [
        "ticket",
        "reply",
        "1",
        "--file",
        "answer.txt",
        "--agent",
        "ANNA@example.com",
    ];
    let done = place.json(&args);
    assert_eq!(
        (&done["ticket"], &done["status"]),
        (&1.into(), &"pending".into())
    );
    let rows = place.json(&["outbox", "list"]);
    let recipients: BTreeSet<&str> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["recipient"].as_str().unwrap())
        .collect();
    assert_eq!(
        recipients,
        BTreeSet::from(["olga@shop.example", "petro@shop.example"])
    );
    assert_fields(
        &rows[0],
        "id, kind, ticket, recipient, subject, message_id, state, attempts, next_attempt_at, \
         last_error, created_at, sent_at",
    );
    assert_eq!(
        (&rows[0]["kind"], &rows[0]["state"]),
        (&"reply".into(), &"pending".into())
    );
    let shown = place.json(&["outbox", "show", "1"]);
    let raw = shown["raw"].as_str().unwrap();
    for header in [
        "Subject: Re: [#1] Import does not work\r\n",
        "In-Reply-To: <m1@shop.example>\r\n",
        "References: <m1@shop.example>",
    ] {
        assert!(raw.contains(header), "{header:?} in {raw}");
    }
    let mail = maildesk::message::read(raw.as_bytes());
    assert_eq!(
        mail.from,
        Address::new("Anna (Acme Support)", "support@example.com")
    );
    let sent = place.text(&["ticket", "raw", "1", &done["message"].to_string()]);
    assert_eq!(sent, raw);
    let ticket = &place.json(&["ticket", "list"])[0];
    assert_eq!(ticket["assignee"], "anna@example.com");
    // the ticket's own agent answers from now on
    place.run_with(&["ticket", "reply", "1"], b"And again.");
    let shown = place.json(&["ticket", "show", "1"]);
    assert_eq!(shown["messages"][2]["author"]["name"], "Anna");

    let empty = place.run_with(&["ticket", "reply", "1"], b" \n");
    assert_eq!(empty.code, 1);
    let latin = place.run_with(&["ticket", "reply", "1"], b"caf\xe9");
    assert!(
        latin.code == 1 && latin.err.contains("not UTF-8"),
        "{}",
        latin.err
    );
}

#[test]
fn the_desk_itself_answers_where_no_agent_is_known() {
    let place = Place::new();
    place.ticket("Import does not work");
    place.run_with(&["ticket", "reply", "1"], b"Mended.");
    let raw = place.json(&["outbox", "show", "1"])["raw"].to_string();
    assert!(
        raw.contains("From: \\\"Acme Support\\\" <support@example.com>"),
        "{raw}"
    );
    assert_eq!(place.json(&["ticket", "show", "1"])["assignee"], "");
}

#[test]
fn closing_schedules_the_survey_and_opening_takes_it_back() {
    let place = Place::new();
    place.ticket("Import does not work");
    let args = ["ticket", "reply", "1", "--agent", "Anna", "--close"];
    assert_eq!(place.run_with(&args, b"Mended.").code, 0);
    let ticket = place.json(&["ticket", "show", "1"]);
    assert_eq!(ticket["status"], "closed");
    assert!(ticket["closed_at"].is_string());
    let scheduled = place.json(&["outbox", "list", "--state", "scheduled"]);
    assert_eq!(scheduled.as_array().unwrap().len(), 1, "{scheduled}");
    assert_eq!(scheduled[0]["kind"], "survey");
    place.text(&["ticket", "set", "1", "--status", "open"]);
    assert_eq!(
        place.json(&["outbox", "list", "--state", "scheduled"]),
        serde_json::json!([])
    );
    let dropped = place.json(&["outbox", "list", "--state", "dropped"]);
    assert_eq!(dropped[0]["why"], "reopened");
}

#[test]
fn a_note_stays_in_the_house() {
    let place = Place::new();
    place.ticket("Import does not work");
    let done = place.run_with(&["ticket", "note", "1", "--agent", "boris"], b"Known bug.");
    assert_eq!(done.code, 0, "{}", done.err);
    let shown = place.json(&["ticket", "show", "1"]);
    let note = &shown["messages"][1];
    assert_eq!(
        (&note["direction"], &note["text"]),
        (&"note".into(), &"Known bug.".into())
    );
    assert_eq!(note["author"]["name"], "Boris");
    assert_eq!(place.json(&["outbox", "list"]), serde_json::json!([]));
}

#[test]
fn a_ticket_is_changed_field_by_field() {
    let place = Place::new();
    place.ticket("Import does not work");
    let changed = place.json(&[
        "ticket",
        "set",
        "#1",
        "--status",
        "pending",
        "--priority",
        "urgent",
        "--assignee",
        "Anna",
        "--category",
        "export",
        "--tag",
        "+vip,-failure",
        "--tag",
        "late",
    ]);
    assert_eq!(changed["status"], "pending");
    assert_eq!(changed["priority"], "urgent");
    assert_eq!(changed["assignee"], "anna@example.com");
    assert_eq!(changed["category"], "export");
    assert_eq!(changed["tags"], serde_json::json!(["late", "vip"]));
    assert_eq!(changed["group"], "support", "what is not named stays");
    let page = place.text(&["ticket", "set", "1", "--assignee", "", "--tag", "-vip"]);
    assert_eq!(
        page,
        "#1  assignee: anna@example.com -> -\n#1  tags: late, vip -> late\n"
    );
    let slip = place.run(&["ticket", "set", "1", "--group", "suport"]);
    assert_eq!(slip.code, 0);
    assert!(
        slip.err.contains("did you mean \"support\"?"),
        "{}",
        slip.err
    );
    let events = place.json(&["ticket", "show", "1"])["events"].clone();
    let whats: Vec<&str> = events
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["what"].as_str().unwrap())
        .collect();
    for what in [
        "status", "priority", "assignee", "category", "tags", "group",
    ] {
        assert!(whats.contains(&what), "{what} in {whats:?}");
    }
}

#[test]
fn a_merged_ticket_ends_in_the_other() {
    let place = Place::new();
    place.ticket("One");
    place.ticket("Two");
    let merged = place.json(&["ticket", "merge", "2", "1"]);
    assert_eq!(merged, serde_json::json!({ "ticket": 2, "merged_into": 1 }));
    let two = place.json(&["ticket", "show", "2"]);
    assert_eq!(
        (&two["status"], &two["merged_into"]),
        (&"closed".into(), &1.into())
    );
    let again = place.run(&["ticket", "merge", "2", "1"]);
    assert!(
        again.code == 1 && again.err.contains("already"),
        "{}",
        again.err
    );
    let circle = place.run(&["ticket", "merge", "1", "2"]);
    assert_eq!(circle.code, 1, "{}", circle.err);
}

#[test]
fn a_ticket_sleeps_for_the_time_that_is_given() {
    let place = Place::new();
    place.ticket("One");
    let asleep = place.json(&["ticket", "set", "1", "--snooze", "2d"]);
    assert_eq!(asleep["status"], "pending");
    assert!(asleep["snoozed_until"].as_str().unwrap().ends_with('Z'));
    let page = place.text(&["ticket", "show", "1"]);
    assert!(page.contains("sleeps until"), "{page}");
    let awake = place.json(&["ticket", "set", "1", "--status", "open"]);
    assert_eq!(awake["snoozed_until"], Value::Null);
    let slip = place.run(&["ticket", "set", "1", "--snooze", "soon"]);
    assert!(
        slip.code == 2 && slip.err.contains("2d, 4h"),
        "{}",
        slip.err
    );
}

#[test]
fn files_go_along_with_an_answer_from_the_shell() {
    let place = Place::new();
    place.ticket("One");
    let (name, bytes) = ("Счёт 5.pdf", b"%PDF-1.7 \x00\xff bytes");
    let file = place.path().join(name);
    fs::write(&file, bytes).unwrap();
    let file = file.to_str().unwrap();
    let filed = place.run_with(
        &["ticket", "reply", "1", "--attach", file],
        b"Here it is.\n",
    );
    assert_eq!(filed.code, 0, "{}", filed.err);
    let ticket = place.json(&["ticket", "show", "1"]);
    let attached = &ticket["messages"][1]["attachments"][0];
    assert_eq!(
        (
            &attached["name"],
            &attached["media_type"],
            &attached["size"]
        ),
        (&name.into(), &"application/pdf".into(), &bytes.len().into())
    );
    let missing = place.run_with(
        &["ticket", "reply", "1", "--attach", "gone.pdf"],
        b"Here.\n",
    );
    assert!(
        missing.code == 1 && missing.err.contains("gone.pdf"),
        "{}",
        missing.err
    );
    let large = place.path().join("large.bin");
    fs::write(&large, vec![0; 4096]).unwrap();
    let large = large.to_str().unwrap();
    let refused = place.run_with(&["ticket", "reply", "1", "--attach", large], b"Here.\n");
    assert!(
        refused.code == 1 && refused.err.contains("max_message_size"),
        "{}",
        refused.err
    );
}

#[test]
fn raw_is_the_exact_mail() {
    let place = Place::new();
    place.ticket("One");
    assert_eq!(place.text(&["ticket", "raw", "1"]).as_bytes(), MAIL);
    assert_eq!(place.text(&["ticket", "raw", "1", "1"]).as_bytes(), MAIL);
    assert_eq!(place.json(&["ticket", "raw", "1"])["message"], 1);
    place.ticket("Two");
    let other = place.run(&["ticket", "raw", "1", "2"]);
    assert!(
        other.code == 1 && other.out.is_empty(),
        "a message of another ticket"
    );
}
