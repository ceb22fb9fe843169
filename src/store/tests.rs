mod outbox;
mod plans;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::{
    address::Address,
    clock,
    ticket::{Priority, Status},
};

pub(super) fn open() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("desk.db")).unwrap();
    (dir, store)
}

fn mail(source: &str) -> Received {
    Received {
        source: source.to_owned(),
        uid: 1,
        arrived_at: clock::now(),
        history: false,
        size: 5,
        whole: true,
        bytes: b"hello".to_vec(),
    }
}

fn cursor(uidnext: u32) -> Option<Cursor> {
    Some(Cursor {
        uidvalidity: 7,
        uidnext,
        history_below: 1,
        since: Timestamp::UNIX_EPOCH,
    })
}

pub(super) fn new_ticket(from: &str) -> NewTicket {
    NewTicket {
        subject: "Import".to_owned(),
        status: Status::Open,
        priority: Priority::High,
        category: "import".to_owned(),
        tags: vec!["failure".to_owned()],
        mailbox: "support".to_owned(),
        group: String::new(),
        assignee: String::new(),
        requester: Address::new("Olga", from),
        others: vec![Address::new("", "boss@shop.example")],
        language: "ru".to_owned(),
        linked_to: None,
        history: false,
        opened_at: clock::now(),
    }
}

pub(super) fn new_outbox(to: &str, kind: OutboxKind) -> NewOutbox {
    NewOutbox {
        kind,
        ticket: None,
        message: None,
        survey: None,
        recipient: Address::new("", to),
        envelope_from: String::new(),
        subject: "Re: Import".to_owned(),
        message_id: "md.x@example.com".to_owned(),
        bytes: b"Subject: x\r\n\r\nx\r\n".repeat(100),
        not_before: None,
    }
}

pub(super) fn new_survey(ticket: i64) -> NewSurvey {
    NewSurvey {
        ticket,
        agent: String::new(),
        category: String::new(),
        mailbox: "support".to_owned(),
        language: "ru".to_owned(),
        recipient: Address::new("Olga", "olga@shop.example"),
        due_at: clock::now(),
        expires_at: clock::now(),
    }
}

pub(super) fn open_door(_: &Pen<'_>, _: i64, _: i64) -> Result<Leave, StoreError> {
    Ok(Leave::Now)
}

fn one_of_five() -> Rating {
    Rating {
        score: 1,
        about: String::new(),
        comment: String::new(),
        via: AnsweredBy::Page,
    }
}

pub(super) async fn write<T: Send + 'static>(
    store: &Store,
    work: impl FnOnce(&Pen<'_>) -> Result<T, StoreError> + Send + 'static,
) -> T {
    store.write(work).await.unwrap()
}

/// Budgets that are not used up.
const FAR: Ceilings = Ceilings {
    domain: 1_000,
    desk: 1_000,
};

#[tokio::test]
async fn a_mail_and_its_cursor_are_stored_together_and_once() {
    let (_dir, store) = open();
    for expected in [1, 0] {
        let new = write(&store, |pen| {
            pen.receive("support", &[mail("imap:7:1")], cursor(2), false)
        });
        assert_eq!(new.await, expected);
    }
    // a failure in the same transaction takes the mail and the cursor with it
    let failed: Result<(), StoreError> = store
        .write(|pen| {
            pen.receive("support", &[mail("imap:7:2")], cursor(3), false)?;
            Err(StoreError::Full)
        })
        .await;
    assert!(matches!(failed, Err(StoreError::Full)));
    let (waiting, place) = store
        .read(|view| Ok((view.waiting(10)?, view.cursor("support")?)))
        .await
        .unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].bytes, b"hello");
    assert_eq!(place, cursor(2));
}

#[tokio::test]
async fn a_panic_in_one_attempt_undoes_that_one_alone() {
    let (_dir, store) = open();
    let kept = write(&store, |pen| {
        pen.open_ticket(&new_ticket("a@shop.example"))?;
        let attempt = pen.attempt(|pen| {
            pen.open_ticket(&new_ticket("b@shop.example"))?;
            panic!("as a bad mail would");
            #[allow(unreachable_code)]
            Ok(())
        })?;
        assert!(attempt.is_err());
        pen.tickets(&TicketQuery::default())
    });
    let kept = kept.await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].requester.address, "a@shop.example");
    let panicked: Result<(), StoreError> = store.write(|_| panic!("whole")).await;
    assert!(matches!(panicked, Err(StoreError::Panicked)));
    assert!(
        store.read(|view| view.ping()).await.is_ok(),
        "the writer goes on"
    );
}

