//! When a delayed mail is tried again (RFC 5321 section 4.5.4.1: give up after four to five days).

use jiff::{SignedDuration, Timestamp};

use crate::clock;

/// Minutes to wait after the first, second... attempt; the last one repeats.
const MINUTES: [i64; 9] = [1, 2, 5, 10, 20, 40, 60, 120, 240];
/// Attempts end this long after the mail was made.
const GIVE_UP: SignedDuration = SignedDuration::from_hours(4 * 24);
/// And not before this many: a clock that jumped, or a desk that was off for a week, is no relay
/// that refused for days. Twelve attempts take twenty hours.
const LEAST_ATTEMPTS: u32 = 12;
/// No pause is longer, jitter included.
pub(super) const LONGEST: SignedDuration = SignedDuration::from_mins(264);

/// The time of the next attempt after `attempt` ones; `None` to give up. A tenth of jitter keeps
/// mails that failed together from coming back together.
pub(super) fn next(attempt: u32, created_at: Timestamp) -> Option<Timestamp> {
    let jitter = crate::token::random::<1>().map_or(0, |[byte]| i64::from(byte));
    let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    let minutes = MINUTES
        .get(index)
        .or(MINUTES.last())
        .copied()
        .unwrap_or(240);
    let pause = SignedDuration::from_millis(minutes * 60_000 + minutes * 6_000 * jitter / 255);
    let at = clock::now() + pause;
    let may_go_on = attempt < LEAST_ATTEMPTS || at.duration_since(created_at) <= GIVE_UP;
    may_go_on.then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_after_four_days() {
        let now = clock::now();
        for (attempt, minutes) in [(1, 1), (2, 2), (9, 240), (40, 240)] {
            let pause = next(attempt, now).unwrap().duration_since(now);
            let least = SignedDuration::from_mins(minutes);
            assert!(
                pause >= least && pause <= least * 12 / 10,
                "{attempt}: {pause}"
            );
        }
        let long_ago = now - SignedDuration::from_hours(97);
        assert_eq!(next(12, long_ago), None);
        assert!(
            next(11, long_ago).is_some(),
            "so far only the clock says days"
        );
        assert!(next(40, now).unwrap().duration_since(now) <= LONGEST);
    }
}
