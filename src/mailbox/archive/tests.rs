use std::fs;

use tempfile::TempDir;

use super::*;

const MAIL: &str = "Subject: One\nFrom: a@shop.example\n\nText\n";

fn names(dir: &TempDir, path: &str, with_folders: bool) -> Vec<String> {
    let found = files(&dir.path().join(path), with_folders).unwrap();
    let name = |file: &MailFile| file.path.strip_prefix(dir.path()).unwrap().to_owned();
    let names = found.iter().map(|file| name(file).display().to_string());
    names.collect()
}

fn write(dir: &TempDir, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

#[test]
fn what_a_path_is_decides() {
    let dir = TempDir::new().unwrap();
    write(
        &dir,
        &[
            ("tree/b.eml", MAIL),
            ("tree/a/c.EML", MAIL),
            ("tree/a/notes.txt", MAIL),
            ("tree/all.mbox", ""),
            ("Maildir/cur/2:2,S", MAIL),
            ("Maildir/new/1", MAIL),
            ("Maildir/new/.hidden", MAIL),
            ("Maildir/tmp/3", MAIL),
            ("Maildir/.Sent/cur/4:2,S", MAIL),
            ("Maildir/.Sent/new/.keep", ""),
        ],
    );
    assert_eq!(
        names(&dir, "tree", false),
        ["tree/all.mbox", "tree/b.eml", "tree/a/c.EML"]
    );
    assert_eq!(names(&dir, "tree/a/notes.txt", false), ["tree/a/notes.txt"]);
    let inbox = ["Maildir/cur/2:2,S", "Maildir/new/1"];
    assert_eq!(names(&dir, "Maildir", false), inbox);
    let sent = "Maildir/.Sent/cur/4:2,S";
    assert_eq!(names(&dir, "Maildir", true), [inbox[0], inbox[1], sent]);
}

#[test]
fn what_is_no_mail_says_what_it_is() {
    let dir = TempDir::new().unwrap();
    write(
        &dir,
        &[
            ("prices.csv", "name;price\n"),
            ("key.yaml", "color: red\nsize: 5\n"),
            ("mail.mbox.gz", "\u{1f}"),
            ("mail.zip", "PK\u{3}\u{4}"),
            ("store.pst", "!BDN"),
            ("empty/readme", "hello"),
        ],
    );
    fs::write(dir.path().join("mail.mbox.gz"), b"\x1f\x8b\x08").unwrap();
    let said = |path: &str| {
        let error = files(&dir.path().join(path), false).unwrap_err();
        let text = error.to_string();
        text.replace(&format!("{}/", dir.path().display()), "")
    };
    let not_mail =
        "is not mail: it begins neither with headers (.eml) nor with a `From ` line (mbox)";
    assert_eq!(said("prices.csv"), format!("prices.csv {not_mail}"));
    assert_eq!(said("key.yaml"), format!("key.yaml {not_mail}"));
    let packed = "is packed: unpack it and import what comes out";
    assert_eq!(said("mail.mbox.gz"), format!("mail.mbox.gz {packed}"));
    assert_eq!(said("mail.zip"), format!("mail.zip {packed}"));
    assert_eq!(
        said("store.pst"),
        "store.pst is of Outlook (.pst, .msg): export it as mbox or .eml"
    );
    assert_eq!(
        said("empty"),
        "there is no mail in empty: it is no Maildir (no `cur` and `new` in it) and holds no \
         .eml or .mbox file"
    );
    assert!(said("nowhere").starts_with("reading nowhere: No such file"));
}

#[test]
fn a_file_over_the_limit_gives_its_headers() {
    let dir = TempDir::new().unwrap();
    let big = format!("{MAIL}{}", "x".repeat(1_000));
    write(&dir, &[("one.eml", &big), ("rubbish.eml", "no mail\n")]);
    let found = files(dir.path(), false).unwrap();
    let mails: Vec<Mail> = found[0].mails(100).unwrap().map(Result::unwrap).collect();
    assert_eq!((mails.len(), mails[0].whole), (1, false));
    assert_eq!(mails[0].size, big.len() as u64);
    assert!(mails[0].bytes.ends_with(b"example\n\n"));
    assert_eq!(found[1].mails(100).unwrap().count(), 0);
}
