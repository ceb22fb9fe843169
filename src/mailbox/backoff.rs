//! How long to wait before a mailbox is tried again.

use std::time::{Duration, Instant};

use super::{MailboxError, imap::ImapError};

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(300);
/// A wrong password does not mend itself in seconds, and servers lock out those who insist.
const AFTER_REFUSED_LOGIN: Duration = Duration::from_secs(60);
/// Whether consent was given is asked of the database alone.
const CONSENT: Duration = Duration::from_secs(2);

#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
    last_pause: Duration,
    works_since: Option<Instant>,
}

impl Backoff {
    /// The mailbox answered.
    pub(super) fn succeeded(&mut self) {
        self.works_since.get_or_insert_with(Instant::now);
    }

    /// How many attempts in a row have failed.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// The pause after one more failure: doubled each time, with a fifth of jitter so that
    /// mailboxes of one server do not come back in step. It begins anew once a connection has
    /// worked for longer than the pause before it: a server that lets us in and then closes at
    /// once is not hammered.
    pub(super) fn pause(&mut self, error: &MailboxError) -> Duration {
        let worked = self.works_since.take().map(|since| since.elapsed());
        if worked.is_some_and(|worked| worked > self.last_pause) {
            self.failures = 0;
        }
        let doubled = FIRST
            .saturating_mul(1 << self.failures.min(16))
            .min(LONGEST);
        self.failures += 1;
        let base = match error {
            MailboxError::Imap(ImapError::Login { .. } | ImapError::TokenRefused { .. }) => {
                doubled.max(AFTER_REFUSED_LOGIN)
            }
            error if error.waits_for_person() => CONSENT,
            _ => doubled,
        };
        let jitter = crate::token::random::<1>().map_or(0, |[byte]| u32::from(byte));
        self.last_pause = base + base * jitter / (5 * 255);
        self.last_pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::OauthError;

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
        // a missing consent is asked of no server: it is seen soon, however long it was missing
        let missing = MailboxError::Imap(ImapError::NoToken(OauthError::NoConsent {
            consent: "support".to_owned(),
        }));
        assert!(backoff.pause(&missing) <= CONSENT * 6 / 5);
        // a connection that breaks at once changes nothing, one that lasted begins anew
        backoff.succeeded();
        assert!(backoff.pause(&lost) >= LONGEST);
        backoff.succeeded();
        backoff.last_pause = Duration::ZERO;
        assert!(backoff.pause(&lost) <= FIRST * 6 / 5);
    }
}
