//! What supervisors, load balancers and Prometheus see, and how the pages stop.

use std::time::Duration;

use crate::{
    desk::{Asked, Running},
    http::{get, post, send},
};

#[tokio::test]
async fn ready_is_when_every_mailbox_is_watched() {
    let desk = Running::start().await;
    assert_eq!(get(desk.at, "/healthz").await.status, 200);
    desk.mailboxes.succeeded("support");
    desk.mailboxes.failed("sales", "logging in: wrong password");
    let answer = get(desk.at, "/readyz").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let json = answer.json();
    assert_eq!(json["ready"], false);
    assert_eq!(json["mailboxes"][0]["name"], "support");
    assert_eq!(json["mailboxes"][0]["up"], true);
    assert_eq!(json["mailboxes"][1]["up"], false);
    assert_eq!(
        json["mailboxes"][1]["last_error"],
        "logging in: wrong password"
    );
    assert!(json["mailboxes"][1]["since"].is_string(), "{json}");

    desk.mailboxes.succeeded("sales");
    let answer = get(desk.at, "/readyz").await;
    assert_eq!(answer.status, 200);
    let json = answer.json();
    assert_eq!(json["ready"], true);
    assert_eq!(json["mailboxes"][1]["last_error"], "");
    assert_eq!(json["outbox"]["pending"], 0);
    assert_eq!(json["outbox"]["failed"], 0);
    assert_eq!(json["outbox"]["oldest_seconds"], 0);
    assert_eq!(json["quarantined"], 0);
}

#[tokio::test]
async fn ready_tells_what_waits_to_leave_and_for_how_long() {
    let desk = Running::start().await;
    desk.ask(Asked::default()).await;
    desk.tamper(
        "UPDATE outbox SET state = 'pending', sent_at = NULL, created_at = created_at - 90000",
    );
    let outbox = get(desk.at, "/readyz").await.json()["outbox"].clone();
    assert_eq!(outbox["pending"], 1);
    assert!(outbox["oldest_seconds"].as_i64().unwrap() >= 90, "{outbox}");
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_not_ready_but_alive() {
    let desk = Running::start().await;
    desk.mailboxes.succeeded("support");
    desk.mailboxes.succeeded("sales");
    desk.tamper("ALTER TABLE outbox RENAME TO elsewhere");
    let answer = get(desk.at, "/readyz").await;
    assert_eq!(answer.status, 503);
    let json = answer.json();
    assert_eq!(json["ready"], false);
    assert_eq!(json["mailboxes"][0]["up"], true);
    assert!(json["outbox"].is_null(), "{json}");
    assert!(!answer.body.contains("no such table"), "{answer:?}");
    assert_eq!(get(desk.at, "/metrics").await.status, 503);
    assert_eq!(get(desk.at, "/healthz").await.status, 200);
}

#[tokio::test]
async fn metrics_are_prometheus_text() {
    let desk = Running::start().await;
    let path = desk.ask(Asked::default()).await;
    desk.mailboxes.succeeded("support");
    assert_eq!(post(desk.at, &path, &[("score", "4")]).await.status, 200);
    let plain = get(desk.at, "/metrics").await;
    assert_eq!(plain.status, 200);
    assert_eq!(
        plain.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    for line in [
        "maildesk_mailbox_up{mailbox=\"support\"} 1",
        "maildesk_mailbox_up{mailbox=\"sales\"} 0",
        "maildesk_survey_ratings_total{score=\"4\"} 1",
        "maildesk_outbox_pending 0",
        "maildesk_outbox_failed 0",
        "maildesk_outbox_held 0",
    ] {
        assert!(plain.body.contains(line), "{line} is not in {}", plain.body);
    }
    let accept = "Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n";
    let open = send(desk.at, "GET", "/metrics", accept, "").await;
    let kind = open.header("content-type").unwrap();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    assert!(open.body.ends_with("# EOF\n"), "{open:?}");
}

#[tokio::test]
async fn what_comes_later_is_not_there_yet() {
    let desk = Running::start().await;
    for path in [
        "/",
        "/login",
        "/tickets/1",
        "/s",
        "/s/",
        "/api/v1/tickets",
        "/%FF",
    ] {
        let page = get(desk.at, path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.body.contains("<html lang=\"uk\">"), "{page:?}");
    }
}

#[tokio::test]
async fn stops_while_a_client_holds_its_connection() {
    let desk = Running::start().await;
    let _idle = tokio::net::TcpStream::connect(desk.at).await.unwrap();
    assert_eq!(get(desk.at, "/healthz").await.status, 200);
    desk.stopped_within(Duration::from_secs(30)).await;
}
