//! Who is asked, in what order, and how many a day. Never after a case.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use ring::digest::{SHA256, digest};

/// The `[nps]` settings that decide over asking.
#[derive(Clone, Debug)]
pub struct Policy {
    /// One customer is asked once in this time, whether they answer or not.
    pub every: Duration,
    /// Not so soon after anything happened in a ticket of theirs, nor after a survey.
    pub quiet: Duration,
    /// Their first ticket is at least so old.
    pub customers_since: Duration,
    /// Their last ticket is at most so old.
    pub active_within: Duration,
    /// At most so many questions a desk-day.
    pub per_day: u32,
    /// How long the hours are in which mails that ask may go out.
    pub hours_length: Duration,
    /// The desk's time zone.
    pub timezone: TimeZone,
}

/// What bears on asking a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customer {
    /// When the first ticket in which they take part was opened.
    pub first_case_at: Option<Timestamp>,
    /// When something last happened in a ticket in which they take part.
    pub last_case_at: Option<Timestamp>,
    /// Whether one of those is not closed.
    pub has_open_case: bool,
    /// Whether they wrote to the desk themselves since it runs, no machine and no spam, and a person
    /// answered: anybody can write in somebody else's name.
    pub has_been_helped: bool,
    /// When they were last asked for satisfaction, or will be.
    pub last_survey_at: Option<Timestamp>,
    /// When they were last asked for NPS or answered.
    pub last_nps_at: Option<Timestamp>,
    /// Whether they are an agent, or an address of the desk.
    pub is_own: bool,
    /// Whether mail to them came back or was marked as spam.
    pub is_suppressed: bool,
    /// Whether they do not want to be asked.
    pub has_refused: bool,
}

/// Why a customer is not asked now, in a word; `None` when they may be.
pub fn refusal(customer: &Customer, now: Timestamp, policy: &Policy) -> Option<&'static str> {
    if let Some(why) = withdrawal(customer, now, policy) {
        return Some(why);
    }
    let is_new = customer
        .first_case_at
        .is_none_or(|at| now < later(at, policy.customers_since));
    let is_gone = customer
        .last_case_at
        .is_none_or(|at| now > later(at, policy.active_within));
    let is_too_soon = customer
        .last_nps_at
        .is_some_and(|at| now < later(at, policy.every));
    let reasons = [
        ("not_a_customer", !customer.has_been_helped),
        ("new", is_new),
        ("gone", is_gone),
        ("asked", is_too_soon),
    ];
    first(&reasons)
}

/// Why a question that waits to be sent is taken back; `None` when it may go. A case may have come
/// up meanwhile.
pub fn withdrawal(customer: &Customer, now: Timestamp, policy: &Policy) -> Option<&'static str> {
    let is_near = |at: Timestamp| now < later(at, policy.quiet);
    first(&[
        ("own_address", customer.is_own),
        ("refused", customer.has_refused),
        ("suppressed", customer.is_suppressed),
        ("open_case", customer.has_open_case),
        ("case", customer.last_case_at.is_some_and(is_near)),
        ("survey", customer.last_survey_at.is_some_and(is_near)),
    ])
}

/// From one question to the next: a day's share of the hours.
pub fn gap(policy: &Policy) -> Duration {
    policy.hours_length / policy.per_day.max(1)
}

/// When the next question may go out, whatever the hour: evenly over the day's hours, and not more
/// than the day's share. `today` counts the questions since [`start_of_day`].
pub fn next_at(now: Timestamp, last: Option<Timestamp>, today: u32, policy: &Policy) -> Timestamp {
    let spread = last.map_or(now, |last| later(last.min(now), gap(policy)).max(now));
    if today < policy.per_day {
        return spread;
    }
    let tomorrow = policy.timezone.to_datetime(now).date().tomorrow().ok();
    let start = tomorrow.and_then(|day| day.to_zoned(policy.timezone.clone()).ok());
    start.map_or(spread, |start| spread.max(start.timestamp()))
}

/// The first moment of the desk's day.
pub fn start_of_day(now: Timestamp, timezone: &TimeZone) -> Timestamp {
    let day = timezone.to_datetime(now).date();
    let start = day.to_zoned(timezone.clone()).ok();
    start.map_or(now, |start| start.timestamp())
}

/// The place in the line: who was never asked, then who was not for longest; among equals by a
/// digest of the address, so that the order is the same after a restart and favours no letter.
pub fn rank(last_nps_at: Option<Timestamp>, key: &str) -> (Option<Timestamp>, Vec<u8>) {
    let digest = digest(&SHA256, key.as_bytes());
    (last_nps_at, digest.as_ref().to_vec())
}

