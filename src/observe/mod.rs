//! What operators see of a running desk: logs, metrics, the state of the mailboxes.

pub mod logs;
mod mailboxes;
mod metrics;

pub use mailboxes::{MailboxState, Mailboxes};
pub use metrics::Metrics;
