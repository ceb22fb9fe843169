//! What the room writes, read back as its readers would.

mod awkward;
mod kit;
mod mails;
mod nps;
mod pages;
mod surveys;
mod templates;
mod told;
