//! Surveys and the ratings that answer them. Every answer is kept; the last one that was not
//! withdrawn counts.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Rows};

use super::{Pen, StoreError, View};
use crate::{address::Address, clock, language::Language, survey::SurveyRow};

/// A survey to be asked.
#[derive(Clone, Debug)]
pub struct NewSurvey {
    /// The ticket that it is about.
    pub ticket: i64,
    /// The agent whose help is rated; empty when nobody's.
    pub agent: String,
    /// The ticket's category at closing.
    pub category: String,
    /// The mailbox of the ticket.
    pub mailbox: String,
    /// The language that it is asked in.
    pub language: String,
    /// Who is asked.
    pub recipient: Address,
    /// When it is asked.
    pub due_at: Timestamp,
    /// Until when it can be answered.
    pub expires_at: Timestamp,
}

/// A survey with what only the desk needs of it.
#[derive(Clone, Debug)]
pub struct Survey {
    /// As lists and reports see it; `None` before it was asked.
    pub row: Option<SurveyRow>,
    /// Its row.
    pub id: i64,
    /// The ticket that it is about.
    pub ticket: i64,
    /// Who is asked: the party of its token.
    pub recipient: Address,
    /// The language that it is asked in.
    pub language: Language,
    /// Until when it can be answered.
    pub expires_at: Timestamp,
    /// The agent whose help is rated; empty when nobody's.
    pub agent: String,
    /// Why it was never asked; empty when it was or will be.
    pub cancelled: String,
    /// When it was planned, as its ticket was closed.
    pub planned_at: Timestamp,
    /// The outbox row that reminds of it.
    pub reminder: Option<i64>,
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Rating {
    /// 1 to 5.
    pub score: u8,
    /// `agent`, `product`, `waiting` or empty.
    pub about: String,
    /// What the customer added.
    pub comment: String,
    /// How it came.
    pub via: AnsweredBy,
}

/// How an answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnsweredBy {
    /// On the survey page, by its button.
    Page,
    /// On the survey page, which sent it by itself after signs of a person.
    Signs,
    /// By mail.
    Mail,
}

const COLUMNS: &str = "s.id, s.ticket, s.agent, s.category, s.mailbox, s.language, s.recipient, \
    s.asked_at, s.expires_at, s.cancelled, s.excluded, r.score, coalesce(r.about, ''), coalesce(r.comment, ''), r.at, \
    s.excluded_why, s.planned_at, s.reminder";
const FROM: &str = "surveys s LEFT JOIN ratings r ON r.id = \
    (SELECT max(x.id) FROM ratings x WHERE x.survey = s.id AND x.withdrawn = '')";

