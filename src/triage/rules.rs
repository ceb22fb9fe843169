//! A rule set: what it says of a mail, and why.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Because, Facts, Matched, Triage,
    condition::{self, Condition, Reading, Trail},
    fields::{self, Field},
    hints::Hints,
    load,
    pack::{BUILTIN, builtin_hints, open_hints},
    patterns::Patterns,
    phrases::Phrases,
    selftest::{self, TestCase, TestOutcome},
};
use crate::{
    message::Message,
    ticket::{Priority, Status},
    toml_reader::Fault,
};

/// What happened, and so which rules run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Event {
    /// A mail that opens a ticket.
    #[default]
    Message,
    /// A mail that joins a ticket.
    Reply,
    /// A customer rated a ticket.
    Rating,
}

impl Event {
    /// All of them with the words of `on`.
    pub const WORDS: [(&'static str, Event); 3] = [
        ("message", Event::Message),
        ("reply", Event::Reply),
        ("rating", Event::Rating),
    ];

    /// The word of rules.
    pub fn word(self) -> &'static str {
        match self {
            Event::Message => "message",
            Event::Reply => "reply",
            Event::Rating => "rating",
        }
    }
}

/// Rules that were read and found good. Immutable: share it in an `Arc`.
#[derive(Debug, Default)]
pub struct Ruleset {
    pub(super) rules: Vec<Rule>,
    pub(super) fields: Vec<Field>,
    pub(super) phrases: Phrases,
    pub(super) patterns: Patterns,
    pub(super) unused: Vec<UnusedTerm>,
    pub(super) tests: Vec<TestCase>,
    pub(super) hints: Arc<Hints>,
    /// Whether a condition asks them about what is new in a mail.
    pub(super) asks_hints: bool,
}

/// One rule.
#[derive(Debug)]
pub(super) struct Rule {
    pub id: String,
    pub description: String,
    pub file: String,
    pub line: usize,
    /// The state of the file that it was read from.
    pub version: String,
    pub on: Vec<Event>,
    pub when: Condition,
    pub then: Actions,
    pub stop: bool,
}

/// A word list that no rule asks for.
#[derive(Debug)]
pub(super) struct UnusedTerm {
    pub name: String,
    pub file: String,
    pub line: usize,
}

/// What a rule does.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Actions {
    pub priority: Option<Priority>,
    pub category: Option<String>,
    pub tags: Vec<String>,
    pub untags: Vec<String>,
    pub group: Option<String>,
    pub assign: Option<String>,
    pub status: Option<Status>,
    pub notify: Vec<String>,
    pub reply: Option<String>,
    pub no_acknowledge: Option<bool>,
    pub ignore: Option<bool>,
    pub quarantine: Option<bool>,
}

/// A rule for lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSummary {
    /// Its id.
    pub id: String,
    /// What it is for, in the author's words; may be empty.
    pub description: String,
    /// The file, as the user named it.
    pub file: String,
    /// The line of its `[[rule]]`.
    pub line: usize,
    /// When it runs: words of [`Event::WORDS`].
    pub on: Vec<&'static str>,
    /// The condition in words.
    pub when: String,
    /// The actions in words: `priority high, category import`.
    pub actions: String,
    /// Whether later rules do not run after it.
    pub stop: bool,
    /// The template that it answers with.
    pub reply: Option<String>,
    /// The agent that it hands a ticket to, `round_robin` or `least_busy`.
    pub assign: Option<String>,
    /// The agents, groups and addresses that it tells.
    pub notify: Vec<String>,
}

/// What one rule made of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The rule's id.
    pub rule: String,
    /// The file, as the user named it.
    pub file: String,
    /// The line of its `[[rule]]`.
    pub line: usize,
    /// Whether it acted.
    pub matched: bool,
    /// What its conditions found. Not empty without a match: a near miss.
    pub because: Vec<Because>,
    /// The conditions that did not hold, in words, with what was found instead.
    pub missed: Vec<String>,
}

impl Ruleset {
    /// Reads rule files, given as name and text in the order in which they run, with the shipped
    /// hints.
    ///
    /// # Errors
    /// All faults of all files, in order.
    pub fn load(files: &[(String, String)]) -> Result<Self, Vec<Fault>> {
        Self::load_with(files, builtin_hints()?)
    }

    /// Reads rule files with hints of one's own.
    ///
    /// # Errors
    /// All faults of all files, in order.
    pub fn load_with(files: &[(String, String)], hints: Arc<Hints>) -> Result<Self, Vec<Fault>> {
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        load::load(&files, hints)
    }

    /// The shipped rules and hints.
    ///
    /// # Errors
    /// Never in a build whose tests passed.
    pub fn builtin() -> Result<Self, Vec<Fault>> {
        load::load(BUILTIN, builtin_hints()?)
    }

