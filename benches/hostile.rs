//! What hostile mails cost: the time of `message::read` and the memory it takes beside the mail.
//!
//! `cargo bench --bench hostile -- [NAME]` prints a line a mail.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../tests/hostile/mails.rs"]
mod mails;
#[path = "../tests/hostile/memory.rs"]
mod memory;

use std::{hint::black_box, time::Instant};

use maildesk::message;

fn main() {
    println!(
        "{:<40} {:>12} {:>10} {:>10}",
        "mail", "bytes", "ms", "MiB over"
    );
    // cargo adds --bench
    let wanted = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    for mails::Hostile { name, raw } in mails::all() {
        if wanted
            .as_ref()
            .is_some_and(|word| !name.contains(word.as_str()))
        {
            continue;
        }
        let begun = Instant::now();
        let (message, peak) = memory::peak(|| message::read(&raw));
        black_box(message);
        let time = begun.elapsed();
        println!(
            "{name:<40} {:>12} {:>10.1} {:>10.1}",
            raw.len(),
            time.as_secs_f64() * 1e3,
            peak as f64 / 1048576.0
        );
    }
}
