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

/// Whether an Authentication-Results of one of these servers proves that the mail is from the domain
/// of its author: `dmarc=pass`, or what DMARC asks for where the domain publishes none, a DKIM
/// signature of that very domain (RFC 7489 section 3.1.1).
///
/// Only the topmost header of a believed server counts: what a sender wrote stands below.
pub fn proves_author(message: &Message, authserv_ids: &[String]) -> bool {
    let domain = message.from.domain().to_lowercase();
    let plain = message.header("Authentication-Results").map(bare);
    let mut believed = plain.filter_map(|value| {
        let (server, results) = value.split_once(';')?;
        let server = server.split_whitespace().next()?.to_owned();
        let is_known = authserv_ids
            .iter()
            .any(|id| id.eq_ignore_ascii_case(&server));
        is_known.then(|| results.to_owned())
    });
    let Some(results) = believed.next().filter(|_| !domain.is_empty()) else {
        return false;
    };
    let words =
        |result: &str| -> Vec<String> { result.split_whitespace().map(str::to_owned).collect() };
    let results: Vec<Vec<String>> = results.split(';').map(words).collect();
    let of = |method: &'static str| {
        results
            .iter()
            .filter(move |words| words.first().is_some_and(|word| word.starts_with(method)))
    };
    let says = |words: &[String], what: &str| words.iter().any(|word| word == what);
    let names = |words: &[String], key: &str| {
        let mut values = words.iter().filter_map(|word| word.strip_prefix(key));
        values
            .next()
            .map(|value| value.trim_matches('"').to_owned())
    };
    match of("dmarc=").next() {
        Some(words) if says(words, "dmarc=pass") => {
            names(words, "header.from=").is_none_or(|from| from == domain)
        }
        Some(words) if says(words, "dmarc=fail") => false,
        _ => of("dkim=").any(|words| {
            says(words, "dkim=pass") && names(words, "header.d=").is_some_and(|of| of == domain)
        }),
    }
}

/// The value in lower case without comments and without what stands in quotes: both may hold what
/// the sender chose.
fn bare(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let (mut depth, mut is_quoted, mut is_escaped) = (0usize, false, false);
    for c in value.chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' if depth == 0 => is_quoted = !is_quoted,
            _ if is_quoted => {}
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}

/// Headers of spam filters and what their values start with, lower case, for spam.
const SPAM_MARKS: &[(&str, &[&str])] = &[
    // SpamAssassin, rspamd, Barracuda, Kaspersky, Dr.Web
    ("X-Spam-Flag", &["yes", "true"]),
    ("X-Spam-Status", &["yes"]),
    ("X-Spam", &["yes", "true", "spam"]),
    ("X-Spamd-Result", &["default: true"]),
    (
        "X-Rspamd-Action",
        &["add header", "rewrite subject", "reject"],
    ),
    ("X-Barracuda-Spam-Flag", &["yes"]),
    ("X-Barracuda-Spam-Status", &["yes"]),
    ("X-KLMS-AntiSpam-Status", &["spam", "probable_spam"]),
    ("X-DrWeb-SpamState", &["yes"]),
    // DSPAM, bogofilter
    ("X-DSPAM-Result", &["spam", "blacklisted"]),
    ("X-Bogosity", &["yes", "spam"]),
    // 1 is a good mail, 4 is spam
    ("X-Yandex-Spam", &["4"]),
    // Mail.ru
    ("X-Mras", &["spam", "probable_spam"]),
    ("X-Mailru-Spam", &["yes", "1"]),
];

/// From here on Microsoft files a mail as spam (SCL, the spam confidence level, -1 to 9).
const SPAM_LEVEL: i8 = 5;

/// Whether a spam filter marked it.
pub fn is_marked_spam(message: &Message) -> bool {
    let starts = |name: &str, values: &[&str]| {
        message.header(name).any(|value| {
            let value = value.trim().to_lowercase();
            values.iter().any(|start| value.starts_with(start))
        })
    };
    SPAM_MARKS.iter().any(|(name, values)| starts(name, values)) || is_spam_of_microsoft(message)
}

