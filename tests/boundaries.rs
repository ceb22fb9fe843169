//! Who may use whom: ARCHITECTURE.md's table, held against `src/`.

// the lints' exception for tests does not reach the functions that tests share
#![allow(clippy::unwrap_used)]

#[path = "boundaries/paths.rs"]
mod paths;

use std::{fs, path::Path};

use paths::paths;

/// What everybody may use, and what uses nobody.
const CORE: &[&str] = &[
    "address",
    "clock",
    "dkim",
    "language",
    "subject_marks",
    "token",
    "toml_reader",
];

/// A room and what it may use beside the core: rooms, or single modules of a room.
const ROOMS: &[(&str, &[&str])] = &[
    ("message", &[]),
    ("ticket", &[]),
    ("survey", &["ticket"]),
    ("nps", &["survey"]),
    ("triage", &["message", "ticket"]),
    ("compose", &["ticket"]),
    ("config", &["triage", "ticket"]),
    ("net", &["config"]),
    ("oauth", &["config", "net", "store"]),
    ("observe", &["store::Health"]),
    ("store", &["message", "triage", "ticket", "survey", "nps"]),
    ("mailbox", &["config", "store", "net", "oauth", "observe"]),
    (
        "desk",
        &[
            "config", "store", "ticket", "triage", "survey", "nps", "compose",
        ],
    ),
    (
        "ingest",
        &[
            "desk", "message", "triage", "ticket", "compose", "config", "store", "survey", "nps",
            "observe", "net",
        ],
    ),
    ("outbox", &["config", "store", "net", "oauth", "observe"]),
    (
        "web",
        &[
            "desk",
            "config",
            "store",
            "ticket",
            "survey",
            "nps",
            "compose",
            "message::html",
            "observe",
        ],
    ),
    ("daemon", ALL),
    ("cli", ALL),
];

const ALL: &[&str] = &["*"];

/// Crates (or parts of them) that only some places may use: rooms, or files by the start of
/// their path. Tests in files of their own may use them too, to look at what was made.
const CRATES: &[(&str, &[&str])] = &[
    ("rusqlite", &["store"]),
    ("async_imap", &["mailbox"]),
    ("hyper", &["config", "net", "oauth", "ingest/avatars"]),
    ("hyper_util", &["net"]),
    ("mail_parser", &["message/parse"]),
    ("mailparse", &["message/parse"]),
    ("mail_auth", &["ingest/verify", "dkim"]),
    ("lettre", &["compose", "outbox"]),
    ("lettre::transport", &["outbox"]),
    ("lettre::AsyncTransport", &["outbox"]),
    ("lettre::AsyncSmtpTransport", &["outbox"]),
    ("lettre::SmtpTransport", &["outbox"]),
    ("lettre::Transport", &["outbox"]),
];

/// Rooms of pure functions, and what would make them impure.
const PURE: &[&str] = &["message", "ticket", "survey", "nps", "triage", "compose"];
const IMPURE: &[&str] = &["tokio", "std::net", "std::process"];

