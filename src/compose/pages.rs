//! The pages of a survey, and the one script that they carry.

use minijinja::{Error, Value, context};

use super::templates::Templates;
use crate::language::Language;

/// The script of the pages with a form, as it stands in them: a policy may allow it by its hash.
pub const SURVEY_SCRIPT: &str = include_str!("../../templates/pages/survey.js");

/// Which page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The question, with the tapped answer already chosen; nothing is recorded yet.
    Survey,
    /// The answer is saved; a comment may be added, the answer changed.
    Thanks,
    /// The link is unknown or has expired.
    Gone,
    /// The answer is not recorded: [`SurveyPage::notice`] says why.
    Refused,
}

/// What a page has to say beside its question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The answer is not saved until the button is pressed.
    Press,
    /// Several different answers came at once: the button once more.
    Again,
    /// The answer is the desk's own people's.
    Own,
    /// The answer came from a network of the desk.
    Inside,
    /// The page is for machines alone.
    Robots,
}

impl Notice {
    /// The end of its string's name.
    fn word(self) -> &'static str {
        match self {
            Self::Press => "press",
            Self::Again => "again",
            Self::Own => "own",
            Self::Inside => "inside",
            Self::Robots => "robots",
        }
    }
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
    /// The token that the page was opened with.
    pub token: String,
    /// What there is to say beside.
    pub notice: Option<Notice>,
}

impl Templates {
    /// A page as HTML; it loads nothing, and works without its script too.
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
            Page::Refused => "pages/refused.html",
        };
        self.render_page(language, name, facts.value(page == Page::Thanks))
    }
}

impl SurveyPage {
    pub(super) fn value(&self, is_saved: bool) -> Value {
        context! {
            desk => context! { name => &self.desk_name },
            ticket => self.ticket,
            agent => &self.agent,
            // 0 is no answer: templates compare it with 1 to 5
            score => self.score.unwrap_or(0),
            comment => &self.comment,
            about => &self.about,
            is_saved,
            token => &self.token,
            notice => self.notice.map(Notice::word).unwrap_or_default(),
            script => Value::from_safe_string(SURVEY_SCRIPT.to_owned()),
        }
    }
}
