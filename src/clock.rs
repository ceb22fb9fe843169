//! The time, in one place, so that tests can move it.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

static SHIFT_MS: AtomicI64 = AtomicI64::new(0);

/// Now, to the millisecond: the precision that the store keeps.
pub fn now() -> Timestamp {
    from_millis(
        Timestamp::now()
            .as_millisecond()
            .saturating_add(SHIFT_MS.load(Ordering::Relaxed)),
    )
}

/// Moves the clock of this process; for tests alone.
pub fn shift(by: SignedDuration) {
    let ms = i64::try_from(by.as_millis()).unwrap_or(0);
    SHIFT_MS.fetch_add(ms, Ordering::Relaxed);
}

/// A stored time (milliseconds since 1970, UTC); out of range becomes the epoch.
pub fn from_millis(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}