impl Pen<'_> {
    /// Records a survey that will be asked; the mail goes through the outbox.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn add_survey(&self, new: &NewSurvey) -> Result<i64, StoreError> {
        self.conn.execute(
            "INSERT INTO surveys (ticket, agent, category, mailbox, language, recipient, \
             recipient_key, due_at, expires_at, planned_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            (
                new.ticket,
                &new.agent,
                &new.category,
                &new.mailbox,
                &new.language,
                &new.recipient.address,
                new.recipient.key(),
                new.due_at.as_millisecond(),
                new.expires_at.as_millisecond(),
                clock::now().as_millisecond(),
            ),
        )?;
        Ok(self.conn.last_insert_rowid())
    }

    /// Notes that a survey was not asked, or nobody was reminded of it, and why. Once asked it stays
    /// answerable.
    ///
    /// # Errors
    /// When there is no such survey.
    pub fn refuse_survey(&self, survey: &Survey, why: &str) -> Result<(), StoreError> {
        let cancelled = self
            .conn
            .prepare_cached(
                "UPDATE surveys SET cancelled = ?2 WHERE id = ?1 AND asked_at IS NULL \
                 AND cancelled = ''",
            )?
            .execute((survey.id, why))?;
        let what = match cancelled {
            0 => "survey_reminder_skipped",
            _ => "survey_skipped",
        };
        self.event(survey.ticket, "desk", what, why)
    }

    /// Takes back the surveys of a ticket that were not asked yet. One that is answered was, even
    /// where the relay never said that it took the mail.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn cancel_surveys(&self, ticket: i64, why: &str) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE outbox SET state = 'dropped', why = ?2 WHERE ticket = ?1 \
                 AND kind = 'survey' AND state IN ('scheduled', 'pending')",
            )?
            .execute((ticket, why))?;
        let mut cancel = self.conn.prepare_cached(
            "UPDATE surveys SET cancelled = ?2 WHERE ticket = ?1 AND asked_at IS NULL \
             AND cancelled = '' AND NOT EXISTS (SELECT 1 FROM outbox o \
             WHERE o.survey = surveys.id AND o.state IN ('sending', 'sent')) \
             AND NOT EXISTS (SELECT 1 FROM ratings r WHERE r.survey = surveys.id \
             AND r.withdrawn = '') \
             RETURNING ticket",
        )?;
        self.tell_skipped(cancel.query((ticket, why))?, why)
    }

    /// Notes in the tickets of cancelled surveys why nobody was asked.
    pub(super) fn tell_skipped(&self, mut tickets: Rows<'_>, why: &str) -> Result<(), StoreError> {
        let mut told = Vec::new();
        while let Some(row) = tickets.next()? {
            told.push(row.get(0)?);
        }
        for ticket in told {
            self.event(ticket, "desk", "survey_skipped", why)?;
        }
        Ok(())
    }

    /// Records an answer. All are kept, the last one counts.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn rate(&self, survey: i64, rating: &Rating) -> Result<(), StoreError> {
        let (via, said) = match rating.via {
            AnsweredBy::Page => ("page", "page"),
            AnsweredBy::Signs => ("signs", "page, which sent it by itself"),
            AnsweredBy::Mail => ("mail", "mail"),
        };
        self.conn.execute(
            "INSERT INTO ratings (survey, at, score, about, comment, via) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (
                survey,
                clock::now().as_millisecond(),
                rating.score,
                &rating.about,
                &rating.comment,
                via,
            ),
        )?;
        // whoever answers was asked, even where the relay never said that it took the mail
        self.conn
            .prepare_cached("UPDATE surveys SET asked_at = ?2 WHERE id = ?1 AND asked_at IS NULL")?
            .execute((survey, clock::now().as_millisecond()))?;
        let ticket = self.survey(survey)?.ticket;
        let detail = format!("{} of 5, by {said}", rating.score);
        self.event(ticket, "customer", "rated", &detail)
    }

    /// Notes that the answer that counts, which the page sent by itself, was sent by the button
    /// too.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn confirm_rating(&self, survey: i64) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE ratings SET via = 'page' WHERE via = 'signs' AND id = (SELECT max(id) \
                 FROM ratings WHERE survey = ?1 AND withdrawn = '')",
            )?
            .execute([survey])?;
        Ok(())
    }

    /// Notes that a rule acted on the answer to a survey.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn rule_acted(&self, survey: i64, rule: &str) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO survey_rules (survey, rule) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            )?
            .execute((survey, rule))?;
        Ok(())
    }

    /// Notes who was told of a score without a comment.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn told_without_comment(&self, survey: i64, who: &Address) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO survey_told (survey, address) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            )?
            .execute((survey, &who.address))?;
        Ok(())
    }

    /// Forgets who was told of a score without a comment, and says who it was.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn take_told_without_comment(&self, survey: i64) -> Result<Vec<Address>, StoreError> {
        let mut delete = self
            .conn
            .prepare_cached("DELETE FROM survey_told WHERE survey = ?1 RETURNING address")?;
        let rows = delete.query_map([survey], |row| row.get::<_, String>(0))?;
        let mut told: Vec<String> = rows.collect::<Result<_, _>>()?;
        told.sort();
        Ok(told.into_iter().map(|who| Address::new("", who)).collect())
    }

    /// Sets a survey aside from the reports, with the reason on record.
    ///
    /// # Errors
    /// When there is no such survey.
    pub fn exclude_survey(&self, survey: i64, why: &str, actor: &str) -> Result<(), StoreError> {
        let ticket = self.survey(survey)?.ticket;
        self.conn.execute(
            "UPDATE surveys SET excluded = 1, excluded_why = ?2 WHERE id = ?1",
            (survey, why),
        )?;
        self.event(ticket, actor, "survey_excluded", why)
    }

    /// Takes a survey that was set aside into the reports again; the record keeps both.
    ///
    /// # Errors
    /// When there is no such survey, or it is in the reports.
    pub fn include_survey(&self, survey: i64, why: &str, actor: &str) -> Result<(), StoreError> {
        let ticket = self.survey(survey)?.ticket;
        let changed = self.conn.execute(
            "UPDATE surveys SET excluded = 0, excluded_why = '' WHERE id = ?1 AND excluded = 1",
            [survey],
        )?;
        if changed == 0 {
            return Err(StoreError::Refused(format!(
                "survey {survey} was not set aside: it is in the reports"
            )));
        }
        self.event(ticket, actor, "survey_included", why)
    }
}

