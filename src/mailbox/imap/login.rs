//! From nothing to a session: greeting, STARTTLS, and a login by password or token.

use std::collections::HashSet;

use async_imap::{
    Authenticator, Client,
    error::Error as Library,
    imap_proto::{Capability, Response},
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{io::AsyncWriteExt as _, time::timeout};

use super::{
    ImapError,
    session::{SILENCE, lost, refuse_bye},
};
use crate::{
    config::{Imap, Login, Oauth2, Proof, Tls},
    net::{Dialer, Stream},
    oauth::{self, AccessToken, Consents},
};

type Opened = async_imap::Session<Stream>;

/// Connects, makes the connection safe, logs in.
///
/// A token that was at hand may have ended early: where it is refused, one other is tried.
pub(super) async fn log_in(account: &Imap, consents: &Consents) -> Result<Opened, ImapError> {
    match &account.login.proof {
        Proof::Password(password) => by_password(account, password).await,
        Proof::Oauth2(settings) => {
            let consent = consents.of(settings);
            // before dialling: without a token the server is not bothered
            let token = consent.access_token().await?;
            match by_token(account, settings, &token).await {
                Err(ImapError::TokenRefused { .. }) if consent.is_worth_another(&token).await => {
                    let token = consent.access_token().await?;
                    by_token(account, settings, &token).await
                }
                other => other,
            }
        }
    }
}

async fn by_password(account: &Imap, password: &SecretString) -> Result<Opened, ImapError> {
    let client = connect(account).await?;
    let login = client.login(&account.login.username, password.expose_secret());
    let refused = |said| ImapError::Login { said };
    match timeout(SILENCE, login).await {
        Ok(Err((Library::Validate(_), _))) => Err(refused(
            "the user name or password has characters that LOGIN cannot carry".to_owned(),
        )),
        Ok(answer) => judge(answer, refused),
        Err(_) => Err(silent("LOGIN")),
    }
}

/// AUTHENTICATE XOAUTH2, in one step where the server takes that (RFC 4959). What its challenge
/// then says is why it refuses, and the empty answer makes it say NO.
async fn by_token(
    account: &Imap,
    settings: &Oauth2,
    token: &AccessToken,
) -> Result<Opened, ImapError> {
    let mut client = connect(account).await?;
    let offered = capabilities(&mut client).await?;
    if !offered.contains("AUTH=XOAUTH2") {
        return Err(ImapError::NoXoauth2);
    }
    let Login { username, .. } = &account.login;
    let mut dialogue = Dialogue {
        message: None,
        status: None,
    };
    let command = match offered.contains("SASL-IR") {
        true => {
            let message = oauth::initial_response(username, token);
            format!("XOAUTH2 {}", message.expose_secret())
        }
        false => {
            dialogue.message = Some(oauth::message(username, token));
            "XOAUTH2".to_owned()
        }
    };
    let answer = timeout(SILENCE, client.authenticate(command, &mut dialogue)).await;
    let answer = answer.map_err(|_| silent("AUTHENTICATE"))?;
    judge(answer, |said| ImapError::TokenRefused {
        said: match dialogue.status {
            Some(status) => format!("status {status}; {said}"),
            None => said,
        },
        consent: settings.consent.clone(),
    })
}

/// What is answered to challenges.
struct Dialogue {
    /// Our message, until it was sent.
    message: Option<SecretString>,
    /// What a refusing server told.
    status: Option<String>,
}

impl Authenticator for &mut Dialogue {
    type Response = Vec<u8>;

    fn process(&mut self, challenge: &[u8]) -> Vec<u8> {
        match self.message.take() {
            Some(message) => message.expose_secret().as_bytes().to_vec(),
            None => {
                self.status = oauth::status(challenge);
                Vec::new()
            }
        }
    }
}

async fn connect(account: &Imap) -> Result<Client<Stream>, ImapError> {
    let dialer = Dialer::new(&account.server)?;
    let mut client = Client::new(dialer.dial().await?);
    let greeting = timeout(SILENCE, client.read_response())
        .await
        .map_err(|_| silent("greeting"))?
        .map_err(lost)?
        .ok_or(ImapError::Closed)?;
    refuse_bye(greeting.parsed())?;
    if dialer.tls() != Tls::Starttls {
        return Ok(client);
    }
    match timeout(SILENCE, client.run_command_and_check_ok("STARTTLS", None)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            return Err(ImapError::NoStarttls {
                said: words(&error),
            });
        }
        Err(_) => return Err(silent("STARTTLS")),
    }
    // what stood behind the answer in the buffer was said in the clear: it is dropped
    Ok(Client::new(dialer.secure(client.into_inner()).await?))
}

/// What is offered before the login. The library asks for it after the login alone.
async fn capabilities(client: &mut Client<Stream>) -> Result<HashSet<String>, ImapError> {
    let asked = client.get_mut();
    asked.write_all(b"C1 CAPABILITY\r\n").await.map_err(lost)?;
    asked.flush().await.map_err(lost)?;
    let mut found = HashSet::new();
    loop {
        let response = timeout(SILENCE, client.read_response())
            .await
            .map_err(|_| silent("CAPABILITY"))?
            .map_err(lost)?
            .ok_or(ImapError::Closed)?;
        refuse_bye(response.parsed())?;
        if let Some(offered) = offered(response.parsed()) {
            found = offered;
        }
        if matches!(response.parsed(), Response::Done { .. }) {
            return Ok(found);
        }
    }
}

/// The capabilities that a response lists, in upper case.
pub(super) fn offered(response: &Response<'_>) -> Option<HashSet<String>> {
    let Response::Capabilities(list) = response else {
        return None;
    };
    let names = list.iter().map(|capability| match capability {
        Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
        Capability::Auth(name) => format!("AUTH={}", name.to_uppercase()),
        Capability::Atom(name) => name.to_uppercase(),
    });
    Some(names.collect())
}

fn judge(
    answer: Result<Opened, (Library, Client<Stream>)>,
    refused: impl FnOnce(String) -> ImapError,
) -> Result<Opened, ImapError> {
    answer.map_err(|(error, _)| match error {
        Library::No(_) | Library::Bad(_) => refused(words(&error)),
        Library::ConnectionLost => ImapError::Closed,
        Library::Io(error) => lost(error),
        error => ImapError::Garbled(words(&error)),
    })
}

fn silent(command: &str) -> ImapError {
    ImapError::Silent {
        command: command.to_owned(),
    }
}

fn words(error: &Library) -> String {
    match error {
        Library::No(text) | Library::Bad(text) => text.clone(),
        other => other.to_string(),
    }
}