#[tokio::test]
async fn what_goes_first_is_stored_together_and_fails_alone() {
    let (_dir, store) = open();
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let (started, has_started) = tokio::sync::oneshot::channel();
    let busy = tokio::spawn({
        let store = store.clone();
        async move {
            let wait: Result<(), StoreError> = store
                .write(move |_| {
                    let _ = started.send(());
                    let _ = held.recv();
                    Ok(())
                })
                .await;
            wait.unwrap();
        }
    });
    has_started.await.unwrap();
    let open = |who: &'static str, fails: u8| {
        let store = store.clone();
        tokio::spawn(async move {
            let others = store.clone();
            store
                .write_first(move |pen| {
                    pen.open_ticket(&new_ticket(who))?;
                    match fails {
                        1 => Err(StoreError::Refused("no".to_owned())),
                        2 => panic!("as our own mistake would"),
                        _ => others.read_here(|view| view.newest_ticket()),
                    }
                })
                .await
        })
    };
    let asked = [
        open("a@shop.example", 0),
        open("b@shop.example", 1),
        open("c@shop.example", 2),
        open("d@shop.example", 0),
    ];
    while store.inner.writer.waiting() < 4 {
        tokio::task::yield_now().await;
    }
    hold.send(()).unwrap();
    busy.await.unwrap();
    let [a, b, c, d] = asked;
    // the last one saw nothing of the first from outside: one commit for all
    let seen = (a.await.unwrap().unwrap(), d.await.unwrap().unwrap());
    assert_eq!(seen, (0, 0));
    assert!(matches!(b.await.unwrap(), Err(StoreError::Refused(_))));
    assert!(matches!(c.await.unwrap(), Err(StoreError::Panicked)));
    let kept = store.read(|view| view.tickets(&TicketQuery::default()));
    let mut kept: Vec<String> = kept
        .await
        .unwrap()
        .into_iter()
        .map(|ticket| ticket.requester.address)
        .collect();
    kept.sort();
    assert_eq!(kept, ["a@shop.example", "d@shop.example"]);
}

#[tokio::test]
async fn changes_are_told_and_a_merge_leads_on() {
    let (_dir, store) = open();
    let events = write(&store, |pen| {
        let (a, b) = (
            pen.open_ticket(&new_ticket("a@shop.example"))?,
            pen.open_ticket(&new_ticket("b@shop.example"))?,
        );
        let change = TicketChange {
            priority: Some(Priority::Urgent),
            tags: vec!["vip".to_owned(), "failure".to_owned()],
            untags: vec!["nothing".to_owned()],
            ..TicketChange::default()
        };
        pen.change_ticket(a, "anna", &change)?;
        pen.merge(a, b, "anna")?;
        assert!(pen.merge(b, a, "anna").is_err(), "a circle");
        assert_eq!(pen.after_merges(a)?, b);
        assert_eq!(pen.ticket(a)?.status, Status::Closed);
        pen.events(a)
    });
    let told: Vec<String> = events
        .await
        .iter()
        .map(|event| format!("{} {}", event.what, event.detail))
        .collect();
    assert_eq!(
        told,
        [
            "priority high -> urgent",
            "tags +vip",
            "status open -> closed",
            "merged into #2"
        ]
    );
}

#[test]
fn a_newer_or_damaged_database_is_refused_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("desk.db");
    drop(Store::open(&path).unwrap());
    Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let words = Store::open(&path).err().unwrap().to_string();
    assert!(
        words.contains("schema version 99") && words.contains("newer"),
        "{words}"
    );
    std::fs::write(
        &path,
        b"this is not a database, and long enough to be looked at".repeat(50),
    )
    .unwrap();
    let words = Store::open(&path).err().unwrap().to_string();
    assert!(
        words.contains("damaged") && words.contains("backup"),
        "{words}"
    );
    let missing = Store::open_existing(&dir.path().join("none.db"))
        .err()
        .unwrap()
        .to_string();
    assert!(missing.contains("maildesk run"), "{missing}");
}

