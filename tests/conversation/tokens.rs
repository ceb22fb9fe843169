//! The reply address of a ticket, as mail programs and servers hand it back, and as others try to
//! use it.

use crate::{
    harness::{DeskSetup, mail::plain},
    story::{
        DESK, Story, addresses,
        program::{Answer, answer, bare},
    },
};

/// Olga's ticket 1 and Ivan's ticket 2, both answered; the story, and what their programs would
/// answer, with nothing but the address to go by.
fn two_tickets() -> (Story, [Answer; 2]) {
    let story = Story::new(|setup: DeskSetup| {
        setup.set("limits", "automatic_per_address_per_hour", "1000")
    });
    let answers = [(1, "olga"), (2, "ivan")].map(|(number, name)| {
        let who = format!("{name}@shop.example");
        let question = plain(
            &who,
            DESK,
            "A question",
            &[&format!("Message-ID: <{name}@shop.example>")],
            &format!("Hello, {name} here."),
        );
        assert_eq!(story.tell(&question).ticket, Some(number));
        story.sent(&who, 1);
        story.answer(number, "Which one?", &[]);
        let got = story.sent(&who, 2);
        let mut answer = answer(&got.data, &who, "answer@shop.example", "The red one.");
        answer.in_reply_to = None;
        answer.references.clear();
        answer.subject = "Hello".to_owned();
        answer
    });
    (story, answers)
}

#[test]
fn a_reply_address_is_known_again_however_it_was_written() {
    let (story, [plain_answer, _]) = two_tickets();
    let token = bare(&plain_answer.to).to_owned();
    let (local, domain) = token.split_once('@').unwrap();
    let written = [
        token.to_uppercase(),
        format!("Support{}@{domain}", local.trim_start_matches("support")),
        format!("{}@EXAMPLE.com", local.to_uppercase()),
        token.replace('+', "%2B"),
        token.replace('+', "%2b").to_uppercase(),
        format!("\"{local}\"@{domain}"),
        format!("\"Acme, Support\" <{token}>"),
        format!("mailto:{token}"),
        format!("<{token}>, boss@shop.example"),
    ];
    for (to, n) in written.iter().zip(1..) {
        let mut mail = plain_answer.clone();
        mail.to.clone_from(to);
        mail.id = format!("answer-{n}@shop.example");
        mail.words = format!("Answer {n}.");
        let filed = story.tell(&mail.bytes());
        assert_eq!(
            (filed.reason.as_str(), filed.ticket),
            ("reply_token", Some(1)),
            "{to}"
        );
    }
    let everyone = ["boss@shop.example", "olga@shop.example"];
    assert_eq!(
        addresses(&story.desk.ticket(1)["participants"]),
        everyone,
        "an address of the desk is nobody's, however it is written"
    );
    // where the servers kept it in the envelope alone
    let mut hidden = plain_answer.clone();
    hidden.to = "undisclosed-recipients:;".to_owned();
    hidden.more = vec![format!("Delivered-To: {}", token.to_uppercase())];
    hidden.id = "hidden@shop.example".to_owned();
    assert_eq!(story.tell(&hidden.bytes()).reason, "reply_token");
}

#[test]
fn a_token_opens_its_own_ticket_for_its_own_party_alone() {
    let (story, [olga, ivan]) = two_tickets();
    let (of_olga, of_ivan) = (bare(&olga.to).to_owned(), bare(&ivan.to).to_owned());
    let seal = |token: &str| {
        let (_, rest) = token.split_once('-').unwrap();
        rest.split_once('@').unwrap().0.to_owned()
    };
    let cut = |token: &str| {
        let (local, domain) = token.split_once('@').unwrap();
        format!("{}@{domain}", &local[..local.len() - 1])
    };
    let bounce = story.sent("olga@shop.example", 2).sender;
    assert!(bounce.contains("+b1-"), "{bounce}");
    let worthless = [
        ("wrong ticket", of_olga.replace("+r1-", "+r2-")),
        ("other purpose", of_olga.replace("+r1-", "+s1-")),
        ("an agent's", of_olga.replace("+r1-", "+a1-")),
        ("a bounce address", bounce.clone()),
        ("bounce made reply", bounce.replace("+b", "+r")),
        (
            "wrong party",
            of_olga.replace(&seal(&of_olga), &seal(&of_ivan)),
        ),
        ("cut by one", cut(&of_olga)),
        ("no seal", "support+r1-@example.com".to_owned()),
        ("no number", of_olga.replace("+r1-", "+r-")),
        ("no dash", of_olga.replace("+r1-", "+r1")),
        ("longer", of_olga.replace('@', "a@")),
        (
            "other desk",
            of_olga.replace("@example.com", "@example.org"),
        ),
        ("negative", of_olga.replace("+r1-", "+r-1-")),
        ("large", of_olga.replace("+r1-", "+rzzzzzzzzzzzzzzzzzz-")),
    ];
    for (what, to) in worthless {
        let mut mail = olga.clone();
        mail.to = format!("{to}, {DESK}");
        mail.id = format!("{}@shop.example", what.replace(' ', "-"));
        mail.words = format!("With {what}.");
        let filed = story.tell(&mail.bytes());
        assert_eq!(
            (filed.disposition.as_str(), filed.reason.as_str()),
            ("open_ticket", "new_mail"),
            "{what}: {to}"
        );
    }
    for number in [1, 2] {
        let ticket = story.desk.ticket(number);
        assert_eq!(ticket["messages"].as_array().unwrap().len(), 2);
    }
    // the other one's token, by one who takes part in another ticket
    let mut mail = ivan.clone();
    mail.to.clone_from(&olga.to);
    let filed = story.tell(&mail.bytes());
    assert_eq!(filed.reason, "stranger_points_to_ticket");
    let ticket = story.desk.ticket(filed.ticket.unwrap());
    assert_eq!(ticket["linked_to"], 1);
    assert_eq!(ticket["requester"]["address"], "ivan@shop.example");
}
