//! A consent in use: the access token at hand, and how the next one is come by.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use jiff::SignedDuration;
use secrecy::SecretString;
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    time::{Instant, sleep},
};

use super::{OauthError, TokenServer, Tokens};
use crate::{
    clock,
    config::{Config, Grant, Oauth2},
    store::{Store, StoreError, StoredConsent},
};

/// A token is given up this long before it ends, or after nine tenths of a short life.
const MARGIN: Duration = Duration::from_secs(60);
/// How long one process has the refresh token for itself: longer than an answer may take.
const LEASE: SignedDuration = SignedDuration::from_secs(90);
/// How long another process is waited for.
const PATIENCE: Duration = Duration::from_secs(45);
/// The first and the longest pause after a failure: every mail that waits wants a token.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// Between two tokens that are asked for since a server refused the one before.
const AFTER_REFUSAL: Duration = Duration::from_secs(60);
const GLANCE: Duration = Duration::from_millis(200);

/// A token for a login. `Debug` does not show it.
#[derive(Clone, Debug)]
pub struct AccessToken {
    secret: SecretString,
    /// When it came: tells it from the ones before and after.
    came_at: Instant,
    /// Whether it had been at hand already: the server may know by now that it ended early.
    pub was_at_hand: bool,
}

impl AccessToken {
    /// A token that came now.
    pub fn new(secret: impl Into<SecretString>) -> Self {
        Self {
            secret: secret.into(),
            came_at: Instant::now(),
            was_at_hand: false,
        }
    }

    /// The token itself.
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }
}

/// One consent, shared by all who log in with it; cheap to clone.
#[derive(Clone)]
pub struct Consent(Arc<Inner>);

struct Inner {
    settings: Oauth2,
    server: TokenServer,
    store: Option<Store>,
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    access: Option<(AccessToken, Instant)>,
    /// What came and could not be stored: the provider may take nothing else any more.
    unsaved: Option<(StoredConsent, Tokens)>,
    /// The generation (0: none there) of which it was said that a person is needed.
    told: Option<i64>,
    /// When a token was last given up since a server refused it.
    refused_at: Option<Instant>,
    /// How often in a row the provider gave nothing.
    failures: u32,
    /// Until when it is left alone, and why.
    pause: Option<(Instant, String)>,
}

impl fmt::Debug for Consent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Consent({})", self.name())
    }
}

impl Consent {
    /// A consent as the settings want it. Without a store there is none to be found, and
    /// [`Grant::ClientCredentials`] alone works.
    pub fn new(settings: &Oauth2, store: Option<Store>) -> Self {
        Self(Arc::new(Inner {
            settings: settings.clone(),
            server: TokenServer::new(settings),
            store,
            held: Arc::default(),
        }))
    }

    /// Its name: a mailbox's, or `smtp`.
    pub fn name(&self) -> &str {
        &self.0.settings.consent
    }

    /// A token that holds for a minute at least, or nearly. One asks the provider, all others
    /// wait for it.
    ///
    /// # Errors
    /// Why there is none. While a person is needed, the provider is not asked.
    pub async fn access_token(&self) -> Result<AccessToken, OauthError> {
        let held = Arc::clone(&self.0.held).lock_owned().await;
        if let Some((token, ends)) = &held.access
            && Instant::now() < *ends
        {
            return Ok(AccessToken {
                was_at_hand: true,
                ..token.clone()
            });
        }
        if let Some((until, said)) = &held.pause
            && Instant::now() < *until
        {
            return Err(OauthError::Again { said: said.clone() });
        }
        let this = self.clone();
        // a task of its own: who asks may give up, and what the provider gives must be stored
        tokio::spawn(async move { this.renew(held).await })
            .await
            .unwrap_or(Err(OauthError::Store(StoreError::Panicked)))
    }

    /// A server refused this token. Whether it is worth to log in again with what
    /// [`Consent::access_token`] then gives: one that was at hand may have ended early; where the
    /// next one is refused too, the reason is another, and none is asked for in the next minute.
    pub async fn is_worth_another(&self, token: &AccessToken) -> bool {
        if !token.was_at_hand {
            return false;
        }
        let mut held = self.0.held.lock().await;
        let is_held = |(held, _): &(AccessToken, Instant)| held.came_at == token.came_at;
        if !held.access.as_ref().is_some_and(is_held) {
            // another one came meanwhile
            return true;
        }
        let is_recent = |at: &Instant| at.elapsed() < AFTER_REFUSAL;
        if held.refused_at.as_ref().is_some_and(is_recent) {
            return false;
        }
        held.refused_at = Some(Instant::now());
        held.access = None;
        true
    }

    async fn renew(&self, mut held: OwnedMutexGuard<Held>) -> Result<AccessToken, OauthError> {
        let asked = self.ask(&mut held).await;
        let is_ours = |error: &OauthError| {
            error.waits_for_person()
                || matches!(error, OauthError::Store(_) | OauthError::Busy { .. })
        };
        match &asked {
            Ok(_) => (held.failures, held.pause) = (0, None),
            Err(error) if is_ours(error) => {}
            Err(error) => {
                let (first, longest) = PAUSES;
                let pause = first.saturating_mul(1 << held.failures.min(16));
                held.failures += 1;
                held.pause = Some((Instant::now() + pause.min(longest), error.to_string()));
            }
        }
        asked
    }

