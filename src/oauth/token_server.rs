//! What a token server is asked and what it answers (RFC 6749 sections 4 to 6, RFC 8628).
//!
//! Own words, not the crate `oauth2`: its errors hold the answer's bytes, which may hold tokens, and
//! not its status, which tells trouble that passes from trouble that stays.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use super::{DeviceCode, OauthError};
use crate::{
    config::{Grant, Oauth2},
    net::http::{Answer, Client},
};

/// Where a server does not say how long a token holds (RFC 6749 section 5.1 only recommends it).
const USUAL_LIFE: Duration = Duration::from_secs(3600);

/// What a token server gave. `Debug` shows no token.
#[derive(Debug)]
pub struct Tokens {
    /// For logins.
    pub access: SecretString,
    /// How long the access token holds.
    pub expires_in: Duration,
    /// For the next access token; `None` where the old one goes on.
    pub refresh: Option<SecretString>,
}

/// A token server, and who we are to it.
#[derive(Clone, Debug)]
pub struct TokenServer {
    settings: Oauth2,
    client: Client,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
    refresh_token: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
    error_description: Option<String>,
}

/// A number of seconds, which some servers give as a string.
pub(super) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    let text = value.as_str().and_then(|text| text.trim().parse().ok());
    Ok(value.as_u64().or(text))
}

impl TokenServer {
    /// The server that the settings name.
    pub fn new(settings: &Oauth2) -> Self {
        Self {
            client: Client {
                ca_file: settings.ca_file.clone(),
            },
            settings: settings.clone(),
        }
    }

    /// Asks for an access token by a refresh token (RFC 6749 section 6).
    ///
    /// # Errors
    /// [`OauthError::Ended`] when the consent is gone; refusals; trouble on the way.
    pub async fn refresh(&self, token: &SecretString) -> Result<Tokens, OauthError> {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token.expose_secret()),
        ];
        self.tokens(&form).await
    }

    /// Asks for an access token by our own secret (RFC 6749 section 4.4).
    ///
    /// # Errors
    /// Refusals; trouble on the way.
    pub async fn by_secret(&self) -> Result<Tokens, OauthError> {
        let form = [
            ("grant_type", "client_credentials"),
            ("scope", self.settings.scopes.as_str()),
        ];
        self.tokens(&form).await
    }

    /// Asks for a code that a person types in (RFC 8628 section 3.1).
    ///
    /// # Errors
    /// Refusals; trouble on the way.
    pub async fn device_code(&self) -> Result<DeviceCode, OauthError> {
        let url = match &self.settings.grant {
            Grant::Device { device_url } => device_url,
            Grant::Code { .. } | Grant::ClientCredentials => {
                return Err(self.refused("this grant has no device codes"));
            }
        };
        let form = self.with_client(&[("scope", &self.settings.scopes)]);
        let answer = self.client.post_form(url, &form).await?;
        self.read(&answer)
    }

    /// Asks whether the person has typed in the code (RFC 8628 section 3.4).
    ///
    /// # Errors
    /// [`OauthError::Pending`], [`OauthError::NotGiven`]; refusals; trouble on the way.
    pub async fn by_device_code(&self, code: &DeviceCode) -> Result<Tokens, OauthError> {
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", code.device_code.expose_secret()),
        ];
        self.tokens(&form).await
    }

    /// Asks for tokens by the code of a browser's last address (RFC 6749 section 4.1.3).
    ///
    /// # Errors
    /// Refusals; trouble on the way.
    pub async fn by_code(
        &self,
        code: &SecretString,
        verifier: &SecretString,
        redirect: &str,
    ) -> Result<Tokens, OauthError> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.expose_secret()),
            ("code_verifier", verifier.expose_secret()),
            ("redirect_uri", redirect),
        ];
        self.tokens(&form).await
    }

    async fn tokens(&self, form: &[(&str, &str)]) -> Result<Tokens, OauthError> {
        let form = self.with_client(form);
        let answer = self
            .client
            .post_form(&self.settings.token_url, &form)
            .await?;
        let read: TokenAnswer = self.read(&answer)?;
        // what goes into a login line must not end it
        if read.access_token.is_empty()
            || read.access_token.contains(|c: char| !c.is_ascii_graphic())
        {
            return Err(self.unwell("its token cannot be sent to a mail server".to_owned()));
        }
        // more than a year is a server's slip
        let seconds = read.expires_in.filter(|s| (1..=31_536_000).contains(s));
        Ok(Tokens {
            access: SecretString::from(read.access_token),
            expires_in: seconds.map_or(USUAL_LIFE, Duration::from_secs),
            refresh: read
                .refresh_token
                .filter(|token| !token.is_empty())
                .map(SecretString::from),
        })
    }

    /// The form with who we are (RFC 6749 section 2.3.1), without what is empty.
    fn with_client<'a>(&'a self, form: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let secret = self.settings.client_secret.as_ref();
        let client = [
            ("client_id", self.settings.client_id.as_str()),
            (
                "client_secret",
                secret.map_or("", |secret| secret.expose_secret()),
            ),
        ];
        let all = form.iter().copied().chain(client);
        all.filter(|(_, value)| !value.is_empty()).collect()
    }

    fn read<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, OauthError> {
        match answer.status {
            200..=299 => serde_json::from_slice(&answer.body)
                // serde's own words may repeat a value
                .map_err(|_| self.unwell("its answer is not what OAuth2 says".to_owned())),
            400..=499 if !matches!(answer.status, 408 | 429) => {
                let Ok(refusal) = serde_json::from_slice::<Refusal>(&answer.body) else {
                    return Err(self.unwell(format!("status {}", answer.status)));
                };
                Err(self.judge(&refusal))
            }
            status => Err(self.unwell(format!("status {status}"))),
        }
    }

    /// What an error code means (RFC 6749 section 5.2, RFC 8628 section 3.5, and what Microsoft
    /// says where a person has to come back).
    fn judge(&self, refusal: &Refusal) -> OauthError {
        let said = shown(&refusal.error, refusal.error_description.as_deref());
        let pending = |seconds| OauthError::Pending {
            slower: Duration::from_secs(seconds),
        };
        match refusal.error.as_str() {
            "authorization_pending" => pending(0),
            "slow_down" => pending(5),
            "access_denied"
            | "authorization_declined"
            | "expired_token"
            | "bad_verification_code" => OauthError::NotGiven { said },
            "invalid_grant" | "interaction_required" | "consent_required" | "login_required" => {
                OauthError::Ended {
                    consent: self.settings.consent.clone(),
                    said,
                }
            }
            "temporarily_unavailable" | "server_error" => self.unwell(said),
            _ => self.refused(&said),
        }
    }

    fn unwell(&self, said: String) -> OauthError {
        OauthError::Unwell {
            server: self.host(),
            said,
        }
    }

    fn refused(&self, said: &str) -> OauthError {
        OauthError::Refused {
            server: self.host(),
            said: said.to_owned(),
        }
    }

    fn host(&self) -> String {
        self.settings
            .token_url
            .host()
            .unwrap_or_default()
            .to_owned()
    }
}

