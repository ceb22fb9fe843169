//! A conversation of sixty mails, and what mail programs do to its headers on the way.

use crate::{
    harness::mail::plain,
    story::{
        DESK, Story,
        program::{Answer, answer},
    },
};

const OLGA: &str = "Olga <olga@shop.example>";

/// As Exchange writes them.
fn id(number: usize) -> String {
    format!(
        "AM0PR04MB{number:04}F3D8A6B0C2E4F7A91B5D8E6C30@AM0PR04MB{number:04}.eurprd04.prod.outlook.example"
    )
}

/// How mail programs mark an answer, and what they leave of the marks that were there.
const SUBJECTS: [&str; 10] = [
    "Re: {}",
    "RE: {}",
    "Ответ: {}",
    "Отв: Re: {}",
    "Відп: {}",
    "НА: {}",
    "AW: SV: {}",
    "Re[2]: {}",
    "Fwd: Re: {}",
    "Re: [#1] Ответ: [#1] {}",
];

#[test]
fn sixty_mails_back_and_forth_stay_one_thread_within_a_header_line() {
    let story = Story::over_imap(|setup| setup);
    let first = plain(
        OLGA,
        DESK,
        "Import fails",
        &[&format!("Message-ID: <{}>", id(0))],
        "Hello, mail 0.",
    );
    assert_eq!(story.tell(&first).ticket, Some(1));
    story.sent("olga@shop.example", 1);
    for round in 1..=30 {
        story.answer(1, &format!("Answer {round}."), &[]);
        let got = story.sent("olga@shop.example", round + 1);
        assert_headers(&got.data, round);
        let ours = got.header("Message-ID");
        assert_eq!(
            got.header("In-Reply-To"),
            format!("<{}>", id(round - 1)),
            "round {round}"
        );
        let references = got.header("References");
        let ids: Vec<&str> = references.split(' ').collect();
        assert!(references.len() <= 900, "{} octets", references.len());
        assert_eq!(ids[0], format!("<{}>", id(0)), "the first stays");
        assert_eq!(ids[ids.len() - 1], ours, "the newest is ours");
        assert!(ids.contains(&format!("<{}>", id(round - 1)).as_str()));
        if round > 10 {
            assert!(ids.len() > 6, "room is used: {references}");
        }
        assert_eq!(got.subject(), "Re: [#1] Import fails", "round {round}");

        let mut mail = answer(
            &got.data,
            OLGA,
            &id(round),
            &format!("Hello, mail {round}."),
        );
        DESK.clone_into(&mut mail.to);
        mail.subject = SUBJECTS[round % SUBJECTS.len()].replace("{}", &got.subject());
        let filed = story.tell(&mail.bytes());
        assert_eq!(
            (filed.reason.as_str(), filed.ticket),
            ("answers_our_mail", Some(1)),
            "round {round}"
        );
    }

    // programs that keep only an end of the chain, or none of it; with a subject that says nothing
    story.answer(1, "The last answer.", &[]);
    let got = story.sent("olga@shop.example", 32);
    let whole = answer(&got.data, OLGA, "last@shop.example", "And now?");
    let kept = |n: usize, change: &dyn Fn(&mut Answer)| {
        let mut mail = whole.clone();
        DESK.clone_into(&mut mail.to);
        mail.subject = "And now".to_owned();
        mail.in_reply_to = None;
        mail.id = format!("last-{n}@shop.example");
        mail.words = format!("And now, {n}?");
        change(&mut mail);
        let filed = story.tell(&mail.bytes());
        (filed.reason, filed.ticket)
    };
    let last = kept(1, &|mail| {
        mail.references.drain(..mail.references.len() - 1);
    });
    assert_eq!(last, ("answers_our_mail".to_owned(), Some(1)));
    let first = kept(2, &|mail| mail.references.truncate(1));
    assert_eq!(first, ("answers_mail_of_ticket".to_owned(), Some(1)));
    let hers = kept(3, &|mail| {
        mail.references = vec![format!("<{}>", id(17))];
    });
    assert_eq!(hers, ("answers_mail_of_ticket".to_owned(), Some(1)));
    let tag = kept(4, &|mail| {
        mail.references.clear();
        mail.subject = "Fwd: Re: [#1] And now".to_owned();
    });
    assert_eq!(tag, ("subject_tag".to_owned(), Some(1)));
    // the next answer starts from what the customer's program kept
    story.answer(1, "All is well.", &[]);
    let got = story.sent("olga@shop.example", 33);
    assert_headers(&got.data, 33);
    assert_eq!(got.header("In-Reply-To"), "<last-4@shop.example>");
    let ticket = story.desk.ticket(1);
    assert_eq!(ticket["messages"].as_array().unwrap().len(), 67);
    assert_eq!(story.desk.tickets().len(), 1);
}

/// No line is over what a relay takes, none longer than a reader of headers likes, and a long one
/// holds a single word.
#[track_caller]
fn assert_headers(mail: &[u8], round: usize) {
    let text = String::from_utf8(mail.to_vec()).unwrap();
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    for line in head.split("\r\n") {
        let is_one_word = line.trim().split(' ').count() <= 2;
        assert!(
            line.len() <= 78 || (is_one_word && line.len() <= 260),
            "round {round}: {} octets: {line}",
            line.len()
        );
    }
    let unfolded = head.replace("\r\n ", " ");
    let longest = unfolded.split("\r\n").map(str::len).max().unwrap();
    assert!(longest <= 998, "round {round}: {longest} octets unfolded");
}

#[test]
fn a_subject_in_many_marks_is_answered_with_one() {
    let story = Story::new(|setup| setup.set("limits", "automatic_per_address_per_hour", "1000"));
    for (number, (asked, answered)) in (1..).zip([
        ("Re: Re: RE: Import", "Re: [#1] Import"),
        ("Ответ: [#77] Отв: Импорт", "Re: [#2] Импорт"),
        ("Відп: Fwd: Re: Імпорт", "Re: [#3] Fwd: Імпорт"),
        ("НА: AW: SV: Re[2]: Import", "Re: [#4] Import"),
        ("Fwd: Re: [#5] Import [#5]", "Re: [#5] Fwd: Import"),
        ("=?utf-8?B?UmU6INCe0YLQstC10YI6IHg=?=", "Re: [#6] x"),
        ("", "Re: [#7]"),
        ("Re:", "Re: [#8]"),
    ]) {
        let mail = plain(OLGA, DESK, asked, &[], &format!("Hello, mail {number}."));
        let filed = story.tell(&mail);
        assert_eq!(filed.ticket, Some(number), "{asked}");
        let got = story.sent("olga@shop.example", usize::try_from(number).unwrap());
        assert_eq!(got.subject(), answered, "{asked}");
    }
}
