//! A locked database and a full disk: the desk waits, says so, and loses nothing.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use rusqlite::Connection;
use tempfile::TempDir;

use crate::{
    harness::{Desk, eventually},
    place::{Place, SOON, USER, journal, question, said, wait_acknowledged},
};

/// Longer than the ten seconds for which the desk waits for a lock.
const LONG: Duration = Duration::from_secs(13);

#[test]
fn a_locked_database_is_waited_for() {
    let place = Place::new();
    let desk = place.desk(&[("after", "\"seen\"")]);
    place.deliver(&question(1));
    wait_acknowledged(&desk, &place.smtp, [1]);
    eventually(SOON, "the first is seen", || place.flags() == ["S"]);
    let other = Connection::open(desk.dir().join("maildesk.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let locked = Instant::now();
    place.dovecot.deliver_many(USER, [question(2), question(3)]);
    desk.wait_log("locked by another process", SOON);
    eventually(SOON, "the lock is long", || locked.elapsed() > LONG);
    place.deliver(&question(4));
    assert_eq!(desk.get("/healthz").status, 200);
    assert_eq!(place.flags(), ["S", "", "", ""]);
    assert_eq!(journal(&desk).len(), 1);
    other.execute_batch("COMMIT").unwrap();
    wait_acknowledged(&desk, &place.smtp, 1..=4);
    assert_eq!(journal(&desk).len(), 4);
    assert_eq!(desk.tickets().len(), 4);
    eventually(SOON, "all seen", || place.flags() == ["S", "S", "S", "S"]);
    // a trouble is said once each, not with each attempt
    assert!(
        said(&desk, "locked by another process") <= 3,
        "{}",
        desk.log()
    );
}

#[test]
fn a_lock_that_begins_between_storing_and_filing_is_waited_out() {
    let place = Place::new();
    let desk = place.desk(&[]);
    let database = desk.dir().join("maildesk.db");
    let other = Connection::open(&database).unwrap();
    // a lock and a mail, again and again: some locks come between the two transactions
    for round in 0..10 {
        place.deliver(&question(round));
        std::thread::sleep(Duration::from_millis(45 * (round as u64 + 1)));
        other.busy_timeout(Duration::from_secs(10)).unwrap();
        other.execute_batch("BEGIN EXCLUSIVE").unwrap();
        std::thread::sleep(Duration::from_millis(120));
        other.execute_batch("COMMIT").unwrap();
    }
    wait_acknowledged(&desk, &place.smtp, 0..10);
    assert_eq!(desk.tickets().len(), 10);
}

/// A small file system of its own; unmounted when dropped.
struct SmallDisk {
    dir: TempDir,
}

impl SmallDisk {
    fn mount(size: &str) -> Self {
        let dir = TempDir::with_prefix("maildesk-disk-").unwrap();
        let option = format!("size={size}");
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &option, "tmpfs"])
            .arg(dir.path())
            .status()
            .unwrap();
        assert!(
            status.success(),
            "mounting a small tmpfs needs root: run this test as root"
        );
        Self { dir }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Takes all space that is left; returns what to remove to free it.
    fn fill(&self) -> PathBuf {
        let path = self.path().join("ballast");
        let mut file = File::create(&path).unwrap();
        for block in [vec![0; 64 << 10], vec![0; 1]] {
            while file.write_all(&block).is_ok() {}
        }
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[test]
fn a_full_disk_is_waited_out_and_nothing_is_lost() {
    let place = Place::new();
    let disk = SmallDisk::mount("4m");
    let database = disk.path().join("maildesk.db");
    let desk: Desk = place
        .setup(&[("after", "\"delete\"")])
        .set(
            "storage",
            "path",
            &format!("{:?}", database.to_str().unwrap()),
        )
        .set("desk", "secret_file", "\"secret\"")
        .start();
    place.deliver(&question(1));
    wait_acknowledged(&desk, &place.smtp, [1]);
    eventually(SOON, "the first is deleted", || place.flags().is_empty());

    let ballast = disk.fill();
    // large enough that no slack of the database takes them
    let large = |number: usize| {
        let mut mail = question(number);
        for line in 0..2000_u64 {
            let noise = line.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            mail.extend(format!("{number} {noise:x} {:x}\r\n", noise.rotate_left(17)).bytes());
        }
        mail
    };
    for number in 2..=6 {
        place.deliver(&large(number));
    }
    desk.wait_log("the disk of the database is full", SOON);
    assert_eq!(desk.get("/healthz").status, 200);
    assert_eq!(
        place.flags().len(),
        5,
        "nothing is deleted before it is filed"
    );
    eventually(SOON, "it is shown", || desk.get("/readyz").status == 503);

    fs::remove_file(ballast).unwrap();
    wait_acknowledged(&desk, &place.smtp, 1..=6);
    eventually(SOON, "all deleted", || place.flags().is_empty());
    assert_eq!(desk.tickets().len(), 6);
    assert_eq!(desk.get("/readyz").status, 200);
    assert!(said(&desk, "is full") <= 3, "{}", desk.log());
    let text = desk.ticket(6)["messages"][0]["text"].to_string();
    assert!(text.contains("6 0 0"), "the mail is whole");
}
