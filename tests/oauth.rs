//! Logins by OAuth2: consent, tokens that rotate and end, and a token server that goes wrong.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "oauth/auth.rs"]
mod auth;
#[path = "oauth/consent.rs"]
mod consent;
mod harness;
#[path = "intake/place.rs"]
#[allow(dead_code)]
mod place;
#[path = "oauth/refusals.rs"]
mod refusals;
#[path = "oauth/scene.rs"]
mod scene;
#[path = "oauth/tokens.rs"]
mod tokens;
