//! What an agent finds afterwards.

use serde_json::{Value, json};

use crate::archive::{
    DESK, assert_silent, conversation, dated, desk, fate, import, journal, mbox, write,
};
use crate::harness::{Desk, mail::plain};

fn directions(ticket: &Value) -> Vec<(String, String)> {
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let messages = ticket["messages"].as_array().unwrap().iter();
    let shown = messages.map(|message| (word(&message["direction"]), word(&message["kind"])));
    shown.collect()
}

fn shown(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    pairs.iter().map(own).collect()
}

#[test]
fn conversations_stand_whole_and_closed_with_their_own_dates() {
    let desk = desk(|setup| setup);
    // all customers' mails in one file, the desk's own in another, as exports come
    let all: Vec<[Vec<u8>; 3]> = (0..30).map(conversation).collect();
    let inbox: Vec<&Vec<u8>> = all
        .iter()
        .flat_map(|mails| [&mails[2], &mails[0]])
        .collect();
    let sent: Vec<&Vec<u8>> = all.iter().map(|mails| &mails[1]).collect();
    let inbox = write(&desk, "inbox.mbox", mbox(&inbox));
    let sent = write(&desk, "sent.mbox", mbox(&sent));

    let summary = import(&desk, &[&inbox, &sent]);
    assert_eq!(
        (&summary["found"], &summary["known"]),
        (&json!(90), &json!(0))
    );
    assert_eq!(fate(&summary, "open_ticket", "history"), 30);
    assert_eq!(fate(&summary, "append", "answers_mail_of_ticket"), 30);
    assert_eq!(fate(&summary, "append", "history"), 30);
    assert_silent(&desk);

    let tickets = desk.tickets();
    assert_eq!(tickets.len(), 30);
    for ticket in &tickets {
        assert_eq!(ticket["status"], "closed");
        let ticket = desk.ticket(ticket["number"].as_i64().unwrap());
        let expected = [("in", "customer"), ("out", "own"), ("in", "customer")];
        assert_eq!(directions(&ticket), shown(&expected));
        let at = |index: usize| ticket["messages"][index]["at"].clone();
        assert_eq!(ticket["opened_at"], at(0));
        assert_eq!(ticket["closed_at"], at(2));
        assert_eq!(ticket["updated_at"], at(2));
        assert!(at(0).as_str().unwrap().starts_with("2020-03-0"));
        let file = &ticket["messages"][0]["attachments"][0];
        assert_eq!(file["name"], "prices.csv");
    }
    let english: Vec<&Value> = tickets
        .iter()
        .filter(|ticket| ticket["language"] == "en")
        .collect();
    let russian = tickets.iter().filter(|ticket| ticket["language"] == "ru");
    assert_eq!((english.len(), russian.count()), (10, 10));
    // rules sort what is done, and give nobody work for it
    assert!(english.iter().all(|ticket| ticket["category"] == "orders"));
    assert!(tickets.iter().all(|ticket| ticket["assignee"] == ""));
    let ticket = desk.ticket(english[0]["number"].as_i64().unwrap());
    let text = ticket["messages"][0]["text"].as_str().unwrap();
    assert!(text.contains("\nFrom what I see"), "unquoted: {text}");

    // the same again, from the same files and from one that is written in another way
    let crlf: Vec<u8> = all.concat().concat();
    assert!(String::from_utf8(crlf).unwrap().contains("\r\n"));
    let again = import(&desk, &[&inbox, &sent]);
    assert_eq!((&again["found"], &again["known"]), (&json!(90), &json!(90)));
    assert_eq!(again["fates"], json!([]));
    for (number, mail) in all.concat().iter().enumerate() {
        write(&desk, &format!("eml/{number}.eml"), mail);
    }
    let eml = desk.dir().join("eml").to_str().unwrap().to_owned();
    let again = import(&desk, &[&eml]);
    assert_eq!(fate(&again, "ignore", "duplicate"), 90);
    assert_eq!(desk.tickets().len(), 30);
    assert_silent(&desk);
}

