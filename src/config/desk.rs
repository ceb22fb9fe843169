//! `[desk]` and `[storage]`: who we are and where everything is kept.

use std::path::{Path, PathBuf};

use axum::http::Uri;
use jiff::tz::{self, TimeZone};

use super::{
    context::Context,
    fields::{line, required_address},
};
use crate::{
    address::Address,
    language::Language,
    toml_reader::{Table, hint},
};

/// Who we are.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The name in From.
    pub name: String,
    /// From of all that goes out, with [`Desk::name`] as its display name.
    pub address: Address,
    /// The language where the customer's own cannot be told.
    pub language: Language,
    /// The zone of all times that people see, and of survey hours.
    pub timezone: TimeZone,
    /// The key of all tokens; made on first start.
    pub secret_file: PathBuf,
    /// Where customers reach the web side, without a trailing slash; `None` for a desk that
    /// speaks by mail alone.
    pub public_url: Option<String>,
}

/// Where everything is kept.
#[derive(Clone, Debug)]
pub struct Storage {
    /// The SQLite file.
    pub path: PathBuf,
}

/// Reads `[storage]`.
pub(super) fn read_storage(table: &Table<'_, '_>, context: &Context<'_>) -> Storage {
    let path = context.path(table, "path");
    Storage {
        path: path.unwrap_or_else(|| PathBuf::from("/var/lib/maildesk/maildesk.db")),
    }
}

/// Reads `[desk]`; the secret stands beside the database unless the file says otherwise.
pub(super) fn read(table: &Table<'_, '_>, context: &Context<'_>, storage: &Storage) -> Desk {
    let name = line(table, "name", "Support");
    let address = required_address(table, "address", "support@example.com");
    let languages = Language::ALL.map(|language| (language.code(), language));
    let beside = storage.path.parent().unwrap_or(Path::new("/"));
    Desk {
        address: Address::new(name.clone(), address.address),
        name,
        language: table.choice("language", &languages, Language::En),
        timezone: read_timezone(table),
        secret_file: context
            .path(table, "secret_file")
            .unwrap_or_else(|| beside.join("secret")),
        public_url: read_public_url(table),
    }
}

fn read_timezone(table: &Table<'_, '_>) -> TimeZone {
    let name = table.string("timezone", "UTC");
    TimeZone::get(&name).unwrap_or_else(|_| {
        let known: Vec<String> = tz::db().available().map(|name| name.to_string()).collect();
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        let remedy = if names.len() < 2 {
            ": this machine has no time zones, install tzdata or use \"UTC\"".to_owned()
        } else {
            hint(&name, &names)
        };
        table.fault(
            "timezone",
            format!("must be an IANA time zone such as \"Europe/Kyiv\"{remedy}"),
        );
        TimeZone::UTC
    })
}

fn read_public_url(table: &Table<'_, '_>) -> Option<String> {
    let url = table.string("public_url", "");
    if url.is_empty() {
        return None;
    }
    if let Some(problem) = url_problem(&url) {
        table.fault("public_url", problem);
    }
    Some(url)
}

fn url_problem(url: &str) -> Option<&'static str> {
    let uri: Option<Uri> = url.parse().ok();
    let is_web = |uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https"));
    let Some(uri) = uri.filter(is_web) else {
        return Some("must be a URL such as \"https://support.example.com\"");
    };
    if uri
        .authority()
        .is_none_or(|authority| authority.as_str().contains('@'))
    {
        Some("must not hold a user or password: remove what stands before @")
    } else if url.contains(['?', '#']) {
        Some("must not have a query or a fragment: end it before ? or #")
    } else if url.ends_with('/') {
        Some("must not end with a slash: leave it out")
    } else {
        None
    }
}
