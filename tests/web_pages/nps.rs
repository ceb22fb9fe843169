//! The page that asks whether they would recommend us, as customers, link scanners and strangers use
//! it.

use jiff::SignedDuration;
use maildesk::{
    address::Address,
    clock,
    language::Language,
    nps::NpsRow,
    store::{Attempted, NewNpsQuestion, NewOutbox, OutboxKind},
    token::{Purpose, Signer},
};
use serde_json::json;

use crate::{
    browser::Browser,
    desk::{Asked, CUSTOMER, Running},
    http::{get, post, send},
};

/// Asks the customer; returns the path of the page.
async fn ask(desk: &Running, language: Language, expires: i64) -> String {
    let asked = desk.store.write(move |pen| {
        let recipient = Address::new("Olga", CUSTOMER);
        let question = pen.add_nps_question(&NewNpsQuestion {
            recipient: recipient.clone(),
            language,
            mailbox: "support".to_owned(),
            expires_at: clock::now() + SignedDuration::from_secs(expires),
        })?;
        let mail = pen.enqueue(&NewOutbox {
            kind: OutboxKind::Auto,
            ticket: None,
            message: None,
            survey: None,
            recipient,
            envelope_from: String::new(),
            subject: String::new(),
            message_id: format!("nps-{question}@example.com"),
            bytes: b"Subject: Would you?\r\n\r\n".to_vec(),
            not_before: None,
        })?;
        pen.set_nps_outbox(question, mail)?;
        pen.record_outcome(mail, &Attempted::Sent)?;
        Ok::<i64, maildesk::store::StoreError>(question)
    });
    let question = asked.await.unwrap();
    format!("/n/{}", desk.signer.seal(Purpose::Nps, question, CUSTOMER))
}

async fn rows(desk: &Running) -> Vec<NpsRow> {
    let rows = desk.store.read(|view| view.nps_rows(None, None));
    rows.await.unwrap()
}

async fn has_refused(desk: &Running) -> bool {
    let who = Address::new("", CUSTOMER);
    let customer = desk.store.read(move |view| view.nps_customer(&who));
    customer.await.unwrap().has_refused
}

#[tokio::test]
async fn looking_at_it_records_nothing() {
    let desk = Running::start().await;
    let path = ask(&desk, Language::En, 3600).await;
    for query in [
        "",
        "?score=0",
        "?score=10&score=1",
        "?score=11",
        "?score=%FF",
    ] {
        for method in ["GET", "HEAD"] {
            for page in ["", "/stop"] {
                let target = format!("{path}{page}{query}");
                let page = send(desk.at, method, &target, "", "").await;
                assert_eq!(page.status, 200, "{method} {target}");
            }
        }
    }
    let row = &rows(&desk).await[0];
    assert_eq!((row.score, row.answered_at), (None, None));
    assert!(!has_refused(&desk).await);
}

#[tokio::test]
async fn the_last_answer_counts_all_are_kept_and_any_characters_are_welcome() {
    let desk = Running::start().await;
    let path = ask(&desk, Language::En, 3600).await;
    for (score, comment) in [
        ("0", "'; DROP TABLE nps_answers; --"),
        ("0", "'; DROP TABLE nps_answers; --"),
        ("10", "👍🏽 )))\r\nдякую"),
        ("7", "<script>alert(1)</script>"),
    ] {
        let fields = [("score", score), ("comment", comment)];
        let thanks = post(desk.at, &path, &fields).await;
        assert_eq!(thanks.status, 200);
        assert!(!thanks.body.contains("<script"), "{thanks:?}");
        let row = &rows(&desk).await[0];
        assert_eq!(row.score, score.parse().ok());
        assert_eq!(row.comment, comment.replace("\r\n", "\n"));
    }
    let kept = rusqlite_count(&desk, "SELECT count(*) FROM nps_answers").await;
    assert_eq!(kept, 3, "what was sent twice is one answer");
    let long = "ж".repeat(10_000);
    let fields = [("score", "1"), ("comment", long.as_str())];
    assert_eq!(post(desk.at, &path, &fields).await.status, 200);
    assert_eq!(rows(&desk).await[0].comment, "ж".repeat(4_000));
    for score in ["", "11", "-1", "7.5", "ten", "٤"] {
        let fields = [("score", score), ("comment", "my words")];
        let page = post(desk.at, &path, &fields).await;
        assert_eq!(page.status, 422, "{score:?}");
        assert!(page.body.contains("my words"), "{page:?}");
    }
    assert_eq!(rows(&desk).await[0].score, Some(1));
    let metrics = get(desk.at, "/metrics").await.body;
    assert!(
        !metrics.contains("ratings_total{score=\"1\"} 1"),
        "{metrics}"
    );
}

