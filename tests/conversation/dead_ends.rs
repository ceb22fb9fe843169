//! Where machines' answers end: nothing follows from them.

use super::bounces::notification;
use crate::{
    harness::mail::plain,
    story::{DESK, SOON, Story},
};

const IVAN: &str = "ivan@shop.example";

fn question(number: usize) -> Vec<u8> {
    plain(
        "Ivan <ivan@shop.example>",
        DESK,
        "Where is my order?",
        &[&format!("Message-ID: <q{number}@shop.example>")],
        &format!("Hello, this is question {number}."),
    )
}

fn away(number: usize, to: &str, ours: &str) -> Vec<u8> {
    plain(
        "Ivan <ivan@shop.example>",
        to,
        "Automatic reply: Where is my order?",
        &[
            &format!("Message-ID: <away{number}@shop.example>"),
            &format!("In-Reply-To: {ours}"),
            "Auto-Submitted: auto-replied",
        ],
        &format!("I am away, this is notice {number}."),
    )
}

#[test]
fn an_auto_reply_wakes_no_sleeping_ticket_and_proves_no_address() {
    let story = Story::new(super::agent_answers::by_mail);
    story.tell(&question(1));
    let ours = story.sent(IVAN, 1);
    let told = story.sent("anna@example.com", 1);
    let proof = super::agent_answers::PROOF;
    let order = super::agent_answers::answer_to(&told, "s1", &[proof], "#snooze 2d");
    story.tell(&order);
    assert_eq!(story.desk.ticket(1)["status"], "pending");
    let asleep = || {
        let path = story.desk.dir().join("maildesk.db");
        let store = maildesk::store::Store::open_existing(&path).unwrap();
        store.read_here(|view| view.next_waking()).unwrap()
    };
    let until = asleep();
    assert!(until.is_some());
    let reply_to = ours.header("Reply-To");
    let id = ours.header("Message-ID");
    assert_eq!(story.tell(&away(1, &reply_to, &id)).disposition, "note");
    assert_eq!(asleep(), until, "its clock goes on");
    assert_eq!(story.desk.ticket(1)["status"], "pending");

    // the address is gone; a machine that answers in its name does not bring it back
    story.tell(&notification(DESK, IVAN, "failed", "5.1.1", &id));
    story.tell(&away(2, &reply_to, &id));
    let reply = ["ticket", "reply", "1", "--agent", "Anna", "--close"];
    story.desk.cli_text(&reply, "It is there.");
    assert_eq!(story.events(1, "survey_skipped"), ["suppressed"]);
}

#[test]
fn a_bounce_of_a_bounce_ends_there() {
    let story = Story::new(|setup| setup);
    story.tell(&question(1));
    story.answer(1, "It leaves today.", &[]);
    let sent = story.sent(IVAN, 2);
    let ours = sent.header("Message-ID");
    story.desk.wait_outbox_empty(SOON);
    let before = story.outbox();
    // what came back is itself a report, in whose own header nothing is of ours; the mail of ours
    // stands one bounce deeper
    let inner = notification(&sent.sender, IVAN, "failed", "5.1.1", &ours);
    let inner = String::from_utf8(inner).unwrap().replace("\r\n", "\n");
    let outer = format!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@relay.example\nTo: {DESK}\n\
         Subject: Undelivered Mail Returned to Sender\nMessage-ID: <outer@relay.example>\n\
         MIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"outer\"\n\n\
         --outer\nContent-Type: text/plain\n\nA report could not be delivered.\n\n\
         --outer\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; relay.example\n\n\
         Final-Recipient: rfc822; somebody@relay.example\nAction: failed\nStatus: 5.1.1\n\n\
         --outer\nContent-Type: message/rfc822\n\n{inner}\n--outer--\n"
    );
    let filed = story.tell(outer.replace('\n', "\r\n").as_bytes());
    assert_eq!(
        (filed.disposition.as_str(), filed.reason.as_str()),
        ("ignore", "bounce_of_foreign_mail")
    );
    // a bounce in answer to our acknowledgement, from a server that reports to the author
    // nobody asked, and its own report about that
    let daemon = |number: usize, id: &str| {
        plain(
            "MAILER-DAEMON@mx.example",
            DESK,
            "Undelivered Mail Returned to Sender",
            &[
                "Return-Path: <>",
                &format!("Message-ID: <d{number}@mx.example>"),
                &format!("In-Reply-To: {id}"),
            ],
            &format!("The report {number} was not delivered."),
        )
    };
    let first = story.tell(&daemon(1, "<nothing@mx.example>"));
    let second = story.tell(&daemon(2, "<d1@mx.example>"));
    for filed in [&first, &second] {
        assert_eq!(
            (filed.disposition.as_str(), filed.ticket),
            ("ignore", None),
            "{}",
            filed.reason
        );
    }
    story.desk.wait_outbox_empty(SOON);
    assert_eq!(story.outbox(), before);
    assert_eq!(story.desk.tickets().len(), 1);
}
