//! Conditions, and whether they hold for a mail.

use std::{borrow::Cow, cell::OnceCell};

use super::{
    Because, Facts,
    fields::{Field, Value},
    hints::Look,
    patterns::{Candidates, PatternId},
    phrases::{ListId, Scan},
    rules::Ruleset,
    words::fold,
};

/// Words shown on either side of what was found.
const AROUND: usize = 3;

/// Letters in an excerpt.
const LONGEST_EXCERPT: usize = 160;

/// When a rule acts.
#[derive(Debug)]
pub enum Condition {
    /// Every one holds.
    All(Vec<Condition>),
    /// At least one holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// A look at one field.
    Test(Test),
}

/// A look at one field. It holds when it holds for any value of the field.
#[derive(Debug)]
pub struct Test {
    /// The field, by its number in the rule set.
    pub field: usize,
    /// What to look for.
    pub what: What,
    /// The condition as the rule's author wrote it.
    pub shown: String,
    /// The line of its operator.
    pub line: usize,
}

/// What a test looks for.
#[derive(Debug)]
pub enum What {
    /// A phrase of a list.
    Contains(ListId),
    /// A phrase of each list, close together.
    Near {
        /// The lists, with the words that they were written as.
        lists: Vec<(ListId, String)>,
        /// The most places that may lie between them.
        within: usize,
        /// Whether they must follow each other as the lists do.
        in_order: bool,
    },
    /// One of these patterns.
    Matches(Vec<PatternId>),
    /// One of these, as a whole.
    Equals(Vec<Wanted>),
    /// A beginning, folded.
    StartsWith(Vec<String>),
    /// An end, folded.
    EndsWith(Vec<String>),
    /// Whether there is anything in the field.
    Exists(bool),
    /// A number above this one.
    Above(f64),
    /// A number below this one.
    Below(f64),
    /// A learned label that is likely enough.
    Predicts(Predicts),
}

/// A look at what was learned.
#[derive(Debug, PartialEq)]
pub struct Predicts {
    /// The label.
    pub label: String,
    /// Probabilities that are not enough yet.
    pub above: f64,
    /// Labels of which none may be likelier.
    pub among: Vec<String>,
}

/// A value to be equal to.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// Folded words.
    Text(String),
    /// A number.
    Number(f64),
}

/// A mail as the rules see it: each field is read, split into words and searched at most once.
pub struct Reading<'r, 'm> {
    facts: &'r Facts<'m>,
    rules: &'r Ruleset,
    views: Vec<OnceCell<View<'r, 'm>>>,
}

struct View<'r, 'm> {
    values: Vec<Value<'m>>,
    scans: OnceCell<Vec<Scan<'r>>>,
    candidates: OnceCell<Vec<Candidates>>,
    look: OnceCell<Look<'r>>,
}

/// What was found on the way, and, for explanations, what was missing.
#[derive(Debug, Default)]
pub struct Trail {
    /// The places that made conditions true.
    pub because: Vec<Because>,
    /// The conditions that did not hold, in words.
    pub missed: Vec<String>,
    /// Look at every condition, even after one that settles the matter.
    pub is_thorough: bool,
}

impl<'r, 'm> Reading<'r, 'm> {
    /// A fresh look at a mail.
    pub fn new(facts: &'r Facts<'m>, rules: &'r Ruleset) -> Self {
        Self {
            facts,
            rules,
            views: rules.fields.iter().map(|_| OnceCell::new()).collect(),
        }
    }

    fn view(&self, field: usize) -> Option<(&Field, &View<'r, 'm>)> {
        let (name, cell) = (self.rules.fields.get(field)?, self.views.get(field)?);
        let view = cell.get_or_init(|| View {
            values: name.values(self.facts),
            scans: OnceCell::new(),
            candidates: OnceCell::new(),
            look: OnceCell::new(),
        });
        Some((name, view))
    }

    fn scans<'a>(&'a self, view: &'a View<'r, 'm>) -> &'a [Scan<'r>] {
        view.scans.get_or_init(|| {
            let scan = |value: &Value<'m>| self.rules.phrases.scan(&as_text(value));
            view.values.iter().map(scan).collect()
        })
    }

    fn candidates<'a>(&self, view: &'a View<'r, 'm>) -> &'a [Candidates] {
        view.candidates.get_or_init(|| {
            let look = |value: &Value<'m>| self.rules.patterns.candidates(&as_text(value));
            view.values.iter().map(look).collect()
        })
    }

    /// What was learned says of a field. The model reads a subject, a blank line and the new words;
    /// other fields have no subject.
    fn look<'a>(&'a self, field: &Field, view: &'a View<'r, 'm>) -> &'a Look<'r> {
        view.look.get_or_init(|| {
            let texts: Vec<Cow<'_, str>> = view.values.iter().map(as_text).collect();
            let text = texts.join("\n");
            let has_subject = *field == Field::NewText && self.facts.ticket.is_none();
            self.rules.hints.look(&whole(&text, has_subject))
        })
    }
}