fn first(reasons: &[(&'static str, bool)]) -> Option<&'static str> {
    let found = reasons.iter().find(|(_, holds)| *holds);
    found.map(|(reason, _)| *reason)
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn policy() -> Policy {
        Policy {
            every: DAY * 180,
            quiet: DAY * 14,
            customers_since: DAY * 60,
            active_within: DAY * 365,
            per_day: 50,
            hours_length: Duration::from_secs(11 * 3600),
            timezone: TimeZone::get("Europe/Kyiv").unwrap(),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn fine() -> Customer {
        Customer {
            first_case_at: Some(at("2026-01-01T12:00:00Z")),
            last_case_at: Some(at("2026-10-01T12:00:00Z")),
            has_been_helped: true,
            ..Customer::default()
        }
    }

    #[test]
    fn each_reason_against_asking_is_named_and_ends_to_the_second() {
        let now = at("2026-11-22T12:00:00Z");
        assert_eq!(refusal(&fine(), now, &policy()), None);
        let case = |change: &dyn Fn(&mut Customer)| {
            let mut customer = fine();
            change(&mut customer);
            refusal(&customer, now, &policy())
        };
        for (why, speaks_against, does_not) in [
            ("new", "2026-09-23T12:00:01Z", "2026-09-23T12:00:00Z"),
            ("gone", "2025-11-22T11:59:59Z", "2025-11-22T12:00:00Z"),
            ("case", "2026-11-08T12:00:01Z", "2026-11-08T12:00:00Z"),
            ("survey", "2026-11-08T12:00:01Z", "2026-11-08T12:00:00Z"),
            ("asked", "2026-05-26T12:00:01Z", "2026-05-26T12:00:00Z"),
        ] {
            let with = |time: &str| {
                case(&|customer| {
                    let time = Some(at(time));
                    match why {
                        "new" => customer.first_case_at = time,
                        "survey" => customer.last_survey_at = time,
                        "asked" => customer.last_nps_at = time,
                        _ => customer.last_case_at = time,
                    }
                })
            };
            assert_eq!(with(speaks_against), Some(why));
            assert_eq!(with(does_not), None, "{why}");
        }
        assert_eq!(case(&|c| c.has_open_case = true), Some("open_case"));
        assert_eq!(case(&|c| c.has_been_helped = false), Some("not_a_customer"));
        assert_eq!(case(&|c| c.is_own = true), Some("own_address"));
        assert_eq!(case(&|c| c.is_suppressed = true), Some("suppressed"));
        assert_eq!(case(&|c| c.has_refused = true), Some("refused"));
        assert_eq!(
            refusal(&Customer::default(), now, &policy()),
            Some("not_a_customer")
        );
    }

    #[test]
    fn a_waiting_question_is_taken_back_for_a_case_and_not_for_itself() {
        let now = at("2026-11-22T12:00:00Z");
        let mut asked = fine();
        asked.last_nps_at = Some(now);
        assert_eq!(withdrawal(&asked, now, &policy()), None);
        asked.has_open_case = true;
        assert_eq!(withdrawal(&asked, now, &policy()), Some("open_case"));
    }

    #[test]
    fn questions_are_spread_over_the_hours_and_end_with_the_days_share() {
        let (now, policy) = (at("2026-11-22T12:00:00Z"), policy());
        assert_eq!(next_at(now, None, 0, &policy), now);
        // 11 hours for 50 questions: one in 13 minutes and 12 seconds
        let last = at("2026-11-22T11:50:00Z");
        let next = at("2026-11-22T12:03:12Z");
        assert_eq!(next_at(now, Some(last), 49, &policy), next);
        assert_eq!(
            next_at(now, Some(at("2026-11-22T09:00:00Z")), 1, &policy),
            now
        );
        // a clock that was set back
        let ahead = at("2027-11-22T12:00:00Z");
        assert_eq!(
            next_at(now, Some(ahead), 1, &policy),
            at("2026-11-22T12:13:12Z")
        );
        // midnight in Kyiv
        assert_eq!(
            next_at(now, Some(last), 50, &policy),
            at("2026-11-22T22:00:00Z")
        );
        assert_eq!(
            start_of_day(now, &policy.timezone),
            at("2026-11-21T22:00:00Z")
        );
    }

    #[test]
    fn whoever_was_never_asked_comes_first_and_the_order_stays() {
        let old = Some(at("2026-01-01T00:00:00Z"));
        let new = Some(at("2026-02-01T00:00:00Z"));
        assert!(rank(None, "z@b") < rank(old, "a@b"));
        assert!(rank(old, "z@b") < rank(new, "a@b"));
        assert_ne!(rank(None, "a@b"), rank(None, "b@b"));
        assert_eq!(rank(old, "a@b"), rank(old, "a@b"));
    }
}
