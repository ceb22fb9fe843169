//! Whatever is asked on the way of a mail finds its rows by an index.

use std::sync::Mutex as StdMutex;

use rusqlite::trace::{TraceEvent, TraceEventCodes};

use super::*;

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
    pen.next_answer(1, clock::now()).unwrap();
    pen.last_other_survey_to(&olga, 1).unwrap();
    pen.next_reminder().unwrap();
    pen.next_to_follow().unwrap();
    pen.to_follow(clock::now(), 10).unwrap();
    pen.follow_at(1, None).unwrap();
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
    pen.put_off_nps(question, clock::now()).unwrap();
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

/// A desk's first command would leave statistics of a table of one row, by which the daemon reads
/// all rows for months.
#[tokio::test]
async fn a_desk_that_has_grown_is_not_asked_as_if_it_were_small() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("desk.db");
    let plan =
        |store: &Store| {
            store
            .read_here(|view| {
                let sql = "EXPLAIN QUERY PLAN SELECT raw FROM messages WHERE state = 'received' \
                           ORDER BY id LIMIT 10";
                let step = view.conn.query_row(sql, [], |row| row.get::<_, String>(3))?;
                Ok::<_, StoreError>(step)
            })
            .unwrap()
        };
    let store = Store::open(&path).unwrap();
    write(&store, |pen| {
        pen.receive("support", &[mail("imap:7:1")], cursor(2), true)
    })
    .await;
    drop(store);
    let store = Store::open(&path).unwrap();
    assert!(plan(&store).contains("messages_waiting"), "after a command");
    drop(store);

    let other = Connection::open(&path).unwrap();
    other.execute_batch("ANALYZE").unwrap();
    drop(other);
    let read_by_them = Connection::open(&path).unwrap();
    let scans: String = read_by_them
        .query_row(
            "EXPLAIN QUERY PLAN SELECT raw FROM messages WHERE state = 'received' ORDER BY id",
            [],
            |row| row.get(3),
        )
        .unwrap();
    assert_eq!(scans, "SCAN messages");
    drop(read_by_them);
    let store = Store::open(&path).unwrap();
    assert!(plan(&store).contains("messages_waiting"), "after ANALYZE");
}
