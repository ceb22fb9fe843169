//! `[mailbox.oauth2]` and `[smtp.oauth2]`: logins by OAuth2 tokens in the place of a password.

use std::{collections::BTreeMap, path::PathBuf};

use hyper::Uri;
use secrecy::SecretString;
use toml::de::DeValue;

use super::{
    Config, Transport,
    context::Context,
    fields::{is_given, line, refuse_empty_items},
    mailbox::{Mailbox, Source},
    server::{self, Login, Proof},
};
use crate::toml_reader::Table;

/// Who gives tokens, and for what they are asked.
#[derive(Clone, Debug)]
pub struct Oauth2 {
    /// The name of the consent: its mailbox's, or `smtp`. A relay may share a mailbox's.
    pub consent: String,
    /// How the first token is come by.
    pub grant: Grant,
    /// Who we are to the provider.
    pub client_id: String,
    /// What proves it, where the provider gave one.
    pub client_secret: Option<SecretString>,
    /// What is asked for, with spaces between; empty asks for what the provider usually gives.
    pub scopes: String,
    /// Where tokens are asked for; `https`, or `http` on this machine.
    pub token_url: Uri,
    /// A PEM file with roots to trust beside the system's; holds one certificate at least.
    pub ca_file: Option<PathBuf>,
}

/// How the first token is come by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// A person types a code on another device (RFC 8628).
    Device {
        /// Where the code is asked for.
        device_url: Uri,
    },
    /// A person consents in a browser and pastes the address that it ends at (RFC 6749 section
    /// 4.1, with PKCE, RFC 7636).
    Code {
        /// Where the person goes.
        auth_url: Uri,
    },
    /// Nobody is asked: the secret is enough (RFC 6749 section 4.4).
    ClientCredentials,
}

impl Config {
    /// The settings of all consents to OAuth2, by name; a shared one once.
    pub fn consents(&self) -> Vec<&Oauth2> {
        let mailboxes = self
            .mailboxes
            .iter()
            .filter_map(|mailbox| match &mailbox.source {
                Source::Imap(imap) => imap.login.oauth2(),
                Source::Maildir { .. } => None,
            });
        let relay = match &self.smtp.transport {
            Transport::Smtp(relay) => relay.login.as_ref().and_then(|login| login.oauth2()),
            Transport::Sendmail(_) | Transport::Directory(_) => None,
        };
        let all = mailboxes
            .chain(relay)
            .map(|one| (one.consent.as_str(), one));
        all.collect::<BTreeMap<_, _>>().into_values().collect()
    }
}

/// The name of the consent of `[smtp.oauth2]`.
pub(super) const SMTP: &str = "smtp";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Provider {
    Google,
    Microsoft,
    Custom,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Device,
    Code,
    ClientCredentials,
}

const KEYS: [&str; 12] = [
    "provider",
    "grant",
    "client_id",
    "client_secret",
    "client_secret_file",
    "client_secret_env",
    "tenant",
    "scopes",
    "device_url",
    "auth_url",
    "token_url",
    "ca_file",
];

/// Tenants that stand for many: an app has no rights of its own in them.
const SHARED_TENANTS: [&str; 3] = ["common", "organizations", "consumers"];

/// Reads `[mailbox.oauth2]`; `None` where it says nothing.
pub(super) fn read_mailbox(
    table: &Table<'_, '_>,
    context: &Context<'_>,
    name: &str,
) -> Option<Oauth2> {
    let mail = "https://outlook.office.com/IMAP.AccessAsUser.All \
                https://outlook.office.com/SMTP.Send offline_access";
    table
        .table("oauth2", |table| read(table, context, name, mail))
        .flatten()
}