/// `X-MS-Exchange-Organization-SCL: 6`, or `SCL:6` among the items of
/// X-Forefront-Antispam-Report.
fn is_spam_of_microsoft(message: &Message) -> bool {
    let is_high = |level: &str| {
        level
            .trim()
            .parse::<i8>()
            .is_ok_and(|level| level >= SPAM_LEVEL)
    };
    let mut reports = message.header("X-Forefront-Antispam-Report");
    message
        .header("X-MS-Exchange-Organization-SCL")
        .any(is_high)
        || reports.any(|report| {
            let items = report.split(';').map(str::trim);
            items
                .filter_map(|item| item.strip_prefix("SCL:"))
                .any(is_high)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;

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

    #[test]
    fn every_filter_has_its_own_mark() {
        let is_spam = |name: &str, value: &str| {
            is_marked_spam(&Message {
                headers: vec![(name.to_owned(), value.to_owned())],
                ..Message::default()
            })
        };
        for (name, spam, fine) in [
            ("X-Spam-Flag", "YES", "NO"),
            ("X-Spam", "Yes", "undefined"),
            (
                "X-Spam-Status",
                "Yes, score=9.1 required=5",
                "No, score=-1.9",
            ),
            (
                "X-Spamd-Result",
                "default: True [15.1 / 15.00]",
                "default: False [0.1 / 15.00]",
            ),
            ("X-Rspamd-Action", "add header", "no action"),
            ("X-MS-Exchange-Organization-SCL", "6", "-1"),
            (
                "X-Forefront-Antispam-Report",
                "CIP:192.0.2.1;CTRY:;SCL:5;SRV:",
                "CIP:192.0.2.1;SCL:1;",
            ),
            ("X-Yandex-Spam", "4", "1"),
            ("X-Mras", "SPAM", "Ok"),
        ] {
            assert!(is_spam(name, spam), "{name}: {spam}");
            assert!(!is_spam(name, fine), "{name}: {fine}");
        }
    }

    #[test]
    fn an_author_is_proven_by_the_topmost_result_of_a_believed_server() {
        let ids = ["mx.example.com".to_owned()];
        let proven = |results: &[&str]| {
            let header = |value: &&str| ("Authentication-Results".to_owned(), (*value).to_owned());
            let message = Message {
                from: Address::new("Anna", "anna@Example.com"),
                headers: results.iter().map(header).collect(),
                ..Message::default()
            };
            proves_author(&message, &ids)
        };
        for yes in [
            "mx.example.com; spf=pass; dmarc=pass (p=none) header.from=example.com",
            "mx.example.com 1; dmarc=pass",
            "MX.example.com; dkim=pass header.d=example.com header.s=x",
            "mx.example.com; dkim=fail header.d=example.com; dkim=pass header.d=example.com; dmarc=none",
        ] {
            assert!(proven(&[yes]), "{yes}");
        }
        for no in [
            "mx.example.com; none",
            "mx.example.com; dmarc=fail header.from=example.com; dkim=pass header.d=example.com",
            "mx.example.com; dmarc=pass header.from=evil.example",
            "mx.example.com; dkim=pass header.d=evil.example",
            "mx.example.com; spf=pass smtp.mailfrom=\"x; dmarc=pass\"@evil.example",
            "mx.example.com; spf=pass (x; dmarc=pass) smtp.mailfrom=evil.example",
            "mx.evil.example; dmarc=pass header.from=example.com",
            "dmarc=pass",
        ] {
            assert!(!proven(&[no]), "{no}");
        }
        let written_by_the_sender = "mx.example.com; dmarc=pass header.from=example.com";
        assert!(!proven(&[
            "mx.example.com; dmarc=none",
            written_by_the_sender
        ]));
        assert!(!proven(&[]));
    }
}
