//! `maildesk auth`: a person's consent to log in by OAuth2.

use std::io::{self, BufRead as _};

use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::{Context, Failure, failure::say};
use crate::{
    config::{Config, Grant, Oauth2, Transport},
    oauth::{Consent, Errand, OauthError, TokenServer, Tokens},
    store::Store,
};

/// No token and no address is longer, in bytes.
const LONGEST_LINE: u64 = 64 << 10;

#[derive(Debug, Args)]
pub(super) struct Auth {
    /// A mailbox with [mailbox.oauth2], or `smtp` for a consent of [smtp.oauth2]'s own
    #[arg(value_name = "MAILBOX")]
    name: String,
    /// Take a refresh token, got by other means, from standard input
    #[arg(long)]
    refresh_token_stdin: bool,
}

pub(super) async fn run(context: &Context, args: Auth) -> Result<(), Failure> {
    let config = context.config()?;
    let settings = find(&config, &args.name)?.clone();
    let store = match settings.grant {
        Grant::ClientCredentials => None,
        // the daemon makes it: one made here by root could not be written by it
        _ => Some(context.store(&config)?),
    };
    let server = TokenServer::new(&settings);
    let what_next = match (&settings.grant, &store) {
        (Grant::ClientCredentials, _) | (_, None) => {
            if args.refresh_token_stdin {
                return Err(Failure::Usage(format!(
                    "{} uses grant = \"client_credentials\": it has no refresh token",
                    args.name
                )));
            }
            server.by_secret().await?;
            "the token server gives tokens for the secret alone: no consent is needed"
        }
        (_, Some(store)) if args.refresh_token_stdin => {
            let token = read_line("the refresh token")?;
            give(store, &settings, token).await?;
            // whether it is any good, and the first rotation
            Consent::new(&settings, Some(store.clone()))
                .access_token()
                .await?;
            "the token works and is stored"
        }
        (_, Some(store)) => {
            let tokens = match &settings.grant {
                Grant::Code { .. } => in_browser(&settings, &server).await?,
                _ => by_device(&server).await?,
            };
            let Some(token) = tokens.refresh else {
                return Err(Failure::Failed(
                    "the provider gave no refresh token, without which the desk cannot log in \
                     tomorrow: ask for it in `scopes` (Microsoft: offline_access)"
                        .to_owned(),
                ));
            };
            give(store, &settings, token).await?;
            "consent is stored"
        }
    };
    let done = json!({
        "consent": settings.consent,
        "stored": store.is_some(),
        "scopes": settings.scopes.split_whitespace().collect::<Vec<_>>(),
    });
    context.print(&done, || {
        format!(
            "{}: {what_next}\nA running desk takes it up by itself. `maildesk check --online` says \
             whether the mail servers do too.\n",
            settings.consent
        )
    })
}

/// The settings of a consent, by the name that the person gave.
fn find<'c>(config: &'c Config, name: &str) -> Result<&'c Oauth2, Failure> {
    let known = config.consents();
    if let Some(found) = known.iter().find(|settings| settings.consent == name) {
        return Ok(found);
    }
    if let ("smtp", Transport::Smtp(relay)) = (name, &config.smtp.transport)
        && let Some(shared) = relay.login.as_ref().and_then(|login| login.oauth2())
    {
        return Err(Failure::Usage(format!(
            "smtp shares the consent of a mailbox: run `maildesk auth {}`",
            shared.consent
        )));
    }
    let names: Vec<&str> = known
        .iter()
        .map(|settings| settings.consent.as_str())
        .collect();
    Err(Failure::Usage(match names.is_empty() {
        true => "nothing logs in by OAuth2: add [mailbox.oauth2] or [smtp.oauth2] to the config"
            .to_owned(),
        false => format!(
            "{name:?} has no OAuth2 settings: give one of {}",
            names.join(", ")
        ),
    }))
}

async fn by_device(server: &TokenServer) -> Result<Tokens, Failure> {
    let code = server.device_code().await?;
    say("open this page on any device, as the user whose mailbox it is:");
    say(&format!("    {}", code.verification_uri));
    say(&format!("and type in the code {}", code.user_code));
    say(&format!(
        "waiting for up to {} minutes; Ctrl-C gives up",
        code.holds_for().as_secs().div_ceil(60)
    ));
    Ok(code.wait(server).await?)
}

async fn in_browser(settings: &Oauth2, server: &TokenServer) -> Result<Tokens, Failure> {
    let errand = Errand::new(settings).ok_or_else(|| {
        Failure::Failed("the operating system gives no random bytes: try again".to_owned())
    })?;
    say("open this address in a browser, as the user whose mailbox it is, and say yes:");
    say(&errand.address);
    say(
        "the browser then ends at a page of http://localhost that it cannot open: copy that address \
         from its bar, paste it here and press Enter",
    );
    let pasted = read_line("the address")?;
    Ok(errand.finish(pasted.expose_secret(), server).await?)
}

async fn give(store: &Store, settings: &Oauth2, token: SecretString) -> Result<(), Failure> {
    let name = settings.consent.clone();
    store
        .write(move |pen| pen.give_consent(&name, &token))
        .await?;
    Ok(())
}

/// One line of standard input.
fn read_line(what: &str) -> Result<SecretString, Failure> {
    use std::io::Read as _;
    let mut line = String::new();
    io::stdin()
        .lock()
        .take(LONGEST_LINE)
        .read_line(&mut line)
        .map_err(|error| Failure::Failed(format!("reading {what}: {error}")))?;
    match line.trim() {
        "" => Err(Failure::Usage(format!(
            "{what} is expected on standard input"
        ))),
        text => Ok(SecretString::from(text)),
    }
}

impl From<OauthError> for Failure {
    fn from(error: OauthError) -> Self {
        Self::Failed(error.to_string())
    }
}
