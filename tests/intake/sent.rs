//! Copies of agents' answers in the Sent folder of their mailbox.

use std::fs;

use rusqlite::Connection;

use crate::{
    harness::{
        Act, Ca, Desk, DeskSetup, FakeImap, FakeSmtp, FakeTokens, Fault, ImapOptions, SmtpMail,
        SmtpOptions, eventually, mail,
    },
    place::{
        Place, SOON, USER, assert_said, but, customer, journal, question, said, shown, wait_settled,
    },
};

/// `Отправленные` as Dovecot writes it into the file system (modified UTF-7).
const SENT: &str = "&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-";

/// A scripted server with an empty folder `Sent`, and a server for what goes out.
struct Servers {
    _dir: tempfile::TempDir,
    imap: FakeImap,
    smtp: FakeSmtp,
}

impl Servers {
    fn new() -> Self {
        let dir = tempfile::TempDir::new().unwrap();
        let ca = Ca::new(dir.path());
        Self::with(dir, &ca, ImapOptions::default())
    }

    fn with(dir: tempfile::TempDir, ca: &Ca, options: ImapOptions) -> Self {
        let imap = FakeImap::start(ca, options);
        imap.create_folder("Sent");
        let smtp = FakeSmtp::start(ca, SmtpOptions::default());
        Self {
            _dir: dir,
            imap,
            smtp,
        }
    }

    fn setup(&self) -> DeskSetup {
        Desk::setup()
            .mailbox_with(
                "support",
                &self.imap.account(),
                &[("sent_folder", "\"Sent\"")],
            )
            .smtp(&self.smtp.account())
    }

    /// A running desk with a ticket of each of these customers.
    fn desk(&self, customers: impl IntoIterator<Item = usize>) -> Desk {
        let desk = self.setup().start();
        self.ask(&desk, customers);
        desk
    }

    fn ask(&self, desk: &Desk, customers: impl IntoIterator<Item = usize>) {
        for number in customers {
            self.imap.deliver(&question(number));
            desk.wait_tickets(number, SOON);
        }
        desk.wait_outbox_empty(SOON);
    }

    /// The mails of `Sent`.
    fn copies(&self) -> Vec<String> {
        let mails = self.imap.mails("Sent").into_iter();
        mails
            .map(|mail| String::from_utf8(mail.bytes).unwrap())
            .collect()
    }

    /// The answer that a customer got.
    fn answer_to(&self, number: usize) -> String {
        let mails = self.smtp.wait_for(&customer(number), 2, SOON);
        written(mails.last().unwrap())
    }

    /// How many of the commands so far begin with this.
    fn asked(&self, command: &str) -> usize {
        let commands = self.imap.commands();
        let lines = commands.iter().filter_map(|line| line.split_once(' '));
        lines.filter(|(_, line)| line.starts_with(command)).count()
    }
}

/// The mail as the desk wrote it: the sender's SMTP ends every mail with one more line end.
fn written(mail: &SmtpMail) -> String {
    let text = String::from_utf8(mail.data.clone()).unwrap();
    text.strip_suffix("\r\n").unwrap().to_owned()
}

fn answer(desk: &Desk, ticket: usize) {
    let words = "Вот состояние вашего заказа.";
    desk.cli_text(&["ticket", "reply", &ticket.to_string()], words);
}

/// Waits until no copy is due; returns where the copies of all answers stand.
#[track_caller]
fn wait_copied(desk: &Desk) -> Vec<String> {
    let database = Connection::open(desk.dir().join("maildesk.db")).unwrap();
    eventually(SOON, "no copy is due", || {
        let mut select = database
            .prepare("SELECT copy FROM messages WHERE direction = 'out' ORDER BY id")
            .unwrap();
        let rows = select.query_map([], |row| row.get(0)).unwrap();
        let states: Vec<String> = rows.map(Result::unwrap).collect();
        let is_over = !states
            .iter()
            .any(|state| state == "due" || state == "tried");
        if is_over {
            Ok(states)
        } else {
            Err(states.join(" "))
        }
    })
}

