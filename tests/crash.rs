//! The process is killed at random under load: nothing is lost, nothing is filed twice, and every
//! acknowledgement and every answer goes out once, but for the one named window (the server's 250
//! came, our record of it did not). Answers in one ticket arrive in the order in which they were given.
//!
//! `MAILDESK_TEST_KILLS` makes it longer than the 20 of the ordinary run.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod harness;

use std::{
    collections::{HashMap, HashSet},
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use harness::{
    Ca, Desk, Dovecot, DovecotOptions, FakeSmtp, SmtpMail, SmtpOptions, eventually, mail,
};
use maildesk::store::Store;
use tempfile::TempDir;

const USER: &str = "support@example.com";
/// The longest that a commit may take after the server's word, on a busy machine.
const WINDOW: Duration = Duration::from_secs(3);
/// A customer writes again, in one of so many mails.
const AGAIN: usize = 5;

/// What was said to the desk.
#[derive(Default)]
struct Said {
    customers: usize,
    follow_ups: usize,
    /// How many answers each ticket was given.
    answers: HashMap<String, usize>,
}

/// A customer whose acknowledgement came.
struct Known {
    customer: String,
    ticket: String,
    reply_to: String,
    message_id: String,
}

#[test]
fn killed_at_random_under_load_it_loses_nothing_and_files_nothing_twice() {
    let kills = std::env::var("MAILDESK_TEST_KILLS")
        .ok()
        .and_then(|n| n.parse().ok());
    let kills: usize = kills.unwrap_or(20);
    let dir = TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    let dovecot = Dovecot::start(&ca, DovecotOptions::default());
    let smtp = FakeSmtp::start(&ca, SmtpOptions::default());
    let mut desk = Desk::setup()
        .mailbox_with("support", &dovecot.account(USER), &[("after", "\"seen\"")])
        .smtp(&smtp.account())
        .set("limits", "automatic_per_desk_per_hour", "1000000")
        .set("limits", "automatic_per_domain_per_hour", "1000000")
        .start();

    let (stop, said) = (AtomicBool::new(false), Mutex::new(Said::default()));
    let (config, database) = (desk.config().to_owned(), desk.dir().join("maildesk.db"));
    let mut killed_at = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| write(&dovecot, &smtp, &said, &stop));
        scope.spawn(|| answer(&config, &smtp, &said, &stop));
        for kill in 0..kills {
            // from before the first answer of the server to well into the work
            let moment = 20 + pseudo_random(kill) % 900;
            std::thread::sleep(Duration::from_millis(moment));
            desk.kill9();
            killed_at.push(Instant::now());
            desk.spawn();
        }
        stop.store(true, Ordering::Relaxed);
    });
    let said = said.into_inner().unwrap();
    let count = said.customers + said.follow_ups;
    assert!(
        count > kills * 5,
        "only {count} mails were delivered: that is no load"
    );

    desk.wait_ready();
    wait_done(&database, count);
    check_filed(&database, &said);
    let sent = smtp.mails();
    let in_window = check_copies(&sent, &killed_at);
    check_sent(&sent, &said);
    let per_10_000 = in_window as f64 * 10_000.0 / sent.len() as f64;
    eprintln!(
        "{kills} kills: {} customers, {} follow-ups, {} answers; {} mails out, {in_window} of them \
         twice in the window ({per_10_000:.0} in 10,000)",
        said.customers,
        said.follow_ups,
        said.answers.values().sum::<usize>(),
        sent.len(),
    );
    eventually(Duration::from_secs(60), "all mails marked as seen", || {
        let flags = dovecot.flags(USER, "INBOX");
        flags.iter().all(|flags| flags.contains('S')).then_some(())
    });
    assert_eq!(desk.terminate(), 0);
}

/// Customers write, some of them again.
fn write(dovecot: &Dovecot, smtp: &FakeSmtp, said: &Mutex<Said>, stop: &AtomicBool) {
    let mut known = Vec::new();
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        if number % 50 == 0 {
            known = known_customers(&smtp.mails());
        }
        let again = match number % AGAIN {
            0 => known.get(pseudo_random(number) as usize % known.len().max(1)),
            _ => None,
        };
        let mail = match again {
            Some(known) => follow_up(known, number),
            None => customer(number),
        };
        dovecot.deliver(USER, &mail);
        let mut said = said.lock().unwrap();
        match again {
            Some(_) => said.follow_ups += 1,
            None => said.customers += 1,
        }
        drop(said);
        std::thread::sleep(Duration::from_millis(15));
    }
}

/// An agent answers tickets, some of them many times.
fn answer(config: &Path, smtp: &FakeSmtp, said: &Mutex<Said>, stop: &AtomicBool) {
    let mut known = Vec::new();
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
        if number % 20 == 0 {
            known = known_customers(&smtp.mails());
        }
        // a few tickets get most of the answers, so that there is an order to be kept
        let many = known
            .len()
            .min(if number % 2 == 0 { 3 } else { usize::MAX });
        let Some(known) = known.get(pseudo_random(number) as usize % many.max(1)) else {
            continue;
        };
        let given = said.lock().unwrap().answers.get(&known.ticket).copied();
        let next = given.unwrap_or(0) + 1;
        let mut command = Command::new(env!("CARGO_BIN_EXE_maildesk"));
        command.arg("--config").arg(config);
        command.args(["ticket", "reply", &known.ticket]);
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.spawn().unwrap();
        let text = format!("This is answer {next}. We looked into it.\n");
        child
            .stdin
            .take()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        assert!(child.wait().unwrap().success(), "the answer is taken");
        said.lock()
            .unwrap()
            .answers
            .insert(known.ticket.clone(), next);
    }
}

