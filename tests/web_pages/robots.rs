//! What tells robots from persons, request by request.

use crate::{
    desk::{Asked, Running},
    http::{Answer, get, post, send},
};

/// What the page sends by itself.
async fn by_itself(desk: &Running, path: &str, score: &str) -> Answer {
    post(desk.at, path, &[("score", score), ("by", "signs")]).await
}

async fn press(desk: &Running, path: &str, score: &str) -> Answer {
    post(desk.at, path, &[("score", score)]).await
}

/// A desk with one survey; returns the path of its page.
async fn asked() -> (Running, String) {
    let desk = Running::start().await;
    let path = desk.ask(Asked::default()).await;
    (desk, path)
}

#[tokio::test]
async fn a_page_that_was_opened_may_send_its_answer_by_itself() {
    let (desk, path) = asked().await;
    get(desk.at, &format!("{path}?score=4")).await;
    let answer = by_itself(&desk, &path, "4").await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert_eq!(desk.survey().await.score, Some(4));
    assert_eq!(by_itself(&desk, &path, "4").await.status, 204);
    assert_eq!(desk.ratings().len(), 1);
    assert_eq!(
        desk.events(1, "rated").await,
        ["4 of 5, by page, which sent it by itself"]
    );
}

#[tokio::test]
async fn nothing_is_sent_by_itself_where_nobody_looked() {
    let (desk, path) = asked().await;
    let link = format!("{path}?score=4");
    for header in [
        "Sec-Purpose: prefetch\r\n",
        "Sec-Purpose: prefetch;prerender\r\n",
        "Purpose: prefetch\r\n",
        "X-Moz: prefetch\r\n",
        "X-Purpose: preview\r\n",
    ] {
        assert_eq!(send(desk.at, "GET", &link, header, "").await.status, 200);
    }
    assert_eq!(send(desk.at, "HEAD", &link, "", "").await.status, 200);
    let answer = by_itself(&desk, &path, "4").await;
    assert_eq!(answer.status, 409);
    assert!(answer.body.contains("press the button"), "{answer:?}");
    assert!(answer.body.contains("value=\"4\" required checked"));
    assert_eq!(desk.survey().await.score, None);
    assert_eq!(press(&desk, &path, "4").await.status, 200);
    assert_eq!(desk.survey().await.score, Some(4));
}

#[tokio::test]
async fn what_scripts_other_than_ours_send_waits_for_the_button() {
    let (desk, path) = asked().await;
    get(desk.at, &path).await;
    for by in ["script", "x"] {
        let answer = post(desk.at, &path, &[("score", "1"), ("by", by)]).await;
        assert_eq!(answer.status, 409);
    }
    assert!(desk.ratings().is_empty());
}

#[tokio::test]
async fn several_links_at_once_are_a_robots_and_the_button_still_works() {
    let (desk, path) = asked().await;
    for score in 1..=2 {
        get(desk.at, &format!("{path}?score={score}")).await;
    }
    assert_eq!(by_itself(&desk, &path, "2").await.status, 204);
    // the third one takes along what was sent before
    get(desk.at, &format!("{path}?score=3")).await;
    assert_eq!(desk.survey().await.score, None);
    assert_eq!(by_itself(&desk, &path, "3").await.status, 409);
    assert_eq!(press(&desk, &path, "5").await.status, 200);
    let survey = desk.survey().await;
    assert_eq!(survey.score, Some(5));
    let withdrawn = desk.events(1, "rating_withdrawn").await;
    let why = "several of the mail's links were opened within seconds";
    assert_eq!(withdrawn, [format!("1 by a robot: {why}")]);
    let ratings = desk.ratings();
    assert_eq!(ratings[0], (2, "signs".to_owned(), why.to_owned()));
    assert_eq!(ratings[1], (5, "page".to_owned(), String::new()));
}

