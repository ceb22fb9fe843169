//! What a person does with a mouse, a finger or keys, as the browser's own input (WebDriver,
//! section 15): pages cannot tell it from a hand's.

use serde_json::{Value, json};

use crate::browser::Browser;

/// WebDriver's names of keys (section 15.4.2).
pub const TAB: &str = "\u{E004}";
pub const DOWN: &str = "\u{E015}";
pub const ENTER: &str = "\u{E007}";

impl Browser {
    /// Moves the mouse over the page, touching nothing.
    pub async fn wander(&self) {
        let moves: Vec<Value> = [(60, 40), (90, 75), (130, 90)]
            .map(|(x, y)| json!({ "type": "pointerMove", "duration": 40, "x": x, "y": y }))
            .into();
        self.input(json!({
            "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" },
            "actions": moves,
        }))
        .await;
    }

    /// Touches the page where there is nothing to press.
    pub async fn touch(&self) {
        self.input(json!({
            "type": "pointer", "id": "finger", "parameters": { "pointerType": "touch" },
            "actions": [
                { "type": "pointerMove", "duration": 0, "x": 8, "y": 8 },
                { "type": "pointerDown", "button": 0 },
                { "type": "pause", "duration": 60 },
                { "type": "pointerUp", "button": 0 },
            ],
        }))
        .await;
    }

    /// Presses keys one after the other.
    pub async fn press(&self, keys: &[&str]) {
        let strokes = keys.iter().flat_map(|key| {
            [
                json!({ "type": "keyDown", "value": key }),
                json!({ "type": "keyUp", "value": key }),
            ]
        });
        let strokes: Vec<Value> = strokes.collect();
        self.input(json!({ "type": "key", "id": "keys", "actions": strokes }))
            .await;
    }

    async fn input(&self, source: Value) {
        self.act("POST", "actions", &json!({ "actions": [source] }))
            .await;
    }

    /// Opens another tab or window and goes there; returns its handle.
    pub async fn new_window(&self, kind: &str) -> String {
        let made = self
            .act("POST", "window/new", &json!({ "type": kind }))
            .await;
        let handle = made["handle"].as_str().unwrap().to_owned();
        self.switch_to(&handle).await;
        handle
    }

    pub async fn switch_to(&self, handle: &str) {
        self.act("POST", "window", &json!({ "handle": handle }))
            .await;
    }

    pub async fn window(&self) -> String {
        let handle = self.act("GET", "window", &Value::Null).await;
        handle.as_str().unwrap().to_owned()
    }

    pub async fn close_window(&self) {
        self.act("DELETE", "window", &Value::Null).await;
    }
}