async fn rusqlite_count(desk: &Running, sql: &str) -> i64 {
    let path = desk.store.path().to_owned();
    let database = rusqlite::Connection::open(path).unwrap();
    database.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_token_opens_its_own_question_and_nothing_else() {
    let desk = Running::start().await;
    let path = ask(&desk, Language::En, 3600).await;
    let survey = desk.ask(Asked::default()).await;
    let stranger = Signer::new(b"another secret!!").seal(Purpose::Nps, 1, CUSTOMER);
    let of_eve = desk.signer.seal(Purpose::Nps, 1, "eve@example.com");
    for bad in [
        path.replace("/n/", "/s/"),
        survey.replace("/s/", "/n/"),
        format!("/n/{stranger}"),
        format!("/n/{of_eve}"),
        format!("{path}a"),
        path.replacen("/n/1-", "/n/2-", 1),
        "/n/%FF%FE".to_owned(),
        format!("/n/{}", "z".repeat(5_000)),
    ] {
        for bad in [bad.clone(), format!("{bad}/stop")] {
            assert_eq!(get(desk.at, &bad).await.status, 404, "{bad}");
            let page = post(desk.at, &bad, &[("score", "1")]).await;
            assert_eq!(page.status, 404, "{bad}");
        }
    }
    assert_eq!(rows(&desk).await[0].score, None);
    assert_eq!(desk.survey().await.score, None);
    assert!(!has_refused(&desk).await);
}

#[tokio::test]
async fn an_old_link_takes_no_answer_and_still_ends_the_questions() {
    let desk = Running::start().await;
    let path = ask(&desk, Language::Ru, -1).await;
    for page in [
        get(desk.at, &path).await,
        post(desk.at, &path, &[("score", "1")]).await,
    ] {
        assert_eq!(page.status, 410);
        assert!(page.body.contains("больше не работает"), "{page:?}");
    }
    let stop = format!("{path}/stop");
    let page = get(desk.at, &stop).await;
    assert!(page.body.contains("Больше не спрашивать"), "{page:?}");
    // whatever a mail program posts (RFC 8058 section 3.1 allows multipart, too)
    let kind = "Content-Type: multipart/form-data; boundary=b\r\n";
    let body = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\n\
                One-Click\r\n--b--\r\n";
    let page = send(desk.at, "POST", &stop, kind, body).await;
    assert_eq!(page.status, 200);
    assert!(has_refused(&desk).await);
    assert_eq!(post(desk.at, &stop, &[]).await.status, 200, "again");
    assert_eq!(rows(&desk).await[0].score, None);
}

#[tokio::test]
async fn eleven_targets_fit_on_the_smallest_phone() {
    let desk = Running::start().await;
    let path = ask(&desk, Language::Uk, 3600).await;
    let browser = Browser::open(false).await;
    browser
        .go(&format!("http://{}{path}?score=9", desk.at))
        .await;
    // a frame of 320 pixels is the page on such a phone
    let fits = "document.body.style.width = '320px'; \
        const points = [...document.querySelectorAll('.point')].map(p => p.getBoundingClientRect()); \
        const rows = new Set(points.map(p => Math.round(p.top))); \
        return [points.length, rows.size, points.every(p => p.right <= 320 && p.width >= 40 && \
        p.height >= 44), document.querySelector('main').scrollWidth <= 320]";
    assert_eq!(browser.ask(fits).await, json!([11, 2, true, true]));
    browser.picture("nps-light").await;
    browser.click("button").await;
    let heading = "return document.querySelector('h1').textContent";
    browser
        .until(heading, json!("Дякуємо, вашу оцінку збережено"))
        .await;
    assert_eq!(rows(&desk).await[0].score, Some(9));
    browser.click("a[href$='/stop']").await;
    browser
        .until("return location.pathname.endsWith('/stop')", json!(true))
        .await;
    browser.click("button").await;
    browser
        .until(heading, json!("Ми більше не питатимемо вас про це"))
        .await;
    assert!(has_refused(&desk).await);
    browser.close().await;
}