/// A text as the learned hints read it: with a subject, or an empty one.
pub fn whole(text: &str, has_subject: bool) -> String {
    let head = if has_subject { "" } else { "\n\n" };
    format!("{head}{text}")
}

impl Condition {
    /// Whether it holds; `trail` learns why, or why not.
    pub fn holds(&self, reading: &Reading<'_, '_>, trail: &mut Trail) -> bool {
        match self {
            Self::All(conditions) => {
                let mut holds = true;
                for condition in conditions {
                    holds &= condition.holds(reading, trail);
                    if !holds && !trail.is_thorough {
                        return false;
                    }
                }
                holds
            }
            Self::Any(conditions) => {
                let missed = trail.missed.len();
                for condition in conditions {
                    if condition.holds(reading, trail) {
                        trail.missed.truncate(missed);
                        return true;
                    }
                }
                false
            }
            Self::Not(condition) => {
                let mut inner = Trail::default();
                if !condition.holds(reading, &mut inner) {
                    return true;
                }
                let found: Vec<String> = inner
                    .because
                    .iter()
                    .map(|because| format!("{:?}", because.excerpt))
                    .collect();
                trail.missed.push(format!(
                    "not {}: found {}",
                    condition.shown(),
                    found.join(", ")
                ));
                false
            }
            Self::Test(test) => match test.find(reading, trail.is_thorough) {
                Ok(because) => {
                    trail.because.extend(because);
                    true
                }
                Err(detail) => {
                    if trail.is_thorough {
                        trail.missed.push(format!("{}{detail}", test.shown));
                    }
                    false
                }
            },
        }
    }

    /// The condition in words.
    pub fn shown(&self) -> String {
        let joined = |conditions: &[Condition]| {
            let shown: Vec<String> = conditions.iter().map(Condition::shown).collect();
            shown.join("; ")
        };
        match self {
            Self::All(conditions) => match conditions.as_slice() {
                [only] => only.shown(),
                all => format!("all ({})", joined(all)),
            },
            Self::Any(conditions) => format!("any ({})", joined(conditions)),
            Self::Not(condition) => format!("not {}", condition.shown()),
            Self::Test(test) => test.shown.clone(),
        }
    }
}

impl Test {
    /// Where it holds (`None` where there is no place to show), or, for explanations, a word on why
    /// it does not.
    fn find(
        &self,
        reading: &Reading<'_, '_>,
        is_thorough: bool,
    ) -> Result<Option<Because>, String> {
        let Some((field, view)) = reading.view(self.field) else {
            return Err(String::new());
        };
        let because = |excerpt: String| {
            Ok(Some(Because {
                field: field.name(),
                excerpt,
            }))
        };
        match &self.what {
            What::Contains(list) => {
                for (value, scan) in view.values.iter().zip(reading.scans(view)) {
                    if let Some(hit) = scan.hits(*list).first() {
                        return because(excerpt(&as_text(value), scan.bytes(*hit, AROUND)));
                    }
                }
                Err(String::new())
            }
            What::Near {
                lists,
                within,
                in_order,
            } => {
                let ids: Vec<ListId> = lists.iter().map(|(id, _)| *id).collect();
                let mut nearest = None;
                for (value, scan) in view.values.iter().zip(reading.scans(view)) {
                    match scan.nearest(&ids, *in_order) {
                        Some((span, distance)) if distance <= *within => {
                            return because(excerpt(&as_text(value), scan.bytes(span, AROUND)));
                        }
                        Some((_, distance)) => nearest = Some(distance),
                        None => {}
                    }
                }
                Err(match nearest {
                    Some(distance) => format!(": all there, but {distance} words apart"),
                    None => missing(lists, reading.scans(view)),
                })
            }
            What::Matches(patterns) => {
                for (value, candidates) in view.values.iter().zip(reading.candidates(view)) {
                    let text = as_text(value);
                    let mut regexes = patterns
                        .iter()
                        .filter(|pattern| candidates.has(**pattern))
                        .filter_map(|pattern| reading.rules.patterns.regex(*pattern));
                    if let Some(found) = regexes.find_map(|regex| regex.find(&text)) {
                        return because(excerpt(&text, found.range()));
                    }
                }
                Err(String::new())
            }
            What::Predicts(wanted) => {
                let look = reading.look(field, view);
                let shown = |label: &str, probability: f32| {
                    format!("{probability:.2} ({})", look.words(label).join(", "))
                };
                let Some(found) = look.probability(&wanted.label) else {
                    return Err(": nothing was learned of it".to_owned());
                };
                if f64::from(found) <= wanted.above {
                    // the strongest words are dear to find
                    if !is_thorough {
                        return Err(String::new());
                    }
                    return Err(format!(": it is {}", shown(&wanted.label, found)));
                }
                let others = wanted.among.iter();
                let others = others.filter_map(|label| Some((label, look.probability(label)?)));
                let likelier = others.filter(|(_, other)| *other > found);
                match likelier.max_by(|a, b| a.1.total_cmp(&b.1)) {
                    Some(_) if !is_thorough => Err(String::new()),
                    Some((label, other)) => Err(format!(
                        ": it is {}, but {label} is {}",
                        shown(&wanted.label, found),
                        shown(label, other)
                    )),
                    None => Ok(Some(Because {
                        field: format!("predicts {}", wanted.label),
                        excerpt: shown(&wanted.label, found),
                    })),
                }
            }
            What::Exists(wanted) => {
                let exists = view.values.iter().any(|value| !as_text(value).is_empty());
                match (exists, wanted) {
                    (true, true) => because(first(&view.values)),
                    (false, false) => Ok(None),
                    _ => Err(String::new()),
                }
            }
            what => match view.values.iter().find(|value| what.fits(value)) {
                Some(value) => {
                    let text = as_text(value);
                    because(excerpt(&text, 0..text.len()))
                }
                None => Err(match view.values.is_empty() {
                    true => ": there is none".to_owned(),
                    false => format!(": it is {:?}", first(&view.values)),
                }),
            },
        }
    }
}

