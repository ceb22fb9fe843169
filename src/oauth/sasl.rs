//! XOAUTH2 (Google's SASL mechanism, taken up by Microsoft).
//!
//! Source: developers.google.com/workspace/gmail/imap/xoauth2-protocol.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret as _, SecretString};

use super::AccessToken;

/// The client's one message: it holds the token.
pub fn message(username: &str, token: &AccessToken) -> SecretString {
    let token = token.secret().expose_secret();
    SecretString::from(format!("user={username}\u{1}auth=Bearer {token}\u{1}\u{1}"))
}

/// The same in base64, as it stands behind the command.
pub fn initial_response(username: &str, token: &AccessToken) -> SecretString {
    let message = message(username, token);
    SecretString::from(BASE64_STANDARD.encode(message.expose_secret()))
}

/// What a refusing server's challenge says, already decoded: its status alone, such as `401`. The
/// rest of it may hold anything.
pub fn status(challenge: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Challenge {
        status: String,
    }
    let said: Challenge = serde_json::from_slice(challenge).ok()?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let is_short = said.status.len() <= 40 && !said.status.is_empty();
    (is_short && said.status.chars().all(is_plain)).then_some(said.status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_the_one_of_googles_page() {
        let token = AccessToken::new("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg");
        let message = initial_response("someuser@example.com", &token);
        assert_eq!(
            message.expose_secret(),
            "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ=="
        );
        assert!(!format!("{message:?}{token:?}").contains("vF9dft4"));
    }

    #[test]
    fn of_a_challenge_the_status_alone_is_told() {
        let said = br#"{"status":"401","schemes":"bearer mac","scope":"https://mail.google.com/"}"#;
        assert_eq!(status(said).as_deref(), Some("401"));
        for odd in [
            &b"{\"status\":\"support@example.com\"}"[..],
            b"{\"status\":401}",
            b"{\"status\":\"\"}",
            b"not json",
            b"",
        ] {
            assert_eq!(status(odd), None);
        }
    }
}
