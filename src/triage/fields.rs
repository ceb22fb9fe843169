//! The fields that a rule may look at, and what a mail or a rating has in them.

use std::borrow::Cow;

use super::Facts;
use crate::{
    address::Address,
    language::Language,
    message::{
        Kind, Message,
        authentication::{Verdict, is_marked_spam},
    },
    ticket::{Priority, Status},
};

/// How much of a text the rules read, in bytes. Longer texts are logs and dumps; what the
/// customer says stands at the top.
const LONGEST_TEXT: usize = 256 * 1024;

/// Something of a mail or a rating, its ticket or its sender that a condition looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// The subject of a new ticket and the reply text.
    NewText,
    /// One of the fixed fields, by its place in the list of names.
    Named(&'static str, Holds),
    /// `header.NAME`: every header of that name.
    Header(String),
    /// `customers_1h.CATEGORY`: how many customers opened tickets of it in the last hour.
    Customers(String),
}

/// What a field holds, and so which conditions make sense for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Words.
    Text,
    /// Numbers.
    Number,
    /// Either, or not known yet.
    Any,
}

const NAMES: [(&str, Holds); 32] = [
    ("subject", Holds::Text),
    ("reply", Holds::Text),
    ("text", Holds::Text),
    ("from", Holds::Text),
    ("from_domain", Holds::Text),
    ("to", Holds::Text),
    ("cc", Holds::Text),
    ("attachment.name", Holds::Text),
    ("attachment.type", Holds::Text),
    ("attachment.size", Holds::Number),
    ("size", Holds::Number),
    ("language", Holds::Text),
    ("kind", Holds::Text),
    ("mailbox", Holds::Text),
    ("hour", Holds::Number),
    ("weekday", Holds::Number),
    ("ticket.status", Holds::Text),
    ("ticket.priority", Holds::Text),
    ("ticket.category", Holds::Text),
    ("ticket.tags", Holds::Text),
    ("customer.tickets_30d", Holds::Number),
    ("customer.open_tickets", Holds::Number),
    ("customer.failures_7d", Holds::Number),
    ("customers_1h.CATEGORY", Holds::Number),
    ("customer.tags", Holds::Text),
    ("customer.has_avatar", Holds::Any),
    ("auth.dmarc", Holds::Text),
    ("spam", Holds::Any),
    ("score", Holds::Number),
    ("comment", Holds::Text),
    ("new_text", Holds::Text),
    ("header.NAME", Holds::Any),
];

/// One value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'m> {
    /// Words.
    Text(Cow<'m, str>),
    /// A number.
    Number(f64),
}

impl Field {
    /// The field of a name; `None` when there is no such field.
    pub fn from_name(name: &str) -> Option<Self> {
        if let Some(header) = name.strip_prefix("header.") {
            return (!header.is_empty()).then(|| Self::Header(header.to_owned()));
        }
        if let Some(category) = name.strip_prefix("customers_1h.") {
            return (!category.is_empty()).then(|| Self::Customers(category.to_owned()));
        }
        if name == "new_text" {
            return Some(Self::NewText);
        }
        let (name, holds) = NAMES.iter().find(|(known, _)| *known == name)?;
        Some(Self::Named(name, *holds))
    }

