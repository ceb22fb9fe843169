//! One IMAP session over async-imap's transport and parser.
//!
//! async-imap's own typed calls take a tagged NO or BAD, and even a closed socket, for an empty
//! answer (its issue 95): a gateway that believed them would lose mail. So each command is run
//! here: it ends in the tagged OK or in an error. A command that was left in the middle poisons
//! the session, since its late answers would be taken for those of the next one.

use std::{
    collections::HashSet,
    io,
    time::{Duration, Instant},
};

use async_imap::imap_proto::{MailboxDatum, Outcome, Response, ResponseCode, Status};
use jiff::Timestamp;
use tokio::{io::AsyncWriteExt as _, time::timeout};

use super::{ImapError, login};
use crate::{config::Imap, net::Stream, oauth::Consents};

/// What is written of a mail at a time: each piece may take as long as an answer.
const PIECE: usize = 64 * 1024;

/// The longest silence inside a command. A dead NAT looks like silence.
pub(super) const SILENCE: Duration = Duration::from_secs(60);

pub(super) struct Session {
    inner: async_imap::Session<Stream>,
    capabilities: HashSet<String>,
    is_inside_command: bool,
    /// The server told of mail that was not listed yet.
    pub(super) has_news: bool,
}

/// What SELECT says (RFC 3501 section 6.3.1).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Selected {
    pub(super) uidvalidity: u32,
    /// 0 where the server does not say.
    pub(super) uidnext: u32,
    pub(super) exists: u32,
}

impl Session {
    /// Connects, makes the connection safe, logs in.
    pub(super) async fn open(account: &Imap, consents: &Consents) -> Result<Self, ImapError> {
        let mut session = Self {
            inner: login::log_in(account, consents).await?,
            capabilities: HashSet::new(),
            is_inside_command: false,
            has_news: false,
        };
        session.ask_capabilities().await?;
        Ok(session)
    }

    async fn ask_capabilities(&mut self) -> Result<(), ImapError> {
        let mut found = HashSet::new();
        self.command("CAPABILITY", |response| {
            if let Some(offered) = login::offered(response) {
                found = offered;
            }
        })
        .await?;
        self.capabilities = found;
        Ok(())
    }

    pub(super) fn has(&self, capability: &str) -> bool {
        self.capabilities.contains(capability)
    }

    pub(super) fn capabilities(&self) -> Vec<String> {
        let mut names: Vec<String> = self.capabilities.iter().cloned().collect();
        names.sort();
        names
    }

    pub(super) async fn select(&mut self, folder: &str) -> Result<Selected, ImapError> {
        let mut selected = Selected::default();
        let line = format!("SELECT {}", super::folder::quoted(folder));
        self.command(&line, |response| match response {
            Response::Data { outcome, .. } => match outcome.code {
                Some(ResponseCode::UidValidity(value)) => selected.uidvalidity = value,
                Some(ResponseCode::UidNext(value)) => selected.uidnext = value,
                _ => {}
            },
            Response::MailboxData(MailboxDatum::Exists(count)) => selected.exists = *count,
            _ => {}
        })
        .await?;
        if selected.uidvalidity == 0 {
            return Err(ImapError::Garbled("SELECT told no UIDVALIDITY".to_owned()));
        }
        Ok(selected)
    }

