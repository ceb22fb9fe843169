use std::sync::Mutex as StdMutex;

use jiff::{SignedDuration, Timestamp};
use rusqlite::trace::{TraceEvent, TraceEventCodes};

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
async fn what_was_stamped_before_the_clock_was_set_back_is_not_stuck() {
    let (_dir, store) = open();
    let (now, day) = (clock::now(), SignedDuration::from_hours(24));
    let stamp = |row: i64, created: jiff::Timestamp, next: jiff::Timestamp, state: &'static str| {
        write(&store, move |pen| {
            let sql = "UPDATE outbox SET created_at = ?2, next_attempt_at = ?3, state = ?4 \
                       WHERE id = ?1";
            let (created, next) = (created.as_millisecond(), next.as_millisecond());
            pen.conn.execute(sql, (row, created, next, state))?;
            Ok(())
        })
    };
    for _ in 0..4 {
        write(&store, |pen| {
            pen.enqueue(&new_outbox("a@shop.example", OutboxKind::Acknowledgement))
        })
        .await;
    }
    let (minute, hour) = (SignedDuration::from_mins(1), SignedDuration::from_hours(1));
    // made while the clock was a day ahead: at once, and with ten minutes to take it back
    stamp(1, now + day, now + day, "pending").await;
    stamp(2, now + day, now + day + minute * 10, "scheduled").await;
    // put off while it was ahead; and asked for in two days by somebody who meant it
    stamp(3, now - hour, now + day + minute, "pending").await;
    stamp(4, now - hour, now + day * 2, "scheduled").await;
    let mended = write(&store, move |pen| pen.clock_was_set_back(now, now + hour)).await;
    assert_eq!(mended, 3);
    let rows = write(&store, |pen| {
        let mut rows = pen
            .conn
            .prepare("SELECT next_attempt_at FROM outbox ORDER BY id")?;
        let rows = rows.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<Vec<i64>, _>>()?)
    })
    .await;
    let ms = |at: jiff::Timestamp| at.as_millisecond();
    assert_eq!(
        rows,
        [ms(now), ms(now + minute * 10), ms(now), ms(now + day * 2)]
    );
    let again = write(&store, move |pen| pen.clock_was_set_back(now, now + hour)).await;
    assert_eq!(again, 0, "mending is done once");
}

const FAR: Ceilings = Ceilings {
    domain: 1_000,
    desk: 1_000,
};

#[tokio::test]
async fn what_a_clock_stamped_that_was_ahead_does_not_fill_the_budgets() {
    let (_dir, store) = open();
    let olga = Address::new("", "olga@shop.example");
    let ticket = write(&store, |pen| {
        pen.open_ticket(&new_ticket("olga@shop.example"))
    })
    .await;
    for kind in [OutboxKind::Acknowledgement, OutboxKind::Notification] {
        write(&store, move |pen| {
            let mail = NewOutbox {
                ticket: Some(ticket),
                ..new_outbox("olga@shop.example", kind)
            };
            pen.enqueue(&mail)
        })
        .await;
    }
    let count = |olga: Address| {
        write(&store, move |pen| {
            let now = clock::now();
            let told = pen.notifications(&olga, now)?;
            Ok((pen.automatic(&olga, now, &FAR)?, told))
        })
    };
    let (now, told) = count(olga.clone()).await;
    assert_eq!((now.address_hour, now.desk_hour, told), (1, 1, 1));
    write(&store, |pen| {
        Ok(pen
            .conn
            .execute("UPDATE outbox SET created_at = created_at + 86400000", [])?)
    })
    .await;
    let (later, told) = count(olga).await;
    assert_eq!((later.address_hour, later.desk_hour, told), (0, 0, 0));
}

