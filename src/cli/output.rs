//! Results on stdout: text, JSON or bytes, with colour on a terminal alone.

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::LazyLock,
};

use anyhow::Context as _;
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use super::plain;

pub(super) use super::table::Table;

/// What a word means, as a colour.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ink {
    Head,
    Good,
    Bad,
    Faint,
}

/// Bytes as they are.
pub(super) fn bytes(bytes: &[u8]) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        // the reader has seen enough (`| head`)
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("writing the result"),
    }
}

/// Text for people; what strangers wrote in it has been through [`plain`].
pub(super) fn text(text: &str) -> anyhow::Result<()> {
    bytes(text.as_bytes())
}

/// One JSON document.
pub(super) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let document = serde_json::to_string_pretty(value).context("writing the result as JSON")?;
    text(&(plain::json(&document) + "\n"))
}

/// A word in colour, on a terminal whose user did not refuse colours (<https://no-color.org>).
pub(super) fn paint(ink: Ink, word: &str) -> String {
    static HAS_COLOUR: LazyLock<bool> = LazyLock::new(|| {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        io::stdout().is_terminal() && !refused && !is_dumb
    });
    let code = match ink {
        Ink::Head => "1",
        Ink::Good => "32",
        Ink::Bad => "31",
        Ink::Faint => "2",
    };
    match *HAS_COLOUR {
        true => format!("\u{1b}[{code}m{word}\u{1b}[0m"),
        false => word.to_owned(),
    }
}

/// A time as people of the desk read it.
pub(super) fn time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

/// A time that may not have come.
pub(super) fn time_or_dash(at: Option<Timestamp>, zone: &TimeZone) -> String {
    at.map_or("-".to_owned(), |at| time(at, zone))
}

/// A size as people read it.
pub(super) fn size(bytes: u64) -> String {
    const KIB: u64 = 1 << 10;
    const MIB: u64 = 1 << 20;
    match bytes {
        0..KIB => format!("{bytes} B"),
        KIB..MIB => format!("{} KiB", bytes / KIB),
        _ => format!("{:.1} MiB", bytes as f64 / MIB as f64),
    }
}

/// `1 rule`, `2 rules`.
pub(super) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Something, or a dash where there is nothing.
pub(super) fn or_dash(text: &str) -> String {
    match plain::line(text) {
        text if text.is_empty() => "-".to_owned(),
        text => text,
    }
}

/// Lines moved to the right.
pub(super) fn indent(text: &str, by: &str) -> String {
    text.lines()
        .map(|line| match line.trim_end() {
            "" => "\n".to_owned(),
            line => format!("{by}{line}\n"),
        })
        .collect()
}
