//! One address type: parse, compare, mask for logs.

use std::fmt;

use serde::{Serialize, Serializer};

/// A display name and an addr-spec (RFC 5322 section 3.4), as the JSON of the desk shows them.
///
/// `Debug` is masked, so that an address cannot reach a log by accident.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Address {
    /// The display name, decoded; empty when there was none.
    pub name: String,
    /// `local@domain`; empty when the mail named nobody.
    pub address: String,
}

impl Address {
    /// An address with a display name.
    pub fn new(name: impl Into<String>, address: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            address: address.into(),
        }
    }

    /// Reads `local@domain` or `Name <local@domain>`; `None` when there is no usable addr-spec.
    ///
    /// Only what a mail server would take is accepted: one `@` that counts, no white space or
    /// control characters, at most 254 octets (RFC 5321 section 4.5.3.1.3).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (name, spec) = match (text.rfind('<'), text.ends_with('>')) {
            (Some(open), true) => {
                let (name, rest) = text.split_at(open);
                (
                    name.trim().trim_matches('"'),
                    rest.trim_start_matches('<').trim_end_matches('>'),
                )
            }
            _ => ("", text),
        };
        let spec = spec.trim();
        is_addr_spec(spec).then(|| Self::new(name, spec))
    }

    /// Whether there is an address that mail could be sent to.
    pub fn is_usable(&self) -> bool {
        is_addr_spec(&self.address)
    }

    /// The form that addresses are compared and stored by: lower case.
    ///
    /// RFC 5321 lets local parts differ by case; no provider in use does.
    pub fn key(&self) -> String {
        self.address.to_lowercase()
    }

    /// Whether both name the same mail box.
    pub fn is_same(&self, other: &str) -> bool {
        !self.address.is_empty() && self.key() == other.to_lowercase()
    }

    /// The part before the last `@`.
    pub fn local(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// The part after the last `@`, as written.
    pub fn domain(&self) -> &str {
        self.address
            .rsplit_once('@')
            .map_or("", |(_, domain)| domain)
    }

    /// The domain that an organisation holds, lower case: the last two labels, and three under a
    /// country's code (`shop.com.ua`). Machines that change their address do so below it.
    pub fn organisation(&self) -> String {
        let domain = self.domain().to_lowercase();
        let labels: Vec<&str> = domain.split('.').collect();
        let is_country = labels.last().is_some_and(|last| last.len() == 2);
        let kept = if is_country { 3 } else { 2 };
        let skipped = labels.len().saturating_sub(kept);
        labels
            .into_iter()
            .skip(skipped)
            .collect::<Vec<_>>()
            .join(".")
    }

    /// The sub-address detail (RFC 5233): `r1` of `support+r1@example.com` when this is a
    /// sub-address of `base`. Some mail programs leave the delimiter encoded as a `mailto:` link
    /// has it (RFC 6068 section 2): `support%2Br1@example.com`.
    pub fn detail_of(&self, base: &Address, delimiter: &str) -> Option<&str> {
        if delimiter.is_empty() || !self.domain().eq_ignore_ascii_case(base.domain()) {
            return None;
        }
        // the base may hold the delimiter itself: `help-desk-r1` is of `help-desk`
        let (head, tail) = self.local().split_at_checked(base.local().len())?;
        let detail = tail
            .strip_prefix(delimiter)
            .or_else(|| strip_encoded(tail, delimiter))?;
        (head.to_lowercase() == base.local().to_lowercase()).then_some(detail)
    }

    /// This address with a sub-address detail: `support+r1@example.com`.
    pub fn with_detail(&self, delimiter: &str, detail: &str) -> Address {
        let spec = format!("{}{delimiter}{detail}@{}", self.local(), self.domain());
        Address::new(self.name.clone(), spec)
    }

    /// `a***@example.com`: enough for an operator to tell senders apart, too little to write to.
    pub fn masked(&self) -> String {
        let first: String = self.local().chars().take(1).collect();
        format!("{first}***@{}", self.domain())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// What follows the delimiter in its percent-encoded form (RFC 3986 section 2.1).
fn strip_encoded<'t>(text: &'t str, delimiter: &str) -> Option<&'t str> {
    let (digits, rest) = text.strip_prefix('%')?.split_at_checked(2)?;
    let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
    let byte = u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
    (delimiter.as_bytes() == [byte]).then_some(rest)
}

fn is_addr_spec(spec: &str) -> bool {
    let Some((local, domain)) = spec.rsplit_once('@') else {
        return false;
    };
    let odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | ',');
    !local.is_empty()
        && local.len() <= 64
        && !domain.is_empty()
        && spec.len() <= 254
        && !spec.chars().any(odd)
        && !domain.starts_with('.')
        && !domain.ends_with('.')
}

/// For `serde(serialize_with)`, where JSON shows the address without its name.
pub(crate) fn alone<S: Serializer>(address: &Address, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&address.address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_forms_and_refuses_what_cannot_be_sent_to() {
        assert_eq!(
            Address::parse("a@b.example"),
            Some(Address::new("", "a@b.example"))
        );
        let named = Address::parse("\"Анна\" <anna@example.com>").unwrap();
        assert_eq!(
            (named.name.as_str(), named.address.as_str()),
            ("Анна", "anna@example.com")
        );
        for bad in [
            "",
            "@",
            "a@",
            "@b",
            "a b@c",
            "a@b\r\nBcc: x@y",
            "a@.b",
            "a,b@c",
        ] {
            assert_eq!(Address::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn finds_the_detail_of_its_own_base_only() {
        let base = Address::new("", "Support@example.com");
        let token = Address::new("", "support+rX1@EXAMPLE.com");
        assert_eq!(token.detail_of(&base, "+"), Some("rX1"));
        assert_eq!(token.detail_of(&base, ""), None);
        assert_eq!(
            Address::new("", "other+r@example.com").detail_of(&base, "+"),
            None
        );
        assert_eq!(base.with_detail("+", "r").address, "Support+r@example.com");
        let hyphened = Address::new("", "help-desk@example.com");
        let token = hyphened.with_detail("-", "rX1");
        assert_eq!(token.detail_of(&hyphened, "-"), Some("rX1"));
        for (local, detail) in [
            ("support%2BrX1", Some("rX1")),
            ("support%2brX1", Some("rX1")),
            ("support%2DrX1", None),
            ("support%+BrX1", None),
            ("support%2", None),
            ("support%é", None),
        ] {
            let encoded = Address::new("", format!("{local}@example.com"));
            assert_eq!(encoded.detail_of(&base, "+"), detail, "{local}");
        }
    }

    #[test]
    fn debug_hides_the_local_part() {
        assert_eq!(
            format!("{:?}", Address::new("Anna", "anna@example.com")),
            "a***@example.com"
        );
    }
}
