//! The shipped pack on messages that it has never seen.
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
