//! What an attempt ended with, by reply code and enhanced code; by the words only where an old
//! server gives nothing else to tell whether it speaks of the address.

use std::fmt;

use lettre::transport::smtp::Error;

/// What became of an attempt. Unknown means temporary: the schedule ends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server took it (250 after the final dot).
    Delivered,
    /// It may go through later.
    Temporary(Reply),
    /// It never will.
    Permanent(Reply),
    /// It never will, since the address takes no mail: nor will another one.
    NoMailbox(Reply),
}

/// What the other side said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// The SMTP reply code (RFC 5321 section 4.2); `None` for trouble without one.
    pub code: Option<u16>,
    /// The enhanced status code (RFC 3463), such as `5.1.1`; empty when none was given.
    pub enhanced: String,
    /// The words, on one line.
    pub text: String,
    /// What a program said beside: for the ticket, never for the log, since it may hold an address.
    pub detail: String,
}

impl Reply {
    /// Trouble that no server told of.
    pub fn local(text: impl Into<String>) -> Self {
        Self {
            code: None,
            enhanced: String::new(),
            text: text.into(),
            detail: String::new(),
        }
    }

    /// A server's reply, of which the first text may begin with the enhanced code.
    pub fn server(code: u16, text: &str) -> Self {
        let line: String = text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .take(300)
            .collect();
        let first = line.split(' ').next().unwrap_or_default();
        let enhanced = if is_enhanced(first) {
            first.to_owned()
        } else {
            String::new()
        };
        Self {
            code: Some(code),
            enhanced,
            text: line,
            detail: String::new(),
        }
    }

    /// Codes alone: a server's words may hold an address.
    pub fn for_log(&self) -> String {
        match self.code {
            Some(code) => format!("{code} {}", self.enhanced).trim_end().to_owned(),
            None => self.text.clone(),
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "{code} {}", self.text),
            None if self.detail.is_empty() => f.write_str(&self.text),
            None => write!(f, "{}: {}", self.text, self.detail),
        }
    }
}

/// Where in the dialogue an error came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Greeting, EHLO, STARTTLS, AUTH: it says nothing about this mail.
    Session,
    /// RCPT: what is refused here may be the address.
    Recipient,
    /// MAIL, DATA, and the final dot.
    Mail,
}

/// Judges an SMTP error.
pub(super) fn judge(stage: Stage, error: &Error) -> Outcome {
    let words =
        std::error::Error::source(error).map_or_else(|| error.to_string(), |e| e.to_string());
    let Some(code) = error.status().map(u16::from) else {
        let is_local_refusal = stage != Stage::Session && error.is_client();
        let reply = Reply::local(words);
        return if is_local_refusal {
            Outcome::Permanent(reply)
        } else {
            Outcome::Temporary(reply)
        };
    };
    let reply = Reply::server(code, &words);
    // 530, 535, 538: the relay wants another login (RFC 4954 section 6), which is the admin's
    // trouble and not this mail's
    let is_about_login = matches!(code, 530 | 534 | 535 | 538);
    // 521, 554 as a greeting and 421 anywhere are about the connection (RFC 7504, RFC 5321)
    match code {
        500..=599 if stage == Stage::Session || is_about_login => Outcome::Temporary(reply),
        500..=599 if stage == Stage::Recipient && no_mailbox(&reply) => Outcome::NoMailbox(reply),
        500..=599 => Outcome::Permanent(reply),
        _ => Outcome::Temporary(reply),
    }
}

/// Whether a refusal of a recipient speaks of the address itself, not of us, our relay or the
/// mail: no mailbox, no domain, bad syntax, moved, no MX (RFC 3463 section 3.2, RFC 7505), disabled
/// (section 3.3). Of what says less the address is not to suffer.
fn no_mailbox(reply: &Reply) -> bool {
    let words = reply.text.to_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    match reply.enhanced.as_str() {
        "5.1.1" | "5.1.2" | "5.1.3" | "5.1.6" | "5.1.10" => true,
        // Gmail says it too of a mailbox that gets mail too fast
        "5.2.1" => !says(&["rate", "quick"]),
        // servers from before RFC 3463 have nothing but words; 550 alone may be anything
        "" => matches!(reply.code, Some(550 | 551 | 553)) && says(NOBODY) && !says(POLICY),
        _ => false,
    }
}

/// Words of servers without enhanced codes for an address that is not there, lower case.
const NOBODY: &[&str] = &[
    "user unknown",
    "unknown user",
    "no such user",
    "no such recipient",
    "no such mailbox",
    "no such address",
    "no mailbox",
    "mailbox not found",
    "user not found",
    "recipient not found",
    "unknown recipient",
    "recipient unknown",
    "unknown address",
    "invalid recipient",
    "invalid mailbox",
    "does not exist",
    "doesn't exist",
];

/// Words of refusals that are about the sender, the mail or the way, lower case.
const POLICY: &[&str] = &[
    "relay",
    "spam",
    "policy",
    "block",
    "list",
    "reputation",
    "denied",
    "authenticat",
    "spf",
    "dkim",
    "dmarc",
    "client",
    "sender",
    "domain",
    "rate",
    "quota",
    "full",
];

fn is_enhanced(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    let is_number =
        |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    parts.len() == 3
        && parts.iter().all(is_number)
        && matches!(parts.first(), Some(&"2" | &"4" | &"5"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_speaks_of_the_address_is_held_against_it() {
        for (code, text) in [
            (
                550,
                "5.1.1 <olga@example.com>: Recipient address rejected: User unknown",
            ),
            (550, "5.1.2 no such domain"),
            (553, "5.1.3 bad syntax"),
            (551, "5.1.6 moved"),
            (556, "5.1.10 the domain takes no mail"),
            (550, "5.2.1 The account is disabled"),
            (550, "No such user here"),
            (553, "sorry, no mailbox here by that name"),
        ] {
            assert!(no_mailbox(&Reply::server(code, text)), "{code} {text}");
        }
        for (code, text) in [
            (550, "5.7.1 relaying denied"),
            (554, "5.7.1 <olga@example.com>: Relay access denied"),
            (550, "5.7.26 unauthenticated mail"),
            (550, "5.2.1 receiving mail at a rate that prevents more"),
            (552, "5.2.2 mailbox full"),
            (550, "5.1.8 sender address rejected"),
            (550, "5.0.0 no such user"),
            (550, "requested action not taken: mailbox unavailable"),
            (550, "sender: no such user, blocked by policy"),
            (551, "user not local; we do not relay"),
            (
                553,
                "sorry, that domain isn't in my list of allowed rcpthosts",
            ),
            (554, "no such user"),
            (501, "no such user"),
        ] {
            assert!(!no_mailbox(&Reply::server(code, text)), "{code} {text}");
        }
    }

    #[test]
    fn a_reply_shows_its_codes() {
        let reply = Reply::server(550, "5.1.1 <olga@example.com>:\r\n User unknown");
        assert_eq!(reply.enhanced, "5.1.1");
        assert_eq!(
            reply.to_string(),
            "550 5.1.1 <olga@example.com>: User unknown"
        );
        assert_eq!(reply.for_log(), "550 5.1.1");
        let program = Reply {
            detail: "olga@example.com: unknown".to_owned(),
            ..Reply::local("sendmail ended with 67")
        };
        assert_eq!(program.for_log(), "sendmail ended with 67");
        assert!(program.to_string().contains("olga@example.com"));
        assert_eq!(
            Reply::server(421, "too many 1.2.3 connections").enhanced,
            ""
        );
    }
}
