//! SMTP to a relay: connections that are kept, one mail at a time on each.
//!
//! lettre speaks the protocol; the connection is ours, since lettre 0.11.23 leaves Nagle on and
//! stalls 40 ms a mail (fixed after it, not released as of 2026-11).

use std::time::{Duration, Instant};

use lettre::transport::smtp::{
    Error,
    authentication::{Credentials, Mechanism},
    client::{AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters},
    extension::{ClientId, Extension},
};
use secrecy::ExposeSecret;
use tokio::{sync::Mutex, time::timeout};

use super::{
    Outcome, Reply, dsn,
    envelope::Envelope,
    outcome::{Stage, judge},
    xoauth2,
};
use crate::{
    config::{Proof, Relay, Tls},
    net::{Dialer, NetError, Stream},
    oauth::{AccessToken, Consent, Consents, OauthError},
    store::Delivery,
};

/// The longest wait for one answer before a mail is sent.
const SESSION: Duration = Duration::from_secs(60);
/// A kept connection is asked whether it lives before it is used again after this long.
const FRESH: Duration = Duration::from_millis(500);

impl AsyncTokioStream for Stream {
    fn peer_addr(&self) -> std::io::Result<std::net::SocketAddr> {
        Stream::peer_addr(self)
    }
}

/// Kept connections to one relay.
pub(super) struct Pool {
    relay: Relay,
    dialer: Dialer,
    /// Whose token we log in with, where it is by OAuth2.
    consent: Option<Consent>,
    kept: Mutex<Vec<(Session, Instant)>>,
}

/// A connection after its login.
pub(super) struct Session {
    pub(super) connection: AsyncSmtpConnection,
    /// Whether the relay reports as it is asked to (DSN, RFC 3461).
    pub(super) takes_wishes: bool,
}

/// What a relay offers, for `check --online`.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Offer {
    /// The name that it gives itself.
    pub name: String,
    /// The extensions that matter to us.
    pub extensions: Vec<String>,
    /// Whether the connection is under TLS.
    pub is_encrypted: bool,
}

impl Pool {
    pub(super) fn new(relay: &Relay, consents: &Consents) -> Result<Self, NetError> {
        let oauth2 = relay.login.as_ref().and_then(|login| login.oauth2());
        Ok(Self {
            consent: oauth2.map(|settings| consents.of(settings)),
            relay: relay.clone(),
            dialer: Dialer::new(&relay.server)?,
            kept: Mutex::default(),
        })
    }

    /// One attempt for one recipient.
    pub(super) async fn send(&self, delivery: &Delivery) -> Outcome {
        let envelope = match Envelope::of(delivery) {
            Ok(envelope) => envelope,
            Err(outcome) => return outcome,
        };
        match self.transfer(&envelope, delivery).await {
            Ok(session) => {
                self.kept.lock().await.push((session, Instant::now()));
                Outcome::Delivered
            }
            Err(outcome) => outcome,
        }
    }

    async fn transfer(&self, envelope: &Envelope, delivery: &Delivery) -> Result<Session, Outcome> {
        let begun = match self.kept_session().await {
            Some(mut kept) => match envelope.begin(&mut kept, delivery).await {
                Err(outcome) if is_over(&outcome) => {
                    kept.connection.abort().await;
                    None
                }
                begun => Some((kept, begun)),
            },
            None => None,
        };
        let (mut session, begun) = match begun {
            Some(begun) => begun,
            None => {
                let mut new = self.connect().await?;
                let begun = envelope.begin(&mut new, delivery).await;
                (new, begun)
            }
        };
        let done = match begun {
            Ok(wishes) => envelope.finish(&mut session, delivery, wishes).await,
            Err(outcome) => Err(outcome),
        };
        match done {
            Ok(()) => Ok(session),
            Err(outcome) => {
                session.connection.abort().await;
                Err(outcome)
            }
        }
    }

    /// Whether there is a token, where one is needed.
    pub(super) async fn has_token(&self) -> Result<(), OauthError> {
        match &self.consent {
            Some(consent) => consent.access_token().await.map(drop),
            None => Ok(()),
        }
    }

    /// Says QUIT on what was not used for a while.
    pub(super) async fn close_idle(&self, idle: Duration) {
        let mut kept = self.kept.lock().await;
        let (old, fresh) = kept.drain(..).partition(|(_, used)| used.elapsed() > idle);
        *kept = fresh;
        drop(kept);
        let old: Vec<(Session, Instant)> = old;
        for (mut session, _) in old {
            // the server closes either way
            let _ = timeout(Duration::from_secs(2), session.connection.quit()).await;
        }
    }

    /// One that was kept and lives, as far as we know.
    async fn kept_session(&self) -> Option<Session> {
        loop {
            let (mut kept, used) = self.kept.lock().await.pop()?;
            let lives = used.elapsed() < FRESH
                || timeout(SESSION, kept.connection.test_connected())
                    .await
                    .unwrap_or(false);
            if lives && !kept.connection.has_broken() {
                return Some(kept);
            }
        }
    }

