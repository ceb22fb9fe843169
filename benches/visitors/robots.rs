//! What robots do with a survey's links.

use std::time::Duration;

use futures_util::future::join_all;

use crate::{
    Unwanted, asked,
    browser::Browser,
    desk::Running,
    http::{get, post, send},
};

/// Browsers at once.
const BROWSERS: usize = 3;

/// Windows of a browser at once.
const WINDOWS: usize = 8;

/// Events that no hand made, on everything, and a press of every button.
const POKE: &str = "for (const type of ['pointermove', 'mousemove', 'pointerdown', 'mousedown', \
      'touchstart', 'wheel', 'keydown', 'click']) \
      for (const at of [document, ...document.querySelectorAll('input, button, form')]) \
        for (const n of [1, 2]) at.dispatchEvent(new MouseEvent(type, \
          { bubbles: true, cancelable: true, screenX: 9 * n, clientX: 9 * n })); \
    document.querySelector('button').click()";

const LINKS: &str = "return [...document.querySelectorAll('a')].map(a => a.href)";

/// The kinds that need no browser.
const PLAIN: [&str; 9] = [
    "gateway: GET of one link",
    "gateway: GET of all links at once",
    "gateway: HEAD of all links",
    "browser's prefetch and prerender of a link",
    "chat's preview of a link",
    "crawler: the page and every link in it",
    "POST of all five answers",
    "POST as if by the page, which was never opened",
    "crawler, then POST as if by the page",
];

const STILL: &str = "Chromium: runs script, touches nothing";
const TABS: &str = "Chromium: all five links in tabs";
const MADE_UP: &str = "Chromium: follows every link, made-up events";
const MOUSE: &str = "Chromium: moves the mouse, follows every link";
const WINDOWS_AND_MOUSE: &str = "Chromium: moves the mouse, all five links";
const SUBMITS: &str = "Chromium: sends the form by script";

/// Those that need one, the commonest more often.
const KINDS: [&str; 8] = [
    STILL,
    STILL,
    STILL,
    TABS,
    MADE_UP,
    MOUSE,
    WINDOWS_AND_MOUSE,
    SUBMITS,
];

/// So many visits, of all kinds.
pub async fn visit(desk: &Running, visits: usize) -> Vec<Unwanted> {
    let mut done = Vec::new();
    let plain = visits * 6 / 10;
    for number in 0..plain {
        let kind = PLAIN[number % PLAIN.len()];
        let (survey, path) = asked(desk).await;
        plainly(desk, kind, &path).await;
        done.push(Unwanted { kind, survey });
    }
    let browsers = (0..BROWSERS).map(|first| in_browser(desk, first, visits - plain));
    done.extend(join_all(browsers).await.into_iter().flatten());
    done
}

/// The visits of one of several browsers.
async fn in_browser(desk: &Running, first: usize, visits: usize) -> Vec<Unwanted> {
    let browser = Browser::with_mouse().await;
    let home = browser.window().await;
    let (mut done, mut still) = (Vec::new(), Vec::new());
    for number in (first..visits).step_by(BROWSERS) {
        let (survey, path) = asked(desk).await;
        let url = format!("http://{}{path}", desk.at);
        let kind = KINDS[number / BROWSERS % KINDS.len()];
        done.push(Unwanted { kind, survey });
        match kind {
            STILL => {
                still.push(browser.new_window("window").await);
                browser.go(&format!("{url}?score=1")).await;
                if still.len() == WINDOWS {
                    close_all(&browser, &mut still, &home).await;
                }
            }
            TABS => all_links(&browser, &url, &home, "tab", false).await,
            WINDOWS_AND_MOUSE => all_links(&browser, &url, &home, "window", true).await,
            MADE_UP | MOUSE => {
                for is_crawling in [true, false] {
                    browser.go(&format!("{url}?score=1")).await;
                    match kind {
                        MOUSE => browser.wander().await,
                        _ => drop(browser.ask(POKE).await),
                    }
                    tokio::time::sleep(Duration::from_millis(900)).await;
                    let links = links(&browser).await;
                    for link in links.iter().filter(|_| is_crawling) {
                        browser.go(link).await;
                    }
                }
            }
            _ => {
                browser.go(&format!("{url}?score=1")).await;
                browser.ask("document.forms[0].submit()").await;
                let sent = "return document.getElementById('said').textContent !== ''";
                browser.until(sent, true.into()).await;
            }
        }
    }
    close_all(&browser, &mut still, &home).await;
    browser.close().await;
    done
}

async fn plainly(desk: &Running, kind: &str, path: &str) {
    let link = |score: usize| format!("{path}?score={score}");
    match PLAIN.iter().position(|other| *other == kind).unwrap() {
        0 => drop(get(desk.at, &link(1)).await),
        1 => {
            let links: Vec<String> = (1..=5).map(link).collect();
            join_all(links.iter().map(|link| get(desk.at, link))).await;
        }
        2 => {
            for score in 1..=5 {
                send(desk.at, "HEAD", &link(score), "", "").await;
            }
        }
        3 => {
            for purpose in ["prefetch", "prefetch;prerender"] {
                let header = format!("Sec-Purpose: {purpose}\r\n");
                send(desk.at, "GET", &link(1), &header, "").await;
            }
        }
        4 => {
            let header = "User-Agent: Slackbot-LinkExpanding 1.0\r\n";
            send(desk.at, "GET", &link(1), header, "").await;
        }
        5 | 8 => {
            let page = get(desk.at, &link(1)).await;
            for href in page.body.split("href=\"").skip(1) {
                let href = href.split('"').next().unwrap();
                get(desk.at, &format!("/s/{href}")).await;
            }
            if kind == PLAIN[8] {
                post(desk.at, path, &[("score", "1"), ("by", "signs")]).await;
            }
        }
        6 => {
            for score in ["1", "2", "3", "4", "5"] {
                post(desk.at, path, &[("score", score)]).await;
            }
        }
        _ => drop(post(desk.at, path, &[("score", "1"), ("by", "signs")]).await),
    }
}

/// Every link of the page, as a crawler finds them.
async fn links(browser: &Browser) -> Vec<String> {
    let links = browser.ask(LINKS).await;
    let links = links.as_array().unwrap().iter();
    links
        .map(|link| link.as_str().unwrap().to_owned())
        .collect()
}

async fn all_links(browser: &Browser, url: &str, home: &str, window: &str, is_moved: bool) {
    let mut opened = Vec::new();
    for score in 1..=5 {
        opened.push(browser.new_window(window).await);
        browser.go(&format!("{url}?score={score}")).await;
        if is_moved {
            browser.wander().await;
        }
    }
    tokio::time::sleep(Duration::from_millis(900)).await;
    for handle in opened {
        browser.switch_to(&handle).await;
        browser.close_window().await;
    }
    browser.switch_to(home).await;
}

/// Closes windows that were left alone for a while.
async fn close_all(browser: &Browser, windows: &mut Vec<String>, home: &str) {
    tokio::time::sleep(Duration::from_secs(4)).await;
    for handle in windows.drain(..) {
        browser.switch_to(&handle).await;
        browser.close_window().await;
    }
    browser.switch_to(home).await;
}
