//! Files of all kinds, and what is none.

use serde_json::json;

use crate::archive::{assert_silent, conversation, desk, fate, import, journal, mbox, write};
use crate::harness::{Maildir, mail::plain};

#[test]
fn a_maildir_and_its_folders() {
    let desk = desk(|setup| setup);
    let old = desk.dir().join("Old");
    let (inbox, sent) = (Maildir::new(old.clone()), Maildir::new(old.join(".Sent")));
    for number in 0..5 {
        let [question, answer, thanks] = conversation(number);
        // the order of the files is not that of the mails
        inbox.deliver(&thanks);
        inbox.deliver(&question);
        sent.deliver(&answer);
    }
    write(&desk, "Old/tmp/half", "Subject: not yet delivered\n");
    let path = old.to_str().unwrap();
    assert_eq!(import(&desk, &[path])["found"], 10);
    let all = import(&desk, &["--folders", path]);
    assert_eq!((&all["found"], &all["known"]), (&json!(15), &json!(10)));
    assert_eq!(fate(&all, "append", "history"), 5);
    for ticket in 1..=5 {
        assert_eq!(desk.ticket(ticket)["messages"].as_array().unwrap().len(), 3);
    }
    assert_silent(&desk);
}

#[test]
fn a_heap_of_files_with_broken_ones_among_them() {
    let desk = desk(|setup| setup.set("limits", "max_message_size", "\"64KiB\""));
    let [question, answer, thanks] = conversation(1);
    let mut file = mbox(&[&question]);
    // CRLF throughout, no empty line between mails, a huge one, and the last one cut off
    file.extend_from_slice(b"From - Tue Mar  3 10:00:00 2020\r\n");
    file.extend_from_slice(&answer);
    file.extend_from_slice(b"From - Tue Mar  3 10:00:00 2020\r\n");
    let huge = plain(
        "huge@shop.example",
        "support@example.com",
        "Huge",
        &["Message-ID: <huge@shop.example>"],
        &"0123456789abcdef\n".repeat(20_000),
    );
    file.extend_from_slice(&huge);
    file.extend_from_slice(b"\r\nFrom - Tue Mar  3 11:00:00 2020\r\n");
    file.extend_from_slice(&thanks[..thanks.len() - 10]);
    write(&desk, "heap/a.mbox", file);
    write(
        &desk,
        "heap/deep/er/b.eml",
        b"From: b@shop.example\nSubject: No date, no id\n\nHello\n",
    );
    write(&desk, "heap/empty.mbox", b"");
    write(&desk, "heap/empty.eml", b"");
    write(&desk, "heap/picture.eml", b"\x89PNG\r\n\x1a\n");
    write(&desk, "heap/notes.txt", b"not looked at");
    let heap = desk.dir().join("heap");
    let heap = heap.to_str().unwrap();

    let plan = desk.cli(&[
        "import",
        "--mailbox",
        "support",
        "--dry-run",
        "--json",
        heap,
    ]);
    assert_eq!(
        (&plan["found"], &plan["new"], &plan["files"]),
        (&json!(5), &json!(5), &json!(5))
    );
    assert!(journal(&desk).is_empty(), "a dry run writes nothing");

    let output = desk.cli_output(&["import", "--mailbox", "support", heap], "");
    let (out, said) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(out.starts_with("5 mails in 5 files, "), "{out}");
    assert!(out.contains("tickets opened"), "{out}");
    let left_out = |name: &str| format!("maildesk: left out {heap}/{name}: it is not mail\n");
    assert_eq!(said, left_out("empty.eml") + &left_out("picture.eml"));

    let tickets = desk.tickets();
    assert_eq!(tickets.len(), 3, "{tickets:?}");
    let subjects: Vec<&str> = tickets
        .iter()
        .map(|t| t["subject"].as_str().unwrap())
        .collect();
    assert!(subjects.contains(&"Huge") && subjects.contains(&"No date, no id"));
    let number = tickets
        .iter()
        .find(|ticket| ticket["subject"] == "Huge")
        .unwrap();
    let huge = desk.ticket(number["number"].as_i64().unwrap());
    let text = huge["messages"][0]["text"].as_str().unwrap();
    assert!(text.contains("over the limit"), "{text}");
    // by its `From ` line
    assert_eq!(huge["opened_at"], "2020-03-03T10:00:00Z");
    assert_silent(&desk);
}

#[test]
fn a_slip_of_the_pen_is_told_before_anything_is_read() {
    let desk = desk(|setup| setup);
    let good = write(&desk, "good.mbox", mbox(&conversation(1)));
    let list = write(&desk, "prices.csv", "name;price\n");
    let ended = |arguments: &[&str]| {
        let output = desk.cli_output(&[&["import"], arguments].concat(), "");
        let said = String::from_utf8(output.stderr).unwrap();
        (
            output.status.code(),
            said.replace(desk.dir().to_str().unwrap(), "DIR"),
        )
    };
    let (code, said) = ended(&["--mailbox", "suport", &good]);
    assert_eq!(code, Some(2));
    assert!(said.contains("\"support\""), "{said}");
    let (code, said) = ended(&["--mailbox", "support", &good, &list]);
    assert_eq!(code, Some(1));
    assert_eq!(
        said,
        "maildesk: DIR/prices.csv is not mail: it begins neither with headers (.eml) nor with a \
         `From ` line (mbox)\n"
    );
    let (code, said) = ended(&["--mailbox", "support", &good, "nowhere"]);
    assert_eq!(code, Some(1));
    assert!(
        said.starts_with("maildesk: reading nowhere: No such file"),
        "{said}"
    );
    assert_eq!(ended(&["--mailbox", "support"]).0, Some(2));
    assert!(journal(&desk).is_empty(), "nothing was imported");
}
