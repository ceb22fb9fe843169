//! Regular expressions, and which of them a text needs to be asked for.
//!
//! A thousand rules bring ten thousand patterns, and most mails fit none of them. For each pattern
//! the literals are worked out that a text must hold for it to match; one Aho-Corasick walk over a
//! text finds the literals of all patterns, and only those patterns are run whose every demand is
//! met. (A `RegexSet` of patterns with `\b` takes 150 ms for such a set, measured with regex 1.13.)

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    sync::OnceLock,
};

use aho_corasick::AhoCorasick;
use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Class, Hir, HirKind, literal::Extractor};

/// The most memory that a pattern may take, in bytes.
const PATTERN_SIZE: usize = 1 << 20;

/// A pattern of at most this weight is never too large; what it is made of is compiled when a mail
/// first asks for it, since ten thousand compiled patterns take 3 to 7 s and 400 to 450 MB.
const LIGHT: usize = 5_000;

/// What a class of letters weighs beside its ranges: a `.` has two, but all forms of UTF-8.
const CLASS: usize = 8;

/// A literal has at least this many characters: shorter ones stand in every text.
const SHORTEST: usize = 3;

/// A demand of more literals than this is hardly ever not met.
const MOST_LITERALS: usize = 64;

/// A pattern asks for this many parts of it at most.
const MOST_DEMANDS: usize = 3;

/// The patterns of a rule set, each stored once.
#[derive(Default)]
pub struct Patterns {
    patterns: Vec<Pattern>,
    by_text: HashMap<String, PatternId>,
    literals: HashMap<String, usize>,
    /// The demands that a literal meets.
    met_by: Vec<Vec<usize>>,
    /// The pattern of each demand.
    demands: Vec<PatternId>,
    finder: Option<AhoCorasick>,
}

struct Pattern {
    text: String,
    regex: OnceLock<Option<Regex>>,
    may_be_empty: bool,
    demands: usize,
}

/// A pattern by its number.
pub type PatternId = usize;

/// Why a pattern cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadPattern {
    /// It would take more memory than a pattern may.
    TooLarge,
    /// What is wrong with it, in a word.
    Syntax(String),
}

/// The patterns that a text may match: all others do not.
#[derive(Debug)]
pub struct Candidates(Vec<bool>);

impl fmt::Debug for Patterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Patterns({})", self.patterns.len())
    }
}

impl Patterns {
    /// Adds a pattern in the syntax of the regex crate.
    ///
    /// # Errors
    /// When it is no pattern, or too large a one.
    pub fn add(&mut self, text: &str) -> Result<PatternId, BadPattern> {
        if let Some(id) = self.by_text.get(text) {
            return Ok(*id);
        }
        let parsed = regex_syntax::parse(text).ok();
        let compiled = match &parsed {
            Some(hir) if weight(hir) <= LIGHT => OnceLock::new(),
            // what is wrong with it is the compiler's to say
            _ => OnceLock::from(Some(compile(text)?)),
        };
        let demands = parsed.as_ref().map(demands).unwrap_or_default();
        let id = self.patterns.len();
        self.patterns.push(Pattern {
            text: text.to_owned(),
            regex: compiled,
            may_be_empty: parsed.is_none_or(|hir| hir.properties().minimum_len() == Some(0)),
            demands: demands.len(),
        });
        for literals in demands {
            let demand = self.demands.len();
            self.demands.push(id);
            for literal in literals {
                let next = self.literals.len();
                let literal = *self.literals.entry(literal).or_insert(next);
                match self.met_by.get_mut(literal) {
                    Some(demands) => demands.push(demand),
                    None => self.met_by.push(vec![demand]),
                }
            }
        }
        self.by_text.insert(text.to_owned(), id);
        Ok(id)
    }

    /// Makes ready to look: patterns added later are run on every text.
    pub fn finish(&mut self) {
        let mut literals: Vec<(&String, &usize)> = self.literals.iter().collect();
        literals.sort_by_key(|(_, number)| **number);
        self.finder = AhoCorasick::new(literals.iter().map(|(literal, _)| literal)).ok();
    }

    /// The pattern itself.
    pub fn regex(&self, id: PatternId) -> Option<&Regex> {
        let pattern = self.patterns.get(id)?;
        let compiled = pattern.regex.get_or_init(|| compile(&pattern.text).ok());
        compiled.as_ref()
    }

    /// Whether the pattern fits the empty text.
    pub fn fits_nothing(&self, id: PatternId) -> bool {
        let may = self
            .patterns
            .get(id)
            .is_some_and(|pattern| pattern.may_be_empty);
        may && self.regex(id).is_some_and(|regex| regex.is_match(""))
    }

