//! Postfix' own `smtp-sink`: takes every mail without question, one file each.

use std::{fs, net::TcpStream, path::Path, process::Command, time::Duration};

use tempfile::TempDir;

use super::{
    Account, Tls, free_port,
    process::{Group, RunAs, program},
    wait::eventually,
};

/// A mail in the sink.
#[derive(Clone, Debug)]
pub struct SunkMail {
    /// Envelope sender without brackets.
    pub sender: String,
    /// Envelope recipients without brackets.
    pub recipients: Vec<String>,
    /// The mail with CRLF line ends.
    pub data: Vec<u8>,
}

/// A running sink; gone when dropped. No TLS, no login.
pub struct SmtpSink {
    group: Group,
    dir: TempDir,
    /// TCP port on 127.0.0.1.
    pub port: u16,
}

impl SmtpSink {
    /// Starts it on a free port.
    pub fn start() -> Self {
        let dir = TempDir::with_prefix("maildesk-sink-").unwrap();
        let run_as = RunAs::unprivileged();
        let mails = dir.path().join("mails");
        fs::create_dir(&mails).unwrap();
        run_as.own(dir.path());
        run_as.own(&mails);
        let port = free_port();
        let mut command = Command::new(program("smtp-sink"));
        // one file a mail; the sink adds a random number to this name
        command.arg("-d").arg(mails.join("mail-"));
        command.arg(format!("127.0.0.1:{port}")).arg("100");
        command.current_dir(dir.path());
        run_as.apply(&mut command);
        let log = dir.path().join("log");
        let mut group = Group::spawn(&mut command, &log);
        eventually(Duration::from_secs(10), "smtp-sink listens", || {
            if let Some(status) = group.ended() {
                panic!("smtp-sink ended, {status}: {:?}", fs::read_to_string(&log));
            }
            TcpStream::connect(("127.0.0.1", port))
        });
        Self { group, dir, port }
    }

    /// How to reach it.
    pub fn account(&self) -> Account {
        Account {
            host: "localhost".into(),
            port: self.port,
            tls: Tls::None,
            ..Default::default()
        }
    }

    /// The mails so far, in order of arrival, those that are written to the end.
    pub fn mails(&self) -> Vec<SunkMail> {
        let files = fs::read_dir(self.dir.path().join("mails")).unwrap();
        let mut files: Vec<_> = files
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.metadata().unwrap().modified().unwrap(), entry.path()))
            .collect();
        files.sort();
        files.iter().filter_map(|(_, file)| read(file)).collect()
    }

    /// Waits for at least `count` mails.
    #[track_caller]
    pub fn wait_for(&self, count: usize, timeout: Duration) -> Vec<SunkMail> {
        eventually(timeout, &format!("{count} mails in the sink"), || {
            let mails = self.mails();
            if mails.len() >= count {
                Ok(mails)
            } else {
                Err(format!("{} mails", mails.len()))
            }
        })
    }
}

/// Takes off what the sink wrote in front: the envelope, and a Received field of three lines.
fn read(file: &Path) -> Option<SunkMail> {
    let bytes = fs::read(file).ok()?;
    // an empty line of the sink's own ends the file
    let text = String::from_utf8_lossy(bytes.strip_suffix(b"\n\n")?).into_owned() + "\n";
    let (mut sender, mut recipients) = (String::new(), Vec::new());
    let mut rest = text.as_str();
    while let Some((line, tail)) = rest.split_once('\n') {
        let path = |value: &str| {
            let path = value.trim().split_once('>').map_or(value, |(path, _)| path);
            path.trim_start_matches(['<', ' ']).to_owned()
        };
        match line.split_once(':') {
            Some(("X-Mail-Args", value)) => sender = path(value),
            Some(("X-Rcpt-Args", value)) => recipients.push(path(value)),
            Some((name, _)) if name.starts_with("X-Client-") || name == "X-Helo-Args" => {}
            _ => break,
        }
        rest = tail;
    }
    let mail = rest.splitn(4, '\n').nth(3)?;
    Some(SunkMail {
        sender,
        recipients,
        data: mail.replace('\n', "\r\n").into_bytes(),
    })
}
