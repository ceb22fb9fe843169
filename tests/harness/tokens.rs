//! `FakeTokens`: a token server in memory that rotates refresh tokens, goes wrong where it is told
//! to, and tells mail servers who a token is for.
//!
//! Over TLS for the desk, and in the clear on a second port for Dovecot, which asks `/tokeninfo`.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt, io,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    Ca, Certificate,
    port::free_port,
    wire::{Listener, Wire, Wired, stall},
};

/// What the server does at the next request to a path instead of the usual.
#[derive(Clone, Debug)]
pub enum Canned {
    /// Answers with this status and body.
    Reply(u16, String),
    /// Answers as usual, later.
    Delay(Duration),
    /// Answers as usual, and closes after so many bytes.
    Cut(usize),
    /// Closes the connection without an answer.
    Close,
    /// Never answers.
    Stall,
}

/// A request to `/token` or `/device`.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The path.
    pub path: String,
    /// The fields of the form.
    pub form: BTreeMap<String, String>,
    /// When it came.
    pub at: Instant,
}

struct State {
    canned: Vec<(String, Canned)>,
    asked: Vec<Asked>,
    user: String,
    issued: usize,
    /// Refresh tokens that are still taken.
    refresh: Vec<String>,
    /// Access tokens and when they end.
    access: BTreeMap<String, Instant>,
    all: Vec<String>,
    life: Duration,
    is_rotating: bool,
    /// What is answered before a person has consented.
    pending: VecDeque<&'static str>,
}

/// The server; gone when dropped.
pub struct FakeTokens {
    tls: Listener,
    plain: Listener,
    ca_file: std::path::PathBuf,
    state: Arc<Mutex<State>>,
}

/// Whether a token is good: for servers that are logged in to.
#[derive(Clone)]
pub struct Gate(Arc<Mutex<State>>);

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}

impl Gate {
    /// Whether this token is this user's and has not ended.
    pub fn admits(&self, user: &str, token: &str) -> bool {
        let state = self.0.lock().unwrap();
        let ends = state.access.get(token);
        user == state.user && ends.is_some_and(|ends| Instant::now() < *ends)
    }
}

impl FakeTokens {
    /// Starts the server: its tokens are for `user`, last an hour, and rotate.
    pub fn start(ca: &Ca, user: &str) -> Self {
        let state = Arc::new(Mutex::new(State {
            canned: Vec::new(),
            asked: Vec::new(),
            user: user.to_owned(),
            issued: 0,
            refresh: Vec::new(),
            access: BTreeMap::new(),
            all: Vec::new(),
            life: Duration::from_secs(3600),
            is_rotating: true,
            pending: VecDeque::new(),
        }));
        let serve = |state: &Arc<Mutex<State>>| {
            let state = state.clone();
            move |wire| serve(state.clone(), wire)
        };
        let config = ca.server_config(Certificate::Good);
        Self {
            tls: Listener::start(free_port(), Some(config), serve(&state)),
            plain: Listener::start(free_port(), None, serve(&state)),
            ca_file: ca.file().to_owned(),
            state,
        }
    }

    /// The value of an `oauth2` key that asks here, as TOML.
    pub fn settings(&self) -> String {
        self.settings_with("")
    }

    /// The same with further keys, such as `, grant = "code"`.
    pub fn settings_with(&self, keys: &str) -> String {
        let at = format!("https://localhost:{}", self.tls.port);
        format!(
            "{{ provider = \"custom\", client_id = \"our-id\", client_secret = \"our-secret\", \
             scopes = [\"mail\", \"offline_access\"], token_url = \"{at}/token\", \
             device_url = \"{at}/device\", ca_file = {:?}{keys} }}",
            self.ca_file
        )
    }

    /// Dovecot's settings for logins with tokens of this server; its file is `path`.
    pub fn dovecot_passdb(&self, path: &std::path::Path) -> String {
        let url = format!(
            "http://127.0.0.1:{}/tokeninfo?access_token=",
            self.plain.port
        );
        let text = format!("tokeninfo_url = {url}\nusername_attribute = email\n");
        std::fs::write(path, text).unwrap();
        format!(
            "auth_mechanisms = plain login xoauth2\npassdb {{\n  driver = oauth2\n  mechanisms = \
             xoauth2\n  args = {}\n}}\n",
            path.display()
        )
    }

    /// What mail servers ask.
    pub fn gate(&self) -> Gate {
        Gate(self.state.clone())
    }

    /// What is done at the next request to `/token`, `/device` or `/tokeninfo`.
    pub fn next(&self, path: &str, canned: Canned) {
        let canned = (path.to_owned(), canned);
        self.state.lock().unwrap().canned.push(canned);
    }

    /// A person gives consent elsewhere; returns the refresh token.
    pub fn consent(&self) -> String {
        self.state.lock().unwrap().refresh_token()
    }

    /// The person takes the consent back: no token is taken any more.
    pub fn end_consent(&self) {
        let mut state = self.state.lock().unwrap();
        state.refresh.clear();
        state.access.clear();
    }

    /// No access token given so far is taken any more; refresh tokens are.
    pub fn end_access(&self) {
        self.state.lock().unwrap().access.clear();
    }

    /// Whether any access token given so far is still taken.
    pub fn has_live_token(&self) -> bool {
        let state = self.state.lock().unwrap();
        state.access.values().any(|ends| Instant::now() < *ends)
    }

    /// How long access tokens last from now on.
    pub fn set_life(&self, life: Duration) {
        self.state.lock().unwrap().life = life;
    }

