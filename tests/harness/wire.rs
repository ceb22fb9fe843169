//! The server end of one connection: lines, literals and STARTTLS; and the accepting loop.

use std::{
    future::Future,
    io,
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    runtime::Runtime,
};
use tokio_rustls::TlsAcceptor;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// One connection, plain or under TLS.
pub struct Wire {
    stream: Box<dyn Stream>,
    read: Vec<u8>,
    /// How many more bytes may be written before the connection is cut.
    pub quota: Option<usize>,
    /// Whether TLS is on.
    pub is_tls: bool,
    /// Which connection of the server this is, from 1.
    pub number: usize,
}

/// `Err` ends the connection; nothing else is done about it.
pub type Wired<T> = io::Result<T>;

impl Wire {
    /// The next line without its line end, and whether that was CRLF; `UnexpectedEof` at the end.
    pub async fn line(&mut self) -> Wired<(Vec<u8>, bool)> {
        loop {
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.read.drain(..=end).collect();
                line.pop();
                let is_crlf = line.last() == Some(&b'\r');
                if is_crlf {
                    line.pop();
                }
                return Ok((line, is_crlf));
            }
            self.fill().await?;
        }
    }

    /// A line as text.
    pub async fn text(&mut self) -> Wired<String> {
        let (line, _) = self.line().await?;
        Ok(String::from_utf8_lossy(&line).into_owned())
    }

    /// Exactly `count` bytes: a literal.
    pub async fn exact(&mut self, count: usize) -> Wired<Vec<u8>> {
        while self.read.len() < count {
            self.fill().await?;
        }
        Ok(self.read.drain(..count).collect())
    }

    /// Whether the client has already sent more: a command after STARTTLS, say.
    pub fn has_more(&self) -> bool {
        !self.read.is_empty()
    }

    async fn fill(&mut self) -> Wired<()> {
        let mut chunk = [0; 16 * 1024];
        match self.stream.read(&mut chunk).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                self.read.extend_from_slice(&chunk[..count]);
                Ok(())
            }
        }
    }

    /// Sends bytes at once.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> Wired<()> {
        let bytes = bytes.as_ref();
        let allowed = self.quota.unwrap_or(usize::MAX).min(bytes.len());
        self.stream.write_all(&bytes[..allowed]).await?;
        self.stream.flush().await?;
        if allowed < bytes.len() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if let Some(quota) = &mut self.quota {
            *quota -= allowed;
        }
        Ok(())
    }

    /// Turns the connection to TLS.
    pub async fn start_tls(self, config: Arc<ServerConfig>) -> Wired<Self> {
        let stream = TlsAcceptor::from(config).accept(self.stream).await?;
        Ok(Self {
            stream: Box::new(stream),
            read: Vec::new(),
            is_tls: true,
            ..self
        })
    }

    /// Says good-bye to TLS, so that the client sees a clean end.
    pub async fn close(mut self) {
        let _ = self.stream.shutdown().await;
    }
}

/// Never returns: a server that hangs.
pub async fn stall() -> Wired<()> {
    loop {
        tokio::time::sleep(Duration::from_secs(3600)).await;
    }
}

/// Accepts connections on a thread of its own until dropped.
pub struct Listener {
    runtime: Option<Runtime>,
    /// TCP port on 127.0.0.1.
    pub port: u16,
    connections: Arc<AtomicUsize>,
}

impl Listener {
    /// Listens on `port` (0: any that is free) and gives every connection to `serve`.
    pub fn start<F, S>(port: u16, tls: Option<Arc<ServerConfig>>, serve: F) -> Self
    where
        F: Fn(Wire) -> S + Clone + Send + 'static,
        S: Future<Output = Wired<()>> + Send + 'static,
    {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = connections.clone();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                let wire = Wire {
                    stream: Box::new(stream),
                    read: Vec::new(),
                    quota: None,
                    is_tls: false,
                    number: counter.fetch_add(1, Ordering::SeqCst) + 1,
                };
                let (tls, serve) = (tls.clone(), serve.clone());
                tokio::spawn(async move {
                    let wire = match tls {
                        Some(config) => wire.start_tls(config).await?,
                        None => wire,
                    };
                    serve(wire).await
                });
            }
        });
        Self {
            runtime: Some(runtime),
            port,
            connections,
        }
    }

    /// How many connections came so far, failed TLS handshakes among them.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // a blocking shutdown is refused inside an async test
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
