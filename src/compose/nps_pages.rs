//! The pages of a question for NPS.

use minijinja::{Error, Value, context};

use super::templates::Templates;
use crate::language::Language;

/// Which page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NpsPage {
    /// The question, with the tapped answer already chosen; nothing is recorded yet.
    Question,
    /// The answer is saved; a comment may be added, the answer changed.
    Thanks,
    /// Whether they really do not want to be asked.
    Stop,
    /// They are not asked any more.
    Stopped,
}

/// What the pages show.
#[derive(Clone, Debug, Default)]
pub struct NpsFacts {
    /// The desk's name.
    pub desk_name: String,
    /// The answer to show as chosen, 0 to 10.
    pub score: Option<u8>,
    /// The comment so far.
    pub comment: String,
    /// The token of the question, for the link to [`NpsPage::Stop`].
    pub token: String,
}

impl Templates {
    /// A page as HTML; it needs no script and loads nothing.
    ///
    /// # Errors
    /// When the template fails on these facts.
    pub fn nps_page(
        &self,
        language: Language,
        page: NpsPage,
        facts: &NpsFacts,
    ) -> Result<String, Error> {
        let name = match page {
            NpsPage::Question => "pages/nps.html",
            NpsPage::Thanks => "pages/nps_thanks.html",
            NpsPage::Stop => "pages/nps_stop.html",
            NpsPage::Stopped => "pages/nps_stopped.html",
        };
        self.render_page(language, name, facts.value())
    }
}

impl NpsFacts {
    pub(super) fn value(&self) -> Value {
        context! {
            desk => context! { name => &self.desk_name },
            // -1 is no answer: templates compare it with 0 to 10
            score => self.score.map_or(-1, i16::from),
            comment => &self.comment,
            token => &self.token,
        }
    }

    /// Facts to try a template out with.
    pub(super) fn sample() -> Self {
        Self {
            desk_name: "Support".to_owned(),
            score: Some(10),
            comment: "Thanks :)))".to_owned(),
            token: "1-token".to_owned(),
        }
    }
}