#[test]
fn an_answer_to_several_stands_once_in_a_cyrillic_folder_that_the_desk_makes() {
    let place = Place::new();
    let mut desk = place
        .setup(&[("sent_folder", "\"Отправленные\"")])
        .set("survey", "delay", "\"0s\"")
        .set("survey", "hours", "\"00:00-24:00\"")
        .start();
    place.deliver(&mail::plain(
        &format!("Olga <{}>", customer(1)),
        USER,
        "A question about order 1",
        &[
            "Message-ID: <question-1@shop.example>",
            &format!("Cc: {}", customer(2)),
        ],
        "Good day, where can I see the state of order 1?",
    ));
    desk.wait_tickets(1, SOON);
    answer(&desk, 1);
    let sent = place.smtp.wait_for(&customer(2), 1, SOON).remove(0);
    desk.cli_text(&["ticket", "set", "1", "--status", "closed"], "");
    // acknowledgement, answer, survey; what the server took of them is recorded by then
    place.smtp.wait_for(&customer(1), 3, SOON);
    desk.wait_outbox_empty(SOON);
    eventually(SOON, "a copy", || {
        place.dovecot.fetch_all(USER, SENT).len() == 1
    });
    assert_eq!(wait_copied(&desk), ["done"]);
    let copies = place.dovecot.fetch_all(USER, SENT);
    assert_eq!(copies.len(), 1);
    assert_eq!(place.dovecot.flags(USER, SENT), ["S"]);
    // Dovecot keeps its files with bare line feeds
    let sent = written(&sent);
    let copy = String::from_utf8(copies[0].clone()).unwrap();
    assert_eq!(copy, sent.replace("\r\n", "\n"));
    let mut fetch = vec!["-f", "flow", "fetch", "-u", USER, "date.received date.sent"];
    fetch.extend(["mailbox", "Отправленные", "all"]);
    let dates = place.dovecot.doveadm(&fetch);
    let today = jiff::Timestamp::now().strftime("%Y-%m-").to_string();
    assert!(dates.contains(&format!("date.received={today}")), "{dates}");
    let list = place
        .dovecot
        .doveadm(&["mailbox", "list", "-s", "-u", USER]);
    assert!(list.contains("Отправленные"), "subscribed: {list}");

    // as a kill leaves it that came before the server's answer was stored
    desk.kill9();
    let database = Connection::open(desk.dir().join("maildesk.db")).unwrap();
    let in_doubt = "UPDATE messages SET copy = 'tried' WHERE copy = 'done'";
    assert_eq!(database.execute(in_doubt, []).unwrap(), 1);
    desk.restart();
    assert_eq!(wait_copied(&desk), ["done"]);
    assert_eq!(place.dovecot.fetch_all(USER, SENT).len(), 1);
    assert_eq!(said(&desk, "ERROR"), 0, "{}", desk.log());
}

#[test]
fn copies_are_made_with_a_login_by_oauth2_too() {
    let dir = tempfile::TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    let tokens = FakeTokens::start(&ca, USER);
    let options = ImapOptions {
        gate: Some(tokens.gate()),
        ..ImapOptions::default()
    };
    let servers = Servers::with(dir, &ca, options);
    let account = but(servers.imap.account(), |account| account.password.clear());
    let (oauth2, folder) = (tokens.settings(), "\"Sent\"");
    let mut desk = Desk::setup()
        .mailbox_with(
            "support",
            &account,
            &[("oauth2", &oauth2), ("sent_folder", folder)],
        )
        .smtp(&servers.smtp.account())
        .without_waiting()
        .start();
    desk.wait_log("there is no consent for support yet", SOON);
    desk.cli_text(&["auth", "support"], "");
    desk.wait_ready();
    servers.ask(&desk, [1]);
    answer(&desk, 1);
    eventually(SOON, "a copy", || servers.copies().len() == 1);
    assert_eq!(servers.copies(), [servers.answer_to(1)]);
}

#[test]
fn a_copy_has_the_exact_bytes_and_an_answer_with_a_file_too() {
    let servers = Servers::new();
    let desk = servers.desk([1]);
    let file = desk.dir().join("state.bin");
    let bytes: Vec<u8> = (0..=255_u8).cycle().take(300_000).collect();
    fs::write(&file, bytes).unwrap();
    let attach = ["ticket", "reply", "1", "--attach", file.to_str().unwrap()];
    desk.cli_text(&attach, "Here it is.");
    let sent = servers.answer_to(1);
    eventually(SOON, "a copy", || servers.copies().len() == 1);
    assert!(sent.len() > 300_000);
    assert!(servers.copies()[0] == sent, "the bytes are others");
    let flags = &servers.imap.mails("Sent")[0].flags;
    assert_eq!(flags.iter().collect::<Vec<_>>(), ["\\Seen"]);
    assert_eq!(wait_copied(&desk), ["done"]);
}

