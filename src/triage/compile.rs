//! The conditions of a rule file, checked and brought into the form that is fast to ask.

mod values;

use std::collections::{HashMap, HashSet};

use self::values::{Item, items, problem, quoted, refuse_empty, strings, wanted};
use super::{
    condition::{Condition, Predicts, Test, What},
    fields::{Field, Holds},
    patterns::{BadPattern, PatternId, Patterns},
    phrases::{ListId, Phrases},
    words::fold,
};
use crate::toml_reader::{Table, hint};

/// Conditions inside conditions.
const DEEPEST: usize = 16;

/// The places within which `near` looks when `within` is absent.
const WITHIN: usize = 8;

const OPERATORS: &str = "contains, near, matches, equals, starts_with, ends_with, exists, above, \
                         below, predicts, all, any or not";

/// A named word list.
#[derive(Debug)]
pub struct Term {
    /// The file that defines it, as the user named it.
    pub file: String,
    /// The line of its words.
    pub line: usize,
    /// Phrases, `@term`s, and exceptions with a `!` before them.
    pub words: Vec<String>,
}

impl Term {
    /// The file and line that define it.
    pub fn home(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

/// Collects what all conditions share.
#[derive(Debug)]
pub struct Compiler<'n> {
    terms: &'n HashMap<String, Term>,
    /// The labels that were learned.
    labels: Vec<&'n str>,
    fields: Vec<Field>,
    phrases: Phrases,
    patterns: Patterns,
    /// The terms that conditions use, also by other terms.
    used: HashSet<&'n str>,
    /// Whether what was learned is asked about what is new in a mail.
    asks_hints: bool,
}

impl<'n> Compiler<'n> {
    /// A compiler that knows these terms and learned labels.
    pub fn new(terms: &'n HashMap<String, Term>, labels: Vec<&'n str>) -> Self {
        Self {
            terms,
            labels,
            fields: Vec::new(),
            phrases: Phrases::default(),
            patterns: Patterns::default(),
            used: HashSet::new(),
            asks_hints: false,
        }
    }

    /// Whether a condition so far asks what was learned about what is new in a mail.
    pub fn asks_hints(&self) -> bool {
        self.asks_hints
    }

    /// The fields, phrases and patterns of all conditions so far.
    pub fn finish(mut self) -> (Vec<Field>, Phrases, Patterns) {
        self.patterns.finish();
        (self.fields, self.phrases, self.patterns)
    }

    /// Where a term is defined.
    pub fn home(&self, term: &str) -> Option<String> {
        self.terms.get(term).map(Term::home)
    }

    /// The terms that no condition so far uses, with their names.
    pub fn unused(&self) -> impl Iterator<Item = (&'n str, &'n Term)> {
        let terms = self.terms.iter().map(|(name, term)| (name.as_str(), term));
        terms.filter(|(name, _)| !self.used.contains(name))
    }

    /// Reports what is wrong with the words of a term, at its own place.
    pub fn check_term(&mut self, terms: &Table<'_, '_>, name: &str) {
        let items = strings(terms, name);
        self.read_list(terms, name, &items);
    }

    /// The `when` of a rule.
    pub fn when(&mut self, rule: &Table<'_, '_>) -> Option<Condition> {
        if rule.get("when").is_none() {
            let problem = "is required: for a rule that always acts write when = { all = [] }";
            rule.fault("when", problem);
        }
        refuse_empty(rule, "when");
        let when = rule.table("when", |when| self.condition(when, 0));
        when.map(Condition::All)
    }

    /// The conditions of a table, all of which must hold.
    fn condition(&mut self, table: &Table<'_, '_>, depth: usize) -> Vec<Condition> {
        let mut all = self.tests(table);
        if depth > DEEPEST {
            table.fault(
                "all",
                format!("conditions are nested deeper than {DEEPEST}"),
            );
            return all;
        }
        for key in ["all", "any"] {
            if table.get(key).is_none() {
                continue;
            }
            refuse_empty(table, key);
            let inner = table.tables(key, |inner| {
                Condition::All(self.condition(inner, depth + 1))
            });
            if key == "all" {
                all.push(Condition::All(inner));
                continue;
            }
            if inner.is_empty() {
                table.fault(key, "needs at least one condition");
            }
            all.push(Condition::Any(inner));
        }
        refuse_empty(table, "not");
        let inner = table.table("not", |inner| self.condition(inner, depth + 1));
        all.extend(inner.map(|inner| Condition::Not(Box::new(Condition::All(inner)))));
        all
    }