    /// The patterns that a text may match, found in one walk.
    pub fn candidates(&self, text: &str) -> Candidates {
        let mut open: Vec<usize> = self
            .patterns
            .iter()
            .map(|pattern| pattern.demands)
            .collect();
        if let Some(finder) = &self.finder {
            let mut is_met = vec![false; self.demands.len()];
            let mut is_seen = vec![false; self.met_by.len()];
            let folded = fold(text);
            for found in finder.find_overlapping_iter(&folded) {
                let literal = found.pattern().as_usize();
                let Some(seen) = is_seen.get_mut(literal).filter(|seen| !**seen) else {
                    continue;
                };
                *seen = true;
                for demand in self.met_by.get(literal).into_iter().flatten() {
                    let Some(met) = is_met.get_mut(*demand).filter(|met| !**met) else {
                        continue;
                    };
                    *met = true;
                    let pattern = self.demands.get(*demand);
                    if let Some(open) = pattern.and_then(|pattern| open.get_mut(*pattern)) {
                        *open = open.saturating_sub(1);
                    }
                }
            }
        } else {
            open.fill(0);
        }
        Candidates(open.into_iter().map(|open| open == 0).collect())
    }
}

impl Candidates {
    /// Whether the pattern needs to be run.
    pub fn has(&self, id: PatternId) -> bool {
        self.0.get(id).copied().unwrap_or(true)
    }
}

fn compile(text: &str) -> Result<Regex, BadPattern> {
    let built = RegexBuilder::new(text)
        .size_limit(PATTERN_SIZE)
        .dfa_size_limit(PATTERN_SIZE)
        .build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => BadPattern::TooLarge,
        error => {
            // the last line of the message names the fault; those before draw the pattern
            let message = error.to_string();
            let reason = message.lines().last().unwrap_or_default();
            BadPattern::Syntax(reason.trim_start_matches("error: ").to_owned())
        }
    })
}

/// How large it will be, in units of at most 100 bytes or so: letters and ranges of letters, as often as they are repeated. The
/// parser bounds the depth.
fn weight(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(Class::Unicode(class)) => CLASS + class.ranges().len(),
        HirKind::Class(Class::Bytes(class)) => CLASS + class.ranges().len(),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1);
            weight(&repetition.sub).saturating_mul(times as usize)
        }
        HirKind::Capture(capture) => weight(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(weight).fold(0, usize::saturating_add)
        }
    }
}

/// Sets of folded literals; a text that matches holds one of each set.
///
/// Whatever matches a sequence has a match of its tail in it, so the beginnings of every tail are
/// literals of which one must be there.
fn demands(hir: &Hir) -> Vec<BTreeSet<String>> {
    let parts = parts(hir);
    let mut demands: Vec<BTreeSet<String>> = Vec::new();
    let mut was_fixed = false;
    for (start, part) in parts.iter().enumerate() {
        let is_fixed = is_fixed(part);
        if !(is_fixed && was_fixed) {
            let tail = parts.iter().skip(start).map(|part| (*part).clone());
            demands.extend(beginnings(&Hir::concat(tail.collect())));
        }
        was_fixed = is_fixed;
    }
    // long and few literals first: they are met least often
    demands.sort_by_key(|literals| {
        let shortest = literals.iter().map(|literal| literal.chars().count()).min();
        (std::cmp::Reverse(shortest), literals.len())
    });
    demands.dedup();
    demands.truncate(MOST_DEMANDS);
    demands
}

fn parts(hir: &Hir) -> Vec<&Hir> {
    match hir.kind() {
        HirKind::Concat(parts) => parts.iter().collect(),
        HirKind::Capture(capture) => parts(&capture.sub),
        _ => vec![hir],
    }
}

/// Whether it stands for few letters: a run of such parts is one literal.
fn is_fixed(hir: &Hir) -> bool {
    matches!(hir.kind(), HirKind::Literal(_) | HirKind::Class(_))
}

/// The literals that a match can begin with; `None` when they are too many or too short.
fn beginnings(hir: &Hir) -> Option<BTreeSet<String>> {
    let found = Extractor::new().extract(hir);
    let mut literals = BTreeSet::new();
    for literal in found.literals()? {
        let literal = fold(std::str::from_utf8(literal.as_bytes()).ok()?);
        if literal.chars().count() < SHORTEST {
            return None;
        }
        literals.insert(literal);
    }
    (1..=MOST_LITERALS)
        .contains(&literals.len())
        .then_some(literals)
}

