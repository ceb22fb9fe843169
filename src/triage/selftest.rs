//! The `[[test]]` cases that rule files carry for themselves.

use super::{
    Facts, Past, Triage, comment_as_mail,
    rules::{Event, Ruleset},
};
use crate::{
    address::Address,
    language::Language,
    message::{Attachment, Message},
    ticket::{Priority, Status, TicketFacts},
    toml_reader::{Table, hint},
};

/// A mail or a rating, and what the rules should say of it.
#[derive(Debug)]
pub(super) struct TestCase {
    file: String,
    line: usize,
    event: Event,
    mailbox: String,
    past: Past,
    ticket: TicketFacts,
    /// Of a rating.
    score: u8,
    /// The mail, or the comment of a rating.
    message: Message,
    rules: Vec<String>,
    not_rules: Vec<String>,
    tags: Vec<String>,
    values: Vec<(&'static str, String)>,
}

/// How a test case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestOutcome {
    /// The file, as the user named it.
    pub file: String,
    /// The line of its `[[test]]`.
    pub line: usize,
    /// The beginning of its text.
    pub text: String,
    /// Whether the rules said what was expected.
    pub passed: bool,
    /// What was expected, in words.
    pub expected: String,
    /// What the rules said, in words.
    pub found: String,
}

/// Reads a `[[test]]`. `rules` are the ids of all rules of all files.
pub(super) fn read(file: &str, table: &Table<'_, '_>, rules: &[&str]) -> TestCase {
    let text = table.string("text", "");
    let event = table.choice("on", &Event::WORDS, Event::Message);
    let from = table.string("from", "customer@shop.example");
    let languages = Language::ALL.map(|language| (language.code(), language));
    let attachment = |name: String| Attachment {
        name,
        media_type: "application/octet-stream".to_owned(),
        size: 1,
        inline: false,
        sha256: String::new(),
    };
    let from = Address::parse(&from).unwrap_or_default();
    let language = table.optional_choice("language", &languages);
    let (score, comment) = rating(table, event);
    let mail = Message {
        subject: table.string("subject", ""),
        from: from.clone(),
        language,
        attachments: table
            .strings("attachments")
            .into_iter()
            .map(attachment)
            .collect(),
        size: text.len() as u64,
        reply: text.clone(),
        text,
        ..Message::default()
    };
    let message = match event {
        Event::Rating => comment_as_mail(&comment, &from, language),
        Event::Message | Event::Reply => mail,
    };
    let mailbox = table.string("mailbox", "support");
    let past = Past {
        tags: table.strings("customer_tags"),
        ..Past::default()
    };
    let ticket = table.table("ticket", |ticket| TicketFacts {
        number: 1,
        status: ticket.choice("status", &Status::WORDS, Status::Open),
        priority: ticket.choice("priority", &Priority::WORDS, Priority::Normal),
        category: ticket.string("category", ""),
        tags: ticket.strings("tags"),
    });
    if ticket.is_some() && event == Event::Message {
        let problem = "a mail that opens a ticket has none yet: write on = \"reply\"";
        table.fault("ticket", problem);
    }
    let mut case = TestCase {
        file: file.to_owned(),
        line: table.line(),
        event,
        mailbox,
        past,
        ticket: ticket.unwrap_or_default(),
        score,
        message,
        rules: Vec::new(),
        not_rules: Vec::new(),
        tags: Vec::new(),
        values: Vec::new(),
    };
    if table.get("expect").is_none() {
        let problem = "is required: write for example expect = { priority = \"high\" }";
        table.fault("expect", problem);
    }
    table.table("expect", |expect| expectations(&mut case, expect, rules));
    case
}

/// The score and the comment of a test of ratings; a fault where they are missing or of no use.
fn rating(table: &Table<'_, '_>, event: Event) -> (u8, String) {
    let score = table.integer("score", 1, 1..=5);
    let comment = table.string("comment", "");
    let is_rating = event == Event::Rating;
    for key in ["score", "comment"] {
        if !is_rating && table.get(key).is_some() {
            table.fault(key, "only a rating has one: write on = \"rating\"");
        }
    }
    if is_rating && table.get("score").is_none() {
        table.fault("score", "is required: write for example score = 1");
    }
    for key in ["text", "subject", "attachments"] {
        if is_rating && table.get(key).is_some() {
            table.fault(key, "a rating has none: write score and comment");
        }
    }
    (u8::try_from(score).unwrap_or(1), comment)
}

