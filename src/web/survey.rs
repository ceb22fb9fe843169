//! `/s/{token}`: the survey. Looking at it records nothing, whoever or whatever opens the link;
//! sending the form does. The page sends it by itself once its script sees signs of a person; what
//! that is worth is judged by `survey::visitors`. The token is the capability: there is no session
//! to ride on, so a form sent from elsewhere by someone who has no token does nothing.

use std::{
    net::IpAddr,
    ops::RangeInclusive,
    sync::{Arc, LazyLock},
};

use axum::{
    Form,
    extract::{Query, State, rejection::FormRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use ring::digest;

use super::{
    PAGE_POLICY, Web, client,
    question::{Closed, Token, Words, claimed, comment, gone, score},
    trouble,
};
use crate::{
    clock,
    compose::{Notice, Page, SURVEY_SCRIPT, SurveyPage},
    desk::{Desk, OnPage},
    language::Language,
    store::{AnsweredBy, Rating, StoreError, Survey},
    survey::visitors::Opened,
    token::Purpose,
};

/// What the script puts into the field `by`.
const SIGNS: &str = "signs";

/// The policy of all pages, and the one script by its hash (CSP level 3, section 2.3.1), which may
/// send the form.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = digest::digest(&digest::SHA256, SURVEY_SCRIPT.as_bytes());
    let hash = BASE64_STANDARD.encode(hash);
    let policy = format!("{PAGE_POLICY}; script-src 'sha256-{hash}'; connect-src 'self'");
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(PAGE_POLICY))
});

const SCALE: RangeInclusive<u8> = 1..=5;

const ABOUT: [&str; 3] = ["agent", "product", "waiting"];

/// `GET`: the question, with the tapped answer chosen, or the last one that was given.
pub(super) async fn show(
    State(web): State<Web>,
    method: Method,
    headers: HeaderMap,
    token: Token,
    Query(query): Query<Words>,
) -> Result<Response, StatusCode> {
    let desk = web.desk.load_full();
    let (survey, token) = match open(&web, &desk, token).await {
        Ok(opened) => opened,
        Err(closed) => return gone(&desk, closed),
    };
    let tapped = score(&query, &SCALE);
    if is_visit(&method, &headers) {
        note(&web, &desk, survey.id, Opened::Page(tapped)).await;
    }
    let mut facts = facts(&desk, &survey, token);
    facts.score = tapped.or(facts.score);
    render(&desk, StatusCode::OK, survey.language, Page::Survey, &facts)
}

/// `GET` of the link that no person sees: only robots follow it.
pub(super) async fn hidden(
    State(web): State<Web>,
    method: Method,
    headers: HeaderMap,
    token: Token,
) -> Result<Response, StatusCode> {
    let desk = web.desk.load_full();
    let (survey, token) = match open(&web, &desk, token).await {
        Ok(opened) => opened,
        Err(closed) => return gone(&desk, closed),
    };
    if is_visit(&method, &headers) {
        note(&web, &desk, survey.id, Opened::Hidden).await;
    }
    let facts = SurveyPage {
        notice: Some(Notice::Robots),
        ..facts(&desk, &survey, token)
    };
    render(
        &desk,
        StatusCode::OK,
        survey.language,
        Page::Refused,
        &facts,
    )
}

