//! What the pages of a question share, of a survey (`/s/{token}`) and of NPS (`/n/{token}`): the
//! token that opens them, what a form of theirs holds, and the page of a link that opens nothing.

use std::{collections::HashMap, ops::RangeInclusive};

use axum::{
    extract::{Path, rejection::PathRejection},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};

use super::trouble;
use crate::{
    compose::{Page, SurveyPage},
    desk::Desk,
    language::Language,
    token::Signer,
};

/// The longest comment that is kept, in characters. The pages' field allows no more.
const MAX_COMMENT: usize = 4_000;

/// A query or a form.
pub(super) type Words = HashMap<String, String>;

/// A token as it stands in a path.
pub(super) type Token = Result<Path<String>, PathRejection>;

/// Why a link opens nothing.
pub(super) enum Closed {
    /// Expired, or taken back.
    Over(Language),
    /// Not one of ours.
    Unknown,
    /// Our own trouble, already logged.
    Trouble(StatusCode),
}

/// The token, and the row that it claims to be for: it is yet to be verified.
pub(super) fn claimed(token: Token) -> Result<(i64, String), Closed> {
    // a path that is no UTF-8 is no token either
    let token = token.map(|Path(token)| token).unwrap_or_default();
    let id = Signer::claimed_id(&token).ok_or(Closed::Unknown)?;
    Ok((id, token))
}

/// The page of a link that opens nothing.
pub(super) fn gone(desk: &Desk, closed: Closed) -> Result<Response, StatusCode> {
    let (status, language) = match closed {
        Closed::Over(language) => (StatusCode::GONE, language),
        Closed::Unknown => (StatusCode::NOT_FOUND, desk.config.desk.language),
        Closed::Trouble(status) => return Err(status),
    };
    let facts = SurveyPage {
        desk_name: desk.config.desk.name.clone(),
        ..SurveyPage::default()
    };
    let html = desk.composer.templates().page(language, Page::Gone, &facts);
    let html = html.map_err(|error| trouble::log("rendering the page of a closed link", &error))?;
    Ok((status, Html(html)).into_response())
}

/// The answer, if it is on the scale.
pub(super) fn score(words: &Words, scale: &RangeInclusive<u8>) -> Option<u8> {
    let score = words.get("score")?.trim().parse().ok()?;
    scale.contains(&score).then_some(score)
}

/// The comment as it is kept.
pub(super) fn comment(form: &Words) -> String {
    let comment = form.get("comment").map(String::as_str).unwrap_or_default();
    // forms send CRLF (HTML, section 4.10.21.4), and their length limit counts it as one
    let comment = comment.replace("\r\n", "\n");
    comment.trim().chars().take(MAX_COMMENT).collect()
}
