//! maildesk: an email-to-ticket gateway.
pub mod address;
pub mod clock;
pub mod compose;
pub mod language;
pub mod message;
pub mod survey;
pub mod ticket;
pub mod token;
pub mod toml_reader;
pub mod triage;
