//! Bounces in plain words: of servers that know no delivery status notification (qmail, Exim,
//! Domino, old sendmail, web mails).

use super::{
    super::{Action, Bounce, Message},
    LOOK_AT, cut,
};

/// Lines that begin the copy of the returned mail, lower case: what follows is its author's words.
const COPY: &[&str] = &[
    "below this line is a copy",
    "this is a copy of the message",
    "this is a copy of your message",
    "a copy of the message",
    "original message follows",
    "original message headers",
    "original message header",
    "message header follows",
    "message headers follow",
    "unsent message follows",
    "the headers of the original message",
    "the header of the original message",
    "original message ---",
    "-----original message",
    "returned message ---",
    "received message follows",
    "копия вашего письма",
    "копия исходного сообщения",
    "исходное сообщение",
    "исходное письмо",
    "заголовки исходного",
    "текст вашего письма",
    "копія вашого листа",
    "вихідне повідомлення",
    "початкове повідомлення",
];

/// What says that the server goes on trying.
const DELAYED: &[&str] = &[
    "warning message only",
    "do not need to resend",
    "not need to resend",
    "will continue to try",
    "will keep trying",
    "still trying",
    "will be retried",
    "will try again",
    "has not yet been delivered",
    "not yet been delivered",
    "delivery is delayed",
    "has been delayed",
    "delivery attempts will continue",
    "попытки доставки будут продолжены",
    "попытки будут продолжены",
    "будут предприняты повторные попытки",
    "доставка задерживается",
    "спроби доставки триватимуть",
    "спроби буде продовжено",
];

/// What says that the address will not take mail tomorrow either.
const PERMANENT: &[&str] = &[
    "permanent error",
    "permanent fatal error",
    "permanent failure",
    "user unknown",
    "unknown user",
    "no such user",
    "no such mailbox",
    "no such recipient",
    "no mailbox here",
    "mailbox not found",
    "mailbox unavailable",
    "address not found",
    "address rejected",
    "recipient rejected",
    "does not exist",
    "doesn't exist",
    "not listed in",
    "unrouteable address",
    "unroutable address",
    "account has been disabled",
    "account is disabled",
    "invalid recipient",
    "не существует",
    "не найден",
    "нет такого",
    "такого пользователя нет",
    "не зарегистрирован",
    "заблокирован",
    "не існує",
    "не знайдено",
    "немає такого",
];

/// What a server says in prose.
pub(super) fn read(message: &Message) -> Bounce {
    let text = cut(&message.text, LOOK_AT);
    let told = before_copy(text);
    let lower = told.to_lowercase();
    let failed = message.header("X-Failed-Recipients").next();
    let failed = failed
        .and_then(|value| value.split(',').next())
        .map(|value| value.trim().to_owned());
    let recipient = failed
        .or_else(|| address(told, message))
        .unwrap_or_default();
    let status = code(told).unwrap_or_default();
    let reply = words(told).find_map(reply_code);
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| lower.contains(phrase));
    let permanent = match (status.chars().next(), reply) {
        (Some(class @ ('4' | '5')), _) | (_, Some(class)) => class == '5',
        _ => says(PERMANENT),
    };
    let is_delayed = says(DELAYED) && !permanent;
    Bounce {
        recipient,
        action: if is_delayed {
            Action::Delayed
        } else {
            Action::Failed
        },
        permanent,
        status,
        ..Bounce::default()
    }
}

/// What stands before the copy of the returned mail.
fn before_copy(text: &str) -> &str {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        let lower = line.to_lowercase();
        if COPY.iter().any(|start| lower.contains(start)) {
            return text.get(..end).unwrap_or(text);
        }
        end += line.len();
    }
    text
}

/// The first address that is neither the server's nor the one that the bounce came to.
fn address(told: &str, message: &Message) -> Option<String> {
    let is_ours = |word: &str| {
        let to = message.to.iter().chain(&message.delivered_to);
        to.chain([&message.from]).any(|known| known.is_same(word))
    };
    let found = words(told).find(|word| {
        let Some((local, domain)) = word.split_once('@') else {
            return false;
        };
        let is_address = !local.is_empty() && domain.contains('.') && !domain.contains('@');
        let local = local.to_lowercase();
        is_address
            && !word.contains("://")
            && !matches!(local.as_str(), "postmaster" | "mailer-daemon")
            && !is_ours(word)
    });
    found.map(str::to_owned)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '[' | ']' | '"'))
        .map(|word| {
            let word = word.strip_prefix("mailto:").unwrap_or(word);
            word.trim_matches(|c: char| !c.is_alphanumeric())
        })
        .filter(|word| !word.is_empty())
        .take(4_000)
}

/// The gravest enhanced status code that is told.
fn code(told: &str) -> Option<String> {
    let codes = || super::enhanced_codes(told);
    codes()
        .find(|code| code.starts_with('5'))
        .or_else(|| codes().find(|code| code.starts_with('4')))
}

/// The class of an SMTP reply code such as 550 (RFC 5321 section 4.2).
fn reply_code(word: &str) -> Option<char> {
    let is_code = word.len() == 3 && word.bytes().all(|b| b.is_ascii_digit());
    let class = word
        .chars()
        .next()
        .filter(|class| matches!(class, '4' | '5'));
    class.filter(|_| is_code && matches!(word.chars().nth(1), Some('0'..='5')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Bounce {
        read(&Message {
            text: text.to_owned(),
            to: vec![crate::address::Address::new("", "support@example.com")],
            ..Message::default()
        })
    }

    #[test]
    fn the_copy_of_the_mail_is_not_the_servers_word() {
        let bounce = told(
            "Hi. This is the qmail-send program at mx.example.com.\n\n<gone@example.com>:\n\
             The mailbox is over its quota.\n\n--- Below this line is a copy of the message.\n\n\
             To: support@example.com\nOur price list 5.1.1 is at 550 user unknown.\n",
        );
        assert_eq!(bounce.recipient, "gone@example.com");
        assert_eq!((bounce.status.as_str(), bounce.permanent), ("", false));
        assert_eq!(bounce.action, Action::Failed);
    }

    #[test]
    fn words_without_a_code() {
        for (text, action, permanent) in [
            ("a@b.example: user unknown", Action::Failed, true),
            ("a@b.example: Пользователь не найден", Action::Failed, true),
            ("a@b.example: connection timed out", Action::Failed, false),
            (
                "a@b.example: 452 busy. THIS IS A WARNING MESSAGE ONLY",
                Action::Delayed,
                false,
            ),
            (
                "a@b.example: попытки доставки будут продолжены",
                Action::Delayed,
                false,
            ),
            (
                "250 2.1.0 Sender ok\n550 5.1.1 a@b.example",
                Action::Failed,
                true,
            ),
        ] {
            let bounce = told(text);
            assert_eq!(
                (bounce.action, bounce.permanent),
                (action, permanent),
                "{text}"
            );
            assert_eq!(bounce.recipient, "a@b.example", "{text}");
        }
    }

    #[test]
    fn our_own_address_never_failed() {
        let text = "Your mail from support@example.com to <gone@b.example> came back.";
        assert_eq!(told(text).recipient, "gone@b.example");
    }
}
