//! The state of every watched mailbox, as `/readyz` and the metrics show it.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::clock;

/// One mailbox.
#[derive(Clone, Debug, serde::Serialize)]
pub struct MailboxState {
    /// Its name in the config.
    pub name: String,
    /// Whether it is being watched.
    pub up: bool,
    /// Since when it is up or down.
    pub since: Timestamp,
    /// Why it is down; empty while it is up.
    pub last_error: String,
    /// When it was last asked successfully; null before the first time.
    pub last_success_at: Option<Timestamp>,
    /// Whether it was reached, or failed once and is tried again: the first attempt is over.
    #[serde(skip)]
    pub was_tried: bool,
}

/// All of them; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Mailboxes(Arc<Mutex<Vec<MailboxState>>>);

impl Mailboxes {
    /// The mailboxes of a config, all down and untried.
    pub fn new(names: impl Iterator<Item = String>) -> Self {
        let since = clock::now();
        let state = |name| MailboxState {
            name,
            up: false,
            since,
            last_error: String::new(),
            last_success_at: None,
            was_tried: false,
        };
        Self(Arc::new(Mutex::new(names.map(state).collect())))
    }

    /// It answered. Returns whether that is news.
    pub fn succeeded(&self, name: &str) -> bool {
        self.change(name, |state| {
            let is_news = !state.up;
            let now = clock::now();
            if is_news {
                state.since = now;
            }
            state.up = true;
            state.last_error.clear();
            state.last_success_at = Some(now);
            is_news
        })
    }

    /// It failed. Returns whether that is news: it was up, or failed otherwise before.
    pub fn failed(&self, name: &str, error: &str) -> bool {
        self.change(name, |state| {
            let is_news = state.up || state.last_error != error;
            if state.up {
                state.since = clock::now();
            }
            state.up = false;
            error.clone_into(&mut state.last_error);
            is_news
        })
    }

    /// As they are now.
    pub fn all(&self) -> Vec<MailboxState> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut MailboxState) -> bool) -> bool {
        let mut states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        states
            .iter_mut()
            .find(|state| state.name == name)
            .is_some_and(|state| {
                state.was_tried = true;
                change(state)
            })
    }
}
