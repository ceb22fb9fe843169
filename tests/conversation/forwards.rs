//! An agent passes a customer's mail on to the desk, and strangers do.

use std::fs;

use crate::{
    harness::{DeskSetup, mail::plain},
    story::{DESK, Story, addresses, text},
};

const ANNA: &str = "Anna <anna@example.com>";
const PROOF: &str = "Authentication-Results: mx.example.com; dmarc=pass header.from=example.com";

/// A desk that believes what its mail server says of senders.
fn believing(setup: DeskSetup) -> DeskSetup {
    setup.set("trust", "authserv_ids", "[\"mx.example.com\"]")
}

fn sample(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/mail/{name}.eml", env!("CARGO_MANIFEST_DIR"));
    let mail = fs::read_to_string(path).unwrap();
    mail.replace('\n', "\r\n").into_bytes()
}

#[test]
fn what_an_agent_passes_on_is_the_customers_ticket() {
    let story = Story::over_imap(believing);
    let raw = sample("forward-gmail-ru-by-agent");
    let filed = story.tell(&raw);
    assert_eq!(
        (
            filed.disposition.as_str(),
            filed.reason.as_str(),
            filed.ticket
        ),
        ("open_ticket", "forwarded_by_agent", Some(1))
    );

    let ticket = story.desk.ticket(1);
    assert_eq!(ticket["requester"]["name"], "Ольга Петрова");
    assert_eq!(addresses(&ticket["participants"]), ["olga@shop.example"]);
    assert_eq!(ticket["subject"], "Не работает импорт прайса");
    assert_eq!(ticket["language"], "ru");
    // by the customer's words: the agent's speak of prices and search
    assert_eq!(
        (&ticket["category"], &ticket["priority"]),
        (&"import".into(), &"high".into())
    );
    let messages = ticket["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 2, "{messages:#?}");
    let note = messages.iter().find(|m| m["direction"] == "note").unwrap();
    let asked = messages.iter().find(|m| m["direction"] == "in").unwrap();
    assert_eq!(note["author"]["address"], "anna@example.com");
    assert_eq!(
        note["reply"],
        "Nightmare client, please be quick: the search shows no prices at all!"
    );
    assert_eq!(asked["author"]["address"], "olga@shop.example");
    assert_eq!(asked["kind"], "customer");
    assert!(text(&asked["reply"]).starts_with("Здравствуйте!"));
    assert!(!text(&asked["text"]).contains("Nightmare"));
    let told = story.events(1, "taken_over");
    assert!(
        told[0].contains("Ольга Петрова <olga@shop.example>"),
        "{told:?}"
    );
    // both stand for the exact bytes that came
    for message in [note, asked] {
        let id = message["id"].to_string();
        let output = story.desk.cli_output(&["ticket", "raw", "1", &id], "");
        let bytes = String::from_utf8(output.stdout).unwrap();
        assert!(
            bytes.ends_with(std::str::from_utf8(&raw).unwrap()),
            "message {id}"
        );
    }

    let acknowledgement = story.sent("olga@shop.example", 1);
    assert_eq!(story.written("acknowledgement"), ["olga@shop.example"]);
    let all = String::from_utf8_lossy(&acknowledgement.data).into_owned();
    assert!(
        !all.contains("In-Reply-To") && !all.contains("anna@"),
        "{all}"
    );
    story.answer(1, "Починили.", &[]);
    let answer = story.sent("olga@shop.example", 2);
    assert_eq!(
        crate::harness::mail::decoded(&answer.data).0,
        "Re: [#1] Не работает импорт прайса"
    );
    let all = String::from_utf8_lossy(&answer.data).into_owned();
    assert!(!all.contains("fwd1@"), "{all}");
    assert_eq!(story.written("reply"), ["olga@shop.example"]);

    // she answers, and it threads
    let back = plain(
        "Ольга Петрова <olga@shop.example>",
        DESK,
        "Re: [#1] Не работает импорт прайса",
        &[
            "Message-ID: <back@shop.example>",
            &format!("In-Reply-To: {}", answer.header("Message-ID")),
        ],
        "Спасибо, работает.",
    );
    let filed = story.tell(&back);
    assert_eq!(
        (filed.disposition.as_str(), filed.ticket),
        ("append", Some(1))
    );

    // the same forward again is no second ticket
    assert_eq!(story.tell(&raw).reason, "duplicate");
    assert_eq!(story.desk.tickets().len(), 1);
    let explained = story.desk.cli_text(&["rules", "explain", "1"], "");
    assert!(
        explained.contains("taken over from a mail that Anna"),
        "{explained}"
    );
    assert!(!explained.contains("Nightmare"), "{explained}");
    assert!(
        story
            .desk
            .cli_text(&["ticket", "show", "1"], "")
            .contains("taken over")
    );
}

#[test]
fn without_proof_nobody_is_written_to_in_an_agents_name() {
    let story = Story::new(believing);
    let forward = |id: &str, headers: &[&str]| {
        let mut all = vec![format!("Message-ID: <{id}@example.com>")];
        all.extend(headers.iter().map(|h| (*h).to_owned()));
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let body = format!(
            "Look {id}\n\n---------- Forwarded message ---------\nFrom: Victim <victim@shop.example>\n\
             Date: Mon, May 4, 2026 at 10:15 AM\nSubject: Hi\nTo: {ANNA}\n\nHello, help me please.",
        );
        plain(ANNA, DESK, "Fwd: Hi", &all, &body)
    };
    let other = "Authentication-Results: mx.evil.example; dmarc=pass header.from=example.com";
    let failed = "Authentication-Results: mx.example.com; dmarc=fail header.from=example.com";
    let forged = ["Authentication-Results: mx.example.com; spf=none", PROOF];
    for (number, headers) in [(1, &[][..]), (2, &[other]), (3, &[failed]), (4, &forged)] {
        let filed = story.tell(&forward(&format!("f{number}"), headers));
        assert_eq!(filed.reason, "new_mail");
        let ticket = story.desk.ticket(number);
        assert_eq!(ticket["requester"]["address"], "anna@example.com");
        let why = story.events(number, "not_taken_over");
        assert!(why[0].contains("nothing proves"), "{why:?}");
    }
    let victims = story.outbox();
    let victims = victims
        .iter()
        .filter(|row| row["recipient"] == "victim@shop.example");
    assert_eq!(victims.count(), 0);

    let seen = story
        .desk
        .cli_text(&["inspect", "-", "--json"], forward("f9", &[PROOF]));
    let seen: serde_json::Value = serde_json::from_str(&seen).unwrap();
    assert_eq!(seen["forwarded"]["taken_over"], true);
    assert_eq!(seen["forwarded"]["from"]["address"], "victim@shop.example");
    assert_eq!(seen["decision"]["reason"], "forwarded_by_agent");
    let seen = story.desk.cli_text(&["inspect", "-"], forward("f9", &[]));
    assert!(
        seen.contains("not taken over, since: nothing proves"),
        "{seen}"
    );
}

#[test]
fn a_strangers_forward_and_a_servers_stay_what_they_are() {
    let story = Story::new(|setup| setup.set("trust", "inbound_path_trusted", "true"));
    let filed = story.tell(&sample("gmail-forward"));
    assert_eq!(filed.reason, "new_mail");
    let ticket = story.desk.ticket(1);
    assert_eq!(ticket["requester"]["address"], "john@customer.example");
    let words = text(&ticket["messages"][0]["reply"]);
    assert!(
        words.contains("Please have a look") && words.contains("The import"),
        "{words}"
    );

    // a server's: From is the customer already
    let redirected = plain(
        "Olga <olga@shop.example>",
        "anna@example.com",
        "Import fails",
        &[
            "Message-ID: <redirected@shop.example>",
            "Resent-From: anna@example.com",
            "Resent-To: support@example.com",
            "X-Forwarded-For: anna@example.com support@example.com",
            "X-Forwarded-To: support@example.com",
            "Delivered-To: support@example.com",
        ],
        "Hello, the import fails.",
    );
    story.tell(&redirected);
    let ticket = story.desk.ticket(2);
    assert_eq!(ticket["requester"]["address"], "olga@shop.example");
    assert_eq!(ticket["messages"][0]["kind"], "customer");
    assert_eq!(
        story.written("acknowledgement"),
        ["john@customer.example", "olga@shop.example"]
    );
}

#[test]
fn a_mail_passed_on_as_an_attachment_keeps_its_own_thread() {
    let story = Story::over_imap(believing);
    story.tell(&sample("forward-attached-by-agent"));
    let ticket = story.desk.ticket(1);
    assert_eq!(ticket["requester"]["address"], "oksana@shop.example");
    assert_eq!(ticket["subject"], "Пошук не працює");
    assert_eq!(ticket["language"], "uk");
    assert_eq!(addresses(&ticket["participants"]), ["oksana@shop.example"]);
    let acknowledgement = story.sent("oksana@shop.example", 1);
    assert_eq!(
        acknowledgement.header("In-Reply-To"),
        "<first@shop.example>"
    );
    assert!(
        acknowledgement
            .header("References")
            .contains("<first@shop.example>")
    );

    // a colleague passes the same mail on: one ticket
    let again = String::from_utf8(sample("forward-attached-by-agent")).unwrap();
    let again = again.replace("<fwd2@example.com>", "<fwd3@example.com>");
    let filed = story.tell(again.as_bytes());
    assert_eq!(
        (
            filed.disposition.as_str(),
            filed.reason.as_str(),
            filed.ticket
        ),
        ("note", "forwarded_mail_of_ticket", Some(1))
    );
    // and so does a forward that names the customer's mail in its References
    let named = plain(
        ANNA,
        DESK,
        "Fwd: Пошук не працює",
        &[
            "Message-ID: <fwd4@example.com>",
            "References: <first@shop.example>",
            PROOF,
        ],
        "Ще раз.\n\n---------- Forwarded message ---------\nВід: Оксана <oksana@shop.example>\n\
         Subject: Пошук не працює\n\nПошук не працює.",
    );
    let filed = story.tell(&named);
    assert_eq!(
        (filed.disposition.as_str(), filed.ticket),
        ("note", Some(1))
    );
    assert_eq!(story.desk.tickets().len(), 1);
    assert_eq!(story.written("acknowledgement").len(), 1);
    // strangers choose their Message-IDs: this one gets nowhere near her ticket
    let stranger = again
        .replace("<fwd3@example.com>", "<fwd5@example.com>")
        .replace("oksana@shop.example", "eve@evil.example");
    let filed = story.tell(stranger.as_bytes());
    assert_eq!(
        (filed.reason.as_str(), filed.ticket),
        ("forwarded_by_agent", Some(2))
    );
    assert_eq!(
        story.desk.ticket(2)["requester"]["address"],
        "eve@evil.example"
    );
    // a mail later than these is still answered by its own name
    story.answer(1, "Полагодили.", &[]);
    let answer = story.sent("oksana@shop.example", 2);
    assert_eq!(answer.header("In-Reply-To"), "<first@shop.example>");
}

#[test]
fn robots_colleagues_and_nobody_are_not_acknowledged() {
    let story = Story::new(believing);
    let forward = |id: &str, head: &str| {
        let body = format!(
            "Whose is it?\n\n---------- Forwarded message ---------\n{head}\n\nYour order {id}."
        );
        let id = format!("Message-ID: <{id}@example.com>");
        plain(ANNA, DESK, "Fwd: Order", &[&id, PROOF], &body)
    };
    let filed = story.tell(&forward(
        "a1",
        "From: Shop <no-reply@shop.example>\nSubject: Order",
    ));
    assert_eq!(filed.reason, "forwarded_by_agent");
    assert_eq!(
        story.desk.ticket(1)["requester"]["address"],
        "no-reply@shop.example"
    );
    assert_eq!(story.events(1, "not_acknowledged"), ["a machine wrote it"]);

    story.tell(&forward(
        "a2",
        "From: Support <support+r1-x@example.com>\nSubject: Order",
    ));
    assert_eq!(
        story.desk.ticket(2)["requester"]["address"],
        "anna@example.com"
    );
    assert!(story.events(2, "not_taken_over")[0].contains("from the desk or from an agent"));

    let filed = story.tell(&forward("a3", "From: Ivan Petrov\nSubject: Order"));
    assert_eq!(filed.reason, "new_mail");
    let ticket = story.desk.ticket(3);
    assert_eq!(ticket["requester"]["address"], "anna@example.com");
    let defects = ticket["messages"][0]["defects"].to_string();
    assert!(
        defects.contains("no original sender found in the forwarded mail"),
        "{defects}"
    );
    let rows = story.outbox();
    assert!(
        rows.iter()
            .all(|row| row["recipient"] == "anna@example.com"),
        "{rows:?}"
    );
}
