//! What the receiving server says of the sender (RFC 8601), where the operator believes it.

use super::Message;

/// Whether an Authentication-Results of one of these servers says that DMARC failed.
///
/// Only headers that name a believed authserv-id count: anybody can write the others.
pub fn dmarc_failed(message: &Message, authserv_ids: &[String]) -> bool {
    message.header("Authentication-Results").any(|value| {
        let lower = value.to_lowercase();
        let (server, results) = lower.split_once(';').unwrap_or((&lower, ""));
        let server = server.split_whitespace().next().unwrap_or_default();
        authserv_ids.iter().any(|id| id == server)
            && results
                .split(';')
                .any(|result| result.trim_start().starts_with("dmarc=fail"))
    })
}

/// Whether a spam filter marked it (SpamAssassin, rspamd).
pub fn is_marked_spam(message: &Message) -> bool {
    let says_yes = |name| {
        message
            .header(name)
            .any(|value| value.trim().to_lowercase().starts_with("yes"))
    };
    says_yes("X-Spam-Flag") || says_yes("X-Spam-Status") || says_yes("X-Spam")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_believed_server_is_heard() {
        let message = Message {
            headers: vec![
                (
                    "Authentication-Results".to_owned(),
                    "mx.example.com 1; spf=pass; dmarc=fail (p=reject)".to_owned(),
                ),
                ("X-Spam-Status".to_owned(), "Yes, score=9".to_owned()),
            ],
            ..Message::default()
        };
        assert!(dmarc_failed(&message, &["mx.example.com".to_owned()]));
        assert!(!dmarc_failed(&message, &["other.example.com".to_owned()]));
        assert!(!dmarc_failed(&message, &[]));
        assert!(is_marked_spam(&message));
        assert!(!is_marked_spam(&Message::default()));
    }
}
