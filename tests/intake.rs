//! A mail comes in over IMAP: it becomes a ticket, and its acknowledgement leaves by SMTP.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "intake/after.rs"]
mod after;
#[path = "intake/bad_server.rs"]
mod bad_server;
#[path = "intake/connection.rs"]
mod connection;
#[path = "intake/content.rs"]
mod content;
mod harness;
#[path = "intake/outgoing.rs"]
mod outgoing;
#[path = "intake/place.rs"]
mod place;
#[path = "intake/sent.rs"]
mod sent;
#[path = "intake/side_by_side.rs"]
mod side_by_side;
#[path = "intake/start.rs"]
mod start;
#[path = "intake/tls.rs"]
mod tls;

use std::time::Instant;

use harness::{eventually, mail};
use place::{Place, SOON, USER};

/// A Russian customer whose import fails.
fn failure(number: usize) -> Vec<u8> {
    mail::plain(
        "Ольга <olga@shop.example>",
        USER,
        "Импорт прайса не работает",
        &[
            &format!("Message-ID: <import-{number}@shop.example>"),
            "Date: Sat, 21 Nov 2026 10:00:00 +0300",
        ],
        &format!("Здравствуйте! Загрузка прайса поставщика зависла на 40 %.\nЗаказ {number}."),
    )
}

#[test]
fn a_failure_becomes_a_high_ticket_and_is_acknowledged_within_a_second_of_the_servers_notice() {
    let place = Place::new();
    let desk = place.desk(&[]);
    let sent = Instant::now();
    place.dovecot.deliver(USER, &failure(1));
    let acknowledgement = place.smtp.wait_for("olga@shop.example", 1, SOON).remove(0);
    eprintln!(
        "delivery to acknowledgement: {:?}",
        acknowledgement.at - sent
    );
    assert!(acknowledgement.is_tls);
    assert_eq!(acknowledgement.sender, "");
    assert!(
        acknowledgement.subject().contains("[#1]"),
        "{}",
        acknowledgement.subject()
    );
    assert_eq!(
        acknowledgement.header("In-Reply-To"),
        "<import-1@shop.example>"
    );
    assert_eq!(acknowledgement.header("Auto-Submitted"), "auto-replied");
    let ticket = desk.ticket(1);
    assert_eq!(ticket["priority"], "high");
    assert_eq!(ticket["category"], "import");
    assert_eq!(ticket["language"], "ru");
    assert_eq!(ticket["requester"]["name"], "Ольга");
    desk.wait_outbox_empty(SOON);
    eventually(SOON, "nothing marked on the server", || {
        (place.dovecot.flags(USER, "INBOX") == [""]).then_some(())
    });
}
