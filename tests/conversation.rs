//! A customer writes, the desk answers, and so on: what people see of it, mail by mail.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod harness;
mod story;

#[path = "conversation/agent_answers.rs"]
mod agent_answers;
#[path = "conversation/agent_orders.rs"]
mod agent_orders;
#[path = "conversation/agent_powers.rs"]
mod agent_powers;
#[path = "conversation/agents_told.rs"]
mod agents_told;
#[path = "conversation/bounces.rs"]
mod bounces;
#[path = "conversation/budgets.rs"]
mod budgets;
#[path = "conversation/claims.rs"]
mod claims;
#[path = "conversation/copies.rs"]
mod copies;
#[path = "conversation/dead_ends.rs"]
mod dead_ends;
#[path = "conversation/floods.rs"]
mod floods;
#[path = "conversation/forwards.rs"]
mod forwards;
#[path = "conversation/history.rs"]
mod history;
#[path = "conversation/hostile.rs"]
mod hostile;
#[path = "conversation/leaving.rs"]
mod leaving;
#[path = "conversation/lives.rs"]
mod lives;
#[path = "conversation/long_threads.rs"]
mod long_threads;
#[path = "conversation/loops.rs"]
mod loops;
#[path = "conversation/machines.rs"]
mod machines;
#[path = "conversation/marks.rs"]
mod marks;
#[path = "conversation/participants.rs"]
mod participants;
#[path = "conversation/pictures.rs"]
mod pictures;
#[path = "conversation/reading.rs"]
mod reading;
#[path = "conversation/relays.rs"]
mod relays;
#[path = "conversation/repeats.rs"]
mod repeats;
#[path = "conversation/rules.rs"]
mod rules;
#[path = "conversation/strangers.rs"]
mod strangers;
#[path = "conversation/threads.rs"]
mod threads;
#[path = "conversation/tokens.rs"]
mod tokens;
#[path = "conversation/two_teams.rs"]
mod two_teams;
#[path = "conversation/undelivered.rs"]
mod undelivered;
#[path = "conversation/unsent.rs"]
mod unsent;
#[path = "conversation/verification.rs"]
mod verification;
