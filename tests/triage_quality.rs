//! The shipped pack on messages that it has never seen.
//!
//! High priority (precision, recall) and category (of all messages), 2026-11-22; `naive` is a word
//! of the thing and a word of failure anywhere, as a classic help desk has it:
//!
//! | set | messages | precision | recall | category | naive F1 |
//! |---|---|---|---|---|---|
//! | first | 400 | 0.954 | 0.959 | 0.948 | 0.28 |
//! | second | 500 | 0.963 | 0.979 | 0.970 | 0.21 |
//! | third | 500 | 0.967 | 0.952 | 0.942 | 0.06 |
//! | fourth | 400 | 0.952 | 1.000 | 0.973 | 0.16 |
//!
//! The third and the fourth were written and measured after everything else was done, once: nothing
//! was changed because of them. Ukrainian is the weakest of the third (0.945, 0.932), Russian of the
//! fourth (0.914, 1.000). 800 more examples, most of them Ukrainian and hard, were tried and
//! not taken: over the four sets as many messages became wrong as right.
//!
//! Cross-validation over the 15,285 shipped examples, most of them chosen to be hard: precision
//! 0.899, recall 0.966; over the 2,091 ordinary ones among them 0.950 and 0.964. The whole table by
//! language, category and kind: `cargo test --test triage_quality -- --nocapture`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "triage_quality/table.rs"]
mod table;

use table::{count, held_out, naive, quality, shipped};

#[test]
fn failures_are_on_top_and_nothing_else_is() {
    let (rules, classic) = (shipped(), naive());
    for (name, messages) in held_out() {
        assert!(messages.len() >= 400);
        println!(
            "{}",
            quality(&format!("{name}, shipped pack"), &messages, &rules)
        );
        println!(
            "{}",
            quality(
                &format!("{name}, words of a classic help desk"),
                &messages,
                &classic
            )
        );
        let all = count(messages.iter(), &rules);
        assert!(all.precision() >= 0.95, "{name}: {all:?}");
        assert!(all.recall() >= 0.95, "{name}: {all:?}");
        assert!(all.category() >= 0.93, "{name}: {all:?}");
    }
}
