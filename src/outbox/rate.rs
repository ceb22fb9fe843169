//! How many mails a minute the relay gets.

use std::time::{Duration, Instant};

/// A bucket that fills evenly: a relay that wants 60 a minute gets one a second.
pub(super) struct Rate {
    per_minute: u32,
    room: f64,
    filled: Instant,
}

impl Rate {
    /// So many a minute; 0 is any number.
    pub(super) fn new(per_minute: u32) -> Self {
        Self {
            per_minute,
            room: 1.0,
            filled: Instant::now(),
        }
    }

    /// How many of `wanted` may go now.
    pub(super) fn room(&mut self, wanted: usize, now: Instant) -> usize {
        if self.per_minute == 0 {
            return wanted;
        }
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        // what was not used is lost but for a second's worth: no burst after a pause
        let most = (f64::from(self.per_minute) / 60.0).max(1.0);
        self.room = (self.room + passed * f64::from(self.per_minute) / 60.0).min(most);
        self.filled = now;
        (1..=wanted)
            .take_while(|count| {
                u32::try_from(*count).is_ok_and(|count| f64::from(count) <= self.room)
            })
            .count()
    }

    /// Notes that so many went.
    pub(super) fn took(&mut self, count: usize) {
        self.room -= f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    }

    /// How long until the next may go.
    pub(super) fn pause(&self) -> Duration {
        if self.per_minute == 0 || self.room >= 1.0 {
            return Duration::ZERO;
        }
        let seconds = (1.0 - self.room) * 60.0 / f64::from(self.per_minute);
        Duration::from_secs_f64(seconds.clamp(0.0, 60.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_minute_gets_more_than_it_may() {
        let start = Instant::now();
        let mut rate = Rate::new(120);
        let mut sent = Vec::new();
        // asked forty times a second for three minutes, with a pause of a minute between
        for step in 0..7_200_u64 {
            if (2_400..4_800).contains(&step) {
                continue;
            }
            let now = start + Duration::from_millis(step * 25);
            let count = rate.room(8, now);
            rate.took(count);
            sent.extend(std::iter::repeat_n(step, count));
        }
        for minute in 0..180 {
            let from = minute * 40;
            let count = sent
                .iter()
                .filter(|step| (from..from + 2_400).contains(*step))
                .count();
            assert!(count <= 122, "{count} from second {minute}");
        }
        assert!(sent.len() >= 236, "{}", sent.len());
    }

    #[test]
    fn without_a_bound_everything_may_go() {
        let mut rate = Rate::new(0);
        assert_eq!(rate.room(64, Instant::now()), 64);
        rate.took(64);
        assert_eq!(rate.pause(), Duration::ZERO);
    }
}
