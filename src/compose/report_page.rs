//! The page of a report, for managers.

use minijinja::{Error, Value, context};

use super::templates::Templates;
use crate::language::Language;

/// What the page shows. Figures come as they are to be read.
#[derive(Clone, Debug, Default)]
pub struct ReportPage {
    /// The desk's name.
    pub desk_name: String,
    /// The token of the page, for the form that changes the span.
    pub token: String,
    /// The first day of the span, ISO 8601.
    pub from: String,
    /// The last day of the span, ISO 8601.
    pub to: String,
    /// When the page was made, in desk time.
    pub made_at: String,
    /// All surveys of the span.
    pub total: ReportLine,
    /// The tables, each with its plot.
    pub sections: Vec<ReportSection>,
    /// How many counted answers were 5, 4, 3, 2 and 1.
    pub scores: Vec<(u8, u64)>,
    /// The plot of those.
    pub scores_plot: String,
    /// The newest comments, newest first.
    pub comments: Vec<ReportComment>,
}

/// Surveys put together by something.
#[derive(Clone, Debug, Default)]
pub struct ReportSection {
    /// `week`, `month`, `agent`, `category`, `about`, `mailbox` or `language`.
    pub by: &'static str,
    /// An SVG, already safe to show; empty for none.
    pub plot: String,
    /// The lines, with a total where there are several.
    pub lines: Vec<ReportLine>,
}

/// The figures of a line.
#[derive(Clone, Debug, Default)]
pub struct ReportLine {
    /// What it is about; empty where there is nothing.
    pub key: String,
    /// Whether it is the sum of the others.
    pub is_total: bool,
    /// Surveys sent.
    pub asked: u64,
    /// Surveys with an answer.
    pub answered: u64,
    /// The share of those.
    pub response: String,
    /// Answers that the figures are made of.
    pub counted: u64,
    /// Those of 4 and 5.
    pub satisfied: u64,
    /// The share of those.
    pub percent: String,
    /// The interval of it.
    pub interval: String,
    /// The mean of the counted answers.
    pub mean: String,
    /// Answers about the product.
    pub product: u64,
    /// Answers about the waiting.
    pub waiting: u64,
    /// Surveys set aside.
    pub excluded: u64,
}

/// What a customer added.
#[derive(Clone, Debug, Default)]
pub struct ReportComment {
    /// The day it came, in desk time.
    pub day: String,
    /// The ticket.
    pub ticket: i64,
    /// Who helped; empty when nobody.
    pub agent: String,
    /// The answer.
    pub score: u8,
    /// What it is about: `agent`, `product`, `waiting` or empty.
    pub about: String,
    /// Their words.
    pub text: String,
    /// Whether a manager set it aside.
    pub excluded: bool,
}

impl ReportLine {
    pub(super) fn value(&self) -> Value {
        context! {
            key => &self.key,
            is_total => self.is_total,
            asked => self.asked,
            answered => self.answered,
            response => &self.response,
            counted => self.counted,
            satisfied => self.satisfied,
            percent => &self.percent,
            interval => &self.interval,
            mean => &self.mean,
            product => self.product,
            waiting => self.waiting,
            excluded => self.excluded,
        }
    }
}

impl ReportComment {
    fn value(&self) -> Value {
        context! {
            day => &self.day,
            ticket => self.ticket,
            agent => &self.agent,
            score => self.score,
            about => &self.about,
            text => &self.text,
            excluded => self.excluded,
        }
    }
}

impl Templates {
    /// The report as HTML; it needs no script and loads nothing.
    ///
    /// # Errors
    /// When the template fails on these facts.
    pub fn report(&self, language: Language, page: &ReportPage) -> Result<String, Error> {
        self.render_page(language, "pages/report.html", page.value())
    }
}

impl ReportPage {
    pub(super) fn value(&self) -> Value {
        let sections = self.sections.iter().map(|section| {
            context! {
                by => section.by,
                plot => Value::from_safe_string(section.plot.clone()),
                lines => section.lines.iter().map(ReportLine::value).collect::<Vec<_>>(),
            }
        });
        let scores = self.scores.iter();
        let scores = scores.map(|(score, count)| context! { score => *score, count => *count });
        context! {
            desk => context! { name => &self.desk_name },
            token => &self.token,
            from => &self.from,
            to => &self.to,
            made_at => &self.made_at,
            total => self.total.value(),
            sections => sections.collect::<Vec<_>>(),
            scores => scores.collect::<Vec<_>>(),
            scores_plot => Value::from_safe_string(self.scores_plot.clone()),
            comments => self.comments.iter().map(ReportComment::value).collect::<Vec<_>>(),
        }
    }

    /// Every kind of section, line and comment, for trying templates out.
    pub(super) fn sample() -> Self {
        let line = |key: &str| ReportLine {
            key: key.to_owned(),
            ..ReportLine::default()
        };
        let about = ["agent", "product", "waiting", "unsaid", "unanswered"].map(line);
        let total = ReportLine {
            is_total: true,
            ..ReportLine::default()
        };
        let lines = vec![line("anna"), line(""), total];
        let section = |by| ReportSection {
            by,
            plot: "<svg></svg>".to_owned(),
            lines: if by == "about" {
                about.to_vec()
            } else {
                lines.clone()
            },
        };
        let comment = |about: &str, excluded| ReportComment {
            score: 5,
            about: about.to_owned(),
            excluded,
            ..ReportComment::default()
        };
        Self {
            sections: [
                "week", "month", "agent", "category", "about", "mailbox", "language",
            ]
            .map(section)
            .into(),
            scores: vec![(5, 1), (4, 0), (3, 0), (2, 0), (1, 0)],
            scores_plot: "<svg></svg>".to_owned(),
            comments: vec![
                comment("agent", false),
                comment("product", true),
                comment("waiting", false),
                comment("", false),
            ],
            ..Self::default()
        }
    }
}
