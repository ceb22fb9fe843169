//! When a customer is asked how it went, and when not at all.

use std::time::Duration;

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};

use super::Status;

/// The `[survey]` settings that decide over asking.
#[derive(Clone, Debug)]
pub struct Policy {
    /// From closing to asking.
    pub delay: Duration,
    /// At least this long between two surveys to one customer.
    pub cooldown: Duration,
    /// How long a survey can be answered.
    pub expires: Duration,
    /// When surveys may go out, in desk time.
    pub hours: Hours,
    /// The desk's time zone.
    pub timezone: TimeZone,
}

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

    fn contains(self, minute: u16) -> bool {
        if self.start < self.end {
            (self.start..self.end).contains(&minute)
        } else {
            minute >= self.start || minute < self.end
        }
    }
}

/// When to ask about a ticket that was closed at `closed_at`: after the delay, and then not before
/// the desk's next waking hours.
pub fn due_at(closed_at: Timestamp, policy: &Policy) -> Timestamp {
    let earliest = later(closed_at, policy.delay);
    let local = policy.timezone.to_datetime(earliest);
    let minute = local.time().hour().unsigned_abs() as u16 * 60
        + local.time().minute().unsigned_abs() as u16;
    if policy.hours.contains(minute) {
        return earliest;
    }
    let today = Some(local.date()).filter(|_| minute < policy.hours.start);
    let day = today.or_else(|| local.date().tomorrow().ok());
    day.and_then(|day| opening(day, policy))
        .map_or(earliest, |opening| opening.max(earliest))
}

/// What speaks against asking.
#[derive(Clone, Debug, Default)]
pub struct SurveyContext {
    /// The ticket's status now.
    pub status: Status,
    /// Whether it was reopened after the closing that this survey is about.
    pub reopened: bool,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// When this customer was last asked, about any ticket.
    pub last_asked_at: Option<Timestamp>,
    /// Whether the requester is a machine, or nobody.
    pub machine: bool,
    /// Whether the requester is one of the desk's agents.
    pub own: bool,
    /// Whether mail to the requester bounces.
    pub suppressed: bool,
    /// Whether the ticket is tagged as spam.
    pub spam: bool,
    /// Whether it was merged into another one.
    pub merged: bool,
    /// Whether it came from an import of history.
    pub imported: bool,
}

/// Why no survey may be sent, as a word for the ticket's events; `None` when it may. To be asked
/// when the survey falls due, not only when it is planned.
pub fn refusal(context: &SurveyContext, now: Timestamp, policy: &Policy) -> Option<&'static str> {
    let asked_lately = |at: &Timestamp| now < later(*at, policy.cooldown);
    let is_stale = |at: &Timestamp| now > later(later(*at, policy.delay), policy.expires);
    let reasons = [
        ("imported", context.imported),
        ("merged", context.merged),
        ("spam", context.spam),
        ("machine", context.machine),
        ("own_address", context.own),
        ("suppressed", context.suppressed),
        ("not_closed", context.status != Status::Closed),
        ("reopened", context.reopened),
        // the desk was off for long: a question out of the blue is worse than none
        ("stale", context.closed_at.as_ref().is_some_and(is_stale)),
        (
            "cooldown",
            context.last_asked_at.as_ref().is_some_and(asked_lately),
        ),
    ];
    let first = reasons.into_iter().find(|(_, holds)| *holds);
    first.map(|(reason, _)| reason)
}

