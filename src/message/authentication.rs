//! Whether a mail is from the domain of its author (RFC 9989, DMARC), and what spam filters say.

use super::Message;

/// What is known of the author's domain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// The mail is from the domain that From names.
    Pass,
    /// It is not, and the domain wants such mails refused.
    Fail,
    /// Nothing is known, or the domain asks for nothing.
    #[default]
    None,
    /// It could not be found out: DNS gave no answer.
    Trouble,
}

impl Verdict {
    /// The word of the rule field `auth.dmarc`: for rules, trouble is `none`.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::None | Verdict::Trouble => "none",
        }
    }
}

/// What the servers with these authserv-ids say of the author's domain in Authentication-Results
/// (RFC 8601); `None` where they say nothing of it. Only headers that name a believed server count:
/// anybody can write the others.
///
/// It is proven by `dmarc=pass`, or by what DMARC asks for where the domain publishes none: a DKIM
/// signature of that very domain. For that only the topmost header of a believed server counts, since
/// what a sender wrote stands below; `dmarc=fail` counts in any of them.
pub fn believed(message: &Message, authserv_ids: &[String]) -> Option<Verdict> {
    let domain = message.from.domain().to_lowercase();
    let values: Vec<String> = message.header("Authentication-Results").map(bare).collect();
    let believed: Vec<Results<'_>> = values
        .iter()
        .filter_map(|value| Results::of_server(value, authserv_ids))
        .collect();
    let mut of_dmarc = believed.iter().flat_map(|results| results.of("dmarc="));
    if of_dmarc.any(|words| words.contains(&"dmarc=fail")) {
        return Some(Verdict::Fail);
    }
    let topmost = believed.first()?;
    let is_signed = |words: &Vec<&str>| {
        words.contains(&"dkim=pass") && named(words, "header.d=") == Some(&domain)
    };
    let verdict = match topmost.of("dmarc=").next() {
        Some(words) if words.contains(&"dmarc=pass") => {
            match named(words, "header.from=").is_none_or(|from| from == domain) {
                true => Verdict::Pass,
                false => Verdict::None,
            }
        }
        _ if topmost.of("dkim=").any(is_signed) => Verdict::Pass,
        Some(_) => Verdict::None,
        None => return None,
    };
    Some(if domain.is_empty() {
        Verdict::None
    } else {
        verdict
    })
}

/// The results of one header, each in words: `dkim=pass`, `header.d=example.com`.
struct Results<'v>(Vec<Vec<&'v str>>);

impl<'v> Results<'v> {
    /// Reads a bare value; `None` when no server of these ids wrote it.
    fn of_server(value: &'v str, authserv_ids: &[String]) -> Option<Self> {
        let (server, results) = value.split_once(';')?;
        let server = server.split_whitespace().next()?;
        let is_known = authserv_ids
            .iter()
            .any(|id| id.eq_ignore_ascii_case(server));
        let words = |result: &'v str| result.split_whitespace().collect();
        is_known.then(|| Self(results.split(';').map(words).collect()))
    }

    /// Those of one method, such as `dkim=`.
    fn of(&self, method: &'static str) -> impl Iterator<Item = &Vec<&'v str>> {
        let is_it = move |words: &&Vec<&str>| words.first().is_some_and(|w| w.starts_with(method));
        self.0.iter().filter(is_it)
    }
}

/// The value of a property, such as `header.d=`.
fn named<'v>(words: &[&'v str], key: &str) -> Option<&'v str> {
    words.iter().find_map(|word| word.strip_prefix(key))
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
        let said = |id: &str| believed(&message, &[id.to_owned()]);
        assert_eq!(said("mx.example.com"), Some(Verdict::Fail));
        assert_eq!(said("other.example.com"), None);
        assert_eq!(believed(&message, &[]), None);
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
            believed(&message, &ids) == Some(Verdict::Pass)
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
