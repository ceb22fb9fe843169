//! `/n/{token}`: whether they would recommend us, and `/n/{token}/stop`: that they do not want to be
//! asked. Looking at either records nothing; sending the form does. The token is the capability.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Query, State, rejection::FormRejection},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};

use super::{
    Web,
    question::{Closed, Token, Words, claimed, comment, gone, score},
    trouble,
};
use crate::{
    clock,
    compose::{NpsFacts, NpsPage},
    desk::Desk,
    nps::SCALE,
    store::{NpsQuestion, NpsVia, Refused, StoreError},
    token::Purpose,
};

/// `GET`: the question, with the tapped answer chosen, or the last one that was given.
pub(super) async fn show(
    State(web): State<Web>,
    token: Token,
    Query(query): Query<Words>,
) -> Result<Response, StatusCode> {
    let desk = web.desk.load_full();
    let (question, mut facts) = match open_now(&web, &desk, token).await {
        Ok(found) => found,
        Err(closed) => return gone(&desk, closed),
    };
    facts.score = score(&query, &SCALE).or(facts.score);
    render(&desk, StatusCode::OK, &question, NpsPage::Question, &facts)
}

/// `POST`: records the answer. It can be given again until the question expires; the last counts.
pub(super) async fn answer(
    State(web): State<Web>,
    token: Token,
    form: Result<Form<Words>, FormRejection>,
) -> Result<Response, StatusCode> {
    let Form(form) = form.map_err(|rejection| rejection.status())?;
    let desk = web.desk.load_full();
    let (question, mut facts) = match open_now(&web, &desk, token).await {
        Ok(found) => found,
        Err(closed) => return gone(&desk, closed),
    };
    facts.score = score(&form, &SCALE);
    facts.comment = comment(&form);
    let Some(score) = facts.score else {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return render(&desk, status, &question, NpsPage::Question, &facts);
    };
    let (id, words, asking) = (question.id, facts.comment.clone(), Arc::clone(&desk));
    web.store
        .write(move |pen| asking.answer_nps(pen, id, score, &words, NpsVia::Page))
        .await
        .map_err(|error| trouble::log("recording an answer for NPS", &error))?;
    render(&desk, StatusCode::OK, &question, NpsPage::Thanks, &facts)
}

/// `GET`: whether they really do not want to be asked. A link scanner that opens it ends nothing.
pub(super) async fn ask_stop(State(web): State<Web>, token: Token) -> Result<Response, StatusCode> {
    let desk = web.desk.load_full();
    match open(&web, &desk, token).await {
        Ok((question, facts)) => render(&desk, StatusCode::OK, &question, NpsPage::Stop, &facts),
        Err(closed) => gone(&desk, closed),
    }
}

/// `POST`: they are not asked any more. The button of a mail program says `List-Unsubscribe=One-Click`
/// (RFC 8058 section 3.1); whatever else is posted means the same. It works after the question has
/// expired, too.
pub(super) async fn stop(
    State(web): State<Web>,
    token: Token,
    form: Result<Form<Words>, FormRejection>,
) -> Result<Response, StatusCode> {
    let desk = web.desk.load_full();
    let (question, facts) = match open(&web, &desk, token).await {
        Ok(found) => found,
        Err(closed) => return gone(&desk, closed),
    };
    // the page posts an empty form; a mail program may post another kind of form
    let is_one_click = form.map_or(true, |Form(form)| form.contains_key("List-Unsubscribe"));
    let how = match is_one_click {
        true => Refused::OneClick,
        false => Refused::Page,
    };
    let who = question.recipient.clone();
    web.store
        .write(move |pen| pen.refuse_nps(&who, how))
        .await
        .map_err(|error: StoreError| trouble::log("noting who is not to be asked", &error))?;
    render(&desk, StatusCode::OK, &question, NpsPage::Stopped, &facts)
}

/// The question of a token, while it can be answered.
async fn open_now(web: &Web, desk: &Desk, token: Token) -> Result<(NpsQuestion, NpsFacts), Closed> {
    let (question, facts) = open(web, desk, token).await?;
    match question.expires_at <= clock::now() {
        true => Err(Closed::Over(question.language)),
        false => Ok((question, facts)),
    }
}

async fn open(web: &Web, desk: &Desk, token: Token) -> Result<(NpsQuestion, NpsFacts), Closed> {
    let (id, token) = claimed(token)?;
    let question = match web.store.read(move |view| view.nps_question(id)).await {
        Ok(question) => question,
        Err(StoreError::NotFound(_)) => return Err(Closed::Unknown),
        Err(error) => {
            let status = trouble::log("reading a question for NPS", &error);
            return Err(Closed::Trouble(status));
        }
    };
    let party = &question.recipient.address;
    if !desk.signer.verify(Purpose::Nps, &token, party) {
        return Err(Closed::Unknown);
    }
    let facts = NpsFacts {
        desk_name: desk.config.desk.name.clone(),
        score: question.score,
        comment: question.comment.clone(),
        token,
    };
    Ok((question, facts))
}

fn render(
    desk: &Desk,
    status: StatusCode,
    question: &NpsQuestion,
    page: NpsPage,
    facts: &NpsFacts,
) -> Result<Response, StatusCode> {
    let templates = desk.composer.templates();
    let html = templates.nps_page(question.language, page, facts);
    let html = html.map_err(|error| trouble::log("rendering a page of NPS", &error))?;
    Ok((status, Html(html)).into_response())
}
