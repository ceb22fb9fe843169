//! A full disk and a locked database, at each step that writes.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::{
    case::{Case, End, play_all},
    harness::{Act, Fault, eventually},
    relay::shown,
    stage::{SOON, Setting, Side, arm},
    trace::Trace,
};

/// Longer than the ten seconds for which the desk waits for a lock.
const LONG: Duration = Duration::from_secs(12);

/// A command that a server takes its time for.
type Hook = (Side, &'static str, &'static str);

/// Where a server is slow enough for the trouble to begin: step, server, command, and what the
/// desk says.
const STEPS: [(&str, Option<Hook>, &str, &str); 4] = [
    (
        "store",
        Some((Side::Mailbox, "UID FETCH", "BODY.PEEK[]")),
        "storing mail: ",
        "watching the mailbox",
    ),
    ("file, compose", None, "filing waits: ", "filing goes on"),
    (
        "mark recorded",
        Some((Side::Mailbox, "UID STORE", "")),
        "storing mail: ",
        "watching the mailbox",
    ),
    (
        "record",
        Some((Side::Relay, ".", "")),
        "recording what was sent waits: ",
        "recording what was sent goes on",
    ),
];

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (step, hook, says, over) in STEPS {
        for fault in ["disk full", "database locked"] {
            let where_ = match hook {
                Some((_, command, _)) => format!("while {} is not yet answered", shown(command)),
                None => "while the DNS is asked about the stored mail".to_owned(),
            };
            let how = match fault {
                "disk full" => format!("no write into the database succeeds (ENOSPC), {where_}"),
                _ => format!("another process holds the write lock for {LONG:?}, {where_}"),
            };
            cases.push(Case {
                step: step.to_owned(),
                fault: fault.to_owned(),
                how,
                says,
                over,
                end: End::Once,
                mails: 3,
                setting: Setting {
                    is_slow_to_read: hook.is_none(),
                    ..Setting::default()
                },
                arm: Box::new(move |stage| {
                    if let Some((side, command, argument)) = hook {
                        let slow = Act::Delay(Duration::from_secs(if step == "mark recorded" {
                            8
                        } else {
                            3
                        }));
                        arm(stage, side, Fault::on(command, slow).with(argument));
                    }
                }),
                meanwhile: Box::new(move |stage| {
                    match hook {
                        Some((side, ..)) => stage.wait_struck(side, 0),
                        None => stage.wait("it is stored", || match stage.journal().len() {
                            0 => Err(String::new()),
                            _ => Ok(()),
                        }),
                    }
                    if step == "mark recorded" {
                        // else their records are the first to wait
                        stage.wait_sent(3);
                    }
                    match fault {
                        "disk full" => {
                            let full = ["-e", "inject=pwrite64:error=ENOSPC"];
                            let trace = Trace::attach(&stage.desk, "pwrite64", &full);
                            stage.desk.wait_log(says, SOON);
                            // it is tried again, and not said again
                            std::thread::sleep(Duration::from_millis(2500));
                            trace.end();
                        }
                        _ => {
                            let database = stage.desk.dir().join("maildesk.db");
                            let other = Connection::open(database).unwrap();
                            other.busy_timeout(Duration::from_secs(10)).unwrap();
                            other.execute_batch("BEGIN IMMEDIATE").unwrap();
                            let locked = Instant::now();
                            stage.desk.wait_log(says, SOON);
                            eventually(LONG * 4, "the lock is long", || locked.elapsed() > LONG);
                            other.execute_batch("COMMIT").unwrap();
                        }
                    }
                    stage.heal();
                }),
            });
        }
    }
    cases
}

#[test]
fn whatever_the_database_does_nothing_is_lost_or_sent_twice() {
    play_all(cases());
}