#[tokio::test]
async fn an_attempt_is_counted_before_it_is_made_and_leases_run_out() {
    let (_dir, store) = open();
    write(&store, |pen| {
        pen.enqueue(&new_outbox("a@shop.example", OutboxKind::Reply))
    })
    .await;
    let claim_as = |owner: &'static str, lease: i64| {
        write(&store, move |pen| {
            pen.claim_due(owner, SignedDuration::from_millis(lease), 5, &open_door)
        })
    };
    let claim = |lease: i64| claim_as("one", lease);
    let claimed = claim(600_000).await;
    assert_eq!((claimed.len(), claimed[0].attempt), (1, 1));
    assert!(
        claim(600_000).await.is_empty(),
        "leased rows are left alone"
    );
    assert_eq!(write(&store, |pen| pen.release_leases()).await, 1);
    let again = claim(-1).await;
    assert_eq!((again[0].attempt, &again[0].bytes), (2, &claimed[0].bytes));
    assert!(
        claim(600_000).await.is_empty(),
        "what it has in hand is not sent a second time, whatever the clock says"
    );
    assert_eq!(
        claim_as("another", 600_000).await[0].attempt,
        3,
        "a lease that ran out is free"
    );
    let at = clock::now() + SignedDuration::from_hours(1);
    let later = Attempted::Later {
        at,
        error: "451 later".to_owned(),
    };
    write(&store, move |pen| pen.record_outcome(1, &later)).await;
    assert!(claim(600_000).await.is_empty(), "not before its time");
    write(&store, |pen| pen.retry(Some(1))).await;
    assert_eq!(claim(600_000).await.len(), 1);
    write(&store, |pen| pen.record_outcome(1, &Attempted::Sent)).await;
    let dropped: Result<(), StoreError> = store
        .write(|pen| pen.drop_outbox(1, "changed my mind"))
        .await;
    assert!(
        matches!(dropped, Err(StoreError::NotFound(_))),
        "what is sent cannot be taken back"
    );
}

#[tokio::test]
async fn budgets_count_by_address_and_desk_and_survive() {
    let (dir, store) = open();
    write(&store, |pen| {
        for _ in 0..3 {
            pen.enqueue(&new_outbox(
                "Olga@Shop.example",
                OutboxKind::Acknowledgement,
            ))?;
        }
        pen.enqueue(&new_outbox("olga@shop.example", OutboxKind::Reply))?;
        pen.enqueue(&new_outbox("other@shop.example", OutboxKind::Survey))
    })
    .await;
    drop(store);
    let store = Store::open(&dir.path().join("desk.db")).unwrap();
    let olga = Address::new("", "olga@shop.example");
    let counts = store
        .read(move |view| view.automatic(&olga, clock::now(), &FAR))
        .await
        .unwrap();
    assert_eq!(
        counts,
        Automatic {
            address_hour: 3,
            address_day: 3,
            is_known: true,
            domain_hour: 2,
            desk_hour: 4
        }
    );
}

