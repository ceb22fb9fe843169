//! `[rules]` and `[templates]`: what is built in, and what stands in its place.

use std::path::{Path, PathBuf};

use hyper::Uri;

use super::{context::Context, desk::Storage, oauth2::read_url};
use crate::toml_reader::Table;

/// Where the triage rules come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// A directory of rule files; `None` for the shipped pack.
    pub directory: Option<PathBuf>,
    /// The file of learned hints; where there is none, the shipped ones are used.
    pub hints: PathBuf,
    /// The server that is asked whether a customer has a picture; `None` asks nobody.
    pub avatars: Option<Uri>,
}

/// Where the templates come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Templates {
    /// A directory whose files stand in for the built-in ones of the same name.
    pub directory: Option<PathBuf>,
}

/// Reads `[rules]`.
pub(super) fn read_rules(table: &Table<'_, '_>, context: &Context<'_>, storage: &Storage) -> Rules {
    let directory = context.directory(table, "directory");
    let database = storage.path.parent();
    let beside = directory.as_deref().or(database).unwrap_or(Path::new(""));
    let hints = context.path(table, "hints");
    let hints = hints.unwrap_or_else(|| beside.join("hints.model"));
    let avatars = (!table.string("avatars", "").is_empty())
        .then(|| read_url(table, "avatars", "", false))
        .filter(|url| url.host().is_some());
    Rules {
        directory,
        hints,
        avatars,
    }
}

/// Reads `[templates]`.
pub(super) fn read_templates(table: &Table<'_, '_>, context: &Context<'_>) -> Templates {
    Templates {
        directory: context.directory(table, "directory"),
    }
}
