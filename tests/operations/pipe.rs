//! `maildesk deliver`: from an MTA's pipe.

use rusqlite::Connection;

use crate::{
    harness::Desk,
    place::{Place, question, wait_acknowledged},
};

fn deliver(desk: &Desk, mailbox: &str, mail: &[u8]) -> i32 {
    let output = desk.cli_output(&["deliver", "--mailbox", mailbox], mail);
    assert!(output.stdout.is_empty(), "a pipe's words reach the sender");
    output.status.code().unwrap()
}

#[test]
fn a_piped_mail_is_a_ticket_while_the_desk_runs() {
    let place = Place::new();
    let desk = place.desk(&[]);
    assert_eq!(deliver(&desk, "support", &question(1)), 0);
    wait_acknowledged(&desk, &place.smtp, [1]);
    // an MTA that did not hear the answer tries again
    assert_eq!(deliver(&desk, "support", &question(1)), 0);
    assert_eq!(deliver(&desk, "support", &question(2)), 0);
    wait_acknowledged(&desk, &place.smtp, [1, 2]);
    assert_eq!(desk.tickets().len(), 2);
    assert_eq!(desk.tickets()[0]["mailbox"], "support");
}

#[test]
fn a_piped_mail_waits_for_the_desk_to_start() {
    let place = Place::new();
    let mut desk = place.desk(&[]);
    assert_eq!(desk.terminate(), 0);
    assert_eq!(deliver(&desk, "support", &question(1)), 0);
    desk.restart();
    wait_acknowledged(&desk, &place.smtp, [1]);
}

#[test]
fn exit_codes_tell_an_mta_whether_to_try_again() {
    let place = Place::new();
    let mut desk = place.setup(&[]).write();
    // no database yet: not the mail's fault
    assert_eq!(deliver(&desk, "support", &question(1)), 75);
    desk.restart();
    assert_eq!(deliver(&desk, "suport", &question(1)), 2);
    assert_eq!(deliver(&desk, "support", b""), 1);
    let other = Connection::open(desk.dir().join("maildesk.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert_eq!(deliver(&desk, "support", &question(1)), 75);
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(deliver(&desk, "support", &question(1)), 0);
    wait_acknowledged(&desk, &place.smtp, [1]);
}
