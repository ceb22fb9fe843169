//! The fault matrix: at every step of the way of a mail, each fault. Three mails come in; at the end
//! there are three tickets and three acknowledgements, each once, the mails are marked at the
//! server, and the log has said the trouble once.
//!
//! `tests/faults/matrix.md` is the table; `matrix.rs` holds it against the cases. To write it anew:
//! `MAILDESK_WRITE_MATRIX=1 cargo test --test faults the_table`.
// the lints' exception for tests does not reach the functions that tests share
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "faults/case.rs"]
mod case;
#[path = "faults/database.rs"]
mod database;
mod harness;
#[path = "faults/journey.rs"]
mod journey;
#[path = "faults/killed.rs"]
mod killed;
#[path = "faults/mailbox.rs"]
mod mailbox;
#[path = "faults/matrix.rs"]
mod matrix;
#[path = "faults/relay.rs"]
mod relay;
#[path = "faults/stage.rs"]
mod stage;
#[path = "faults/synced.rs"]
mod synced;
#[path = "faults/time.rs"]
mod time;
#[path = "faults/trace.rs"]
mod trace;
