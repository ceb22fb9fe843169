//! When a customer is asked how it went, and when not at all.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::Status;

pub use super::hours::Hours;

/// The `[survey]` settings that decide over asking about one ticket.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Whether anybody is asked.
    pub enabled: bool,
    /// The part of the tickets that is asked about: more than 0, at most 1.
    pub share: f64,
    /// From asking to reminding those who have not answered; `None`: nobody is reminded.
    pub reminder: Option<Duration>,
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

/// When to ask about a ticket that was closed at `closed_at`: after the delay, and then not before
/// the desk's next waking hours.
pub fn due_at(closed_at: Timestamp, policy: &Policy) -> Timestamp {
    opening(later(closed_at, policy.delay), policy)
}

/// `at` itself where it lies in the desk's waking hours, else the next moment that does.
pub fn opening(at: Timestamp, policy: &Policy) -> Timestamp {
    policy.hours.opening(at, &policy.timezone)
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
    /// Until when the survey can be answered; `None` while it is not planned yet.
    pub expires_at: Option<Timestamp>,
    /// When this customer was last asked, about any other ticket.
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
    /// Whether somebody else has become its requester since the survey was planned.
    pub requester_changed: bool,
    /// Whether nobody has answered it: nobody's help is rated where nobody helped.
    pub unhelped: bool,
    /// Whether the survey is answered.
    pub answered: bool,
    /// The lot that the ticket drew: from 0 up to but not 1, below the share for those asked about.
    pub lot: f64,
}

/// Why no survey may be sent, as a word for the ticket's events; `None` when it may. Asked when the
/// survey is planned, and again when it would leave.
pub fn refusal(context: &SurveyContext, now: Timestamp, policy: &Policy) -> Option<&'static str> {
    let asked_lately = |at: &Timestamp| now < later(*at, policy.cooldown);
    // the desk was off for long: a question out of the blue is worse than none, and so is one that
    // can hardly be answered any more
    let is_stale = match context.expires_at {
        Some(at) => later(now, time_to_answer(policy.expires)) > at,
        None => context
            .closed_at
            .is_some_and(|at| now > later(later(at, policy.delay), policy.expires)),
    };
    let reasons = [
        ("switched_off", !policy.enabled),
        ("imported", context.imported),
        ("merged", context.merged),
        ("spam", context.spam),
        ("machine", context.machine),
        ("own_address", context.own),
        ("suppressed", context.suppressed),
        ("not_closed", context.status != Status::Closed),
        ("reopened", context.reopened),
        ("requester_changed", context.requester_changed),
        ("answered", context.answered),
        ("stale", is_stale),
        (
            "cooldown",
            context.last_asked_at.as_ref().is_some_and(asked_lately),
        ),
        ("unanswered", context.unhelped),
        ("not_in_sample", context.lot >= policy.share),
    ];
    first_of(&reasons)
}

/// What speaks against a reminder, beside what speaks against asking.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReminderContext {
    /// Whether the customer wrote since they were asked.
    pub wrote: bool,
    /// Whether the question failed to arrive.
    pub undelivered: bool,
}

/// Why nobody may be reminded of a survey that was asked; `None` when they may. Asked when the
/// reminder is made, and again when it would leave.
pub fn reminder_refusal(
    context: &SurveyContext,
    reminder: ReminderContext,
    now: Timestamp,
    policy: &Policy,
) -> Option<&'static str> {
    refusal(context, now, policy).or_else(|| {
        first_of(&[
            ("reminder_off", policy.reminder.is_none()),
            ("customer_wrote", reminder.wrote),
            ("undelivered", reminder.undelivered),
        ])
    })
}

/// What must be left for an answer when a mail asks for one: a day, or half of the time that a
/// survey can be answered where that is less.
pub fn time_to_answer(expires: Duration) -> Duration {
    (expires / 2).min(Duration::from_secs(86_400))
}

