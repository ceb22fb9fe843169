//! From delivery to acknowledgement, and the memory of an idle desk.
//!
//! `cargo bench --bench latency [-- MAILS]`
//!
//! Over Dovecot most of it is Dovecot's own: it tells an idling client of new mail 500 ms after
//! it came. The scripted server tells at once, and shows what is ours.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../tests/harness/mod.rs"]
mod harness;

use std::time::{Duration, Instant};

use harness::{
    Account, Ca, Desk, Dovecot, DovecotOptions, FakeImap, FakeSmtp, ImapOptions, SmtpOptions,
};

const USER: &str = "support@example.com";

/// A server's name, how to reach it, how mail gets there.
type Way<'a> = (&'a str, Account, &'a dyn Fn(&[u8]));

fn main() {
    let mails = std::env::args()
        .find_map(|arg| arg.parse().ok())
        .unwrap_or(100);
    let dir = tempfile::tempdir().unwrap();
    let ca = Ca::new(dir.path());
    let smtp = FakeSmtp::start(&ca, SmtpOptions::default());
    let dovecot = Dovecot::start(&ca, DovecotOptions::default());
    let fake = FakeImap::start(&ca, ImapOptions::default());
    let real = |bytes: &[u8]| dovecot.deliver(USER, bytes);
    let scripted = |bytes: &[u8]| {
        fake.deliver(bytes);
    };
    let ways: [Way<'_>; 2] = [
        ("Dovecot", dovecot.account(USER), &real),
        ("scripted", fake.account(), &scripted),
    ];
    println!(
        "{:>9}  {:>6}  {:>9}  {:>9}  {:>9}  {:>12}",
        "server", "mails", "median", "p95", "max", "idle memory"
    );
    for (name, account, deliver) in ways {
        let mut desk = Desk::setup()
            .mailbox("support", &account)
            .smtp(&smtp.account())
            .set("limits", "automatic_per_desk_per_hour", "1000000")
            .set("limits", "automatic_per_domain_per_hour", "1000000")
            .start();
        std::thread::sleep(Duration::from_secs(2));
        let memory = resident(desk.pid());
        let mut times: Vec<Duration> = (0..mails)
            .map(|number| {
                let from = format!("{name}-{number}@shop.example").to_lowercase();
                let started = Instant::now();
                deliver(&mail(&from, number));
                let sent = smtp.wait_for(&from, 1, Duration::from_secs(30));
                // apart from each other, as real mails are
                std::thread::sleep(Duration::from_millis(37));
                sent[0].at - started
            })
            .collect();
        times.sort();
        let at = |part: usize| times[(times.len() - 1) * part / 100];
        println!(
            "{name:>9}  {mails:>6}  {:>6} ms  {:>6} ms  {:>6} ms  {:>8.1} MiB",
            at(50).as_millis(),
            at(95).as_millis(),
            at(100).as_millis(),
            memory as f64 / 1024.0
        );
        desk.terminate();
    }
}

fn mail(from: &str, number: usize) -> Vec<u8> {
    harness::mail::plain(
        from,
        USER,
        "Импорт прайса не работает",
        &[
            &format!("Message-ID: <latency-{number}-{from}>"),
            "Date: Sat, 21 Nov 2026 10:00:00 +0300",
        ],
        "Здравствуйте! Загрузка прайса поставщика зависла на 40 %.",
    )
}

/// Resident memory in KiB.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
