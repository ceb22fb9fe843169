//! Signs what goes out (DKIM, RFC 6376 and RFC 8463), where the relay does not.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use mail_auth::{
    common::{
        crypto::{Ed25519Key, RsaKey, Sha256},
        headers::HeaderWriter as _,
    },
    dkim::{Canonicalization, DkimSigner, Done, NeedDomain},
};
use rustls::{
    SignatureAlgorithm,
    crypto::ring::sign::any_supported_type,
    pki_types::{PrivateKeyDer, pem::PemObject as _},
};

/// The headers that a signature covers; one that is not there cannot be added later either (RFC
/// 6376 section 5.4).
const HEADERS: [&str; 16] = [
    "From",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    // RFC 8058 section 4
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];

/// The length of an Ed25519 public key, in bytes.
const ED25519: usize = 32;

/// The key of a domain. `Debug` shows nothing of it.
pub struct DkimKey {
    name: String,
    record: String,
    signer: Signer,
}

enum Signer {
    Rsa(Box<DkimSigner<RsaKey<Sha256>, Done>>),
    Ed25519(Box<DkimSigner<Ed25519Key, Done>>),
}

impl fmt::Debug for DkimKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DkimKey({}, [REDACTED])", self.name)
    }
}

impl DkimKey {
    /// A key in PEM: RSA of 2048 bits or more (PKCS#1 or PKCS#8), or Ed25519 (PKCS#8).
    ///
    /// # Errors
    /// What is wrong with it; nothing of the key is told.
    pub fn new(domain: &str, selector: &str, pem: &str) -> Result<Self, String> {
        const WANTED: &str =
            "must be a private key in PEM: RSA of 2048 to 4096 bits, or Ed25519 (PKCS#8)";
        let refused = |_| WANTED.to_owned();
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| WANTED.to_owned())?;
        let known = any_supported_type(&key).map_err(|_| WANTED.to_owned())?;
        let public = known.public_key().ok_or_else(|| WANTED.to_owned())?;
        let (signer, record) = match (known.algorithm(), &key) {
            (SignatureAlgorithm::RSA, _) => {
                let key = RsaKey::<Sha256>::from_key_der(key).map_err(refused)?;
                let signer =
                    Signer::Rsa(Box::new(ready(DkimSigner::from_key(key), domain, selector)));
                let record = format!("v=DKIM1; k=rsa; p={}", BASE64.encode(&public));
                (signer, record)
            }
            (SignatureAlgorithm::ED25519, PrivateKeyDer::Pkcs8(der)) => {
                let key = Ed25519Key::from_pkcs8_maybe_unchecked_der(der.secret_pkcs8_der())
                    .map_err(refused)?;
                let signer =
                    Signer::Ed25519(Box::new(ready(DkimSigner::from_key(key), domain, selector)));
                // RFC 8463 section 4.2: the key alone, without what X.509 puts around it
                let start = public.len().saturating_sub(ED25519);
                let bare = public.get(start..).unwrap_or_default();
                (
                    signer,
                    format!("v=DKIM1; k=ed25519; p={}", BASE64.encode(bare)),
                )
            }
            _ => return Err(WANTED.to_owned()),
        };
        Ok(Self {
            name: format!("{selector}._domainkey.{domain}"),
            record,
            signer,
        })
    }

    /// The name of the DNS record.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the TXT record of that name must say (RFC 6376 section 3.6.1).
    pub fn record(&self) -> &str {
        &self.record
    }

    /// The mail with a signature above it.
    ///
    /// # Errors
    /// What the library says; the mail can still be sent without.
    pub fn sign(&self, mail: &[u8]) -> Result<Vec<u8>, String> {
        let signature = match &self.signer {
            Signer::Rsa(signer) => signer.sign(mail),
            Signer::Ed25519(signer) => signer.sign(mail),
        };
        let signature = signature.map_err(|error| error.to_string())?;
        Ok([signature.to_header().as_bytes(), mail].concat())
    }
}

fn ready<K: mail_auth::common::crypto::SigningKey>(
    signer: DkimSigner<K, NeedDomain>,
    domain: &str,
    selector: &str,
) -> DkimSigner<K, Done> {
    signer
        .domain(domain)
        .selector(selector)
        .headers(HEADERS)
        .header_canonicalization(Canonicalization::Relaxed)
        .body_canonicalization(Canonicalization::Relaxed)
}
