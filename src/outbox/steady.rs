//! Clocks that are set back.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

use super::schedule;
use crate::clock;

/// A clock that differs by more from one that is never set was set.
const SET_BACK: SignedDuration = SignedDuration::from_secs(5);

/// The wall clock held against one that is never set. Times in the database are the wall clock's:
/// set back by a day, it would leave a mail that waits for a minute waiting for a day.
pub(super) struct Steady {
    wall: Timestamp,
    since: Instant,
    is_first: bool,
    was_set_back: bool,
}

impl Default for Steady {
    fn default() -> Self {
        Self {
            wall: clock::now(),
            since: Instant::now(),
            is_first: true,
            was_set_back: false,
        }
    }
}

impl Steady {
    /// The latest time that an attempt can have been put off to, where the database is to be asked
    /// for later ones: at the start, and after the clock was set back.
    pub(super) fn latest_attempt(&mut self) -> Option<Timestamp> {
        let (now, passed) = (clock::now(), self.since.elapsed());
        let expected = self.wall.saturating_add(passed).unwrap_or(now);
        self.was_set_back |= expected.duration_since(now) > SET_BACK;
        (self.wall, self.since) = (now, Instant::now());
        if self.was_set_back {
            return Some(now);
        }
        self.is_first.then(|| now + schedule::LONGEST)
    }

    /// What the jump put off was mended.
    pub(super) fn mended(&mut self) {
        (self.is_first, self.was_set_back) = (false, false);
    }
}
