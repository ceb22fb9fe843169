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
/// mail, at every attempt. The rows tell the rest. It is told while it is held, or the log could
/// show its end before it.
#[derive(Default)]
pub(super) struct Said(Mutex<Option<String>>);

impl Said {
    /// Tells whether the trouble is news.
    pub(super) fn met(&self, words: &str, tell: impl FnOnce(bool)) {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = said.as_deref().map(without_times) != Some(without_times(words));
        if is_news {
            *said = Some(words.to_owned());
        }
        tell(is_news);
    }

    /// Tells that a trouble which had been said is over.
    pub(super) fn passed(&self, tell: impl FnOnce()) {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if said.take().is_some() {
            tell();
        }
    }
}

/// Words without what is different each time: the seconds since a certificate ended, say.
fn without_times(words: &str) -> Vec<&str> {
    let is_time =
        |word: &&str| word.len() >= 6 && word.trim_matches('(').bytes().all(|b| b.is_ascii_digit());
    words.split(' ').filter(|word| !is_time(word)).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::Said;

    #[test]
    fn the_end_of_a_trouble_is_told_after_the_trouble() {
        let (said, told) = (Said::default(), AtomicBool::new(false));
        let (held, holds) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                said.met("no route", |is_news| {
                    held.send(()).unwrap();
                    std::thread::sleep(std::time::Duration::from_millis(50));
                    told.store(is_news, Ordering::SeqCst);
                });
            });
            holds.recv().unwrap();
            said.passed(|| assert!(told.load(Ordering::SeqCst)));
        });
    }
}
