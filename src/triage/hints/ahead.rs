//! What was looked at ahead, until it is asked for.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use ring::digest::{SHA256, digest};

use super::model::Known;

/// Texts that are remembered: those of some batches. What was never asked for goes with the rest.
const MOST: usize = 2_000;

/// What is known of texts, by their SHA-256.
#[derive(Debug, Default)]
pub(super) struct Ahead(Mutex<HashMap<Vec<u8>, Known>>);

impl Ahead {
    pub(super) fn keep(&self, text: &str, look: Known) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key(text), look);
    }

    pub(super) fn take(&self, text: &str) -> Option<Known> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // nobody looks ahead in most places: the digest is spared
        if known.is_empty() {
            return None;
        }
        known.remove(&key(text))
    }
}

fn key(text: &str) -> Vec<u8> {
    digest(&SHA256, text.as_bytes()).as_ref().to_vec()
}
