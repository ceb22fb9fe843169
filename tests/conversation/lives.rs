//! What becomes of tickets in time: closed and answered, merged and parted, split.

use crate::{
    harness::mail::plain,
    story::{DESK, SOON, Story, addresses},
};

fn from_ivan(to: &str, subject: &str, id: &str, more: &[&str], body: &str) -> Vec<u8> {
    let id = format!("Message-ID: <{id}@shop.example>");
    let mut headers = vec![id.as_str()];
    headers.extend(more);
    plain("Ivan <ivan@shop.example>", to, subject, &headers, body)
}

fn place(line: &maildesk::store::JournalLine) -> (String, String, Option<i64>) {
    (line.disposition.clone(), line.reason.clone(), line.ticket)
}

fn is(disposition: &str, reason: &str, ticket: i64) -> (String, String, Option<i64>) {
    (disposition.to_owned(), reason.to_owned(), Some(ticket))
}

#[test]
fn an_answer_opens_a_closed_ticket_within_its_time_and_a_linked_one_after_it() {
    let mut story = Story::new(|setup| setup);
    story.tell(&from_ivan(DESK, "Order 5", "one", &[], "Where is it?"));
    story.answer(1, "It was delivered.", &["--close"]);
    let token = story.sent("ivan@shop.example", 2).header("Reply-To");
    let late = |id: &str, body: &str| from_ivan(&token, "Re: [#1] Order 5", id, &[], body);

    let filed = story.tell(&late("two", "It was not."));
    assert_eq!(place(&filed), is("append", "reply_token", 1));
    assert_eq!(story.desk.ticket(1)["status"], "open");
    story.answer(1, "Now it was.", &["--close"]);

    story.desk.edit("tickets", "reopen_within", "\"0s\"");
    story.desk.restart();
    let filed = story.tell(&late("three", "Another thing: the invoice."));
    assert_eq!(place(&filed), is("open_ticket", "continues_closed", 2));
    let (old, new) = (story.desk.ticket(1), story.desk.ticket(2));
    assert_eq!(old["status"], "closed", "{old:#}");
    assert_eq!(
        (&new["linked_to"], &new["status"]),
        (&1.into(), &"open".into())
    );
    assert!(
        new["tags"].as_array().unwrap().is_empty(),
        "no stranger: {new:#}"
    );
    assert_eq!(new["subject"], "Order 5", "without the old number");
    let why = new["messages"][0]["why"].as_str().unwrap();
    assert!(why.contains("closed too long ago"), "{why}");
    let acknowledged = story.written("acknowledgement");
    assert_eq!(acknowledged.len(), 2, "a new ticket is acknowledged");

    // answering the old mail again does not make a third one
    let filed = story.tell(&late("four", "The invoice has a wrong name."));
    assert_eq!(place(&filed), is("append", "reply_token", 2));
}

#[test]
fn a_rule_keeps_a_ticket_closed_when_the_customer_says_thanks() {
    let rules = tempfile::TempDir::new().unwrap();
    let rule = "[[rule]]\nid = \"thanks\"\ndescription = \"Thanks\"\non = \"reply\"\n\
                when = { contains = [\"thank you\"], field = \"reply\" }\n\
                then = { status = \"closed\" }\n";
    std::fs::write(rules.path().join("10-thanks.toml"), rule).unwrap();
    let directory = format!("{:?}", rules.path().to_str().unwrap());
    let story = Story::new(|setup| setup.set("rules", "directory", &directory));
    story.tell(&from_ivan(DESK, "Order 5", "one", &[], "Where is it?"));
    story.answer(1, "It was delivered.", &["--close"]);
    let token = story.sent("ivan@shop.example", 2).header("Reply-To");
    let answer = |id: &str, body: &str| from_ivan(&token, "Re: [#1] Order 5", id, &[], body);
    let filed = story.tell(&answer("two", "Thank you!"));
    assert_eq!(filed.ticket, Some(1));
    let ticket = story.desk.ticket(1);
    assert_eq!(ticket["status"], "closed");
    assert_eq!(
        ticket["messages"].as_array().unwrap().len(),
        3,
        "it is kept"
    );
    let surveys = |state: &str| {
        let rows = story.outbox().into_iter();
        rows.filter(|row| row["kind"] == "survey" && row["state"] == state)
            .count()
    };
    assert_eq!(surveys("scheduled"), 1, "and it is still asked about");
    story.tell(&answer("three", "It is broken."));
    assert_eq!(story.desk.ticket(1)["status"], "open");
    assert_eq!(surveys("scheduled"), 0);
}