/// An error in the provider's words, for logs: the code and the first sentence. Microsoft adds
/// numbers that differ each time; words that may be an address or a token are left out.
fn shown(code: &str, description: Option<&str>) -> String {
    let is_odd = |word: &str| word.contains('@') || word.len() > 40;
    let tidy = |text: &str| {
        let words = text.split_whitespace().map(|word| match is_odd(word) {
            true => "[...]".to_owned(),
            false => word.replace(char::is_control, ""),
        });
        words.collect::<Vec<_>>().join(" ")
    };
    let description = description.unwrap_or_default();
    let line = description.lines().next().unwrap_or_default();
    let line = line.split("Trace ID").next().unwrap_or_default();
    let sentence: String = tidy(line.split(". ").next().unwrap_or_default())
        .chars()
        .take(200)
        .collect();
    let sentence = sentence.trim_end_matches('.');
    let code: String = tidy(code).chars().take(60).collect();
    match sentence.is_empty() {
        true => code,
        false => format!("{code}: {sentence}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> TokenServer {
        TokenServer::new(&Oauth2 {
            consent: "support".to_owned(),
            grant: Grant::ClientCredentials,
            client_id: "our-id".to_owned(),
            client_secret: Some(SecretString::from("geheim")),
            scopes: String::new(),
            token_url: "https://id.example.com/token".parse().unwrap(),
            ca_file: None,
        })
    }

    fn said(status: u16, body: &str) -> String {
        let answer = Answer {
            status,
            body: body.as_bytes().to_vec(),
        };
        match server().read::<TokenAnswer>(&answer) {
            Ok(_) => "ok".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn trouble_that_passes_is_told_from_trouble_that_stays() {
        let unwell = |words: &str| {
            format!("the token server id.example.com is unwell ({words}): trying again later")
        };
        for more in ["", r#","expires_in":3600"#, r#","expires_in":"3600""#] {
            assert_eq!(said(200, &format!(r#"{{"access_token":"x"{more}}}"#)), "ok");
        }
        for status in [408, 429, 500, 503, 302] {
            assert_eq!(said(status, "<html>"), unwell(&format!("status {status}")));
        }
        assert_eq!(said(404, "<html>"), unwell("status 404"));
        assert_eq!(
            said(400, r#"{"error":"temporarily_unavailable"}"#),
            unwell("temporarily_unavailable")
        );
        assert_eq!(
            said(
                401,
                r#"{"error":"invalid_client","error_description":"No such secret."}"#
            ),
            "the token server id.example.com refuses us (invalid_client: No such secret): correct \
             `client_id`, `client_secret`, `tenant` or `scopes`"
        );
        assert_eq!(
            said(400, r#"{"error":"invalid_grant"}"#),
            "consent for support has ended (invalid_grant): run `maildesk auth support`"
        );
        let garbled = said(200, r#"{"access_token":["ya29-secret"]}"#);
        assert_eq!(garbled, unwell("its answer is not what OAuth2 says"));
    }

    #[test]
    fn the_providers_words_are_short_the_same_each_time_and_without_names() {
        let description = "AADSTS50173: The grant of olga@example.com was revoked, a fresh token is \
                           needed. The user might have changed the password.\r\nTrace ID: 1-2-3 \
                           Timestamp: 2026-11-22";
        assert_eq!(
            shown("invalid_grant", Some(description)),
            "invalid_grant: AADSTS50173: The grant of [...] was revoked, a fresh token is needed"
        );
        let token = "0.AXoA".repeat(20);
        assert_eq!(
            shown(
                "invalid_grant",
                Some(&format!("Token {token} is\u{7} bad."))
            ),
            "invalid_grant: Token [...] is bad"
        );
        assert_eq!(
            shown("invalid_grant", Some("Bad Request")),
            "invalid_grant: Bad Request"
        );
        assert!(
            shown(&"x".repeat(1000), Some(&"слово ".repeat(1000)))
                .chars()
                .count()
                < 300
        );
    }

    #[test]
    fn the_form_says_who_we_are_and_nothing_empty() {
        let server = server();
        assert_eq!(
            server.with_client(&[("grant_type", "x"), ("scope", "")]),
            [
                ("grant_type", "x"),
                ("client_id", "our-id"),
                ("client_secret", "geheim")
            ]
        );
        assert!(!format!("{server:?}").contains("geheim"));
    }
}
