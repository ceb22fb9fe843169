//! `[survey]`: how customers are asked whether they were happy.

use std::time::Duration;

use jiff::civil::Time;

use super::fields::duration;
use crate::toml_reader::Table;

/// How customers are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// Off: nobody is asked.
    pub enabled: bool,
    /// From closing to asking.
    pub delay: Duration,
    /// One customer is asked once in this time.
    pub cooldown: Duration,
    /// How long an answer can be given.
    pub expires: Duration,
    /// When mails that ask may go out, in desk time.
    pub hours: Hours,
}

/// A part of the day in minutes from midnight: from `start`, up to but without `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// Minutes from midnight, 0 to 1439.
    pub start: u16,
    /// Minutes from midnight, 1 to 1440.
    pub end: u16,
}

impl Hours {
    /// Reads `"09:00-20:00"`; the end may be `24:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let (start, end) = text.split_once('-')?;
        let (start, end) = (minutes(start.trim())?, minutes(end.trim())?);
        (start < end).then_some(Self { start, end })
    }

    /// Whether a time of the day lies within.
    pub fn contains(self, time: Time) -> bool {
        let minute = i32::from(time.hour()) * 60 + i32::from(time.minute());
        (i32::from(self.start)..i32::from(self.end)).contains(&minute)
    }
}

fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let is_two_digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !is_two_digits(hour) || !is_two_digits(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60 && hour * 60 + minute <= 24 * 60).then_some(hour * 60 + minute)
}

/// Reads `[survey]`.
pub(super) fn read(table: &Table<'_, '_>) -> Survey {
    const MINUTE: Duration = Duration::from_secs(60);
    const DAY: Duration = Duration::from_secs(86_400);
    let hours = table.string("hours", "09:00-20:00");
    let hours = Hours::parse(&hours).unwrap_or_else(|| {
        table.fault(
            "hours",
            "must be a start before an end such as \"09:00-20:00\", or \"00:00-24:00\" for always",
        );
        Hours {
            start: 0,
            end: 1440,
        }
    });
    Survey {
        enabled: table.boolean("enabled", true),
        delay: duration(table, "delay", MINUTE * 20, Duration::ZERO..=DAY * 30),
        cooldown: duration(table, "cooldown", DAY * 30, Duration::ZERO..=DAY * 3650),
        expires: duration(
            table,
            "expires",
            DAY * 14,
            Duration::from_secs(1)..=DAY * 365,
        ),
        hours,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_reach_to_midnight_and_leave_their_end_out() {
        let day = Hours::parse("09:00-20:00").unwrap();
        let at = |hour, minute| Time::constant(hour, minute, 0, 0);
        assert!(!day.contains(at(8, 59)));
        assert!(day.contains(at(9, 0)));
        assert!(day.contains(at(19, 59)));
        assert!(!day.contains(at(20, 0)));
        let always = Hours::parse("00:00-24:00").unwrap();
        assert!(always.contains(at(0, 0)) && always.contains(at(23, 59)));
        for bad in [
            "",
            "9-20",
            "9:00-20:00",
            "09:00",
            "20:00-09:00",
            "09:00-09:00",
            "09:60-20:00",
            "00:00-24:01",
            "99:00-99:01",
            "+9:00-20:00",
            "09:00-20:00-21:00",
        ] {
            assert_eq!(Hours::parse(bad), None, "{bad:?}");
        }
    }
}
