//! How well failures are told from the rest, and what triage costs:
//! `cargo bench --bench triage`. Figures are in the head of `tests/triage_quality.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "../tests/triage_quality/table.rs"]
mod table;

use std::time::Instant;

use maildesk::triage::{Event, Ruleset};

/// The text of a pattern by its number.
type Kind = fn(usize) -> String;

/// Words that mails have: patterns of them are asked for nearly every mail.
const WORDS: [&str; 8] = [
    "импорт",
    "прайс",
    "загруз",
    "товар",
    "ошибк",
    "search",
    "price",
    "export",
];

/// Rounds of which the middle one counts.
const ROUNDS: usize = 200;

fn main() {
    let (shipped, naive) = (table::shipped(), table::naive());
    for (name, messages) in table::held_out() {
        let classic = format!("{name}, words of a classic help desk");
        println!(
            "{}",
            table::quality(&format!("{name}, shipped pack"), &messages, &shipped)
        );
        println!("{}", table::quality(&classic, &messages, &naive));
    }
    let [(_, messages), ..] = table::held_out();
    println!("a mail of 10 KB, rules of 10 patterns, one core:");
    let mail = ten_kilobytes(&messages);
    let kinds: [(&str, Kind); 5] = [
        ("phrases", |n| format!("товар{n} не работает")),
        ("(?i)\\bA\\s+B\\b", |n| {
            format!(r"(?i)\bтовар{n}\s+работает\b")
        }),
        ("(?i)(A|B).{0,40}(C|#\\d+)", |n| {
            format!(r"(?i)(товар{n}|sku{n}).{{0,40}}(ошибка|#\d+)")
        }),
        ("\\d+ A", |n| format!(r"\d+ товар{n}")),
        ("words of the mail", |n| {
            let (first, second) = (WORDS[n % WORDS.len()], WORDS[(n * 7 + 3) % WORDS.len()]);
            format!(r"(?i)\b{first}\w*\s+{second}\w*\s+{n}")
        }),
    ];
    for (name, pattern) in kinds {
        let operator = if name == "phrases" {
            "contains"
        } else {
            "matches"
        };
        for count in [10, 100, 1_000] {
            let text = many_rules(count, operator, pattern);
            let rules = Ruleset::load(&[("rules.toml".to_owned(), text)]).unwrap();
            println!(
                "  {name:<26}  {count:>5} rules  {:>8.3} ms",
                milliseconds(&rules, &mail)
            );
        }
    }
    let pack = Ruleset::builtin().unwrap();
    println!(
        "  the pack with its hints  {:>8.3} ms",
        milliseconds(&pack, &mail)
    );
    let short = &messages[0].text;
    println!(
        "  the pack, a mail of {} bytes  {:>8.3} ms",
        short.len(),
        milliseconds(&pack, short)
    );
}

fn milliseconds(rules: &Ruleset, text: &str) -> f64 {
    let mail = table::mail("Question", text);
    let facts = table::facts(&mail);
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            std::hint::black_box(rules.evaluate(&facts, Event::Message));
            started.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

fn ten_kilobytes(messages: &[table::Labelled]) -> String {
    let mut text = String::new();
    for message in messages {
        text.push_str(&message.text);
        text.push_str("\n\n");
        if text.len() >= 10 * 1024 {
            break;
        }
    }
    text
}

/// Rules that each look for ten patterns of their own, most of which no mail has.
fn many_rules(count: usize, operator: &str, pattern: Kind) -> String {
    let mut text = String::new();
    for rule in 0..count {
        let patterns: Vec<String> = (0..10)
            .map(|number| format!("'{}'", pattern(rule * 10 + number)))
            .collect();
        text.push_str(&format!(
            "[[rule]]\nid = \"rule-{rule}\"\nwhen = {{ {operator} = [{}] }}\nthen = {{ tags = [\"t{rule}\"] }}\n",
            patterns.join(", ")
        ));
    }
    text
}
