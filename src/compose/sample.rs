//! Sample facts that every template is tried out with when it is loaded.

use minijinja::{Value, context};

use super::{
    conversation::Conversation,
    facts::{Common, Told},
    notification,
    nps_mail::Links,
    nps_pages::NpsFacts,
    own_report_page::OwnReportPage,
    pages::{Notice, SurveyPage},
    report_page::ReportPage,
    strings::Strings,
    survey_mail::Answer,
};

/// The facts that a template may meet: each kind of mail, full and as empty as it can be.
pub(super) fn facts(name: &str) -> Vec<Value> {
    let full = Common {
        desk_name: "Support",
        desk_address: "support@example.com",
        ticket: 123,
        subject: "Import <stops>",
    };
    let empty = Common {
        subject: "",
        ..full
    };
    let stem = name.rsplit('/').next().unwrap_or_default();
    let stem = stem.split('.').next().unwrap_or_default();
    if name.starts_with("pages/") {
        return pages(stem);
    }
    if name.contains("/replies/") {
        return vec![full.value(), empty.value()];
    }
    match stem {
        "reply" => vec![
            full.reply("Anna", "Hello,\n\nit works."),
            empty.reply("", ""),
        ],
        "survey" | "reminder" => {
            let url = "https://support.example.com/s/token?score=5".to_owned();
            let answer = Answer {
                score: 5,
                word: "Excellent".to_owned(),
                url,
            };
            vec![full.survey("Anna", &[answer]), empty.survey("", &[])]
        }
        "nps" => vec![full.nps(&Links::sample())],
        "notification" => {
            let conversation = Conversation::sample();
            let told = Told {
                what: "rated",
                who: "Olga <olga@example.com>",
                detail: "5",
                text: "It fails.",
                answerable: true,
                rated: Some(("agent", &conversation)),
            };
            let every = notification::WORDS.map(|what| Told { what, ..told });
            let silent = Told {
                what: "rated",
                who: "",
                detail: "",
                text: "",
                answerable: false,
                rated: None,
            };
            let every = every.iter().map(|told| full.notification(told));
            every.chain([empty.notification(&silent)]).collect()
        }
        "mail" => vec![context! { body => "<p>text</p>", ..full.value() }],
        _ => vec![full.value(), empty.value()],
    }
}

/// The names that a template may use, nested ones with dots.
pub(super) fn variables(name: &str, strings: &Strings) -> Vec<String> {
    let mut names: Vec<String> = ["language", "t"].map(str::to_owned).into();
    names.extend(strings.keys().map(|key| format!("t.{key}")));
    for facts in facts(name) {
        for key in facts.try_iter().into_iter().flatten() {
            let key = key.to_string();
            let inner = facts.get_attr(&key).unwrap_or_default();
            let is_map = inner.kind() == minijinja::value::ValueKind::Map;
            let inner = is_map.then(|| inner.try_iter().ok()).flatten();
            names.extend(
                inner
                    .into_iter()
                    .flatten()
                    .map(|nested| format!("{key}.{nested}")),
            );
            names.push(key);
        }
    }
    names.sort();
    names.dedup();
    names
}

fn pages(stem: &str) -> Vec<Value> {
    if stem == "own_report" {
        let empty = OwnReportPage::default();
        return vec![OwnReportPage::sample().value(), empty.value()];
    }
    if stem == "report" {
        return vec![ReportPage::sample().value(), ReportPage::default().value()];
    }
    if stem.starts_with("nps") {
        let both = [NpsFacts::sample().value(), NpsFacts::default().value()];
        return both
            .map(|facts| context! { button => "Send", ..facts })
            .into();
    }
    let full = SurveyPage {
        desk_name: "Support".to_owned(),
        ticket: 123,
        agent: "Anna".to_owned(),
        score: Some(5),
        comment: "Thanks :)))".to_owned(),
        about: "agent".to_owned(),
        token: "1-abc".to_owned(),
        notice: Some(Notice::Press),
    };
    let refused = SurveyPage {
        notice: Some(Notice::Inside),
        ..SurveyPage::default()
    };
    let least = match stem {
        "refused" => refused,
        _ => SurveyPage::default(),
    };
    let both = [full.value(true), least.value(false)];
    if stem != "form" {
        return both.into();
    }
    // the pages that include the form name its button
    both.map(|facts| context! { button => "Send", ..facts })
        .into()
}
