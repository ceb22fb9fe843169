//! `/healthz`, `/readyz` and `/metrics`: for supervisors, load balancers and Prometheus.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::Serialize;

use super::{Web, trouble};
use crate::{
    clock,
    config::Grant,
    observe::{MailboxState, SettingsState},
    store::{FailedMail, Health, View},
};

/// What the metrics are written in, for readers that ask for it (OpenMetrics 1.0).
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What the same text is to all others: what is new in OpenMetrics are comments here.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    version: &'static str,
    mailboxes: Vec<MailboxState>,
    settings: SettingsState,
    #[serde(flatten)]
    ledgers: Ledgers,
}

/// All null while the database does not answer.
#[derive(Default, Serialize)]
struct Ledgers {
    outbox: Option<Outbox>,
    /// The names of consents to OAuth2 that are not there or have ended.
    consents_missing: Option<Vec<String>>,
    waiting: Option<u64>,
    quarantined: Option<u64>,
}

#[derive(Serialize)]
struct Outbox {
    pending: u64,
    failed: u64,
    /// Answers that wait for their agent's word.
    held: u64,
    /// Of the oldest mail that is due; 0 when there is none.
    oldest_seconds: i64,
    /// The newest of those that failed.
    failures: Vec<FailedMail>,
}

/// Failed mails that `/readyz` names.
const NAMED: usize = 20;

/// 200 while the process can answer at all.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// 200 when every mailbox is watched and the database answers, else 503; both say why.
pub(super) async fn ready(State(web): State<Web>) -> Response {
    let desk = web.desk.load_full();
    let asked = move |view: &View<'_>| {
        let mut missing = Vec::new();
        for settings in desk.config.consents() {
            let given = view.consent(&settings.consent)?;
            let is_there = given.is_some_and(|given| given.ended.is_empty());
            if settings.grant != Grant::ClientCredentials && !is_there {
                missing.push(settings.consent.clone());
            }
        }
        Ok((view.health()?, view.failures(NAMED)?, missing))
    };
    let health = web.store.read(asked).await;
    if let Err(error) = &health {
        trouble::log("asking the database for /readyz", error);
    }
    let mailboxes = web.mailboxes.all();
    let ready = health.is_ok() && mailboxes.iter().all(|mailbox| mailbox.up);
    let status = match ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let readiness = Readiness {
        ready,
        version: env!("CARGO_PKG_VERSION"),
        mailboxes,
        settings: web.settings.state(),
        ledgers: health.map(Ledgers::from).unwrap_or_default(),
    };
    (status, Json(readiness)).into_response()
}

/// The metrics of this moment.
pub(super) async fn metrics(
    State(web): State<Web>,
    headers: HeaderMap,
) -> Result<Response, StatusCode> {
    let health = web.store.read(|view| view.health()).await;
    let health =
        health.map_err(|error| trouble::log("asking the database for /metrics", &error))?;
    let text = web.metrics.text(&health, &web.mailboxes);
    let accepted = headers.get(header::ACCEPT);
    let is_open = accepted
        .and_then(|accepted| accepted.to_str().ok())
        .is_some_and(|accepted| accepted.contains("application/openmetrics-text"));
    let kind = if is_open { OPEN_METRICS } else { PROMETHEUS };
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

impl From<(Health, Vec<FailedMail>, Vec<String>)> for Ledgers {
    fn from((health, failures, missing): (Health, Vec<FailedMail>, Vec<String>)) -> Self {
        let age = |at: Timestamp| (clock::now() - at).get_seconds().max(0);
        Self {
            outbox: Some(Outbox {
                pending: health.outbox_pending,
                failed: health.outbox_failed,
                held: health.outbox_held,
                oldest_seconds: health.outbox_oldest.map_or(0, age),
                failures,
            }),
            consents_missing: Some(missing),
            waiting: Some(health.waiting),
            quarantined: Some(health.quarantined),
        }
    }
}
