//! A line client, plain or under TLS: enough to speak IMAP, SMTP or LMTP by hand.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use rustls::{ClientConfig, ClientConnection, StreamOwned, pki_types::ServerName};

trait Stream: Read + Write + Send {}
impl<S: Read + Write + Send> Stream for S {}

/// One connection to 127.0.0.1.
pub struct Client {
    reader: BufReader<Box<dyn Stream>>,
    raw: TcpStream,
    tag: usize,
}

impl Client {
    /// Connects, under TLS at once if a config is given.
    ///
    /// # Errors
    /// When the connection or the TLS handshake fails.
    pub fn connect(port: u16, tls: Option<Arc<ClientConfig>>) -> std::io::Result<Self> {
        let raw = TcpStream::connect(("127.0.0.1", port))?;
        raw.set_read_timeout(Some(Duration::from_secs(20)))?;
        raw.set_nodelay(true)?;
        let plain = Self {
            reader: BufReader::new(Box::new(raw.try_clone()?)),
            raw,
            tag: 0,
        };
        match tls {
            Some(config) => plain.start_tls(config),
            None => Ok(plain),
        }
    }

    /// Turns the connection to TLS, for `localhost`.
    ///
    /// # Errors
    /// When the handshake fails: the certificate is not to be trusted, say.
    pub fn start_tls(self, config: Arc<ClientConfig>) -> std::io::Result<Self> {
        let name = ServerName::try_from("localhost").unwrap();
        let mut connection = ClientConnection::new(config, name).unwrap();
        let mut raw = self.raw.try_clone()?;
        while connection.is_handshaking() {
            connection.complete_io(&mut raw)?;
        }
        let stream = StreamOwned::new(connection, raw);
        Ok(Self {
            reader: BufReader::new(Box::new(stream)),
            ..self
        })
    }

    /// The next line without its line end; empty at the end of the stream.
    pub fn line(&mut self) -> String {
        let mut line = Vec::new();
        self.reader.read_until(b'\n', &mut line).unwrap_or_default();
        String::from_utf8_lossy(&line).trim_end().to_owned()
    }

    /// Sends bytes.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.reader.get_mut().write_all(bytes.as_ref()).unwrap();
        self.reader.get_mut().flush().unwrap();
    }

    /// SMTP: sends a line (none: the greeting) and returns the last line of the reply.
    pub fn smtp(&mut self, line: &str) -> String {
        if !line.is_empty() {
            self.send(format!("{line}\r\n"));
        }
        loop {
            let reply = self.line();
            if reply.get(3..4) != Some("-") {
                return reply;
            }
        }
    }

    /// IMAP: sends a command and returns all lines up to its tagged answer, tag cut off. Literals
    /// stand in the lines as they came.
    pub fn imap(&mut self, command: &str) -> Vec<String> {
        self.tag += 1;
        let tag = format!("t{} ", self.tag);
        self.send(format!("{tag}{command}\r\n"));
        let mut lines = Vec::new();
        loop {
            let line = self.line();
            if let Some(answer) = line.strip_prefix(&tag) {
                lines.push(answer.to_owned());
                return lines;
            }
            if line.is_empty() && self.reader.fill_buf().map_or(true, <[u8]>::is_empty) {
                lines.push("closed".into());
                return lines;
            }
            lines.push(line);
        }
    }
}
