//! `/reports/mine`: what an agent sees of their own results, by a signed link that is good for
//! this agent alone.

use std::collections::HashMap;

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use jiff::{Timestamp, ToSpan as _};

use super::{
    Web, plot,
    reports::{self, Shown},
    trouble,
};
use crate::{
    clock,
    compose::OwnReportPage,
    config::AgentsSee,
    survey::{
        own::{own, span},
        report::{By, start_of},
    },
    token::{Purpose, Signer},
};

/// Where the page is.
pub(super) const MINE: &str = "/reports/mine";

/// The path and query of a link to the results of the agent of this address, until then, to the
/// second.
pub fn own_report_path(signer: &Signer, agent: &str, until: Timestamp) -> String {
    let token = signer.seal(Purpose::Report, until.as_second(), &party(agent));
    let query = [("agent", agent), ("token", &token)];
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(query)
        .finish();
    format!("{MINE}?{query}")
}

/// `GET`: the figures, or that there are not enough answers yet.
pub(super) async fn mine(
    State(web): State<Web>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, StatusCode> {
    let desk = web.desk.load_full();
    let word = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let (named, token) = (word("agent"), word("token"));
    let is_open = reports::opens(&desk.signer, token, &party(named), clock::now());
    let survey = &desk.config.survey;
    let agent = desk
        .agent_named(named)
        .filter(|_| is_open && survey.agents_see != AgentsSee::Nothing)
        .ok_or(StatusCode::NOT_FOUND)?;
    let zone = desk.timezone();
    let now = clock::now().to_zoned(zone.clone());
    let (from, to) = span(now.date());
    let (start, end) = (
        start_of(from, zone),
        start_of(to.saturating_add(1.day()), zone),
    );
    let rows = web.store.read(move |view| view.surveys(start, end)).await;
    let rows = rows.map_err(|error| trouble::log("reading surveys for an agent", &error))?;
    let shown = Shown::of(&desk);
    let seen = own(&rows, &agent.address.address, survey.agents_see_after);
    let mut page = OwnReportPage {
        desk_name: desk.config.desk.name.clone(),
        agent: agent.name.clone(),
        from: from.to_string(),
        to: to.to_string(),
        least: survey.agents_see_after,
        ..OwnReportPage::default()
    };
    if let Some(seen) = seen {
        page.scores_plot = plot::bars(&shown.scores(&seen.figures));
        page.total = Some(shown.line(seen.figures, By::Agent));
        if survey.agents_see == AgentsSee::Words {
            page.words = seen.words;
        }
    }
    let html = desk
        .composer
        .templates()
        .own_report(desk.config.desk.language, &page);
    let html = html.map_err(|error| trouble::log("rendering an agent's results", &error))?;
    Ok((StatusCode::OK, Html(html)).into_response())
}

fn party(agent: &str) -> String {
    format!("{MINE} {agent}")
}
