//! By which classes, ids and names mailers mark quotes and signatures.

use super::tags::{Attribute, Tag};

/// What a mailer says of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// It is a quote, or the line that introduces one.
    Quote,
    /// It holds a quote, and maybe answers between its pieces: where a `blockquote` follows, that
    /// is the quote.
    AroundQuote,
    /// It and all after it, up to the end of its parent, is quoted.
    QuoteStart,
    /// The sender's signature.
    Signature,
    /// The signature starts with it, and ends with its parent.
    SignatureStart,
}

/// Who marks what, lower case; sorted.
const LABELS: &[(&str, Label)] = &[
    ("_mailautosig", Label::SignatureStart), // Outlook
    ("_rc_sig", Label::Signature),           // Roundcube
    ("airmail_on", Label::Quote),
    ("applemailsignature", Label::Signature),
    ("bloop_sign", Label::Signature),         // Airmail
    ("composer_signature", Label::Signature), // Samsung
    ("divrplyfwdmsg", Label::QuoteStart),     // Outlook on the web
    ("front-signature", Label::Signature),
    ("gmail_attr", Label::Quote),
    ("gmail_quote", Label::AroundQuote),
    ("gmail_quote_attribution", Label::Quote), // Mailspring
    ("gmail_quote_container", Label::AroundQuote),
    ("gmail_signature", Label::Signature),
    ("k9mail-signature", Label::Signature),
    ("linebreakatbeginningofsignature", Label::SignatureStart), // iOS
    ("mail-editor-reference-message-container", Label::QuoteStart), // Outlook mobile
    ("mail-quote-collapse", Label::AroundQuote),                // Mail.ru
    ("messagereplysection", Label::AroundQuote),                // Spark
    ("messagesignaturesection", Label::Signature),              // Spark
    ("missive_quote", Label::AroundQuote),
    ("missive_signature", Label::Signature),
    ("moz-cite-prefix", Label::Quote), // Thunderbird
    ("moz-signature", Label::Signature),
    ("ms-outlook-mobile-reference-message", Label::Quote),
    ("ms-outlook-mobile-signature", Label::Signature),
    ("nylas-quote", Label::AroundQuote),
    ("outlookmessageheader", Label::QuoteStart),
    ("protonmail_quote", Label::AroundQuote),
    ("protonmail_signature_block", Label::Signature),
    ("reply-intro", Label::Quote),      // Roundcube
    ("sh-signature", Label::Signature), // Superhuman
    ("signature", Label::Signature),    // Outlook on the web, Fastmail
    ("tutanota_quote", Label::Quote),
    ("yahoo-signature", Label::Signature),
    ("ymail_android_signature", Label::Signature),
    ("ymail_ios_signature", Label::Signature),
    ("zmail_extra", Label::AroundQuote), // Zoho
    ("zmail_signature_below", Label::Signature),
];
/// Those that go on with a number or the like.
const STEMS: &[(&str, Label)] = &[
    ("applemailsignature", Label::Signature),
    ("yahoo_quoted", Label::Quote),
];
/// The longest word that is looked up, in bytes.
const LONGEST: usize = 64;

/// What the mailer says of an element, by its classes, id and name.
pub(super) fn label(tag: &Tag) -> Option<Label> {
    let class = tag.get(Attribute::Class).unwrap_or_default();
    let id = tag.get(Attribute::Id);
    let name = tag.get(Attribute::Name);
    let words = class.split_ascii_whitespace().chain(id).chain(name);
    words.filter_map(look_up).next().or_else(|| {
        // Zimbra; Gmail
        if tag.get(Attribute::DataMarker) == Some("__QUOTED_TEXT__") {
            return Some(Label::AroundQuote);
        }
        (tag.get(Attribute::DataSignature) == Some("container")).then_some(Label::Signature)
    })
}

fn look_up(word: &str) -> Option<Label> {
    // Outlook on the web marks the classes and ids of other mailers so
    let word = word.trim_start_matches("x_");
    if word.len() > LONGEST {
        return None;
    }
    let word = word.to_ascii_lowercase();
    if let Ok(at) = LABELS.binary_search_by(|(known, _)| (*known).cmp(&word)) {
        return LABELS.get(at).map(|(_, label)| *label);
    }
    let stem = STEMS.iter().find(|(stem, _)| word.starts_with(stem));
    stem.map(|(_, label)| *label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_sorted_so_that_they_are_found() {
        for (word, label) in LABELS {
            assert_eq!(look_up(word), Some(*label), "{word}");
        }
        assert_eq!(look_up("x_x_Signature"), Some(Label::Signature));
        assert_eq!(look_up("yahoo_quoted_123"), Some(Label::Quote));
        assert_eq!(look_up("MsoNormal"), None);
    }
}
