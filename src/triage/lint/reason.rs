//! What follows from what: conditions taken apart, and whether one holds wherever others do.
//!
//! "No" means that it is not plain: two patterns are never compared, say.

use super::super::{
    condition::{Condition, Test, Wanted, What},
    fields::Field,
    rules::Ruleset,
};

/// A condition that must hold, or must not. One that joins others must hold as an `any`, or must
/// not as an `all`: everything else is taken apart.
#[derive(Clone, Copy, Debug)]
pub struct Literal<'c> {
    pub condition: &'c Condition,
    pub holds: bool,
}

impl Literal<'_> {
    /// In words.
    pub fn shown(&self) -> String {
        let not = if self.holds { "" } else { "not " };
        format!("{not}{}", self.condition.shown())
    }
}

/// What must be so, each for itself, for a condition to hold (or not to).
pub fn literals(condition: &Condition, holds: bool) -> Vec<Literal<'_>> {
    match (condition, holds) {
        (Condition::All(parts), true) | (Condition::Any(parts), false) => parts
            .iter()
            .flat_map(|part| literals(part, holds))
            .collect(),
        (Condition::Not(inner), _) => literals(inner, !holds),
        (Condition::All(parts) | Condition::Any(parts), _) if parts.len() == 1 => parts
            .iter()
            .flat_map(|part| literals(part, holds))
            .collect(),
        _ => vec![Literal { condition, holds }],
    }
}

