//! maildesk: an email-to-ticket gateway.
pub mod address;
pub mod clock;
pub mod compose;
pub mod config;
pub mod language;
pub mod mailbox;
pub mod message;
pub mod net;
pub mod observe;
pub mod outbox;
pub mod store;
pub mod ticket;
pub mod token;
pub mod toml_reader;
pub mod triage;
