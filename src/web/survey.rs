//! `/s/{token}`: the survey. Looking at it records nothing, whoever or whatever opens the link;
//! sending the form does. The token is the capability: there is no session to ride on, so a form
//! sent from elsewhere by someone who has no token does nothing.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Form,
    extract::{
        Path, Query, State,
        rejection::{FormRejection, PathRejection},
    },
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};

use super::{Web, trouble};
use crate::{
    clock,
    compose::{Page, SurveyPage},
    desk::Desk,
    language::Language,
    store::{AnsweredBy, Rating, StoreError, Survey},
    token::{Purpose, Signer},
};

/// The longest comment that is kept, in characters. The page's field allows no more.
const MAX_COMMENT: usize = 4_000;

const ABOUT: [&str; 3] = ["agent", "product", "waiting"];

type Words = HashMap<String, String>;

/// Why a link opens nothing.
enum Closed {
    /// Expired, or taken back.
    Over(Language),
    /// Not one of ours.
    Unknown,
    /// Our own trouble, already logged.
    Trouble(StatusCode),
}

/// `GET`: the question, with the tapped answer chosen, or the last one that was given.
pub(super) async fn show(
    State(web): State<Web>,
    token: Result<Path<String>, PathRejection>,
    Query(query): Query<Words>,
) -> Result<Response, StatusCode> {
    let desk = web.desk.load_full();
    let survey = match open(&web, &desk, token).await {
        Ok(survey) => survey,
        Err(closed) => return gone(&desk, closed),
    };
    let mut facts = facts(&desk, &survey);
    facts.score = score(&query).or(facts.score);
    render(&desk, StatusCode::OK, survey.language, Page::Survey, &facts)
}

/// `POST`: records the answer. It can be given again until the survey expires; the last counts.
pub(super) async fn answer(
    State(web): State<Web>,
    token: Result<Path<String>, PathRejection>,
    form: Result<Form<Words>, FormRejection>,
) -> Result<Response, StatusCode> {
    let Form(form) = form.map_err(|rejection| rejection.status())?;
    let desk = web.desk.load_full();
    let survey = match open(&web, &desk, token).await {
        Ok(survey) => survey,
        Err(closed) => return gone(&desk, closed),
    };
    let facts = SurveyPage {
        score: score(&form),
        comment: comment(&form),
        about: about(&form),
        ..facts(&desk, &survey)
    };
    let Some(score) = facts.score else {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return render(&desk, status, survey.language, Page::Survey, &facts);
    };
    let rating = Rating {
        score,
        about: facts.about.clone(),
        comment: facts.comment.clone(),
        via: AnsweredBy::Page,
    };
    record(&web, &desk, &survey, rating).await?;
    render(&desk, StatusCode::OK, survey.language, Page::Thanks, &facts)
}

/// A page sent twice, by a double tap or a reload, is one answer.
async fn record(
    web: &Web,
    desk: &Arc<Desk>,
    survey: &Survey,
    rating: Rating,
) -> Result<(), StatusCode> {
    let (id, score) = (survey.id, rating.score);
    let desk = Arc::clone(desk);
    let recorded = web.store.write(move |pen| desk.rate(pen, id, &rating));
    match recorded.await {
        Ok(true) => web.metrics.rated(score),
        Ok(false) => {}
        Err(error) => return Err(trouble::log("recording a survey's answer", &error)),
    }
    Ok(())
}

async fn open(
    web: &Web,
    desk: &Desk,
    token: Result<Path<String>, PathRejection>,
) -> Result<Survey, Closed> {
    // a path that is no UTF-8 is no token either
    let token = token.map(|Path(token)| token).unwrap_or_default();
    let id = Signer::claimed_id(&token).ok_or(Closed::Unknown)?;
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
    Ok(survey)
}

fn gone(desk: &Desk, closed: Closed) -> Result<Response, StatusCode> {
    let (status, language) = match closed {
        Closed::Over(language) => (StatusCode::GONE, language),
        Closed::Unknown => (StatusCode::NOT_FOUND, desk.config.desk.language),
        Closed::Trouble(status) => return Err(status),
    };
    let facts = SurveyPage {
        desk_name: desk.config.desk.name.clone(),
        ..SurveyPage::default()
    };
    render(desk, status, language, Page::Gone, &facts)
}

fn facts(desk: &Desk, survey: &Survey) -> SurveyPage {
    let agent = desk.agent_named(&survey.agent);
    let last = survey.row.as_ref();
    SurveyPage {
        desk_name: desk.config.desk.name.clone(),
        ticket: survey.ticket,
        agent: agent.map(|agent| agent.name.clone()).unwrap_or_default(),
        score: last.and_then(|last| last.score),
        comment: last.map(|last| last.comment.clone()).unwrap_or_default(),
        about: last.map(|last| last.about.clone()).unwrap_or_default(),
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
    Ok((status, Html(html)).into_response())
}

fn score(words: &Words) -> Option<u8> {
    let score = words.get("score")?.trim().parse().ok()?;
    (1..=5).contains(&score).then_some(score)
}

fn comment(form: &Words) -> String {
    let comment = form.get("comment").map(String::as_str).unwrap_or_default();
    // forms send CRLF (HTML, section 4.10.21.4), and their length limit counts it as one
    let comment = comment.replace("\r\n", "\n");
    comment.trim().chars().take(MAX_COMMENT).collect()
}

/// What is not one of the choices says nothing: the score must not be lost for it.
fn about(form: &Words) -> String {
    let about = form
        .get("about")
        .filter(|word| ABOUT.contains(&word.as_str()));
    about.cloned().unwrap_or_default()
}