    /// `predicts` with its `above` and `among`.
    fn predicts(&self, table: &Table<'_, '_>) -> (What, String) {
        let label = table.string("predicts", "");
        let among = table.strings("among");
        for (key, name) in
            std::iter::once(("predicts", &label)).chain(among.iter().map(|name| ("among", name)))
        {
            if !self.labels.contains(&name.as_str()) {
                let hint = hint(name, &self.labels);
                let problem = format!("nothing was learned of \"{name}\"{hint}");
                table.fault(key, problem);
            }
        }
        let likely = if among.is_empty() { 0.5 } else { 0.0 };
        let above = table.optional_number("above").unwrap_or(likely);
        if !(0.0..1.0).contains(&above) {
            table.fault("above", "is a probability here: from 0 to below 1");
        }
        let shown = match among.is_empty() {
            true => format!("{label:?} above {above}"),
            false => format!("{label:?} above {above} among {}", among.join(", ")),
        };
        (
            What::Predicts(Predicts {
                label,
                above,
                among,
            }),
            shown,
        )
    }

    /// The looks at one field that a table asks for.
    fn tests(&mut self, table: &Table<'_, '_>) -> Vec<Condition> {
        let name = table.string("field", "new_text");
        let field = Field::from_name(&name).unwrap_or_else(|| {
            let hint = hint(&name, &Field::names());
            table.fault("field", format!("unknown field{hint}"));
            Field::NewText
        });
        let mut found: Vec<(What, String)> = Vec::new();
        let mut say = |key: &str, what: Option<What>, shown: String| {
            let needs = match key {
                "above" | "below" => Holds::Number,
                "equals" | "exists" => Holds::Any,
                _ => Holds::Text,
            };
            match (field.holds(), needs) {
                (Holds::Number, Holds::Text) => table.fault(
                    key,
                    format!("looks at words, but {name} is a number: use above, below or equals"),
                ),
                (Holds::Text, Holds::Number) => table.fault(
                    key,
                    format!("looks at numbers, but {name} holds words: use contains or equals"),
                ),
                _ => found.extend(what.map(|what| (what, format!("{key} {shown}")))),
            }
        };
        if table.get("contains").is_some() {
            let items = strings(table, "contains");
            let list = self.list(table, "contains", &items);
            say("contains", Some(What::Contains(list)), quoted(&items));
        }
        if table.get("near").is_some() {
            let (what, shown) = self.near(table);
            say("near", what, shown);
        }
        for key in ["within", "in_order"] {
            if table.get(key).is_some() && table.get("near").is_none() {
                table.fault(key, "belongs to near, which is not there");
            }
        }
        if table.get("matches").is_some() {
            let items = strings(table, "matches");
            let patterns = self.patterns(table, &items);
            say("matches", patterns.map(What::Matches), quoted(&items));
        }
        if let Some(value) = table.get("equals") {
            let (wanted, shown) = wanted(table, value);
            say("equals", Some(What::Equals(wanted)), shown);
        }
        for (key, what) in [
            ("starts_with", What::StartsWith as fn(Vec<String>) -> What),
            ("ends_with", What::EndsWith),
        ] {
            if table.get(key).is_some() {
                let items = strings(table, key);
                let folded = items.iter().map(|(text, _)| fold(text)).collect();
                say(key, Some(what(folded)), quoted(&items));
            }
        }
        if table.get("exists").is_some() {
            let flag = table.boolean("exists", true);
            say("exists", Some(What::Exists(flag)), flag.to_string());
        }
        let is_learned = table.get("predicts").is_some();
        if is_learned {
            self.asks_hints |= field == Field::NewText;
            let (what, shown) = self.predicts(table);
            say("predicts", Some(what), shown);
        } else if table.get("among").is_some() {
            table.fault("among", "belongs to predicts, which is not there");
        }
        for (key, what) in [
            ("above", What::Above as fn(f64) -> What),
            ("below", What::Below),
        ] {
            if is_learned && key == "above" {
                continue;
            }
            if let Some(bound) = table.optional_number(key) {
                say(key, Some(what(bound)), bound.to_string());
            }
        }
        let only_field = found.is_empty() && table.get("field").is_some();
        let others = ["all", "any", "not", "predicts"];
        let operators = [
            "contains",
            "near",
            "matches",
            "equals",
            "starts_with",
            "ends_with",
        ];
        let more = ["exists", "above", "below"];
        let mut keys = others.iter().chain(&operators).chain(&more);
        if only_field && !keys.any(|key| table.get(key).is_some()) {
            table.fault(
                "field",
                format!("says where to look, but not for what: add {OPERATORS}"),
            );
        }
        let prefix = match field {
            Field::NewText => String::new(),
            _ => format!("{name} "),
        };
        let number = self.field(field);
        let test = |(what, shown): (What, String)| {
            let operator = table.get(what.key());
            Condition::Test(Test {
                field: number,
                line: operator.map_or(table.line(), |value| table.line_of(value)),
                what,
                shown: format!("{prefix}{shown}"),
            })
        };
        found.into_iter().map(test).collect()
    }

