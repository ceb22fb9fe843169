//! Mails as `.eml` files in a directory: nothing leaves the machine.

use std::{io, path::Path};

use super::{Outcome, Reply};
use crate::store::Delivery;

/// Writes the mail under its row's number, so that a second attempt replaces the first.
pub(super) async fn send(directory: &Path, delivery: &Delivery) -> Outcome {
    let name = format!("{:08}-{}.eml", delivery.id, delivery.kind);
    match write(directory, &name, &delivery.bytes).await {
        Ok(()) => Outcome::Delivered,
        Err(error) => {
            let words = format!("writing to {}: {error}", directory.display());
            Outcome::Temporary(Reply::local(words))
        }
    }
}

async fn write(directory: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    tokio::fs::create_dir_all(directory).await?;
    let hidden = directory.join(format!(".{name}"));
    tokio::fs::write(&hidden, bytes).await?;
    tokio::fs::rename(&hidden, directory.join(name)).await
}
