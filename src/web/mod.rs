//! SHOW: what is seen over HTTP, for customers (the survey), managers (the report) and
//! machines (health, metrics).
//! One page, one file.
//!
//! It sets no cookies and logs no path or query: they hold the token that is the key to a page. No
//! page runs a script but the survey's, and that one alone.

mod client;
mod health;
mod listener;
mod nps;
mod own_report;
mod plot;
mod question;
mod reports;
mod survey;
mod trouble;

#[cfg(test)]
mod tests;

pub use own_report::own_report_path;
pub use reports::report_path;

use std::{any::Any, io, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use axum::{
    Router,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::map_response_with_state,
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::{net::TcpListener, time::timeout};
use tokio_util::sync::CancellationToken;
use tower_http::{
    catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer, set_header::SetResponseHeaderLayer,
    timeout::TimeoutLayer,
};

use crate::{
    desk::Desk,
    observe::{Mailboxes, Metrics, Settings},
    store::Store,
};

/// The largest request body, in bytes. A comment of 4,000 letters has at most 36,000 once it is
/// percent-encoded.
const MAX_BODY: usize = 64 << 10;

/// How long a request may take, its body included.
const REQUEST: Duration = Duration::from_secs(10);

/// Connections at once.
const CONNECTIONS: usize = 256;

/// How long a client may keep a connection without a word.
const SILENCE: Duration = Duration::from_secs(20);

/// How long the requests in hand may take to end once the desk stops.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// Styles stand in the pages, which load nothing from anywhere.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; \
    frame-ancestors 'none'; base-uri 'none'";

/// The headers of every answer.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("x-robots-tag"), "noindex"),
];

/// What the pages are made from. Cheap to clone.
#[derive(Clone)]
pub struct Web {
    /// The desk as it was last read.
    pub desk: Arc<ArcSwap<Desk>>,
    /// What the desk remembers.
    pub store: Store,
    /// What `/metrics` shows.
    pub metrics: Metrics,
    /// What `/readyz` shows.
    pub mailboxes: Mailboxes,
    /// What `/readyz` shows of the last reading of rules, templates and config.
    pub settings: Settings,
}

/// All pages, with the limits and headers that hold for each.
pub fn router(web: Web) -> Router {
    let pages = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/s/{token}", get(survey::show).post(survey::answer))
        .route("/n/{token}", get(nps::show).post(nps::answer))
        .route("/n/{token}/stop", get(nps::ask_stop).post(nps::stop))
        .route("/s/{token}/more", get(survey::hidden))
        .route(reports::SATISFACTION, get(reports::satisfaction))
        .route(own_report::MINE, get(own_report::mine));
    guarded(pages, web, REQUEST)
}

/// The limits and headers of all pages, and pages for what went wrong.
fn guarded(pages: Router<Web>, web: Web, request: Duration) -> Router {
    let pages = pages
        .fallback(|| async { StatusCode::NOT_FOUND })
        .method_not_allowed_fallback(|| async { StatusCode::METHOD_NOT_ALLOWED })
        .layer(RequestBodyLimitLayer::new(MAX_BODY))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            request,
        ))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(map_response_with_state(web.clone(), trouble::dress))
        .with_state(web);
    HEADERS.into_iter().fold(pages, |pages, (name, value)| {
        let value = HeaderValue::from_static(value);
        // the survey's page has a policy of its own
        pages.layer(match name == header::CONTENT_SECURITY_POLICY {
            true => SetResponseHeaderLayer::if_not_present(name, value),
            false => SetResponseHeaderLayer::overriding(name, value),
        })
    })
}

/// Serves the pages until `stop`; then the requests in hand have a few seconds to end.
///
/// # Errors
/// When the listener fails for good.
pub async fn serve(listener: TcpListener, web: Web, stop: CancellationToken) -> io::Result<()> {
    let listener = listener::Bounded::new(listener, CONNECTIONS, SILENCE);
    let pages = router(web).into_make_service_with_connect_info::<client::Peer>();
    let serving = axum::serve(listener, pages)
        .with_graceful_shutdown(stop.clone().cancelled_owned())
        .into_future();
    tokio::pin!(serving);
    tokio::select! {
        served = &mut serving => served,
        () = stop.cancelled() => timeout(LAST_REQUESTS, serving).await.unwrap_or(Ok(())),
    }
}

fn after_panic(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("making a page panicked: please report this with the lines before");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