    fn near(&mut self, table: &Table<'_, '_>) -> (Option<What>, String) {
        let within = table.integer("within", WITHIN as i64, 1..=200);
        let within = usize::try_from(within).unwrap_or(WITHIN);
        let in_order = table.boolean("in_order", false);
        let mut lists: Vec<(ListId, String)> = Vec::new();
        let value = table.get("near");
        let groups = value.and_then(|value| value.get_ref().as_array());
        for group in groups.into_iter().flat_map(|groups| groups.iter()) {
            let items = items(group);
            if items.is_empty() {
                table.fault_at("near", group, "must be a string or an array of strings");
                continue;
            }
            let shown = quoted(&items);
            lists.push((self.list(table, "near", &items), shown));
        }
        if lists.len() < 2 {
            let problem = "needs two or more lists: near = [\"@import\", \"@failure\"]";
            table.fault("near", problem);
        }
        let shown: Vec<&str> = lists.iter().map(|(_, shown)| shown.as_str()).collect();
        let order = if in_order { " in order" } else { "" };
        let shown = format!("[{}] within {within}{order}", shown.join(", "));
        let near = What::Near {
            lists,
            within,
            in_order,
        };
        (Some(near), shown)
    }

    fn patterns(
        &mut self,
        table: &Table<'_, '_>,
        items: &[Item<'_, '_>],
    ) -> Option<Vec<PatternId>> {
        let mut found = Vec::new();
        for (text, value) in items {
            match self.patterns.add(text) {
                Ok(pattern) => found.push(pattern),
                Err(BadPattern::TooLarge) => table.fault_at(
                    "matches",
                    value,
                    "is too large a pattern: use fewer or smaller repetitions",
                ),
                Err(BadPattern::Syntax(reason)) => table.fault_at(
                    "matches",
                    value,
                    format!("is not a pattern that can be used: {reason}"),
                ),
            }
        }
        (found.len() == items.len() && !found.is_empty()).then_some(found)
    }

    /// The list of phrases that strings, terms and exceptions of a condition make.
    fn list(&mut self, table: &Table<'_, '_>, key: &str, items: &[Item<'_, '_>]) -> ListId {
        let (list, terms) = self.read_list(table, key, items);
        self.used.extend(terms);
        list
    }

    /// The list, and the terms in it.
    fn read_list(
        &mut self,
        table: &Table<'_, '_>,
        key: &str,
        items: &[Item<'_, '_>],
    ) -> (ListId, Vec<&'n str>) {
        let (mut phrases, mut except) = (Vec::new(), Vec::new());
        let mut seen: HashSet<(&str, bool)> = HashSet::new();
        for (text, value) in items {
            let mut open = vec![(text.as_str(), true, true)];
            while let Some((text, wanted, is_own)) = open.pop() {
                let (wanted, text) = match text.strip_prefix('!') {
                    Some(rest) => (!wanted, rest.trim_start()),
                    None => (wanted, text),
                };
                if let Some(name) = text.strip_prefix('@') {
                    match self.terms.get_key_value(name) {
                        Some((name, term)) if seen.insert((name, wanted)) => {
                            open.extend(term.words.iter().map(|w| (w.as_str(), wanted, false)));
                        }
                        Some(_) => {}
                        None if is_own => {
                            let known: Vec<String> =
                                self.terms.keys().map(|name| format!("@{name}")).collect();
                            let known: Vec<&str> = known.iter().map(String::as_str).collect();
                            let problem = format!("unknown term \"{text}\"{}", hint(text, &known));
                            table.fault_at(key, value, problem);
                        }
                        None => {}
                    }
                    continue;
                }
                match self.phrases.phrase(text) {
                    Ok(phrase) if wanted => phrases.push(phrase),
                    Ok(phrase) => except.push(phrase),
                    // a term's own words are reported where it is defined
                    Err(bad) if is_own => table.fault_at(key, value, problem(bad)),
                    Err(_) => {}
                }
            }
        }
        if items.is_empty() {
            table.fault(key, "needs at least one word or phrase");
        }
        let terms = seen.into_iter().map(|(name, _)| name).collect();
        (self.phrases.list(phrases, except), terms)
    }

    fn field(&mut self, field: Field) -> usize {
        self.fields
            .iter()
            .position(|known| *known == field)
            .unwrap_or_else(|| {
                self.fields.push(field);
                self.fields.len() - 1
            })
    }
}