/// Reads `[smtp.oauth2]`, which may share the consent of a mailbox; `None` where it says nothing.
pub(super) fn read_smtp(
    table: &Table<'_, '_>,
    context: &Context<'_>,
    mailboxes: &[Mailbox],
) -> Option<Oauth2> {
    let read = |table: &Table<'_, '_>| {
        let mail = "https://outlook.office.com/SMTP.Send offline_access";
        if !is_given(table, "mailbox") {
            table.get("mailbox");
            let own = read(table, context, SMTP, mail);
            let is_ambiguous = |mailbox: &Mailbox| mailbox.name == SMTP && of(mailbox).is_some();
            if own.is_some() && mailboxes.iter().any(is_ambiguous) {
                table.fault(
                    "provider",
                    "a mailbox with [mailbox.oauth2] is named \"smtp\", and `maildesk auth smtp` \
                     would mean both: give that mailbox another name, or write mailbox = \"smtp\" \
                     here to share its consent",
                );
            }
            return own;
        }
        let name = line(table, "mailbox", "");
        for key in KEYS {
            if says(table, key) {
                table.fault(
                    key,
                    "is taken from the mailbox whose consent is shared: remove it here",
                );
            }
        }
        let shared = mailboxes.iter().find(|mailbox| mailbox.name == name);
        match shared.and_then(of) {
            Some(oauth2) => Some(oauth2.clone()),
            None => {
                let problem = match shared {
                    Some(_) => "this mailbox has no [mailbox.oauth2]: give it one, or remove this",
                    None => "there is no mailbox of this name: write the name of one",
                };
                table.fault("mailbox", problem);
                Some(placeholder())
            }
        }
    };
    table.table("oauth2", read).flatten()
}

/// Whether a key says something: `scopes = []` says as little as `""`.
fn says(table: &Table<'_, '_>, key: &str) -> bool {
    let is_empty = |value: &DeValue<'_>| value.as_array().is_some_and(|items| items.is_empty());
    let is_empty = table
        .get(key)
        .is_some_and(|value| is_empty(value.get_ref()));
    is_given(table, key) && !is_empty
}

fn of(mailbox: &Mailbox) -> Option<&Oauth2> {
    match &mailbox.source {
        Source::Imap(imap) => imap.login.oauth2(),
        Source::Maildir { .. } => None,
    }
}

impl Login {
    /// How tokens are come by, where no password is used.
    pub fn oauth2(&self) -> Option<&Oauth2> {
        match &self.proof {
            Proof::Oauth2(oauth2) => Some(oauth2),
            Proof::Password(_) => None,
        }
    }
}

/// Stands in for what a fault was told of: the fault keeps it from being used.
fn placeholder() -> Oauth2 {
    Oauth2 {
        consent: String::new(),
        grant: Grant::ClientCredentials,
        client_id: String::new(),
        client_secret: None,
        scopes: String::new(),
        token_url: Uri::default(),
        ca_file: None,
    }
}

fn read(
    table: &Table<'_, '_>,
    context: &Context<'_>,
    name: &str,
    microsoft_mail: &str,
) -> Option<Oauth2> {
    for key in KEYS {
        table.get(key);
    }
    if !is_given(table, "provider") {
        if !KEYS.iter().any(|key| says(table, key)) {
            return None;
        }
        table.fault(
            "provider",
            "is required: write \"google\", \"microsoft\" or \"custom\"",
        );
        return Some(placeholder());
    }
    let providers = [
        ("google", Provider::Google),
        ("microsoft", Provider::Microsoft),
        ("custom", Provider::Custom),
    ];
    let Some(provider) = table.optional_choice("provider", &providers) else {
        return Some(placeholder());
    };
    let way = read_way(table, provider);
    let tenant = read_tenant(table, provider, way);
    let microsoft =
        |end: &str| format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/{end}");
    let usual = |google: &str, end: &str| match provider {
        Provider::Google => google.to_owned(),
        Provider::Microsoft => microsoft(end),
        Provider::Custom => String::new(),
    };
    let token_url = read_url(
        table,
        "token_url",
        &usual("https://oauth2.googleapis.com/token", "token"),
        true,
    );
    let device_url = read_url(
        table,
        "device_url",
        &usual("", "devicecode"),
        way == Way::Device,
    );
    let auth_url = read_url(
        table,
        "auth_url",
        &usual("https://accounts.google.com/o/oauth2/v2/auth", "authorize"),
        way == Way::Code,
    );
    let client_id = table.required_string("client_id", "00000000-0000-0000-0000-000000000000");
    let client_secret = context.secret(table, "client_secret");
    if client_secret.is_none() && (provider == Provider::Google || way == Way::ClientCredentials) {
        table.fault(
            "client_secret",
            "is required here: give client_secret_file, client_secret_env or client_secret",
        );
    }
    let scopes = table.strings("scopes");
    refuse_empty_items(table, "scopes", &scopes);
    let scopes = match (scopes.is_empty(), provider, way) {
        (false, ..) => scopes.join(" "),
        (true, Provider::Google, _) => "https://mail.google.com/".to_owned(),
        (true, Provider::Microsoft, Way::ClientCredentials) => {
            "https://outlook.office365.com/.default".to_owned()
        }
        (true, Provider::Microsoft, _) => microsoft_mail.to_owned(),
        (true, Provider::Custom, _) => String::new(),
    };
    Some(Oauth2 {
        consent: name.to_owned(),
        grant: match way {
            Way::Device => Grant::Device { device_url },
            Way::Code => Grant::Code { auth_url },
            Way::ClientCredentials => Grant::ClientCredentials,
        },
        client_id,
        client_secret,
        scopes,
        token_url,
        ca_file: server::read_ca_file(table, context),
    })
}