    /// A new connection. A token that was at hand may have ended early: where it is refused, one
    /// other is tried.
    async fn connect(&self) -> Result<Session, Outcome> {
        let Some(consent) = &self.consent else {
            return self.connect_with(None).await;
        };
        let no_token = |error: OauthError| Outcome::Temporary(Reply::local(error.to_string()));
        let token = consent.access_token().await.map_err(no_token)?;
        match self.connect_with(Some(&token)).await {
            Err(Outcome::Temporary(reply))
                if xoauth2::is_refusal(&reply) && consent.is_worth_another(&token).await =>
            {
                let token = consent.access_token().await.map_err(no_token)?;
                self.connect_with(Some(&token)).await
            }
            other => other,
        }
    }

    async fn connect_with(&self, token: Option<&AccessToken>) -> Result<Session, Outcome> {
        let late =
            |_| Outcome::Temporary(Reply::local(format!("{} is silent", self.dialer.name())));
        timeout(SESSION, self.open(token)).await.map_err(late)?
    }

    async fn open(&self, token: Option<&AccessToken>) -> Result<Session, Outcome> {
        let session = |error: Error| judge(Stage::Session, &error);
        let local = |words: String| Outcome::Temporary(Reply::local(words));
        let stream = self
            .dialer
            .dial()
            .await
            .map_err(|error| local(error.to_string()))?;
        let hello = ClientId::default();
        let mut connection = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello)
            .await
            .map_err(session)?;
        if self.dialer.tls() == Tls::Starttls {
            if !connection.can_starttls() {
                let name = self.dialer.name();
                let words = format!("{name} offers no STARTTLS: nothing is sent in the clear");
                return Err(local(words));
            }
            let tls = self.tls_parameters().map_err(local)?;
            connection.starttls(tls, &hello).await.map_err(session)?;
        }
        let login = self.relay.login.as_ref();
        match (login, login.map(|login| &login.proof), token) {
            (Some(login), _, Some(token)) => {
                xoauth2::log_in(&mut connection, &login.username, token).await?;
            }
            (Some(login), Some(Proof::Password(password)), None) => {
                let password = password.expose_secret().to_owned();
                let credentials = Credentials::new(login.username.clone(), password);
                connection
                    .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
                    .await
                    .map_err(session)?;
            }
            _ => {}
        }
        let takes_wishes = dsn::is_offered(&mut connection, &hello).await;
        Ok(Session {
            connection,
            takes_wishes,
        })
    }

    /// lettre upgrades with parameters of its own making.
    fn tls_parameters(&self) -> Result<TlsParameters, String> {
        let server = &self.relay.server;
        let mut builder = TlsParameters::builder(server.host.clone());
        if let Some(path) = &server.ca_file {
            let read =
                |error: &dyn std::fmt::Display| format!("reading {}: {error}", path.display());
            let pem = std::fs::read(path).map_err(|error| read(&error))?;
            let certificate = Certificate::from_pem(&pem).map_err(|error| read(&error))?;
            builder = builder.add_root_certificate(certificate);
        }
        builder
            .build_rustls()
            .map_err(|error| format!("preparing TLS: {error}"))
    }
}

/// Whether a kept connection ended before the relay took notice of a mail: it went away meanwhile,
/// or takes so many mails on a connection and no more (421, RFC 5321 section 3.8).
fn is_over(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Temporary(reply) if matches!(reply.code, None | Some(421)))
}

/// Connects and logs in, sending nothing.
///
/// # Errors
/// The words of what failed.
pub async fn probe(relay: &Relay, consents: &Consents) -> Result<Offer, String> {
    let pool = Pool::new(relay, consents).map_err(|error| error.to_string())?;
    let mut session = pool.connect().await.map_err(|outcome| match outcome {
        Outcome::Temporary(reply) | Outcome::Permanent(reply) | Outcome::NoMailbox(reply) => {
            match reply.code {
                Some(534 | 535) if pool.consent.is_some() => format!(
                    "the SMTP server refuses the token ({reply}): correct `username`, allow SMTP \
                     for that user, or give consent as that user"
                ),
                Some(534 | 535) => format!(
                    "the SMTP server refuses the login ({reply}): correct `username` and `password`"
                ),
                _ => reply.to_string(),
            }
        }
        Outcome::Delivered => String::new(),
    })?;
    let info = session.connection.server_info();
    let known = [
        ("8BITMIME", info.supports_feature(Extension::EightBitMime)),
        ("SMTPUTF8", info.supports_feature(Extension::SmtpUtfEight)),
        ("STARTTLS", info.supports_feature(Extension::StartTls)),
        ("DSN", session.takes_wishes),
        ("AUTH PLAIN", info.supports_auth_mechanism(Mechanism::Plain)),
        ("AUTH LOGIN", info.supports_auth_mechanism(Mechanism::Login)),
        (
            "AUTH XOAUTH2",
            info.supports_auth_mechanism(Mechanism::Xoauth2),
        ),
    ];
    let offered = known.iter().filter(|(_, is_there)| *is_there);
    let offer = Offer {
        name: info.name().to_owned(),
        extensions: offered.map(|(name, _)| (*name).to_owned()).collect(),
        is_encrypted: relay.server.tls != Tls::None,
    };
    let _ = timeout(Duration::from_secs(2), session.connection.quit()).await;
    Ok(offer)
}
