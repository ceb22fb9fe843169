//! The mail that asks, as a mail program shows it: in a real browser, narrow and wide, light and
//! dark, with and without its style sheet.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code
)]

#[path = "web_pages/browser.rs"]
mod browser;
#[path = "web_pages/http.rs"]
mod http;

use std::{fs, path::Path};

use browser::Browser;
use maildesk::{
    address::Address,
    compose::{Composer, Desk, Outgoing, Stamp, Templates, Thread},
    language::Language,
    token::Signer,
};
use serde_json::{Value, json};

/// What a page measures of itself: the targets, and the least contrast of its words (WCAG 2.2,
/// 1.4.3), as they are and with all colours inverted, as Gmail on iOS shows them in the dark.
const MEASURE: &str = r#"
const numbers = colour => colour.match(/[\d.]+/g).map(Number);
const luminance = rgb => {
  const [r, g, b] = rgb.map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b;
};
const contrast = (a, b) => {
  const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
  return (x + .05) / (y + .05);
};
const canvas = document.createElement('div');
canvas.style.backgroundColor = 'Canvas';
document.body.append(canvas);
const behind = element => {
  for (let e = element; e; e = e.parentElement) {
    const colour = numbers(getComputedStyle(e).backgroundColor);
    if (colour.length < 4 || colour[3] > 0) return colour.slice(0, 3);
  }
  return numbers(getComputedStyle(canvas).backgroundColor).slice(0, 3);
};
const inverted = rgb => rgb.map(v => 255 - v);
const words = [...document.querySelectorAll('p, b, a')].map(e =>
  [numbers(getComputedStyle(e).color).slice(0, 3), behind(e)]);
const back = behind(document.body);
return {
  is_dark: luminance(back) < .5,
  is_wide: document.documentElement.scrollWidth > innerWidth,
  contrast: Math.min(...words.map(([a, b]) => contrast(a, b))),
  inverted: Math.min(...words.map(([a, b]) => contrast(inverted(a), inverted(b)))),
  targets: [...document.querySelectorAll('a')].map(a => {
    const box = a.getBoundingClientRect();
    return { words: a.textContent, width: box.width, height: box.height, top: box.top, bottom: box.bottom };
  }),
};"#;

fn mails(language: Language) -> [(&'static str, Outgoing); 2] {
    let desk = Desk {
        name: "Acme Support".to_owned(),
        address: Address::new("", "support@example.com"),
        delimiter: "+".to_owned(),
        public_url: "https://support.example.com".to_owned(),
        language,
    };
    let signer = Signer::new(b"0123456789abcdef");
    let composer = Composer::new(desk, signer, Templates::load(None).unwrap());
    let thread = Thread {
        ticket: 123,
        subject: "Import",
        language,
        in_reply_to: None,
        references: &[],
    };
    let stamp = Stamp {
        at: jiff::Timestamp::UNIX_EPOCH,
        unique: "abc".to_owned(),
    };
    let to = Address::new("", "olga@customer.example");
    let survey = composer.survey(&thread, &to, 77, "Anna", &stamp);
    let reminder = composer.survey_reminder(&thread, &to, 77, "Anna", &stamp);
    [("survey", survey.unwrap()), ("reminder", reminder.unwrap())]
}

fn html(mail: &Outgoing) -> String {
    let parsed = mail_parser::MessageParser::new()
        .parse(&mail.bytes)
        .unwrap();
    parsed.body_html(0).unwrap().into_owned()
}

/// Without what some clients of Gmail drop.
fn without_head(html: &str) -> String {
    let (before, rest) = html.split_once("<head>").unwrap();
    let (_, body) = rest.split_once("</head>").unwrap();
    format!("{before}<head><meta charset=\"utf-8\"></head>{body}")
}

async fn measured(browser: &Browser, dir: &Path, html: &str, width: u32) -> Value {
    let file = dir.join("mail.html");
    fs::write(&file, html).unwrap();
    browser.go(&format!("file://{}", file.display())).await;
    browser.width(width).await;
    browser.until("return innerWidth", json!(width)).await;
    browser.ask(MEASURE).await
}

#[track_caller]
fn looks_right(page: &Value, case: &str) {
    let number = |value: &Value| value.as_f64().unwrap();
    assert_eq!(page["is_wide"], false, "{case}: {page:#}");
    assert!(number(&page["contrast"]) >= 4.5, "{case}: {page:#}");
    assert!(number(&page["inverted"]) >= 4.5, "{case}: {page:#}");
    let targets = page["targets"].as_array().unwrap();
    assert_eq!(targets.len(), 5, "{case}: {page:#}");
    for (target, score) in targets.iter().zip(["5", "4", "3", "2", "1"]) {
        let words = target["words"].as_str().unwrap();
        let (digit, word) = words.split_once(" – ").unwrap();
        assert_eq!(digit, score, "{case}");
        assert!(word.chars().count() >= 3, "{case}: {words}");
        assert!(number(&target["height"]) >= 44.0, "{case}: {target}");
        assert!(number(&target["width"]) >= 200.0, "{case}: {target}");
    }
    for pair in targets.windows(2) {
        let apart = number(&pair[1]["top"]) - number(&pair[0]["bottom"]);
        assert!(apart >= 6.0, "{case}: a thumb hits two of them, {apart}");
    }
}

#[tokio::test]
async fn five_answers_can_be_tapped_and_read_wherever_they_are_shown() {
    let dir = tempfile::tempdir().unwrap();
    for is_dark in [false, true] {
        let browser = Browser::open(is_dark).await;
        for language in Language::ALL {
            for (name, mail) in mails(language) {
                let whole = html(&mail);
                for width in [320, 600] {
                    let case = format!("{name} {} {width} dark {is_dark}", language.code());
                    let page = measured(&browser, dir.path(), &whole, width).await;
                    assert_eq!(page["is_dark"], is_dark, "{case}: {page:#}");
                    looks_right(&page, &case);
                    browser
                        .picture(&format!("{name}-{}-{width}-{is_dark}", language.code()))
                        .await;
                    let bare = without_head(&whole);
                    assert!(!bare.contains("<style"), "{bare}");
                    let page = measured(&browser, dir.path(), &bare, width).await;
                    looks_right(&page, &format!("{case}, without its style sheet"));
                }
            }
        }
        browser.close().await;
    }
}