#[test]
fn a_merge_can_be_undone_and_what_came_meanwhile_comes_back() {
    let story = Story::new(|setup| setup);
    story.tell(&from_ivan(DESK, "Order 5", "one", &[], "Where is it?"));
    let of_both = from_ivan(
        DESK,
        "The invoice",
        "two",
        &["Cc: Olga <olga@shop.example>"],
        "It has a wrong name.",
    );
    story.tell(&of_both);
    let to_ivan = story.smtp.wait_for("ivan@shop.example", 2, SOON);
    let tokens: Vec<String> = to_ivan.iter().map(|mail| mail.header("Reply-To")).collect();
    story.desk.cli_text(&["ticket", "merge", "2", "1"], "");
    let people = |number: i64| addresses(&story.desk.ticket(number)["participants"]);
    assert_eq!(people(1), ["ivan@shop.example", "olga@shop.example"]);
    assert_eq!(story.desk.ticket(1)["merged_here"], serde_json::json!([2]));

    let for_two = from_ivan(&tokens[1], "Re: The invoice", "three", &[], "Any news?");
    assert_eq!(story.tell(&for_two).ticket, Some(1));
    let for_one = from_ivan(&tokens[0], "Re: Order 5", "four", &[], "Still nothing.");
    assert_eq!(story.tell(&for_one).ticket, Some(1));

    let undone = story.desk.cli(&["ticket", "unmerge", "2", "--json"]);
    assert_eq!(
        undone,
        serde_json::json!({ "ticket": 2, "unmerged_from": 1, "messages": 1, "status": "open" })
    );
    let words = |number: i64| -> Vec<String> {
        let ticket = story.desk.ticket(number);
        let messages = ticket["messages"].as_array().unwrap().clone();
        messages
            .iter()
            .map(|m| m["reply"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(words(1), ["Where is it?", "Still nothing."]);
    assert_eq!(words(2), ["It has a wrong name.", "Any news?"]);
    assert_eq!(people(1), ["ivan@shop.example"]);
    assert_eq!(people(2), ["ivan@shop.example", "olga@shop.example"]);
    assert_eq!(story.desk.ticket(2)["merged_into"], serde_json::Value::Null);

    let later = from_ivan(&tokens[1], "Re: The invoice", "five", &[], "Well?");
    assert_eq!(story.tell(&later).ticket, Some(2));
    let again = story.desk.cli_output(&["ticket", "unmerge", "2"], "");
    assert!(String::from_utf8_lossy(&again.stderr).contains("not merged"));
}

#[test]
fn a_merge_of_a_quiet_ticket_undone_leaves_it_as_it_was() {
    let story = Story::new(|setup| setup);
    story.tell(&from_ivan(DESK, "Order 5", "one", &[], "Where is it?"));
    story.tell(&from_ivan(DESK, "The invoice", "two", &[], "A wrong name."));
    story
        .desk
        .cli_text(&["ticket", "set", "2", "--status", "pending"], "");
    story.desk.cli_text(&["ticket", "merge", "2", "1"], "");
    assert_eq!(story.desk.ticket(2)["status"], "closed");
    story.desk.cli_text(&["ticket", "unmerge", "2"], "");
    assert_eq!(story.desk.ticket(2)["status"], "pending");
}

#[test]
fn what_was_merged_twice_parts_in_any_order() {
    let story = Story::new(|setup| setup);
    for number in ["one", "two", "three"] {
        story.tell(&from_ivan(DESK, number, number, &[], number));
    }
    let to_ivan = story.smtp.wait_for("ivan@shop.example", 3, SOON);
    story.desk.cli_text(&["ticket", "merge", "3", "2"], "");
    story.desk.cli_text(&["ticket", "merge", "2", "1"], "");
    let token = |n: usize| to_ivan[n].header("Reply-To");
    let for_three = from_ivan(&token(2), "Re: three", "late", &[], "late for three");
    assert_eq!(story.tell(&for_three).ticket, Some(1));
    // the second takes with it what came for the third, which is still merged into it
    story.desk.cli_text(&["ticket", "unmerge", "2"], "");
    assert_eq!(
        story.desk.ticket(1)["messages"].as_array().unwrap().len(),
        1
    );
    assert_eq!(
        story.desk.ticket(2)["messages"].as_array().unwrap().len(),
        2
    );
    story.desk.cli_text(&["ticket", "unmerge", "3"], "");
    assert_eq!(
        story.desk.ticket(2)["messages"].as_array().unwrap().len(),
        1
    );
    assert_eq!(
        story.desk.ticket(3)["messages"].as_array().unwrap().len(),
        2
    );
}

#[test]
fn a_split_gives_a_second_question_a_ticket_of_its_own() {
    let story = Story::new(|setup| setup);
    story.tell(&from_ivan(DESK, "Order 5", "one", &[], "Where is it?"));
    let token = story.sent("ivan@shop.example", 1).header("Reply-To");
    story.tell(&from_ivan(
        &token,
        "Re: [#1] Order 5",
        "two",
        &[],
        "Also: change our invoice.",
    ));
    let ticket = story.desk.ticket(1);
    let second = ticket["messages"][1]["id"].to_string();

    let split = story.desk.cli(&["ticket", "split", "1", &second, "--json"]);
    assert_eq!(
        split,
        serde_json::json!({ "ticket": 1, "new": 2, "messages": 1 })
    );
    let new = story.desk.ticket(2);
    assert_eq!(
        (&new["linked_to"], &new["status"]),
        (&1.into(), &"open".into())
    );
    assert_eq!(new["requester"]["address"], "ivan@shop.example");
    assert_eq!(
        new["opened_at"], ticket["messages"][1]["at"],
        "waiting since then"
    );
    assert_eq!(
        story.desk.ticket(1)["messages"].as_array().unwrap().len(),
        1
    );

    story.answer(2, "Changed.", &[]);
    let sent = story.sent("ivan@shop.example", 2);
    assert_eq!(sent.header("In-Reply-To"), "<two@shop.example>");
    assert!(
        sent.header("Subject").contains("[#2]"),
        "{}",
        sent.header("Subject")
    );
    let thanks = from_ivan(
        &sent.header("Reply-To"),
        "Re: [#2] Order 5",
        "three",
        &[],
        "Thanks.",
    );
    assert_eq!(story.tell(&thanks).ticket, Some(2));
    // and by the id of the mail that moved
    let reference = ["In-Reply-To: <two@shop.example>"];
    let by_id = from_ivan(DESK, "Re: Order 5", "four", &reference, "The name is Shop.");
    assert_eq!(story.tell(&by_id).ticket, Some(2));

    let first = ticket["messages"][0]["id"].to_string();
    let all = story.desk.cli_output(&["ticket", "split", "1", &first], "");
    assert!(String::from_utf8_lossy(&all.stderr).contains("needs no split"));
    let foreign = story
        .desk
        .cli_output(&["ticket", "split", "1", &second], "");
    assert!(String::from_utf8_lossy(&foreign.stderr).contains("has no message"));
}
