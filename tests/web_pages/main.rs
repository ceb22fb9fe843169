//! What customers, supervisors and strangers see over HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests; the lints know only test functions"
)]

mod browser;
mod desk;
mod hands;
mod health;
mod http;
mod in_browser;
mod nps;
mod own_report;
mod reports;
mod reports_in_browser;
mod robots;
mod survey;
mod visitors;
