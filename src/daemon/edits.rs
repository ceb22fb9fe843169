//! Whether an admin has edited rules, hints or templates.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use crate::config::Config;

/// Between two looks. An edit counts when two looks see the same: an editor or a copy may be in
/// the middle of it.
pub(super) const GLANCE: Duration = Duration::from_secs(1);

/// A file: where it is, when it was changed, how many bytes it has.
type Stamp = (PathBuf, SystemTime, u64);

/// What the files were like when they were last read.
#[derive(Debug, Default)]
pub(super) struct Edits {
    read: Vec<Stamp>,
    glanced: Vec<Stamp>,
}

impl Edits {
    /// Remembers the files as they are now: they are about to be read.
    pub(super) fn remember(&mut self, config: &Config) {
        self.read = stamps(config);
        self.glanced.clone_from(&self.read);
    }

    /// Looks again. True once for each edit, when it is over.
    pub(super) fn are_new(&mut self, config: &Config) -> bool {
        let now = stamps(config);
        let is_over = now == self.glanced;
        let is_new = now != self.read;
        self.glanced = now;
        is_over && is_new
    }
}

/// The files that rules, hints and templates are read from. What cannot be looked at is not there.
fn stamps(config: &Config) -> Vec<Stamp> {
    let directories = [&config.rules.directory, &config.templates.directory];
    let mut stamps: Vec<Stamp> = directories
        .into_iter()
        .flatten()
        .flat_map(|directory| files(directory))
        .chain([config.rules.hints.clone()])
        .filter_map(|path| {
            let about = fs::metadata(&path).ok()?;
            let changed = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            Some((path, changed, about.len()))
        })
        .collect();
    stamps.sort();
    stamps.dedup();
    stamps
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            // templates stand in a folder for each language
            Ok(kind) if kind.is_dir() => {
                let inner = fs::read_dir(&path).into_iter().flatten().flatten();
                files.extend(inner.map(|entry| entry.path()));
            }
            _ => files.push(path),
        }
    }
    files
}
