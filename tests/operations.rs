//! The desk in the hands of its operator: start, reload, stop, trouble with disk and database.

// the lints' exception for tests does not reach the functions that tests share
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "operations/damage.rs"]
mod damage;
#[path = "operations/database.rs"]
mod database;
mod harness;
#[path = "operations/life.rs"]
mod life;
#[path = "operations/online.rs"]
mod online;
#[path = "operations/pipe.rs"]
mod pipe;
// the same place and customers as in the stories of the intake
#[path = "intake/place.rs"]
#[allow(dead_code)]
mod place;
#[path = "operations/quarantine.rs"]
mod quarantine;
#[path = "operations/reload.rs"]
mod reload;
#[path = "operations/restore.rs"]
mod restore;
#[path = "operations/secrecy.rs"]
mod secrecy;
