//! `maildesk backup`: a consistent copy of the database.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use clap::Args;
use serde_json::json;

use super::{Context, Failure, failure::say, output::size};

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to write; it must not exist
    path: PathBuf,
}

pub(super) async fn run(context: &Context, args: Backup) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.store(&config)?;
    store.backup(args.path.clone()).await?;
    let shown = args.path.display();
    // customers' mail is in it: for nobody else's eyes
    let bytes = fs::set_permissions(&args.path, fs::Permissions::from_mode(0o600))
        .and_then(|()| fs::metadata(&args.path))
        .map_err(|error| Failure::Failed(format!("closing the backup {shown}: {error}")))?
        .len();
    let secret = &config.desk.secret_file;
    let done = json!({ "path": args.path, "size": bytes });
    context.print(&done, || format!("{shown}: {}\n", size(bytes)))?;
    if !context.is_json {
        say(&format!(
            "keep a copy of {} with it: without that file links already sent stop working",
            secret.display()
        ));
    }
    Ok(())
}
