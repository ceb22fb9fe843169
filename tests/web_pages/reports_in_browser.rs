//! The report in a real browser: in both schemes, on a phone, on a desk, on paper.

use maildesk::web::report_path;
use serde_json::{Value, json};

use crate::{
    browser::Browser,
    desk::Running,
    reports::{tomorrow, with},
};

/// Texts of the plots that leave their plot or touch each other.
const CROWDED: &str = "const bad = []; \
    for (const svg of document.querySelectorAll('svg')) { \
      const all = svg.getBoundingClientRect(); \
      const texts = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]); \
      texts.forEach(([name, a], i) => { \
        if (a.left < all.left || a.right > all.right || a.top < all.top || a.bottom > all.bottom) bad.push(name); \
        for (const [other, b] of texts.slice(i + 1)) \
          if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) bad.push(name + ' / ' + other); \
      }); \
    } return bad";

/// The least contrast of a text with the paper (WCAG 2.1, relative luminance).
const CONTRAST: &str = "const light = c => { const [r, g, b] = c.match(/[0-9.]+/g).map(v => v / 255) \
      .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); \
      return .2126 * r + .7152 * g + .0722 * b }; \
    const paper = light(getComputedStyle(document.body).backgroundColor); \
    const ratio = c => { const ink = light(c); \
      return (Math.max(ink, paper) + .05) / (Math.min(ink, paper) + .05) }; \
    const texts = [...document.querySelectorAll('h1, h2, p, dt, dd, th, td, label, input[type=date]')]; \
    return Math.min(...texts.map(t => ratio(getComputedStyle(t).color)), \
      ...[...document.querySelectorAll('svg text')].map(t => ratio(getComputedStyle(t).fill)))";

const IS_WIDE: &str = "return document.documentElement.scrollWidth > innerWidth";

async fn desk() -> Running {
    let long = "Констянтинопольський-Щщщщщщщщщщщщ MMMMMMMMMMMMMMMMMMM";
    with(&[
        (
            "anna@example.com",
            "import",
            "agent",
            Some(5),
            "Дуже швидко",
            0,
        ),
        ("anna@example.com", "import", "", Some(4), "", 1),
        (
            "anna@example.com",
            "search",
            "waiting",
            Some(1),
            "Довго )))",
            2,
        ),
        ("anna@example.com", long, "agent", Some(2), "", 3),
        (
            long,
            "価格表価格表価格表価格表価格表価格表",
            "",
            Some(5),
            "",
            5,
        ),
        (
            long,
            "",
            "product",
            Some(1),
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            6,
        ),
        ("", "", "", None, "", 11),
        ("", "", "", Some(3), "", 11),
    ])
    .await
}

#[tokio::test]
async fn the_report_fits_a_phone_a_desk_and_paper_in_both_schemes() {
    let desk = desk().await;
    let link = format!(
        "http://{}{}",
        desk.at,
        report_path(&desk.signer, tomorrow())
    );
    for (is_dark, paper, name) in [
        (false, "rgb(255, 255, 255)", "light"),
        (true, "rgb(23, 25, 29)", "dark"),
    ] {
        let browser = Browser::open(is_dark).await;
        browser.go(&link).await;
        let background = "return getComputedStyle(document.body).backgroundColor";
        assert_eq!(browser.ask(background).await, json!(paper), "{name}");
        assert_eq!(
            browser
                .ask("return document.querySelectorAll('svg').length")
                .await,
            json!(4)
        );
        assert_eq!(browser.ask(CROWDED).await, json!([]), "{name}");
        assert_eq!(browser.ask(IS_WIDE).await, json!(false), "{name}");
        let contrast = browser.ask(CONTRAST).await.as_f64().unwrap();
        assert!(contrast >= 4.5, "{name}: {contrast}");
        browser.picture(&format!("report-{name}-phone")).await;

        browser.width(1200).await;
        assert_eq!(browser.ask(CROWDED).await, json!([]), "{name}");
        assert_eq!(browser.ask(IS_WIDE).await, json!(false), "{name}");
        browser.picture(&format!("report-{name}")).await;

        browser.medium("print").await;
        assert_eq!(
            browser.ask(background).await,
            json!("rgb(255, 255, 255)"),
            "{name}"
        );
        let form = "return getComputedStyle(document.querySelector('form')).display";
        assert_eq!(browser.ask(form).await, json!("none"));
        let contrast = browser.ask(CONTRAST).await.as_f64().unwrap();
        assert!(contrast >= 4.5, "{name} on paper: {contrast}");
        // what a page of Letter or A4 has between its margins, at 96 to the inch
        browser.width(960).await;
        assert_eq!(browser.ask(IS_WIDE).await, json!(false), "{name} on paper");
        assert_eq!(browser.ask(CROWDED).await, json!([]), "{name} on paper");
        browser.picture(&format!("report-{name}-paper")).await;
        browser.medium("").await;
        let pdf = browser.printed().await;
        assert!(
            pdf.starts_with(b"%PDF") && pdf.len() > 10_000,
            "{} bytes",
            pdf.len()
        );
        assert_eq!(browser.console().await, Vec::<Value>::new(), "{name}");
        browser.close().await;
    }
}

#[tokio::test]
async fn a_manager_chooses_another_span() {
    let desk = desk().await;
    let link = format!(
        "http://{}{}",
        desk.at,
        report_path(&desk.signer, tomorrow())
    );
    let browser = Browser::open(false).await;
    browser.go(&link).await;
    let dates =
        "for (const i of document.querySelectorAll('input[type=date]')) i.value = '2020-02-03'";
    browser.ask(dates).await;
    browser.click("form button").await;
    let shown =
        "return document.querySelector('p.soft').textContent.includes('2020-02-03 – 2020-02-03')";
    browser.until(shown, json!(true)).await;
    assert_eq!(
        browser
            .ask("return document.querySelectorAll('svg').length")
            .await,
        json!(0)
    );
    assert_eq!(browser.console().await, Vec::<Value>::new());
    browser.close().await;
}
