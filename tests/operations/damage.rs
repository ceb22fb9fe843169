//! A database that is damaged, of another program, or out of reach: a start says what to do.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use rusqlite::Connection;

use crate::{
    harness::Desk,
    place::{Place, question, wait_settled},
};

/// A desk that ran and was stopped, and its database.
fn stopped(place: &Place) -> (Desk, PathBuf) {
    let mut desk = place.desk(&[]);
    for number in 0..20 {
        place.deliver(&question(number));
    }
    wait_settled(&desk, 20);
    desk.wait_outbox_empty(crate::place::SOON);
    assert_eq!(desk.terminate(), 0);
    let database = desk.dir().join("maildesk.db");
    (desk, database)
}

/// What a start says that fails.
#[track_caller]
fn refused(desk: &mut Desk) -> String {
    let before = desk.log().len();
    desk.spawn();
    assert_eq!(desk.wait_end(), 1, "{}", desk.log());
    let log = desk.log();
    let said = log[before..]
        .lines()
        .filter(|line| line.starts_with("maildesk: "));
    let said: Vec<&str> = said.collect();
    assert_eq!(said.len(), 1, "{log}");
    said[0]["maildesk: ".len()..].to_owned()
}

#[track_caller]
fn starts(desk: &mut Desk, tickets: usize) {
    desk.spawn();
    desk.wait_ready();
    assert_eq!(desk.tickets().len(), tickets);
    assert_eq!(desk.terminate(), 0);
}

const REPLACE: &str = "stop maildesk, keep a copy of the file, and put the last file of `maildesk \
                       backup` in its place";

#[test]
fn flipped_bytes_and_a_cut_are_noticed_at_start() {
    let place = Place::new();
    let (mut desk, database) = stopped(&place);
    let whole = fs::read(&database).unwrap();
    let copy = desk.dir().join("copy.db");
    desk.cli_text(&["backup", copy.to_str().unwrap()], "");
    let name = database.display().to_string();

    let page = |at: usize| at * 4096;
    for (what, damaged) in [
        ("a page in the middle", {
            let mut bytes = whole.clone();
            let middle = page(whole.len() / 4096 / 2);
            bytes[middle..middle + 4096].fill(0xa5);
            bytes
        }),
        (
            "the last third",
            whole[..page(whole.len() / 4096 * 2 / 3)].to_vec(),
        ),
        ("the schema", {
            let mut bytes = whole.clone();
            bytes[100..400].fill(0x5a);
            bytes
        }),
    ] {
        fs::write(&database, &damaged).unwrap();
        let said = refused(&mut desk);
        assert!(
            said.starts_with(&format!("the database is damaged ({name}: ")),
            "{what}: {said}"
        );
        assert!(said.ends_with(REPLACE), "{what}: {said}");
        // and no backup is made of it
        let second = desk.dir().join("second.db");
        let output = desk.cli_output(&["backup", second.to_str().unwrap()], "");
        assert_eq!(output.status.code(), Some(1), "{what}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("the database is damaged"), "{what}: {said}");
        let left: Vec<String> = fs::read_dir(desk.dir())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with("second"))
            .collect();
        assert_eq!(left, Vec::<String>::new(), "{what}");
    }
    for ending in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{name}{ending}"));
    }
    fs::copy(&copy, &database).unwrap();
    starts(&mut desk, 20);
}

#[test]
fn a_file_that_is_no_database_of_ours_is_left_alone() {
    let place = Place::new();
    let (mut desk, database) = stopped(&place);
    let name = database.display().to_string();
    let whole = fs::read(&database).unwrap();
    let remedy = "correct [storage].path, or put the last file of `maildesk backup` in its place";

    let letter = "Dear reader, this is no database.\n".repeat(500);
    fs::write(&database, &letter).unwrap();
    let what = "is not a database, or the beginning of it is damaged";
    assert_eq!(refused(&mut desk), format!("{name} {what}: {remedy}"));
    assert_eq!(fs::read_to_string(&database).unwrap(), letter);

    fs::remove_file(&database).unwrap();
    let other = Connection::open(&database).unwrap();
    other
        .execute_batch("CREATE TABLE wine (year INTEGER)")
        .unwrap();
    drop(other);
    assert_eq!(
        refused(&mut desk),
        format!("{name} is a database of another program: {remedy}")
    );

    fs::write(&database, b"").unwrap();
    assert_eq!(
        refused(&mut desk),
        format!(
            "the database {name} is empty, and a desk has run here: put the last file of \
             `maildesk backup` in its place, or remove it to begin anew"
        )
    );
    fs::write(&database, &whole).unwrap();
    starts(&mut desk, 20);
}

struct ReadOnly(PathBuf);

impl ReadOnly {
    fn mount(path: &Path) -> Self {
        let run = |arguments: &[&str]| {
            let status = Command::new("mount").args(arguments).arg(path).status();
            assert!(
                status.unwrap().success(),
                "mounting needs root: run this test as root"
            );
        };
        run(&["--bind", path.to_str().unwrap()]);
        run(&["-o", "remount,ro,bind"]);
        Self(path.to_owned())
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_directory_that_cannot_be_written_says_so() {
    let place = Place::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let database = elsewhere.path().join("maildesk.db");
    let mut desk = place
        .setup(&[])
        .set(
            "storage",
            "path",
            &format!("{:?}", database.to_str().unwrap()),
        )
        .set("desk", "secret_file", "\"secret\"")
        .start();
    assert_eq!(desk.terminate(), 0);
    let name = database.display().to_string();

    let mounted = ReadOnly::mount(elsewhere.path());
    assert_eq!(
        refused(&mut desk),
        format!(
            "opening the lock file {name}.lock: create its directory, or let this user write to \
             it: Read-only file system (os error 30)"
        )
    );
    let output = desk.cli_output(&["ticket", "set", "1", "--status", "open"], "");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.starts_with(&format!("maildesk: opening the database {name}: ")),
        "{said}"
    );
    let remedy = ": check that the directory exists and that this user may write to it\n";
    assert!(said.ends_with(remedy), "{said}");
    drop(mounted);
    starts(&mut desk, 0);
}
