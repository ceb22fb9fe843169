//! What operators see of a running desk: logs, metrics, the state of mailboxes and settings.

pub mod logs;
mod mailboxes;
mod metrics;
mod settings;

pub use mailboxes::{MailboxState, Mailboxes};
pub use metrics::Metrics;
pub use settings::{Settings, SettingsState};
