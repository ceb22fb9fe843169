//! Mails per second and peak memory of `maildesk import`, from an mbox of mails of about 4 KB into
//! filed tickets; and of the same command again, which finds everything imported.
//!
//! `cargo bench --bench import [-- MAILS]`
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../tests/harness/mod.rs"]
mod harness;

use std::{
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use harness::{Desk, Maildir};
use maildesk::{store::Store, token::Signer};

const USER: &str = "support@example.com";

fn main() {
    let mails = std::env::args().find_map(|arg| arg.parse().ok());
    let mails: usize = mails.unwrap_or(50_000);
    let setup = Desk::setup();
    let inbox = setup.dir().join("Maildir");
    Maildir::new(inbox.clone()).create();
    let outgoing = setup.dir().join("outgoing");
    fs::create_dir(&outgoing).unwrap();
    let desk = setup
        .maildir("support", &inbox, &[])
        .outgoing_directory(&outgoing)
        .write();
    Store::open(&desk.dir().join("maildesk.db")).unwrap();
    Signer::open(&desk.dir().join("secret")).unwrap();
    let path = desk.dir().join("all.mbox");
    write(&path, mails);
    let size = fs::metadata(&path).unwrap().len();
    println!("{mails} mails, {} MiB", size >> 20);
    for what in ["import", "again"] {
        let (time, peak, summary) = import(&desk, &path);
        println!(
            "{what:>8}  {:>6.2} s  {:>7.0} a second  {:>5.1} MiB at most  {}",
            time.as_secs_f64(),
            mails as f64 / time.as_secs_f64(),
            peak as f64 / 1024.0,
            summary
                .lines()
                .skip(1)
                .map(str::trim)
                .collect::<Vec<_>>()
                .join(", ")
        );
    }
    let store = Store::open_existing(&desk.dir().join("maildesk.db")).unwrap();
    let database = fs::metadata(store.path()).unwrap().len();
    let started = Instant::now();
    store.check().unwrap();
    let checked = started.elapsed();
    let started = Instant::now();
    let copy = desk.dir().join("copy.db");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(store.backup(copy)).unwrap();
    println!(
        "database of {} MiB: looked through at start in {:.2} s, copied and checked in {:.2} s",
        database >> 20,
        checked.as_secs_f64(),
        started.elapsed().as_secs_f64()
    );
    let tickets = store.read_here(|view| view.newest_ticket()).unwrap();
    assert_eq!(
        tickets as usize,
        mails.div_ceil(2),
        "a ticket for every second mail"
    );
}

/// Conversations of a question and the desk's answer.
fn write(path: &Path, mails: usize) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    let words = "Мы торгуем запчастями, обновляем цены каждое утро и ждём ответа.\n".repeat(30);
    for number in 0..mails {
        let (customer, ids) = (number / 2, number % 2);
        let customer = format!("Ольга <customer-{customer}@shop.example>");
        let (from, to) = match ids {
            0 => (customer.as_str(), USER),
            _ => (USER, customer.as_str()),
        };
        let mut headers = vec![
            format!("Message-ID: <import-{number}@shop.example>"),
            format!(
                "Date: {} Jan 2020 {:02}:{:02}:00 +0300",
                1 + number % 28,
                number % 24,
                number % 60
            ),
        ];
        if ids == 1 {
            headers.push(format!("In-Reply-To: <import-{}@shop.example>", number - 1));
        }
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let subject = format!("Импорт прайса {}", number / 2);
        let body = format!("Загрузка прайса поставщика {number} остановилась.\n\n{words}");
        let mail = harness::mail::plain(from, to, &subject, &headers, &body);
        file.write_all(b"From - Wed Jan  1 10:00:00 2020\r\n")
            .unwrap();
        file.write_all(&mail).unwrap();
        file.write_all(b"\r\n").unwrap();
    }
    file.flush().unwrap();
}

/// How long it took, and the most memory that was resident, in KiB.
fn import(desk: &Desk, path: &Path) -> (Duration, u64, String) {
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_maildesk"))
        .arg("--config")
        .arg(desk.config())
        .args(["import", "--mailbox", "support"])
        .arg(path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut peak = 0;
    let status = loop {
        let text = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let high = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let high = high.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(high.unwrap_or(0));
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let time = started.elapsed();
    assert!(status.success());
    let output = child.wait_with_output().unwrap();
    (time, peak, String::from_utf8(output.stdout).unwrap())
}
