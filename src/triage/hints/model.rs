//! The model: what each feature says for and against each label.

use std::{cell::OnceCell, fmt::Write as _};

use serde::{Deserialize, Serialize};

use super::{
    ahead::Ahead,
    features::{self, Features},
    train::{self, Example},
};
use crate::triage::words::Stems;

/// The first words of a file of hints, with the version of how texts are looked at.
const MAGIC: &str = "maildesk hints 1";

/// How far a weight may be from nothing; they are stored in 255 steps.
const STEPS: f32 = 127.0;

/// How steep a text's sum is: amounts are small, since they are shared among many features.
pub(super) const SLOPE: f32 = 8.0;

/// From here on the words for a label are found ahead: somebody may ask for them.
const LIKELY: f32 = 0.2;

/// Words shown for a prediction.
const STRONGEST: usize = 5;

/// What was learned from labelled examples. Immutable: the same text always gets the same answer.
#[derive(Debug, Default)]
pub struct Hints {
    header: Header,
    /// Sorted.
    hashes: Vec<u32>,
    /// For each hash a step for each label.
    steps: Vec<i8>,
    stems: Stems,
    ahead: Ahead,
}

/// What a file of hints says about itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Header {
    /// The labels in their order.
    pub(super) labels: Vec<LabelHeader>,
    /// How many examples it was trained on.
    pub(super) examples: usize,
    /// SHA-256 of them, in hexadecimal digits.
    pub(super) digest: String,
}

/// A label.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct LabelHeader {
    /// Its name.
    pub(super) name: String,
    /// The label that a text has too when it has this one; empty when none. What is learned is
    /// then how such texts differ from each other.
    pub(super) within: String,
    /// What one step of its weights is worth.
    pub(super) step: f32,
}

/// How likely a text is what a label says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Prediction {
    /// The label.
    pub label: String,
    /// From 0 to 1.
    pub probability: f32,
    /// The words that speak for it most, strongest first.
    pub words: Vec<String>,
}

/// A text that was looked at.
pub struct Look<'h> {
    hints: &'h Hints,
    text: String,
    known: Known,
    /// What that was told from; seen again where it was looked at ahead.
    seen: OnceCell<Seen<'h>>,
}

/// What is known of a text.
#[derive(Debug)]
pub(super) struct Known {
    /// How likely each label is by itself.
    own: Vec<f32>,
    /// The words for the labels that are likely, by their places; where it was looked at ahead.
    words: Vec<(usize, Vec<String>)>,
}

struct Seen<'h> {
    features: Features,
    /// The steps of each feature that is known.
    rows: Vec<Option<&'h [i8]>>,
}

impl Seen<'_> {
    /// The words that speak for the label at this place most, strongest first.
    fn words(&self, at: usize, step_size: f32) -> Vec<String> {
        let tokens = &self.features.tokens;
        let mut worth = vec![0.0_f32; tokens.len()];
        for (feature, row) in self.features.all.iter().zip(&self.rows) {
            let step = row.and_then(|row| row.get(at)).copied().unwrap_or_default();
            if let Some((first, last)) = feature.tokens {
                let share = f32::from(step) * step_size * feature.amount;
                let share = share / if first == last { 1.0 } else { 2.0 };
                for at in [first, last]
                    .into_iter()
                    .take(1 + usize::from(first != last))
                {
                    if let Some(token) = worth.get_mut(at) {
                        *token += share;
                    }
                }
            }
        }
        let both = tokens.iter().zip(&worth).filter(|(_, worth)| **worth > 0.0);
        let mut ranked: Vec<(f32, &str)> =
            both.map(|(t, worth)| (*worth, t.word.as_str())).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut words: Vec<String> = Vec::new();
        for (_, word) in ranked {
            if words.len() < STRONGEST && !words.iter().any(|known| known == word) {
                words.push(word.to_owned());
            }
        }
        words
    }
}

