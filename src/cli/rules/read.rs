//! A mail as the rules see it, without the desk's memory of its sender.

use jiff::{Timestamp, tz::TimeZone};

use crate::{message::Message, triage::Facts};

/// The facts of a mail that opens a ticket: its sender is taken for a new one.
pub(super) fn facts<'m>(
    message: &'m Message,
    mailbox: &'m str,
    at: Timestamp,
    zone: &TimeZone,
) -> Facts<'m> {
    let local = at.to_zoned(zone.clone());
    Facts {
        message,
        kind: message.kind,
        mailbox,
        ticket: None,
        customer_tickets_30d: 0,
        customer_open_tickets: 0,
        customer_failures_7d: 0,
        customers_1h: &[],
        hour: u8::try_from(local.hour()).unwrap_or(0),
        weekday: u8::try_from(local.weekday().to_monday_one_offset()).unwrap_or(1),
    }
}