#[test]
fn every_room_uses_only_what_it_may() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let file = path
                    .strip_prefix(&src)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                sources.push((file, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    sources.sort();
    assert!(sources.len() >= 10, "sources read: {}", sources.len());
    let found: Vec<String> = sources
        .iter()
        .flat_map(|(file, text)| faults(file, text))
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn a_forbidden_import_is_found_in_every_disguise() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "mailbox/idle.rs",
            "use crate::address::Address;\nuse crate::{\n    store::Store,\n    triage::{decide, rules},\n};\n",
            &[
                "src/mailbox/idle.rs:4: mailbox must not use triage::decide",
                "src/mailbox/idle.rs:4: mailbox must not use triage::rules",
            ],
        ),
        (
            "web/page.rs",
            "use crate::message::html::clean;\nfn f() { let x = crate :: message::parse::read(); }\n",
            &["src/web/page.rs:2: web must not use message::parse::read"],
        ),
        (
            "ingest.rs",
            "use super::outbox::wake;\nmod inner { use super::super::web as w; use super::wake; }\n",
            &[
                "src/ingest.rs:1: ingest must not use outbox::wake",
                "src/ingest.rs:2: ingest must not use web",
            ],
        ),
        (
            "store/mod.rs",
            "pub mod a;\nuse self::a::A; use super::ticket::Ticket;\nuse super::mailbox::*;\n",
            &["src/store/mod.rs:3: store must not use mailbox::*"],
        ),
        (
            "ticket/sla.rs",
            "use tokio::time;\n#[tokio::test]\nfn f() { std::net::lookup(); }\n// tokio::spawn\nconst A: &str = \"tokio::x\";\n",
            &[
                "src/ticket/sla.rs:1: ticket must not use tokio::time",
                "src/ticket/sla.rs:2: ticket must not use tokio::test",
                "src/ticket/sla.rs:3: ticket must not use std::net::lookup",
            ],
        ),
        (
            "compose/mod.rs",
            "use lettre::{Message, transport::smtp};\nuse std::{fmt, net};\n",
            &[
                "src/compose/mod.rs:1: compose must not use lettre::transport::smtp",
                "src/compose/mod.rs:2: compose must not use std::net",
            ],
        ),
        (
            "message/html.rs",
            "use mail_parser as mp;\nfn f<'a>(x: &'a str) -> char { 'x' } use ::rusqlite::Row;\n",
            &[
                "src/message/html.rs:1: message must not use mail_parser",
                "src/message/html.rs:2: message must not use rusqlite::Row",
            ],
        ),
        (
            "message/parse/mime.rs",
            "use mail_parser::Message;\nuse crate::clock;\nconst R: &str = r#\"\" crate::store \"#;\n",
            &[],
        ),
        (
            "clock.rs",
            "use crate::address::Address;\n",
            &["src/clock.rs:1: clock must not use address::Address"],
        ),
        (
            "pantry/jam.rs",
            "",
            &["src/pantry/jam.rs:1: pantry is no room of the table"],
        ),
        (
            "cli/run.rs",
            "use crate::{daemon, mailbox::Mailbox};\nuse tokio::runtime;\n",
            &[],
        ),
        ("lib.rs", "pub mod daemon;\nuse crate::daemon;\n", &[]),
    ];
    for (file, text, expected) in cases {
        assert_eq!(faults(file, text), *expected, "{file}");
    }
}

/// Every import of a file that the tables forbid, as `file:line: room must not use path`.
fn faults(file: &str, text: &str) -> Vec<String> {
    let stem = file.trim_end_matches(".rs");
    let room = stem.split('/').next().unwrap_or_default();
    if matches!(room, "lib" | "main") {
        return Vec::new();
    }
    let may_use = ROOMS
        .iter()
        .find(|(name, _)| *name == room)
        .map(|(_, may_use)| *may_use);
    let Some(may_use) = may_use.or_else(|| CORE.contains(&room).then_some(&[][..])) else {
        return vec![format!("src/{file}:1: {room} is no room of the table")];
    };
    let mut home: Vec<String> = stem.split('/').map(str::to_owned).collect();
    home.retain(|part| part != "mod");
    let mut found = Vec::new();
    for (line, path) in paths(text, &home) {
        let is_allowed = match path.split_first() {
            Some((first, ours)) if first == "crate" => {
                ours.is_empty() || may_use_ours(room, may_use, ours)
            }
            _ => may_use_crate(stem, room, &path),
        };
        if !is_allowed {
            let path = path.join("::");
            let path = path.trim_start_matches("crate::");
            found.push(format!("src/{file}:{line}: {room} must not use {path}"));
        }
    }
    found
}

fn may_use_ours(room: &str, may_use: &[&str], path: &[String]) -> bool {
    let is_own = path.first().is_some_and(|first| first == room);
    let is_core = path
        .first()
        .is_some_and(|first| CORE.contains(&first.as_str()));
    is_own
        || (is_core && !CORE.contains(&room))
        || may_use == ALL
        || may_use.iter().any(|allowed| starts_with(path, allowed))
}

fn may_use_crate(stem: &str, room: &str, path: &[String]) -> bool {
    let is_impure = IMPURE.iter().any(|name| starts_with(path, name));
    let is_pure = PURE.contains(&room) || CORE.contains(&room);
    let is_placed = CRATES
        .iter()
        .filter(|(name, _)| starts_with(path, name))
        .all(|(_, places)| places.iter().any(|place| stem.starts_with(place)));
    let is_test = stem.split('/').any(|part| part == "tests");
    (is_placed || is_test) && !(is_pure && is_impure)
}

fn starts_with(path: &[String], start: &str) -> bool {
    let mut path = path.iter();
    start
        .split("::")
        .all(|part| path.next().is_some_and(|found| found == part))
}
