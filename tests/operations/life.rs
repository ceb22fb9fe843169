//! From start to stop, as systemd sees it; and only one desk a database.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::{
    harness::{Act, Fault, eventually},
    place::{Place, SOON, question, wait_acknowledged},
};

#[test]
fn systemd_is_told_of_start_life_and_stop() {
    let place = Place::new();
    let mut desk = place.setup(&[]).env("WATCHDOG_USEC", "1000000").start();
    let mut told = Vec::new();
    eventually(SOON, "READY=1 and three signs of life", || {
        told.extend(desk.notifications());
        let alive = told.iter().filter(|word| *word == "WATCHDOG=1").count();
        told.iter().any(|word| word == "READY=1") && alive >= 3
    });
    assert!(!told.iter().any(|word| word == "STOPPING=1"), "{told:?}");
    let begun = Instant::now();
    assert_eq!(desk.terminate(), 0);
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    assert!(desk.notifications().iter().any(|word| word == "STOPPING=1"));
    assert!(!desk.log().contains("ERROR"), "{}", desk.log());
}

#[test]
fn an_interrupt_stops_it_too_and_work_goes_on_at_the_next_start() {
    let place = Place::new();
    let mut desk = place.desk(&[]);
    place.deliver(&question(1));
    wait_acknowledged(&desk, &place.smtp, [1]);
    desk.signal("INT");
    assert_eq!(desk.wait_end(), 0);
    place.deliver(&question(2));
    desk.restart();
    wait_acknowledged(&desk, &place.smtp, [1, 2]);
    assert_eq!(desk.tickets().len(), 2);
}

#[test]
fn it_stops_while_servers_hang_and_the_database_is_locked() {
    let place = Place::new();
    place.smtp.fault(Fault::on("DATA", Act::Stall));
    let mut desk = place.setup(&[]).env("WATCHDOG_USEC", "2000000").start();
    place.deliver(&question(1));
    eventually(SOON, "a mail hangs at the relay", || {
        place
            .smtp
            .commands()
            .iter()
            .any(|one| one.ends_with("DATA"))
    });
    let other = Connection::open(desk.dir().join("maildesk.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let begun = Instant::now();
    desk.signal("TERM");
    // within what the unit gives it (TimeoutStopSec)
    eventually(Duration::from_secs(45), "the desk ends", || {
        !desk.is_running()
    });
    assert_eq!(desk.wait_end(), 0);
    eprintln!("stopped after {:?}", begun.elapsed());
    other.execute_batch("COMMIT").unwrap();
    place.smtp.heal();
    desk.restart();
    place.smtp.wait_for("customer-1@shop.example", 1, SOON);
    desk.wait_outbox_empty(SOON);
    assert_eq!(desk.tickets().len(), 1);
}

#[test]
fn without_a_watchdog_none_is_fed() {
    let place = Place::new();
    let desk = place.desk(&[]);
    place.deliver(&question(1));
    wait_acknowledged(&desk, &place.smtp, [1]);
    let mut told = Vec::new();
    eventually(SOON, "systemd hears that it is ready", || {
        told.extend(desk.notifications());
        told.iter().any(|word| word == "READY=1")
    });
    assert!(
        !told.iter().any(|word| word.starts_with("WATCHDOG")),
        "{told:?}"
    );
}

#[test]
fn a_second_desk_on_the_same_database_is_refused() {
    let place = Place::new();
    let desk = place.desk(&[]);
    let output = desk.cli_output(&["run"], "");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("another maildesk runs on"), "{said}");
    // and the first one has not noticed
    place.deliver(&question(1));
    wait_acknowledged(&desk, &place.smtp, [1]);
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let place = Place::new();
    let mut desk = place.desk(&[]);
    place.deliver(&question(1));
    wait_acknowledged(&desk, &place.smtp, [1]);
    assert_eq!(desk.terminate(), 0);
    let database = Connection::open(desk.dir().join("maildesk.db")).unwrap();
    let version: i64 = database
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap();
    database.pragma_update(None, "user_version", 999).unwrap();
    let output = desk.cli_output(&["run"], "");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("schema version 999"), "{said}");
    assert!(said.contains("install the newer maildesk"), "{said}");
    database
        .pragma_update(None, "user_version", version)
        .unwrap();
    desk.restart();
    assert_eq!(desk.tickets().len(), 1);
}
