//! `[rules]` and `[templates]`: what is built in, and what stands in its place.

use std::path::PathBuf;

use super::context::Context;
use crate::toml_reader::Table;

/// Where the triage rules come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// A directory of rule files; `None` for the shipped pack.
    pub directory: Option<PathBuf>,
}

/// Where the templates come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Templates {
    /// A directory whose files stand in for the built-in ones of the same name.
    pub directory: Option<PathBuf>,
}

/// Reads `[rules]`.
pub(super) fn read_rules(table: &Table<'_, '_>, context: &Context<'_>) -> Rules {
    Rules {
        directory: context.directory(table, "directory"),
    }
}

/// Reads `[templates]`.
pub(super) fn read_templates(table: &Table<'_, '_>, context: &Context<'_>) -> Templates {
    Templates {
        directory: context.directory(table, "directory"),
    }
}