impl Look<'_> {
    /// How likely the text is what a label says, from 0 to 1; `None` when nothing was learned of it.
    pub fn probability(&self, label: &str) -> Option<f32> {
        let (at, label) = self.label(label)?;
        let own = self.known.own.get(at)?;
        let within = self.label(&label.within);
        let outer = within.and_then(|(at, _)| self.known.own.get(at));
        Some(own * outer.unwrap_or(&1.0))
    }

    /// The words that speak for a label most, strongest first.
    pub fn words(&self, label: &str) -> Vec<String> {
        let Some((at, label)) = self.label(label) else {
            return Vec::new();
        };
        if let Some((_, words)) = self.known.words.iter().find(|(known, _)| *known == at) {
            return words.clone();
        }
        let seen = self.seen.get_or_init(|| self.hints.see(&self.text).0);
        seen.words(at, label.step)
    }

    /// Both.
    pub fn prediction(&self, label: &str) -> Option<Prediction> {
        Some(Prediction {
            label: label.to_owned(),
            probability: self.probability(label)?,
            words: self.words(label),
        })
    }

    fn label(&self, name: &str) -> Option<(usize, &LabelHeader)> {
        let labels = self.hints.header.labels.iter();
        labels.enumerate().find(|(_, label)| label.name == name)
    }
}

impl Hints {
    pub(super) fn new(header: Header, mut learned: Vec<(u32, Vec<f32>)>) -> Self {
        learned.sort_by_key(|(hash, _)| *hash);
        let mut header = header;
        for (at, label) in header.labels.iter_mut().enumerate() {
            let weights = learned.iter().filter_map(|(_, weights)| weights.get(at));
            let largest = weights.fold(0.0_f32, |largest, weight| largest.max(weight.abs()));
            label.step = largest / STEPS;
        }
        let (mut hashes, mut steps) = (Vec::new(), Vec::new());
        for (hash, weights) in learned {
            let row: Vec<i8> = weights
                .iter()
                .zip(&header.labels)
                .map(|(weight, label)| step(*weight, label.step))
                .collect();
            if row.iter().any(|step| *step != 0) {
                hashes.push(hash);
                steps.extend(row);
            }
        }
        Self {
            header,
            hashes,
            steps,
            stems: Stems::default(),
            ahead: Ahead::default(),
        }
    }

