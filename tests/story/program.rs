//! How a customer's mail program answers a mail.

use crate::harness::{
    Client,
    mail::{decoded, header, plain},
};

/// An answer in the making, with everything as a good mail program sets it; what relays and other
/// programs do to it is done by changing the fields.
#[derive(Clone, Debug)]
pub struct Answer {
    /// `Name <address>`.
    pub from: String,
    /// Reply-To of what is answered, else From.
    pub to: String,
    pub subject: String,
    /// Message-ID without brackets.
    pub id: String,
    pub in_reply_to: Option<String>,
    pub references: Vec<String>,
    /// Further header lines.
    pub more: Vec<String>,
    pub words: String,
}

/// Presses Reply.
pub fn answer(received: &[u8], from: &str, id: &str, words: &str) -> Answer {
    let field = |name: &str| header(received, name).unwrap_or_default();
    let to = match field("Reply-To") {
        none if none.is_empty() => field("From"),
        to => to,
    };
    let (subject, _) = decoded(received);
    let has_mark = subject.to_lowercase().starts_with("re:");
    let before = match field("References") {
        none if none.is_empty() => field("In-Reply-To"),
        references => references,
    };
    let ours = field("Message-ID");
    let mut references: Vec<String> = before.split_whitespace().map(str::to_owned).collect();
    references.push(ours.clone());
    Answer {
        from: from.to_owned(),
        to,
        subject: if has_mark {
            subject
        } else {
            format!("Re: {subject}")
        },
        id: id.to_owned(),
        in_reply_to: Some(ours),
        references,
        more: Vec::new(),
        words: words.to_owned(),
    }
}

impl Answer {
    /// The mail.
    pub fn bytes(&self) -> Vec<u8> {
        let mut headers = vec![format!("Message-ID: <{}>", self.id)];
        if let Some(id) = &self.in_reply_to {
            headers.push(format!("In-Reply-To: {id}"));
        }
        if !self.references.is_empty() {
            headers.push(format!("References: {}", self.references.join("\r\n ")));
        }
        headers.extend(self.more.iter().cloned());
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        plain(&self.from, &self.to, &self.subject, &headers, &self.words)
    }
}

/// `local@domain` of `Name <local@domain>`.
pub fn bare(address: &str) -> &str {
    address
        .rsplit('<')
        .next()
        .unwrap_or_default()
        .trim_matches(['<', '>', ' '])
}

/// Hands a mail to a server that takes the world's mail.
#[track_caller]
pub fn send(port: u16, from: &str, to: &[&str], mail: &[u8]) {
    let mut server = Client::connect(port, None).unwrap();
    let mut say = |line: &str| {
        let said = server.smtp(line);
        assert!(said.starts_with(['2', '3']), "{line}: {said}");
    };
    say("");
    say("EHLO mx.shop.example");
    say(&format!("MAIL FROM:<{}>", bare(from)));
    for to in to {
        say(&format!("RCPT TO:<{}>", bare(to)));
    }
    say("DATA");
    let text = String::from_utf8(mail.to_vec()).unwrap();
    server.send(text.replace("\r\n.", "\r\n.."));
    assert!(server.smtp(".").starts_with("250"));
}
