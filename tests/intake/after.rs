//! What becomes of a mail on the server once the desk has it.

use rusqlite::Connection;

use crate::{
    harness::{
        Act, Ca, Desk, DovecotOptions, FakeImap, FakeSmtp, Fault, ImapOptions, SmtpOptions,
        eventually,
    },
    place::{Place, SOON, USER, assert_said, question, wait_acknowledged, wait_settled},
};

/// `Обработано` as Dovecot writes it into the file system (modified UTF-7).
const PROCESSED: &str = "&BB4EMQRABDAEMQQ+BEIEMAQ9BD4-";

fn plain_dovecot() -> DovecotOptions {
    DovecotOptions {
        hide: vec!["MOVE".into(), "UIDPLUS".into()],
        ..DovecotOptions::default()
    }
}

#[test]
fn kept_mails_keep_the_flags_that_a_human_gave_them() {
    let place = Place::new();
    place.deliver(&question(1));
    place.deliver(&question(2));
    place
        .dovecot
        .add_flags(USER, "INBOX", "\\Seen \\Flagged", &["uid", "1"]);
    let desk = place.desk(&[]);
    // start = all: both are history, the one that was read too
    let lines = wait_settled(&desk, 2);
    assert!(lines.iter().all(|line| line.ticket.is_some()), "{lines:?}");
    place.deliver(&question(3));
    wait_acknowledged(&desk, &place.smtp, [3]);
    assert_eq!(place.flags(), ["FS", "", ""]);
}

#[test]
fn filed_mails_are_marked_as_seen() {
    let place = Place::new();
    let desk = place.desk(&[("after", "\"seen\"")]);
    place.deliver(&question(1));
    place.deliver(&question(2));
    wait_acknowledged(&desk, &place.smtp, [1, 2]);
    eventually(SOON, "both seen", || place.flags() == ["S", "S"]);
}

#[test]
fn a_mail_that_is_stored_but_not_filed_stays_untouched_on_the_server() {
    let place = Place::new();
    let desk = place.desk(&[("after", "\"delete\"")]);
    let database = Connection::open(desk.dir().join("maildesk.db")).unwrap();
    // filing fails as it would on a database in trouble, storing does not
    database
        .execute_batch(
            "CREATE TRIGGER hold BEFORE UPDATE OF state ON messages
             BEGIN SELECT RAISE(FAIL, 'held'); END",
        )
        .unwrap();
    place.deliver(&question(1));
    desk.wait_log("filing waits", SOON);
    // the second mail is stored after the intake has been through its work with the first
    place.deliver(&question(2));
    eventually(SOON, "both stored", || {
        let stored: i64 = database
            .query_row("SELECT count(*) FROM messages", [], |row| row.get(0))
            .unwrap();
        stored == 2
    });
    assert_eq!(place.flags(), ["", ""]);
    assert_eq!(desk.tickets().len(), 0);
    database.execute_batch("DROP TRIGGER hold").unwrap();
    wait_acknowledged(&desk, &place.smtp, [1, 2]);
    eventually(SOON, "both deleted", || place.flags().is_empty());
    assert_said(&desk, "filing waits", 1);
    assert_said(&desk, "filing goes on", 1);
}

fn moves_to_a_folder_that_it_makes(place: &Place) {
    let desk = place.desk(&[("after", "\"move\""), ("move_to", "\"Обработано\"")]);
    place.deliver(&question(1));
    place.deliver(&question(2));
    wait_acknowledged(&desk, &place.smtp, [1, 2]);
    eventually(SOON, "both moved", || {
        let moved = place.dovecot.fetch_all(USER, PROCESSED);
        place.flags().is_empty() && moved.len() == 2
    });
    assert_eq!(place.dovecot.flags(USER, PROCESSED), ["", ""]);
    // the folder is there now
    place.deliver(&question(3));
    wait_acknowledged(&desk, &place.smtp, [1, 2, 3]);
    eventually(SOON, "the third moved", || {
        place.dovecot.fetch_all(USER, PROCESSED).len() == 3
    });
    assert!(place.flags().is_empty());
    let list = place.dovecot.doveadm(&["mailbox", "list", "-u", USER]);
    assert!(list.contains("Обработано"), "{list}");
}

#[test]
fn filed_mails_move_to_a_cyrillic_folder_that_the_desk_makes() {
    moves_to_a_folder_that_it_makes(&Place::new());
}

#[test]
fn filed_mails_move_on_a_server_without_move_and_uidplus() {
    moves_to_a_folder_that_it_makes(&Place::with(plain_dovecot()));
}

fn deletes(place: &Place) {
    let desk = place.desk(&[("after", "\"delete\"")]);
    place.deliver(&question(1));
    place.deliver(&question(2));
    wait_acknowledged(&desk, &place.smtp, [1, 2]);
    eventually(SOON, "both gone", || place.flags().is_empty());
    assert_eq!(desk.tickets().len(), 2);
}

#[test]
fn filed_mails_are_deleted() {
    deletes(&Place::new());
}

#[test]
fn filed_mails_are_deleted_on_a_server_without_uidplus() {
    deletes(&Place::with(plain_dovecot()));
}

#[test]
fn a_mark_whose_answer_was_lost_is_set_again() {
    let dir = tempfile::TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    let imap = FakeImap::start(&ca, ImapOptions::default());
    let smtp = FakeSmtp::start(&ca, SmtpOptions::default());
    imap.fault(Fault::on("UID MOVE", Act::DoThenClose));
    imap.create_folder("Processed");
    let desk = Desk::setup()
        .mailbox_with("support", &imap.account(), &[("after", "\"move\"")])
        .smtp(&smtp.account())
        .start();
    imap.deliver(&question(1));
    imap.deliver(&question(2));
    wait_acknowledged(&desk, &smtp, [1, 2]);
    eventually(SOON, "each moved once", || {
        imap.mails("INBOX").is_empty() && imap.mails("Processed").len() == 2
    });
}

#[test]
fn a_mark_that_the_server_refuses_does_not_stop_the_intake() {
    let dir = tempfile::TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    let imap = FakeImap::start(&ca, ImapOptions::default());
    let smtp = FakeSmtp::start(&ca, SmtpOptions::default());
    imap.fault(Fault::reply("UID STORE", "NO [NOPERM] read-only here").always());
    let desk = Desk::setup()
        .mailbox_with("support", &imap.account(), &[("after", "\"seen\"")])
        .smtp(&smtp.account())
        .start();
    imap.deliver(&question(1));
    wait_acknowledged(&desk, &smtp, [1]);
    desk.wait_log("read-only here", SOON);
    imap.deliver(&question(2));
    wait_acknowledged(&desk, &smtp, [1, 2]);
    assert_said(&desk, "read-only here", 1);
    assert_eq!(imap.connections(), 1);
}

#[test]
fn a_mail_of_which_only_the_headers_were_fetched_is_never_deleted() {
    let place = Place::new();
    let desk = place
        .setup(&[("after", "\"delete\"")])
        .set("limits", "max_message_size", "\"4KiB\"")
        .start();
    let mut large = question(1);
    large.extend("a line of a long mail\r\n".repeat(400).into_bytes());
    place.deliver(&large);
    place.deliver(&question(2));
    wait_acknowledged(&desk, &place.smtp, [1, 2]);
    eventually(SOON, "the small one gone", || place.flags().len() == 1);
    assert_eq!(place.dovecot.fetch_all(USER, "INBOX"), [large]);
    let text = desk.ticket(1)["messages"][0]["text"].to_string();
    assert!(text.contains("still in the mailbox"), "{text}");
}