#[tokio::test]
async fn the_hidden_link_looks_like_a_page_and_takes_back_what_no_hand_sent() {
    let (desk, path) = asked().await;
    get(desk.at, &path).await;
    assert_eq!(press(&desk, &path, "5").await.status, 200);
    assert_eq!(by_itself(&desk, &path, "1").await.status, 204);
    assert_eq!(desk.survey().await.score, Some(1));
    let hidden = format!("{path}/more");
    assert_eq!(send(desk.at, "HEAD", &hidden, "", "").await.status, 200);
    let ahead = "Sec-Purpose: prefetch\r\n";
    assert_eq!(send(desk.at, "GET", &hidden, ahead, "").await.status, 200);
    assert_eq!(desk.survey().await.score, Some(1));

    let page = get(desk.at, &hidden).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Acme &amp; Co"), "{page:?}");
    // the earlier answer counts again
    assert_eq!(desk.survey().await.score, Some(5));
    assert_eq!(by_itself(&desk, &path, "2").await.status, 409);
    assert_eq!(press(&desk, &path, "3").await.status, 200);
    assert_eq!(desk.survey().await.score, Some(3));
    assert_eq!(get(desk.at, "/s/1-aaaaaaaaaaaaaaaa/more").await.status, 404);
    assert_eq!(post(desk.at, &hidden, &[("score", "1")]).await.status, 405);
}

#[tokio::test]
async fn what_the_button_confirms_stays() {
    let (desk, path) = asked().await;
    get(desk.at, &path).await;
    assert_eq!(by_itself(&desk, &path, "4").await.status, 204);
    assert_eq!(press(&desk, &path, "4").await.status, 200);
    get(desk.at, &format!("{path}/more")).await;
    assert_eq!(desk.survey().await.score, Some(4));
    assert_eq!(desk.ratings().len(), 1);
}

#[tokio::test]
async fn four_different_answers_within_seconds_count_nowhere() {
    let (desk, path) = asked().await;
    for score in ["1", "2", "3"] {
        assert_eq!(press(&desk, &path, score).await.status, 200);
    }
    // three are somebody who cannot decide
    assert_eq!(desk.survey().await.score, Some(3));
    for score in ["4", "5", "1"] {
        let answer = press(&desk, &path, score).await;
        assert_eq!(answer.status, 429);
        assert!(answer.body.contains("once more"), "{answer:?}");
    }
    let survey = desk.survey().await;
    assert_eq!((survey.score, survey.answered_at), (None, None));
    let ratings = desk.ratings();
    assert_eq!(ratings.len(), 6);
    assert!(ratings.iter().all(|(_, _, why)| why.contains("four")));
    let ticket = desk.store.read(|view| view.ticket(1)).await.unwrap();
    assert_eq!(ticket.satisfaction, None);
    assert_eq!(
        desk.events(1, "rating_withdrawn").await[0],
        "4 by a robot: four or more different answers within seconds"
    );
    let page = get(desk.at, &path).await;
    assert!(!page.body.contains(" checked"), "{page:?}");

    // the person who comes later
    desk.tamper("UPDATE ratings SET at = at - 5000");
    assert_eq!(press(&desk, &path, "2").await.status, 200);
    assert_eq!(desk.survey().await.score, Some(2));
}

#[tokio::test]
async fn two_quick_answers_are_both_kept_and_the_last_counts() {
    let (desk, path) = asked().await;
    for score in ["1", "5"] {
        assert_eq!(press(&desk, &path, score).await.status, 200);
    }
    assert_eq!(desk.survey().await.score, Some(5));
    assert_eq!(desk.ratings().len(), 2);
}

#[tokio::test]
async fn visits_are_few_rows_and_go_with_their_survey() {
    let (desk, path) = asked().await;
    for _ in 0..20 {
        for link in [
            "", "?score=1", "?score=2", "?score=3", "?score=4", "?score=5", "/more",
        ] {
            get(desk.at, &format!("{path}{link}")).await;
        }
    }
    let rows = "SELECT count(*) FROM survey_visits WHERE survey = 1";
    assert_eq!(desk.count(rows), 8);
    desk.tamper("UPDATE surveys SET expires_at = 0");
    let other = desk.ask(Asked::default()).await;
    get(desk.at, &other).await;
    assert_eq!(desk.count(rows), 0);
    assert_eq!(desk.count("SELECT count(*) FROM survey_visits"), 1);
}

