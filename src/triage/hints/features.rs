//! What of a text the model looks at.

use super::super::{
    slips,
    words::{Stems, Token, tokenise},
};

/// What is read of a text, in bytes: what is the matter stands at the top.
const LONGEST_TEXT: usize = 6 * 1024;

/// Letters in the pieces of words.
const PIECES: std::ops::RangeInclusive<usize> = 3..=5;

/// How much a piece of a word weighs beside a word.
const PIECE_WEIGHT: f32 = 0.2;

/// How much two words with one between them weigh beside a word.
const APART_WEIGHT: f32 = 0.7;

/// One feature of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Feature {
    /// What it is.
    pub(super) hash: u32,
    /// How much of it there is; the squares of a text's features add up to one.
    pub(super) amount: f32,
    /// The tokens that it comes from: first and last; `None` for the shape of the text.
    pub(super) tokens: Option<(usize, usize)>,
}

/// A text as the model sees it.
pub(super) struct Features {
    /// Each feature once, in the order of the hashes.
    pub(super) all: Vec<Feature>,
    /// The words that they come from.
    pub(super) tokens: Vec<Token>,
}

/// Looks at a text: the subject, a blank line, and what is new in the mail.
pub(super) fn of(text: &str, stems: &Stems) -> Features {
    let text = text
        .get(..text.floor_char_boundary(LONGEST_TEXT))
        .unwrap_or(text);
    let tokens = slips::read(text);
    let mut found = Collector::default();
    let forms: Vec<String> = tokens.iter().map(|token| form(token, stems)).collect();
    for (at, form) in forms.iter().enumerate() {
        found.add(&["w", form], 1.0, Some((at, at)));
    }
    for (distance, kind, weight) in [(1, "b", 1.0), (2, "s", APART_WEIGHT)] {
        for (at, (first, second)) in forms.iter().zip(forms.iter().skip(distance)).enumerate() {
            let far = place(&tokens, at + distance).saturating_sub(place(&tokens, at));
            // not over the end of a sentence
            if far <= distance + 1 {
                found.add(
                    &[kind, first, " ", second],
                    weight,
                    Some((at, at + distance)),
                );
            }
        }
    }
    for (at, token) in tokens.iter().enumerate() {
        pieces(meant(token), |piece| {
            found.add(&["c", piece], PIECE_WEIGHT, Some((at, at)));
        });
    }
    let subject = text.split_once("\n\n").map_or("", |(subject, _)| subject);
    for token in tokenise(subject) {
        found.add(&["S", &form(&token, stems)], APART_WEIGHT, None);
    }
    let body = text.split_once("\n\n").map_or(text, |(_, body)| body);
    if let Some(first) = tokenise(body.get(..body.floor_char_boundary(200)).unwrap_or(body)).first()
    {
        found.add(&["F", &form(first, stems)], 1.0, None);
    }
    let mut shape = |name: &str, holds: bool| {
        if holds {
            found.add(&["p", name], 1.0, None);
        }
    };
    shape("any", true);
    shape("ends with ?", text.trim_end().ends_with('?'));
    shape("?", text.contains('?'));
    shape("no ?", !text.contains('?'));
    shape("!", text.contains('!'));
    shape(&format!("length {}", tokens.len().max(1).ilog2()), true);
    Features {
        all: found.finish(),
        tokens,
    }
}

fn place(tokens: &[Token], at: usize) -> usize {
    tokens.get(at).map_or(0, |token| token.place)
}

/// The word that was meant, where it was written in other letters.
fn meant(token: &Token) -> &str {
    token.also.first().unwrap_or(&token.word)
}

/// What a word counts as: its stem; numbers all count as one, but for zero.
fn form(token: &Token, stems: &Stems) -> String {
    let word = meant(token);
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        return if word == "0" { "0" } else { "#" }.to_owned();
    }
    let stem = stems.of(word).next();
    stem.map_or_else(|| word.to_owned(), |(_, stem)| stem.into_owned())
}

/// The pieces of a word with its two ends marked.
fn pieces(word: &str, mut each: impl FnMut(&str)) {
    let marked = format!("_{word}_");
    let mut starts: Vec<usize> = marked.char_indices().map(|(at, _)| at).collect();
    starts.push(marked.len());
    // a longer run of letters is no word
    if starts.len() > 40 {
        return;
    }
    for length in PIECES {
        for ends in starts.windows(length + 1) {
            if let (Some(first), Some(last)) = (ends.first(), ends.last())
                && let Some(piece) = marked.get(*first..*last)
            {
                each(piece);
            }
        }
    }
}

#[derive(Default)]
struct Collector(Vec<Feature>);

impl Collector {
    fn add(&mut self, parts: &[&str], amount: f32, tokens: Option<(usize, usize)>) {
        self.0.push(Feature {
            hash: hash(parts),
            amount,
            tokens,
        });
    }

    /// Each feature once, and all of them of length one: long mails say no more than short ones.
    fn finish(self) -> Vec<Feature> {
        // numbers sort faster than features; of equal hashes the first feature stands first
        let key = |(at, feature): (usize, &Feature)| (u64::from(feature.hash) << 32) | at as u64;
        let mut keys: Vec<u64> = self.0.iter().enumerate().map(key).collect();
        keys.sort_unstable();
        keys.dedup_by_key(|key| *key >> 32);
        let at = |key: u64| usize::try_from(key & u64::from(u32::MAX)).ok();
        let mut all: Vec<Feature> = keys
            .into_iter()
            .filter_map(|key| self.0.get(at(key)?).copied())
            .collect();
        let length = all.iter().map(|f| f.amount * f.amount).sum::<f32>().sqrt();
        for feature in &mut all {
            feature.amount /= length.max(f32::MIN_POSITIVE);
        }
        all
    }
}

/// FNV-1a of 64 bits, folded to 32: the same on every machine and in every version. Of a hundred
/// thousand features one or two share theirs with another, which does no harm.
fn hash(parts: &[&str]) -> u32 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in parts.iter().flat_map(|part| part.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    let folded = (hash >> 32) ^ (hash & 0xffff_ffff);
    u32::try_from(folded).unwrap_or_default()
}