    /// The labels that it knows.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.header.labels.iter().map(|label| label.name.as_str())
    }

    /// How many examples it was trained on.
    pub fn examples(&self) -> usize {
        self.header.examples
    }

    /// Whether it was trained on exactly these examples.
    pub fn is_of(&self, examples: &[Example]) -> bool {
        self.header.digest == train::fingerprint(examples)
    }

    /// Looks at a text: the subject, a blank line, the new words.
    pub fn look(&self, text: &str) -> Look<'_> {
        let seen = OnceCell::new();
        let known = self.ahead.take(text).unwrap_or_else(|| {
            let (found, own) = self.see(text);
            let _ = seen.set(found);
            Known {
                own,
                words: Vec::new(),
            }
        });
        Look {
            hints: self,
            text: text.to_owned(),
            known,
            seen,
        }
    }

    /// Looks at a text that will be asked for: on another thread, before somebody waits for it.
    pub fn look_ahead(&self, text: &str) {
        let (seen, own) = self.see(text);
        let labels = self.header.labels.iter().zip(&own).enumerate();
        let likely = labels.filter(|(_, (_, own))| **own >= LIKELY);
        let words = likely
            .map(|(at, (label, _))| (at, seen.words(at, label.step)))
            .collect();
        self.ahead.keep(text, Known { own, words });
    }

    /// What of a text is known, and how likely it makes each label by itself.
    fn see(&self, text: &str) -> (Seen<'_>, Vec<f32>) {
        let features = features::of(text, &self.stems);
        let labels = self.header.labels.len();
        let mut sums = vec![0.0_f32; labels];
        let mut rows = Vec::with_capacity(features.all.len());
        // both are sorted: each search begins where the last one ended, and goes no further than it
        // must
        let mut from = 0;
        for feature in &features.all {
            from = at_least(&self.hashes, from, feature.hash);
            let at = (self.hashes.get(from) == Some(&feature.hash)).then_some(from);
            let row = at.and_then(|at| self.steps.get(at * labels..(at + 1) * labels));
            for (sum, step) in sums.iter_mut().zip(row.unwrap_or_default()) {
                *sum += f32::from(*step) * feature.amount;
            }
            rows.push(row);
        }
        let own =
            |(sum, label): (f32, &LabelHeader)| 1.0 / (1.0 + (-sum * label.step * SLOPE).exp());
        let own = sums.into_iter().zip(&self.header.labels).map(own).collect();
        (Seen { features, rows }, own)
    }

    /// How likely a text is what each label says, and the words that told.
    pub fn predict(&self, text: &str) -> Vec<Prediction> {
        let look = self.look(text);
        let labels = self.labels();
        labels.filter_map(|label| look.prediction(label)).collect()
    }

    /// The file: a line of words, a line about itself, then hashes and steps, compressed.
    ///
    /// # Errors
    /// When compressing fails.
    pub fn write(&self) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for hash in &self.hashes {
            bytes.extend(hash.to_be_bytes());
        }
        bytes.extend(self.steps.iter().flat_map(|step| step.to_be_bytes()));
        let mut head = String::new();
        let about = serde_json::to_string(&self.header)?;
        let _ = writeln!(head, "{MAGIC}\n{about}");
        let mut file = head.into_bytes();
        file.extend(zstd::bulk::compress(&bytes, 19)?);
        Ok(file)
    }

    /// Reads a file of hints.
    ///
    /// # Errors
    /// In words, when it is none, or of another version.
    pub fn read(file: &[u8]) -> Result<Self, String> {
        const MOST: usize = 64 << 20;
        let line = |rest: &[u8]| -> Option<(String, Vec<u8>)> {
            let end = memchr::memchr(b'\n', rest)?;
            let (line, rest) = rest.split_at_checked(end)?;
            let text = String::from_utf8(line.to_vec()).ok()?;
            Some((text, rest.get(1..)?.to_vec()))
        };
        let bad = || {
            format!(
                "is no file of hints of this version ({MAGIC}): make it by `maildesk rules train`"
            )
        };
        let (magic, rest) = line(file).ok_or_else(bad)?;
        if magic != MAGIC {
            return Err(bad());
        }
        let (about, packed) = line(&rest).ok_or_else(bad)?;
        let header: Header = serde_json::from_str(&about).map_err(|_| bad())?;
        let bytes = zstd::bulk::decompress(&packed, MOST).map_err(|_| bad())?;
        let row = 4 + header.labels.len();
        let count = bytes.len() / row;
        let (hashes, steps) = bytes.split_at_checked(count * 4).ok_or_else(bad)?;
        if bytes.len() != count * row {
            return Err(bad());
        }
        let hashes: Vec<u32> = hashes
            .chunks_exact(4)
            .filter_map(|chunk| Some(u32::from_be_bytes(chunk.try_into().ok()?)))
            .collect();
        if !hashes.is_sorted() {
            return Err(bad());
        }
        Ok(Self {
            header,
            hashes,
            steps: steps
                .iter()
                .map(|step| i8::from_be_bytes([*step]))
                .collect(),
            stems: Stems::default(),
            ahead: Ahead::default(),
        })
    }
}

/// The place of the first hash that is not below `wanted`, from a place on that is not behind it:
/// steps that double, then halves.
fn at_least(hashes: &[u32], from: usize, wanted: u32) -> usize {
    let is_below = |at: usize| hashes.get(at).is_some_and(|hash| *hash < wanted);
    let (mut low, mut stride) = (from, 1);
    while is_below(low + stride - 1) {
        low += stride;
        stride *= 2;
    }
    let end = (low + stride).min(hashes.len());
    let rest = hashes.get(low..end).unwrap_or_default();
    low + rest.partition_point(|hash| *hash < wanted)
}

fn step(weight: f32, step: f32) -> i8 {
    let steps = (weight / step.max(f32::MIN_POSITIVE)).round();
    // within ±127 by construction
    steps.clamp(-STEPS, STEPS) as i8
}
