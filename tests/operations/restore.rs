//! A backup taken under load, a desk that goes on and is lost, and the backup in its place.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use serde_json::Value;

use crate::{
    harness::{Desk, Fault, eventually, mail},
    place::{Place, SOON, USER, customer, question, wait_settled},
};

/// Puts a backup in the place of the database, as the README says.
fn restore(desk: &mut Desk, backup: &Path) {
    let database = database(desk);
    for ending in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{ending}", database.display()));
    }
    fs::copy(backup, &database).unwrap();
}

fn database(desk: &Desk) -> PathBuf {
    desk.dir().join("maildesk.db")
}

fn backup(desk: &Desk) -> PathBuf {
    let path = desk.dir().join("backup.db");
    desk.cli_text(&["backup", path.to_str().unwrap()], "");
    path
}

/// How many mails each customer got.
fn told(place: &Place) -> BTreeMap<String, usize> {
    let mut told = BTreeMap::new();
    for mail in place.smtp.mails() {
        for who in mail.recipients {
            *told.entry(who).or_default() += 1;
        }
    }
    told
}

fn each_once(count: usize) -> BTreeMap<String, usize> {
    (0..count).map(|number| (customer(number), 1)).collect()
}

fn rows(desk: &Desk, state: &str) -> Vec<Value> {
    let rows = desk.cli(&["outbox", "list", "--state", state, "--json"]);
    rows.as_array().unwrap().clone()
}

#[test]
fn restored_from_a_backup_taken_under_load_it_loses_nothing_and_tells_nobody_twice() {
    let place = Place::new();
    let mut desk = place
        .setup(&[])
        .set("limits", "automatic_per_domain_per_hour", "1000000")
        .start();
    let (stop, delivered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let copy = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let number = delivered.load(Ordering::Relaxed);
                place.deliver(&question(number));
                delivered.store(number + 1, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(15));
            }
        });
        let so_many = |count| delivered.load(Ordering::Relaxed) >= count;
        eventually(SOON, "mails come in", || so_many(60));
        eventually(SOON, "some are tickets", || desk.tickets().len() >= 30);
        let copy = backup(&desk);
        let then = delivered.load(Ordering::Relaxed);
        eventually(SOON, "more mails come in", || so_many(then + 60));
        stop.store(true, Ordering::Relaxed);
        copy
    });
    let count = delivered.load(Ordering::Relaxed);
    wait_settled(&desk, count);
    desk.wait_outbox_empty(SOON);
    assert_eq!(told(&place), each_once(count));
    assert_eq!(desk.terminate(), 0);

    restore(&mut desk, &copy);
    desk.spawn();
    desk.wait_ready();
    let lines = wait_settled(&desk, count);
    assert_eq!(lines.len(), count, "every mail once");
    assert!(lines.iter().all(|line| line.disposition == "open_ticket"));
    let tickets = desk.tickets();
    assert_eq!(tickets.len(), count);
    let (known, again): (Vec<&Value>, Vec<&Value>) = tickets
        .iter()
        .partition(|ticket| ticket["number"].as_i64().unwrap() <= 1_000);
    assert!(
        known.len() >= 30 && again.len() >= 60,
        "{} {}",
        known.len(),
        again.len()
    );
    let first = again[0]["number"].as_i64().unwrap();
    assert!(
        first > 1_000 && first % 1_000 == 1,
        "numbers given since stay free: {first}"
    );
    for ticket in &again {
        let ticket = desk.ticket(ticket["number"].as_i64().unwrap());
        assert_eq!(ticket["status"], "open");
        let events = ticket["events"].as_array().unwrap();
        let why = events
            .iter()
            .find(|event| event["what"] == "not_acknowledged")
            .unwrap();
        assert_eq!(
            why["detail"],
            "it came before the desk was restored from a backup, and may have been answered then"
        );
    }
    let line = desk.wait_log("the database was restored from a backup", SOON);
    assert!(line.contains(&format!("next_ticket={first}")), "{line}");
    for row in rows(&desk, "failed") {
        let said = row["last_error"].as_str().unwrap();
        assert!(
            said.starts_with("held: the desk was restored from the backup of "),
            "{said}"
        );
    }

    // a customer answers an acknowledgement of the lost time: whose ticket it was is found
    let lost = customer(count - 1);
    let acknowledgement = place.smtp.mails_to(&lost).remove(0);
    let answer = mail::plain(
        &lost,
        &acknowledgement.header("Reply-To"),
        &format!("Re: {}", acknowledgement.subject()),
        &[
            "Message-ID: <answer@shop.example>",
            &format!("In-Reply-To: {}", acknowledgement.header("Message-ID")),
            &format!(
                "References: <question-{}@shop.example> {}",
                count - 1,
                acknowledgement.header("Message-ID")
            ),
        ],
        "Here is the number of the order.",
    );
    place.deliver(&answer);
    // and somebody new asks
    place.deliver(&question(count));
    let lines = wait_settled(&desk, count + 2);
    let appended: Vec<_> = lines
        .iter()
        .filter(|line| line.disposition == "append")
        .collect();
    let of_answer = appended.first().map(|line| line.ticket.unwrap());
    let shown = desk.ticket(of_answer.unwrap());
    assert_eq!(shown["requester"]["address"], lost.as_str());
    place.smtp.wait_for(&customer(count), 1, SOON);
    desk.wait_outbox_empty(SOON);
    assert_eq!(told(&place), each_once(count + 1));

    // the next start is an ordinary one
    let newest = desk.tickets().last().unwrap()["number"].as_i64().unwrap();
    desk.terminate();
    desk.spawn();
    desk.wait_ready();
    place.deliver(&question(count + 1));
    place.smtp.wait_for(&customer(count + 1), 1, SOON);
    assert_eq!(desk.tickets().last().unwrap()["number"], newest + 1);
}

