//! The survey in a real browser on a phone.

use serde_json::json;

use crate::{
    browser::Browser,
    desk::{Asked, Running},
};

const CHOSEN: &str = "return [...document.querySelectorAll('input:checked')].map(i => i.value)";
const HEADING: &str = "return document.querySelector('h1').textContent";

#[tokio::test]
async fn a_customer_taps_an_answer_and_sends_it() {
    let desk = Running::start().await;
    let path = desk.ask(Asked::default()).await;
    let browser = Browser::open(false).await;
    browser
        .go(&format!("http://{}{path}?score=4", desk.at))
        .await;
    assert_eq!(browser.ask(CHOSEN).await, json!(["4"]));
    // all that one answer needs is in sight without scrolling
    let button = "const b = document.querySelector('button').getBoundingClientRect(); \
                  return b.top > 0 && b.bottom <= innerHeight";
    assert_eq!(browser.ask(button).await, json!(true));
    let is_wide = "return document.documentElement.scrollWidth > innerWidth";
    assert_eq!(browser.ask(is_wide).await, json!(false));
    browser.picture("survey-light").await;
    assert_eq!(desk.survey().await.score, None);

    browser.click("button").await;
    let thanks = json!("Thank you, your answer is saved");
    browser.until(HEADING, thanks).await;
    assert_eq!(desk.survey().await.score, Some(4));
    browser.picture("thanks-light").await;

    browser.click("input[value=product]").await;
    browser.write("textarea", "two\nlines )))").await;
    browser.click("button").await;
    let comment = "return document.querySelector('textarea').defaultValue";
    browser.until(comment, json!("two\nlines )))")).await;
    assert_eq!(browser.ask(CHOSEN).await, json!(["4", "product"]));
    let survey = desk.survey().await;
    assert_eq!(survey.comment, "two\nlines )))");
    assert_eq!((survey.score, survey.about.as_str()), (Some(4), "product"));
    browser.close().await;
}

#[tokio::test]
async fn the_page_is_dark_where_the_phone_is() {
    let desk = Running::start().await;
    let asked = Asked {
        language: "uk",
        ..Asked::default()
    };
    let path = desk.ask(asked).await;
    let browser = Browser::open(true).await;
    browser
        .go(&format!("http://{}{path}?score=5", desk.at))
        .await;
    let paper = "return getComputedStyle(document.body).backgroundColor";
    assert_eq!(browser.ask(paper).await, json!("rgb(23, 25, 29)"));
    browser.picture("survey-dark").await;
    browser.click("button").await;
    let thanks = "return document.querySelector('[role=status]') !== null";
    browser.until(thanks, json!(true)).await;
    browser.picture("thanks-dark").await;
    for (name, path) in [("gone-dark", "/s/1-a"), ("missing-dark", "/nothing")] {
        browser.go(&format!("http://{}{path}", desk.at)).await;
        browser.picture(name).await;
    }
    browser.close().await;
}
