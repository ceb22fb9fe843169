//! Troubles that are told once, and once that they are over.

use std::sync::{Mutex, PoisonError};

/// Says a trouble of the database or of the token server once, and once that it passed.
#[derive(Default)]
pub(super) struct Trouble(Option<String>);

impl Trouble {
    pub(super) fn met(&mut self, words: &str) {
        if self.0.as_deref() != Some(words) {
            tracing::error!("sending waits: {words}");
            self.0 = Some(words.to_owned());
        }
    }

    pub(super) fn passed(&mut self) {
        if self.0.take().is_some() {
            tracing::info!("sending goes on");
        }
    }
}

/// A trouble that many mails share, said once and not with each: a relay that is down delays every
/// mail, at every attempt. The rows tell the rest.
#[derive(Default)]
pub(super) struct Said(Mutex<Option<String>>);

impl Said {
    pub(super) fn is_news(&self, words: &str) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = said.as_deref().map(without_times) != Some(without_times(words));
        if is_news {
            *said = Some(words.to_owned());
        }
        is_news
    }

    /// Whether a trouble had been said, which is over.
    pub(super) fn passed(&self) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.take().is_some()
    }
}

/// Words without what is different each time: the seconds since a certificate ended, say.
fn without_times(words: &str) -> Vec<&str> {
    let is_time =
        |word: &&str| word.len() >= 6 && word.trim_matches('(').bytes().all(|b| b.is_ascii_digit());
    words.split(' ').filter(|word| !is_time(word)).collect()
}