#[test]
fn what_was_due_when_the_backup_was_taken_waits_for_a_persons_word() {
    let place = Place::new();
    let mut desk = place
        .setup(&[])
        .agent("Anna", "anna@example.com", &[])
        .set("notify", "new_ticket", "false")
        .set("notify", "new_answer", "false")
        .start();
    place.deliver(&question(1));
    place.smtp.wait_for(&customer(1), 1, SOON);
    desk.wait_outbox_empty(SOON);
    // the relay is away while Anna answers and the backup is taken
    place
        .smtp
        .fault(Fault::reply("MAIL", "451 4.3.0 try again later").times(usize::MAX));
    desk.cli_text(
        &["ticket", "reply", "1", "--agent", "Anna"],
        "It is on its way.",
    );
    let copy = backup(&desk);
    // one look: the row goes from one of these states into the other
    let all = desk.cli(&["outbox", "list", "--json"]);
    let is_due = |row: &&Value| row["state"] == "pending" || row["state"] == "sending";
    assert_eq!(all.as_array().unwrap().iter().filter(is_due).count(), 1);
    place.smtp.heal();
    desk.cli_text(&["outbox", "retry", "--all"], "");
    place.smtp.wait_for(&customer(1), 2, SOON);
    desk.wait_outbox_empty(SOON);
    desk.terminate();

    restore(&mut desk, &copy);
    desk.spawn();
    desk.wait_ready();
    let held = rows(&desk, "failed");
    assert_eq!(held.len(), 1, "{held:?}");
    let (id, said) = (&held[0]["id"], held[0]["last_error"].as_str().unwrap());
    let how = format!("and this may have been sent since; `maildesk outbox retry {id}` sends it");
    assert!(said.ends_with(&how), "{said}");
    // who wrote it is told
    place.smtp.wait_for("anna@example.com", 1, SOON);
    desk.wait_outbox_empty(SOON);
    assert_eq!(told(&place)[&customer(1)], 2, "it was not sent again");
    // the person finds that it was not
    desk.cli_text(&["outbox", "retry", &id.to_string()], "");
    place.smtp.wait_for(&customer(1), 3, SOON);
}

#[test]
fn a_log_of_the_database_before_is_not_played_into_the_restored_one() {
    let place = Place::new();
    let mut desk = place.desk(&[]);
    place.deliver(&question(1));
    wait_settled(&desk, 1);
    let copy = backup(&desk);
    for number in 2..6 {
        place.deliver(&question(number));
    }
    wait_settled(&desk, 5);
    desk.wait_outbox_empty(SOON);
    // its log stays behind, as after a power cut
    desk.kill9();
    let database = database(&desk);
    let log = PathBuf::from(format!("{}-wal", database.display()));
    assert!(fs::metadata(&log).unwrap().len() > 0);
    fs::copy(&copy, &database).unwrap();

    let name = database.display();
    let words = format!(
        "{name} was restored from a backup, and {name}-wal beside it is of the database that was \
         there before: move {name}-wal and {name}-shm away, and start again"
    );
    desk.spawn();
    assert_eq!(desk.wait_end(), 1);
    assert!(desk.log().contains(&words), "{}", desk.log());
    let output = desk.cli_output(&["ticket", "list"], "");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, format!("maildesk: {words}\n"));

    for ending in ["wal", "shm"] {
        fs::rename(format!("{name}-{ending}"), format!("{name}-{ending}.old")).unwrap();
    }
    desk.spawn();
    desk.wait_ready();
    assert_eq!(wait_settled(&desk, 5).len(), 5);
    assert_eq!(
        told(&place).values().sum::<usize>(),
        5,
        "nobody was told twice"
    );
    assert_eq!(place.dovecot.flags(USER, "INBOX").len(), 5);
}
