//! Dialling: TCP without Nagle, TLS by rustls. Shared by all who speak to servers.

pub mod http;

use std::{
    fmt, io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::config::{Server, Tls};

/// How long a connection may take to come up, each step of it.
const CONNECT: Duration = Duration::from_secs(20);

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// Name, route or port.
    #[error("connecting to {server}: {cause}")]
    Connect {
        /// `host:port`.
        server: String,
        /// What the system said.
        cause: io::Error,
    },
    /// Nothing answered in time.
    #[error("connecting to {server}: no answer within {} s", CONNECT.as_secs())]
    Timeout {
        /// `host:port`.
        server: String,
    },
    /// The certificate or the handshake.
    #[error("TLS with {server}: {cause}: correct the server's certificate, `host`, or `ca_file`")]
    Tls {
        /// `host:port`.
        server: String,
        /// What rustls said.
        cause: String,
    },
}

/// Dials one server, again and again.
#[derive(Clone)]
pub struct Dialer {
    server: Server,
    tls: Arc<ClientConfig>,
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dialer({})", self.name())
    }
}

impl Dialer {
    /// A dialer with the system's roots and those of the server's `ca_file`.
    ///
    /// # Errors
    /// When `ca_file` can no longer be read, or no trusted root is left at all.
    pub fn new(server: &Server) -> Result<Self, NetError> {
        let failed = |cause: String| NetError::Tls {
            server: format!("{}:{}", server.host, server.port),
            cause,
        };
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(path) = &server.ca_file {
            let read = |error| failed(format!("reading {}: {error}", path.display()));
            for cert in CertificateDer::pem_file_iter(path).map_err(read)? {
                roots
                    .add(cert.map_err(read)?)
                    .map_err(|error| failed(error.to_string()))?;
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            server: server.clone(),
            tls: Arc::new(tls),
        })
    }

    /// How the connection is protected.
    pub fn tls(&self) -> Tls {
        self.server.tls
    }

    /// `host:port`, for messages.
    pub fn name(&self) -> String {
        format!("{}:{}", self.server.host, self.server.port)
    }

    /// A connection, with TLS where it begins at once.
    ///
    /// # Errors
    /// Name, route, port, handshake, time.
    pub async fn dial(&self) -> Result<Stream, NetError> {
        let address = (self.server.host.as_str(), self.server.port);
        let connected = timeout(CONNECT, TcpStream::connect(address))
            .await
            .map_err(|_| NetError::Timeout {
                server: self.name(),
            })?;
        let failed = |cause| NetError::Connect {
            server: self.name(),
            cause,
        };
        let tcp = connected.map_err(failed)?;
        // Nagle waits 40 ms for an answer to every small packet of a dialogue
        tcp.set_nodelay(true).map_err(failed)?;
        match self.server.tls {
            Tls::Implicit => self.secure(Stream::Plain(tcp)).await,
            Tls::Starttls | Tls::None => Ok(Stream::Plain(tcp)),
        }
    }

    /// Begins TLS on a connection that said STARTTLS.
    ///
    /// # Errors
    /// Handshake, certificate, time.
    pub async fn secure(&self, stream: Stream) -> Result<Stream, NetError> {
        let failed = |cause: String| NetError::Tls {
            server: self.name(),
            cause,
        };
        let Stream::Plain(tcp) = stream else {
            return Ok(stream);
        };
        let name = ServerName::try_from(self.server.host.clone())
            .map_err(|error| failed(error.to_string()))?;
        let handshake = TlsConnector::from(Arc::clone(&self.tls)).connect(name, tcp);
        let secured = timeout(CONNECT, handshake)
            .await
            .map_err(|_| NetError::Timeout {
                server: self.name(),
            })?
            .map_err(|error| failed(handshake_words(&error)))?;
        Ok(Stream::Tls(Box::new(secured)))
    }
}

/// Why a handshake failed, in the same words each time: rustls counts the seconds since a
/// certificate ended, and a trouble is said once as long as its words stay.
fn handshake_words(error: &io::Error) -> String {
    use rustls::{CertificateError::*, Error::InvalidCertificate};
    let date = |time: rustls::pki_types::UnixTime| {
        let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        jiff::Timestamp::from_second(seconds).map_or_else(|_| "?".to_owned(), |at| at.to_string())
    };
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    match inner {
        Some(InvalidCertificate(ExpiredContext { not_after, .. })) => {
            format!(
                "invalid peer certificate: certificate expired on {}",
                date(*not_after)
            )
        }
        Some(InvalidCertificate(NotValidYetContext { not_before, .. })) => {
            let date = date(*not_before);
            format!("invalid peer certificate: certificate not valid before {date}")
        }
        _ => error.to_string(),
    }
}

/// A connection, with or without TLS.
#[derive(Debug)]
pub enum Stream {
    /// In the clear.
    Plain(TcpStream),
    /// Under TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// The address of the other side.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn peer_addr(&self) -> io::Result<std::net::SocketAddr> {
        match self {
            Stream::Plain(tcp) => tcp.peer_addr(),
            Stream::Tls(tls) => tls.get_ref().0.peer_addr(),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Stream::Tls(tls) => Pin::new(tls.as_mut()).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Stream::Tls(tls) => Pin::new(tls.as_mut()).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Stream::Tls(tls) => Pin::new(tls.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Stream::Tls(tls) => Pin::new(tls.as_mut()).poll_shutdown(cx),
        }
    }
}
