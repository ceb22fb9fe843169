//! What DKIM, SPF and DMARC say of one mail (RFC 6376, 7208, 9989).
//!
//! Only a DKIM signature proves anything: it is over the mail itself. SPF is about the machine that
//! handed the mail over, which from behind IMAP is known by a header alone, so a pass of SPF does
//! no more than keep a mail from being called forged.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use mail_auth::{
    AuthenticatedMessage, DkimResult, DmarcResult, MessageAuthenticator, SpfOutput,
    common::crypto::Algorithm,
    dkim::Signature,
    dmarc::{Policy, verify::DmarcParameters},
    spf::verify::SpfParameters,
};

use super::entry::{Entry, entry};
use crate::message::{Message, authentication::Verdict};

/// Signatures looked at; a mail of a domain has one or two of it.
const MOST_SIGNATURES: usize = 5;
/// Headers of a mail, and of a signature: far more than any has, few enough to compare them all.
const MOST_HEADERS: usize = 1000;
const MOST_SIGNED_HEADERS: usize = 200;
/// Keys are changed and signatures expire: an old mail is not called forged.
const FRESH: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Asks DNS about a whole mail of these bytes that came at `arrived_at`.
pub(super) async fn proof(
    dns: &MessageAuthenticator,
    bytes: &[u8],
    message: &Message,
    arrived_at: Timestamp,
) -> Verdict {
    let author = message.from.address.to_lowercase();
    let domain = message.from.domain().to_lowercase();
    let bytes = with_crlf(bytes);
    let Some(mut mail) = AuthenticatedMessage::parse(&bytes) else {
        return Verdict::None;
    };
    // two authors, or another one than we read: nothing can be said of him
    let is_clear = mail.froms() == [author] && mail.headers.len() <= MOST_HEADERS;
    if domain.is_empty() || !is_clear {
        return Verdict::None;
    }
    mail.dkim_headers
        .retain(|header| is_sound(&header.header) && may_align(&header.header.d, &domain));
    mail.dkim_headers.truncate(MOST_SIGNATURES);
    for header in &mut mail.dkim_headers {
        // we send no reports: no need to ask who wants them
        header.header.r = false;
    }
    let signatures = dns.verify_dkim(&mail).await;
    let is_signed = signatures.iter().any(|signature| {
        *signature.result() == DkimResult::Pass
            && signature.signature().is_some_and(|it| it.d == domain)
    });
    if is_signed {
        return Verdict::Pass;
    }
    let no_spf = SpfOutput::default();
    let of_dkim = DmarcParameters::new(&mail, &signatures, "", &no_spf);
    let dmarc = dns.verify_dmarc(of_dkim).await;
    match dmarc.dkim_result() {
        DmarcResult::Pass => return Verdict::Pass,
        DmarcResult::TempError(_) => return Verdict::Trouble,
        _ => {}
    }
    let is_refused = matches!(dmarc.policy(), Policy::Quarantine | Policy::Reject);
    if !is_refused || Timestamp::now().duration_since(arrived_at) > FRESH {
        return Verdict::None;
    }
    // the envelope sender as the last server wrote it down (RFC 5321 section 4.4)
    let (Entry::Client { ip, helo }, Some(sender)) = (entry(message), &message.return_path) else {
        return Verdict::None;
    };
    let envelope = match sender.rsplit_once('@') {
        Some((_, domain)) => domain.to_lowercase(),
        None => helo.to_lowercase(),
    };
    if !may_align(&envelope, &domain) {
        return Verdict::Fail;
    }
    let of_sender = match sender.is_empty() {
        true => SpfParameters::verify_ehlo(ip, &helo, "unknown"),
        false => SpfParameters::verify_mail_from(ip, &helo, "unknown", sender),
    };
    let spf = dns.verify_spf(of_sender).await;
    let of_both = DmarcParameters::new(&mail, &signatures, &envelope, &spf);
    match dns.verify_dmarc(of_both).await.result() {
        DmarcResult::Pass => Verdict::None,
        DmarcResult::TempError(_) => Verdict::Trouble,
        _ => Verdict::Fail,
    }
}

/// The mail with the line ends that it was signed with: what a Maildir or a pipe holds has lost its
/// CR.
fn with_crlf(bytes: &[u8]) -> Cow<'_, [u8]> {
    let first = bytes.split_inclusive(|byte| *byte == b'\n').next();
    if first.is_none_or(|line| line.ends_with(b"\r\n")) {
        return Cow::Borrowed(bytes);
    }
    let mut whole = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(line) if !line.ends_with(b"\r") => {
                whole.extend_from_slice(line);
                whole.extend_from_slice(b"\r\n");
            }
            _ => whole.extend_from_slice(line),
        }
    }
    Cow::Owned(whole)
}

/// A signature over From (RFC 6376 section 5.4) with a hash that still counts (RFC 8301).
fn is_sound(signature: &Signature) -> bool {
    let is_from = |name: &String| name.trim().eq_ignore_ascii_case("from");
    signature.a != Algorithm::RsaSha1
        && signature.h.len() <= MOST_SIGNED_HEADERS
        && signature.h.iter().any(is_from)
}

/// Whether two domains can be of one organisation at all: no need to ask DNS about others. Of
/// international domains, which have two ways to be written, nothing is said.
fn may_align(one: &str, other: &str) -> bool {
    let end = |domain: &str| -> Vec<String> {
        let labels = domain.rsplit('.').take(2);
        labels.map(str::to_lowercase).collect()
    };
    !other.is_ascii() || end(one) == end(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_counts_when_it_is_over_the_author_with_a_good_hash() {
        let signed = |h: &[&str], a| {
            is_sound(&Signature {
                h: h.iter().map(|name| (*name).to_owned()).collect(),
                a,
                ..Signature::default()
            })
        };
        assert!(signed(&["Subject", "FROM"], Algorithm::RsaSha256));
        assert!(signed(&["from"], Algorithm::Ed25519Sha256));
        assert!(!signed(&["from"], Algorithm::RsaSha1));
        assert!(!signed(&["Subject", "X-From"], Algorithm::RsaSha256));
        assert!(!signed(&["from"; 5000], Algorithm::RsaSha256));
    }

    #[test]
    fn lines_without_cr_get_it_back() {
        assert_eq!(
            &*with_crlf(b"A: b\n c\n\nx\r\ny"),
            b"A: b\r\n c\r\n\r\nx\r\ny"
        );
        for whole in [&b"A: b\r\n\r\na\nb"[..], b"", b"\r\n"] {
            assert_eq!(&*with_crlf(whole), whole);
        }
    }

    #[test]
    fn only_domains_that_may_be_of_one_organisation_are_asked_about() {
        for other in ["shop.example", "mail.shop.example", "MAIL.Shop.Example"] {
            assert!(may_align(other, "news.shop.example"), "{other}");
        }
        for other in ["", "example", "bank.example", "evilshop.example"] {
            assert!(!may_align(other, "shop.example"), "{other}");
        }
        assert!(may_align("xn--80aa.example", "магазин.example"));
    }
}
