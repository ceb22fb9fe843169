//! Reads an admin's template directory. The one place of this room that touches a disk, at load.

use std::{collections::BTreeMap, fs, path::Path};

use super::templates::Source;
use crate::toml_reader::{Fault, hint};

/// Deepest file: `LANGUAGE/replies/NAME.txt`.
const MAX_DEPTH: usize = 3;

/// All files below `directory` by their name relative to it. An unknown name, or a file that
/// cannot be read as UTF-8, is a fault.
pub(super) fn read(
    directory: &Path,
    is_known: &dyn Fn(&str) -> bool,
    known: &[String],
    faults: &mut Vec<Fault>,
) -> BTreeMap<String, Source> {
    let mut found = BTreeMap::new();
    let mut open = vec![(directory.to_owned(), String::new(), 1)];
    while let Some((folder, prefix, depth)) = open.pop() {
        let entries = match list(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                faults.push(fault(
                    &folder,
                    format!("cannot list the templates: {error}"),
                ));
                continue;
            }
        };
        for (file_name, path) in entries {
            let name = format!("{prefix}{file_name}");
            if path.is_dir() && depth < MAX_DEPTH {
                open.push((path, format!("{name}/"), depth + 1));
            } else if !is_known(&name) {
                faults.push(fault(&path, unknown(&name, known)));
            } else {
                match fs::read_to_string(&path) {
                    Ok(text) => {
                        let shown = path.display().to_string();
                        found.insert(name, Source::new(shown, text));
                    }
                    Err(error) => {
                        faults.push(fault(&path, format!("cannot read the template: {error}")));
                    }
                }
            }
        }
    }
    found
}

/// Names and paths in name order; hidden files are an editor's or the system's.
fn list(folder: &Path) -> std::io::Result<Vec<(String, std::path::PathBuf)>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            entries.push((name, entry.path()));
        }
    }
    entries.sort();
    Ok(entries)
}

fn unknown(name: &str, known: &[String]) -> String {
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    let nearest = hint(name, &names);
    format!(
        "no template has this name{nearest}; replies of rules stand in LANGUAGE/replies/NAME.txt"
    )
}

fn fault(path: &Path, problem: String) -> Fault {
    Fault {
        file: path.display().to_string(),
        line: 0,
        key: String::new(),
        value: String::new(),
        problem,
    }
}
