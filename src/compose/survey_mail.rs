//! The five links of a survey mail: to a page, or to a mail that answers it.

use super::{Desk, addresses, strings::Strings};
use crate::{
    address::Address,
    token::{Purpose, Signer},
};

/// One answer that a customer can tap.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// 1 to 5; 5 is best.
    pub score: u8,
    /// The score in words.
    pub word: String,
    /// `https://.../s/TOKEN?score=N`, or a `mailto:` where the desk has no pages.
    pub url: String,
}

/// The answers, best first.
pub(super) fn answers(
    desk: &Desk,
    signer: &Signer,
    strings: &Strings,
    survey: i64,
    customer: &Address,
) -> Vec<Answer> {
    let token = signer.seal(Purpose::Survey, survey, &customer.address);
    let reply_to = addresses::signed(desk, signer, Purpose::Survey, survey, &customer.address);
    let is_signed = reply_to != desk.address;
    let url = |score: u8, word: &str| {
        if !desk.public_url.is_empty() {
            let base = desk.public_url.trim_end_matches('/');
            return format!("{base}/s/{token}?score={score}");
        }
        let mark = if is_signed {
            String::new()
        } else {
            format!(" [s:{token}]")
        };
        let subject = format!("{score} - {word}{mark}");
        format!(
            "mailto:{}?subject={}",
            percent(&reply_to.address, b"@+=!"),
            percent(&subject, b"")
        )
    };
    (1..=5)
        .rev()
        .map(|score| {
            let word = strings.get(&format!("score_{score}"));
            let url = url(score, word);
            Answer {
                score,
                word: word.to_owned(),
                url,
            }
        })
        .collect()
}

/// Percent-encodes all but RFC 3986's unreserved characters and `also`.
pub(super) fn percent(text: &str, also: &[u8]) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || also.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