impl View<'_> {
    /// One survey with its last answer.
    ///
    /// # Errors
    /// When there is no such survey.
    pub fn survey(&self, id: i64) -> Result<Survey, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE s.id = ?1");
        let found = self
            .conn
            .prepare_cached(&sql)?
            .query_row([id], read)
            .optional()?;
        found.ok_or_else(|| {
            StoreError::NotFound(format!(
                "there is no survey {id}: `maildesk survey list` shows those that are there"
            ))
        })
    }

    /// The ids of the rules that acted on the answers to a survey.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn rules_of_survey(&self, survey: i64) -> Result<Vec<String>, StoreError> {
        let mut select = self
            .conn
            .prepare_cached("SELECT rule FROM survey_rules WHERE survey = ?1")?;
        let rows = select.query_map([survey], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The survey that a mail of ours asked, by the mail's Message-ID; `None` for other mails.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn survey_of_message_id(&self, message_id: &str) -> Result<Option<Survey>, StoreError> {
        let found: Option<i64> = self
            .conn
            .prepare_cached(
                "SELECT survey FROM outbox WHERE message_id = ?1 AND survey IS NOT NULL",
            )?
            .query_row([message_id], |row| row.get(0))
            .optional()?;
        found.map(|id| self.survey(id)).transpose()
    }

    /// The surveys that were asked in a span, oldest first.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn surveys(
        &self,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<Vec<SurveyRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM {FROM} WHERE s.asked_at >= ?1 AND s.asked_at < ?2 ORDER BY s.id"
        );
        let from = from.map_or(i64::MIN, Timestamp::as_millisecond);
        let to = to.map_or(i64::MAX, Timestamp::as_millisecond);
        let mut select = self.conn.prepare_cached(&sql)?;
        let rows = select.query_map((from, to), read)?;
        let surveys: Vec<Survey> = rows.collect::<Result<_, _>>()?;
        Ok(surveys
            .into_iter()
            .filter_map(|survey| survey.row)
            .collect())
    }

    /// When an address was last asked or will be; `None` for never. Cancelled ones do not count.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn last_survey_to(&self, who: &Address) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT max(coalesce(asked_at, due_at)) FROM surveys \
                   WHERE recipient_key = ?1 AND cancelled = ''";
        let last: Option<i64> = self
            .conn
            .prepare_cached(sql)?
            .query_row([who.key()], |row| row.get(0))?;
        Ok(last.map(clock::from_millis))
    }

    /// When an address was last asked by any survey but this one; `None` for never. One that is
    /// being sent right now was asked when it was due; others that wait do not count, or two of
    /// them would keep each other from leaving.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn last_other_survey_to(
        &self,
        who: &Address,
        survey: i64,
    ) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT max(coalesce(s.asked_at, s.due_at)) FROM surveys s \
                   WHERE s.recipient_key = ?1 AND s.id <> ?2 AND s.cancelled = '' \
                   AND (s.asked_at IS NOT NULL OR EXISTS (SELECT 1 FROM outbox o \
                   WHERE o.survey = s.id AND o.state = 'sending'))";
        let last: Option<i64> = self
            .conn
            .prepare_cached(sql)?
            .query_row((who.key(), survey), |row| row.get(0))?;
        Ok(last.map(clock::from_millis))
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Survey> {
    let (id, ticket) = (row.get(0)?, row.get(1)?);
    let recipient = Address::new("", row.get::<_, String>(6)?);
    let language = Language::from_code(&row.get::<_, String>(5)?).unwrap_or_default();
    let agent: String = row.get(2)?;
    let asked_at: Option<i64> = row.get(7)?;
    let shown = match asked_at {
        None => None,
        Some(asked_at) => Some(SurveyRow {
            id,
            ticket,
            agent: agent.clone(),
            category: row.get(3)?,
            mailbox: row.get(4)?,
            language,
            recipient: recipient.clone(),
            asked_at: clock::from_millis(asked_at),
            score: row.get(11)?,
            about: row.get(12)?,
            comment: row.get(13)?,
            answered_at: row.get::<_, Option<i64>>(14)?.map(clock::from_millis),
            excluded: row.get(10)?,
            excluded_why: row.get(15)?,
        }),
    };
    Ok(Survey {
        row: shown,
        id,
        ticket,
        recipient,
        language,
        expires_at: clock::from_millis(row.get(8)?),
        agent,
        cancelled: row.get(9)?,
        planned_at: clock::from_millis(row.get(16)?),
        reminder: row.get(17)?,
    })
}
