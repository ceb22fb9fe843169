//! Signed tokens: short, purpose-bound, compared in constant time.
//!
//! A token is `id-mac`: the row it speaks of in base 36 and the first 80 bits of an HMAC-SHA256
//! (RFC 2104, truncated per section 5) over purpose, id and party, in lower-case base 32, since
//! relays and people change the case of local parts. Nothing of it is stored: it can be made
//! again from the row.

use std::{fmt, io, path::Path};

use ring::{hmac, rand::SecureRandom};

/// What a token may be used for; a token of one purpose is worthless for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A reply address: id is the ticket, party the customer.
    Reply,
    /// An agent's reply address: id is the ticket, party the agent.
    Agent,
    /// A bounce address: id is the ticket, party the recipient.
    Bounce,
    /// An answer to a survey: id is the survey.
    Survey,
    /// A Message-ID of ours: id is the ticket, party its random part.
    MessageId,
    /// A question for NPS: id is the question, party the customer.
    Nps,
    /// A link to a report: id is the second (Unix time) at which it expires, party the page.
    Report,
}

impl Purpose {
    /// The letter that stands before a token in an address.
    pub fn letter(self) -> char {
        match self {
            Purpose::Reply => 'r',
            Purpose::Agent => 'a',
            Purpose::Bounce => 'b',
            Purpose::Survey => 's',
            Purpose::MessageId => 'm',
            Purpose::Nps => 'n',
            Purpose::Report => 'p',
        }
    }
}

/// The key of all tokens of a desk.
#[derive(Clone)]
pub struct Signer {
    key: hmac::Key,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

const MAC_BYTES: usize = 10;
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

impl Signer {
    /// A signer over a secret of at least 16 bytes.
    pub fn new(secret: &[u8]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, secret),
        }
    }

    /// Reads the secret file, or makes it (32 random bytes in base 32, mode 0600) on first start.
    ///
    /// # Errors
    /// When the file cannot be read or written, or holds fewer than 16 bytes.
    pub fn open(path: &Path) -> io::Result<Self> {
        match std::fs::read(path) {
            Ok(bytes) => {
                let secret = bytes.trim_ascii();
                if secret.len() < 16 {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "the secret is shorter than 16 bytes: restore it from a backup, or remove \
                         the file to have a new one made (links already sent will stop working)",
                    ));
                }
                Ok(Self::new(secret))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secret = base32(&random::<32>()?);
                write_private(path, secret.as_bytes())?;
                // another process may have been first: what the file holds is the secret
                Ok(Self::new(std::fs::read(path)?.trim_ascii()))
            }
            Err(error) => Err(error),
        }
    }

    /// A token for row `id`, bound to a purpose and a party (an address; case does not matter).
    pub fn seal(&self, purpose: Purpose, id: i64, party: &str) -> String {
        format!(
            "{}-{}",
            base36(id.unsigned_abs()),
            self.mac(purpose, id, party)
        )
    }

    /// The row that a token names. It proves nothing yet: load the row's party, then `verify`.
    pub fn claimed_id(token: &str) -> Option<i64> {
        let (id, _) = token.split_once('-')?;
        i64::from_str_radix(id, 36).ok().filter(|id| *id > 0)
    }

    /// Whether this desk made the token for that purpose, row and party.
    pub fn verify(&self, purpose: Purpose, token: &str, party: &str) -> bool {
        let Some(id) = Self::claimed_id(token) else {
            return false;
        };
        let expected = self.seal(purpose, id, party);
        let given = token.to_ascii_lowercase();
        // hashing both first makes the comparison independent of where they differ
        let mac = hmac::sign(&self.key, given.as_bytes());
        hmac::verify(&self.key, expected.as_bytes(), mac.as_ref()).is_ok()
    }

    /// The lot of row `id`: evenly spread from 0 up to but not 1, the same whenever it is drawn, and
    /// known to nobody without the secret.
    pub fn lot(&self, id: i64) -> f64 {
        // no token is over such a text: their first line is one letter
        let tag = hmac::sign(&self.key, format!("lot\n{id}").as_bytes());
        let bits = tag.as_ref().iter().take(4);
        let number = bits.fold(0, |number: u32, byte| number << 8 | u32::from(*byte));
        f64::from(number) / (f64::from(u32::MAX) + 1.0)
    }

    fn mac(&self, purpose: Purpose, id: i64, party: &str) -> String {
        let text = format!("{}\n{id}\n{}", purpose.letter(), party.to_lowercase());
        let tag = hmac::sign(&self.key, text.as_bytes());
        base32(tag.as_ref().get(..MAC_BYTES).unwrap_or_default())
    }
}

