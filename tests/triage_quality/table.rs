//! A set of labelled messages that the pack has never seen, and how a rule set does on it.
#![allow(dead_code)]

use std::fmt::Write as _;

use maildesk::{
    message::{Kind, Message, reply_text},
    ticket::Priority,
    triage::{Event, Facts, Ruleset},
};
use serde::Deserialize;

/// A message and what people say of it.
#[derive(Clone, Debug, Deserialize)]
pub struct Labelled {
    pub lang: String,
    pub subject: String,
    pub text: String,
    /// Searching, pricing, importing or exporting fails.
    pub high: bool,
    /// Which of them; empty when none.
    pub category: String,
    /// What it is: `failure`, `howto`, `thanks`...
    pub about: String,
}

/// Held-out sets by different writers: nothing was learned from them, and no rule was written after
/// them.
pub fn held_out() -> [(&'static str, Vec<Labelled>); 4] {
    let read = |text: &str| {
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    [
        (
            "first set",
            read(include_str!("../triage_corpus/held_out_1.jsonl")),
        ),
        (
            "second set",
            read(include_str!("../triage_corpus/held_out_2.jsonl")),
        ),
        (
            "third set",
            read(include_str!("../triage_corpus/held_out_3.jsonl")),
        ),
        (
            "fourth set",
            read(include_str!("../triage_corpus/held_out_4.jsonl")),
        ),
    ]
}

pub fn shipped() -> Ruleset {
    Ruleset::builtin().unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// What a classic help desk does: a word of the thing and a word of failure, anywhere.
pub fn naive() -> Ruleset {
    let things = [
        (
            "search",
            r#""поиск", "ищет", "фильтр", "найти", "пошук", "шукає", "знайти", "search", "filter", "find""#,
        ),
        (
            "pricing",
            r#""цена", "наценка", "прайсинг", "ціна", "націнка", "price", "pricing", "markup""#,
        ),
        (
            "import",
            r#""импорт", "загрузка", "прайс", "поставщик", "імпорт", "завантаження", "постачальник", "import", "upload", "supplier""#,
        ),
        (
            "export",
            r#""экспорт", "выгрузка", "фид", "маркетплейс", "експорт", "вивантаження", "фід", "export", "feed", "marketplace""#,
        ),
    ];
    let mut text = String::from(
        "[terms]\nfailure = [\"не работает\", \"ошибка\", \"завис*\", \"проблема\", \"сломал*\", \
         \"не могу\", \"не обновля*\", \"не груз*\", \"не загруж*\", \"пропал*\", \"не працює\", \
         \"помилка\", \"проблеми\", \"зник*\", \"не можу\", \"не оновлю*\", \"not working\", \
         \"doesn't work\", \"error\", \"fails\", \"failed\", \"broken\", \"stuck\", \"problem\", \
         \"missing\", \"can't\", \"wrong\"]\n",
    );
    for (category, words) in things {
        let _ = write!(
            text,
            "[[rule]]\nid = \"{category}\"\nwhen = {{ all = [{{ contains = [{words}] }}, \
             {{ contains = \"@failure\" }}] }}\nthen = {{ priority = \"high\", category = \"{category}\" }}\n"
        );
    }
    Ruleset::load(&[("naive.toml".to_owned(), text)]).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// A mail as it comes to triage: quotes are cut off when it is read.
pub fn mail(subject: &str, text: &str) -> Message {
    Message {
        subject: subject.to_owned(),
        reply: reply_text::split(text, false).reply,
        text: text.to_owned(),
        ..Message::default()
    }
}

pub fn facts(message: &Message) -> Facts<'_> {
    Facts::of_mail(message, Kind::Customer, "support")
}

/// Counts of one part of a set.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub messages: usize,
    pub high: usize,
    pub right_high: usize,
    pub false_high: usize,
    /// Of all messages, those whose category (empty for none) is right.
    pub right_category: usize,
}

impl Counts {
    pub fn precision(&self) -> f64 {
        self.right_high as f64 / (self.right_high + self.false_high).max(1) as f64
    }

    pub fn recall(&self) -> f64 {
        self.right_high as f64 / self.high.max(1) as f64
    }

    pub fn category(&self) -> f64 {
        self.right_category as f64 / self.messages.max(1) as f64
    }

    fn f1(&self) -> f64 {
        let (precision, recall) = (self.precision(), self.recall());
        2.0 * precision * recall / (precision + recall).max(f64::MIN_POSITIVE)
    }
}

pub fn count<'m>(messages: impl Iterator<Item = &'m Labelled>, rules: &Ruleset) -> Counts {
    let mut counts = Counts::default();
    for message in messages {
        let mail = mail(&message.subject, &message.text);
        let triage = rules.evaluate(&facts(&mail), Event::Message);
        let is_high = triage
            .priority
            .is_some_and(|priority| priority >= Priority::High);
        let category = triage.category.unwrap_or_default();
        let category = if category == "outage" {
            String::new()
        } else {
            category
        };
        counts.messages += 1;
        counts.high += usize::from(message.high);
        counts.right_high += usize::from(message.high && is_high);
        counts.false_high += usize::from(!message.high && is_high);
        counts.right_category += usize::from(category == message.category);
    }
    counts
}

/// The table: by language, by category, and what the false alarms are about.
pub fn quality(name: &str, messages: &[Labelled], rules: &Ruleset) -> String {
    let mut page = format!("{name}: {} messages\n", messages.len());
    let mut row = |what: &str, counts: Counts| {
        let _ = writeln!(
            page,
            "  {what:<14} {:>4}  high {:>3}  precision {:.3}  recall {:.3}  F1 {:.3}  category {:.3}",
            counts.messages,
            counts.high,
            counts.precision(),
            counts.recall(),
            counts.f1(),
            counts.category(),
        );
    };
    row("all", count(messages.iter(), rules));
    for lang in ["ru", "uk", "en"] {
        row(
            lang,
            count(messages.iter().filter(|m| m.lang == lang), rules),
        );
    }
    for category in ["search", "pricing", "import", "export"] {
        row(
            category,
            count(messages.iter().filter(|m| m.category == category), rules),
        );
    }
    let mut kinds: Vec<&str> = messages
        .iter()
        .filter(|m| !m.high)
        .map(|m| m.about.as_str())
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    for about in kinds {
        let counts = count(
            messages.iter().filter(|m| !m.high && m.about == about),
            rules,
        );
        let _ = writeln!(
            page,
            "  {about:<14} {:>4}  false alarms {}",
            counts.messages, counts.false_high
        );
    }
    page
}
