//! The Prometheus metrics of contract and README.

use std::sync::{Arc, atomic::AtomicU64};

use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use super::Mailboxes;
use crate::store::Health;

type Labels = Vec<(&'static str, String)>;

/// All metrics; cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    received: Family<Labels, Counter>,
    opened: Family<Labels, Counter>,
    filed: Family<Labels, Counter>,
    deliveries: Family<Labels, Counter>,
    ratings: Family<Labels, Counter>,
    quarantined: Counter,
    intake: Histogram,
    pending: Gauge,
    failed: Gauge,
    held: Gauge,
    up: Family<Labels, Gauge>,
    last_success: Family<Labels, Gauge<f64, AtomicU64>>,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        // the names lose `_total` here: the encoder adds it to counters
        let seconds = [
            0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0,
        ];
        let (received, opened, filed, deliveries, ratings) = Default::default();
        let (quarantined, pending, up, last_success) = Default::default();
        let mut made = Self {
            registry: Arc::default(),
            received,
            opened,
            filed,
            deliveries,
            ratings,
            quarantined,
            intake: Histogram::new(seconds),
            pending,
            failed: Gauge::default(),
            held: Gauge::default(),
            up,
            last_success,
        };
        let mut registry = Registry::with_prefix("maildesk");
        let families: [(&str, &str, &Family<Labels, Counter>); 5] = [
            (
                "messages_received",
                "Mails stored, by mailbox",
                &made.received,
            ),
            ("tickets_opened", "Tickets opened", &made.opened),
            (
                "messages_filed",
                "Mails filed, by what was decided",
                &made.filed,
            ),
            (
                "outbox_deliveries",
                "Attempts to send, by outcome",
                &made.deliveries,
            ),
            ("survey_ratings", "Answers to surveys", &made.ratings),
        ];
        for (name, help, family) in families {
            registry.register(name, help, family.clone());
        }
        registry.register(
            "quarantined",
            "Mails put into quarantine",
            made.quarantined.clone(),
        );
        registry.register(
            "intake_seconds",
            "From stored to filed",
            made.intake.clone(),
        );
        registry.register(
            "outbox_pending",
            "Mails due or being sent",
            made.pending.clone(),
        );
        registry.register(
            "outbox_failed",
            "Mails that failed for good",
            made.failed.clone(),
        );
        registry.register(
            "outbox_held",
            "Answers held since the customer wrote first",
            made.held.clone(),
        );
        registry.register(
            "mailbox_up",
            "Whether the mailbox is watched",
            made.up.clone(),
        );
        registry.register(
            "mailbox_last_success_timestamp_seconds",
            "When the mailbox last answered",
            made.last_success.clone(),
        );
        made.registry = Arc::new(registry);
        made
    }
}

impl Metrics {
    /// Mails were stored.
    pub fn received(&self, mailbox: &str, count: u64) {
        self.received
            .get_or_create(&vec![("mailbox", mailbox.to_owned())])
            .inc_by(count);
    }

    /// A mail was filed, so many seconds after it was stored.
    pub fn filed(&self, disposition: &str, seconds: f64) {
        self.filed
            .get_or_create(&vec![("disposition", disposition.to_owned())])
            .inc();
        self.intake.observe(seconds);
        if disposition == "quarantine" {
            self.quarantined.inc();
        }
    }

    /// A ticket was opened.
    pub fn opened(&self, mailbox: &str, priority: &str) {
        let labels = vec![
            ("mailbox", mailbox.to_owned()),
            ("priority", priority.to_owned()),
        ];
        self.opened.get_or_create(&labels).inc();
    }

    /// An attempt to send ended: `sent`, `temporary` or `failed`.
    pub fn delivery(&self, kind: &str, outcome: &str) {
        let labels = vec![("kind", kind.to_owned()), ("outcome", outcome.to_owned())];
        self.deliveries.get_or_create(&labels).inc();
    }

    /// A survey was answered.
    pub fn rated(&self, score: u8) {
        self.ratings
            .get_or_create(&vec![("score", score.to_string())])
            .inc();
    }

    /// Everything in Prometheus' text format, with the gauges of this moment.
    pub fn text(&self, health: &Health, mailboxes: &Mailboxes) -> String {
        for (gauge, number) in [
            (&self.pending, health.outbox_pending),
            (&self.failed, health.outbox_failed),
            (&self.held, health.outbox_held),
        ] {
            gauge.set(i64::try_from(number).unwrap_or(i64::MAX));
        }
        for state in mailboxes.all() {
            let labels = vec![("mailbox", state.name.clone())];
            self.up.get_or_create(&labels).set(i64::from(state.up));
            if let Some(at) = state.last_success_at {
                let seconds = at.as_millisecond() as f64 / 1000.0;
                self.last_success.get_or_create(&labels).set(seconds);
            }
        }
        let mut text = String::new();
        // writing to a String cannot fail
        let _ = encode(&mut text, &self.registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_promised_names_are_there() {
        let metrics = Metrics::default();
        metrics.received("support", 2);
        metrics.filed("quarantine", 0.2);
        metrics.opened("support", "high");
        metrics.delivery("reply", "sent");
        metrics.rated(5);
        let mailboxes = Mailboxes::new(std::iter::once("support".to_owned()));
        mailboxes.succeeded("support");
        let text = metrics.text(&Health::default(), &mailboxes);
        for line in [
            "maildesk_messages_received_total{mailbox=\"support\"} 2",
            "maildesk_tickets_opened_total{mailbox=\"support\",priority=\"high\"} 1",
            "maildesk_messages_filed_total{disposition=\"quarantine\"} 1",
            "maildesk_outbox_deliveries_total{kind=\"reply\",outcome=\"sent\"} 1",
            "maildesk_outbox_pending 0",
            "maildesk_mailbox_up{mailbox=\"support\"} 1",
            "maildesk_mailbox_last_success_timestamp_seconds{mailbox=\"support\"} ",
            "maildesk_intake_seconds_bucket{le=\"0.25\"} 1",
            "maildesk_survey_ratings_total{score=\"5\"} 1",
            "maildesk_quarantined_total 1",
        ] {
            assert!(text.contains(line), "{line} is not in:\n{text}");
        }
    }
}
