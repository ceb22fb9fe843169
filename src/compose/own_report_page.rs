//! The page of an agent's own results.

use minijinja::{Error, Value, context};

use super::{report_page::ReportLine, templates::Templates};
use crate::language::Language;

/// What the page shows. Figures come as they are to be read.
#[derive(Clone, Debug, Default)]
pub struct OwnReportPage {
    /// The desk's name.
    pub desk_name: String,
    /// The agent's name.
    pub agent: String,
    /// The first day of the span, ISO 8601.
    pub from: String,
    /// The last day of the span, ISO 8601.
    pub to: String,
    /// How many answers must count before anything is shown.
    pub least: u64,
    /// The figures; `None` where there are too few answers.
    pub total: Option<ReportLine>,
    /// How many answers were 5, 4, 3, 2 and 1: an SVG, already safe to show.
    pub scores_plot: String,
    /// What customers added.
    pub words: Vec<String>,
}

impl Templates {
    /// An agent's results as HTML; it needs no script and loads nothing.
    ///
    /// # Errors
    /// When the template fails on these facts.
    pub fn own_report(&self, language: Language, page: &OwnReportPage) -> Result<String, Error> {
        self.render_page(language, "pages/own_report.html", page.value())
    }
}

impl OwnReportPage {
    pub(super) fn value(&self) -> Value {
        context! {
            desk => context! { name => &self.desk_name },
            agent => &self.agent,
            from => &self.from,
            to => &self.to,
            least => self.least,
            total => self.total.as_ref().map(ReportLine::value),
            scores_plot => Value::from_safe_string(self.scores_plot.clone()),
            words => &self.words,
        }
    }

    /// With everything, for trying templates out.
    pub(super) fn sample() -> Self {
        Self {
            total: Some(ReportLine::default()),
            scores_plot: "<svg></svg>".to_owned(),
            words: vec!["thanks".to_owned()],
            ..Self::default()
        }
    }
}