#[test]
fn a_folder_that_is_refused_is_tried_again_and_the_intake_goes_on() {
    let servers = Servers::new();
    let desk = servers.desk([1]);
    let refused = Fault::reply("APPEND", "NO [OVERQUOTA] the mailbox is full");
    servers.imap.fault(refused.always());
    answer(&desk, 1);
    eventually(SOON, "tried again", || servers.asked("APPEND") >= 3);
    servers.ask(&desk, [2]);
    assert_eq!(shown(&desk, "support")["up"], true);
    assert_eq!(servers.copies().len(), 0);
    servers.imap.heal();
    eventually(SOON, "a copy", || servers.copies().len() == 1);
    desk.wait_log("copies of answers go into \"Sent\" again", SOON);
    assert_eq!(servers.copies(), [servers.answer_to(1)]);
    assert_said(&desk, "the mailbox is full", 1);
    assert_eq!(wait_copied(&desk), ["done"]);
}

#[test]
fn one_answer_that_is_refused_does_not_keep_the_others_out() {
    let servers = Servers::new();
    let desk = servers.desk([1, 2]);
    let refused = Fault::reply("APPEND", "NO [TOOBIG] too large").with(&customer(1));
    servers.imap.fault(refused.always());
    answer(&desk, 1);
    eventually(SOON, "refused", || servers.asked("APPEND") >= 1);
    answer(&desk, 2);
    eventually(SOON, "a copy", || servers.copies().len() == 1);
    assert_eq!(servers.copies(), [servers.answer_to(2)]);
}

#[test]
fn a_copy_that_is_refused_for_days_is_given_up() {
    let servers = Servers::new();
    let desk = servers.desk([1]);
    let refused = Fault::reply("APPEND", "NO [TOOBIG] too large");
    servers.imap.fault(refused.always());
    answer(&desk, 1);
    desk.wait_log("too large", SOON);
    let database = Connection::open(desk.dir().join("maildesk.db")).unwrap();
    let days_ago = "UPDATE outbox SET sent_at = sent_at - 5 * 86400000";
    database.execute_batch(days_ago).unwrap();
    assert_eq!(wait_copied(&desk), ["given_up"]);
    assert_said(&desk, "an answer stays without a copy", 1);
    servers.imap.heal();
    answer(&desk, 1);
    eventually(SOON, "a copy", || !servers.copies().is_empty());
    assert_eq!(wait_copied(&desk), ["given_up", "done"]);
    assert_eq!(servers.copies().len(), 1);
}

#[test]
fn a_connection_that_breaks_before_the_answer_leaves_one_copy() {
    for (act, searches) in [(Act::DoThenClose, 1), (Act::Close, 1)] {
        let servers = Servers::new();
        let desk = servers.desk([1]);
        servers.imap.fault(Fault::on("APPEND", act.clone()));
        answer(&desk, 1);
        let sent = servers.answer_to(1);
        eventually(SOON, "it is told", || said(&desk, "copies of answers") == 2);
        assert_eq!(wait_copied(&desk), ["done"], "{act:?}");
        assert_eq!(servers.copies(), [sent], "{act:?}");
        assert_eq!(servers.asked("UID SEARCH"), searches, "{act:?}");
        assert_eq!(shown(&desk, "support")["up"], true);
    }
}

#[test]
fn a_kill_before_or_behind_the_append_leaves_one_copy() {
    // the server hangs before it did anything, or before it tells what it did
    let cases: [&[Fault]; 2] = [
        &[Fault::on("APPEND", Act::Stall)],
        &[
            Fault::on("APPEND", Act::DoThenClose),
            Fault::on("UID SEARCH", Act::Stall),
        ],
    ];
    for (faults, hangs_in) in cases.into_iter().zip(["APPEND", "UID SEARCH"]) {
        let servers = Servers::new();
        let mut desk = servers.desk([1]);
        for fault in faults {
            servers.imap.fault(fault.clone());
        }
        answer(&desk, 1);
        eventually(SOON, hangs_in, || servers.asked(hangs_in) == 1);
        desk.kill9();
        servers.imap.heal();
        desk.restart();
        assert_eq!(wait_copied(&desk), ["done"], "{hangs_in}");
        // a second answer is copied behind it
        answer(&desk, 1);
        eventually(SOON, "two copies", || servers.copies().len() >= 2);
        assert_eq!(wait_copied(&desk), ["done", "done"]);
        let sent = servers.smtp.wait_for(&customer(1), 3, SOON);
        let sent: Vec<String> = sent.iter().skip(1).map(written).collect();
        assert_eq!(servers.copies(), sent, "{hangs_in}");
    }
}

