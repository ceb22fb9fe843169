//! Where a new desk begins in a mailbox that is older than it.

use std::{
    fs::{self, File},
    time::{Duration, SystemTime},
};

use crate::{
    harness::mail,
    place::{Place, SOON, USER, customer, question, wait_acknowledged, wait_settled},
};

/// A mail of the past, there since then.
fn old(place: &Place, number: usize, date: &str, unix: u64) {
    let bytes = mail::plain(
        &customer(number),
        USER,
        &format!("An old question {number}"),
        &[
            &format!("Message-ID: <old-{number}@shop.example>"),
            &format!("Date: {date}"),
        ],
        "The import of our price list hangs.",
    );
    place.deliver(&bytes);
    // Dovecot's INTERNALDATE is the time of the file
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(unix);
    let new = place.dovecot.maildir(USER, "INBOX").path().join("new");
    for file in fs::read_dir(new).unwrap() {
        let path = file.unwrap().path();
        if fs::read(&path).unwrap() == bytes {
            File::options()
                .write(true)
                .open(path)
                .unwrap()
                .set_modified(then)
                .unwrap();
        }
    }
}

fn january_and_march(place: &Place) {
    old(place, 1, "Mon, 06 Jan 2025 12:00:00 +0000", 1_736_164_800);
    old(place, 2, "Mon, 03 Mar 2025 12:00:00 +0300", 1_740_992_400);
}

#[test]
fn now_passes_over_what_is_there() {
    let place = Place::new();
    place.deliver(&question(1));
    place.deliver(&question(2));
    let mut desk = place.desk(&[("start", "\"now\"")]);
    place.deliver(&question(3));
    wait_acknowledged(&desk, &place.smtp, [3]);
    // and also after a restart
    assert_eq!(desk.terminate(), 0);
    place.deliver(&question(4));
    desk.restart();
    wait_acknowledged(&desk, &place.smtp, [3, 4]);
    let tickets = desk.tickets();
    let from = |index: usize| tickets[index]["requester"]["address"].clone();
    assert_eq!([from(0), from(1)], [customer(3), customer(4)]);
    assert_eq!(tickets.len(), 2);
}

#[test]
fn all_takes_the_past_as_closed_tickets_and_answers_none_of_it() {
    let place = Place::new();
    january_and_march(&place);
    let desk = place.desk(&[]);
    wait_settled(&desk, 2);
    place.deliver(&question(3));
    wait_acknowledged(&desk, &place.smtp, [3]);
    let tickets = desk.tickets();
    assert_eq!(tickets.len(), 3);
    assert_eq!(tickets[0]["status"], "closed");
    assert_eq!(tickets[0]["opened_at"], "2025-01-06T12:00:00Z");
    assert_eq!(tickets[0]["closed_at"], "2025-01-06T12:00:00Z");
    assert_eq!(tickets[1]["status"], "closed");
    assert_eq!(tickets[1]["opened_at"], "2025-03-03T09:00:00Z");
    assert_eq!(tickets[2]["status"], "open");
    let outbox = desk.cli(&["outbox", "list", "--json"]);
    assert_eq!(outbox.as_array().unwrap().len(), 1, "{outbox}");
    let surveys = desk.cli(&["survey", "list", "--json"]);
    assert_eq!(surveys.as_array().unwrap().len(), 0, "{surveys}");
}

#[test]
fn a_date_takes_the_past_from_that_day_on() {
    let place = Place::new();
    january_and_march(&place);
    let desk = place.desk(&[("start", "\"2025-02-01\"")]);
    place.deliver(&question(3));
    wait_acknowledged(&desk, &place.smtp, [3]);
    let tickets = desk.tickets();
    assert_eq!(tickets.len(), 2, "{tickets:?}");
    assert_eq!(tickets[0]["requester"]["address"], customer(2));
    assert_eq!(tickets[0]["status"], "closed");
    assert_eq!(tickets[1]["status"], "open");
    desk.wait_outbox_empty(SOON);
}
