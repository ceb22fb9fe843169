//! Persons and robots on the survey's page, in a real browser.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    browser::Browser,
    desk::{Asked, Running},
    hands::{DOWN, ENTER, TAB},
    http::get,
};

const SAID: &str = "return document.getElementById('said').textContent";
const FOCUS: &str = "return document.activeElement.id || document.activeElement.name || \
                     document.activeElement.localName";
const SAVED: &str = "Thank you, your answer is saved";

struct Visit {
    desk: Running,
    browser: Browser,
    path: String,
}

impl Visit {
    async fn with(browser: Browser) -> Self {
        let desk = Running::start().await;
        let path = desk.ask(Asked::default()).await;
        Self {
            desk,
            browser,
            path,
        }
    }

    fn url(&self, more: &str) -> String {
        format!("http://{}{}{more}", self.desk.at, self.path)
    }

    async fn go(&self, more: &str) {
        self.browser.go(&self.url(more)).await;
    }

    async fn is_saved(&self) {
        self.browser.until(SAID, json!(SAVED)).await;
    }

    /// Waits for the desk to hold an answer.
    async fn until_recorded(&self, score: u8, comment: &str) {
        let started = std::time::Instant::now();
        loop {
            let survey = self.desk.survey().await;
            if survey.score == Some(score) && survey.comment == comment {
                return;
            }
            let is_late = started.elapsed() > Duration::from_secs(20);
            assert!(!is_late, "{survey:?}, not {score} {comment:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The scores that were recorded, in their order, withdrawn ones too.
    fn scores(&self) -> Vec<u8> {
        self.desk
            .ratings()
            .into_iter()
            .map(|(score, ..)| score)
            .collect()
    }
}

/// What a robot that runs script does to everything on the page; none of it is a hand's.
const POKE: &str = "for (const type of ['pointermove', 'mousemove', 'pointerdown', 'mousedown', \
      'touchstart', 'wheel', 'keydown', 'click', 'scroll', 'focus']) \
      for (const at of [window, document, document.body, ...document.querySelectorAll('input, button, form, label')]) \
        for (const n of [1, 2]) { \
          const event = new MouseEvent(type, { bubbles: true, cancelable: true, screenX: 9 * n, screenY: 7 * n, clientX: 9 * n }); \
          at.dispatchEvent(event) } \
    document.querySelectorAll('input[type=radio]').forEach(i => i.click()); \
    document.querySelector('button').click(); \
    try { document.forms[0].requestSubmit() } catch (_) {} \
    scrollTo(0, 400)";

#[tokio::test]
async fn the_answer_of_one_who_moves_the_mouse_is_sent_by_itself() {
    let visit = Visit::with(Browser::with_mouse().await).await;
    visit.go("?score=4").await;
    assert_eq!(visit.desk.survey().await.score, None);
    visit.browser.wander().await;
    visit.is_saved().await;
    assert_eq!(visit.desk.survey().await.score, Some(4));
    assert_eq!(visit.browser.ask(FOCUS).await, json!("comment"));
    let label = "return document.querySelector('button').textContent";
    assert_eq!(visit.browser.ask(label).await, json!("Save"));
    visit.browser.picture("saved-by-itself").await;

    // a changed mind is sent too, and a comment by the button
    visit.browser.click("input[value='2']").await;
    visit.until_recorded(2, "").await;
    visit.browser.write("textarea", "it took )))").await;
    visit.browser.click("input[value=waiting]").await;
    visit.browser.click("button").await;
    visit.until_recorded(2, "it took )))").await;
    let title = "return document.querySelector('h1').textContent";
    visit
        .browser
        .until(title, json!("Thank you, your answer is saved"))
        .await;
    assert_eq!(visit.browser.ask(FOCUS).await, json!("comment"));
    assert_eq!(visit.desk.survey().await.about, "waiting");
    // what was tapped in the mail no longer stands in the address
    assert_eq!(visit.browser.ask("return location.search").await, json!(""));
    assert_eq!(visit.browser.console().await, Vec::<Value>::new());
    visit.browser.close().await;
}

#[tokio::test]
async fn a_touch_is_enough_on_a_phone() {
    let visit = Visit::with(Browser::open(false).await).await;
    visit.go("?score=5").await;
    visit.browser.touch().await;
    visit.is_saved().await;
    assert_eq!(visit.desk.survey().await.score, Some(5));
    assert_eq!(visit.browser.ask(FOCUS).await, json!("comment"));
    visit.browser.close().await;
}

#[tokio::test]
async fn keys_alone_do_it_all() {
    let visit = Visit::with(Browser::with_mouse().await).await;
    visit.go("?score=4").await;
    visit.browser.press(&[TAB]).await;
    visit.is_saved().await;
    // who is among the answers stays there
    assert_eq!(visit.browser.ask(FOCUS).await, json!("score"));
    visit.browser.press(&[DOWN]).await;
    visit.until_recorded(3, "").await;
    visit.browser.press(&[TAB, TAB]).await;
    assert_eq!(visit.browser.ask(FOCUS).await, json!("comment"));
    visit.browser.press(&["o", "k", TAB, ENTER]).await;
    visit.until_recorded(3, "ok").await;
    assert_eq!(visit.scores(), [4, 3, 3]);
    visit.browser.close().await;
}

#[tokio::test]
async fn without_a_tapped_answer_the_page_waits_for_one() {
    let visit = Visit::with(Browser::with_mouse().await).await;
    visit.go("").await;
    visit.browser.wander().await;
    assert_eq!(visit.browser.ask(SAID).await, json!(""));
    visit.browser.click("input[value='5']").await;
    visit.is_saved().await;
    assert_eq!(visit.scores(), [5]);
    visit.browser.close().await;
}

#[tokio::test]
async fn one_without_script_presses_the_button() {
    let visit = Visit::with(Browser::without_script().await).await;
    visit.go("?score=3").await;
    visit.browser.touch().await;
    visit.browser.click("button").await;
    visit.until_recorded(3, "").await;
    let how: Vec<String> = visit
        .desk
        .ratings()
        .into_iter()
        .map(|(_, via, _)| via)
        .collect();
    assert_eq!(how, ["page"]);
    visit.browser.close().await;
}

#[tokio::test]
async fn words_that_were_not_sent_leave_with_the_tab() {
    let visit = Visit::with(Browser::with_mouse().await).await;
    let first = visit.browser.window().await;
    visit.browser.new_window("window").await;
    visit.go("?score=2").await;
    visit.browser.wander().await;
    visit.is_saved().await;
    visit.browser.write("textarea", "nobody told me").await;
    visit.browser.click("input[value='1']").await;
    visit.until_recorded(1, "").await;
    visit.browser.close_window().await;
    visit.until_recorded(1, "nobody told me").await;
    assert_eq!(visit.scores(), [2, 1, 1]);
    visit.browser.switch_to(&first).await;
    visit.browser.close().await;
}

#[tokio::test]
async fn a_robot_that_touches_nothing_sends_nothing() {
    let visit = Visit::with(Browser::with_mouse().await).await;
    visit.go("?score=1").await;
    visit.browser.ask(POKE).await;
    // the page says so to whoever can read, once it has waited in vain
    let waits = "Not sent yet: touch the page or press the button.";
    visit.browser.until(SAID, json!(waits)).await;
    visit.browser.ask(POKE).await;
    assert!(
        visit.desk.ratings().is_empty(),
        "{:?}",
        visit.desk.ratings()
    );
    // nor when it sends the form past the page's script
    visit.browser.ask("document.forms[0].submit()").await;
    let press = "Your answer is not saved yet. Please press the button.";
    visit.browser.until(SAID, json!(press)).await;
    assert!(
        visit.desk.ratings().is_empty(),
        "{:?}",
        visit.desk.ratings()
    );
    // the last of its pokes chose the worst answer
    visit.browser.click("button").await;
    visit.until_recorded(1, "").await;
    visit.browser.close().await;
}

#[tokio::test]
async fn a_robot_that_opens_all_links_sends_nothing_even_with_a_mouse() {
    let visit = Visit::with(Browser::with_mouse().await).await;
    for score in 1..=5 {
        visit.browser.new_window("window").await;
        visit.go(&format!("?score={score}")).await;
        visit.browser.wander().await;
    }
    let press = "Your answer is not saved yet. Please press the button.";
    visit.browser.until(SAID, json!(press)).await;
    assert_eq!(visit.desk.survey().await.score, None);
    let ratings = visit.desk.ratings();
    assert!(
        ratings.iter().all(|(_, _, why)| !why.is_empty()),
        "{ratings:?}"
    );
    // a person's button is believed where the robot was
    visit.browser.click("button").await;
    visit.until_recorded(5, "").await;
    visit.browser.close().await;
}

#[tokio::test]
async fn a_robot_that_moves_the_mouse_and_follows_the_hidden_link_takes_its_answer_along() {
    let visit = Visit::with(Browser::with_mouse().await).await;
    visit.go("?score=1").await;
    visit.browser.wander().await;
    visit.is_saved().await;
    let links = "return [...document.querySelectorAll('a')].map(a => a.href)";
    let links = visit.browser.ask(links).await;
    assert_eq!(links, json!([visit.url("/more")]));
    for link in links.as_array().unwrap() {
        visit.browser.go(link.as_str().unwrap()).await;
    }
    assert_eq!(visit.desk.survey().await.score, None);
    visit.go("?score=1").await;
    visit.browser.wander().await;
    let press = "Your answer is not saved yet. Please press the button.";
    visit.browser.until(SAID, json!(press)).await;
    assert_eq!(visit.desk.survey().await.score, None);
    visit.browser.close().await;
}

#[tokio::test]
async fn no_person_meets_the_hidden_link() {
    let visit = Visit::with(Browser::with_mouse().await).await;
    visit.go("").await;
    let size = "return document.querySelector('a').getClientRects().length";
    assert_eq!(visit.browser.ask(size).await, json!(0));
    let mut reached = Vec::new();
    for _ in 0..8 {
        visit.browser.press(&[TAB]).await;
        reached.push(visit.browser.ask(FOCUS).await);
    }
    assert!(!reached.contains(&json!("a")), "{reached:?}");
    assert_eq!(
        reached[..4],
        [
            json!("score"),
            json!("about"),
            json!("comment"),
            json!("button")
        ]
    );
    visit.browser.close().await;
}

#[tokio::test]
async fn a_small_screen_in_any_language_shows_all_of_it_and_loads_nothing() {
    let browser = Browser::open(true).await;
    browser.width(320).await;
    for language in ["ru", "en", "uk"] {
        let desk = Running::start().await;
        let asked = Asked {
            language,
            ..Asked::default()
        };
        let path = desk.ask(asked).await;
        browser
            .go(&format!("http://{}{path}?score=4", desk.at))
            .await;
        browser.touch().await;
        let is_said = "return document.getElementById('said').textContent.length > 10";
        browser.until(is_said, json!(true)).await;
        assert_eq!(desk.survey().await.score, Some(4), "{language}");
        let is_wide = "return document.documentElement.scrollWidth > innerWidth";
        assert_eq!(browser.ask(is_wide).await, json!(false), "{language}");
        let loaded = "return performance.getEntriesByType('resource').map(e => e.name)";
        let loaded = browser.ask(loaded).await;
        let own = |name: &Value| name.as_str().unwrap().ends_with(&path);
        assert!(loaded.as_array().unwrap().iter().all(own), "{loaded}");
        let page = get(desk.at, &path).await;
        assert!(page.head.len() + page.body.len() < 30_000);
        browser.picture(&format!("saved-320-{language}")).await;
    }
    browser.close().await;
}
