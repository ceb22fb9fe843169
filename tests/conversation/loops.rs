//! Machines that would write to each other for ever, if they were let.

use maildesk::store::Store;
use tempfile::TempDir;

use crate::{
    harness::{Ca, Desk, Dovecot, DovecotOptions, Postfix, SmtpSink, Tls, eventually, mail::plain},
    story::{DESK, SOON, Story},
};

const HELP: &str = "help@example.com";

/// Nothing is on its way any more: all that came in is filed, all that was written is sent, and
/// what was sent has arrived.
#[track_caller]
fn wait_until_nothing_moves(desks: &[(&Desk, &str)], dovecot: &Dovecot, postfix: &Postfix) {
    eventually(SOON, "nothing moves", || {
        for (desk, user) in desks {
            let store = Store::open_existing(&desk.dir().join("maildesk.db")).unwrap();
            let lines = store.read_here(|view| view.journal(1_000)).unwrap();
            let filed = lines.iter().filter(|line| line.state == "filed").count();
            let rows = desk.cli(&["outbox", "list", "--json"]);
            let waiting = rows.as_array().unwrap().iter();
            let waiting = waiting.filter(|row| row["state"] != "sent").count();
            let arrived = dovecot.fetch_all(user, "INBOX").len();
            if (filed, waiting) != (arrived, 0) {
                return Err(format!(
                    "{user}: {filed} of {arrived} filed, {waiting} wait"
                ));
            }
        }
        match postfix.queued() {
            0 => Ok(()),
            queued => Err(format!("{queued} in the queue")),
        }
    });
}

fn automatic(desk: &Desk) -> usize {
    let rows = desk.cli(&["outbox", "list", "--json"]);
    let rows = rows.as_array().unwrap().iter();
    rows.filter(|row| row["kind"] != "reply").count()
}

#[test]
fn two_desks_on_real_servers_stop_by_themselves() {
    if Postfix::is_skipped() {
        return;
    }
    let dir = TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    let users = [DESK, HELP].map(|user| (user.to_owned(), "secret".to_owned()));
    let options = DovecotOptions {
        users: users.to_vec(),
        ..DovecotOptions::default()
    };
    let dovecot = Dovecot::start(&ca, options);
    let world = SmtpSink::start();
    let postfix = Postfix::start(&ca, &dovecot, world.port);
    let desk = |user: &str| {
        Desk::setup()
            .set("desk", "address", &format!("\"{user}\""))
            .mailbox("inbox", &dovecot.account(user))
            .smtp(&postfix.account(Tls::Starttls, &dovecot, user))
            .start()
    };
    let (first, second) = (desk(DESK), desk(HELP));
    let desks = [(&first, DESK), (&second, HELP)];
    // each is a customer of the other
    for (to, from) in [(DESK, HELP), (HELP, DESK)] {
        let question = plain(
            from,
            to,
            "Where is our order?",
            &[&format!("Message-ID: <first-{from}>")],
            "Hello, where is our order?",
        );
        dovecot.deliver(to, &question);
    }
    wait_until_nothing_moves(&desks, &dovecot, &postfix);
    for (desk, _) in desks {
        assert_eq!(
            desk.tickets().len(),
            1,
            "an acknowledgement opens no ticket"
        );
        assert_eq!(automatic(desk), 1);
    }
    // what people write is a mail like any other, and still no machine answers a machine
    first.cli_text(&["ticket", "reply", "1"], "Here it is.");
    wait_until_nothing_moves(&desks, &dovecot, &postfix);
    second.cli_text(&["ticket", "reply", "1"], "Here is yours.");
    wait_until_nothing_moves(&desks, &dovecot, &postfix);
    for (desk, user) in desks {
        assert!(automatic(desk) <= 3, "{user} wrote {}", automatic(desk));
        assert!(desk.tickets().len() <= 2);
    }
    assert!(world.mails().is_empty());
}

#[test]
fn a_responder_that_answers_everything_from_a_new_address_runs_dry() {
    let story = Story::new(|setup| setup.set("limits", "automatic_per_domain_per_hour", "4"));
    let mut answered = 0;
    let mut id = "<start@robot.example>".to_owned();
    // it says nowhere that it is a machine
    while answered < 20 {
        let from = format!("away-{answered}@robot.example");
        let mail = plain(
            &from,
            DESK,
            "I have seen your message",
            &[
                &format!("Message-ID: <answer-{answered}@robot.example>"),
                &format!("In-Reply-To: {id}"),
            ],
            &format!("Thank you. This is message {answered}."),
        );
        story.tell(&mail);
        answered += 1;
        story.desk.wait_outbox_empty(SOON);
        match story.smtp.mails_to(&from).pop() {
            Some(ours) => id = ours.header("Message-ID"),
            None => break,
        }
    }
    assert_eq!(answered, 5, "the fifth gets no answer, and so gives none");
    assert_eq!(story.written("acknowledgement").len(), 4);
}

#[test]
fn a_list_that_echoes_our_mail_opens_and_answers_nothing() {
    let story = Story::new(|setup| setup);
    story.tell(&plain(
        "The list <everybody@list.example>",
        DESK,
        "Hello",
        &["Message-ID: <hello@list.example>"],
        "Hello, who are you?",
    ));
    story.answer(1, "We are the support.", &[]);
    for ours in [
        story.sent("everybody@list.example", 2).data,
        story.smtp.mails_to("everybody@list.example").remove(0).data,
    ] {
        // as lists do it: another author, a mark in the subject, headers of their own
        let text = String::from_utf8(ours).unwrap();
        let echoed: String = text
            .replace("\r\n", "\n")
            .split_inclusive('\n')
            .map(|line| match line.split_once(':') {
                Some(("From", _)) => "From: Acme via The list <everybody@list.example>\n".into(),
                Some(("Subject", rest)) => format!("Subject: [list]{rest}"),
                _ => line.to_owned(),
            })
            .collect();
        let echoed = format!("List-ID: <everybody.list.example>\nPrecedence: list\n{echoed}");
        let filed = story.tell(echoed.replace('\n', "\r\n").as_bytes());
        assert_eq!(
            (
                filed.kind.as_str(),
                filed.disposition.as_str(),
                filed.reason.as_str()
            ),
            ("loop", "ignore", "our_mail_came_back")
        );
    }
    assert_eq!(story.desk.tickets().len(), 1);
    assert_eq!(story.outbox().len(), 2);
}
