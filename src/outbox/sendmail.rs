//! The sendmail program of the machine's own MTA.

use std::{path::Path, process::Stdio};

use tokio::{io::AsyncWriteExt, process::Command};

use super::{Outcome, Reply};
use crate::store::Delivery;

/// sysexits.h: the address or host does not exist, the service is refused for good.
const PERMANENT: [i32; 4] = [64, 65, 67, 68];

/// Hands the mail over on standard input.
pub(super) async fn send(program: &Path, delivery: &Delivery) -> Outcome {
    let local = |what: &str, error: &dyn std::fmt::Display| {
        Outcome::Temporary(Reply::local(format!(
            "{what} {}: {error}",
            program.display()
        )))
    };
    let spawned = Command::new(program)
        // -i: a line with a dot alone does not end the mail
        .args([
            "-i",
            "-f",
            &delivery.envelope_from,
            "--",
            &delivery.recipient.address,
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => return local("starting", &error),
    };
    // sendmail programs take the system's line ends
    let text = String::from_utf8_lossy(&delivery.bytes).replace("\r\n", "\n");
    if let Some(mut stdin) = child.stdin.take()
        && let Err(error) = stdin.write_all(text.as_bytes()).await
    {
        return local("writing to", &error);
    }
    match child.wait_with_output().await {
        Ok(output) if output.status.success() => Outcome::Delivered,
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            let reply = Reply {
                detail: said.trim().chars().take(300).collect(),
                ..Reply::local(format!(
                    "{} ended with {}",
                    program.display(),
                    output.status
                ))
            };
            match output.status.code() {
                Some(code) if PERMANENT.contains(&code) => Outcome::Permanent(reply),
                _ => Outcome::Temporary(reply),
            }
        }
        Err(error) => local("waiting for", &error),
    }
}
