//! How right rules are about mail that people labelled.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::{
    output::{Ink, Table, count, or_dash, paint},
    plain,
};
use crate::{
    language::Language,
    message::{Message, reply_text},
    ticket::Priority,
    triage::{Because, Event, Facts, Ruleset, Triage},
};

/// Mails judged wrongly that are shown.
const MOST_SHOWN: usize = 20;
/// Places shown for each of them.
const MOST_PLACES: usize = 4;
/// Characters of its text.
const EXCERPT: usize = 120;

/// What an example says it is, where it does not say whether it is high.
const FAILURE: &str = "failure";

/// A line of a file of examples.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Label {
    #[serde(default)]
    subject: String,
    text: String,
    /// Whether it is high or urgent.
    high: Option<bool>,
    about: Option<String>,
    category: Option<String>,
    #[serde(default)]
    lang: String,
}

/// How right the rules are.
#[derive(Debug, Default, Serialize)]
pub(super) struct Quality {
    #[serde(flatten)]
    all: Score,
    languages: Vec<OfLanguage>,
    /// Mails whose priority or category is wrong.
    wrong_count: usize,
    /// The first of them.
    wrong: Vec<Wrong>,
    #[serde(skip)]
    by_language: BTreeMap<String, Score>,
}

#[derive(Debug, Serialize)]
struct OfLanguage {
    language: String,
    #[serde(flatten)]
    score: Score,
}

#[derive(Clone, Debug, Default, Serialize)]
struct Score {
    /// Mails with a label.
    labelled: usize,
    /// Those that are high, as people say.
    high: usize,
    /// Of those that the rules say are high, the share that is; null when they say it of none.
    precision: Option<f64>,
    /// Of those that are high, the share that the rules say is; null when none is.
    recall: Option<f64>,
    /// Of those with a category or expressly none, the share with the right one; null when no label
    /// speaks of it.
    category: Option<f64>,
    #[serde(skip)]
    found: usize,
    #[serde(skip)]
    said: usize,
    #[serde(skip)]
    categories: (usize, usize),
}

#[derive(Debug, Serialize)]
struct Wrong {
    file: String,
    line: usize,
    subject: String,
    text: String,
    expected: String,
    found: String,
    /// What told the rules; of rules that did not act, what nearly did.
    because: Vec<Told>,
}

#[derive(Debug, Serialize)]
struct Told {
    rule: String,
    matched: bool,
    field: String,
    excerpt: String,
}

impl Label {
    /// Reads a line; the error is in words.
    pub(super) fn read(line: &str) -> Result<Self, String> {
        serde_json::from_str(line).map_err(|error| {
            format!(
                "no labelled mail: {error}: write {{\"subject\": \"\", \"text\": \"...\", \
                 \"high\": true, \"category\": \"import\", \"lang\": \"en\"}}"
            )
        })
    }

    /// The mail as it would have been read.
    pub(super) fn mail(&self) -> Message {
        Message {
            subject: self.subject.clone(),
            reply: reply_text::split(&self.text, false).reply,
            text: self.text.clone(),
            size: self.text.len() as u64,
            language: Language::from_code(&self.lang),
            ..Message::default()
        }
    }

    fn is_high(&self) -> Option<bool> {
        let by_kind = || self.about.as_ref().map(|about| about == FAILURE);
        self.high.or_else(by_kind)
    }
}

