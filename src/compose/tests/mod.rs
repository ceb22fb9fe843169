//! What the room writes, read back as its readers would.

mod mails;
mod pages;
mod templates;
