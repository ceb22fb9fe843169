//! The templates of mails and pages: built in, overridden file by file from a directory, and
//! tried out on sample data when they are loaded, so that a mistake shows at start and not in a
//! customer's mail.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use minijinja::{
    AutoEscape, Environment, Error, UndefinedBehavior, Value, context, syntax::SyntaxConfig,
};

use super::{html, sample, strings::Strings};
use crate::{language::Language, toml_reader::Fault};

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../templates/", $name)))),*]
    };
}

/// The shipped files by name.
const BUILT_IN: &[(&str, &str)] = built_in![
    "mail.html",
    "survey.html",
    "nps.html",
    "reminder.html",
    "pages/layout.html",
    "pages/form.html",
    "pages/survey.html",
    "pages/thanks.html",
    "pages/gone.html",
    "pages/nps_form.html",
    "pages/nps.html",
    "pages/nps_thanks.html",
    "pages/nps_stop.html",
    "pages/nps_stopped.html",
    "pages/refused.html",
    "pages/report.html",
    "pages/own_report.html",
    "en/acknowledgement.txt",
    "en/reply.txt",
    "en/survey.txt",
    "en/nps.txt",
    "en/reminder.txt",
    "en/notification.txt",
    "en/strings.toml",
    "ru/acknowledgement.txt",
    "ru/reply.txt",
    "ru/survey.txt",
    "ru/nps.txt",
    "ru/reminder.txt",
    "ru/notification.txt",
    "ru/strings.toml",
    "uk/acknowledgement.txt",
    "uk/reply.txt",
    "uk/survey.txt",
    "uk/nps.txt",
    "uk/reminder.txt",
    "uk/notification.txt",
    "uk/strings.toml",
];

/// The mails with an HTML part of their own in a directory, if an admin wants one.
const MAILS: [&str; 6] = [
    "acknowledgement",
    "reply",
    "survey",
    "reminder",
    "nps",
    "notification",
];

/// All templates of a desk, ready to render. Cheap to clone.
#[derive(Clone)]
pub struct Templates {
    environment: Arc<Environment<'static>>,
    strings: Arc<BTreeMap<&'static str, Strings>>,
}

/// A text and an HTML body of one mail.
pub(super) struct Bodies {
    pub text: String,
    pub html: String,
}

impl Templates {
    /// The shipped templates, with the files of `directory` in place of those of the same name.
    ///
    /// A directory may hold any of the shipped names, `LANGUAGE/MAIL.html` for an HTML part of its
    /// own, and `LANGUAGE/replies/NAME.txt` for the `reply = "NAME"` of rules. Names that start
    /// with a dot are passed over.
    ///
    /// # Errors
    /// All faults at once: unknown files, syntax, unknown variables, what fails on sample data.
    pub fn load(directory: Option<&Path>) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut sources: BTreeMap<String, Source> = BUILT_IN
            .iter()
            .map(|(name, text)| ((*name).to_owned(), Source::new(*name, *text)))
            .collect();
        let mut own = BTreeMap::new();
        if let Some(directory) = directory {
            own = super::template_files::read(directory, &is_known, &known_names(), &mut faults);
        }
        let strings = load_strings(&mut sources, &mut own, &mut faults);
        sources.extend(own);

        let mut environment = new_environment();
        for (name, source) in &sources {
            let added = environment.add_template_owned(name.clone(), source.text.clone());
            if let Err(error) = added {
                faults.push(source.fault(&error));
            }
        }
        let templates = Self {
            environment: Arc::new(environment),
            strings: Arc::new(strings),
        };
        if faults.is_empty() {
            for (name, source) in &sources {
                templates.try_out(name, source, &mut faults);
            }
        }
        if faults.is_empty() {
            Ok(templates)
        } else {
            Err(faults)
        }
    }

    /// Whether a rule may say `reply = "name"`: there is such a template in some language.
    pub fn has_reply(&self, name: &str) -> bool {
        Language::ALL
            .into_iter()
            .any(|language| self.has(&reply_name(language, name)))
    }

    /// The bodies of one of the mails.
    pub(super) fn mail(
        &self,
        language: Language,
        mail: &str,
        facts: Value,
    ) -> Result<Bodies, Error> {
        let facts = self.with_words(language, facts);
        let text = self.render(&format!("{}/{mail}.txt", language.code()), facts.clone())?;
        let own = format!("{}/{mail}.html", language.code());
        let shared = format!("{mail}.html");
        let html = [own, shared].into_iter().find(|name| self.has(name));
        let html = match html {
            Some(name) => self.render(&name, facts)?,
            None => self.in_shell(&text, facts)?,
        };
        Ok(Bodies { text, html })
    }

    /// The bodies of a rule's reply: in this language, else the desk's, else any; `None` when
    /// there is no template of that name.
    pub(super) fn reply(
        &self,
        languages: [Language; 2],
        name: &str,
        facts: Value,
    ) -> Option<Result<Bodies, Error>> {
        let language = languages
            .into_iter()
            .chain(Language::ALL)
            .find(|language| self.has(&reply_name(*language, name)))?;
        let facts = self.with_words(language, facts);
        let text = self.render(&reply_name(language, name), facts.clone());
        Some(text.and_then(|text| {
            let html = self.in_shell(&text, facts)?;
            Ok(Bodies { text, html })
        }))
    }

    pub(super) fn render_page(
        &self,
        language: Language,
        name: &str,
        facts: Value,
    ) -> Result<String, Error> {
        self.render(name, self.with_words(language, facts))
    }

    pub(super) fn strings(&self, language: Language) -> Strings {
        self.strings
            .get(language.code())
            .cloned()
            .unwrap_or_default()
    }

    /// The text as paragraphs inside `mail.html`.
    fn in_shell(&self, text: &str, facts: Value) -> Result<String, Error> {
        let body = Value::from_safe_string(html::from_text(text));
        self.render("mail.html", context! { body, ..facts })
    }

    fn with_words(&self, language: Language, facts: Value) -> Value {
        let t = self.strings(language).value();
        context! { t, language => language.code(), ..facts }
    }

    fn has(&self, name: &str) -> bool {
        self.environment.get_template(name).is_ok()
    }

    fn render(&self, name: &str, facts: Value) -> Result<String, Error> {
        let text = self.environment.get_template(name)?.render(facts)?;
        Ok(format!("{}\n", text.trim_end()))
    }

    /// Renders one template with each of its samples; names every unknown variable, also in
    /// branches that no sample takes.
    fn try_out(&self, name: &str, source: &Source, faults: &mut Vec<Fault>) {
        let Ok(template) = self.environment.get_template(name) else {
            return;
        };
        let known = sample::variables(name, &self.strings(Language::En));
        let before = faults.len();
        let mut unknown: Vec<String> = template
            .undeclared_variables(true)
            .into_iter()
            .filter(|variable| !known.contains(variable))
            .collect();
        unknown.sort();
        faults.extend(
            unknown
                .iter()
                .map(|variable| source.unknown(variable, &known)),
        );
        if faults.len() > before {
            return;
        }
        let language = name
            .split_once('/')
            .and_then(|(code, _)| Language::from_code(code))
            .unwrap_or_default();
        for facts in sample::facts(name) {
            let facts = self.with_words(language, facts);
            if let Err(error) = template.render(facts) {
                faults.push(source.fault(&error));
                return;
            }
        }
    }
}

