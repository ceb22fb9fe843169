//! The shipped rules and hints, embedded.

use std::{fs, io::ErrorKind, path::Path, sync::Arc};

use super::hints::Hints;
use crate::toml_reader::Fault;

/// The files of the shipped pack in the order in which they run: name and text.
pub const BUILTIN: &[(&str, &str)] = &[
    ("10-terms.toml", include_str!("../../rules/10-terms.toml")),
    ("20-search.toml", include_str!("../../rules/20-search.toml")),
    (
        "21-pricing.toml",
        include_str!("../../rules/21-pricing.toml"),
    ),
    ("22-import.toml", include_str!("../../rules/22-import.toml")),
    ("23-export.toml", include_str!("../../rules/23-export.toml")),
    ("30-outage.toml", include_str!("../../rules/30-outage.toml")),
    (
        "40-questions.toml",
        include_str!("../../rules/40-questions.toml"),
    ),
    ("50-thanks.toml", include_str!("../../rules/50-thanks.toml")),
    (
        "60-repeats.toml",
        include_str!("../../rules/60-repeats.toml"),
    ),
    (
        "70-ratings.toml",
        include_str!("../../rules/70-ratings.toml"),
    ),
];

/// What was learned from the shipped examples.
const HINTS: &[u8] = include_bytes!("../../rules/hints.model");

/// The shipped hints.
///
/// # Errors
/// Never in a build whose tests passed.
pub(super) fn builtin_hints() -> Result<Arc<Hints>, Vec<Fault>> {
    match Hints::read(HINTS) {
        Ok(hints) => Ok(Arc::new(hints)),
        Err(problem) => Err(vec![Fault {
            file: "the shipped hints".to_owned(),
            line: 0,
            key: String::new(),
            value: String::new(),
            problem,
        }]),
    }
}

/// The hints of a file, or the shipped ones where it is not there.
///
/// # Errors
/// When the file cannot be read, or is none of this version.
pub(super) fn open_hints(path: &Path) -> Result<Arc<Hints>, Vec<Fault>> {
    let read = match fs::read(path) {
        Ok(file) => Hints::read(&file).map(Arc::new),
        Err(error) if error.kind() == ErrorKind::NotFound => return builtin_hints(),
        Err(error) => Err(format!("cannot read the learned hints: {error}")),
    };
    read.map_err(|problem| {
        vec![Fault {
            file: path.display().to_string(),
            line: 0,
            key: String::new(),
            value: String::new(),
            problem,
        }]
    })
}
