//! `[dkim]`: the key that outgoing mail is signed with.

use std::sync::Arc;

use secrecy::ExposeSecret as _;

use super::{context::Context, desk::Desk, fields::is_given};
use crate::{dkim::DkimKey, toml_reader::Table};

/// Reads `[dkim]`; `None` where mail is not signed here.
pub(super) fn read(
    table: &Table<'_, '_>,
    context: &Context<'_>,
    desk: &Desk,
) -> Option<Arc<DkimKey>> {
    let own = desk.address.domain();
    let domain = table.string("domain", "");
    let domain = if domain.is_empty() { own } else { &domain };
    let selector = table.string("selector", "");
    let pem = context.pem(table, "key_file");
    match (selector.is_empty(), is_given(table, "key_file")) {
        (true, false) => {
            if is_given(table, "domain") {
                table.fault("domain", "is for signing: give selector and key_file too");
            }
            return None;
        }
        (false, false) => {
            table.fault(
                "selector",
                "is for signing: give key_file, the private key, too",
            );
            return None;
        }
        (true, true) => {
            let words = "is for signing: give selector, the name of its record in DNS, too";
            table.fault("key_file", words);
            return None;
        }
        (false, true) => {}
    }
    let mut is_good = true;
    for (key, name) in [("selector", selector.as_str()), ("domain", domain)] {
        if !is_dns_name(name) {
            table.fault(key, "must be a name in DNS: letters, digits, - and dots");
            is_good = false;
        }
    }
    let is_parent = own == domain || own.ends_with(&format!(".{domain}"));
    if is_good && !is_parent {
        let words = format!(
            "must be {own} or a domain above it: receivers compare it with the desk's address \
             (DMARC, RFC 7489 section 3.1)"
        );
        table.fault("domain", words);
    }
    let key = DkimKey::new(domain, &selector, pem?.expose_secret());
    match key {
        Ok(key) => Some(Arc::new(key)),
        Err(problem) => {
            table.fault("key_file", problem);
            None
        }
    }
}

fn is_dns_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    name.len() <= 253 && name.split('.').all(is_label)
}
