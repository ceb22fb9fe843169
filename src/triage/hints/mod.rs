//! Learned hints: how likely a text is what a label says, from labelled examples.
//!
//! In real mail most failures name no failure word: a symptom, a number, a comparison. Here a
//! small linear model over words, word pairs and pieces of words says how much a text is like those
//! that people labelled. It is asked for by rules (`predicts`) and never acts by itself.

mod ahead;
mod features;
mod model;
mod shipped;
#[cfg(test)]
mod tests;
mod train;

pub use self::{
    model::{Hints, Look, Prediction},
    shipped::{of_tests, read, shipped},
    train::{Example, Quality, cross_validate, train},
};