impl Ruleset {
    /// Whether a condition holds (or does not) wherever all the known ones are as they are.
    pub(super) fn follows(
        &self,
        known: &[Literal<'_>],
        condition: &Condition,
        holds: bool,
    ) -> bool {
        let wanted = literals(condition, holds);
        wanted.into_iter().all(|wanted| {
            known.iter().any(|known| self.implies(*known, wanted))
                || match (wanted.condition, wanted.holds) {
                    (Condition::Any(parts), true) | (Condition::All(parts), false) => {
                        let mut parts = parts.iter();
                        parts.any(|part| self.follows(known, part, wanted.holds))
                    }
                    _ => false,
                }
        })
    }

    /// Whether one alone leads to the other.
    pub(super) fn implies(&self, known: Literal<'_>, wanted: Literal<'_>) -> bool {
        use Condition::{All, Any, Test};
        match (known.condition, wanted.condition) {
            (Test(known_test), Test(test)) if known_test.field == test.field => {
                match (known.holds, wanted.holds) {
                    (true, true) => self.leads_to(known_test, test),
                    (false, false) => self.leads_to(test, known_test),
                    (true, false) => self.excludes(known_test, test),
                    (false, true) => is_opposite(known_test, test),
                }
            }
            // one of a few is one of many; where not all of a few hold, not all of many do
            (Any(few), Any(many)) if known.holds && wanted.holds => self.are_among(few, many),
            (All(few), All(many)) if !known.holds && !wanted.holds => self.are_among(few, many),
            _ => false,
        }
    }

    fn are_among(&self, few: &[Condition], many: &[Condition]) -> bool {
        few.iter()
            .all(|one| many.iter().any(|other| self.is_same(one, other)))
    }

    fn is_same(&self, a: &Condition, b: &Condition) -> bool {
        let (a, b) = (literals(a, true), literals(b, true));
        a.len() == b.len()
            && a.iter().zip(&b).all(|(a, b)| {
                a.holds == b.holds
                    && match (a.condition, b.condition) {
                        (Condition::Test(a), Condition::Test(b)) => {
                            a.field == b.field && self.leads_to(a, b) && self.leads_to(b, a)
                        }
                        (Condition::All(a), Condition::All(b))
                        | (Condition::Any(a), Condition::Any(b)) => {
                            let mut pairs = a.iter().zip(b);
                            a.len() == b.len() && pairs.all(|(a, b)| self.is_same(a, b))
                        }
                        _ => false,
                    }
            })
    }

    /// Whether the second holds wherever the first does; both look at the same field.
    fn leads_to(&self, a: &Test, b: &Test) -> bool {
        let each = |a: &[String], fits: &dyn Fn(&String) -> bool| a.iter().all(fits);
        match (&a.what, &b.what) {
            (What::Contains(a), What::Contains(b)) => self.phrases.covers(*b, *a),
            (What::Near { lists, .. }, What::Contains(b)) => {
                lists.iter().any(|(a, _)| self.phrases.covers(*b, *a))
            }
            (
                What::Near {
                    lists: a,
                    within: near,
                    in_order: strict,
                },
                What::Near {
                    lists: b,
                    within: far,
                    in_order,
                },
            ) => {
                let ids = a.iter().map(|(id, _)| id);
                ids.eq(b.iter().map(|(id, _)| id)) && near <= far && (*strict || !in_order)
            }
            (What::Matches(a), What::Matches(b)) => a.iter().all(|id| b.contains(id)),
            (What::Equals(a), What::Equals(b)) => a.iter().all(|wanted| b.contains(wanted)),
            (What::StartsWith(a), What::StartsWith(b)) => {
                each(a, &|a| b.iter().any(|b| a.starts_with(b)))
            }
            (What::EndsWith(a), What::EndsWith(b)) => {
                each(a, &|a| b.iter().any(|b| a.ends_with(b)))
            }
            (What::Above(a), What::Above(b)) => a >= b,
            (What::Below(a), What::Below(b)) => a <= b,
            (What::Predicts(a), What::Predicts(b)) => {
                a.label == b.label && a.among == b.among && a.above >= b.above
            }
            (_, What::Exists(true)) => self.needs_value(&a.what),
            (What::Exists(a), What::Exists(b)) => a == b,
            _ => false,
        }
    }

    /// Whether they never hold together; both look at the same field.
    fn excludes(&self, a: &Test, b: &Test) -> bool {
        let field = self.fields.get(a.field);
        match (&a.what, &b.what) {
            (What::Exists(false), what) | (what, What::Exists(false)) => self.needs_value(what),
            _ if !field.is_some_and(Field::is_single) => false,
            (What::Equals(a), What::Equals(b)) => {
                let mut pairs = a.iter().flat_map(|a| b.iter().map(move |b| (a, b)));
                !pairs.any(|(a, b)| is_one(a, b))
            }
            (What::Above(above), What::Below(below)) | (What::Below(below), What::Above(above)) => {
                let is_whole = field.is_some_and(|field| field.range().is_some());
                let next = if is_whole {
                    above.floor() + 1.0
                } else {
                    *above
                };
                next >= *below
            }
            (What::Equals(wanted), What::Above(above))
            | (What::Above(above), What::Equals(wanted)) => {
                !numbers(wanted).any(|number| number > *above)
            }
            (What::Equals(wanted), What::Below(below))
            | (What::Below(below), What::Equals(wanted)) => {
                !numbers(wanted).any(|number| number < *below)
            }
            _ => false,
        }
    }

    /// Whether it never holds of a field with nothing in it.
    fn needs_value(&self, what: &What) -> bool {
        let none_empty = |texts: &[String]| texts.iter().all(|text| !text.is_empty());
        match what {
            What::Contains(_) | What::Near { .. } | What::Above(_) | What::Below(_) => true,
            What::Matches(patterns) => {
                let mut patterns = patterns.iter();
                !patterns.any(|id| self.patterns.fits_nothing(*id))
            }
            What::Equals(wanted) => !wanted.contains(&Wanted::Text(String::new())),
            What::StartsWith(texts) | What::EndsWith(texts) => none_empty(texts),
            What::Exists(flag) => *flag,
            What::Predicts(_) => false,
        }
    }
}

fn is_opposite(a: &Test, b: &Test) -> bool {
    matches!((&a.what, &b.what), (What::Exists(a), What::Exists(b)) if a != b)
}

/// Whether one value can be equal to both.
fn is_one(a: &Wanted, b: &Wanted) -> bool {
    a == b
        || match (a, b) {
            (Wanted::Text(_), Wanted::Number(_)) | (Wanted::Number(_), Wanted::Text(_)) => {
                number(a).is_some() && number(a) == number(b)
            }
            _ => false,
        }
}

/// The number that a value must be to be equal to it.
pub fn number(wanted: &Wanted) -> Option<f64> {
    match wanted {
        Wanted::Number(number) => Some(*number),
        Wanted::Text(text) => text.parse().ok(),
    }
}

fn numbers(wanted: &[Wanted]) -> impl Iterator<Item = f64> {
    wanted.iter().filter_map(number)
}