#[tokio::test]
async fn who_is_told_too_much_hears_of_the_rest_once_an_hour() {
    let (dir, store) = open();
    let anna = || Address::new("", "Anna@example.com");
    let start = clock::now();
    let hour = SignedDuration::from_hours(1);
    write(&store, move |pen| {
        for _ in 0..3 {
            let ticket = pen.open_ticket(&new_ticket("olga@shop.example"))?;
            pen.hold_back(&anna(), ticket, start)?;
            pen.hold_back(&anna(), ticket, start)?;
        }
        let close = TicketChange {
            status: Some(Status::Closed),
            ..TicketChange::default()
        };
        pen.change_ticket(2, "desk", &close)?;
        assert_eq!(pen.held_back(start)?, [(anna(), 2)], "open ones count");
        pen.told_held_back(&anna(), start)?;
        assert_eq!(pen.next_held_back()?, None);
        pen.hold_back(&anna(), 1, start + hour / 2)
    })
    .await;
    drop(store);
    let store = Store::open(&dir.path().join("desk.db")).unwrap();
    let (next, early, due) = store
        .read(move |view| {
            let due = view.next_held_back()?;
            Ok((
                due,
                view.held_back(start + hour / 2)?,
                view.held_back(start + hour)?,
            ))
        })
        .await
        .unwrap();
    assert_eq!(
        next.unwrap().as_millisecond(),
        (start + hour).as_millisecond()
    );
    assert_eq!((early, due), (vec![], vec![(anna(), 1)]));
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

static ASKED: StdMutex<Vec<String>> = StdMutex::new(Vec::new());

fn note(event: TraceEvent<'_>) {
    if let TraceEvent::Stmt(_, sql) = event {
        lock(&ASKED).push(sql.to_owned());
    }
}

/// Cost per mail must not grow with the number of tickets: whatever is asked on the way of a mail
/// finds its rows by an index.
#[test]
fn no_question_on_the_way_of_a_mail_scans_a_table() {
    let dir = tempfile::tempdir().unwrap();
    let mut conn = connect(&dir.path().join("desk.db")).unwrap();
    migrate::migrate(&mut conn, Path::new("desk.db")).unwrap();
    conn.trace_v2(
        TraceEventCodes::SQLITE_TRACE_STMT,
        Some(note as fn(TraceEvent<'_>)),
    )
    .unwrap();
    let pen = Pen {
        view: View { conn: &conn },
    };
    let olga = Address::new("Olga", "olga@shop.example");
    pen.receive("support", &[mail("imap:7:1")], cursor(2), true)
        .unwrap();
    pen.waiting(10).unwrap();
    pen.is_waiting(1).unwrap();
    pen.has_source("support", "imap:7:1").unwrap();
    pen.duplicate_of("a@b", b"digest", 1).unwrap();
    pen.duplicate_in("support", "a@b", b"digest", 1).unwrap();
    pen.ticket_of_message_id("a@b").unwrap();
    let ticket = pen.open_ticket(&new_ticket("olga@shop.example")).unwrap();
    pen.participants(ticket).unwrap();
    pen.automatic(&olga, clock::now(), &FAR).unwrap();
    pen.past(&olga, ["import"].into_iter(), clock::now())
        .unwrap();
    pen.is_suppressed(&olga).unwrap();
    pen.unsuppress(&olga, true).unwrap();
    pen.suppress("olga@shop.example", "5.1.1").unwrap();
    pen.notifications(&olga, clock::now()).unwrap();
    pen.hold_back(&olga, ticket, clock::now()).unwrap();
    pen.next_held_back().unwrap();
    pen.held_back(clock::now()).unwrap();
    pen.told_held_back(&olga, clock::now()).unwrap();
    pen.count_soft_bounce("olga@shop.example", "4.4.1").unwrap();
    pen.last_survey_to(&olga).unwrap();
    pen.last_other_survey_to(&olga, 1).unwrap();
    pen.next_reminder().unwrap();
    pen.reminders_due(clock::now(), 10).unwrap();
    pen.question_of(1).unwrap();
    pen.settle(
        1,
        &Filed {
            ticket: Some(ticket),
            ..Filed::default()
        },
    )
    .unwrap();
    pen.change_ticket(ticket, "desk", &TicketChange::default())
        .unwrap();
    pen.cancel_surveys(ticket, "reopened").unwrap();
    let survey = pen.add_survey(&new_survey(ticket)).unwrap();
    pen.rate(survey, &one_of_five()).unwrap();
    pen.rule_acted(survey, "unhappy").unwrap();
    pen.rules_of_survey(survey).unwrap();
    pen.told_without_comment(survey, &olga).unwrap();
    pen.take_told_without_comment(survey).unwrap();
    let question = pen
        .add_nps_question(&NewNpsQuestion {
            recipient: olga.clone(),
            language: crate::language::Language::Ru,
            mailbox: "support".to_owned(),
            expires_at: clock::now(),
        })
        .unwrap();
    pen.nps_waiting().unwrap();
    pen.withdraw_nps(question, "case").unwrap();
    pen.answer_nps(question, 10, "", NpsVia::Page).unwrap();
    pen.nps_question(question).unwrap();
    pen.nps_of_message_id("md.x@example.com").unwrap();
    pen.outbox_of_nps(question).unwrap();
    pen.nps_planned_since(clock::now()).unwrap();
    pen.nps_customer(&olga).unwrap();
    pen.last_ticket_of(&olga.key()).unwrap();
    pen.refuse_nps(&olga, Refused::Page).unwrap();
    pen.allow_nps(&olga).unwrap();
    pen.last_incoming(ticket).unwrap();
    pen.last_words(ticket).unwrap();
    pen.snooze(ticket, clock::now(), "desk").unwrap();
    pen.next_waking().unwrap();
    pen.woken(clock::now(), 10).unwrap();
    pen.messages(ticket).unwrap();
    pen.events(ticket).unwrap();
    pen.retiring("support", 7, 10).unwrap();
    pen.retired(&[1]).unwrap();
    pen.mark_copy(1, CopyState::Wanted).unwrap();
    pen.next_copy("support", 0).unwrap();
    let row = pen
        .enqueue(&new_outbox(
            "olga@shop.example",
            OutboxKind::Acknowledgement,
        ))
        .unwrap();
    pen.next_due("me").unwrap();
    pen.clock_was_set_back(clock::now(), clock::now()).unwrap();
    pen.claim_due("me", SignedDuration::from_mins(1), 4, &open_door)
        .unwrap();
    pen.record_outcome(row, &Attempted::Sent).unwrap();
    let failed = Attempted::Failed {
        error: "550 5.1.1 no such user".to_owned(),
        no_mailbox: Some("550 5.1.1".to_owned()),
    };
    pen.record_outcome(row, &failed).unwrap();
    pen.hold_answers(1).unwrap();
    pen.last_unsent_answer(1).unwrap();
    pen.take_back(1, "taken back").unwrap();
    pen.let_go(1, clock::now()).unwrap();
    pen.forget_untold_agent(1).unwrap();
    pen.has_undelivered().unwrap();
    pen.undelivered(10).unwrap();
    pen.told_undelivered(row).unwrap();
    pen.outbox_of_message_id("md.x@example.com").unwrap();
    pen.health().unwrap();
    pen.failures(20).unwrap();
    conn.trace_v2(TraceEventCodes::empty(), None::<fn(TraceEvent<'_>)>)
        .unwrap();

    let asked = lock(&ASKED).clone();
    let questions: Vec<&String> = asked
        .iter()
        .filter(|sql| {
            ["SELECT", "UPDATE", "DELETE"]
                .iter()
                .any(|verb| sql.starts_with(verb))
        })
        .collect();
    assert!(
        questions.len() > 30,
        "only {} statements were seen",
        questions.len()
    );
    let mut counts = 0;
    for sql in questions {
        let mut explain = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let parameters = explain.parameter_count();
        let nulls =
            rusqlite::params_from_iter(std::iter::repeat_n(rusqlite::types::Null, parameters));
        let plan: Vec<String> = explain
            .query_map(nulls, |row| row.get::<_, String>(3))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        // an hour of mail is counted for each mail: never row by row
        if sql.contains("counts_at BETWEEN") && !sql.contains("recipient_key") {
            let is_covered = plan
                .iter()
                .filter(|step| step.contains("outbox"))
                .all(|step| step.contains("USING COVERING INDEX"));
            assert!(is_covered, "{sql}\n plan {plan:#?}");
            counts += 1;
        }
        for step in &plan {
            let is_bounded = !step.starts_with("SCAN")
                || step.contains("USING INDEX")
                || step.contains("USING COVERING INDEX")
                || step.contains("CONSTANT ROW")
                || step.contains("SUBQUERY")
                || step.starts_with("SCAN (");
            assert!(is_bounded, "{step}\n in {sql}\n plan {plan:#?}");
        }
    }
    assert_eq!(counts, 2, "by domain and by desk");
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
