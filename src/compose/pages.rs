//! The three pages of a survey.

use minijinja::{Error, Value, context};

use super::templates::Templates;
use crate::language::Language;

/// Which page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The question, with the tapped answer already chosen; nothing is recorded yet.
    Survey,
    /// The answer is saved; a comment may be added, the answer changed.
    Thanks,
    /// The link is unknown or has expired.
    Gone,
}

/// What the pages show. For [`Page::Gone`] the default and the desk's name are enough.
#[derive(Clone, Debug, Default)]
pub struct SurveyPage {
    /// The desk's name.
    pub desk_name: String,
    /// The ticket's number.
    pub ticket: i64,
    /// Who helped; empty when nobody is named.
    pub agent: String,
    /// The answer to show as chosen, 1 to 5.
    pub score: Option<u8>,
    /// The comment so far.
    pub comment: String,
    /// What the answer is about so far: `agent`, `product`, `waiting` or empty.
    pub about: String,
}

impl Templates {
    /// A page as HTML; it needs no script and loads nothing.
    ///
    /// # Errors
    /// When the template fails on these facts.
    pub fn page(
        &self,
        language: Language,
        page: Page,
        facts: &SurveyPage,
    ) -> Result<String, Error> {
        let name = match page {
            Page::Survey => "pages/survey.html",
            Page::Thanks => "pages/thanks.html",
            Page::Gone => "pages/gone.html",
        };
        self.render_page(language, name, facts.value())
    }
}

impl SurveyPage {
    pub(super) fn value(&self) -> Value {
        context! {
            desk => context! { name => &self.desk_name },
            ticket => self.ticket,
            agent => &self.agent,
            // 0 is no answer: templates compare it with 1 to 5
            score => self.score.unwrap_or(0),
            comment => &self.comment,
            about => &self.about,
        }
    }
}
