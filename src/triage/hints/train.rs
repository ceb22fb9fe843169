//! Learning: labelled examples to a model, the same examples always to the same one.
//!
//! Each label is learned by itself, by logistic regression over features that are scaled by how
//! much more often they come with the label than without it (the "naive Bayes" scaling of Wang and
//! Manning, "Baselines and Bigrams", 2012), which suits short texts and few examples.

use std::collections::{BTreeMap, HashMap};

use ring::digest;
use serde::{Deserialize, Serialize};

use super::{
    features::{self, Feature},
    model::{Header, Hints, LabelHeader, SLOPE},
};
use crate::triage::words::Stems;

/// A feature that fewer examples have is chance.
const RAREST: u32 = 3;

/// A label that fewer examples have cannot be learned.
const FEWEST: usize = 15;

/// Walks over all examples.
const ROUNDS: usize = 20;

/// The first step (AdaGrad).
const RATE: f32 = 0.04;

/// Counts start at this instead of zero, so that what was never seen is not impossible.
const SMOOTHING: f32 = 0.5;

/// The label of failures, within which categories are told apart.
const FAILURE: &str = "failure";

/// A text and what people say of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// The subject of a mail that opens a ticket; empty for a reply.
    #[serde(default)]
    pub subject: String,
    /// The new words.
    pub text: String,
    /// What it is: `failure`, `howto`, `feature`, `thanks`, `billing`...
    #[serde(default)]
    pub about: String,
    /// Its category; empty when none.
    #[serde(default)]
    pub category: String,
}

/// How well a label is told.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// The label.
    pub label: String,
    /// How many examples have it.
    pub examples: usize,
    /// Of those that the model says have it (probability over a half), the share that do.
    pub precision: f64,
    /// Of those that have it, the share that the model says have it.
    pub recall: f64,
}

impl Example {
    /// What the model reads.
    pub fn whole(&self) -> String {
        format!("{}\n\n{}", self.subject, self.text)
    }

    fn has(&self, label: &str) -> bool {
        self.about == label || self.category == label
    }
}

/// Learns from examples. The same ones in the same order give the same model.
pub fn train(examples: &[Example]) -> Hints {
    let stems = Stems::default();
    let texts: Vec<Vec<Feature>> = examples
        .iter()
        .map(|example| features::of(&example.whole(), &stems).all)
        .collect();
    learn(examples, &texts)
}

fn learn(examples: &[Example], texts: &[Vec<Feature>]) -> Hints {
    let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
    for feature in texts.iter().flatten() {
        *counts.entry(feature.hash).or_default() += 1;
    }
    counts.retain(|_, count| *count >= RAREST);
    let numbers: HashMap<u32, usize> = counts.keys().copied().zip(0..).collect();
    let rows: Vec<Row> = texts
        .iter()
        .map(|text| {
            let known = |feature: &Feature| Some((*numbers.get(&feature.hash)?, feature.amount));
            text.iter().filter_map(known).collect()
        })
        .collect();
    let labels = labels(examples);
    let mut learned: Vec<(u32, Vec<f32>)> = counts.keys().map(|hash| (*hash, Vec::new())).collect();
    for label in &labels {
        let both = examples.iter().zip(&rows);
        let of_label: Vec<(&Row, bool)> = both
            .filter(|(example, _)| label.within.is_empty() || example.has(&label.within))
            .map(|(example, row)| (row, example.has(&label.name)))
            .collect();
        let weights = weights(&of_label, counts.len());
        for ((_, all), weight) in learned.iter_mut().zip(weights) {
            all.push(weight);
        }
    }
    let header = Header {
        labels,
        examples: examples.len(),
        digest: fingerprint(examples),
    };
    Hints::new(header, learned)
}

type Row = Vec<(usize, f32)>;

/// The labels that enough examples have, in alphabetical order.
fn labels(examples: &[Example]) -> Vec<LabelHeader> {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for example in examples {
        let is_failure = usize::from(example.about == FAILURE);
        for name in [&example.about, &example.category] {
            let count = counts.entry(name).or_default();
            count.0 += 1;
            count.1 += is_failure;
        }
    }
    counts
        .into_iter()
        .filter(|(name, (all, _))| {
            !name.is_empty() && *all >= FEWEST && *all + FEWEST <= examples.len()
        })
        .map(|(name, (all, failures))| {
            let is_of_failures = name != FAILURE && failures * 2 > all;
            LabelHeader {
                name: name.to_owned(),
                within: if is_of_failures { FAILURE } else { "" }.to_owned(),
                step: 0.0,
            }
        })
        .collect()
}

