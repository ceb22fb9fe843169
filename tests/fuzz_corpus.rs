//! What fuzzing has found worth keeping is read again: each line of `tests/fuzz_corpus/*.txt` is an
//! input in base64. `fuzz/run` looks for more, `fuzz/keep` keeps them.

// the helpers of a test are tests too
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "fuzz_corpus/claims.rs"]
mod claims;

use base64::{Engine, engine::general_purpose::STANDARD};

/// A corpus that silently shrinks would show less and less.
fn repeat(corpus: &str, least: usize, claim: fn(&[u8])) {
    let inputs: Vec<Vec<u8>> = corpus
        .lines()
        .map(|line| STANDARD.decode(line).unwrap())
        .collect();
    assert!(inputs.len() >= least, "{} inputs", inputs.len());
    for (input, number) in inputs.iter().zip(1..) {
        let result = std::panic::catch_unwind(|| claim(input));
        assert!(result.is_ok(), "line {number}");
    }
}

#[test]
fn mails() {
    repeat(include_str!("fuzz_corpus/parse.txt"), 1_000, claims::parse);
}

#[test]
fn headers() {
    let corpus = include_str!("fuzz_corpus/headers.txt");
    repeat(corpus, 1_000, claims::headers);
}

#[test]
fn reply_texts() {
    let corpus = include_str!("fuzz_corpus/reply_text.txt");
    repeat(corpus, 500, claims::reply_text);
}

#[test]
fn pages() {
    repeat(include_str!("fuzz_corpus/html.txt"), 500, claims::html);
}