#[test]
fn what_agents_and_machines_wrote_is_in_its_place() {
    let desk = desk(|setup| setup.set("trust", "inbound_path_trusted", "true"));
    let (olga, anna) = ("Olga <olga@shop.example>", "Anna <anna@example.com>");
    let answers = dated(
        (olga, DESK),
        "Price",
        "2 Mar 2020 10:00:00 +0000",
        ("q", &[]),
        "How much is it?",
    );
    let by_agent = dated(
        (anna, olga),
        "Re: Price",
        "2 Mar 2020 11:00:00 +0000",
        ("a", &["q"]),
        "100.",
    );
    let note = dated(
        (anna, DESK),
        "Re: Price",
        "2 Mar 2020 11:05:00 +0000",
        ("n", &["q"]),
        "She is a good customer.",
    );
    let away = plain(
        olga,
        DESK,
        "Out of office",
        &[
            "Date: 2 Mar 2020 11:01:00 +0000",
            "Message-ID: <o>",
            "Auto-Submitted: auto-replied",
            "In-Reply-To: <a>",
        ],
        "I am away.",
    );
    // the desk wrote first, to two people; one of them answers, and a colleague of theirs
    let begun = plain(
        DESK,
        "Ivan <ivan@firm.example>",
        "Your contract",
        &[
            "Cc: Petr <petr@firm.example>",
            "Date: 3 Mar 2020 10:00:00 +0000",
            "Message-ID: <c>",
        ],
        "Please sign it.",
    );
    let signed = dated(
        ("Petr <petr@firm.example>", DESK),
        "Re: Your contract",
        "4 Mar 2020 10:00:00 +0000",
        ("s", &["c"]),
        "Signed.",
    );
    let newsletter = plain(
        DESK,
        "everybody@customers.example",
        "News of March",
        &[
            "Date: 3 Mar 2020 12:00:00 +0000",
            "Message-ID: <l>",
            "Precedence: bulk",
        ],
        "News.",
    );
    let to_itself = dated(
        (DESK, DESK),
        "A test",
        "3 Mar 2020 13:00:00 +0000",
        ("t", &[]),
        "Does it work?",
    );
    // another desk's number, which is one of ours too
    let numbered = dated(
        (olga, DESK),
        "[#1] Something else",
        "5 Mar 2020 10:00:00 +0000",
        ("x", &[]),
        "I have another question.",
    );
    let all = [
        &signed,
        &numbered,
        &away,
        &by_agent,
        &begun,
        &note,
        &answers,
        &newsletter,
        &to_itself,
    ];
    let summary = import(&desk, &[&write(&desk, "all.mbox", mbox(&all))]);
    assert_eq!(summary["found"], 9);
    assert_silent(&desk);

    let tickets = desk.tickets();
    let subjects: Vec<&str> = tickets
        .iter()
        .map(|t| t["subject"].as_str().unwrap())
        .collect();
    assert_eq!(subjects, ["Price", "Your contract", "[#1] Something else"]);
    let price = desk.ticket(1);
    let expected = [
        ("in", "customer"),
        ("out", "agent"),
        ("in", "auto_reply"),
        ("in", "agent"),
    ];
    assert_eq!(directions(&price), shown(&expected));
    assert_eq!(price["messages"][1]["delivery"], Value::Null);
    let dispositions: Vec<String> = journal(&desk)
        .into_iter()
        .filter(|line| line.ticket == Some(1))
        .map(|line| line.disposition)
        .collect();
    assert_eq!(dispositions, ["open_ticket", "append", "note", "note"]);

    let contract = desk.ticket(2);
    assert_eq!(contract["requester"]["address"], "ivan@firm.example");
    assert_eq!(
        directions(&contract),
        shown(&[("out", "own"), ("in", "customer")])
    );
    assert_eq!(contract["participants"].as_array().unwrap().len(), 2);
    assert_eq!(fate(&summary, "ignore", "own_address"), 2);
}

#[test]
fn an_old_bounce_silences_nobody_today() {
    // the desk lives: it has written to Olga, and she reads it
    let mut desk = desk(|setup| setup);
    desk.spawn();
    desk.wait_ready();
    let question = dated(
        ("Olga <olga@shop.example>", DESK),
        "Price",
        "2 Mar 2020 10:00:00 +0000",
        ("q", &[]),
        "How much is it?",
    );
    desk.cli_text(&["deliver", "--mailbox", "support"], question);
    desk.wait_tickets(1, std::time::Duration::from_secs(30));
    desk.wait_outbox_empty(std::time::Duration::from_secs(30));
    let sent = to_olga(&desk);
    let id = sent[0]["message_id"].as_str().unwrap();
    let bounce = plain(
        "MAILER-DAEMON@relay.example",
        DESK,
        "Undelivered Mail Returned to Sender",
        &[
            "Date: 2 Mar 2020 10:05:00 +0000",
            "Message-ID: <b@relay.example>",
        ],
        "",
    );
    let head = String::from_utf8(bounce).unwrap();
    let head = head.split("MIME-Version").next().unwrap().to_owned();
    let bounce = format!(
        "{head}MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; \
         boundary=x\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; relay.example\r\n\r\nFinal-Recipient: rfc822; olga@shop.example\r\n\
         Action: failed\r\nStatus: 5.1.1\r\n\r\n--x\r\nContent-Type: text/rfc822-headers\r\n\r\n\
         Message-ID: <{id}>\r\nFrom: {DESK}\r\nTo: olga@shop.example\r\n\r\n--x--\r\n"
    );
    let summary = import(&desk, &[&write(&desk, "bounce.eml", bounce)]);
    assert_eq!(
        fate(&summary, "bounce", "bounce_of_our_mail"),
        1,
        "{summary}"
    );
    let states = |rows: Vec<Value>| rows.into_iter().map(|row| row["state"].clone());
    assert_eq!(Vec::from_iter(states(to_olga(&desk))), ["sent"]);
    let second = dated(
        ("Olga <olga@shop.example>", DESK),
        "Another price",
        "3 Mar 2020 10:00:00 +0000",
        ("q2", &[]),
        "And this one?",
    );
    desk.cli_text(&["deliver", "--mailbox", "support"], second);
    desk.wait_tickets(2, std::time::Duration::from_secs(30));
    desk.wait_outbox_empty(std::time::Duration::from_secs(30));
    assert_eq!(Vec::from_iter(states(to_olga(&desk))), ["sent", "sent"]);
    assert_eq!(open(&desk), 2);
}

fn open(desk: &Desk) -> usize {
    let tickets = desk.tickets();
    tickets
        .iter()
        .filter(|ticket| ticket["status"] == "open")
        .count()
}

fn to_olga(desk: &Desk) -> Vec<Value> {
    let rows = desk.cli(&["outbox", "list", "--json"]);
    let mut rows = rows.as_array().unwrap().clone();
    rows.retain(|row| row["recipient"] == "olga@shop.example");
    rows
}