fn known_customers(sent: &[SmtpMail]) -> Vec<Known> {
    let acknowledged = sent.iter().filter(|mail| is_automatic(mail));
    acknowledged
        .filter_map(|mail| {
            Some(Known {
                customer: mail.recipients[0].clone(),
                ticket: ticket_of(mail)?,
                reply_to: mail.header("Reply-To"),
                message_id: mail.header("Message-ID"),
            })
        })
        .collect()
}

fn is_automatic(mail: &SmtpMail) -> bool {
    !mail.header("Auto-Submitted").is_empty()
}

fn ticket_of(mail: &SmtpMail) -> Option<String> {
    let subject = mail.header("Subject");
    let (_, rest) = subject.split_once("[#")?;
    Some(rest.split_once(']')?.0.to_owned())
}

fn wait_done(database: &Path, count: usize) {
    eventually(
        Duration::from_secs(180),
        "every mail filed and every answer out",
        || {
            let store = Store::open_existing(database).map_err(|error| error.to_string())?;
            let asked =
                store.read_here(|view| Ok((view.journal(usize::MAX >> 1)?, view.health()?)));
            let (lines, health) = asked.map_err(|error| error.to_string())?;
            let is_over = lines.len() >= count && health.waiting == 0 && health.outbox_pending == 0;
            match is_over {
                true => Ok(()),
                false => Err(format!("{} of {count}, {health:?}", lines.len())),
            }
        },
    );
}

/// One row a mail, one ticket a customer, and what they wrote later in that ticket.
fn check_filed(database: &Path, said: &Said) {
    let store = Store::open_existing(database).unwrap();
    let lines = store
        .read_here(|view| view.journal(usize::MAX >> 1))
        .unwrap();
    assert_eq!(
        lines.len(),
        said.customers + said.follow_ups,
        "one row a mail"
    );
    let senders: HashSet<&str> = lines.iter().map(|line| line.from.as_str()).collect();
    let tickets: HashSet<i64> = lines.iter().filter_map(|line| line.ticket).collect();
    assert_eq!(senders.len(), said.customers, "no mail lost");
    assert_eq!(tickets.len(), said.customers, "one ticket a customer");
    let with = |disposition: &str| {
        let lines = lines.iter().filter(|line| line.disposition == disposition);
        lines.count()
    };
    assert_eq!(with("open_ticket"), said.customers);
    assert_eq!(with("append"), said.follow_ups);
}

/// No mail went out twice outside of the window. Returns how many did within it.
fn check_copies(sent: &[SmtpMail], killed_at: &[Instant]) -> usize {
    let mut copies: HashMap<String, Vec<&SmtpMail>> = HashMap::new();
    for mail in sent {
        copies
            .entry(mail.header("Message-ID"))
            .or_default()
            .push(mail);
    }
    let mut in_window = 0;
    for (id, sent) in &copies {
        for pair in sent.windows(2) {
            assert_eq!(pair[0].recipients, pair[1].recipients);
            let crash = killed_at
                .iter()
                .find(|at| **at > pair[0].at && **at < pair[1].at);
            let crash =
                crash.unwrap_or_else(|| panic!("{id} went out twice with no crash between"));
            let before = *crash - pair[0].at;
            assert!(
                before < WINDOW,
                "{id}: the first was out {before:?} before the crash"
            );
            in_window += 1;
        }
    }
    in_window
}

/// Every customer has one acknowledgement, every answer has gone out, and in its turn.
fn check_sent(sent: &[SmtpMail], said: &Said) {
    let mut acknowledged: HashMap<&str, HashSet<String>> = HashMap::new();
    let mut answers: HashMap<String, Vec<(Instant, usize)>> = HashMap::new();
    let mut seen = HashSet::new();
    for mail in sent {
        let id = mail.header("Message-ID");
        if is_automatic(mail) {
            acknowledged
                .entry(&mail.recipients[0])
                .or_default()
                .insert(id);
        } else if seen.insert(id) {
            let text = mail.text();
            let (_, rest) = text.split_once("This is answer ").unwrap();
            let number = rest.split_once('.').unwrap().0.parse().unwrap();
            let ticket = ticket_of(mail).unwrap();
            answers.entry(ticket).or_default().push((mail.at, number));
        }
    }
    assert_eq!(
        acknowledged.len(),
        said.customers,
        "everybody is acknowledged"
    );
    assert!(acknowledged.values().all(|ids| ids.len() == 1));
    assert_eq!(answers.len(), said.answers.len(), "every answered ticket");
    for (ticket, mut out) in answers {
        out.sort();
        let numbers: Vec<usize> = out.iter().map(|(_, number)| *number).collect();
        let given: Vec<usize> = (1..=said.answers[&ticket]).collect();
        assert_eq!(
            numbers, given,
            "ticket {ticket}: each answer once, in order"
        );
    }
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

fn follow_up(known: &Known, number: usize) -> Vec<u8> {
    mail::plain(
        &known.customer,
        &known.reply_to,
        &format!("Re: [#{}] Import stopped", known.ticket),
        &[
            &format!("Message-ID: <again-{number}@shop.example>"),
            &format!("In-Reply-To: {}", known.message_id),
        ],
        &format!("It hangs today, too ({number})."),
    )
}

/// The same moments in every run, spread over the range (a step of Knuth's multiplicative hash).
fn pseudo_random(step: usize) -> u64 {
    (step as u64 + 1).wrapping_mul(2_654_435_761) >> 7
}
