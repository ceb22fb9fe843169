//! What was found in one text.

use std::{cell::OnceCell, collections::BTreeSet};

use super::{Hit, ListId, Phrases};
use crate::triage::words::Token;

/// A text with all phrases found.
#[derive(Debug)]
pub struct Scan<'p> {
    pub(super) phrases: &'p Phrases,
    pub(super) tokens: Vec<Token>,
    pub(super) hits: Vec<Vec<Hit>>,
    pub(super) lists: Vec<OnceCell<Vec<Hit>>>,
}

impl Scan<'_> {
    /// Where the phrases of a list stand, in the order of the text.
    pub fn hits(&self, list: ListId) -> &[Hit] {
        let found = self
            .lists
            .get(list)
            .map(|cell| cell.get_or_init(|| self.find(list)));
        found.map(Vec::as_slice).unwrap_or_default()
    }

    /// The nearest group with one hit of each list: the span that it covers and how many places
    /// lie between the end of its first and the start of its last. With `in_order`, the hits
    /// follow each other as the lists do.
    pub fn nearest(&self, lists: &[ListId], in_order: bool) -> Option<(Hit, usize)> {
        let mut all: Vec<(Hit, usize)> = Vec::new();
        for (slot, list) in lists.iter().enumerate() {
            all.extend(self.hits(*list).iter().map(|hit| (*hit, slot)));
        }
        all.sort_unstable();
        let mut best: Option<(usize, Hit)> = None;
        let mut latest: Vec<Option<Group>> = vec![None; lists.len()];
        for (hit, slot) in all {
            let before = slot
                .checked_sub(1)
                .and_then(|slot| latest.get(slot).copied());
            let group = match before.filter(|_| in_order) {
                None => Some(Group::of(hit)),
                Some(before) => before
                    .filter(|group| group.span.last < hit.first)
                    .map(|group| group.with(Group::of(hit))),
            };
            let (Some(group), Some(seen)) = (group, latest.get_mut(slot)) else {
                continue;
            };
            *seen = Some(group);
            let whole = match in_order {
                true => (slot + 1 == lists.len()).then_some(group),
                false => latest
                    .iter()
                    .copied()
                    .reduce(|a, b| Some(a?.with(b?)))
                    .flatten(),
            };
            let Some(whole) = whole else { continue };
            let distance = self
                .place(hit.first)
                .saturating_sub(self.place(whole.first_end));
            if best.is_none_or(|(least, _)| distance < least) {
                best = Some((distance, whole.span));
            }
        }
        best.map(|(distance, span)| (span, distance))
    }

    /// The bytes of the text that a hit covers, with `around` words on either side.
    pub fn bytes(&self, hit: Hit, around: usize) -> std::ops::Range<usize> {
        let first = self.tokens.get(hit.first.saturating_sub(around));
        let last = self
            .tokens
            .get(hit.last.saturating_add(around))
            .or(self.tokens.last());
        first.map_or(0, |token| token.start)..last.map_or(0, |token| token.end)
    }

    fn place(&self, token: usize) -> usize {
        self.tokens.get(token).map_or(0, |token| token.place)
    }

    fn find(&self, list: ListId) -> Vec<Hit> {
        let Some(list) = self.phrases.lists.get(list) else {
            return Vec::new();
        };
        let all = |phrases: &[usize]| -> Vec<Hit> {
            phrases
                .iter()
                .filter_map(|phrase| self.hits.get(*phrase))
                .flatten()
                .copied()
                .collect()
        };
        let covered: BTreeSet<usize> = all(&list.except)
            .iter()
            .flat_map(|hit| hit.first..=hit.last)
            .collect();
        let mut hits = all(&list.phrases);
        hits.retain(|hit| covered.range(hit.first..=hit.last).next().is_none());
        hits.sort_unstable();
        hits.dedup();
        hits
    }
}

/// Hits of several lists together.
#[derive(Clone, Copy)]
struct Group {
    span: Hit,
    /// The last token of the hit that ends first.
    first_end: usize,
}

impl Group {
    fn of(hit: Hit) -> Self {
        Self {
            span: hit,
            first_end: hit.last,
        }
    }

    fn with(self, other: Self) -> Self {
        Self {
            span: Hit {
                first: self.span.first.min(other.span.first),
                last: self.span.last.max(other.span.last),
            },
            first_end: self.first_end.min(other.first_end),
        }
    }
}
