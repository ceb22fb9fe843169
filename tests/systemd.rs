//! The units: systemd takes them, they are as closed as promised, every line says why.

// the lints' exception for tests does not reach the functions that tests share
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// What `systemd-analyze security` may say at most.
const EXPOSURE: f64 = 1.5;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd")
}

fn run(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).output();
    output.unwrap_or_else(|error| match error.kind() {
        ErrorKind::NotFound => {
            panic!("{program} is missing; install it: tests/install-packages.sh")
        }
        _ => panic!("{program}: {error}"),
    })
}

fn both(output: &Output) -> String {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn systemd_takes_the_unit_without_a_warning() {
    let unit = fs::read_to_string(folder().join("maildesk.service")).unwrap();
    let installed = "ExecStart=/usr/bin/maildesk ";
    assert!(unit.contains(installed));
    // the daemon is not installed where the tests run: another program stands in for it
    let unit = unit.replace(installed, "ExecStart=/bin/true ");
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("maildesk.service");
    fs::write(&copy, unit).unwrap();
    let output = run(
        "systemd-analyze",
        &["verify", "--man=no", copy.to_str().unwrap()],
    );
    let said = both(&output);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("maildesk.service"), "{said}");
}

#[test]
fn the_unit_is_as_closed_as_promised() {
    let unit = folder().join("maildesk.service");
    let arguments = [
        "security",
        "--offline=yes",
        "--no-pager",
        unit.to_str().unwrap(),
    ];
    let said = both(&run("systemd-analyze", &arguments));
    let overall = said
        .lines()
        .find(|line| line.contains("Overall exposure level"));
    let overall = overall.unwrap_or_else(|| panic!("no overall level: {said}"));
    let level = overall
        .split_whitespace()
        .find_map(|word| word.parse::<f64>().ok());
    let level = level.unwrap_or_else(|| panic!("no number: {overall}"));
    assert!(
        level <= EXPOSURE,
        "exposure {level}, promised {EXPOSURE}:\n{said}"
    );
}

#[test]
fn the_user_and_the_directories_can_be_made() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("etc")).unwrap();
    let rooted = format!("--root={}", root.path().display());
    let file = folder().join("maildesk.sysusers.conf");
    let output = run(
        "systemd-sysusers",
        &["--dry-run", &rooted, file.to_str().unwrap()],
    );
    let said = both(&output);
    assert!(
        output.status.success() && said.contains("user 'maildesk'"),
        "{said}"
    );
    // tmpfiles has no dry run, and needs root and the user: its lines are read at least
    let text = fs::read_to_string(folder().join("maildesk.tmpfiles.conf")).unwrap();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let &[kind, path, mode, user, group, "-"] = fields.as_slice() else {
            panic!("not six fields: {line}");
        };
        assert!(matches!(kind, "d" | "z"), "{line}");
        assert!(path.starts_with("/etc/maildesk"), "{line}");
        assert!(
            u32::from_str_radix(mode, 8).unwrap() & 0o007 == 0,
            "open to others: {line}"
        );
        assert_eq!(user, "root", "{line}");
        assert!(matches!(group, "root" | "maildesk"), "{line}");
    }
}

/// Lines that are neither comment nor section nor empty, and have no comment right above.
fn unexplained(text: &str) -> Vec<String> {
    let mut above = "";
    let mut found = Vec::new();
    for line in text.lines() {
        let is_directive = !line.is_empty() && !line.starts_with(['#', '[']);
        let says_why = above
            .strip_prefix("# ")
            .is_some_and(|why| !why.trim().is_empty());
        if is_directive && !says_why {
            found.push(line.to_owned());
        }
        above = line;
    }
    found
}

#[test]
fn every_line_says_why() {
    assert_eq!(
        unexplained("[A]\n# why\nB=1\nC=2\n\n#D=3\nE=4\n"),
        ["C=2", "E=4"]
    );
    let mut files = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(
            unexplained(&text),
            Vec::<String>::new(),
            "{}",
            path.display()
        );
        files += 1;
    }
    assert_eq!(files, 3);
}
