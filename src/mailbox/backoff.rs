//! How long to wait before a mailbox is tried again.

use std::time::Duration;

use super::{MailboxError, imap::ImapError};

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(300);
/// A wrong password does not mend itself in seconds, and servers lock out those who insist.
const AFTER_REFUSED_LOGIN: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    /// The pause after one more failure: doubled each time, with a fifth of jitter so that
    /// mailboxes of one server do not come back in step.
    pub(super) fn pause(&mut self, error: &MailboxError) -> Duration {
        let doubled = FIRST
            .saturating_mul(1 << self.failures.min(16))
            .min(LONGEST);
        self.failures += 1;
        let base = match error {
            MailboxError::Imap(ImapError::Login { .. }) => doubled.max(AFTER_REFUSED_LOGIN),
            _ => doubled,
        };
        let jitter = crate::token::random::<1>().map_or(0, |[byte]| u32::from(byte));
        base + base * jitter / (5 * 255)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_a_refused_login_waits_longer() {
        let mut backoff = Backoff::default();
        let lost = MailboxError::Imap(ImapError::Closed);
        let first = backoff.pause(&lost);
        assert!(first >= FIRST && first <= FIRST * 6 / 5, "{first:?}");
        let refused = MailboxError::Imap(ImapError::Login {
            said: "no".to_owned(),
        });
        assert!(backoff.pause(&refused) >= AFTER_REFUSED_LOGIN);
        for _ in 0..40 {
            assert!(backoff.pause(&lost) <= LONGEST * 6 / 5);
        }
        backoff.reset();
        assert!(backoff.pause(&lost) <= FIRST * 6 / 5);
    }
}