impl What {
    /// The key of rule files.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Contains(_) => "contains",
            Self::Near { .. } => "near",
            Self::Matches(_) => "matches",
            Self::Equals(_) => "equals",
            Self::StartsWith(_) => "starts_with",
            Self::EndsWith(_) => "ends_with",
            Self::Exists(_) => "exists",
            Self::Above(_) => "above",
            Self::Below(_) => "below",
            Self::Predicts(_) => "predicts",
        }
    }

    /// The tests that look at one value as a whole.
    fn fits(&self, value: &Value<'_>) -> bool {
        let text = || fold(&as_text(value));
        let number = || match value {
            Value::Number(number) => Some(*number),
            Value::Text(text) => text.trim().parse::<f64>().ok(),
        };
        match self {
            Self::Equals(wanted) => wanted.iter().any(|wanted| match wanted {
                Wanted::Text(wanted) => *wanted == text(),
                Wanted::Number(wanted) => Some(*wanted) == number(),
            }),
            Self::StartsWith(heads) => heads.iter().any(|head| text().starts_with(head)),
            Self::EndsWith(tails) => tails.iter().any(|tail| text().ends_with(tail)),
            Self::Above(bound) => number().is_some_and(|number| number > *bound),
            Self::Below(bound) => number().is_some_and(|number| number < *bound),
            _ => false,
        }
    }
}

fn missing(lists: &[(ListId, String)], scans: &[Scan<'_>]) -> String {
    let (found, not): (Vec<_>, Vec<_>) = lists
        .iter()
        .partition(|(list, _)| scans.iter().any(|scan| !scan.hits(*list).is_empty()));
    let names = |lists: &[&(ListId, String)]| -> String {
        let names: Vec<&str> = lists.iter().map(|(_, shown)| shown.as_str()).collect();
        names.join(", ")
    };
    match (found.is_empty(), not.is_empty()) {
        (true, _) => ": none of them found".to_owned(),
        (false, true) => ": all there, but in another order or in different values".to_owned(),
        (false, false) => format!(": found {}, but no {}", names(&found), names(&not)),
    }
}

fn as_text<'a>(value: &'a Value<'_>) -> Cow<'a, str> {
    match value {
        Value::Text(text) => Cow::Borrowed(text),
        Value::Number(number) => Cow::Owned(number.to_string()),
    }
}

fn first(values: &[Value<'_>]) -> String {
    let text = values.first().map(as_text).unwrap_or_default();
    excerpt(&text, 0..text.len())
}

/// One line without control characters.
fn excerpt(text: &str, range: std::ops::Range<usize>) -> String {
    let found = text.get(range).unwrap_or_default();
    let mut line = String::new();
    let mut letters = 0;
    for word in found.split(|c: char| c.is_whitespace() || c.is_control()) {
        if letters >= LONGEST_EXCERPT {
            break;
        }
        let shown = word.chars().filter(|c| !is_direction(*c));
        if !line.is_empty() && !word.is_empty() {
            line.push(' ');
        }
        for c in shown.take(LONGEST_EXCERPT.saturating_sub(letters)) {
            line.push(c);
            letters += 1;
        }
    }
    line
}

/// Marks that turn the direction of a line, with which a text could pretend to be another.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
