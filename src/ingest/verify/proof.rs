//! What DKIM, SPF and DMARC say of one mail (RFC 6376, 7208, 9989).
//!
//! Only a DKIM signature proves anything: it is over the mail itself. SPF is about the machine that
//! handed the mail over, which from behind IMAP is known by a header alone, so a pass of SPF does
//! no more than keep a mail from being called forged.

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
    let Some(mut mail) = AuthenticatedMessage::parse(bytes) else {
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
