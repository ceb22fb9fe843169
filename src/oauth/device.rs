//! Consent by a code that a person types in on any device (RFC 8628).

use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use tokio::time::{Instant, sleep};

use super::{OauthError, TokenServer, Tokens, token_server::seconds};

/// Between two questions, where the server does not say (RFC 8628 section 3.2).
const USUAL_INTERVAL: u64 = 5;
/// How long a code holds, in seconds, where the server does not say, though it must.
const USUAL_LIFE: u64 = 900;
/// The longest pause while the server is unwell.
const LONGEST_INTERVAL: Duration = Duration::from_secs(60);

/// What the person is shown, and what is asked with. `Debug` does not show the latter.
#[derive(Debug, Deserialize)]
pub struct DeviceCode {
    #[serde(deserialize_with = "secret")]
    pub(super) device_code: SecretString,
    /// What the person types in.
    pub user_code: String,
    /// Where; Google calls it otherwise.
    #[serde(alias = "verification_url")]
    pub verification_uri: String,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
    #[serde(default, deserialize_with = "seconds")]
    interval: Option<u64>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

impl DeviceCode {
    /// How long the code holds.
    pub fn holds_for(&self) -> Duration {
        let seconds = self.expires_in.unwrap_or(USUAL_LIFE);
        Duration::from_secs(seconds.clamp(1, 3600))
    }

    /// Asks, as often as the server allows, until the person has said yes or no or the code has run
    /// out. Trouble on the way is waited out (RFC 8628 section 3.5).
    ///
    /// # Errors
    /// [`OauthError::NotGiven`], or a refusal.
    pub async fn wait(&self, server: &TokenServer) -> Result<Tokens, OauthError> {
        let seconds = self.interval.unwrap_or(USUAL_INTERVAL).clamp(1, 60);
        let mut interval = Duration::from_secs(seconds);
        let ends = Instant::now() + self.holds_for();
        while Instant::now() < ends {
            sleep(interval).await;
            match server.by_device_code(self).await {
                Err(OauthError::Pending { slower }) => interval += slower,
                Err(error @ (OauthError::Http(_) | OauthError::Unwell { .. })) => {
                    tracing::info!("asking again: {error}");
                    interval = (interval * 2).min(LONGEST_INTERVAL.max(interval));
                }
                // a code that has run out, in the words of some (RFC 6749 section 5.2)
                Err(OauthError::Ended { said, .. }) => return Err(OauthError::NotGiven { said }),
                other => return other,
            }
        }
        Err(OauthError::NotGiven {
            said: "the code has run out".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_either_provider_is_read_and_its_secret_not_shown() {
        for name in ["verification_uri", "verification_url"] {
            let text = format!(
                r#"{{"device_code":"geheim","user_code":"WDJB-MJHT","{name}":"https://a.example/d",
                "expires_in":900,"interval":5,"message":"Go there"}}"#
            );
            let code: DeviceCode = serde_json::from_str(&text).unwrap();
            assert_eq!(code.verification_uri, "https://a.example/d");
            assert!(!format!("{code:?}").contains("geheim"), "{code:?}");
        }
    }
}