#[tokio::test]
async fn the_desks_own_people_cannot_rate() {
    let desk = Running::start().await;
    for (recipient, language, words) in [
        ("anna@example.com", "ru", "Оценки сотрудников"),
        ("support@example.com", "uk", "Оцінки працівників"),
    ] {
        let asked = Asked {
            language,
            recipient,
            ..Asked::default()
        };
        let path = desk.ask(asked).await;
        assert_eq!(get(desk.at, &path).await.status, 200);
        for answer in [
            press(&desk, &path, "5").await,
            by_itself(&desk, &path, "5").await,
        ] {
            assert_eq!(answer.status, 403);
            assert!(answer.body.contains(words), "{answer:?}");
        }
    }
    assert!(desk.ratings().is_empty());
}

#[tokio::test]
async fn answers_from_the_desks_networks_are_not_recorded() {
    let desk = Running::start_with(
        "[survey]\ndesk_networks = [\"203.0.113.0/24\", \"2001:db8::/32\"]\n\
         [web]\ntrusted_proxies = [\"127.0.0.0/8\", \"10.0.0.9\"]\n",
    )
    .await;
    let path = desk.ask(Asked::default()).await;
    let from = async |forwarded: &str| {
        let headers = format!(
            "Content-Type: application/x-www-form-urlencoded\r\nX-Forwarded-For: {forwarded}\r\n"
        );
        send(desk.at, "POST", &path, &headers, "score=5").await
    };
    for inside in [
        "203.0.113.7",
        "198.51.100.1, 203.0.113.7",
        "203.0.113.7, 10.0.0.9",
        "2001:db8::7",
        "::ffff:203.0.113.7",
    ] {
        let answer = from(inside).await;
        assert_eq!(answer.status, 403, "{inside}");
        assert!(answer.body.contains("another network"), "{answer:?}");
        assert!(answer.body.contains("answer our mail"), "{answer:?}");
    }
    assert!(desk.ratings().is_empty());
    for outside in ["198.51.100.1", "203.0.113.7, 198.51.100.1"] {
        assert_eq!(from(outside).await.status, 200, "{outside}");
    }
    assert_eq!(desk.survey().await.score, Some(5));
}

#[tokio::test]
async fn who_is_no_trusted_proxy_says_nothing_of_where_others_are() {
    let desk = Running::start_with("[survey]\ndesk_networks = [\"127.0.0.0/8\"]\n").await;
    let path = desk.ask(Asked::default()).await;
    let headers = "Content-Type: application/x-www-form-urlencoded\r\n\
                   X-Forwarded-For: 198.51.100.1\r\n";
    let answer = send(desk.at, "POST", &path, headers, "score=5").await;
    assert_eq!(answer.status, 403);
    assert!(desk.ratings().is_empty());
}

#[tokio::test]
async fn only_the_surveys_page_runs_a_script_and_only_its_own() {
    let (desk, path) = asked().await;
    let thanks = press(&desk, &path, "5").await;
    for page in [get(desk.at, &path).await, thanks] {
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("script-src 'sha256-"), "{policy}");
        assert!(policy.contains("connect-src 'self'"), "{policy}");
        assert!(!policy.contains("script-src 'unsafe"), "{policy}");
        assert_eq!(page.body.matches("<script").count(), 1);
        assert!(page.head.len() + page.body.len() < 30_000);
    }
    for path in ["/", "/healthz", "/reports/satisfaction"] {
        let page = get(desk.at, path).await;
        let policy = page.header("content-security-policy").unwrap();
        assert!(!policy.contains("script-src"), "{path}: {policy}");
    }
}