    /// The shipped rules with hints of one's own.
    ///
    /// # Errors
    /// When the hints know nothing of what the rules ask for.
    pub fn builtin_with(hints: Arc<Hints>) -> Result<Self, Vec<Fault>> {
        load::load(BUILTIN, hints)
    }

    /// The rules of a directory, or the shipped ones, with the hints of a file where it is there.
    ///
    /// # Errors
    /// All faults; what cannot be read is a fault at line 0.
    pub fn open(directory: Option<&Path>, hints: &Path) -> Result<Self, Vec<Fault>> {
        let hints = open_hints(hints)?;
        match directory {
            Some(directory) => Self::read_directory_with(directory, hints),
            None => Self::builtin_with(hints),
        }
    }

    /// Reads the `*.toml` files of a directory in name order, with the shipped hints.
    ///
    /// # Errors
    /// All faults; what cannot be read is a fault at line 0.
    pub fn read_directory(directory: &Path) -> Result<Self, Vec<Fault>> {
        Self::read_directory_with(directory, builtin_hints()?)
    }

    /// Reads the `*.toml` files of a directory in name order, with hints of one's own.
    ///
    /// # Errors
    /// All faults; what cannot be read is a fault at line 0.
    pub fn read_directory_with(directory: &Path, hints: Arc<Hints>) -> Result<Self, Vec<Fault>> {
        let entries = fs::read_dir(directory).map_err(|error| vec![cannot(directory, &error)])?;
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry
                .map_err(|error| vec![cannot(directory, &error)])?
                .path();
            if path
                .extension()
                .is_some_and(|extension| extension == "toml")
            {
                paths.push(path);
            }
        }
        paths.sort();
        if paths.is_empty() {
            let why =
                "no *.toml file is there; write [rules] directory = \"\" for the shipped pack";
            return Err(vec![unreadable(directory, "no rules", why)]);
        }
        Self::read_files(&paths, hints)
    }

    /// Reads rule files in the order in which they run, with the hints of a file, or the shipped
    /// ones where that is not there.
    ///
    /// # Errors
    /// All faults; what cannot be read is a fault at line 0.
    pub fn open_files(paths: &[PathBuf], hints: &Path) -> Result<Self, Vec<Fault>> {
        Self::read_files(paths, open_hints(hints)?)
    }

    fn read_files(paths: &[PathBuf], hints: Arc<Hints>) -> Result<Self, Vec<Fault>> {
        let mut files = Vec::new();
        let mut faults = Vec::new();
        for path in paths {
            match fs::read_to_string(path) {
                Ok(text) => files.push((path.display().to_string(), text)),
                Err(error) => faults.push(cannot(path, &error)),
            }
        }
        match faults.is_empty() {
            true => Self::load_with(&files, hints),
            false => Err(faults),
        }
    }

    /// Does what is dear about judging a mail, before somebody waits for it. What the mail opens or
    /// joins is not known yet: that it answers something tells what is likely.
    pub fn look_ahead(&self, message: &Message) {
        if self.asks_hints {
            let is_first = message.in_reply_to.is_empty() && message.references.is_empty();
            let text = fields::words(message, is_first);
            self.hints.look_ahead(&condition::whole(&text, is_first));
        }
    }

    /// Whether a rule asks for the customer's picture.
    pub fn asks_for_pictures(&self) -> bool {
        let picture = Field::from_name("customer.has_avatar");
        self.fields
            .iter()
            .any(|field| Some(field) == picture.as_ref())
    }

    /// The categories whose customers of the last hour a rule asks for.
    pub fn counted_categories(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().filter_map(|field| match field {
            Field::Customers(category) => Some(category.as_str()),
            _ => None,
        })
    }

    /// What the rules say of a mail: top to bottom, a later rule overrides an earlier one, and
    /// none runs after one with `stop`.
    pub fn evaluate(&self, facts: &Facts<'_>, event: Event) -> Triage {
        self.evaluate_where(facts, event, |_| true)
    }

    /// The same, where only some rules act, told by their ids. One that matches and must not act
    /// still stops those after it.
    pub fn evaluate_where(
        &self,
        facts: &Facts<'_>,
        event: Event,
        acts: impl Fn(&str) -> bool,
    ) -> Triage {
        let reading = Reading::new(facts, self);
        let mut triage = Triage::default();
        for rule in self.rules.iter().filter(|rule| rule.on.contains(&event)) {
            let mut trail = Trail::default();
            if !rule.when.holds(&reading, &mut trail) {
                continue;
            }
            if acts(&rule.id) {
                rule.then.apply(&mut triage);
                triage.matched.push(Matched {
                    rule: rule.id.clone(),
                    file: rule.file.clone(),
                    line: rule.line,
                    version: rule.version.clone(),
                    then: rule.then.shown(),
                    because: trail.because,
                });
            }
            if rule.stop {
                break;
            }
        }
        triage
    }

    /// Whether any rule runs on an event.
    pub fn has_rules_on(&self, event: Event) -> bool {
        self.rules.iter().any(|rule| rule.on.contains(&event))
    }

    /// What each rule of an event made of a mail, in order: matches, near misses and the rest.
    pub fn explain(&self, facts: &Facts<'_>, event: Event) -> Vec<Explained> {
        let reading = Reading::new(facts, self);
        let mut stopped_by: Option<&str> = None;
        let mut explained = Vec::new();
        for rule in self.rules.iter().filter(|rule| rule.on.contains(&event)) {
            let mut trail = Trail {
                is_thorough: true,
                ..Trail::default()
            };
            let holds = rule.when.holds(&reading, &mut trail);
            let matched = holds && stopped_by.is_none();
            if holds && let Some(stopper) = stopped_by {
                trail.missed = vec![format!("not reached: rule \"{stopper}\" stops")];
            }
            if matched && rule.stop {
                stopped_by = Some(&rule.id);
            }
            explained.push(Explained {
                rule: rule.id.clone(),
                file: rule.file.clone(),
                line: rule.line,
                matched,
                because: trail.because,
                missed: trail.missed,
            });
        }
        explained
    }

    /// The rules in the order in which they run.
    pub fn rules(&self) -> impl Iterator<Item = RuleSummary> {
        self.rules.iter().map(|rule| RuleSummary {
            id: rule.id.clone(),
            description: rule.description.clone(),
            file: rule.file.clone(),
            line: rule.line,
            on: rule.on.iter().map(|event| event.word()).collect(),
            when: rule.when.shown(),
            actions: rule.then.shown(),
            stop: rule.stop,
            reply: rule.then.reply.clone(),
            assign: rule.then.assign.clone(),
            notify: rule.then.notify.clone(),
        })
    }

    /// Runs the rules' own `[[test]]` cases.
    pub fn run_tests(&self) -> Vec<TestOutcome> {
        self.tests
            .iter()
            .map(|case| selftest::run(self, case))
            .collect()
    }
}

