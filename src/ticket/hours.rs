//! A span of the day.

use std::time::Duration;

use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};

/// A daily span of desk time, in minutes since midnight; over midnight when it ends before it
/// starts. The end is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    start: u16,
    end: u16,
}

const DAY: u16 = 24 * 60;

impl Hours {
    /// The whole day.
    pub const ALWAYS: Hours = Hours { start: 0, end: DAY };

    /// From nine to eight.
    pub const WAKING: Hours = Hours {
        start: 9 * 60,
        end: 20 * 60,
    };

    /// Reads `"09:00-20:00"`; `"00:00-24:00"` is always, `"20:00-02:00"` goes over midnight.
    /// `None` for anything else, and for a span of no length.
    pub fn parse(text: &str) -> Option<Self> {
        let (start, end) = text.split_once(['-', '–'])?;
        let (start, end) = (minute(start)?, minute(end)?);
        (start != end && start < DAY).then_some(Self { start, end })
    }

    /// How long the span is.
    pub fn length(self) -> Duration {
        let minutes = match self.start < self.end {
            true => self.end - self.start,
            false => DAY - self.start + self.end,
        };
        Duration::from_secs(60 * u64::from(minutes))
    }

    /// `at` itself where it lies in the span, else the next moment that does.
    pub fn opening(self, at: Timestamp, timezone: &TimeZone) -> Timestamp {
        let local = timezone.to_datetime(at);
        let minute = local.time().hour().unsigned_abs() as u16 * 60
            + local.time().minute().unsigned_abs() as u16;
        if self.contains(minute) {
            return at;
        }
        let today = Some(local.date()).filter(|_| minute < self.start);
        let day = today.or_else(|| local.date().tomorrow().ok());
        day.and_then(|day| self.start_on(day, timezone))
            .map_or(at, |opening| opening.max(at))
    }

    /// The start of the span on a day. A time that a change to summer time skips moves on to the
    /// first that exists; of one that happens twice, the first is meant.
    fn start_on(self, day: Date, timezone: &TimeZone) -> Option<Timestamp> {
        let (hour, minute) = (self.start / 60, self.start % 60);
        let time = Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()?;
        let zoned = day.to_datetime(time).to_zoned(timezone.clone()).ok()?;
        Some(zoned.timestamp())
    }

    fn contains(self, minute: u16) -> bool {
        if self.start < self.end {
            (self.start..self.end).contains(&minute)
        } else {
            minute >= self.start || minute < self.end
        }
    }
}

/// `HH:MM` from 00:00 to 24:00, in minutes.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let is_number = |s: &str| (1..=2).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
    if !is_number(hour) || !is_number(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let total = hour.checked_mul(60)?.checked_add(minute)?;
    (minute < 60 && total <= DAY).then_some(total)
}