    /// Whether each answer brings a new refresh token, and the old one ends.
    pub fn set_rotating(&self, is_rotating: bool) {
        self.state.lock().unwrap().is_rotating = is_rotating;
    }

    /// What `/token` says to a device code before the person has consented, each once.
    pub fn set_pending(&self, errors: &[&'static str]) {
        self.state.lock().unwrap().pending = errors.iter().copied().collect();
    }

    /// Every request to a path so far.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        let state = self.state.lock().unwrap();
        let of_path = state.asked.iter().filter(|asked| asked.path == path);
        of_path.cloned().collect()
    }

    /// The refresh tokens that came to `/token`, in order.
    pub fn refreshed_with(&self) -> Vec<String> {
        let asked = self.asked("/token").into_iter();
        asked
            .filter_map(|mut asked| asked.form.remove("refresh_token"))
            .collect()
    }

    /// Every token and code given so far: none of them may be shown anywhere.
    pub fn secrets(&self) -> Vec<String> {
        self.state.lock().unwrap().all.clone()
    }
}

impl State {
    fn secret(&mut self, kind: &str) -> String {
        self.issued += 1;
        let secret = format!(
            "{kind}-{}-abcdefghijklmnopqrstuvwxyz0123456789",
            self.issued
        );
        self.all.push(secret.clone());
        secret
    }

    fn refresh_token(&mut self) -> String {
        let token = self.secret("refresh");
        self.refresh.push(token.clone());
        token
    }

    fn tokens(&mut self, has_refresh: bool) -> (u16, Value) {
        let access = self.secret("access");
        self.access
            .insert(access.clone(), Instant::now() + self.life);
        let mut answer = json!({
            "access_token": access, "token_type": "Bearer", "expires_in": self.life.as_secs(),
        });
        if has_refresh {
            answer["refresh_token"] = self.refresh_token().into();
        }
        (200, answer)
    }

    fn token(&mut self, form: &BTreeMap<String, String>) -> (u16, Value) {
        let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let refuse = |error: &str| {
            let words = format!("{error} of support@example.com, said at length. Trace ID: 1");
            (400, json!({ "error": error, "error_description": words }))
        };
        if (field("client_id"), field("client_secret")) != ("our-id", "our-secret") {
            return refuse("invalid_client");
        }
        match field("grant_type") {
            "client_credentials" => self.tokens(false),
            "refresh_token" => {
                let used = field("refresh_token").to_owned();
                if !self.refresh.contains(&used) {
                    return refuse("invalid_grant");
                }
                let is_rotating = self.is_rotating;
                if is_rotating {
                    self.refresh.retain(|token| *token != used);
                }
                self.tokens(is_rotating)
            }
            "urn:ietf:params:oauth:grant-type:device_code" => match self.pending.pop_front() {
                Some(error) => refuse(error),
                None => self.tokens(true),
            },
            "authorization_code" if field("code") == "a-code" => self.tokens(true),
            "authorization_code" => refuse("invalid_grant"),
            _ => refuse("unsupported_grant_type"),
        }
    }

    fn answer(&mut self, path: &str, form: &BTreeMap<String, String>) -> (u16, Value) {
        match path {
            "/device" => {
                let code = self.secret("device");
                let answer = json!({
                    "device_code": code, "user_code": "WDJB-MJHT", "expires_in": 600,
                    "verification_uri": "https://id.example.com/device", "interval": 1,
                });
                (200, answer)
            }
            "/token" => self.token(form),
            "/tokeninfo" => {
                let token = form
                    .get("access_token")
                    .map(String::as_str)
                    .unwrap_or_default();
                let ends = self.access.get(token);
                match ends.is_some_and(|ends| Instant::now() < *ends) {
                    true => (200, json!({ "email": self.user, "expires_in": 60 })),
                    false => (400, json!({ "error": "invalid_token" })),
                }
            }
            _ => (404, json!({})),
        }
    }
}

fn fields(text: &str) -> BTreeMap<String, String> {
    form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}

async fn serve(state: Arc<Mutex<State>>, mut wire: Wire) -> Wired<()> {
    let line = wire.text().await?;
    let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut length = 0;
    loop {
        let header = wire.text().await?.to_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    let body = String::from_utf8_lossy(&wire.exact(length).await?).into_owned();
    let (path, query) = target.split_once('?').unwrap_or((&target, &body));
    let form = fields(query);
    let canned = {
        let mut state = state.lock().unwrap();
        if path != "/tokeninfo" {
            let asked = Asked {
                path: path.to_owned(),
                form: form.clone(),
                at: Instant::now(),
            };
            state.asked.push(asked);
        }
        let at = state.canned.iter().position(|(meant, _)| meant == path);
        at.map(|at| state.canned.remove(at).1)
    };
    let (status, body) = match canned {
        Some(Canned::Close) => return Err(io::ErrorKind::ConnectionAborted.into()),
        Some(Canned::Stall) => return stall().await,
        Some(Canned::Reply(status, body)) => (status, body),
        usual => {
            match usual {
                Some(Canned::Delay(time)) => tokio::time::sleep(time).await,
                Some(Canned::Cut(bytes)) => wire.quota = Some(bytes),
                _ => {}
            }
            let (status, body) = state.lock().unwrap().answer(path, &form);
            (status, body.to_string())
        }
    };
    wire.send(format!(
        "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    ))
    .await?;
    wire.close().await;
    Ok(())
}
