//! Waiting for something to become true, by asking again.

use std::{
    fmt::Display,
    thread,
    time::{Duration, Instant},
};

/// An answer of a check: done with a value, or not yet with what was seen instead.
pub trait Probe {
    /// What [`eventually`] returns.
    type Value;
    /// The value, or words for the panic message.
    fn settle(self) -> Result<Self::Value, String>;
}

impl Probe for bool {
    type Value = ();
    fn settle(self) -> Result<(), String> {
        if self { Ok(()) } else { Err(String::new()) }
    }
}

impl<T> Probe for Option<T> {
    type Value = T;
    fn settle(self) -> Result<T, String> {
        self.ok_or_else(String::new)
    }
}

impl<T, E: Display> Probe for Result<T, E> {
    type Value = T;
    fn settle(self) -> Result<T, String> {
        self.map_err(|error| format!("; last seen: {error}"))
    }
}

/// Asks `check` until it says yes (`true`, `Some`, `Ok`) and returns its value; panics after
/// `timeout` with `what` and the last `Err`.
#[track_caller]
pub fn eventually<P: Probe>(
    timeout: Duration,
    what: &str,
    mut check: impl FnMut() -> P,
) -> P::Value {
    let start = Instant::now();
    let mut pause = Duration::from_millis(2);
    loop {
        let late = start.elapsed() >= timeout;
        match check().settle() {
            Ok(value) => return value,
            Err(seen) if late => panic!("waited {timeout:?} in vain: {what}{seen}"),
            Err(_) => thread::sleep(pause),
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}