/// The start of the waking hours on a day. A time that a change to summer time skips moves on to
/// the first that exists; of one that happens twice, the first is meant.
fn opening(day: Date, policy: &Policy) -> Option<Timestamp> {
    let (hour, minute) = (policy.hours.start / 60, policy.hours.start % 60);
    let time = Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()?;
    let zoned = day
        .to_datetime(time)
        .to_zoned(policy.timezone.clone())
        .ok()?;
    Some(zoned.timestamp())
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

fn later(at: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(hours: &str, zone: &str) -> Policy {
        Policy {
            delay: Duration::from_secs(20 * 60),
            cooldown: Duration::from_secs(30 * 86_400),
            expires: Duration::from_secs(14 * 86_400),
            hours: Hours::parse(hours).unwrap(),
            timezone: TimeZone::get(zone).unwrap(),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn asks_after_the_delay_within_waking_hours() {
        let kyiv = policy("09:00-20:00", "Europe/Kyiv");
        for (closed, due) in [
            // 12:00 in Kyiv (winter, +02)
            ("2026-11-21T10:00:00Z", "2026-11-21T10:20:00Z"),
            // 19:39:59 goes out the same day, 19:40 the next morning
            ("2026-11-21T17:39:59Z", "2026-11-21T17:59:59Z"),
            ("2026-11-21T17:40:00Z", "2026-11-22T07:00:00Z"),
            // after midnight, and just before nine
            ("2026-11-21T23:00:00Z", "2026-11-22T07:00:00Z"),
            ("2026-11-21T06:39:00Z", "2026-11-21T07:00:00Z"),
            ("2026-11-21T06:40:00Z", "2026-11-21T07:00:00Z"),
            // nine in the morning is another moment after each change of the clock
            ("2026-03-28T18:00:00Z", "2026-03-29T06:00:00Z"),
            ("2026-10-24T18:00:00Z", "2026-10-25T07:00:00Z"),
        ] {
            assert_eq!(due_at(at(closed), &kyiv), at(due), "{closed}");
        }
    }

    #[test]
    fn a_start_that_the_clock_skips_moves_on() {
        // in Kyiv 03:00 to 04:00 does not exist on this day
        let early = policy("03:30-04:30", "Europe/Kyiv");
        let due = due_at(at("2026-03-28T20:00:00Z"), &early);
        assert_eq!(due, at("2026-03-29T01:30:00Z"));
    }

    #[test]
    fn hours_over_midnight_and_always() {
        let night = policy("20:00-02:00", "UTC");
        assert_eq!(
            due_at(at("2026-11-21T01:30:00Z"), &night),
            at("2026-11-21T01:50:00Z")
        );
        assert_eq!(
            due_at(at("2026-11-21T01:40:00Z"), &night),
            at("2026-11-21T20:00:00Z")
        );
        let always = policy("00:00-24:00", "Asia/Tokyo");
        assert_eq!(always.hours, Hours::ALWAYS);
        assert_eq!(
            due_at(at("2026-11-21T14:50:00Z"), &always),
            at("2026-11-21T15:10:00Z")
        );
        assert_eq!(due_at(Timestamp::MAX, &always), Timestamp::MAX);
        for bad in [
            "",
            "9-20",
            "09:00",
            "09:00-09:00",
            "24:00-02:00",
            "09:60-10:00",
            "+9:00-20:00",
            "00:00-24:01",
        ] {
            assert_eq!(Hours::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn each_ground_for_silence_is_named() {
        let now = at("2026-11-21T12:00:00Z");
        let policy = policy("09:00-20:00", "UTC");
        let fine = SurveyContext {
            status: Status::Closed,
            closed_at: Some(at("2026-11-21T11:40:00Z")),
            last_asked_at: Some(at("2026-10-22T12:00:00Z")),
            ..SurveyContext::default()
        };
        assert_eq!(refusal(&fine, now, &policy), None);
        let asked = |at_| SurveyContext {
            last_asked_at: Some(at(at_)),
            ..fine.clone()
        };
        let closed = |at_| SurveyContext {
            closed_at: Some(at(at_)),
            ..fine.clone()
        };
        for (context, reason) in [
            (
                SurveyContext {
                    status: Status::Open,
                    ..fine.clone()
                },
                "not_closed",
            ),
            (
                SurveyContext {
                    status: Status::Pending,
                    ..fine.clone()
                },
                "not_closed",
            ),
            (
                SurveyContext {
                    reopened: true,
                    ..fine.clone()
                },
                "reopened",
            ),
            (
                SurveyContext {
                    machine: true,
                    ..fine.clone()
                },
                "machine",
            ),
            (
                SurveyContext {
                    own: true,
                    ..fine.clone()
                },
                "own_address",
            ),
            (
                SurveyContext {
                    suppressed: true,
                    ..fine.clone()
                },
                "suppressed",
            ),
            (
                SurveyContext {
                    spam: true,
                    ..fine.clone()
                },
                "spam",
            ),
            (
                SurveyContext {
                    merged: true,
                    ..fine.clone()
                },
                "merged",
            ),
            (
                SurveyContext {
                    imported: true,
                    ..fine.clone()
                },
                "imported",
            ),
            (asked("2026-10-22T12:00:01Z"), "cooldown"),
            (closed("2026-11-07T11:39:59Z"), "stale"),
        ] {
            assert_eq!(refusal(&context, now, &policy), Some(reason));
        }
        assert_eq!(refusal(&closed("2026-11-07T11:40:00Z"), now, &policy), None);
    }
}
