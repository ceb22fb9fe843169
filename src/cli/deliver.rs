//! `maildesk deliver`: one mail from an MTA's pipe into the desk.

use std::io::{self, Read};

use clap::Args;
use ring::digest::{Context as Digest, SHA256};
use serde_json::json;

use super::{Context, Failure, values::unknown};
use crate::{
    clock,
    config::Config,
    mailbox::oversize::{HEADER_BYTES, cut_to_headers},
    store::{Received, Store, StoreError},
};

#[derive(Debug, Args)]
pub(super) struct Deliver {
    /// The mailbox of the config that it belongs to
    #[arg(long, value_name = "NAME")]
    mailbox: String,
}

/// Stores the mail; the running daemon files it. The same bytes twice are one mail.
pub(super) async fn run(context: &Context, args: Deliver) -> Result<(), Failure> {
    let config = context.config()?;
    refuse_unknown(&config, &args.mailbox)?;
    let limit = config.limits.max_message_size;
    let mail = take(io::stdin().lock(), limit).map_err(|error| {
        Failure::Passing(format!(
            "reading the mail from standard input: {error}: the mail server should try again"
        ))
    })?;
    if mail.size == 0 {
        return Err(Failure::Failed(
            "no mail on standard input: pipe one whole mail into this command".to_owned(),
        ));
    }
    let (source, size, whole) = (mail.source.clone(), mail.size, mail.whole);
    let store = Store::open_existing(&config.storage.path).map_err(ours)?;
    let name = args.mailbox.clone();
    let new = store
        .write(move |pen| pen.receive_at(&name, 0, &[mail], false))
        .await
        .map_err(ours)?;
    let stored = json!({
        "mailbox": args.mailbox, "source": source, "size": size, "whole": whole, "new": new > 0,
    });
    context.print(&stored, || {
        // an MTA reports what a pipe says: silence is the good answer
        String::new()
    })
}

/// Refuses a mailbox that the config does not have.
pub(super) fn refuse_unknown(config: &Config, name: &str) -> Result<(), Failure> {
    let known: Vec<&str> = config.mailboxes.iter().map(|m| m.name.as_str()).collect();
    if known.contains(&name) {
        return Ok(());
    }
    let remedy = "add a [[mailbox]] to the config";
    Err(Failure::Usage(unknown("mailbox", name, &known, remedy)))
}

/// Whatever keeps our database from taking a mail is ours to mend; the mail must not bounce. Only
/// what does not fit the schema would never go in.
fn ours(error: StoreError) -> Failure {
    match error {
        StoreError::Unfit(_) => Failure::Failed(error.to_string()),
        _ => Failure::Passing(error.to_string()),
    }
}

/// Reads to the end, also past the limit: an MTA takes a pipe closed early for a failure.
fn take(mut from: impl Read, limit: u64) -> io::Result<Received> {
    let keep = HEADER_BYTES.max(usize::try_from(limit).unwrap_or(usize::MAX));
    let mut digest = Digest::new(&SHA256);
    let (mut bytes, mut size) = (Vec::new(), 0);
    let mut chunk = vec![0; 64 << 10];
    loop {
        let count = match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let read = chunk.get(..count).unwrap_or_default();
        digest.update(read);
        size += count as u64;
        let room = keep.saturating_sub(bytes.len()).min(count);
        bytes.extend_from_slice(read.get(..room).unwrap_or_default());
    }
    let whole = size <= limit;
    if !whole {
        cut_to_headers(&mut bytes);
    }
    Ok(Received {
        source: format!("pipe:{}", hex(digest.finish().as_ref())),
        uid: 0,
        arrived_at: clock::now(),
        history: false,
        size,
        whole,
        bytes,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_over_the_limit_keeps_its_headers_alone() {
        let mail = format!("Subject: big\n\n{}", "x".repeat(5_000));
        let big = take(mail.as_bytes(), 1_024).unwrap();
        assert_eq!(big.bytes, b"Subject: big\n\n");
        assert_eq!((big.size, big.whole), (mail.len() as u64, false));
        let small = take(mail.as_bytes(), 10_000).unwrap();
        assert_eq!(
            (small.bytes.as_slice(), small.whole),
            (mail.as_bytes(), true)
        );
        assert_eq!(small.source, big.source);
        let crlf = take("A: b\r\n\r\nbody".as_bytes(), 5).unwrap();
        assert_eq!(crlf.bytes, b"A: b\r\n\r\n");
    }

    #[test]
    fn the_place_of_a_mail_is_its_digest() {
        let abc = take(b"abc".as_slice(), 10).unwrap();
        assert_eq!(
            abc.source,
            "pipe:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
