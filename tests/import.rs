//! `maildesk import`: years of mail become closed tickets, and nobody notices but the agents.

// the lints' exception for tests does not reach the functions that tests share
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "import/archive.rs"]
mod archive;
#[path = "import/beside.rs"]
mod beside;
#[path = "import/conversations.rs"]
mod conversations;
mod harness;
#[path = "import/interrupted.rs"]
mod interrupted;
#[path = "import/kinds.rs"]
mod kinds;
