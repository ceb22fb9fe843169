//! Rules with `on = "rating"`.

use super::*;

#[test]
fn rules_for_ratings_see_score_and_comment() {
    let when = |when: &str| {
        rules(&format!(
            "[[rule]]\nid = \"r\"\non = \"rating\"\nwhen = {{ {when} }}\nthen = {{ tags = [\"t\"] }}"
        ))
    };
    let customer = Address::new("", "olga@big.example");
    let ticket = TicketFacts {
        status: Status::Closed,
        category: "import".to_owned(),
        tags: vec!["vip".to_owned()],
        ..TicketFacts::default()
    };
    let judge = |rules: &Ruleset, score: u8, comment: &str| {
        let comment = comment_as_mail(comment, &customer, Some(crate::language::Language::Ru));
        let facts = Facts::of_rating(score, &comment, "support", &ticket);
        !rules.evaluate(&facts, Event::Rating).matched.is_empty()
    };
    for (condition, score, comment, holds) in [
        (r#"field = "score", below = 3"#, 2, "", true),
        (r#"field = "score", below = 3"#, 3, "", false),
        (r#"field = "score", above = 4"#, 5, "", true),
        (r#"field = "score", equals = 1"#, 1, "", true),
        (r#"field = "score", equals = ["1", 2]"#, 3, "", false),
        (r#"field = "comment", exists = true"#, 1, "", false),
        (r#"field = "comment", exists = true"#, 1, "Плохо", true),
        (
            r#"field = "comment", contains = "грубость""#,
            1,
            "Столько грубости!",
            true,
        ),
        (r#"contains = "грубость""#, 1, "Столько грубости!", true),
        (
            r#"field = "comment", near = ["импорт", "снова"]"#,
            1,
            "Импорт упал снова",
            true,
        ),
        (
            r#"field = "comment", matches = '\d+ дн'"#,
            1,
            "Ждали 3 дня",
            true,
        ),
        (
            r#"field = "comment", predicts = "failure""#,
            1,
            "Импорт так и не работает, висит на 40 %",
            true,
        ),
        (r#"predicts = "failure""#, 1, "Спасибо за помощь", false),
        (r#"field = "ticket.status", equals = "closed""#, 1, "", true),
        (
            r#"field = "ticket.category", equals = "import""#,
            1,
            "",
            true,
        ),
        (r#"field = "ticket.tags", equals = "vip""#, 1, "", true),
        (
            r#"field = "from_domain", equals = "big.example""#,
            1,
            "",
            true,
        ),
        (r#"field = "language", equals = "ru""#, 1, "", true),
        (r#"field = "mailbox", equals = "support""#, 1, "", true),
        (r#"field = "subject", exists = true"#, 1, "Плохо", false),
        (r#"field = "size", below = 5"#, 1, "", false),
        (r#"field = "auth.dmarc", equals = "none""#, 1, "", false),
    ] {
        let rules = when(condition);
        assert_eq!(
            judge(&rules, score, comment),
            holds,
            "{condition} {score} {comment}"
        );
    }
    // a mail has neither
    let neither = when(r#"field = "score", below = 9"#);
    let mail = mail("", "1");
    assert!(
        neither
            .evaluate(&facts(&mail, Some(&ticket)), Event::Rating)
            .matched
            .is_empty()
    );
}

#[test]
fn a_test_of_ratings_needs_a_score_and_no_mail() {
    let text = "[[rule]]\nid = \"r\"\non = \"rating\"\nwhen = { field = \"score\", below = 3 }\n\
                then = { tags = [\"t\"] }\n\
                [[test]]\non = \"rating\"\ntext = \"x\"\nexpect = { rule = \"r\" }\n\
                [[test]]\nscore = 1\ncomment = \"y\"\nexpect = { rule = \"r\" }\n\
                [[test]]\non = \"rating\"\nscore = 6\nexpect = { rule = \"r\" }\n";
    let faults = shown(&load(text).unwrap_err());
    let expected = "\
r.toml:6: test[0].score: is required: write for example score = 1
r.toml:8: test[0].text = \"x\": a rating has none: write score and comment
r.toml:11: test[1].score = 1: only a rating has one: write on = \"rating\"
r.toml:12: test[1].comment = \"y\": only a rating has one: write on = \"rating\"
r.toml:16: test[2].score = 6: must be from 1 to 5";
    assert_eq!(faults, expected);
    let good = text.replace("text = \"x\"", "score = 3\ncomment = \"x\"");
    let good = good.replace("[[test]]\nscore = 1\ncomment", "[[test]]\ntext");
    let outcomes = rules(&good.replace("score = 6", "score = 2")).run_tests();
    let shown: Vec<(&str, bool)> = outcomes
        .iter()
        .map(|o| (o.text.as_str(), o.passed))
        .collect();
    assert_eq!(
        shown,
        [("score 3: x", false), ("y", false), ("score 2", true)]
    );
}

#[test]
fn what_the_desk_says_in_place_of_words_is_not_judged() {
    let rules = Ruleset::builtin().unwrap();
    for raw in [
        "From: a@shop.example\nSubject: \n\n",
        "From: a@shop.example\nSubject: price\n\n",
        "From: a@shop.example\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nMIA=",
        "From: a@shop.example\nContent-Type: application/vnd.ms-excel; name=price.xls\n\nx",
        "From: a@shop.example\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Import error\nDTSTART:20260504T100000Z\nEND:VEVENT\nEND:VCALENDAR",
    ] {
        let mail = crate::message::read(raw.as_bytes());
        assert!(!mail.notice.is_empty(), "{raw}");
        let triage = rules.evaluate(&facts(&mail, None), Event::Message);
        assert_eq!(triage.priority, None, "{raw}: {triage:?}");
    }
}

#[test]
fn a_rule_that_must_not_act_still_stops() {
    let rules = rules(
        "[[rule]]\nid = \"first\"\non = \"rating\"\nwhen = { all = [] }\nthen = { tags = [\"a\"] }\n\
         [[rule]]\nid = \"stops\"\non = \"rating\"\nwhen = { field = \"score\", below = 3 }\n\
         then = { tags = [\"b\"] }\nstop = true\n\
         [[rule]]\nid = \"last\"\non = \"rating\"\nwhen = { all = [] }\nthen = { tags = [\"c\"] }\n",
    );
    let ticket = TicketFacts::default();
    let comment = comment_as_mail("", &Address::default(), None);
    let tags = |score: u8| {
        let facts = Facts::of_rating(score, &comment, "", &ticket);
        let triage = rules.evaluate_where(&facts, Event::Rating, |id| id != "stops");
        triage.tags.join("")
    };
    assert_eq!((tags(1), tags(5)), ("a".to_owned(), "ac".to_owned()));
}
