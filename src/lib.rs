//! maildesk: an email-to-ticket gateway.
//!
//! The rooms in the order in which a mail meets them:
//!
//! 1. [`mailbox`] fetches it from IMAP or a Maildir and hands its bytes to
//! 2. [`store`], which keeps them and everything else; [`ingest`] takes them from there to
//! 3. [`message`], which reads what they say,
//! 4. [`triage`], which decides where the mail goes, and
//! 5. [`compose`], which writes what goes out; what is a [`ticket`] is said there.
//! 6. [`outbox`] sends it.
//! 7. [`desk`] is what people do: answer, note, change, close; [`survey`] asks how it went,
//!    [`nps`] now and then whether they would recommend us.
//! 8. [`web`] shows; [`observe`] tells operators; [`daemon`] runs it all; [`cli`] is the shell.
//!
//! Under them: [`config`], [`net`], [`oauth`], [`address`], [`clock`], [`dkim`], [`language`],
//! [`subject_marks`], [`token`], [`toml_reader`]. `ARCHITECTURE.md` has the plan of the house.

pub mod address;
pub mod cli;
pub mod clock;
pub mod compose;
pub mod config;
pub mod daemon;
pub mod desk;
pub mod dkim;
pub mod ingest;
pub mod language;
pub mod mailbox;
pub mod message;
pub mod net;
pub mod nps;
pub mod oauth;
pub mod observe;
pub mod outbox;
pub mod store;
pub mod subject_marks;
pub mod survey;
pub mod ticket;
pub mod token;
pub mod toml_reader;
pub mod triage;
pub mod web;
