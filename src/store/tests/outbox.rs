//! What goes out: leases, clocks, budgets.

use super::*;

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
