//! A desk to import into, and years of mail to import.

use std::{fmt::Write as _, fs, path::PathBuf};

use maildesk::{
    store::{JournalLine, Store},
    token::Signer,
};
use serde_json::Value;

use crate::harness::{Desk, DeskSetup, Maildir, mail::plain};

/// The address of the desk.
pub const DESK: &str = "support@example.com";

const RULE: &str = r#"
[[rule]]
id = "order"
description = "A question about an order"
when = { contains = "order" }
then = { category = "orders", assign = "Anna", notify = ["boss@example.com"] }
"#;

/// A desk that was never started: its database, its secret, an agent.
pub fn desk(change: impl FnOnce(DeskSetup) -> DeskSetup) -> Desk {
    let setup = Desk::setup();
    let inbox = setup.dir().join("Maildir");
    let outgoing = setup.dir().join("outgoing");
    fs::create_dir(&outgoing).unwrap();
    Maildir::new(inbox.clone()).create();
    // the shipped pack takes most of an import's time, which says nothing here
    let rules = setup.dir().join("rules");
    fs::create_dir(&rules).unwrap();
    fs::write(rules.join("one.toml"), RULE).unwrap();
    let setup = setup
        .set("rules", "directory", "\"rules\"")
        .maildir("support", &inbox, &[])
        .outgoing_directory(&outgoing)
        .agent("Anna", "anna@example.com", &[]);
    let desk = change(setup).write();
    Store::open(&desk.dir().join("maildesk.db")).unwrap();
    Signer::open(&desk.dir().join("secret")).unwrap();
    desk
}

/// Writes a file beside the desk; returns its path.
pub fn write(desk: &Desk, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path: PathBuf = desk.dir().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Imports into the mailbox `support`, which must succeed; returns the summary.
#[track_caller]
pub fn import(desk: &Desk, paths: &[&str]) -> Value {
    let arguments = ["import", "--mailbox", "support", "--json"];
    desk.cli(&[&arguments, paths].concat())
}

/// How many mails ended so.
pub fn fate(summary: &Value, disposition: &str, reason: &str) -> u64 {
    let fates = summary["fates"].as_array().unwrap().iter();
    let wanted =
        fates.filter(|fate| fate["disposition"] == disposition && fate["reason"] == reason);
    wanted.map(|fate| fate["count"].as_u64().unwrap()).sum()
}

/// What became of every mail.
pub fn journal(desk: &Desk) -> Vec<JournalLine> {
    let store = Store::open_existing(&desk.dir().join("maildesk.db")).unwrap();
    store.read_here(|view| view.journal(1_000_000)).unwrap()
}

/// Nothing goes out, now or later, and no address is kept from getting mail.
#[track_caller]
pub fn assert_silent(desk: &Desk) {
    assert_eq!(
        desk.cli(&["outbox", "list", "--json"]),
        Value::Array(vec![])
    );
    assert_eq!(
        desk.cli(&["survey", "list", "--json"]),
        Value::Array(vec![])
    );
    let sent = fs::read_dir(desk.dir().join("outgoing")).unwrap();
    assert_eq!(sent.count(), 0, "mails sent");
}

/// A mail with a date, the ids of those that it answers, and further header lines.
pub fn dated(
    (from, to): (&str, &str),
    subject: &str,
    date: &str,
    (id, answers): (&str, &[&str]),
    body: &str,
) -> Vec<u8> {
    let mut headers = vec![format!("Date: {date}"), format!("Message-ID: <{id}>")];
    if let Some(last) = answers.last() {
        headers.push(format!("In-Reply-To: <{last}>"));
        let all: Vec<String> = answers.iter().map(|id| format!("<{id}>")).collect();
        headers.push(format!("References: {}", all.join(" ")));
    }
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    plain(from, to, subject, &headers, body)
}

/// An mbox as a mail program writes it: LF, an empty line under each mail, `From ` quoted.
pub fn mbox<M: AsRef<[u8]>>(mails: &[M]) -> Vec<u8> {
    let mut file = Vec::new();
    for mail in mails {
        let text = String::from_utf8(mail.as_ref().to_vec()).unwrap();
        let mut quoted = String::new();
        for line in text.replace("\r\n", "\n").lines() {
            let is_from = line.trim_start_matches('>').starts_with("From ");
            let _ = writeln!(quoted, "{}{line}", if is_from { ">" } else { "" });
        }
        file.extend_from_slice(b"From MAILER-DAEMON Tue Mar  3 10:00:00 2020\n");
        file.extend_from_slice(quoted.as_bytes());
        file.push(b'\n');
    }
    file
}

/// The N-th customer's conversation of three mails, in one of three languages: a question with a
/// file, the desk's answer, thanks.
pub fn conversation(number: usize) -> [Vec<u8>; 3] {
    let (subject, question, answer, thanks) = match number % 3 {
        0 => (
            "Импорт прайса остановился",
            "Здравствуйте! Загрузка прайса поставщика остановилась на середине, помогите.",
            "Добрый день! Исправили, загрузите файл ещё раз, пожалуйста.",
            "Спасибо, теперь всё загрузилось.",
        ),
        1 => (
            "Where is my order",
            "Hello,\n\nFrom what I see the order is lost. Could you look where it is?",
            "Good day, it left the warehouse this morning.",
            "Thank you, it has arrived.",
        ),
        _ => (
            "Не знаходить товар",
            "Добрий день! Пошук на сайті не знаходить жодного товару з нового каталогу.",
            "Вітаю! Каталог проіндексовано, спробуйте ще раз.",
            "Дякую, тепер знаходить.",
        ),
    };
    let customer = format!("Customer {number} <customer-{number}@shop.example>");
    let ids = [1, 2, 3].map(|part| format!("{number}.{part}@shop.example"));
    let day = |part: usize| {
        let minute = (number * 7 + part * 11) % 60;
        format!(
            "{} Mar 2020 {:02}:{minute:02}:00 +0300",
            2 + part,
            8 + number % 10
        )
    };
    let file = "IDs;price\nA-1;100\n".repeat(20);
    let with_file = format!(
        "From: {customer}\r\nTo: {DESK}\r\nSubject: {subject} {number}\r\nDate: {}\r\n\
         Message-ID: <{}>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"b{number}\"\r\n\r\n--b{number}\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
         {question}\r\n--b{number}\r\nContent-Type: text/csv; name=prices.csv\r\n\
         Content-Disposition: attachment; filename=prices.csv\r\n\r\n{file}\r\n--b{number}--\r\n",
        day(0),
        ids[0]
    );
    let again = format!("Re: {subject} {number}");
    let first: &[&str] = &[&ids[0]];
    let both: &[&str] = &[&ids[0], &ids[1]];
    [
        with_file
            .replace("\r\n", "\n")
            .replace('\n', "\r\n")
            .into_bytes(),
        dated((DESK, &customer), &again, &day(1), (&ids[1], first), answer),
        dated((&customer, DESK), &again, &day(2), (&ids[2], both), thanks),
    ]
}
