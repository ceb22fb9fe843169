//! What was opened of the survey pages, and the answers that robots gave.

use jiff::Timestamp;

use super::{Pen, StoreError, View};
use crate::{
    clock,
    survey::visitors::{Trace, Visits},
};

/// Which answers to withdraw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawn {
    /// Those that the page sent by itself.
    Automatic,
    /// All that came over the page.
    OnPage,
}

impl Pen<'_> {
    /// Notes what was opened of a survey's page: the last time of each kind is kept.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn note_visit(&self, survey: i64, trace: Trace, at: Timestamp) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO survey_visits (survey, trace, at) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (survey, trace) DO UPDATE SET at = excluded.at",
            )?
            .execute((survey, trace.word(), at.as_millisecond()))?;
        Ok(())
    }

    /// Forgets the visits of surveys that can no longer be answered.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn forget_visits(&self, now: Timestamp) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "DELETE FROM survey_visits WHERE survey IN (SELECT v.survey FROM survey_visits v \
                 JOIN surveys s ON s.id = v.survey WHERE s.expires_at <= ?1)",
            )?
            .execute([now.as_millisecond()])?;
        Ok(())
    }

    /// Withdraws the answers since a time: they are kept with the reason and count nowhere. An
    /// event of the ticket says so. Returns how many there were.
    ///
    /// # Errors
    /// When there is no such survey; the database's trouble.
    pub fn withdraw_ratings(
        &self,
        survey: i64,
        which: Withdrawn,
        since: Timestamp,
        why: &str,
    ) -> Result<usize, StoreError> {
        let count = self
            .conn
            .prepare_cached(
                "UPDATE ratings SET withdrawn = ?4 WHERE survey = ?1 AND at >= ?2 \
                 AND withdrawn = '' AND (via = 'signs' OR (?3 AND via = 'page'))",
            )?
            .execute((
                survey,
                since.as_millisecond(),
                which == Withdrawn::OnPage,
                why,
            ))?;
        if count > 0 {
            let ticket = self.survey(survey)?.ticket;
            let detail = format!("{count} by a robot: {why}");
            self.event(ticket, "desk", "rating_withdrawn", &detail)?;
        }
        Ok(count)
    }
}

impl View<'_> {
    /// What was opened of a survey's page, and when last.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn visits(&self, survey: i64) -> Result<Visits, StoreError> {
        let mut select = self
            .conn
            .prepare_cached("SELECT trace, at FROM survey_visits WHERE survey = ?1")?;
        let rows = select.query_map([survey], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
        })?;
        let mut visits = Visits::default();
        for row in rows {
            let (word, at) = row?;
            if let Some(trace) = Trace::from_word(&word) {
                visits.add(trace, clock::from_millis(at));
            }
        }
        Ok(visits)
    }

    /// The scores that came over a survey's page since a time, withdrawn ones too.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn scores_on_page(&self, survey: i64, since: Timestamp) -> Result<Vec<u8>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT score FROM ratings WHERE survey = ?1 AND at >= ?2 AND via <> 'mail' \
             ORDER BY id DESC LIMIT 100",
        )?;
        let rows = select.query_map((survey, since.as_millisecond()), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
