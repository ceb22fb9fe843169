//! What a config file is read against: its directory and the environment.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::toml_reader::Table;

/// The directory that relative paths start at, and the environment.
pub(super) struct Context<'a> {
    pub base_dir: &'a Path,
    pub env: &'a dyn Fn(&str) -> Option<String>,
}

impl Context<'_> {
    /// A path where the key is given and not empty.
    pub fn path(&self, table: &Table<'_, '_>, key: &str) -> Option<PathBuf> {
        let text = table.optional_string(key).filter(|text| !text.is_empty())?;
        if text.contains('\0') {
            table.fault(key, "must be a path, without a NUL character");
            return None;
        }
        Some(self.base_dir.join(text))
    }

    /// A directory that must be there already, where the key is given and not empty.
    pub fn directory(&self, table: &Table<'_, '_>, key: &str) -> Option<PathBuf> {
        let path = self.path(table, key)?;
        if !path.is_dir() {
            let shown = path.display();
            table.fault(
                key,
                format!(
                    "there is no directory {shown}: make it, or leave the key out to use what is \
                     built in"
                ),
            );
        }
        Some(path)
    }
}

/// An I/O error in words that are the same everywhere.
pub(super) fn io_cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ => error.to_string(),
    }
}