/// A template's text and the name to show in faults.
pub(super) struct Source {
    file: String,
    text: String,
}

impl Source {
    pub(super) fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            text: text.into(),
        }
    }

    fn fault(&self, error: &Error) -> Fault {
        let detail = error.detail().map(|detail| format!(": {detail}"));
        Fault {
            file: self.file.clone(),
            line: error.line().unwrap_or(0),
            key: String::new(),
            value: String::new(),
            problem: format!("{}{}", error.kind(), detail.unwrap_or_default()),
        }
    }

    fn unknown(&self, variable: &str, known: &[String]) -> Fault {
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        let hint = crate::toml_reader::hint(variable, &names);
        let words = known
            .iter()
            .filter(|name| !name.starts_with("t.") && *name != "t");
        let words: Vec<String> = words.map(|name| format!("\"{name}\"")).collect();
        let at = self.text.lines().position(|line| line.contains(variable));
        Fault {
            file: self.file.clone(),
            line: at.map_or(0, |index| index + 1),
            key: variable.to_owned(),
            value: String::new(),
            problem: format!("unknown variable{hint}; known here: {}", words.join(", ")),
        }
    }
}

fn new_environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    if let Ok(syntax) = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()
    {
        environment.set_syntax(syntax);
    }
    environment.set_auto_escape_callback(|name| match name.ends_with(".html") {
        true => AutoEscape::Html,
        false => AutoEscape::None,
    });
    environment.set_formatter(|out, state, value| {
        let is_html = matches!(state.auto_escape(), AutoEscape::Html) && !value.is_safe();
        let text = value.to_string();
        Ok(out.write_str(&if is_html { html::escape(&text) } else { text })?)
    });
    environment
}

/// Takes the `strings.toml` out of the sources: they are no templates.
fn load_strings(
    sources: &mut BTreeMap<String, Source>,
    own: &mut BTreeMap<String, Source>,
    faults: &mut Vec<Fault>,
) -> BTreeMap<&'static str, Strings> {
    let mut all = BTreeMap::new();
    for language in Language::ALL {
        let name = format!("{}/strings.toml", language.code());
        let shipped = sources.remove(&name).map(|source| source.text);
        let (mut strings, found) = Strings::built_in(&shipped.unwrap_or_default());
        faults.extend(found);
        if let Some(source) = own.remove(&name) {
            let (changed, found) = strings.overridden(&source.file, &source.text);
            faults.extend(found);
            strings = changed;
        }
        all.insert(language.code(), strings);
    }
    all
}

fn reply_name(language: Language, name: &str) -> String {
    format!("{}/replies/{name}.txt", language.code())
}

fn is_known(name: &str) -> bool {
    let is_reply = name.ends_with(".txt")
        && Language::ALL.into_iter().any(|language| {
            name.strip_prefix(language.code())
                .is_some_and(|rest| rest.starts_with("/replies/"))
        });
    is_reply || known_names().iter().any(|known| known == name)
}

fn known_names() -> Vec<String> {
    let own_html = Language::ALL
        .into_iter()
        .flat_map(|language| MAILS.map(|mail| format!("{}/{mail}.html", language.code())));
    let shipped = BUILT_IN.iter().map(|(name, _)| (*name).to_owned());
    shipped.chain(own_html).collect()
}
