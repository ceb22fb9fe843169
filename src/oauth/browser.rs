//! Consent in a browser: the person goes to an address, says yes, and pastes back the address that
//! the browser ends at (RFC 8252 section 7.3, with PKCE, RFC 7636).
//!
//! Nothing listens there: the browser runs on another machine than the desk, most of the time.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hyper::Uri;
use ring::digest;
use secrecy::SecretString;

use super::{OauthError, TokenServer, Tokens};
use crate::{
    config::{Grant, Oauth2},
    token,
};

/// Where the browser ends. Google lets a desktop app use any port of this machine, Microsoft the
/// registered `http://localhost`.
const REDIRECT: &str = "http://localhost";

/// One person's way to consent and back.
#[derive(Debug)]
pub struct Errand {
    /// Where the person goes.
    pub address: String,
    state: String,
    verifier: SecretString,
}

impl Errand {
    /// An errand of its own secrets; `None` where the settings name another grant, or the system
    /// gives no random bytes.
    pub fn new(settings: &Oauth2) -> Option<Self> {
        let Grant::Code { auth_url } = &settings.grant else {
            return None;
        };
        let random = || Some(BASE64_URL_SAFE_NO_PAD.encode(token::random::<32>().ok()?));
        Some(Self::with(settings, auth_url, random()?, random()?))
    }

    fn with(settings: &Oauth2, auth_url: &Uri, state: String, verifier: String) -> Self {
        let hash = digest::digest(&digest::SHA256, verifier.as_bytes());
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(hash);
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("response_type", "code"),
                ("client_id", &settings.client_id),
                ("redirect_uri", REDIRECT),
                ("scope", &settings.scopes),
                ("state", &state),
                ("code_challenge", &challenge),
                ("code_challenge_method", "S256"),
                // Google gives a refresh token for these two alone; others take no notice
                ("access_type", "offline"),
                ("prompt", "consent"),
            ])
            .finish();
        let mark = if auth_url.query().is_some() { '&' } else { '?' };
        Self {
            address: format!("{auth_url}{mark}{query}"),
            state,
            verifier: SecretString::from(verifier),
        }
    }

    /// Trades what the person pasted for tokens.
    ///
    /// # Errors
    /// [`OauthError::NotGiven`] when it holds no code of this errand; refusals; trouble on the way.
    pub async fn finish(&self, pasted: &str, server: &TokenServer) -> Result<Tokens, OauthError> {
        let not_given = |said: String| OauthError::NotGiven { said };
        let code = self.code(pasted).map_err(not_given)?;
        match server.by_code(&code, &self.verifier, REDIRECT).await {
            Err(OauthError::Ended { said, .. }) => Err(not_given(said)),
            other => other,
        }
    }

    /// The code in the pasted address, which must be of this errand.
    fn code(&self, pasted: &str) -> Result<SecretString, String> {
        let pasted = pasted.trim();
        let (_, query) = pasted
            .split_once('?')
            .ok_or("that is not the address that the browser ended at, with ?code= in it")?;
        let query = query.split('#').next().unwrap_or_default();
        let value = |name: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        if let Some(error) = value("error") {
            let word: String = error
                .chars()
                .filter(|c| c.is_ascii_graphic())
                .take(60)
                .collect();
            return Err(word);
        }
        if value("state").as_deref() != Some(self.state.as_str()) {
            return Err("that address belongs to another attempt".to_owned());
        }
        value("code")
            .filter(|code| !code.is_empty())
            .map(SecretString::from)
            .ok_or_else(|| "there is no code in that address".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn errand() -> Errand {
        let auth_url: Uri = "https://id.example.com/auth".parse().unwrap();
        let settings = Oauth2 {
            consent: "support".to_owned(),
            grant: Grant::Code {
                auth_url: auth_url.clone(),
            },
            client_id: "our id".to_owned(),
            client_secret: None,
            scopes: "https://mail.google.com/".to_owned(),
            token_url: "https://id.example.com/token".parse().unwrap(),
            ca_file: None,
        };
        // the verifier and its challenge of RFC 7636, appendix B
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned();
        Errand::with(&settings, &auth_url, "st4te".to_owned(), verifier)
    }

    #[test]
    fn the_address_asks_for_a_refresh_token_and_holds_the_challenge_alone() {
        let errand = errand();
        assert_eq!(
            errand.address,
            "https://id.example.com/auth?response_type=code&client_id=our+id&redirect_uri=http%3A%2F%2Flocalhost\
             &scope=https%3A%2F%2Fmail.google.com%2F&state=st4te\
             &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256\
             &access_type=offline&prompt=consent"
        );
        assert!(!format!("{errand:?}").contains("dBjftJeZ"));
    }

    #[test]
    fn a_code_is_taken_from_an_address_of_this_errand_alone() {
        let errand = errand();
        let code = |pasted: &str| {
            errand
                .code(pasted)
                .map(|code| code.expose_secret().to_owned())
        };
        assert_eq!(
            code(" http://localhost/?state=st4te&code=4%2F0Ab&scope=x#y\n").as_deref(),
            Ok("4/0Ab")
        );
        for (pasted, words) in [
            ("http://localhost/?state=other&code=4", "another attempt"),
            ("http://localhost/?code=4", "another attempt"),
            ("http://localhost/?state=st4te", "no code"),
            (
                "http://localhost/?error=access_denied&state=st4te",
                "access_denied",
            ),
            ("4/0Ab", "not the address"),
            ("", "not the address"),
        ] {
            let error = code(pasted).unwrap_err();
            assert!(error.contains(words), "{pasted}: {error}");
        }
    }
}
