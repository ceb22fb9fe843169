//! What commands work with: config, rules, desk and database, each loaded when it is asked for.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Failure, output};
use crate::{
    config::Config, desk::Desk, store::Store, token::Signer, toml_reader::Fault, triage::Ruleset,
};

/// The one place that may be empty: commands that need no config go on without it.
const SYSTEM_CONFIG: &str = "/etc/maildesk/config.toml";

/// The global options.
pub(super) struct Context {
    config: Option<PathBuf>,
    /// One JSON document instead of text.
    pub is_json: bool,
}

impl Context {
    pub(super) fn new(config: Option<PathBuf>, is_json: bool) -> Self {
        Self { config, is_json }
    }

    /// Prints a result: JSON or text, whichever was asked for.
    pub(super) fn print(
        &self,
        value: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        match self.is_json {
            true => output::json(value)?,
            false => output::text(&text())?,
        }
        Ok(())
    }

    /// Where the config is looked for.
    pub(super) fn config_path(&self) -> PathBuf {
        Config::default_path(self.config.clone())
    }

    /// The config.
    pub(super) fn config(&self) -> Result<Config, Failure> {
        Config::load(&self.config_path()).map_err(Failure::Faults)
    }

    /// The config, where one is named or stands in its usual place.
    pub(super) fn config_if_any(&self) -> Result<Option<Config>, Failure> {
        let path = self.config_path();
        let is_named = self.config.is_some() || path != Path::new(SYSTEM_CONFIG);
        match is_named || path.exists() {
            true => self.config().map(Some),
            false => Ok(None),
        }
    }

    /// The database, which must be there already: `maildesk run` makes it.
    pub(super) fn store(&self, config: &Config) -> Result<Store, Failure> {
        Ok(Store::open_existing(&config.storage.path)?)
    }

    /// The key of all tokens, which must be there already.
    pub(super) fn signer(&self, config: &Config) -> Result<Signer, Failure> {
        let path = config.desk.secret_file.as_path();
        // made by the daemon alone: one made here by root could not be read by it
        if !path.try_exists().unwrap_or(true) {
            return Err(Failure::Failed(format!(
                "there is no secret file at {}: restore it from a backup, or start `maildesk run` \
                 once to have a new one made (links already sent will stop working)",
                path.display()
            )));
        }
        Signer::open(path).map_err(|error| {
            let words = format!("opening the secret file {}: {error}", path.display());
            Failure::Failed(format!("{words}: run this as the user of the desk"))
        })
    }

    /// Everything that answering and changing a ticket takes.
    pub(super) fn desk(&self, config: Config) -> Result<Desk, Failure> {
        let signer = self.signer(&config)?;
        Desk::load(config, signer).map_err(Failure::Faults)
    }
}

/// The rules that a config names; the shipped pack without one.
pub(super) fn rules_of(config: Option<&Config>) -> Result<Ruleset, Vec<Fault>> {
    match config {
        Some(config) => Ruleset::open(config.rules.directory.as_deref(), &config.rules.hints),
        None => Ruleset::builtin(),
    }
}
