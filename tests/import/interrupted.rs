//! Killed, stopped, and taken up again.

use std::{
    collections::{HashMap, HashSet},
    process::{Child, Command, Stdio},
    time::Duration,
};

use maildesk::store::Store;

use crate::archive::{assert_silent, conversation, desk, fate, import, journal, mbox, write};
use crate::harness::{Desk, eventually};

const SOON: Duration = Duration::from_secs(60);
/// Conversations of three mails; more than ten runs come to store before they are killed.
const COUNT: usize = 1_000;

fn start(desk: &Desk, path: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_maildesk"))
        .arg("--config")
        .arg(desk.config())
        .args(["import", "--mailbox", "support", path])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn stored(desk: &Desk) -> i64 {
    let store = Store::open_existing(&desk.dir().join("maildesk.db")).unwrap();
    store.read_here(|view| view.newest_message()).unwrap()
}

#[test]
fn killed_ten_times_it_imports_each_mail_once() {
    let desk = desk(|setup| setup);
    let mails: Vec<Vec<u8>> = (0..COUNT).flat_map(conversation).collect();
    let path = write(&desk, "all.mbox", mbox(&mails));
    let mut seen = 0;
    for kill in 0..10_i64 {
        let mut child = start(&desk, &path);
        // now after storing, now after filing, now in the middle of either
        let goal = seen + 20 + 13 * kill;
        eventually(SOON, "it goes on where it was", || {
            assert!(
                child.try_wait().unwrap().is_none(),
                "it came to its end too early"
            );
            stored(&desk) >= goal
        });
        child.kill().unwrap();
        child.wait().unwrap();
        seen = stored(&desk);
    }
    assert!(
        (seen as usize) < 3 * COUNT,
        "all stored before the last run"
    );
    let summary = import(&desk, &[&path]);
    assert_eq!(summary["known"], seen);

    let lines = journal(&desk);
    assert_eq!(lines.len(), 3 * COUNT, "one row a mail");
    assert!(lines.iter().all(|line| line.state == "filed"));
    assert!(
        lines.iter().all(|line| line.disposition != "ignore"),
        "none was taken for a copy"
    );
    let mut messages: HashMap<i64, usize> = HashMap::new();
    for line in &lines {
        *messages.entry(line.ticket.unwrap()).or_default() += 1;
    }
    assert_eq!(messages.len(), COUNT);
    assert!(messages.values().all(|count| *count == 3), "{messages:?}");
    let requesters: HashSet<String> = desk
        .tickets()
        .iter()
        .map(|ticket| ticket["requester"]["address"].to_string())
        .collect();
    assert_eq!(requesters.len(), COUNT);
    assert_silent(&desk);
}

#[test]
fn stopped_by_hand_it_says_how_to_go_on() {
    let desk = desk(|setup| setup);
    let mails: Vec<Vec<u8>> = (0..700).flat_map(conversation).collect();
    let path = write(&desk, "all.mbox", mbox(&mails));
    let mut child = start(&desk, &path);
    eventually(SOON, "it has begun", || {
        assert!(child.try_wait().unwrap().is_none());
        stored(&desk) >= 100
    });
    let killed = Command::new("kill")
        .args(["-s", "INT", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("maildesk: stopped after "), "{said}");
    let how = " of 2100: run the same command again, and it goes on there\n";
    assert!(said.ends_with(how), "{said}");
    let done = stored(&desk);
    assert!(done < 2_100);
    let summary = import(&desk, &[&path]);
    assert_eq!(summary["known"], done);
    assert_eq!(journal(&desk).len(), 2_100);
    assert_eq!(desk.tickets().len(), 700);
    assert_eq!(fate(&summary, "ignore", "duplicate"), 0);
}
