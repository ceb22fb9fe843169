//! Rule sets that a command line names.

use std::path::{Path, PathBuf};

use super::{super::context::rules_of, Failure};
use crate::{config::Config, triage::Ruleset};

/// The file of hints that a directory of rules may hold.
const HINTS: &str = "hints.model";

/// The words for the rules of the config.
const CURRENT: [&str; 2] = ["current", "-"];

/// Rule files in the order in which they run, or one directory of them. A directory's hints are
/// used where it has some, else the shipped ones.
pub(super) fn read(paths: &[PathBuf]) -> Result<Ruleset, Failure> {
    if let [directory] = paths
        && directory.is_dir()
    {
        let hints = directory.join(HINTS);
        return Ruleset::open(Some(directory), &hints).map_err(Failure::Faults);
    }
    Ruleset::open_files(paths, Path::new("")).map_err(Failure::Faults)
}

/// One side of a comparison: `current` or `-` for the rules of the config, else a directory or a
/// file. A directory's hints are used where it has some, else those of the config: what is
/// compared is then the rules alone.
pub(super) fn side(config: &Config, name: &str) -> Result<Ruleset, Failure> {
    if CURRENT.contains(&name) {
        return rules_of(Some(config)).map_err(Failure::Faults);
    }
    let path = Path::new(name);
    let hints = Some(path.join(HINTS)).filter(|hints| hints.exists());
    let hints = hints.as_deref().unwrap_or(&config.rules.hints);
    let read = match (path.is_dir(), path.exists()) {
        (true, _) => Ruleset::open(Some(path), hints),
        (_, true) => Ruleset::open_files(&[path.to_owned()], hints),
        (_, false) => {
            return Err(Failure::Usage(format!(
                "there are no rules at {name}: name a directory or a file of rules, or \"current\" \
                 for those of the config"
            )));
        }
    };
    read.map_err(Failure::Faults)
}
