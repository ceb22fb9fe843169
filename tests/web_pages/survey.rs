//! The survey page, as customers, link scanners and strangers use it.

use maildesk::token::{Purpose, Signer};

use crate::{
    desk::{Asked, CUSTOMER, Running},
    http::{get, post, send},
};

#[tokio::test]
async fn looking_at_a_survey_records_nothing() {
    let desk = Running::start().await;
    let path = desk.ask(Asked::default()).await;
    for score in [
        "",
        "?score=1",
        "?score=4",
        "?score=4&score=5",
        "?score=9",
        "?score=%FF&x",
    ] {
        for method in ["GET", "HEAD"] {
            let page = send(desk.at, method, &format!("{path}{score}"), "", "").await;
            assert_eq!(page.status, 200, "{method} {score}");
        }
    }
    let survey = desk.survey().await;
    assert_eq!((survey.score, survey.answered_at), (None, None));
}

#[tokio::test]
async fn a_tapped_answer_is_chosen_and_names_are_shown_as_text() {
    let desk = Running::start().await;
    let path = desk.ask(Asked::default()).await;
    let page = get(desk.at, &format!("{path}?score=4")).await;
    assert_eq!(chosen(&page.body), ["4"]);
    assert!(page.body.contains("How was our help"), "{page:?}");
    assert!(page.body.contains("Anna &lt;b&gt;"), "{page:?}");
    assert!(page.body.contains("Acme &amp; Co"), "{page:?}");
    assert_eq!(chosen(&get(desk.at, &path).await.body), [""; 0]);
    assert_eq!(
        chosen(&get(desk.at, &format!("{path}?score=6")).await.body),
        [""; 0]
    );
}

#[tokio::test]
async fn the_last_answer_counts_and_the_page_shows_it_again() {
    let desk = Running::start().await;
    let path = desk.ask(Asked::default()).await;
    let fields = [("score", "2"), ("comment", "slow"), ("about", "waiting")];
    let thanks = post(desk.at, &path, &fields).await;
    assert_eq!(thanks.status, 200);
    assert!(thanks.body.contains("Thank you"), "{thanks:?}");
    assert_eq!(chosen(&thanks.body), ["2", "waiting"]);

    // the address of the page may still say what was tapped first
    let again = format!("{path}?score=2");
    let fields = [
        ("score", "5"),
        ("comment", "now <b>well</b>"),
        ("about", "agent"),
    ];
    assert_eq!(post(desk.at, &again, &fields).await.status, 200);
    let survey = desk.survey().await;
    assert_eq!(survey.score, Some(5));
    assert_eq!(survey.comment, "now <b>well</b>");
    assert_eq!(survey.about, "agent");

    let page = get(desk.at, &path).await;
    assert_eq!(chosen(&page.body), ["5", "agent"]);
    assert!(
        page.body.contains("now &lt;b&gt;well&lt;/b&gt;"),
        "{page:?}"
    );
}

#[tokio::test]
async fn the_same_answer_sent_twice_is_one() {
    let desk = Running::start().await;
    let path = desk.ask(Asked::default()).await;
    let fields = [("score", "3"), ("comment", "x\r\ny"), ("about", "")];
    for _ in 0..3 {
        assert_eq!(post(desk.at, &path, &fields).await.status, 200);
    }
    let ticket = desk.survey().await.ticket;
    let events = desk.store.read(move |view| view.events(ticket)).await;
    let rated = events.unwrap().iter().filter(|e| e.what == "rated").count();
    assert_eq!(rated, 1);
    let metrics = get(desk.at, "/metrics").await.body;
    let line = "maildesk_survey_ratings_total{score=\"3\"} 1";
    assert!(metrics.contains(line), "{metrics}");
}

