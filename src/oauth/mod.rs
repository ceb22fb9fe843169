//! OAuth2: a token in the place of a password (XOAUTH2).
//!
//! A person gives consent once (`maildesk auth`: [`DeviceCode`] or [`Errand`]); from then on the
//! refresh token, which is kept in the store, gives access tokens of an hour or so. [`Consents`]
//! has one [`Consent`] for each of them, which IMAP and every SMTP connection share.

mod browser;
mod consent;
mod device;
mod sasl;
mod token_server;

use std::time::Duration;

use crate::{net::http::HttpError, store::StoreError};

pub use browser::Errand;
pub use consent::{AccessToken, Consent, Consents};
pub use device::DeviceCode;
pub use sasl::{initial_response, message, status};
pub use token_server::{TokenServer, Tokens};

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum OauthError {
    /// Nobody has given consent.
    #[error("there is no consent for {consent} yet: run `maildesk auth {consent}`")]
    NoConsent {
        /// Its name.
        consent: String,
    },
    /// The provider takes the consent no more: revoked, run out, a changed password.
    #[error("consent for {consent} has ended ({said}): run `maildesk auth {consent}`")]
    Ended {
        /// Its name.
        consent: String,
        /// The provider's words.
        said: String,
    },
    /// The provider refuses what we are or ask for.
    #[error(
        "the token server {server} refuses us ({said}): correct `client_id`, `client_secret`, `tenant` or `scopes`"
    )]
    Refused {
        /// Its host.
        server: String,
        /// Its words.
        said: String,
    },
    /// The person said no, or nothing in time.
    #[error("no consent was given ({said}): run `maildesk auth` again")]
    NotGiven {
        /// The provider's words.
        said: String,
    },
    /// The person is not done yet (RFC 8628 section 3.5).
    #[error("the person is not done yet")]
    Pending {
        /// How much longer to wait between questions from now on.
        slower: Duration,
    },
    /// The provider has trouble of its own, which passes.
    #[error("the token server {server} is unwell ({said}): trying again later")]
    Unwell {
        /// Its host.
        server: String,
        /// The status or its words.
        said: String,
    },
    /// No connection, no answer.
    #[error("no token: {0}")]
    Http(#[from] HttpError),
    /// The token could not be kept.
    #[error("keeping the token: {0}")]
    Store(#[from] StoreError),
    /// It failed a moment ago, and the provider is left alone for a while.
    #[error("{said}")]
    Again {
        /// Why it failed.
        said: String,
    },
    /// Another process has the token in use.
    #[error("another maildesk is using the consent for {consent}: trying again later")]
    Busy {
        /// Its name.
        consent: String,
    },
}

impl OauthError {
    /// Whether nothing will change until a person gives consent.
    pub fn waits_for_person(&self) -> bool {
        matches!(self, Self::NoConsent { .. } | Self::Ended { .. })
    }
}