fn expectations(case: &mut TestCase, expect: &Table<'_, '_>, rules: &[&str]) {
    let known = |key: &str| {
        let ids = expect.strings(key);
        for id in &ids {
            if !rules.contains(&id.as_str()) {
                let hint = hint(id, rules);
                expect.fault(key, format!("there is no rule \"{id}\"{hint}"));
            }
        }
        ids
    };
    case.rules = known("rule");
    case.not_rules = known("not_rule");
    case.tags = expect.strings("tags");
    let priority = expect.optional_choice("priority", &Priority::WORDS);
    let status = expect.optional_choice("status", &Status::WORDS);
    let mut want = |key, value: Option<String>| case.values.extend(value.map(|v| (key, v)));
    want("priority", priority.map(|value| value.word().to_owned()));
    want("status", status.map(|value| value.word().to_owned()));
    for key in ["category", "group", "assign", "reply"] {
        want(key, expect.optional_string(key));
    }
    for key in ["no_acknowledge", "ignore", "quarantine"] {
        let flag = expect.get(key).map(|_| expect.boolean(key, false));
        want(key, flag.map(|flag| flag.to_string()));
    }
}

/// Runs a test case.
pub(super) fn run(rules: &Ruleset, case: &TestCase) -> TestOutcome {
    let (message, mailbox, ticket) = (&case.message, &case.mailbox, &case.ticket);
    let of_rating = Facts {
        past: &case.past,
        ..Facts::of_rating(case.score, message, mailbox, ticket)
    };
    let facts = match case.event {
        Event::Rating => of_rating,
        Event::Reply => Facts {
            rating: None,
            ..of_rating
        },
        Event::Message => Facts {
            rating: None,
            ticket: None,
            ..of_rating
        },
    };
    let triage = rules.evaluate(&facts, case.event);
    let matched = |id: &String| triage.matched.iter().any(|matched| matched.rule == *id);
    let passed = case.rules.iter().all(matched)
        && !case.not_rules.iter().any(matched)
        && case.tags.iter().all(|tag| triage.tags.contains(tag))
        && case
            .values
            .iter()
            .all(|(key, value)| said(&triage, key) == *value);
    let words = match case.message.text.is_empty() {
        true => &case.message.subject,
        false => &case.message.text,
    };
    let text = match case.event {
        Event::Rating if words.is_empty() => format!("score {}", case.score),
        Event::Rating => format!("score {}: {words}", case.score),
        Event::Message | Event::Reply => words.clone(),
    };
    TestOutcome {
        file: case.file.clone(),
        line: case.line,
        text: text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .take(80)
            .collect(),
        passed,
        expected: expected(case),
        found: found(&triage, case),
    }
}

fn expected(case: &TestCase) -> String {
    let mut words = Vec::new();
    words.extend(case.rules.iter().map(|id| format!("rule {id}")));
    words.extend(case.not_rules.iter().map(|id| format!("not rule {id}")));
    words.extend(
        case.values
            .iter()
            .map(|(key, value)| format!("{key} {}", shown(value))),
    );
    words.extend(case.tags.iter().map(|tag| format!("tag {tag}")));
    words.join(", ")
}

fn found(triage: &Triage, case: &TestCase) -> String {
    let rules: Vec<&str> = triage.matched.iter().map(|m| m.rule.as_str()).collect();
    let mut words = vec![match rules.is_empty() {
        true => "no rule".to_owned(),
        false => format!("rules {}", rules.join(", ")),
    }];
    let said = case
        .values
        .iter()
        .map(|(key, _)| format!("{key} {}", shown(&said(triage, key))));
    words.extend(said);
    if !case.tags.is_empty() {
        words.push(format!("tags {}", shown(&triage.tags.join(", "))));
    }
    words.join("; ")
}

fn shown(value: &str) -> &str {
    if value.is_empty() { "none" } else { value }
}

/// What a triage says under a key of `expect`; a new ticket is normal and open.
fn said(triage: &Triage, key: &str) -> String {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    match key {
        "priority" => triage.priority.unwrap_or_default().word().to_owned(),
        "status" => triage.status.unwrap_or_default().word().to_owned(),
        "category" => text(&triage.category),
        "group" => text(&triage.group),
        "assign" => text(&triage.assign),
        "reply" => text(&triage.reply),
        "no_acknowledge" => triage.no_acknowledge.to_string(),
        "ignore" => triage.ignore.to_string(),
        _ => triage.quarantine.to_string(),
    }
}
