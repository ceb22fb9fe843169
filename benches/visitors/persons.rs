//! What persons do on a survey's page.

use std::time::{Duration, Instant};

use crate::{
    Wanted, asked,
    browser::Browser,
    desk::Running,
    hands::{DOWN, ENTER, TAB},
    http::get,
};

/// So many visits, of all kinds.
pub async fn visit(desk: &Running, visits: usize) -> Vec<Wanted> {
    let browser = Browser::with_mouse().await;
    let phone = Browser::open(false).await;
    let bare = Browser::without_script().await;
    let home = browser.window().await;
    let mut done = Vec::new();
    for number in 0..visits {
        let (survey, path) = asked(desk).await;
        let url = format!("http://{}{path}", desk.at);
        let link = format!("{url}?score=4");
        let tap = Instant::now();
        let mut time = None;
        let (kind, score, comment) = match number % 10 {
            0..=2 => {
                browser.go(&link).await;
                browser.wander().await;
                time = until(desk, survey, 4, "", tap).await;
                ("moves the mouse", 4, "")
            }
            3 | 4 => {
                phone.go(&link).await;
                phone.touch().await;
                time = until(desk, survey, 4, "", tap).await;
                ("touches the page of a phone", 4, "")
            }
            5 => {
                browser.go(&link).await;
                browser.press(&[TAB]).await;
                time = until(desk, survey, 4, "", tap).await;
                browser.press(&[DOWN, TAB, TAB, "o", "k", TAB, ENTER]).await;
                until(desk, survey, 3, "ok", tap).await;
                ("uses keys alone, changes and comments", 3, "ok")
            }
            6 => {
                browser.go(&link).await;
                browser.wander().await;
                time = until(desk, survey, 4, "", tap).await;
                browser.click("input[value='2']").await;
                browser.write("textarea", "slow").await;
                browser.click("button").await;
                until(desk, survey, 2, "slow", tap).await;
                ("changes the answer and comments", 2, "slow")
            }
            7 => {
                browser.new_window("window").await;
                browser.go(&link).await;
                browser.wander().await;
                time = until(desk, survey, 4, "", tap).await;
                browser.write("textarea", "never sent").await;
                browser.close_window().await;
                browser.switch_to(&home).await;
                until(desk, survey, 4, "never sent", tap).await;
                ("closes the tab with words not sent", 4, "never sent")
            }
            8 => {
                bare.go(&link).await;
                bare.click("button").await;
                until(desk, survey, 4, "", tap).await;
                ("has no script, presses the button", 4, "")
            }
            _ => {
                for score in 1..=5 {
                    get(desk.at, &format!("{path}?score={score}")).await;
                }
                get(desk.at, &format!("{path}/more")).await;
                browser.go(&link).await;
                browser.click("button").await;
                until(desk, survey, 4, "", tap).await;
                ("comes after a robot, presses the button", 4, "")
            }
        };
        done.push(Wanted {
            kind,
            survey,
            score,
            comment,
            time,
        });
    }
    for browser in [browser, phone, bare] {
        browser.close().await;
    }
    done
}

/// Waits until an answer is on record; returns how long that took, `None` when it never was.
async fn until(
    desk: &Running,
    survey: i64,
    score: u8,
    comment: &str,
    since: Instant,
) -> Option<Duration> {
    while since.elapsed() < Duration::from_secs(20) {
        let found = desk.store.read(move |view| view.survey(survey)).await;
        let row = found.unwrap().row.unwrap();
        if row.score == Some(score) && row.comment == comment {
            return Some(since.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    None
}