    async fn ask(&self, held: &mut Held) -> Result<AccessToken, OauthError> {
        held.access = None;
        if self.0.settings.grant == Grant::ClientCredentials {
            let tokens = self.0.server.by_secret().await?;
            return Ok(keep(held, tokens));
        }
        let patience = Instant::now() + PATIENCE;
        loop {
            if let Some((stored, tokens)) = held.unsaved.take() {
                return self.save(held, stored, tokens).await;
            }
            let stored = self.usable(held).await?;
            if !self.lease(stored.generation).await? {
                if Instant::now() > patience {
                    let consent = self.name().to_owned();
                    return Err(OauthError::Busy { consent });
                }
                sleep(GLANCE).await;
                continue;
            }
            match self.0.server.refresh(&stored.refresh_token).await {
                Ok(tokens) => return self.save(held, stored, tokens).await,
                // told by the next round, or another one was given meanwhile
                Err(OauthError::Ended { said, .. }) => self.end(stored.generation, said).await?,
                Err(error) => {
                    self.release(stored.generation).await?;
                    return Err(error);
                }
            }
        }
    }

    /// Stores the refresh token, where there is a new one, before anything is used.
    async fn save(
        &self,
        held: &mut Held,
        stored: StoredConsent,
        tokens: Tokens,
    ) -> Result<AccessToken, OauthError> {
        let generation = stored.generation;
        let saved = match &tokens.refresh {
            None => self.release(generation).await,
            Some(token) => {
                let (name, token) = (self.name().to_owned(), token.clone());
                self.write(move |pen| pen.renew_consent(&name, generation, &token))
                    .await
                    .map(drop)
            }
        };
        match saved {
            Ok(()) => {
                tracing::debug!(consent = self.name(), "a new token has come");
                Ok(keep(held, tokens))
            }
            Err(error) => {
                held.unsaved = Some((stored, tokens));
                Err(error.into())
            }
        }
    }

    /// The stored consent, which the provider still takes as far as we know.
    async fn usable(&self, held: &mut Held) -> Result<StoredConsent, OauthError> {
        let consent = self.name().to_owned();
        let (generation, error) = match self.stored().await? {
            Some(stored) if stored.ended.is_empty() => {
                if held.told.take().is_some() {
                    tracing::info!(consent, "consent was given");
                }
                return Ok(stored);
            }
            Some(stored) => (
                stored.generation,
                OauthError::Ended {
                    consent,
                    said: stored.ended,
                },
            ),
            None => (0, OauthError::NoConsent { consent }),
        };
        if held.told.replace(generation) != Some(generation) {
            tracing::error!(consent = self.name(), "{error}");
        }
        Err(error)
    }

    async fn stored(&self) -> Result<Option<StoredConsent>, StoreError> {
        match &self.0.store {
            Some(store) => {
                let name = self.name().to_owned();
                store.read(move |view| view.consent(&name)).await
            }
            None => Ok(None),
        }
    }

    /// Besides, this write tells that another one will work: what the provider gives can be
    /// stored.
    async fn lease(&self, generation: i64) -> Result<bool, StoreError> {
        let name = self.name().to_owned();
        let until = clock::now() + LEASE;
        self.write(move |pen| pen.lease_consent(&name, generation, until))
            .await
    }

    async fn release(&self, generation: i64) -> Result<(), StoreError> {
        let name = self.name().to_owned();
        self.write(move |pen| pen.release_consent(&name, generation))
            .await
    }

    async fn end(&self, generation: i64, why: String) -> Result<(), StoreError> {
        let name = self.name().to_owned();
        self.write(move |pen| pen.end_consent(&name, generation, &why))
            .await
            .map(drop)
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&crate::store::Pen<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        match &self.0.store {
            Some(store) => store.write_first(work).await,
            None => Err(StoreError::Closed),
        }
    }
}

fn keep(held: &mut Held, tokens: Tokens) -> AccessToken {
    let token = AccessToken::new(tokens.access);
    let margin = MARGIN.min(tokens.expires_in / 10);
    held.access = Some((token.clone(), token.came_at + (tokens.expires_in - margin)));
    token
}

/// The consents of a config, one a name; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Consents(Arc<BTreeMap<String, Consent>>);

impl Consents {
    /// Those that mailboxes and relay log in with.
    pub fn new(config: &Config, store: Option<&Store>) -> Self {
        let settings = config.consents().into_iter();
        let consents = settings.map(|settings| {
            let consent = Consent::new(settings, store.cloned());
            (settings.consent.clone(), consent)
        });
        Self(Arc::new(consents.collect()))
    }

    /// The one that these settings name; a new one, where this desk has none of that name.
    pub fn of(&self, settings: &Oauth2) -> Consent {
        let known = self.0.get(&settings.consent);
        known
            .cloned()
            .unwrap_or_else(|| Consent::new(settings, None))
    }

    /// Waits until what is being asked for has come and is stored.
    pub async fn settled(&self) {
        for consent in self.0.values() {
            drop(consent.0.held.lock().await);
        }
    }
}