    /// All names, for hints.
    pub fn names() -> Vec<&'static str> {
        NAMES.iter().map(|(name, _)| *name).collect()
    }

    /// The name that rules and explanations use.
    pub fn name(&self) -> String {
        match self {
            Self::NewText => "new_text".to_owned(),
            Self::Named(name, _) => (*name).to_owned(),
            Self::Header(header) => format!("header.{header}"),
            Self::Customers(category) => format!("customers_1h.{category}"),
        }
    }

    /// What it holds.
    pub fn holds(&self) -> Holds {
        match self {
            Self::NewText => Holds::Text,
            Self::Named(_, holds) => *holds,
            Self::Header(_) => Holds::Any,
            Self::Customers(_) => Holds::Number,
        }
    }

    /// Whether a mail has it.
    pub fn is_of_mail(&self) -> bool {
        !matches!(self, Self::Named("score" | "comment", _))
    }

    /// Whether an answer to a survey has it: there is no mail behind it, or only one that says the
    /// same.
    pub fn is_of_rating(&self) -> bool {
        let is_of_mail_alone = match self {
            Self::Header(_) => true,
            Self::Named(name, _) => {
                matches!(
                    *name,
                    "subject"
                        | "to"
                        | "cc"
                        | "size"
                        | "customer.has_avatar"
                        | "auth.dmarc"
                        | "spam"
                        | "header.NAME"
                ) || name.starts_with("attachment.")
            }
            Self::NewText | Self::Customers(_) => false,
        };
        !is_of_mail_alone
    }

    /// Whether it has one value at most, so that two different ones exclude each other.
    pub fn is_single(&self) -> bool {
        match self {
            Self::NewText | Self::Customers(_) => true,
            Self::Header(_) => false,
            // people have an address and a name
            Self::Named(name, _) => {
                !matches!(
                    *name,
                    "from" | "to" | "cc" | "ticket.tags" | "customer.tags"
                ) && !name.starts_with("attachment.")
            }
        }
    }

    /// All words that it ever holds, where they are a closed list.
    pub fn words(&self) -> Option<Vec<&'static str>> {
        let Self::Named(name, _) = self else {
            return None;
        };
        Some(match *name {
            "language" => Language::ALL.map(Language::code).to_vec(),
            "kind" => Kind::WORDS.map(|(word, _)| word).to_vec(),
            "ticket.status" => Status::WORDS.map(|(word, _)| word).to_vec(),
            "ticket.priority" => Priority::WORDS.map(|(word, _)| word).to_vec(),
            "auth.dmarc" => [Verdict::Pass, Verdict::Fail, Verdict::None]
                .map(Verdict::word)
                .to_vec(),
            "spam" | "customer.has_avatar" => vec!["yes"],
            _ => return None,
        })
    }

    /// The least and the greatest number that it ever holds; all of them are whole. `None` for
    /// fields that hold words, or may.
    pub fn range(&self) -> Option<(f64, f64)> {
        match self {
            Self::Named("hour", _) => Some((0.0, 23.0)),
            Self::Named("weekday", _) => Some((1.0, 7.0)),
            Self::Named("score", _) => Some((1.0, 5.0)),
            Self::Named(_, Holds::Number) | Self::Customers(_) => Some((0.0, f64::INFINITY)),
            _ => None,
        }
    }

    /// Whether it is about the ticket that a mail or a rating belongs to.
    pub fn is_of_ticket(&self) -> bool {
        matches!(self, Self::Named(name, _) if name.starts_with("ticket."))
    }

    /// What a mail or a rating has there. Nothing when the field is absent: no ticket yet, no such
    /// header, or nothing that the desk knows of.
    pub fn values<'m>(&self, facts: &Facts<'m>) -> Vec<Value<'m>> {
        if facts.rating.is_some() && !self.is_of_rating() {
            return Vec::new();
        }
        let message = facts.message;
        let Self::Named(name, _) = self else {
            return match self {
                Self::Header(name) => texts(
                    message
                        .headers
                        .iter()
                        .filter(|(key, _)| key.eq_ignore_ascii_case(name))
                        .map(|(_, value)| value.as_str()),
                ),
                Self::Customers(category) => {
                    let counts = facts.past.customers_1h.iter();
                    let count = counts
                        .filter(|(known, _)| known == category)
                        .map(|(_, n)| *n);
                    numbers([count.sum()])
                }
                _ => vec![Value::Text(new_text(facts))],
            };
        };
        let attachments = message.attachments.iter();
        let ticket = facts.ticket.into_iter();
        match *name {
            "subject" => texts([message.subject.as_str()]),
            "reply" => texts([written(message, &message.reply)]),
            "text" => texts([written(message, &message.text)]),
            "from" => addresses([&message.from]),
            "from_domain" => texts([message.from.domain()]),
            "to" => addresses(&message.to),
            "cc" => addresses(&message.cc),
            "attachment.name" => texts(attachments.map(|a| a.name.as_str())),
            "attachment.type" => texts(attachments.map(|a| a.media_type.as_str())),
            "attachment.size" => numbers(attachments.map(|a| a.size)),
            "size" => numbers([message.size]),
            "language" => texts(message.language.map(|language| language.code())),
            "kind" => texts([facts.kind.word()]),
            "mailbox" => texts([facts.mailbox]),
            "hour" => numbers([u64::from(facts.hour)]),
            "weekday" => numbers([u64::from(facts.weekday)]),
            "ticket.status" => texts(ticket.map(|ticket| ticket.status.word())),
            "ticket.priority" => texts(ticket.map(|ticket| ticket.priority.word())),
            "ticket.category" => texts(ticket.map(|ticket| ticket.category.as_str())),
            "ticket.tags" => texts(ticket.flat_map(|t| t.tags.iter().map(String::as_str))),
            "customer.tickets_30d" => numbers([facts.past.tickets_30d]),
            "customer.open_tickets" => numbers([facts.past.open_tickets]),
            "customer.failures_7d" => numbers([facts.past.failures_7d]),
            "customer.tags" => texts(facts.past.tags.iter().map(String::as_str)),
            // pictures that people send along (X-Face 1994, Face 2005)
            "customer.has_avatar" => {
                let mut faces = ["Face", "X-Face"]
                    .iter()
                    .flat_map(|name| message.header(name));
                let has_face = faces.any(|face| !face.trim().is_empty());
                texts((has_face || message.has_picture).then_some("yes"))
            }
            "auth.dmarc" => texts([message.dmarc.word()]),
            "spam" if is_marked_spam(message) => texts(["yes"]),
            "score" => numbers(facts.rating.map(|given| u64::from(given.score))),
            "comment" => texts(facts.rating.map(|given| given.comment)),
            _ => Vec::new(),
        }
    }
}

