//! Hours under load with faults on: memory, descriptors and latency must stay where they are.
//!
//! `cargo bench --bench soak -- MINUTES [MAILS_A_SECOND]`
//!
//! Mails come over Dovecot, a third of them follow-ups of earlier customers; once a second an agent
//! answers. Every few seconds something breaks: the connections to the mailbox or to the relay are
//! cut, or the relay puts mails off. Each minute is a line of the table. At the end everything
//! must have been filed once and answered once.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../tests/harness/mod.rs"]
mod harness;

use std::{
    collections::{HashMap, HashSet, VecDeque},
    fs,
    process::ExitCode,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use harness::{
    Ca, Desk, Dovecot, DovecotOptions, FakeSmtp, Fault, Proxy, SmtpMail, SmtpOptions, eventually,
};
use maildesk::store::Store;

const USER: &str = "support@example.com";
/// A fault this often.
const FAULTS: Duration = Duration::from_secs(13);

/// A customer whose acknowledgement came.
struct Known {
    customer: String,
    reply_to: String,
    message_id: String,
    ticket: String,
}

/// What went out, as the relay sees it.
#[derive(Default)]
struct Ledger {
    asked: HashMap<String, Instant>,
    acknowledged: HashMap<String, usize>,
    answers: HashMap<String, usize>,
    /// Answers that were taken, and those that were not.
    given: usize,
    busy: usize,
    latencies: Vec<Duration>,
    known: VecDeque<Known>,
}

/// One line of the table.
struct Sample {
    rss: f64,
    descriptors: f64,
    median: f64,
    /// Seconds of processor time in this minute.
    cpu: f64,
}

fn main() -> ExitCode {
    let numbers: Vec<u64> = std::env::args()
        .filter_map(|arg| arg.parse().ok())
        .collect();
    let minutes = numbers.first().copied().unwrap_or(60);
    let rate = numbers.get(1).copied().unwrap_or(20);
    let dir = tempfile::tempdir().unwrap();
    let ca = Ca::new(dir.path());
    let dovecot = Dovecot::start(&ca, DovecotOptions::default());
    let smtp = FakeSmtp::start(&ca, SmtpOptions::default());
    let to_mailbox = Proxy::before(dovecot.imap);
    let to_relay = Proxy::before(smtp.account().port);
    let mut desk = Desk::setup()
        .mailbox_with(
            "support",
            &to_mailbox.account(&dovecot.account(USER)),
            &[("after", "\"delete\"")],
        )
        .smtp(&to_relay.account(&smtp.account()))
        .set("limits", "automatic_per_desk_per_hour", "1000000")
        .set("limits", "automatic_per_domain_per_hour", "1000000")
        .start();

    let ledger = Mutex::new(Ledger::default());
    let is_over = Arc::new(AtomicBool::new(false));
    let started = Instant::now();
    let end = started + Duration::from_secs(60 * minutes);
    println!(
        "{:>6} {:>7} {:>7} {:>8} {:>9} {:>5} {:>8} {:>9} {:>7} {:>9} {:>7}",
        "minute",
        "mails",
        "acks",
        "waiting",
        "memory",
        "fds",
        "threads",
        "database",
        "cpu",
        "median",
        "p95"
    );
    let samples = std::thread::scope(|scope| {
        scope.spawn(|| deliver(&dovecot, &ledger, rate, end));
        scope.spawn(|| answer(&desk, &ledger, end));
        scope.spawn(|| trouble(&to_mailbox, &to_relay, &smtp, &dovecot, end));
        scope.spawn(|| {
            while !is_over.load(Ordering::SeqCst) {
                collect(&smtp, &mut ledger.lock().unwrap());
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        let mut before = cpu(desk.pid());
        let samples: Vec<Sample> = (1..=minutes)
            .map(|minute| {
                let at = started + Duration::from_secs(60 * minute);
                std::thread::sleep(at.saturating_duration_since(Instant::now()));
                let sample = sample(&desk, &ledger, minute, before);
                before += sample.cpu;
                sample
            })
            .collect();
        smtp.heal();
        let asked = ledger.lock().unwrap().asked.len();
        eventually(Duration::from_secs(420), "everything is out", || {
            let store = Store::open_existing(&desk.dir().join("maildesk.db")).unwrap();
            let health = store.read_here(|view| view.health()).unwrap();
            let acknowledged = ledger.lock().unwrap().acknowledged.len();
            if acknowledged == asked && health.waiting == 0 && health.outbox_pending == 0 {
                Ok(())
            } else {
                Err(format!("{acknowledged} of {asked}, {health:?}"))
            }
        });
        std::thread::sleep(Duration::from_secs(1));
        is_over.store(true, Ordering::SeqCst);
        samples
    });
    let ledger = ledger.into_inner().unwrap();
    let twice = |mails: &HashMap<String, usize>| mails.values().filter(|count| **count > 1).count();
    let store = Store::open_existing(&desk.dir().join("maildesk.db")).unwrap();
    let journal = store.read_here(|view| view.journal(usize::MAX >> 1));
    let tickets: HashSet<i64> = journal
        .unwrap()
        .iter()
        .filter_map(|line| line.ticket)
        .collect();
    let tickets = tickets.len();
    println!(
        "{} customers, {tickets} tickets, {} acknowledged, {} of them twice; {} answers given \
         ({} more while the database was too busy), {} came, {} of them twice",
        ledger.asked.len(),
        ledger.acknowledged.len(),
        twice(&ledger.acknowledged),
        ledger.given,
        ledger.busy,
        ledger.answers.len(),
        twice(&ledger.answers),
    );
    let lines = desk.log().lines().count();
    let loud = |word: &str| desk.log().lines().filter(|l| l.contains(word)).count();
    println!(
        "log: {lines} lines, {} errors, {} warnings",
        loud("ERROR"),
        loud(" WARN")
    );
    assert_eq!(desk.terminate(), 0);
    let is_whole = tickets == ledger.asked.len() && ledger.answers.len() == ledger.given;
    let is_good = verdict(&samples) && is_whole;
    println!("verdict: {}", if is_good { "steady" } else { "NOT steady" });
    ExitCode::from(u8::from(!is_good))
}

/// Customers write, every third time one that has written before.
fn deliver(dovecot: &Dovecot, ledger: &Mutex<Ledger>, rate: u64, end: Instant) {
    let mut next = Instant::now();
    let mut number = 0_usize;
    while Instant::now() < end {
        number += 1;
        let known = match number % 3 {
            0 => ledger.lock().unwrap().known.pop_front(),
            _ => None,
        };
        let mail = match known {
            Some(known) => harness::mail::plain(
                &known.customer,
                &known.reply_to,
                &format!("Re: [#{}] Импорт прайса", known.ticket),
                &[
                    &format!("Message-ID: <again-{number}@shop.example>"),
                    &format!("In-Reply-To: {}", known.message_id),
                ],
                "Добавлю: ошибка та же и сегодня.",
            ),
            None => {
                let customer = format!("customer-{number}@shop.example");
                let mail = harness::mail::plain(
                    &customer,
                    USER,
                    "Импорт прайса не работает",
                    &[&format!("Message-ID: <soak-{number}@shop.example>")],
                    &"Здравствуйте! Загрузка прайса поставщика зависла на 40 %.\n".repeat(20),
                );
                ledger
                    .lock()
                    .unwrap()
                    .asked
                    .insert(customer, Instant::now());
                mail
            }
        };
        dovecot.deliver(USER, &mail);
        next += Duration::from_micros(1_000_000 / rate);
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}

/// Once a second an agent answers a customer. A database that is too busy to take an answer says
/// so, and the agent tries again.
fn answer(desk: &Desk, ledger: &Mutex<Ledger>, end: Instant) {
    let mut number = 0;
    while Instant::now() < end {
        std::thread::sleep(Duration::from_secs(1));
        let ticket = ledger.lock().unwrap().known.pop_back();
        if let Some(known) = ticket {
            number += 1;
            let text = format!("Мы исправили это. Ответ {number}.");
            let done = desk.cli_output(&["ticket", "reply", &known.ticket], text);
            let mut ledger = ledger.lock().unwrap();
            match done.status.success() {
                true => ledger.given += 1,
                false => ledger.busy += 1,
            }
        }
    }
}

fn trouble(mailbox: &Proxy, relay: &Proxy, smtp: &FakeSmtp, dovecot: &Dovecot, end: Instant) {
    for turn in 0.. {
        std::thread::sleep(FAULTS);
        if Instant::now() + FAULTS > end {
            return;
        }
        match turn % 4 {
            0 => mailbox.cut_all(),
            1 => smtp.fault(Fault::reply("RCPT", "451 4.3.0 try again later").times(2)),
            2 => relay.cut_all(),
            _ => dovecot.kick(USER),
        }
    }
}

fn collect(smtp: &FakeSmtp, ledger: &mut Ledger) {
    for sent in smtp.take_mails() {
        let customer = sent.recipients[0].clone();
        let is_first = !ledger.acknowledged.contains_key(&customer);
        if sent.header("Auto-Submitted").is_empty() {
            *ledger.answers.entry(sent.header("Message-ID")).or_default() += 1;
            continue;
        }
        *ledger.acknowledged.entry(customer.clone()).or_default() += 1;
        if is_first {
            let asked = ledger.asked[&customer];
            ledger
                .latencies
                .push(sent.at.saturating_duration_since(asked));
            if let Some(known) = known(&sent, customer) {
                ledger.known.push_back(known);
            }
        }
    }
}

fn known(sent: &SmtpMail, customer: String) -> Option<Known> {
    let subject = sent.subject();
    let (_, rest) = subject.split_once("[#")?;
    let (ticket, _) = rest.split_once(']')?;
    Some(Known {
        customer,
        reply_to: sent.header("Reply-To"),
        message_id: sent.header("Message-ID"),
        ticket: ticket.to_owned(),
    })
}

fn sample(desk: &Desk, ledger: &Mutex<Ledger>, minute: u64, before: f64) -> Sample {
    let mut ledger = ledger.lock().unwrap();
    let mut latencies = std::mem::take(&mut ledger.latencies);
    let (asked, acknowledged) = (ledger.asked.len(), ledger.acknowledged.len());
    drop(ledger);
    latencies.sort();
    let at = |part: usize| {
        let index = (latencies.len().max(1) - 1) * part / 100;
        latencies
            .get(index)
            .map_or(0.0, |l| l.as_secs_f64() * 1000.0)
    };
    let pid = desk.pid();
    let rss = status(pid, "VmRSS:") / 1024.0;
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count();
    let size = |name: &str| fs::metadata(desk.dir().join(name)).map_or(0, |file| file.len());
    let database = (size("maildesk.db") + size("maildesk.db-wal")) / (1 << 20);
    let cpu = cpu(pid) - before;
    println!(
        "{minute:>6} {asked:>7} {acknowledged:>7} {:>8} {rss:>5.1} MiB {descriptors:>5} {:>8} {database:>5} MiB {cpu:>5.1} s {:>6.0} ms {:>4.0} ms",
        asked - acknowledged,
        status(pid, "Threads:"),
        at(50),
        at(95),
    );
    Sample {
        rss,
        descriptors: descriptors as f64,
        median: at(50),
        cpu,
    }
}

/// Seconds of processor time that a process has used: the 14th and 15th field of
/// `/proc/PID/stat`, in hundredths.
fn cpu(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let fields = fields.split(' ').skip(11).take(2);
    fields
        .map(|ticks| ticks.parse::<f64>().unwrap())
        .sum::<f64>()
        / 100.0
}

/// A figure of `/proc/PID/status`.
fn status(pid: u32, name: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// What must stay flat after the first quarter, which is the warming up.
fn verdict(samples: &[Sample]) -> bool {
    let warm = &samples[samples.len() / 4..];
    if warm.len() < 4 {
        println!("too short for a verdict");
        return true;
    }
    let slope = slope(warm.iter().map(|sample| sample.rss)) * 60.0;
    let (early, late) = warm.split_at(warm.len() / 2);
    let mean = |part: &[Sample], of: fn(&Sample) -> f64| {
        part.iter().map(of).sum::<f64>() / part.len() as f64
    };
    let descriptors = mean(late, |s| s.descriptors) - mean(early, |s| s.descriptors);
    let (before, after) = (mean(early, |s| s.median), mean(late, |s| s.median));
    let work = (mean(early, |s| s.cpu), mean(late, |s| s.cpu));
    println!(
        "after warming up: memory {slope:+.1} MiB an hour, descriptors {descriptors:+.1}, \
         median latency {before:.0} ms, then {after:.0} ms, processor {:.1} s a minute, then {:.1} s",
        work.0, work.1
    );
    slope < 8.0 && descriptors < 5.0 && after < before * 1.5 + 100.0 && work.1 < work.0 * 1.5 + 1.0
}

/// The slope of the least squares' line, a sample.
fn slope(values: impl Iterator<Item = f64>) -> f64 {
    let points: Vec<(f64, f64)> = values.enumerate().map(|(x, y)| (x as f64, y)).collect();
    let count = points.len() as f64;
    let mean_x = points.iter().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = points.iter().map(|(_, y)| y).sum::<f64>() / count;
    let above = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y));
    let below = points.iter().map(|(x, _)| (x - mean_x).powi(2));
    above.sum::<f64>() / below.sum::<f64>()
}