/// `POST`: records the answer. It can be given again until the survey expires; the last counts.
pub(super) async fn answer(
    State(web): State<Web>,
    from: client::From,
    headers: HeaderMap,
    token: Token,
    form: Result<Form<Words>, FormRejection>,
) -> Result<Response, StatusCode> {
    let Form(form) = form.map_err(|rejection| rejection.status())?;
    let desk = web.desk.load_full();
    let (survey, token) = match open(&web, &desk, token).await {
        Ok(opened) => opened,
        Err(closed) => return gone(&desk, closed),
    };
    let language = survey.language;
    let facts = SurveyPage {
        score: score(&form, &SCALE),
        comment: comment(&form),
        about: about(&form),
        ..facts(&desk, &survey, token)
    };
    let say = |status, page, notice| {
        let facts = SurveyPage {
            notice: Some(notice),
            ..facts.clone()
        };
        render(&desk, status, language, page, &facts)
    };
    let client = client::address(from, &headers, &desk.config.web.trusted_proxies);
    if let Some(notice) = one_of_ours(&desk, &survey, client) {
        return say(StatusCode::FORBIDDEN, Page::Refused, notice);
    }
    let Some(score) = facts.score else {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return render(&desk, status, language, Page::Survey, &facts);
    };
    let by = form.get("by").map(String::as_str).unwrap_or_default();
    let via = match by {
        "" => AnsweredBy::Page,
        SIGNS => AnsweredBy::Signs,
        // the page's script marks what other scripts send
        _ => return say(StatusCode::CONFLICT, Page::Survey, Notice::Press),
    };
    let rating = Rating {
        score,
        about: facts.about.clone(),
        comment: facts.comment.clone(),
        via,
    };
    match record(&web, &desk, &survey, rating).await? {
        OnPage::Doubted(_) => say(StatusCode::CONFLICT, Page::Survey, Notice::Press),
        OnPage::Burst => say(StatusCode::TOO_MANY_REQUESTS, Page::Survey, Notice::Again),
        // the page that asked shows it already
        OnPage::New | OnPage::Known if via == AnsweredBy::Signs => {
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        OnPage::New | OnPage::Known => {
            render(&desk, StatusCode::OK, language, Page::Thanks, &facts)
        }
    }
}

/// Why an answer is the desk's own people's, who cannot rate themselves.
fn one_of_ours(desk: &Desk, survey: &Survey, client: Option<IpAddr>) -> Option<Notice> {
    let who = &survey.recipient;
    if desk.agent_of(who).is_some() || desk.is_own(who) {
        return Some(Notice::Own);
    }
    let networks = &desk.config.survey.desk_networks;
    let is_inside = networks
        .iter()
        .any(|n| client.is_some_and(|ip| n.contains(ip)));
    is_inside.then_some(Notice::Inside)
}

/// Whether somebody or something looks at the page: HEAD does not, nor does a browser or a mail
/// program that fetches ahead of need (Sec-Purpose of the Fetch standard; the others are older
/// names of it).
fn is_visit(method: &Method, headers: &HeaderMap) -> bool {
    let is_ahead = |name: &str| {
        let values = headers.get_all(name).iter();
        let mut words = values.filter_map(|value| value.to_str().ok());
        words.any(|word| {
            let word = word.to_ascii_lowercase();
            ["prefetch", "preview", "prerender"]
                .iter()
                .any(|ahead| word.contains(ahead))
        })
    };
    let names = ["sec-purpose", "purpose", "x-moz", "x-purpose"];
    method == Method::GET && !names.into_iter().any(is_ahead)
}

/// Notes a visit. Its trouble is no reason to withhold the page.
async fn note(web: &Web, desk: &Arc<Desk>, id: i64, opened: Opened) {
    let desk = Arc::clone(desk);
    let is_new = web.store.read(move |view| {
        let added = view.visits(id)?.added_by(opened, clock::now());
        Ok(!added.is_empty())
    });
    let noted = match is_new.await {
        Ok(false) => return,
        Ok(true) => {
            web.store
                .write(move |pen| desk.note_visit(pen, id, opened))
                .await
        }
        Err(error) => Err(error),
    };
    if let Err(error) = noted {
        tracing::warn!(%error, "noting a visit of a survey's page failed");
    }
}

async fn record(
    web: &Web,
    desk: &Arc<Desk>,
    survey: &Survey,
    rating: Rating,
) -> Result<OnPage, StatusCode> {
    let (id, score) = (survey.id, rating.score);
    let desk = Arc::clone(desk);
    let recorded = web
        .store
        .write(move |pen| desk.rate_on_page(pen, id, &rating));
    match recorded.await {
        Ok(OnPage::New) => {
            web.metrics.rated(score);
            Ok(OnPage::New)
        }
        Ok(other) => Ok(other),
        Err(error) => Err(trouble::log("recording a survey's answer", &error)),
    }
}

async fn open(web: &Web, desk: &Desk, token: Token) -> Result<(Survey, String), Closed> {
    let (id, token) = claimed(token)?;
    let survey = match web.store.read(move |view| view.survey(id)).await {
        Ok(survey) => survey,
        Err(StoreError::NotFound(_)) => return Err(Closed::Unknown),
        Err(error) => return Err(Closed::Trouble(trouble::log("reading a survey", &error))),
    };
    let party = &survey.recipient.address;
    if !desk.signer.verify(Purpose::Survey, &token, party) {
        return Err(Closed::Unknown);
    }
    if survey.expires_at <= clock::now() || !survey.cancelled.is_empty() {
        return Err(Closed::Over(survey.language));
    }
    Ok((survey, token))
}

fn facts(desk: &Desk, survey: &Survey, token: String) -> SurveyPage {
    let agent = desk.agent_named(&survey.agent);
    let last = survey.row.as_ref();
    SurveyPage {
        desk_name: desk.config.desk.name.clone(),
        ticket: survey.ticket,
        agent: agent.map(|agent| agent.name.clone()).unwrap_or_default(),
        score: last.and_then(|last| last.score),
        comment: last.map(|last| last.comment.clone()).unwrap_or_default(),
        about: last.map(|last| last.about.clone()).unwrap_or_default(),
        token,
        notice: None,
    }
}

fn render(
    desk: &Desk,
    status: StatusCode,
    language: Language,
    page: Page,
    facts: &SurveyPage,
) -> Result<Response, StatusCode> {
    let html = desk.composer.templates().page(language, page, facts);
    let html = html.map_err(|error| trouble::log("rendering a survey page", &error))?;
    let policy = (header::CONTENT_SECURITY_POLICY, POLICY.clone());
    Ok((status, [policy], Html(html)).into_response())
}

/// What is not one of the choices says nothing: the score must not be lost for it.
fn about(form: &Words) -> String {
    let about = form
        .get("about")
        .filter(|word| ABOUT.contains(&word.as_str()));
    about.cloned().unwrap_or_default()
}