    /// Runs one command to its tagged answer; `on` sees everything untagged.
    pub(super) async fn command(
        &mut self,
        line: &str,
        mut on: impl FnMut(&Response<'_>),
    ) -> Result<(), ImapError> {
        let name = command_name(line);
        if std::mem::replace(&mut self.is_inside_command, true) {
            return Err(ImapError::Poisoned);
        }
        let sent = timeout(SILENCE, self.inner.run_command(line)).await;
        let tag = sent
            .map_err(|_| ImapError::Silent {
                command: name.clone(),
            })?
            .map_err(|_| ImapError::Closed)?;
        loop {
            let ended = self.read(&name, |response| match response {
                Response::Done {
                    tag: answered,
                    status,
                    outcome,
                } if *answered == tag => Some(judge(&name, status, outcome)),
                other => {
                    on(other);
                    None
                }
            });
            if let Some(judged) = ended.await? {
                self.is_inside_command = false;
                return judged;
            }
        }
    }

    /// Puts a mail into a folder, marked as read (RFC 3501 section 6.3.11). `date` becomes its
    /// INTERNALDATE. Its bytes wait for the server's word also where LITERAL+ is offered: what the
    /// server refuses is not uploaded.
    pub(super) async fn append(
        &mut self,
        folder: &str,
        date: Timestamp,
        bytes: &[u8],
    ) -> Result<(), ImapError> {
        if std::mem::replace(&mut self.is_inside_command, true) {
            return Err(ImapError::Poisoned);
        }
        let line = format!(
            "APPEND {} (\\Seen) \"{}\" {{{}}}",
            super::folder::quoted(folder),
            date.strftime("%d-%b-%Y %H:%M:%S +0000"),
            bytes.len()
        );
        let tag = timeout(SILENCE, self.inner.run_command(&line))
            .await
            .map_err(|_| silent("APPEND"))?
            .map_err(|_| ImapError::Closed)?;
        let mut is_sent = false;
        loop {
            let step = self.read("APPEND", |response| match response {
                Response::Continue(_) => Step::GoOn,
                Response::Done {
                    tag: answered,
                    status,
                    outcome,
                } if *answered == tag => Step::Ended(judge("APPEND", status, outcome)),
                _ => Step::Told,
            });
            match step.await? {
                Step::GoOn if !is_sent => {
                    self.write_literal(bytes).await?;
                    is_sent = true;
                }
                Step::Ended(Ok(())) if !is_sent => {
                    let words = "APPEND was answered before its mail was sent";
                    return Err(ImapError::Garbled(words.to_owned()));
                }
                Step::Ended(judged) => {
                    self.is_inside_command = false;
                    return judged;
                }
                Step::GoOn | Step::Told => {}
            }
        }
    }

    async fn write_literal(&mut self, bytes: &[u8]) -> Result<(), ImapError> {
        let stream: &mut Stream = self.inner.as_mut();
        for piece in bytes.chunks(PIECE).chain([b"\r\n".as_slice()]) {
            timeout(SILENCE, stream.write_all(piece))
                .await
                .map_err(|_| silent("APPEND"))?
                .map_err(lost)?;
        }
        timeout(SILENCE, stream.flush())
            .await
            .map_err(|_| silent("APPEND"))?
            .map_err(lost)
    }

    /// Waits in IDLE (RFC 2177) until the server has news, `until`, or `interrupt`.
    pub(super) async fn idle(
        &mut self,
        until: Instant,
        interrupt: impl Future<Output = ()>,
    ) -> Result<(), ImapError> {
        if std::mem::replace(&mut self.is_inside_command, true) {
            return Err(ImapError::Poisoned);
        }
        let tag = self
            .inner
            .run_command("IDLE")
            .await
            .map_err(|_| ImapError::Closed)?;
        loop {
            let answer = self.read("IDLE", |response| match response {
                Response::Continue(_) => Some(Ok(())),
                Response::Done {
                    tag: answered,
                    status,
                    outcome,
                } if *answered == tag => Some(judge("IDLE", status, outcome)),
                _ => None,
            });
            match answer.await? {
                Some(Ok(())) => break,
                Some(Err(error)) => {
                    self.is_inside_command = false;
                    return Err(error);
                }
                None => {}
            }
        }
        let deadline = tokio::time::sleep_until(until.into());
        tokio::pin!(deadline, interrupt);
        while !self.has_news {
            // reading can be given up at any time: what came so far stays in the stream's buffer
            tokio::select! {
                read = self.inner.read_response() => {
                    let response = read
                        .map_err(lost)?
                        .ok_or(ImapError::Closed)?;
                    refuse_bye(response.parsed())?;
                    self.has_news |= is_news(response.parsed());
                }
                () = &mut deadline => break,
                () = &mut interrupt => break,
            }
        }
        self.inner
            .run_command_untagged("DONE")
            .await
            .map_err(|_| ImapError::Closed)?;
        loop {
            let is_over = self.read("DONE", |response| {
                matches!(response, Response::Done { tag: answered, .. } if *answered == tag)
            });
            if is_over.await? {
                self.is_inside_command = false;
                return Ok(());
            }
        }
    }

    pub(super) async fn logout(&mut self) {
        // the server closes either way; its words no longer matter
        let _ = timeout(Duration::from_secs(2), self.command("LOGOUT", |_| {})).await;
    }

    async fn read<R>(
        &mut self,
        command: &str,
        on: impl FnOnce(&Response<'_>) -> R,
    ) -> Result<R, ImapError> {
        let response = timeout(SILENCE, self.inner.read_response())
            .await
            .map_err(|_| ImapError::Silent {
                command: command.to_owned(),
            })?
            .map_err(lost)?
            .ok_or(ImapError::Closed)?;
        refuse_bye(response.parsed())?;
        self.has_news |= is_news(response.parsed());
        Ok(on(response.parsed()))
    }
}

/// What an answer to APPEND means.
enum Step {
    GoOn,
    Told,
    Ended(Result<(), ImapError>),
}

fn silent(command: &str) -> ImapError {
    ImapError::Silent {
        command: command.to_owned(),
    }
}

/// A connection that ends without TLS' good-bye is a closed one, not a strange answer.
pub(super) fn lost(error: io::Error) -> ImapError {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    match error.kind() {
        BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof => ImapError::Closed,
        _ => ImapError::Garbled(error.to_string()),
    }
}

fn is_news(response: &Response<'_>) -> bool {
    matches!(
        response,
        Response::MailboxData(MailboxDatum::Exists(_) | MailboxDatum::Recent(_))
    )
}

fn judge(command: &str, status: &Status, outcome: &Outcome<'_>) -> Result<(), ImapError> {
    let said = outcome
        .information
        .as_deref()
        .unwrap_or_default()
        .to_owned();
    let command = command.to_owned();
    let try_create = matches!(outcome.code, Some(ResponseCode::TryCreate));
    match status {
        Status::Ok => Ok(()),
        Status::No => Err(ImapError::No {
            command,
            said,
            try_create,
        }),
        _ => Err(ImapError::Bad { command, said }),
    }
}

pub(super) fn refuse_bye(response: &Response<'_>) -> Result<(), ImapError> {
    match response {
        Response::Data {
            status: Status::Bye,
            outcome,
        } => {
            let said = outcome
                .information
                .as_deref()
                .unwrap_or_default()
                .to_owned();
            Err(ImapError::Bye { said })
        }
        _ => Ok(()),
    }
}

/// The command without its arguments, for messages.
fn command_name(line: &str) -> String {
    let words = if line.starts_with("UID ") { 2 } else { 1 };
    line.split(' ').take(words).collect::<Vec<_>>().join(" ")
}