fn read_way(table: &Table<'_, '_>, provider: Provider) -> Way {
    let usual = match provider {
        Provider::Google => Way::Code,
        Provider::Microsoft | Provider::Custom => Way::Device,
    };
    if !is_given(table, "grant") {
        return usual;
    }
    let ways = [
        ("device", Way::Device),
        ("code", Way::Code),
        ("client_credentials", Way::ClientCredentials),
    ];
    let way = table.choice("grant", &ways, usual);
    let problem = match way {
        // developers.google.com, "OAuth 2.0 for TV and Limited-Input Device": its list of scopes
        Way::Device => "Google gives devices no access to mail: use \"code\"",
        Way::ClientCredentials => "Google has no such grant for mail: use \"code\"",
        Way::Code => return way,
    };
    if provider == Provider::Google {
        table.fault("grant", problem);
        return usual;
    }
    way
}

fn read_tenant(table: &Table<'_, '_>, provider: Provider, way: Way) -> String {
    let tenant = match line(table, "tenant", "") {
        given if given.is_empty() => "common".to_owned(),
        given => given,
    };
    if is_given(table, "tenant") && provider != Provider::Microsoft {
        table.fault("tenant", "is for provider = \"microsoft\" alone: remove it");
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    if !tenant.chars().all(is_word) {
        table.fault(
            "tenant",
            "must be the id of a tenant or one of its domains, such as \"example.com\"",
        );
        return "common".to_owned();
    }
    let is_microsoft = provider == Provider::Microsoft;
    if is_microsoft && way == Way::ClientCredentials && SHARED_TENANTS.contains(&tenant.as_str()) {
        table.fault(
            "tenant",
            "grant = \"client_credentials\" needs your own tenant: give its id or domain",
        );
    }
    tenant
}

/// A URL that secrets may be sent to.
pub(super) fn read_url(table: &Table<'_, '_>, key: &str, usual: &str, is_needed: bool) -> Uri {
    let given = line(table, key, "");
    let text = if given.is_empty() { usual } else { &given };
    if text.is_empty() {
        if is_needed {
            let problem =
                format!("is required here: write for example {key} = \"https://id.example.com/x\"");
            table.fault(key, problem);
        }
        return Uri::default();
    }
    let wrong = |problem: &str| {
        table.fault(key, problem);
        Uri::default()
    };
    let Ok(url) = text.parse::<Uri>() else {
        return wrong("must be a URL such as \"https://id.example.com/token\"");
    };
    let authority = url.authority().map(|authority| authority.as_str());
    match (url.scheme_str(), url.host()) {
        _ if authority.is_some_and(|authority| authority.contains('@')) => {
            wrong("must not hold a user or password: remove what stands before @")
        }
        (Some("https"), Some(_)) => url,
        (Some("http"), Some(host)) if server::is_loopback(host.trim_matches(['[', ']'])) => url,
        (Some("http"), Some(_)) => wrong(
            "would send secrets in the clear: write https:// (http:// works with this machine \
             alone)",
        ),
        _ => wrong("must be a URL such as \"https://id.example.com/token\""),
    }
}
