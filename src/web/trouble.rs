//! The pages of what went wrong: they say no more than a customer needs, and no template can
//! break them.

use std::fmt::Display;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};

use super::Web;
use crate::language::Language;

/// Logs what a page could not do, for want of which the caller answers 503.
pub(super) fn log(what: &str, error: &dyn Display) -> StatusCode {
    tracing::error!(%error, "{what} failed: the page says to try again later");
    StatusCode::SERVICE_UNAVAILABLE
}

/// Gives an error that has no page of its own one in the desk's language.
pub(super) async fn dress(State(web): State<Web>, response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_bare = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !is_bare || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let language = web.desk.load().config.desk.language;
    let mut dressed = (status, Html(page(language, status))).into_response();
    if let Some(allowed) = response.headers().get(header::ALLOW) {
        dressed.headers_mut().insert(header::ALLOW, allowed.clone());
    }
    dressed
}

fn page(language: Language, status: StatusCode) -> String {
    let (title, more) = words(language, status);
    let language = language.code();
    format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
         <style>body {{ max-width: 30rem; margin: 0 auto; padding: 1.5rem 1rem; \
         font: 1.0625rem/1.5 system-ui, sans-serif }} \
         h1 {{ font-size: 1.4rem; line-height: 1.3; margin: 0 0 .5rem }}</style>\n</head>\n\
         <body>\n<main>\n<h1>{title}</h1>\n<p>{more}</p>\n</main>\n</body>\n</html>\n"
    )
}

fn words(language: Language, status: StatusCode) -> (&'static str, &'static str) {
    match (status, language) {
        (StatusCode::NOT_FOUND, Language::En) => (
            "There is no such page",
            "Please open the link from our mail once more.",
        ),
        (StatusCode::NOT_FOUND, Language::Ru) => (
            "Такой страницы нет",
            "Пожалуйста, откройте ссылку из нашего письма ещё раз.",
        ),
        (StatusCode::NOT_FOUND, Language::Uk) => (
            "Такої сторінки немає",
            "Будь ласка, відкрийте посилання з нашого листа ще раз.",
        ),
        (StatusCode::PAYLOAD_TOO_LARGE, Language::En) => (
            "The text is too long",
            "Nothing was saved. Please go back and make it shorter.",
        ),
        (StatusCode::PAYLOAD_TOO_LARGE, Language::Ru) => (
            "Текст слишком длинный",
            "Ничего не сохранено. Пожалуйста, вернитесь и сократите его.",
        ),
        (StatusCode::PAYLOAD_TOO_LARGE, Language::Uk) => (
            "Текст задовгий",
            "Нічого не збережено. Будь ласка, поверніться та скоротіть його.",
        ),
        (status, Language::En) if status.is_client_error() => (
            "That did not work",
            "Nothing was saved. Please go back and try once more.",
        ),
        (status, Language::Ru) if status.is_client_error() => (
            "Не получилось",
            "Ничего не сохранено. Пожалуйста, вернитесь и попробуйте ещё раз.",
        ),
        (status, Language::Uk) if status.is_client_error() => (
            "Не вийшло",
            "Нічого не збережено. Будь ласка, поверніться та спробуйте ще раз.",
        ),
        (_, Language::En) => (
            "Something went wrong on our side",
            "Please try again in a few minutes.",
        ),
        (_, Language::Ru) => (
            "У нас что-то сломалось",
            "Пожалуйста, попробуйте ещё раз через несколько минут.",
        ),
        (_, Language::Uk) => (
            "У нас щось зламалося",
            "Будь ласка, спробуйте ще раз за кілька хвилин.",
        ),
    }
}
