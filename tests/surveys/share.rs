//! A part of the tickets is asked about, and some tickets otherwise than others.

use jiff::SignedDuration;
use maildesk::{
    address::Address,
    clock,
    config::Config,
    desk::{Answer, Desk, DeskError},
    store::{NewTicket, Pen, Store, TicketChange},
    ticket::{Priority, Status},
    token::Signer,
};

use crate::{
    question, quick, rows,
    story::{SOON, Story},
};

const TICKETS: i64 = 200;

fn desk(dir: &std::path::Path) -> Desk {
    let text = "[desk]\naddress = \"support@example.com\"\n[storage]\npath = \"desk.db\"\n\
        [[mailbox]]\nname = \"support\"\nsource = \"maildir\"\npath = \"mail\"\n\
        [smtp]\ntransport = \"directory\"\ndirectory = \"out\"\n\
        [survey]\nshare = 0.5\n\
        [[agent]]\nname = \"Anna\"\naddress = \"anna@example.com\"\n";
    for name in ["mail", "out"] {
        std::fs::create_dir(dir.join(name)).unwrap();
    }
    let config = Config::parse("c.toml", text, dir, &|_| None);
    let config = config.unwrap_or_else(|faults| panic!("{faults:#?}"));
    let desk = Desk::load(config, Signer::new(b"0123456789abcdef"));
    desk.unwrap_or_else(|faults| panic!("{faults:#?}"))
}

fn answered_and_closed(pen: &Pen<'_>, desk: &Desk, number: i64) -> Result<(), DeskError> {
    let agent = Address::new("Anna", "anna@example.com");
    desk.reply(
        pen,
        &Answer {
            ticket: number,
            agent,
            text: "Fixed.".to_owned(),
            files: Vec::new(),
            status: Some(Status::Closed),
            only_requester: false,
            not_before: None,
        },
    )?;
    Ok(())
}

/// Opens a ticket of a customer of its own.
fn opened(pen: &Pen<'_>, customer: i64) -> Result<i64, DeskError> {
    let who = format!("customer{customer}@shop.example");
    let number = pen.open_ticket(&NewTicket {
        subject: "Import".to_owned(),
        status: Status::Open,
        priority: Priority::Normal,
        category: String::new(),
        tags: Vec::new(),
        mailbox: "support".to_owned(),
        group: String::new(),
        assignee: String::new(),
        requester: Address::new("", who),
        others: Vec::new(),
        language: "en".to_owned(),
        linked_to: None,
        history: false,
        opened_at: clock::now() - SignedDuration::from_hours(1),
    })?;
    Ok(number)
}

/// The tickets that were left out, by their events.
fn left_out(store: &Store) -> Vec<i64> {
    let skipped = |number: &i64| {
        let events = store.read_here(|view| view.events(*number)).unwrap();
        let skipped = events.iter().filter(|event| event.what == "survey_skipped");
        skipped
            .map(|event| event.detail.clone())
            .collect::<Vec<_>>()
    };
    (1..=TICKETS)
        .filter(|number| match skipped(number).as_slice() {
            [] => false,
            [why] => {
                assert_eq!(why, "not_in_sample");
                true
            }
            more => panic!("ticket {number}: {more:?}"),
        })
        .collect()
}

#[tokio::test]
async fn half_of_the_tickets_are_asked_about_and_always_the_same_ones() {
    let mut drawn = Vec::new();
    for _ in 0..2 {
        let dir = tempfile::tempdir().unwrap();
        let desk = desk(dir.path());
        let store = Store::open(&dir.path().join("desk.db")).unwrap();
        let close = move |pen: &Pen<'_>| {
            for customer in 1..=TICKETS {
                let number = opened(pen, customer)?;
                answered_and_closed(pen, &desk, number)?;
            }
            Ok::<_, DeskError>(())
        };
        store.write(close).await.unwrap();
        drawn.push(left_out(&store));
    }
    let count = drawn[0].len();
    // four standard deviations of two hundred draws: 28
    assert!((72..=128).contains(&count), "{count} of {TICKETS} left out");
    assert_eq!(drawn[0], drawn[1], "the same tickets, the same secret");
}

#[tokio::test]
async fn closing_a_ticket_again_draws_no_other_lot() {
    let dir = tempfile::tempdir().unwrap();
    let desk = desk(dir.path());
    let store = Store::open(&dir.path().join("desk.db")).unwrap();
    let out = store
        .write(move |pen| {
            let out = (1..)
                .find(|number| desk.signer.lot(*number) >= 0.5)
                .unwrap();
            for customer in 1..=out {
                opened(pen, customer)?;
            }
            answered_and_closed(pen, &desk, out)?;
            for _ in 0..5 {
                for status in [Status::Open, Status::Closed] {
                    let change = TicketChange {
                        status: Some(status),
                        ..TicketChange::default()
                    };
                    desk.change(pen, out, "anna@example.com", &change)?;
                }
            }
            Ok::<_, DeskError>(out)
        })
        .await
        .unwrap();
    let events = store.read_here(|view| view.events(out)).unwrap();
    let whys = events.iter().filter(|event| event.what == "survey_skipped");
    let whys: Vec<&str> = whys.map(|event| event.detail.as_str()).collect();
    assert_eq!(whys, ["not_in_sample"; 6]);
}

#[test]
fn a_category_may_be_left_in_peace() {
    let story = Story::new(|setup| {
        let text = "\n[[survey.for]]\ncategory = \"import\"\nenabled = false\n\
                    [[survey.for]]\nmailbox = \"support\"\ndelay = \"30d\"\n";
        quick(setup).raw(text)
    });
    assert_eq!(
        story.tell(&question("olga@shop.example", 1)).ticket,
        Some(1)
    );
    assert_eq!(story.desk.ticket(1)["category"], "import");
    story.answer(1, "Исправили.", &["--close"]);
    assert_eq!(story.events(1, "survey_skipped"), ["switched_off"]);
    assert!(rows(&story).is_empty());
    // the other category is asked, by what holds for its mailbox
    story.tell(&question("petro@shop.example", 2));
    story
        .desk
        .cli_text(&["ticket", "set", "2", "--category", "pricing"], "");
    story.answer(2, "Исправили.", &["--close"]);
    let planned: jiff::Timestamp = story.events(2, "survey_scheduled")[0].parse().unwrap();
    let days = planned.duration_since(clock::now()).as_hours() / 24;
    assert!((29..=31).contains(&days), "{planned}");
    story.smtp.wait_for("petro@shop.example", 2, SOON);
}