/// Random bytes from the operating system.
///
/// # Errors
/// When the operating system has none to give.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    ring::rand::SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| io::Error::other("the operating system gives no random bytes"))?;
    Ok(bytes)
}

/// 128 random bits in lower-case base 32, for Message-IDs and boundaries.
///
/// # Errors
/// When the operating system has no random bytes to give.
pub fn random_name() -> io::Result<String> {
    Ok(base32(&random::<16>()?))
}

/// Lower-case base 32 (RFC 4648 section 6) without padding.
pub fn base32(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut buffer, mut bits) = (0u32, 0u32);
    for byte in bytes {
        buffer = (buffer << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(digit32(buffer >> bits));
        }
    }
    if bits > 0 {
        out.push(digit32(buffer << (5 - bits)));
    }
    out
}

fn digit32(value: u32) -> char {
    BASE32
        .get((value & 31) as usize)
        .map_or('a', |byte| char::from(*byte))
}

fn base36(mut value: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit((value % 36) as u32, 36).unwrap_or('0'));
        value /= 36;
        if value == 0 {
            break;
        }
    }
    digits.iter().rev().collect()
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    match std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Ok(mut file) => {
            file.write_all(bytes)?;
            file.write_all(b"\n")?;
            file.sync_all()
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> Signer {
        Signer::new(b"0123456789abcdef")
    }

    #[test]
    fn a_token_opens_only_what_it_was_made_for() {
        let token = signer().seal(Purpose::Reply, 1234, "Olga@Example.com");
        assert!(signer().verify(Purpose::Reply, &token, "olga@example.com"));
        assert!(signer().verify(Purpose::Reply, &token.to_uppercase(), "olga@example.com"));
        assert_eq!(Signer::claimed_id(&token), Some(1234));
        assert!(!signer().verify(Purpose::Survey, &token, "olga@example.com"));
        assert!(!signer().verify(Purpose::Reply, &token, "eve@example.com"));
        assert!(!signer().verify(Purpose::Reply, &format!("{token}a"), "olga@example.com"));
        assert!(!Signer::new(b"another secret!!").verify(
            Purpose::Reply,
            &token,
            "olga@example.com"
        ));
        let other_row = token.replacen("ya", "yb", 1);
        assert!(!signer().verify(Purpose::Reply, &other_row, "olga@example.com"));
        for junk in ["", "-", "ya", "ya-", "-abc", "é-é"] {
            assert!(
                !signer().verify(Purpose::Reply, junk, "olga@example.com"),
                "{junk:?}"
            );
        }
    }

    #[test]
    fn lots_are_even_and_the_same_every_time() {
        let lots: Vec<f64> = (1..=10_000).map(|id| signer().lot(id)).collect();
        assert!(lots.iter().all(|lot| (0.0..1.0).contains(lot)));
        for share in [0.1, 0.5, 0.9] {
            let below = lots.iter().filter(|lot| **lot < share).count() as f64;
            // four standard deviations of ten thousand draws
            let bound = 4.0 * (10_000.0 * share * (1.0 - share)).sqrt();
            assert!((below - 10_000.0 * share).abs() < bound, "{share}: {below}");
        }
        assert_eq!(signer().lot(7).to_bits(), lots[6].to_bits());
        let other = Signer::new(b"another secret!!").lot(7);
        assert_ne!(other.to_bits(), lots[6].to_bits());
    }

    #[test]
    fn the_secret_is_made_once_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        let token = Signer::open(&path).unwrap().seal(Purpose::Survey, 1, "a@b");
        assert!(
            Signer::open(&path)
                .unwrap()
                .verify(Purpose::Survey, &token, "a@b")
        );
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        std::fs::write(&path, "short").unwrap();
        assert!(Signer::open(&path).is_err());
    }

    #[test]
    fn base32_is_rfc_4648() {
        assert_eq!(base32(b"foobar"), "mzxw6ytboi");
        assert_eq!(base36(35 * 36 + 1), "z1");
    }
}
