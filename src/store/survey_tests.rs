use jiff::SignedDuration;

use super::{
    tests::{new_outbox, new_survey, new_ticket, open, open_door, write},
    *,
};
use crate::{address::Address, clock};

/// A ticket whose survey is due.
fn due_survey(pen: &Pen<'_>, who: &str) -> (i64, i64) {
    let ticket = pen.open_ticket(&new_ticket(who)).unwrap();
    let survey = pen.add_survey(&NewSurvey {
        recipient: Address::new("", who),
        ..new_survey(ticket)
    });
    let survey = survey.unwrap();
    let row = pen.enqueue(&NewOutbox {
        ticket: Some(ticket),
        survey: Some(survey),
        ..new_outbox(who, OutboxKind::Survey)
    });
    (survey, row.unwrap())
}

#[tokio::test]
async fn surveys_leave_after_all_other_mail_and_by_the_door_alone() {
    let (_dir, store) = open();
    let claim = |door: &'static Door, limit| {
        write(&store, move |pen| {
            pen.claim_due("one", SignedDuration::from_mins(10), limit, door)
        })
    };
    let kinds = |claimed: Vec<Delivery>| -> Vec<String> {
        claimed.into_iter().map(|delivery| delivery.kind).collect()
    };
    write(&store, |pen| {
        for who in ["a@shop.example", "b@shop.example", "c@shop.example"] {
            due_survey(pen, who);
        }
        pen.enqueue(&new_outbox("d@shop.example", OutboxKind::Reply))
    })
    .await;
    // trouble at the door is no other mail's trouble
    let panics: &Door = &|_, _, survey| match survey {
        1 => panic!("at the door"),
        2 => Err(StoreError::Failed("at the door".to_owned())),
        _ => Ok(Leave::Never("spam".to_owned())),
    };
    assert_eq!(kinds(claim(panics, 1).await), ["reply"]);
    assert!(claim(panics, 4).await.is_empty());
    let rows = store.read_here(|view| view.outbox(None)).unwrap();
    let states: Vec<&str> = rows.iter().map(|row| row.state.as_str()).collect();
    assert_eq!(states, ["pending", "pending", "dropped", "sending"]);
    assert_eq!((rows[2].why.as_str(), rows[2].attempts), ("spam", 0));
    for row in &rows[..2] {
        let wait = row.next_attempt_at.unwrap().duration_since(clock::now());
        assert!(wait > SignedDuration::from_mins(50), "{wait}");
    }
    // whoever retries by hand meets the same door
    let later: &Door = &|_, _, _| Ok(Leave::Later(clock::now() + SignedDuration::from_hours(2)));
    write(&store, |pen| pen.retry(Some(1))).await;
    assert!(claim(later, 4).await.is_empty());
    write(&store, |pen| pen.retry(Some(1))).await;
    assert_eq!(kinds(claim(&open_door, 4).await), ["survey"]);
}

#[tokio::test]
async fn of_two_surveys_that_wait_for_one_customer_the_second_knows_of_the_first() {
    let (_dir, store) = open();
    let (one, two) = write(&store, |pen| {
        let (one, _) = due_survey(pen, "olga@shop.example");
        let (two, _) = due_survey(pen, "olga@shop.example");
        Ok((one, two))
    })
    .await;
    let olga = Address::new("", "Olga@shop.example");
    let others = move |pen: &Pen<'_>, survey| pen.last_other_survey_to(&olga, survey);
    let neither = others.clone();
    let before = write(&store, move |pen| {
        Ok((neither(pen, one)?, neither(pen, two)?))
    });
    assert_eq!(before.await, (None, None), "they do not keep each other");
    let claimed = write(&store, |pen| {
        pen.claim_due("one", SignedDuration::from_mins(10), 1, &open_door)
    });
    assert_eq!(claimed.await.len(), 1);
    let after = write(&store, move |pen| {
        Ok((others(pen, one)?, others(pen, two)?))
    });
    let (of_one, of_two) = after.await;
    assert!(of_one.is_none() && of_two.is_some());
}

#[tokio::test]
async fn a_reminder_waits_from_the_asking_on_and_a_restore_forgets_what_was_due() {
    let (dir, store) = open();
    let hour = SignedDuration::from_hours(1);
    let (survey, row) = write(&store, move |pen| {
        let (survey, row) = due_survey(pen, "olga@shop.example");
        pen.plan_reminder(survey, Some(clock::now() - hour))?;
        Ok((survey, row))
    })
    .await;
    let next = |store: &Store| store.read_here(|view| view.next_reminder()).unwrap();
    assert_eq!(next(&store), None, "nobody was asked yet");
    write(&store, move |pen| pen.record_outcome(row, &Attempted::Sent)).await;
    assert!(next(&store).is_some_and(|at| at <= clock::now()));
    let target = dir.path().join("copy.db");
    store.backup(target.clone()).await.unwrap();
    let restored = Store::open_existing(&target).unwrap();
    write(&restored, |pen| pen.notice_restore()).await.unwrap();
    assert_eq!(next(&restored), None, "it may have been sent since");

    let reminder = write(&store, move |pen| {
        let mail = NewOutbox {
            survey: Some(survey),
            ..new_outbox("olga@shop.example", OutboxKind::Survey)
        };
        let reminder = pen.enqueue(&mail)?;
        pen.set_reminder(survey, reminder)?;
        Ok(reminder)
    })
    .await;
    assert_eq!(next(&store), None, "there is one at most");
    let asked = |store: &Store| store.read_here(|view| view.survey(survey)).unwrap();
    let before = asked(&store).row.unwrap().asked_at;
    write(&store, move |pen| {
        pen.record_outcome(reminder, &Attempted::Sent)
    })
    .await;
    assert_eq!(asked(&store).row.unwrap().asked_at, before);
    let events = store.read_here(|view| view.events(1)).unwrap();
    assert_eq!(events.last().unwrap().what, "survey_reminded");
}