/// Learns one label: what each feature speaks for it.
fn weights(rows: &[(&Row, bool)], features: usize) -> Vec<f32> {
    let (mut with, mut without) = (vec![SMOOTHING; features], vec![SMOOTHING; features]);
    let mut all_with = 0.0_f32;
    for (row, has) in rows {
        let counts = if *has { &mut with } else { &mut without };
        all_with += f32::from(u8::from(*has));
        for (feature, _) in *row {
            if let Some(count) = counts.get_mut(*feature) {
                *count += 1.0;
            }
        }
    }
    let all_without = (rows.len() as f32 - all_with).max(1.0);
    let scale: Vec<f32> = with
        .iter()
        .zip(&without)
        .map(|(with, without)| {
            ((with / all_with.max(1.0)) / (without / all_without))
                .ln()
                .abs()
        })
        .collect();
    let mut weights = vec![0.0_f32; features];
    let mut squares = vec![0.0_f32; features];
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mut dice = Dice(12_345);
    for _ in 0..ROUNDS {
        dice.shuffle(&mut order);
        for (row, has) in order.iter().filter_map(|at| rows.get(*at)) {
            let input = |feature: usize, amount: f32| {
                amount * SLOPE * scale.get(feature).copied().unwrap_or_default()
            };
            let sum: f32 = row
                .iter()
                .map(|(at, amount)| weights.get(*at).unwrap_or(&0.0) * input(*at, *amount))
                .sum();
            let error = 1.0 / (1.0 + (-sum).exp()) - f32::from(u8::from(*has));
            for (at, amount) in *row {
                if let (Some(weight), Some(square)) = (weights.get_mut(*at), squares.get_mut(*at)) {
                    let slope = error * input(*at, *amount);
                    *square += slope * slope;
                    *weight -= RATE * slope / (square.sqrt() + 0.1);
                }
            }
        }
    }
    weights
        .iter()
        .zip(&scale)
        .map(|(weight, scale)| weight * scale)
        .collect()
}

/// How well examples are told by models that have not seen them: each of `parts` parts by a model
/// of all others.
pub fn cross_validate(examples: &[Example], parts: usize) -> Vec<Quality> {
    let stems = Stems::default();
    let mut order: Vec<usize> = (0..examples.len()).collect();
    Dice(7).shuffle(&mut order);
    let mut said: Vec<(&Example, Vec<String>)> = Vec::new();
    for part in 0..parts {
        let is_left_out = |place: usize| place % parts == part;
        let pick = |wanted: bool| {
            let places = order.iter().enumerate();
            let picked = places.filter(move |(place, _)| is_left_out(*place) == wanted);
            picked.filter_map(|(_, at)| examples.get(*at))
        };
        let seen: Vec<Example> = pick(false).cloned().collect();
        let texts: Vec<Vec<Feature>> = seen
            .iter()
            .map(|example| features::of(&example.whole(), &stems).all)
            .collect();
        let hints = learn(&seen, &texts);
        for example in pick(true) {
            let look = hints.look(&example.whole());
            let is_likely = |label: &&str| look.probability(label).is_some_and(|p| p > 0.5);
            let likely = hints.labels().filter(is_likely).map(str::to_owned);
            said.push((example, likely.collect()));
        }
    }
    let quality = |label: LabelHeader| {
        let has = |example: &Example| example.has(&label.name);
        let says = |labels: &[String]| labels.contains(&label.name);
        let count = |f: &dyn Fn(&Example, &[String]) -> bool| {
            said.iter()
                .filter(|(example, labels)| f(example, labels))
                .count()
        };
        let right = count(&|example, labels| has(example) && says(labels)) as f64;
        let share = |of: usize| if of == 0 { 0.0 } else { right / of as f64 };
        Quality {
            examples: count(&|example, _| has(example)),
            precision: share(count(&|_, labels| says(labels))),
            recall: share(count(&|example, _| has(example))),
            label: label.name.clone(),
        }
    };
    labels(examples).into_iter().map(quality).collect()
}

/// SHA-256 of examples, in hexadecimal digits.
pub(super) fn fingerprint(examples: &[Example]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for example in examples {
        for text in [
            &example.subject,
            &example.text,
            &example.about,
            &example.category,
        ] {
            context.update(&(text.len() as u64).to_be_bytes());
            context.update(text.as_bytes());
        }
    }
    let bytes = context.finish();
    bytes
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Numbers that look like chance and are the same every time (a linear congruential generator with
/// Knuth's constants for MMIX).
struct Dice(u64);

impl Dice {
    fn shuffle(&mut self, order: &mut [usize]) {
        for last in (1..order.len()).rev() {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let other = usize::try_from(self.0 >> 33).unwrap_or_default() % (last + 1);
            order.swap(last, other);
        }
    }
}
