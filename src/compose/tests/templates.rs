use std::{fs, path::Path};

use crate::{
    address::Address,
    compose::{ComposeError, Composer, Desk, Stamp, Templates, Thread},
    language::Language,
    token::Signer,
};

fn put(directory: &Path, name: &str, text: &str) {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// The faults of a directory, with its own path cut off.
fn faults(directory: &Path) -> Vec<String> {
    let Err(faults) = Templates::load(Some(directory)) else {
        return Vec::new();
    };
    let prefix = format!("{}/", directory.display());
    let shown = faults.iter().map(ToString::to_string);
    shown.map(|fault| fault.replace(&prefix, "")).collect()
}

fn composer(templates: Templates, language: Language) -> Composer {
    let desk = Desk {
        name: "Acme".to_owned(),
        address: Address::new("", "support@example.com"),
        delimiter: "+".to_owned(),
        public_url: String::new(),
        language,
    };
    Composer::new(desk, Signer::new(b"0123456789abcdef"), templates)
}

fn thread(language: Language) -> Thread<'static> {
    Thread {
        ticket: 7,
        subject: "x",
        language,
        in_reply_to: None,
        references: &[],
    }
}

fn stamp() -> Stamp {
    Stamp {
        at: jiff::Timestamp::UNIX_EPOCH,
        unique: "abc".to_owned(),
    }
}

fn bodies(bytes: &[u8]) -> (String, String) {
    let parsed = mail_parser::MessageParser::new().parse(bytes).unwrap();
    let text = parsed.body_text(0).unwrap().into_owned();
    (text, parsed.body_html(0).unwrap().into_owned())
}

#[test]
fn a_directory_overrides_file_by_file_and_word_by_word() {
    let dir = tempfile::tempdir().unwrap();
    put(
        dir.path(),
        "en/acknowledgement.txt",
        "Got it: {{ ticket }} <{{ desk.name }}>\n",
    );
    put(
        dir.path(),
        "ru/acknowledgement.html",
        "<b>{{ desk.name }}</b>\n",
    );
    put(dir.path(), "uk/strings.toml", "score_5 = \"Супер\"\n");
    put(dir.path(), ".hidden", "x");
    let templates = Templates::load(Some(dir.path())).unwrap();
    let composer = composer(templates, Language::En);
    let to = Address::new("", "a@customer.example");
    let acknowledge = |language| {
        let mail = composer.acknowledgement(&thread(language), &to, &stamp());
        bodies(&mail.unwrap().bytes)
    };
    let (text, html) = acknowledge(Language::En);
    assert_eq!(text.trim_end(), "Got it: 7 <Acme>");
    assert!(html.contains("Got it: 7 &lt;Acme&gt;"), "{html}");
    let (text, html) = acknowledge(Language::Ru);
    assert!(text.starts_with("Здравствуйте!"));
    assert_eq!(html.trim_end(), "<b>Acme</b>");
    let survey = composer
        .survey(&thread(Language::Uk), &to, 1, "", &stamp())
        .unwrap();
    let (text, _) = bodies(&survey.bytes);
    assert!(
        text.contains("5 - Супер") && text.contains("4 - Добре"),
        "{text}"
    );
}

#[test]
fn a_rules_reply_comes_in_the_customers_language_else_the_desks() {
    let dir = tempfile::tempdir().unwrap();
    put(
        dir.path(),
        "ru/replies/holiday.txt",
        "Мы отдыхаем, #{{ ticket }}\n",
    );
    put(
        dir.path(),
        "uk/replies/holiday.txt",
        "Ми відпочиваємо, #{{ ticket }}\n",
    );
    let templates = Templates::load(Some(dir.path())).unwrap();
    assert!(templates.has_reply("holiday") && !templates.has_reply("acknowledgement"));
    let composer = composer(templates, Language::Ru);
    let to = Address::new("", "a@customer.example");
    let reply = |language, name| composer.templated(&thread(language), name, &to, &stamp());
    let mail = reply(Language::Uk, "holiday").unwrap();
    assert_eq!(bodies(&mail.bytes).0.trim_end(), "Ми відпочиваємо, #7");
    assert_eq!(mail.envelope_from, "");
    let mail = reply(Language::En, "holiday").unwrap();
    assert_eq!(bodies(&mail.bytes).0.trim_end(), "Мы отдыхаем, #7");
    let error = reply(Language::En, "holyday").unwrap_err();
    assert!(matches!(&error, ComposeError::UnknownTemplate(name) if name == "holyday"));
}

#[test]
fn each_mistake_is_told_with_its_file_line_and_remedy() {
    let shown = |name: &str, text: &str| {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), name, text);
        faults(dir.path())
    };
    assert_eq!(
        shown("en/acknowledgment.txt", "x"),
        [
            "en/acknowledgment.txt: no template has this name: did you mean \
          \"en/acknowledgement.txt\"?; replies of rules stand in LANGUAGE/replies/NAME.txt"
        ]
    );
    assert_eq!(
        shown("de/reply.txt", "x").len(),
        1,
        "a language that the desk does not write in"
    );
    assert_eq!(
        shown("en/reply.txt", "{{ text }}\n{% if agent %}\n"),
        ["en/reply.txt:2: syntax error: unexpected end of input, expected end of block"]
    );
    assert_eq!(
        shown(
            "ru/reply.txt",
            "{{ text }}\n\n{% if false %}{{ agnet }}{% endif %}\n"
        ),
        [
            "ru/reply.txt:3: agnet: unknown variable: did you mean \"agent\"?; known here: \"agent\", \
          \"desk\", \"desk.address\", \"desk.name\", \"language\", \"subject\", \"text\", \"ticket\""
        ]
    );
    assert_eq!(
        shown("uk/replies/a.txt", "\n{{ desk.name | shout }}"),
        ["uk/replies/a.txt:2: unknown filter: filter shout is unknown"]
    );
    assert_eq!(
        shown("en/strings.toml", "score_6 = \"Wow\""),
        ["en/strings.toml:1: score_6 = \"Wow\": unknown key: did you mean \"score_1\"?"]
    );
    assert!(shown("en/survey.txt", "{{ t.survey_qestion }}")[0].contains("\"t.survey_question\""),);
    let missing = faults(Path::new("/nonexistent/templates"));
    assert_eq!(missing.len(), 1);
    assert!(
        missing[0].contains("cannot list the templates"),
        "{missing:?}"
    );
}

#[test]
fn the_three_languages_have_the_same_words() {
    let keys = |text: &str| {
        let lines = text.lines().filter_map(|line| line.split_once(" = "));
        lines.map(|(key, _)| key.to_owned()).collect::<Vec<_>>()
    };
    let english = keys(include_str!("../../../templates/en/strings.toml"));
    assert!(english.len() > 15);
    assert_eq!(
        keys(include_str!("../../../templates/ru/strings.toml")),
        english
    );
    assert_eq!(
        keys(include_str!("../../../templates/uk/strings.toml")),
        english
    );
}
