//! The eleven links of a mail that asks whether the customer would recommend us, and the one that
//! ends such mails.

use super::{Desk, addresses, mime::Unsubscribe, survey_mail::percent};
use crate::{
    address::Address,
    token::{Purpose, Signer},
};

/// The subject of a mail that ends such mails.
const STOP: &str = "unsubscribe";

/// What a customer can tap.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Links {
    /// From 0 to 10: `https://.../n/TOKEN?score=N`, or a `mailto:` where the desk has no pages.
    pub targets: Vec<(u8, String)>,
    /// Ends such mails: a page that asks once more, or a `mailto:`.
    pub stop: String,
    /// The same for mail programs.
    pub unsubscribe: Unsubscribe,
}

/// The links of a question.
pub(super) fn links(desk: &Desk, signer: &Signer, question: i64, customer: &Address) -> Links {
    let token = signer.seal(Purpose::Nps, question, &customer.address);
    let reply_to = addresses::signed(desk, signer, Purpose::Nps, question, &customer.address);
    let mark = match reply_to == desk.address {
        true => format!(" [n:{token}]"),
        false => String::new(),
    };
    let mailto = |subject: &str| {
        let to = percent(&reply_to.address, b"@+=!");
        let subject = percent(&format!("{subject}{mark}"), b"");
        format!("mailto:{to}?subject={subject}")
    };
    let base = desk.public_url.trim_end_matches('/');
    let by_mail = mailto(STOP);
    if base.is_empty() {
        return Links {
            targets: (0..=10)
                .map(|score| (score, mailto(&format!("{score}/10"))))
                .collect(),
            stop: by_mail.clone(),
            unsubscribe: Unsubscribe {
                urls: vec![by_mail],
                one_click: false,
            },
        };
    }
    let page = format!("{base}/n/{token}");
    let stop = format!("{page}/stop");
    Links {
        targets: (0..=10)
            .map(|score| (score, format!("{page}?score={score}")))
            .collect(),
        unsubscribe: Unsubscribe {
            one_click: stop.starts_with("https://"),
            urls: vec![stop.clone(), by_mail],
        },
        stop,
    }
}

impl Links {
    /// Facts to try a template out with.
    pub(super) fn sample() -> Self {
        let page = "https://support.example.com/n/token";
        let stop = format!("{page}/stop");
        Self {
            targets: (0..=10)
                .map(|score| (score, format!("{page}?score={score}")))
                .collect(),
            unsubscribe: Unsubscribe {
                urls: vec![stop.clone()],
                one_click: true,
            },
            stop,
        }
    }
}
