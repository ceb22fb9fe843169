//! A real Chromium, driven over WebDriver (W3C). Where it is not installed the tests fail.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::http::send;

/// The key under which an element's id comes (WebDriver, section 11).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

pub struct Browser {
    driver: Child,
    at: SocketAddr,
    session: String,
    _profile: TempDir,
}

impl Browser {
    /// A browser with a window of a phone's size.
    pub async fn open(is_dark: bool) -> Self {
        let phone = json!({ "width": 390, "height": 844, "pixelRatio": 2.0 });
        let options = json!({ "mobileEmulation": { "deviceMetrics": phone } });
        Self::start(is_dark, options).await
    }

    /// A browser of a desk, with a mouse.
    pub async fn with_mouse() -> Self {
        Self::start(false, json!({})).await
    }

    /// A browser whose owner switched the scripts of pages off.
    pub async fn without_script() -> Self {
        let settings = "profile.managed_default_content_settings.javascript";
        Self::start(false, json!({ "prefs": { settings: 2 } })).await
    }

    async fn start(is_dark: bool, mut options: Value) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| panic!("this test needs chromium and chromedriver: {e}"));
        let output = BufReader::new(driver.stdout.take().unwrap());
        let port = output
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, port) = line.split_once("started successfully on port ")?;
                port.trim_end_matches('.').parse::<u16>().ok()
            })
            .unwrap_or_else(|| panic!("chromedriver ended without naming its port"));
        let profile = tempfile::tempdir().unwrap();
        let mut browser = Self {
            driver,
            at: SocketAddr::from(([127, 0, 0, 1], port)),
            session: String::new(),
            _profile: profile,
        };
        let mut arguments = vec![
            "--no-sandbox".to_owned(),
            "--headless".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            format!("--user-data-dir={}", browser._profile.path().display()),
        ];
        if is_dark {
            arguments.push("--blink-settings=preferredColorScheme=0".to_owned());
        }
        options["args"] = json!(arguments);
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": options,
        }}});
        let made = browser.call("POST", "/session", &wanted).await;
        browser.session = made["sessionId"].as_str().unwrap().to_owned();
        browser
    }

    pub async fn go(&self, url: &str) {
        self.act("POST", "url", &json!({ "url": url })).await;
    }

    pub async fn click(&self, css: &str) {
        let id = self.find(css).await;
        self.act("POST", &format!("element/{id}/click"), &json!({}))
            .await;
    }

    pub async fn write(&self, css: &str, text: &str) {
        let id = self.find(css).await;
        let path = format!("element/{id}/value");
        self.act("POST", &path, &json!({ "text": text })).await;
    }

    /// What a script returns.
    pub async fn ask(&self, script: &str) -> Value {
        let call = json!({ "script": script, "args": [] });
        self.act("POST", "execute/sync", &call).await
    }

    /// Waits for a script to return a value: a click does not wait for the page that it opens.
    pub async fn until(&self, script: &str, wanted: Value) {
        let started = Instant::now();
        loop {
            let found = self.ask(script).await;
            if found == wanted {
                return;
            }
            if started.elapsed() > Duration::from_secs(30) {
                let page = self.ask("return document.body.innerText").await;
                panic!("{script}: still {found}, not {wanted}, on the page {page}");
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Saves a picture of the window into `$MAILDESK_SCREENSHOTS`, when that is set.
    pub async fn picture(&self, name: &str) {
        let Some(directory) = std::env::var_os("MAILDESK_SCREENSHOTS") else {
            return;
        };
        let picture = self.act("GET", "screenshot", &Value::Null).await;
        let bytes = BASE64_STANDARD.decode(picture.as_str().unwrap()).unwrap();
        let path = std::path::Path::new(&directory).join(format!("{name}.png"));
        fs::write(path, bytes).unwrap();
    }

    /// What the console says since it was last asked.
    pub async fn console(&self) -> Vec<Value> {
        let said = self
            .act("POST", "se/log", &json!({ "type": "browser" }))
            .await;
        said.as_array().unwrap().clone()
    }

    /// Makes the page think that it is printed, or of the screen again.
    pub async fn medium(&self, name: &str) {
        self.devtools("Emulation.setEmulatedMedia", json!({ "media": name }))
            .await;
    }

    /// A window of this width, in CSS pixels.
    pub async fn width(&self, width: u32) {
        let size =
            json!({ "width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size)
            .await;
    }

    /// The page as a printer gets it.
    pub async fn printed(&self) -> Vec<u8> {
        let pdf = self.act("POST", "print", &json!({})).await;
        BASE64_STANDARD.decode(pdf.as_str().unwrap()).unwrap()
    }

    pub async fn devtools(&self, command: &str, params: Value) -> Value {
        let call = json!({ "cmd": command, "params": params });
        self.act("POST", "goog/cdp/execute", &call).await
    }

    pub async fn close(self) {
        self.call(
            "DELETE",
            &format!("/session/{}", self.session),
            &Value::Null,
        )
        .await;
    }

    async fn find(&self, css: &str) -> String {
        let wanted = json!({ "using": "css selector", "value": css });
        let found = self.act("POST", "element", &wanted).await;
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    pub async fn act(&self, method: &str, what: &str, body: &Value) -> Value {
        let path = format!("/session/{}/{what}", self.session);
        self.call(method, &path, body).await
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let kind = "Content-Type: application/json\r\n";
        let answer = send(self.at, method, path, kind, &body).await;
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.body);
        answer.json()["value"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
