//! What comes over a survey's page: visits, and answers, of which robots' do not count.

use jiff::Timestamp;

use super::Desk;
use crate::{
    clock,
    store::{AnsweredBy, Pen, Rating, StoreError, Withdrawn},
    survey::visitors::{BEFORE, BURST, Doubt, Opened, Trace, is_burst},
};

/// What became of an answer on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnPage {
    /// Recorded.
    New,
    /// The same as the last answer, such as a page sent twice.
    Known,
    /// The page sent it by itself, and it may be a robot's: only the button is believed.
    Doubted(Doubt),
    /// One of several different answers within seconds: kept, and counted nowhere.
    Burst,
}

impl Desk {
    /// Notes a visit. A robot that shows itself by it takes along what the page sent by itself
    /// shortly before; an earlier answer then counts again.
    ///
    /// # Errors
    /// When there is no such survey; the database's trouble.
    pub fn note_visit(&self, pen: &Pen<'_>, survey: i64, opened: Opened) -> Result<(), StoreError> {
        let now = clock::now();
        let visits = pen.visits(survey)?;
        if visits.is_empty() {
            pen.forget_visits(now)?;
        }
        for trace in visits.added_by(opened, now) {
            pen.note_visit(survey, trace, now)?;
            let doubt = match trace {
                Trace::Hidden => Doubt::Hidden,
                Trace::ManyLinks => Doubt::ManyLinks,
                Trace::Page | Trace::Link(_) => continue,
            };
            withdraw(
                pen,
                survey,
                Withdrawn::Automatic,
                now - BEFORE,
                doubt.words(),
            )?;
        }
        Ok(())
    }

    /// Records an answer that came over the page, unless it looks like a robot's.
    ///
    /// # Errors
    /// When there is no such survey; the database's trouble.
    pub fn rate_on_page(
        &self,
        pen: &Pen<'_>,
        survey: i64,
        rating: &Rating,
    ) -> Result<OnPage, StoreError> {
        let now = clock::now();
        if rating.via == AnsweredBy::Signs
            && let Err(doubt) = pen.visits(survey)?.believe(now)
        {
            return Ok(OnPage::Doubted(doubt));
        }
        if is_burst(&pen.scores_on_page(survey, now - BURST)?, rating.score) {
            // recorded past the rules: nobody is told of it
            pen.rate(survey, rating)?;
            let why = "four or more different answers within seconds";
            withdraw(pen, survey, Withdrawn::OnPage, now - BURST, why)?;
            withdraw(pen, survey, Withdrawn::Automatic, now - BEFORE, why)?;
            return Ok(OnPage::Burst);
        }
        match self.rate(pen, survey, rating)? {
            true => Ok(OnPage::New),
            false => {
                if rating.via == AnsweredBy::Page {
                    pen.confirm_rating(survey)?;
                }
                Ok(OnPage::Known)
            }
        }
    }
}

fn withdraw(
    pen: &Pen<'_>,
    survey: i64,
    which: Withdrawn,
    since: Timestamp,
    why: &str,
) -> Result<(), StoreError> {
    let count = pen.withdraw_ratings(survey, which, since, why)?;
    if count > 0 {
        tracing::info!(survey, count, why, "answers of a robot were withdrawn");
    }
    Ok(())
}