/// The subject of a mail that opens a ticket, a blank line, and what is new in its text. The
/// subject of a later mail repeats the first one and would accuse it again.
fn new_text<'m>(facts: &Facts<'m>) -> Cow<'m, str> {
    words(facts.message, facts.ticket.is_none())
}

/// The same, by whether the mail opens a ticket.
pub(super) fn words(message: &Message, is_first: bool) -> Cow<'_, str> {
    let reply = clipped(written(message, &message.reply));
    match is_first {
        false => reply,
        true => Cow::Owned(format!("{}\n\n{reply}", clipped(&message.subject))),
    }
}

/// What its author wrote of a text: what the desk says in place of words ("empty mail") is no word
/// of theirs.
fn written<'m>(message: &'m Message, text: &'m str) -> &'m str {
    let own = text.strip_prefix(message.notice.as_str());
    own.unwrap_or(text).trim_start()
}

fn texts<'m>(texts: impl IntoIterator<Item = &'m str>) -> Vec<Value<'m>> {
    texts
        .into_iter()
        .map(|text| Value::Text(clipped(text)))
        .collect()
}

fn addresses<'m>(addresses: impl IntoIterator<Item = &'m Address>) -> Vec<Value<'m>> {
    let both = |address: &'m Address| [address.address.as_str(), address.name.as_str()];
    texts(
        addresses
            .into_iter()
            .flat_map(both)
            .filter(|text| !text.is_empty()),
    )
}

fn numbers<'m>(numbers: impl IntoIterator<Item = u64>) -> Vec<Value<'m>> {
    // a double holds every count and size up to 2^53 exactly
    numbers
        .into_iter()
        .map(|number| Value::Number(number as f64))
        .collect()
}

fn clipped(text: &str) -> Cow<'_, str> {
    let end = text.floor_char_boundary(LONGEST_TEXT);
    Cow::Borrowed(text.get(..end).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        message::{Attachment, Message},
        ticket::TicketFacts,
        triage::{Given, Past},
    };

    #[test]
    fn a_mail_and_a_rating_with_everything_fill_every_field_that_is_theirs() {
        let address = Address::new("Name", "name@shop.example");
        let message = Message {
            subject: "subject".to_owned(),
            to: vec![address.clone()],
            cc: vec![address.clone()],
            from: address,
            attachments: vec![Attachment {
                name: "a.csv".to_owned(),
                media_type: "text/csv".to_owned(),
                size: 1,
                inline: false,
                sha256: String::new(),
            }],
            language: Some(Language::Uk),
            headers: ["NAME", "X-Spam-Flag", "X-Face"]
                .map(|name| (name.to_owned(), "yes".to_owned()))
                .to_vec(),
            ..Message::default()
        };
        let ticket = TicketFacts {
            tags: vec!["tag".to_owned()],
            ..TicketFacts::default()
        };
        let past = Past {
            tags: ticket.tags.clone(),
            ..Past::default()
        };
        let facts = Facts {
            ticket: Some(&ticket),
            past: &past,
            ..Facts::of_mail(&message, Kind::Customer, "support")
        };
        let rated = Facts {
            rating: Some(Given {
                score: 5,
                comment: "comment",
            }),
            ..facts
        };
        for name in Field::names() {
            let field = Field::from_name(name).unwrap();
            let (values, of_rating) = (field.values(&facts), field.values(&rated));
            assert_eq!(field.is_of_mail(), !values.is_empty(), "{name}");
            assert_eq!(field.is_of_rating(), !of_rating.is_empty(), "{name}");
            let values: Vec<Value<'_>> = match values.is_empty() {
                true => of_rating,
                false => values,
            };
            if field.is_single() {
                assert!(values.len() <= 1, "{name}");
            }
            for value in values {
                match (value, field.words(), field.range()) {
                    (Value::Text(word), Some(words), _) => {
                        assert!(words.contains(&&*word), "{name}: {word}");
                    }
                    (Value::Number(number), _, range) => {
                        let (low, high) = range.unwrap();
                        assert!((low..=high).contains(&number), "{name}: {number}");
                    }
                    _ => {}
                }
            }
        }
    }
}