#[test]
fn without_the_setting_there_are_none_and_older_answers_are_not_copied_later() {
    let servers = Servers::new();
    let mut desk = servers.setup().start();
    let with = fs::read_to_string(desk.config()).unwrap();
    let without = with.replace("sent_folder = \"Sent\"\n", "");
    assert_ne!(with, without);
    desk.terminate();
    fs::write(desk.config(), without).unwrap();
    desk.restart();
    servers.ask(&desk, [1]);
    answer(&desk, 1);
    servers.answer_to(1);
    desk.wait_outbox_empty(SOON);
    desk.terminate();
    assert_eq!(servers.asked("APPEND"), 0);
    fs::write(desk.config(), with).unwrap();
    desk.restart();
    answer(&desk, 1);
    eventually(SOON, "a copy", || !servers.copies().is_empty());
    assert_eq!(wait_copied(&desk), ["", "done"]);
    let sent = servers.smtp.wait_for(&customer(1), 3, SOON).remove(2);
    assert_eq!(servers.copies(), [written(&sent)]);
}

#[test]
fn what_did_not_leave_is_copied_only_once_it_does() {
    let servers = Servers::new();
    let desk = servers.desk([1, 2]);
    let refused = Fault::reply("RCPT", "554 5.7.1 not today").with(&customer(1));
    servers.smtp.fault(refused);
    answer(&desk, 1);
    let row = eventually(SOON, "the answer failed", || {
        let rows = desk.cli(&["outbox", "list", "--state", "failed", "--json"]);
        rows[0]["id"].as_i64()
    });
    answer(&desk, 2);
    eventually(SOON, "the other's copy", || servers.copies().len() == 1);
    assert_eq!(wait_copied(&desk), ["wanted", "done"]);
    desk.cli_text(&["outbox", "retry", &row.to_string()], "");
    eventually(SOON, "its copy", || servers.copies().len() == 2);
    assert_eq!(wait_copied(&desk), ["done", "done"]);
    assert_eq!(
        servers.copies(),
        [servers.answer_to(2), servers.answer_to(1)]
    );
}

#[test]
fn an_answer_that_was_taken_back_is_not_copied_but_the_next_one_is() {
    let servers = Servers::new();
    let desk = servers
        .setup()
        .set("tickets", "undo_within", "\"1h\"")
        .start();
    servers.ask(&desk, [1]);
    answer(&desk, 1);
    desk.cli_text(&["ticket", "unsend", "1"], "");
    answer(&desk, 1);
    let rows = desk.cli(&["outbox", "list", "--state", "scheduled", "--json"]);
    desk.cli_text(&["outbox", "retry", &rows[0]["id"].to_string()], "");
    let second = servers.answer_to(1);
    eventually(SOON, "a copy", || servers.copies().len() == 1);
    assert_eq!(wait_copied(&desk), ["wanted", "done"]);
    assert_eq!(servers.copies(), [second]);
}

#[test]
fn copies_in_a_watched_folder_are_nobodys_mail() {
    let servers = Servers::new();
    let desk = servers
        .setup()
        .mailbox_with("sent", &servers.imap.account(), &[("folder", "\"Sent\"")])
        .start();
    servers.ask(&desk, [1]);
    answer(&desk, 1);
    let sent = servers.answer_to(1);
    let lines = wait_settled(&desk, 2);
    assert_eq!(lines.len(), 2, "{lines:?}");
    let line = lines.iter().find(|line| line.mailbox == "sent").unwrap();
    assert_eq!(line.disposition, "ignore");
    assert_eq!(line.reason, "our_mail_came_back");
    assert_eq!(servers.copies(), [sent]);
    assert_eq!(desk.tickets().len(), 1);
    assert_eq!(desk.ticket(1)["status"], "pending");
    // acknowledgement and answer: nobody was answered because of it
    assert_eq!(servers.smtp.mails().len(), 2);
    assert_eq!(journal(&desk).len(), 2);
}
