//! One question to an HTTP server: our own connection, one answer of a bounded size, no redirects.

use std::{path::PathBuf, time::Duration};

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::{Request, Uri, body::Bytes, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use super::{Dialer, NetError};
use crate::config::{Server, Tls};

/// The longest wait for a whole answer.
const ANSWER: Duration = Duration::from_secs(30);
/// The largest answer, in bytes.
const LARGEST: usize = 256 << 10;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// No connection.
    #[error(transparent)]
    Net(#[from] NetError),
    /// Nothing whole came in time.
    #[error("asking {server}: no answer within {} s", ANSWER.as_secs())]
    Timeout {
        /// `host:port`.
        server: String,
    },
    /// More came than is read.
    #[error("asking {server}: the answer is larger than {} KiB", LARGEST >> 10)]
    TooLarge {
        /// `host:port`.
        server: String,
    },
    /// Not HTTP, or cut off.
    #[error("asking {server}: {cause}")]
    Broken {
        /// `host:port`.
        server: String,
        /// What went wrong.
        cause: String,
    },
}

/// What a server answered. No `Debug`: it may hold secrets.
pub struct Answer {
    /// The status code, such as 200.
    pub status: u16,
    /// The body, as it came.
    pub body: Vec<u8>,
}

/// Asks servers, each time over a new connection.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// A PEM file with roots to trust beside the system's.
    pub ca_file: Option<PathBuf>,
}

impl Client {
    /// Sends a form to an `https` URL (or an `http` one) and waits for the answer, whatever its
    /// status.
    ///
    /// # Errors
    /// No connection, no answer in time, not HTTP, or too large.
    pub async fn post_form(&self, url: &Uri, form: &[(&str, &str)]) -> Result<Answer, HttpError> {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        self.ask(url, Some(body)).await
    }

    /// Asks for what stands at an `https` URL (or an `http` one), whatever the status of the answer.
    ///
    /// # Errors
    /// As [`Client::post_form`].
    pub async fn get(&self, url: &Uri) -> Result<Answer, HttpError> {
        self.ask(url, None).await
    }

    async fn ask(&self, url: &Uri, form: Option<String>) -> Result<Answer, HttpError> {
        let server = self.server(url);
        let dialer = Dialer::new(&server)?;
        let name = dialer.name();
        let asked = timeout(ANSWER, ask(&dialer, url, form)).await;
        asked.unwrap_or(Err(HttpError::Timeout { server: name }))
    }

    fn server(&self, url: &Uri) -> Server {
        let (tls, usual) = match url.scheme_str() {
            Some("http") => (Tls::None, 80),
            _ => (Tls::Implicit, 443),
        };
        let host = url.host().unwrap_or_default();
        Server {
            // an IPv6 address stands in brackets in a URL alone
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port_u16().unwrap_or(usual),
            tls,
            ca_file: self.ca_file.clone(),
        }
    }
}

async fn ask(dialer: &Dialer, url: &Uri, form: Option<String>) -> Result<Answer, HttpError> {
    let broken = |cause: String| HttpError::Broken {
        server: dialer.name(),
        cause,
    };
    let stream = TokioIo::new(dialer.dial().await?);
    let (mut sender, connection) = http1::handshake(stream)
        .await
        .map_err(|error| broken(error.to_string()))?;
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let host = url.authority().map_or("", |authority| authority.as_str());
    let mut request = Request::get(path);
    if form.is_some() {
        request = Request::post(path)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    let request = request
        .header(header::HOST, host)
        .header(header::CONNECTION, "close")
        .header(
            header::USER_AGENT,
            concat!("maildesk/", env!("CARGO_PKG_VERSION")),
        )
        .body(Full::new(Bytes::from(form.unwrap_or_default())))
        .map_err(|error| broken(error.to_string()))?;
    let answering = async {
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| broken(error.to_string()))?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), LARGEST).collect().await;
        let body = body.map_err(|error| match error.is::<LengthLimitError>() {
            true => HttpError::TooLarge {
                server: dialer.name(),
            },
            false => broken(error.to_string()),
        })?;
        Ok(Answer {
            status,
            body: body.to_bytes().to_vec(),
        })
    };
    tokio::pin!(connection, answering);
    tokio::select! {
        // before the connection's end, which comes with the last byte of an answer
        biased;
        answer = &mut answering => answer,
        _ = &mut connection => answering.await,
    }
}
