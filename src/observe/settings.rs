//! Whether rules, templates and config were read as they now stand, as `/readyz` shows it.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::clock;

/// How the last reading of the settings went.
#[derive(Clone, Debug, serde::Serialize)]
pub struct SettingsState {
    /// When what runs was read.
    pub read_at: Timestamp,
    /// Why a later edit was not taken, each with file, line and what to write; empty while what
    /// runs is what stands in the files.
    pub faults: Vec<String>,
}

/// Shared by those who read settings and those who show them; cheap to clone.
#[derive(Clone, Debug)]
pub struct Settings(Arc<Mutex<SettingsState>>);

impl Default for Settings {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(SettingsState {
            read_at: clock::now(),
            faults: Vec::new(),
        })))
    }
}

impl Settings {
    /// They were read, and run from now on.
    pub fn taken(&self) {
        *self.lock() = SettingsState {
            read_at: clock::now(),
            faults: Vec::new(),
        };
    }

    /// They are faulty: what ran before still runs.
    pub fn refused(&self, faults: Vec<String>) {
        self.lock().faults = faults;
    }

    /// How it stands.
    pub fn state(&self) -> SettingsState {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, SettingsState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