impl Quality {
    /// Counts what the rules said of a labelled mail; `place` is its file and line.
    pub(super) fn add(
        &mut self,
        place: (&str, usize),
        label: &Label,
        triage: &Triage,
        (rules, facts): (&Ruleset, &Facts<'_>),
    ) {
        let says_high = triage.priority >= Some(Priority::High);
        let category = triage.category.as_deref().unwrap_or_default();
        self.all.add(label, says_high, category);
        if !label.lang.is_empty() {
            let of_language = self.by_language.entry(label.lang.clone()).or_default();
            of_language.add(label, says_high, category);
        }
        let is_right = label.is_high().is_none_or(|high| high == says_high)
            && label
                .category
                .as_deref()
                .is_none_or(|right| right == category);
        if is_right {
            return;
        }
        self.wrong_count += 1;
        if self.wrong.len() < MOST_SHOWN {
            let priority = triage.priority.unwrap_or_default().word();
            self.wrong.push(Wrong {
                file: place.0.to_owned(),
                line: place.1,
                subject: label.subject.clone(),
                text: plain::cut(&plain::line(&label.text), EXCERPT),
                expected: label.expected(),
                found: words(priority, category),
                because: told(rules, facts),
            });
        }
    }

    /// The sum.
    pub(super) fn done(mut self) -> Self {
        self.all.sum_up();
        for (language, mut score) in std::mem::take(&mut self.by_language) {
            score.sum_up();
            self.languages.push(OfLanguage { language, score });
        }
        self
    }

    pub(super) fn page(&self) -> String {
        let mut table = Table::new(&[
            "labelled",
            "mails",
            "high",
            "precision",
            "recall",
            "category",
        ]);
        let share = |share: Option<f64>| share.map(|share| format!("{share:.3}"));
        let mut row = |name: &str, score: &Score| {
            table.row([
                name.to_owned(),
                score.labelled.to_string(),
                score.high.to_string(),
                share(score.precision).unwrap_or_default(),
                share(score.recall).unwrap_or_default(),
                share(score.category).unwrap_or_default(),
            ]);
        };
        row("all", &self.all);
        for of in &self.languages {
            row(&of.language, &of.score);
        }
        let mut page = format!(
            "{}\n{} wrong",
            table.or(""),
            count(self.wrong_count, "mail")
        );
        if self.wrong_count > self.wrong.len() {
            page.push_str(&format!(", of which the first {}", self.wrong.len()));
        }
        page.push('\n');
        for wrong in &self.wrong {
            let Wrong { file, line, .. } = wrong;
            let place = plain::line(&format!("{file}:{line}"));
            let subject = or_dash(&wrong.subject);
            page.push_str(&format!("\n{}  {subject}\n", paint(Ink::Head, &place)));
            page.push_str(&format!("  {}\n", or_dash(&wrong.text)));
            let (expected, found) = (plain::line(&wrong.expected), plain::line(&wrong.found));
            page.push_str(&format!("  expected {expected}; found {found}\n"));
            for told in &wrong.because {
                let nearly = if told.matched { "" } else { "nearly " };
                let (rule, field) = (&told.rule, &told.field);
                let excerpt = plain::line(&told.excerpt);
                page.push_str(&format!("  {nearly}{rule}: {field}: {excerpt}\n"));
            }
        }
        page
    }
}

impl Label {
    fn expected(&self) -> String {
        let priority = match self.is_high() {
            Some(true) => "high",
            Some(false) => "not high",
            None => "any priority",
        };
        words(priority, self.category.as_deref().unwrap_or_default())
    }
}

impl Score {
    fn add(&mut self, label: &Label, says_high: bool, category: &str) {
        let is_high = label.is_high();
        self.labelled += usize::from(is_high.is_some() || label.category.is_some());
        if let Some(is_high) = is_high {
            self.high += usize::from(is_high);
            self.said += usize::from(says_high);
            self.found += usize::from(is_high && says_high);
        }
        if let Some(right) = &label.category {
            self.categories.0 += usize::from(right == category);
            self.categories.1 += 1;
        }
    }

    fn sum_up(&mut self) {
        let share = |part: usize, of: usize| (of > 0).then(|| part as f64 / of as f64);
        self.precision = share(self.found, self.said);
        self.recall = share(self.found, self.high);
        self.category = share(self.categories.0, self.categories.1);
    }
}

fn words(priority: &str, category: &str) -> String {
    match category {
        "" => format!("{priority}, no category"),
        category => format!("{priority}, {category}"),
    }
}

/// The places that made rules act; where none did, those that nearly made one.
fn told(rules: &Ruleset, facts: &Facts<'_>) -> Vec<Told> {
    let explained = rules.explain(facts, Event::Message);
    let acted = explained.iter().any(|rule| rule.matched);
    let shown = explained.iter().filter(|rule| rule.matched == acted);
    let places = shown.flat_map(|rule| {
        let told = |Because { field, excerpt }: &Because| Told {
            rule: rule.rule.clone(),
            matched: rule.matched,
            field: field.clone(),
            excerpt: excerpt.clone(),
        };
        rule.because.iter().map(told)
    });
    places.take(MOST_PLACES).collect()
}