#[tokio::test]
async fn any_characters_are_welcome() {
    let desk = Running::start().await;
    let path = desk.ask(Asked::default()).await;
    for comment in [
        ")))",
        "👍🏽 дякую, їжачку! ﷽",
        "a&b=c+d%20e",
        "'; DROP TABLE surveys; --",
        "{{ 7 * 7 }}</textarea><script>alert(1)</script>",
        "one\ntwo\n\nthree",
    ] {
        let form = comment.replace('\n', "\r\n");
        let fields = [("score", "5"), ("comment", form.as_str()), ("about", "")];
        let thanks = post(desk.at, &path, &fields).await;
        assert_eq!(thanks.status, 200, "{comment}");
        assert!(!thanks.body.contains("<script>alert"), "{thanks:?}");
        assert_eq!(desk.survey().await.comment, comment);
    }
    let long = "ж".repeat(10_000);
    let fields = [("score", "1"), ("comment", long.as_str())];
    assert_eq!(post(desk.at, &path, &fields).await.status, 200);
    assert_eq!(desk.survey().await.comment, "ж".repeat(4_000));
}

#[tokio::test]
async fn an_answer_without_a_score_is_asked_again_and_keeps_its_words() {
    let desk = Running::start().await;
    let path = desk.ask(Asked::default()).await;
    for score in ["", "0", "6", "-1", "4.5", "five", "٤"] {
        let fields = [
            ("score", score),
            ("comment", "my words"),
            ("about", "product"),
        ];
        let page = post(desk.at, &path, &fields).await;
        assert_eq!(page.status, 422, "{score:?}");
        assert!(page.body.contains("How was our help"), "{page:?}");
        assert!(page.body.contains("my words"), "{page:?}");
        assert_eq!(chosen(&page.body), ["product"]);
    }
    assert_eq!(post(desk.at, &path, &[]).await.status, 422);
    assert_eq!(desk.survey().await.score, None);

    // what the answer is about is a detail that must not cost the answer
    let fields = [("score", "4"), ("about", "weather")];
    assert_eq!(post(desk.at, &path, &fields).await.status, 200);
    let survey = desk.survey().await;
    assert_eq!((survey.score, survey.about.as_str()), (Some(4), ""));
}

#[tokio::test]
async fn only_a_form_of_bounded_size_is_read() {
    let desk = Running::start().await;
    let path = desk.ask(Asked::default()).await;
    for (kind, body, status) in [
        ("application/json", "{\"score\":5}", 415),
        ("text/plain", "score=5", 415),
        ("multipart/form-data; boundary=x", "--x--", 415),
    ] {
        let header = format!("Content-Type: {kind}\r\n");
        let page = send(desk.at, "POST", &path, &header, body).await;
        assert_eq!(page.status, status, "{kind}");
        assert!(page.body.contains("Не вийшло"), "{page:?}");
    }
    let large = "x".repeat(65 << 10);
    let page = post(desk.at, &path, &[("score", "5"), ("comment", &large)]).await;
    assert_eq!(page.status, 413);
    let chunked = "Content-Type: application/x-www-form-urlencoded\r\n";
    let page = send(desk.at, "PUT", &path, chunked, "score=5").await;
    assert_eq!(page.status, 405);
    assert_eq!(page.header("allow"), Some("GET,HEAD,POST"));
    assert_eq!(desk.survey().await.score, None);
}

#[tokio::test]
async fn a_link_that_is_not_ours_opens_nothing() {
    let desk = Running::start().await;
    let path = desk.ask(Asked::default()).await;
    let other = desk.ask(Asked::default()).await;
    let (_, mac) = other.split_once('-').unwrap();
    let (row, _) = path.split_once('-').unwrap();
    let stranger = Signer::new(b"another secret!!");
    let forged = stranger.seal(Purpose::Survey, 1, CUSTOMER);
    for bad in [
        format!("{row}-{mac}"),
        format!("/s/{forged}"),
        format!("{path}a"),
        desk.path_of(1, Purpose::Reply, CUSTOMER),
        desk.path_of(1, Purpose::Survey, "eve@example.com"),
        desk.path_of(999, Purpose::Survey, CUSTOMER),
        "/s/%FF%FE".to_owned(),
        "/s/1-".to_owned(),
        "/s/..%2F..%2Fetc".to_owned(),
        format!("/s/{}", "z".repeat(5_000)),
    ] {
        let page = get(desk.at, &bad).await;
        assert_eq!(page.status, 404, "{bad}");
        assert!(page.body.contains("більше не працює"), "{page:?}");
        let page = post(desk.at, &bad, &[("score", "1")]).await;
        assert_eq!(page.status, 404, "{bad}");
    }
    let scores: Vec<_> = desk.surveys().await.iter().map(|s| s.score).collect();
    assert_eq!(scores, [None, None]);

    // relays and people change the case
    let shouted = path.to_uppercase().replace("/S/", "/s/");
    assert_eq!(get(desk.at, &shouted).await.status, 200);
}