fn cannot(path: &Path, error: &std::io::Error) -> Fault {
    unreadable(path, "cannot read rules from it", &error.to_string())
}

fn unreadable(path: &Path, doing: &str, why: &str) -> Fault {
    Fault {
        file: path.display().to_string(),
        line: 0,
        key: String::new(),
        value: String::new(),
        problem: format!("{doing}: {why}"),
    }
}

impl Actions {
    fn apply(&self, triage: &mut Triage) {
        fn set<T: Clone>(target: &mut Option<T>, value: &Option<T>) {
            if value.is_some() {
                target.clone_from(value);
            }
        }
        set(&mut triage.priority, &self.priority);
        set(&mut triage.category, &self.category);
        set(&mut triage.group, &self.group);
        set(&mut triage.assign, &self.assign);
        set(&mut triage.status, &self.status);
        set(&mut triage.reply, &self.reply);
        triage.no_acknowledge = self.no_acknowledge.unwrap_or(triage.no_acknowledge);
        triage.ignore = self.ignore.unwrap_or(triage.ignore);
        triage.quarantine = self.quarantine.unwrap_or(triage.quarantine);
        triage.untags.retain(|tag| !self.tags.contains(tag));
        triage.tags.retain(|tag| !self.untags.contains(tag));
        add(&mut triage.tags, &self.tags);
        add(&mut triage.untags, &self.untags);
        add(&mut triage.notify, &self.notify);
    }

    fn shown(&self) -> String {
        let mut words = Vec::new();
        let mut say = |name: &str, value: Option<&str>| {
            words.extend(value.map(|value| format!("{name} {value}")));
        };
        let list = |values: &[String]| (!values.is_empty()).then(|| values.join(", "));
        say("priority", self.priority.map(Priority::word));
        say("category", self.category.as_deref());
        say("tags", list(&self.tags).as_deref());
        say("untags", list(&self.untags).as_deref());
        say("group", self.group.as_deref());
        say("assign", self.assign.as_deref());
        say("status", self.status.map(Status::word));
        say("notify", list(&self.notify).as_deref());
        say("reply", self.reply.as_deref());
        for (name, flag) in [
            ("no_acknowledge", self.no_acknowledge),
            ("ignore", self.ignore),
            ("quarantine", self.quarantine),
        ] {
            say(name, flag.map(|flag| if flag { "yes" } else { "no" }));
        }
        words.join("; ")
    }
}

fn add(target: &mut Vec<String>, values: &[String]) {
    for value in values {
        if !target.contains(value) {
            target.push(value.clone());
        }
    }
}
