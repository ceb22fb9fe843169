//! How well failures are told from the rest: `cargo bench --bench triage -- EXAMPLES.jsonl...`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::{fs, time::Instant};

use maildesk::triage::hints::{Example, cross_validate, train};

fn main() {
    let files = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with("--"));
    let mut examples: Vec<Example> = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        examples.extend(
            text.lines()
                .map(|line| serde_json::from_str::<Example>(line).unwrap()),
        );
    }
    let started = Instant::now();
    let hints = train(&examples);
    println!(
        "{} examples, trained in {:?}, {} bytes",
        examples.len(),
        started.elapsed(),
        hints.write().unwrap().len()
    );
    if let Ok(path) = std::env::var("HINTS") {
        fs::write(path, hints.write().unwrap()).unwrap();
    }
    let started = Instant::now();
    for example in &examples {
        std::hint::black_box(hints.predict(&example.whole()));
    }
    println!(
        "predicted in {:?} each",
        started.elapsed() / examples.len() as u32
    );
    for quality in cross_validate(&examples, 8) {
        println!(
            "{:<14} {:>5}  P {:.3}  R {:.3}",
            quality.label, quality.examples, quality.precision, quality.recall
        );
    }
}