#[tokio::test]
async fn a_survey_that_is_over_says_so_in_its_own_language() {
    let desk = Running::start().await;
    let expired = Asked {
        language: "ru",
        expires: -1,
        ..Asked::default()
    };
    let path = desk.ask(expired).await;
    for page in [
        get(desk.at, &path).await,
        post(desk.at, &path, &[("score", "1")]).await,
    ] {
        assert_eq!(page.status, 410);
        assert!(page.body.contains("больше не работает"), "{page:?}");
    }
    let cancelled = desk.ask(Asked::default()).await;
    desk.tamper("UPDATE surveys SET cancelled = 'merged' WHERE id = 2");
    assert_eq!(get(desk.at, &cancelled).await.status, 410);
    assert_eq!(
        post(desk.at, &cancelled, &[("score", "1")]).await.status,
        410
    );
    assert!(desk.surveys().await.iter().all(|s| s.score.is_none()));
}

#[tokio::test]
async fn a_survey_set_aside_looks_as_ever_to_the_customer() {
    let desk = Running::start().await;
    let path = desk.ask(Asked::default()).await;
    let excluded = desk
        .store
        .write(|pen| pen.exclude_survey(1, "power cut", "boss@example.com"))
        .await;
    excluded.unwrap();
    assert_eq!(post(desk.at, &path, &[("score", "1")]).await.status, 200);
    assert_eq!(desk.survey().await.score, Some(1));
}

#[tokio::test]
async fn trouble_with_the_database_is_told_without_detail_and_passes() {
    let desk = Running::start().await;
    let path = desk.ask(Asked::default()).await;
    assert_eq!(get(desk.at, &path).await.status, 200);
    desk.tamper("ALTER TABLE surveys RENAME TO elsewhere");
    for page in [
        get(desk.at, &path).await,
        post(desk.at, &path, &[("score", "5")]).await,
    ] {
        assert_eq!(page.status, 503);
        assert!(page.body.contains("кілька хвилин"), "{page:?}");
        assert!(!page.body.contains("surveys"), "{page:?}");
    }
    desk.tamper("ALTER TABLE elsewhere RENAME TO surveys");
    assert_eq!(post(desk.at, &path, &[("score", "5")]).await.status, 200);
    assert_eq!(desk.survey().await.score, Some(5));
}

#[tokio::test]
async fn every_page_is_locked_down() {
    let desk = Running::start().await;
    let path = desk.ask(Asked::default()).await;
    for path in [
        path.as_str(),
        "/s/unknown",
        "/",
        "/login",
        "/healthz",
        "/readyz",
    ] {
        let page = get(desk.at, path).await;
        let policy = page.header("content-security-policy").unwrap_or_default();
        for part in [
            "default-src 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("x-robots-tag", "noindex"),
        ] {
            assert_eq!(page.header(name), Some(value), "{path}");
        }
        assert_eq!(page.header("set-cookie"), None, "{path}");
    }
}

/// The values of the chosen radio buttons.
fn chosen(html: &str) -> Vec<&str> {
    html.split("<input ")
        .filter(|input| input.split('>').next().unwrap().contains(" checked"))
        .map(|input| input.split("value=\"").nth(1).unwrap())
        .map(|value| value.split('"').next().unwrap())
        .collect()
}
