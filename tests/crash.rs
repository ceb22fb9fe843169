//! The process is killed at random under load: nothing is lost, nothing is filed twice, and every
//! acknowledgement goes out once, but for the one named window (the server's 250 came, our
//! record of it did not).
//!
//! `MAILDESK_TEST_KILLS` makes it longer than the 20 of the ordinary run.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod harness;

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use harness::{Ca, Desk, Dovecot, DovecotOptions, FakeSmtp, SmtpOptions, eventually, mail};
use maildesk::store::Store;
use tempfile::TempDir;

const USER: &str = "support@example.com";
/// The longest that a commit may take after the server's word, on a busy machine.
const WINDOW: Duration = Duration::from_secs(3);

#[test]
fn killed_at_random_under_load_it_loses_nothing_and_files_nothing_twice() {
    let kills = std::env::var("MAILDESK_TEST_KILLS")
        .ok()
        .and_then(|n| n.parse().ok());
    let kills: usize = kills.unwrap_or(20);
    let dir = TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    let dovecot = Arc::new(Dovecot::start(&ca, DovecotOptions::default()));
    let smtp = FakeSmtp::start(&ca, SmtpOptions::default());
    let mut desk = Desk::setup()
        .mailbox_with("support", &dovecot.account(USER), &[("after", "\"seen\"")])
        .smtp(&smtp.account())
        .set("limits", "automatic_per_desk_per_hour", "1000000")
        .set("limits", "automatic_per_domain_per_hour", "1000000")
        .start();

    let (stop, delivered) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let sender = {
        let (dovecot, stop, delivered) = (
            Arc::clone(&dovecot),
            Arc::clone(&stop),
            Arc::clone(&delivered),
        );
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let number = delivered.load(Ordering::Relaxed);
                dovecot.deliver(USER, &customer(number));
                delivered.store(number + 1, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(15));
            }
        })
    };
    let mut killed_at = Vec::new();
    for kill in 0..kills {
        // from before the first answer of the server to well into the work
        let moment = 20 + pseudo_random(kill) % 900;
        std::thread::sleep(Duration::from_millis(moment));
        desk.kill9();
        killed_at.push(Instant::now());
        desk.spawn();
    }
    stop.store(true, Ordering::Relaxed);
    sender.join().unwrap();
    let count = delivered.load(Ordering::Relaxed);
    assert!(
        count > kills * 5,
        "only {count} mails were delivered: that is no load"
    );

    desk.wait_ready();
    let database = desk.dir().join("maildesk.db");
    eventually(
        Duration::from_secs(120),
        "every mail filed and every answer out",
        || {
            let store = Store::open_existing(&database).ok()?;
            let (lines, health) = store
                .read_here(|view| Ok((view.journal(usize::MAX >> 1)?, view.health()?)))
                .ok()?;
            let is_over = lines.len() >= count && health.waiting == 0 && health.outbox_pending == 0;
            is_over.then_some(())
        },
    );

    let store = Store::open_existing(&database).unwrap();
    let lines = store
        .read_here(|view| view.journal(usize::MAX >> 1))
        .unwrap();
    assert_eq!(lines.len(), count, "one row a mail");
    let senders: HashSet<&str> = lines.iter().map(|line| line.from.as_str()).collect();
    let tickets: HashSet<i64> = lines.iter().filter_map(|line| line.ticket).collect();
    assert_eq!(senders.len(), count, "no mail lost");
    assert_eq!(tickets.len(), count, "one ticket a mail");
    assert!(
        lines.iter().all(|line| line.disposition == "open_ticket"),
        "{lines:?}"
    );

    let mut copies: HashMap<String, Vec<_>> = HashMap::new();
    for sent in smtp.mails() {
        copies
            .entry(sent.recipients[0].clone())
            .or_default()
            .push(sent);
    }
    assert_eq!(copies.len(), count, "every customer has an acknowledgement");
    let mut in_window = 0;
    for (customer, sent) in &copies {
        for pair in sent.windows(2) {
            assert_eq!(
                pair[0].header("Message-ID"),
                pair[1].header("Message-ID"),
                "{customer}"
            );
            let crash = killed_at
                .iter()
                .find(|at| **at > pair[0].at && **at < pair[1].at);
            let crash = crash.unwrap_or_else(|| panic!("{customer} got two with no crash between"));
            let before = *crash - pair[0].at;
            assert!(
                before < WINDOW,
                "{customer}: the first was out {before:?} before the crash"
            );
            in_window += 1;
        }
    }
    eprintln!(
        "{kills} kills, {count} mails, {in_window} acknowledgements sent twice in the window"
    );
    eventually(Duration::from_secs(60), "all mails marked as seen", || {
        let flags = dovecot.flags(USER, "INBOX");
        flags.iter().all(|flags| flags.contains('S')).then_some(())
    });
    assert_eq!(desk.terminate(), 0);
}

fn customer(number: usize) -> Vec<u8> {
    mail::plain(
        &format!("customer-{number}@shop.example"),
        USER,
        &format!("Import stopped, order {number}"),
        &[
            &format!("Message-ID: <crash-{number}@shop.example>"),
            "Date: Sat, 21 Nov 2026 10:00:00 +0000",
        ],
        "The import of our price list hangs.",
    )
}

/// The same moments in every run, spread over the range (a step of Knuth's multiplicative hash).
fn pseudo_random(step: usize) -> u64 {
    (step as u64 + 1).wrapping_mul(2_654_435_761) >> 7
}
