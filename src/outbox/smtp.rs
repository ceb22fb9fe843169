//! SMTP to a relay: connections that are kept, one mail at a time on each.
//!
//! lettre speaks the protocol; the connection is ours, since lettre 0.11.23 leaves Nagle on and
//! stalls 40 ms a mail (fixed after it, not released as of 2026-11).

use std::time::{Duration, Instant};

use lettre::{
    Address as Mailbox,
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
    },
};
use secrecy::ExposeSecret;
use tokio::{sync::Mutex, time::timeout};

use super::{
    Outcome, Reply, dsn,
    outcome::{Stage, judge},
};
use crate::{
    config::{Relay, Tls},
    net::{Dialer, NetError, Stream},
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
    kept: Mutex<Vec<(Session, Instant)>>,
}

/// A connection after its login.
struct Session {
    connection: AsyncSmtpConnection,
    takes_wishes: bool,
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
    pub(super) fn new(relay: &Relay) -> Result<Self, NetError> {
        Ok(Self {
            relay: relay.clone(),
            dialer: Dialer::new(&relay.server)?,
            kept: Mutex::default(),
        })
    }

    /// One attempt for one recipient.
    pub(super) async fn send(&self, delivery: &Delivery) -> Outcome {
        let mut session = match self.session().await {
            Ok(session) => session,
            Err(outcome) => return outcome,
        };
        match transfer(&mut session, delivery).await {
            Ok(()) => {
                self.kept.lock().await.push((session, Instant::now()));
                Outcome::Delivered
            }
            Err(outcome) => {
                session.connection.abort().await;
                outcome
            }
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

    async fn session(&self) -> Result<Session, Outcome> {
        loop {
            let Some((mut kept, used)) = self.kept.lock().await.pop() else {
                break;
            };
            let lives = used.elapsed() < FRESH
                || timeout(SESSION, kept.connection.test_connected())
                    .await
                    .unwrap_or(false);
            if lives && !kept.connection.has_broken() {
                return Ok(kept);
            }
        }
        self.connect().await
    }

    async fn connect(&self) -> Result<Session, Outcome> {
        let late =
            |_| Outcome::Temporary(Reply::local(format!("{} is silent", self.dialer.name())));
        timeout(SESSION, self.open()).await.map_err(late)?
    }

    async fn open(&self) -> Result<Session, Outcome> {
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
        if let Some(login) = &self.relay.login {
            let password = login.password.expose_secret().to_owned();
            let credentials = Credentials::new(login.username.clone(), password);
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
                .await
                .map_err(session)?;
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

/// One mail: MAIL, RCPT, DATA, and the dot (RFC 5321 section 3.3).
async fn transfer(session: &mut Session, delivery: &Delivery) -> Result<(), Outcome> {
    let Session {
        connection,
        takes_wishes,
    } = session;
    let mail = |error: Error| judge(Stage::Mail, &error);
    let refused = |what: &str| {
        Outcome::Permanent(Reply::local(format!(
            "the {what} cannot be an envelope address"
        )))
    };
    let parse = |address: &str, what| address.parse::<Mailbox>().map_err(|_| refused(what));
    let recipient = parse(&delivery.recipient.address, "recipient")?;
    let sender = match delivery.envelope_from.as_str() {
        "" => None,
        address => Some(parse(address, "sender")?),
    };
    let mut parameters = Vec::new();
    let offers = |extension| connection.server_info().supports_feature(extension);
    if !delivery.recipient.address.is_ascii() || !delivery.envelope_from.is_ascii() {
        if !offers(Extension::SmtpUtfEight) {
            let words = "the relay cannot carry an address with these characters (no SMTPUTF8)";
            return Err(Outcome::Permanent(Reply::local(words)));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !delivery.bytes.is_ascii() && offers(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let mut of_recipient = Vec::new();
    if *takes_wishes {
        parameters.extend(dsn::of_mail(delivery));
        of_recipient = dsn::of_recipient(delivery);
    }
    connection
        .command(Mail::new(sender, parameters))
        .await
        .map_err(mail)?;
    connection
        .command(Rcpt::new(recipient, of_recipient))
        .await
        .map_err(|error| judge(Stage::Recipient, &error))?;
    connection.command(Data).await.map_err(mail)?;
    connection.message(&delivery.bytes).await.map_err(mail)?;
    Ok(())
}

/// Connects and logs in, sending nothing.
///
/// # Errors
/// The words of what failed.
pub async fn probe(relay: &Relay) -> Result<Offer, String> {
    let pool = Pool::new(relay).map_err(|error| error.to_string())?;
    let mut session = pool.connect().await.map_err(|outcome| match outcome {
        Outcome::Temporary(reply) | Outcome::Permanent(reply) | Outcome::NoMailbox(reply) => {
            match reply.code {
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
