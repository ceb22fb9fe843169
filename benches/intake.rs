//! Mails per second from a loaded Dovecot mailbox into filed tickets, against a bare IMAP
//! download of the same mailbox in the same run.
//!
//! `cargo bench --bench intake [-- MAILS [ROUNDS]]`
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../tests/harness/mod.rs"]
mod harness;

use std::time::{Duration, Instant};

use harness::{Ca, Client, Desk, Dovecot, DovecotOptions, FakeSmtp, SmtpOptions};
use maildesk::store::Store;

const USER: &str = "support@example.com";

fn main() {
    let numbers: Vec<usize> = std::env::args()
        .filter_map(|arg| arg.parse().ok())
        .collect();
    let mails = numbers.first().copied().unwrap_or(5000);
    let rounds = numbers.get(1).copied().unwrap_or(3);
    let dir = tempfile::tempdir().unwrap();
    let ca = Ca::new(dir.path());
    let dovecot = Dovecot::start(&ca, DovecotOptions::default());
    dovecot.deliver_many(USER, (0..mails).map(mail));
    let smtp = FakeSmtp::start(&ca, SmtpOptions::default());
    // Dovecot indexes a mailbox when it is first opened: that is not part of either figure
    download(&dovecot, &ca);
    println!("{mails} mails; seconds and mails a second");
    println!(
        "{:>5}  {:>20}  {:>20}  {:>20}  {:>8}  {:>8}",
        "round", "bare download", "history to tickets", "live to acks", "history", "live"
    );
    for round in 1..=rounds {
        let (bare, bytes) = download(&dovecot, &ca);
        let history = file(&dovecot, &smtp, mails, false);
        let live = file(&dovecot, &smtp, mails, true);
        let shown = |time: Duration| {
            format!(
                "{:.2} s {:>7.0}/s",
                time.as_secs_f64(),
                mails as f64 / time.as_secs_f64()
            )
        };
        let ratio = |time: Duration| time.as_secs_f64() / bare.as_secs_f64();
        println!(
            "{round:>5}  {:>20}  {:>20}  {:>20}  {:>7.1}x  {:>7.1}x   ({} bytes)",
            shown(bare),
            shown(history),
            shown(live),
            ratio(history),
            ratio(live),
            bytes
        );
    }
}

/// One mail of about 5 KB with its own sender.
fn mail(number: usize) -> Vec<u8> {
    let body = format!(
        "Здравствуйте!\r\n\r\nЗагрузка прайса поставщика {number} остановилась на 40 %.\r\n\r\n{}\r\n\
         -- \r\nОльга\r\n",
        "Мы торгуем запчастями, обновляем цены каждое утро и ждём ответа.\r\n".repeat(36)
    );
    harness::mail::plain(
        &format!("Ольга <customer-{number}@shop.example>"),
        USER,
        &format!("Импорт прайса {number}"),
        &[
            &format!("Message-ID: <bench-{number}@shop.example>"),
            "Date: Sat, 21 Nov 2026 10:00:00 +0300",
        ],
        &body,
    )
}

/// Everything in one range, thrown away.
fn download(dovecot: &Dovecot, ca: &Ca) -> (Duration, usize) {
    let started = Instant::now();
    let mut client = Client::connect(dovecot.account(USER).port, Some(ca.client_config())).unwrap();
    client.line();
    client.imap(&format!("LOGIN {USER} secret"));
    client.imap("SELECT INBOX");
    client.send("z UID FETCH 1:* (UID BODY.PEEK[])\r\n");
    let mut bytes = 0;
    loop {
        let line = client.line();
        bytes += line.len();
        if line.starts_with("z ") {
            return (started.elapsed(), bytes);
        }
    }
}

/// From the daemon's start until every mail is filed, and when live, acknowledged too.
fn file(dovecot: &Dovecot, smtp: &FakeSmtp, mails: usize, live: bool) -> Duration {
    let database = |desk: &Desk| desk.dir().join("maildesk.db");
    let mut desk = Desk::setup()
        .mailbox("support", &dovecot.account(USER))
        .smtp(&smtp.account())
        .set("limits", "automatic_per_desk_per_hour", "1000000")
        .set("limits", "automatic_per_domain_per_hour", "1000000")
        .without_waiting()
        .write();
    if live {
        // the desk has seen the mailbox before it was filled: all of it is new mail
        let store = Store::open(&database(&desk)).unwrap();
        let uidvalidity = dovecot.uidvalidity(USER, "INBOX");
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let cursor = maildesk::store::Cursor {
            uidvalidity,
            uidnext: 1,
            history_below: 1,
            since: maildesk::clock::now(),
        };
        let moved: Result<(), maildesk::store::StoreError> =
            runtime.block_on(store.write(move |pen| pen.move_cursor("support", cursor)));
        moved.unwrap();
    }
    let before = smtp.mails().len();
    let started = Instant::now();
    desk.spawn();
    // asking must not cost what is measured: one connection, ten times a second
    let store = loop {
        std::thread::sleep(Duration::from_millis(100));
        if let Ok(store) = Store::open_existing(&database(&desk)) {
            break store;
        }
    };
    loop {
        std::thread::sleep(Duration::from_millis(100));
        let asked = store.read_here(|view| Ok((view.newest_ticket()?, view.health()?)));
        let Ok((tickets, health)) = asked else {
            continue;
        };
        let is_filed = tickets == mails as i64 && health.waiting == 0;
        if is_filed && (!live || health.outbox_pending == 0) {
            break;
        }
    }
    let elapsed = started.elapsed();
    desk.terminate();
    if live {
        assert_eq!(
            smtp.mails().len() - before,
            mails,
            "every acknowledgement went out"
        );
    }
    elapsed
}