fn first_of(reasons: &[(&'static str, bool)]) -> Option<&'static str> {
    let first = reasons.iter().find(|(_, holds)| *holds);
    first.map(|(reason, _)| *reason)
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
            enabled: true,
            share: 1.0,
            reminder: Some(Duration::from_secs(3 * 86_400)),
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
        type Change = fn(&mut SurveyContext);
        let facts: [(Change, &str); 13] = [
            (|c| c.status = Status::Open, "not_closed"),
            (|c| c.status = Status::Pending, "not_closed"),
            (|c| c.reopened = true, "reopened"),
            (|c| c.machine = true, "machine"),
            (|c| c.own = true, "own_address"),
            (|c| c.suppressed = true, "suppressed"),
            (|c| c.spam = true, "spam"),
            (|c| c.merged = true, "merged"),
            (|c| c.imported = true, "imported"),
            (|c| c.requester_changed = true, "requester_changed"),
            (|c| c.answered = true, "answered"),
            (|c| c.unhelped = true, "unanswered"),
            (|c| c.lot = 1.0, "not_in_sample"),
        ];
        for (change, reason) in facts {
            let mut context = fine.clone();
            change(&mut context);
            assert_eq!(refusal(&context, now, &policy), Some(reason));
        }
        for (context, reason) in [
            (asked("2026-10-22T12:00:01Z"), "cooldown"),
            (closed("2026-11-07T11:39:59Z"), "stale"),
        ] {
            assert_eq!(refusal(&context, now, &policy), Some(reason));
        }
        assert_eq!(refusal(&closed("2026-11-07T11:40:00Z"), now, &policy), None);
        let off = Policy {
            enabled: false,
            ..policy
        };
        assert_eq!(refusal(&fine, now, &off), Some("switched_off"));
    }

    #[test]
    fn a_share_asks_about_the_lots_below_it() {
        let half = Policy {
            share: 0.5,
            ..policy("00:00-24:00", "UTC")
        };
        for (lot, reason) in [
            (0.0, None),
            (0.499, None),
            (0.5, Some("not_in_sample")),
            (0.999, Some("not_in_sample")),
        ] {
            let context = SurveyContext {
                status: Status::Closed,
                lot,
                ..SurveyContext::default()
            };
            assert_eq!(refusal(&context, at("2026-11-21T12:00:00Z"), &half), reason);
        }
    }

    #[test]
    fn a_survey_leaves_while_there_is_time_to_answer() {
        let fortnight = policy("00:00-24:00", "UTC");
        let hour = Policy {
            expires: Duration::from_secs(3600),
            ..fortnight.clone()
        };
        let late = |now, policy: &Policy| {
            let context = SurveyContext {
                status: Status::Closed,
                // long before the desk was on again, and no reason by itself
                closed_at: Some(at("2026-01-01T00:00:00Z")),
                expires_at: Some(at("2026-11-21T12:00:00Z")),
                ..SurveyContext::default()
            };
            refusal(&context, at(now), policy)
        };
        assert_eq!(late("2026-11-20T12:00:00Z", &fortnight), None);
        assert_eq!(late("2026-11-20T12:00:01Z", &fortnight), Some("stale"));
        assert_eq!(late("2026-11-21T11:30:00Z", &hour), None);
        assert_eq!(late("2026-11-21T11:30:01Z", &hour), Some("stale"));
    }

    #[test]
    fn a_reminder_needs_more_than_a_question() {
        let (now, policy) = (at("2026-11-21T12:00:00Z"), policy("00:00-24:00", "UTC"));
        let asked = SurveyContext {
            status: Status::Closed,
            expires_at: Some(at("2026-12-01T12:00:00Z")),
            ..SurveyContext::default()
        };
        let nothing = ReminderContext::default();
        let wrote = ReminderContext {
            wrote: true,
            ..nothing
        };
        let undelivered = ReminderContext {
            undelivered: true,
            ..nothing
        };
        let answered = SurveyContext {
            answered: true,
            ..asked.clone()
        };
        let none = Policy {
            reminder: None,
            ..policy.clone()
        };
        for (context, reminder, policy, reason) in [
            (&asked, nothing, &policy, None),
            (&asked, wrote, &policy, Some("customer_wrote")),
            (&asked, undelivered, &policy, Some("undelivered")),
            (&asked, nothing, &none, Some("reminder_off")),
            (&answered, nothing, &policy, Some("answered")),
        ] {
            assert_eq!(reminder_refusal(context, reminder, now, policy), reason);
        }
    }

    #[test]
    fn what_was_planned_for_the_day_waits_when_its_moment_is_at_night() {
        let kyiv = policy("09:00-20:00", "Europe/Kyiv");
        for (now, leaves) in [
            ("2026-11-21T17:59:59Z", "2026-11-21T17:59:59Z"),
            ("2026-11-21T18:00:00Z", "2026-11-22T07:00:00Z"),
            ("2026-11-22T02:00:00Z", "2026-11-22T07:00:00Z"),
        ] {
            assert_eq!(opening(at(now), &kyiv), at(leaves));
        }
    }
}