/// A relay may take a mail and its word of that get lost: the customer answers a survey that the
/// desk believes unsent.
#[tokio::test]
async fn a_survey_that_was_answered_is_not_taken_back() {
    let (_dir, store) = open();
    let (answered, unanswered) = write(&store, |pen| {
        let mut surveys = Vec::new();
        for is_answered in [true, false] {
            let ticket = pen.open_ticket(&new_ticket("olga@shop.example"))?;
            let survey = pen.add_survey(&new_survey(ticket))?;
            pen.enqueue(&NewOutbox {
                ticket: Some(ticket),
                survey: Some(survey),
                ..new_outbox("olga@shop.example", OutboxKind::Survey)
            })?;
            if is_answered {
                pen.rate(survey, &one_of_five())?;
            }
            pen.cancel_surveys(ticket, "reopened")?;
            surveys.push(pen.survey(survey)?);
        }
        Ok((surveys.remove(0), surveys.remove(0)))
    })
    .await;
    assert_eq!(answered.cancelled, "");
    assert_eq!(answered.row.unwrap().score, Some(1));
    assert_eq!(unanswered.cancelled, "reopened");
    let sent_again = store.read_here(|view| view.next_due("test")).unwrap();
    assert_eq!(sent_again, None, "neither mail leaves once more");
}

#[tokio::test]
async fn a_copy_is_due_once_its_answer_was_sent_and_in_doubt_after_a_restore() {
    let (dir, store) = open();
    let (message, row) = write(&store, |pen| {
        let ticket = pen.open_ticket(&new_ticket("olga@shop.example"))?;
        let filed = Filed {
            ticket: Some(ticket),
            ..Filed::default()
        };
        let message = pen.add_message("out", &filed)?;
        pen.set_raw(message, pen.put_raw(b"Subject: x\r\n\r\n")?)?;
        pen.mark_copy(message, CopyState::Wanted)?;
        let row = pen.enqueue(&NewOutbox {
            message: Some(message),
            ..new_outbox("olga@shop.example", OutboxKind::Reply)
        })?;
        Ok((message, row))
    })
    .await;
    let due = |store: &Store| {
        store
            .read_here(|view| view.next_copy("support", 0))
            .unwrap()
    };
    let failed = Attempted::Failed {
        error: "554 no".to_owned(),
        no_mailbox: None,
    };
    for (outcome, is_due) in [(failed, false), (Attempted::Sent, true)] {
        write(&store, move |pen| pen.record_outcome(row, &outcome)).await;
        assert_eq!(due(&store).is_some(), is_due);
    }
    let copy = due(&store).unwrap();
    assert!(!copy.was_tried && copy.message == message);
    assert_eq!(copy.bytes, b"Subject: x\r\n\r\n");
    let elsewhere = store.read_here(|view| view.next_copy("sales", 0)).unwrap();
    assert!(elsewhere.is_none());

    let target = dir.path().join("copy.db");
    store.backup(target.clone()).await.unwrap();
    let restored = Store::open_existing(&target).unwrap();
    write(&restored, |pen| pen.notice_restore()).await;
    assert!(due(&restored).unwrap().was_tried);
    write(&store, move |pen| pen.mark_copy(message, CopyState::Done)).await;
    // a second recipient's turn
    write(&store, move |pen| pen.record_outcome(row, &Attempted::Sent)).await;
    assert!(due(&store).is_none());
}

#[tokio::test]
async fn a_backup_is_whole_and_refuses_to_overwrite() {
    let (dir, store) = open();
    write(&store, |pen| pen.open_ticket(&new_ticket("a@shop.example"))).await;
    let target = dir.path().join("copy.db");
    store.backup(target.clone()).await.unwrap();
    let copy = Store::open_existing(&target).unwrap();
    let tickets = copy
        .read(|view| view.tickets(&TicketQuery::default()))
        .await
        .unwrap();
    assert_eq!(tickets.len(), 1);
    assert!(store.backup(target).await.is_err());
}

#[tokio::test]
async fn customers_mail_is_nobody_elses_to_read() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, store) = open();
    write(&store, |pen| pen.open_ticket(&new_ticket("a@shop.example"))).await;
    store.backup(dir.path().join("copy.db")).await.unwrap();
    let mut seen = Vec::new();
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
        seen.push(entry.file_name().into_string().unwrap());
    }
    for name in ["desk.db", "desk.db-wal", "copy.db"] {
        assert!(
            seen.iter().any(|file| file == name),
            "{name} is not in {seen:?}"
        );
    }
}