/// Letter by letter, so that whatever stands in a text stands in the folded text.
fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(texts: &[&str]) -> Patterns {
        let mut patterns = Patterns::default();
        for text in texts {
            patterns.add(text).unwrap();
        }
        patterns.finish();
        patterns
    }

    #[test]
    fn a_text_that_holds_what_a_pattern_needs_is_asked_and_others_are_not() {
        // pattern, a text for which it must be run, a text for which it need not be
        let cases = [
            (r"(?i)\bимпорт\s+не\b", "ИМПОРТ  не идёт", "экспорт не идёт"),
            (r"ERR-\d+", "error err-12", "ERR 12"),
            (r"(?i)k{3}el", "\u{212a}kKel", "kel"),
            (
                r"(?i)(прайс|price).{0,40}(пуст|empt)",
                "Price is EMPTY",
                "price is 10",
            ),
            (r"\d+\s+товаров", "нет 12 товаров", "12 штук"),
            (
                r"(заказ|order)\s*№?\s*\d{4,}",
                "my ORDER 12",
                "мой товар 1234",
            ),
            (r"[^ ]+@example\.com", "a@Example.com", "a@example.org"),
        ];
        for (pattern, asked, not_asked) in cases {
            let patterns = ready(&[pattern]);
            assert!(patterns.candidates(asked).has(0), "{pattern}: {asked}");
            assert!(
                !patterns.candidates(not_asked).has(0),
                "{pattern}: {not_asked}"
            );
        }
    }

    #[test]
    fn a_pattern_without_letters_of_its_own_is_always_asked() {
        for pattern in [
            r"\d{10}",
            r".*",
            r"да|не",
            r"(?i)\bне\b",
            r"(импорт)?",
            r"(прайс|\d+)",
        ] {
            assert!(
                ready(&[pattern]).candidates("любой text 1").has(0),
                "{pattern}"
            );
        }
    }

    #[test]
    fn no_match_is_ever_lost() {
        let pieces = [
            "импорт",
            "(?i:Прайс)",
            "price",
            r"\s+",
            r"\b",
            ".{0,10}",
            "(не|ещё не)",
            "x?",
            r"\d+",
            "(загру[зж]\\w*)?",
            "[Ёё]лка",
            "(a|bc|def)",
            "(?i)ß",
            "^",
            "$",
            "(ab){2}",
            "s{2,3}",
        ];
        let words = [
            "импорт",
            "ПРАЙС",
            "прайс",
            "price",
            " ",
            "  ",
            "не",
            "ещё не",
            "x",
            "12",
            "загрузка",
            "Ёлка",
            "ёлка",
            "a",
            "bc",
            "def",
            "ß",
            "ẞ",
            "abab",
            "ss",
            "ſs",
            "\n",
            "ИМПОРТ",
            "İ",
        ];
        let mut seed = 7_u64;
        let mut next = |below: usize| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695);
            usize::try_from(seed >> 33).unwrap() % below
        };
        let (mut found, mut spared) = (0, 0);
        for _ in 0..1_000 {
            let pattern: String = (0..=next(4)).map(|_| pieces[next(pieces.len())]).collect();
            let patterns = ready(&[&pattern]);
            for _ in 0..20 {
                let text: String = (0..next(8)).map(|_| words[next(words.len())]).collect();
                let fits = patterns.regex(0).unwrap().is_match(&text);
                let asked = patterns.candidates(&text).has(0);
                assert!(asked || !fits, "{pattern:?} fits {text:?}");
                found += usize::from(fits);
                spared += usize::from(!asked);
            }
        }
        assert!(found > 300 && spared > 3_000, "{found} {spared}");
    }

    #[test]
    fn patterns_share_literals_and_equal_ones_are_one() {
        let mut patterns = Patterns::default();
        let first = patterns.add(r"завис\w*").unwrap();
        let second = patterns.add(r"импорт завис").unwrap();
        assert_eq!(patterns.add(r"завис\w*").unwrap(), first);
        patterns.finish();
        let candidates = patterns.candidates("всё зависло");
        assert!(candidates.has(first) && !candidates.has(second));
    }

    #[test]
    fn what_is_not_compiled_at_once_can_be_compiled() {
        let largest = [
            format!(r".{{0,{}}}", LIGHT / (CLASS + 2)),
            format!(r"\w{{{}}}", LIGHT / (CLASS + 800)),
            format!(r"(?i)k{{{}}}", LIGHT / (CLASS + 3)),
            format!(r"[a-z]{{{}}}", LIGHT / (CLASS + 1)),
            format!(r"\W{{{}}}", LIGHT / (CLASS + 800)),
            format!(r"(?i){}", "импорт".repeat(LIGHT / 6 / (CLASS + 3))),
        ];
        for text in &largest {
            let weight = weight(&regex_syntax::parse(text).unwrap());
            assert!(
                (LIGHT / 2..=LIGHT).contains(&weight),
                "{text:.30}: {weight}"
            );
            assert!(compile(text).is_ok(), "{text:.30}");
        }
    }
}
