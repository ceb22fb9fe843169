//! AUTH XOAUTH2 (Google's SASL mechanism, taken up by Microsoft).
//!
//! Not by lettre 0.11.23, which takes the challenge that says why a token is refused for an error of
//! its own and never reads the refusal.

use lettre::transport::smtp::{
    Error, authentication::Mechanism, client::AsyncSmtpConnection, response::Response,
};
use secrecy::ExposeSecret as _;

use super::{
    Outcome, Reply,
    outcome::{Stage, judge},
};
use crate::oauth::{self, AccessToken};

/// The server waits for an answer to its challenge (RFC 4954 section 4).
const CHALLENGE: u16 = 334;

/// Logs in with a token.
///
/// # Errors
/// [`Outcome::Temporary`]: a refusal says nothing about a mail.
pub(super) async fn log_in(
    connection: &mut AsyncSmtpConnection,
    username: &str,
    token: &AccessToken,
) -> Result<(), Outcome> {
    let session = |error: Error| judge(Stage::Session, &error);
    let info = connection.server_info();
    if !info.supports_auth_mechanism(Mechanism::Xoauth2) {
        let words = "the SMTP server offers no XOAUTH2: use a password, or correct `host`";
        return Err(Outcome::Temporary(Reply::local(words)));
    }
    let message = oauth::initial_response(username, token);
    let command = format!("AUTH XOAUTH2 {}\r\n", message.expose_secret());
    let mut answer: Response = connection.command(command).await.map_err(session)?;
    if answer.has_code(CHALLENGE) {
        // the refusal itself comes after an empty line
        answer = connection.command("\r\n").await.map_err(session)?;
    }
    match answer.has_code(CHALLENGE) {
        false => Ok(()),
        true => {
            let words = "the SMTP server asks for more than XOAUTH2 has to say";
            Err(Outcome::Temporary(Reply::local(words)))
        }
    }
}

/// Whether the server refuses the token itself (RFC 4954 section 6).
pub(super) fn is_refusal(reply: &Reply) -> bool {
    matches!(reply.code, Some(534 | 535 | 538))
}
