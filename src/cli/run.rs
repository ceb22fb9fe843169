//! `maildesk run`: the daemon, in the foreground.

use anyhow::Context;

use crate::{config::Config, daemon::Daemon};

/// Runs until a signal.
///
/// # Errors
/// What keeps the desk from running.
pub(super) fn run(config: Config) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    runtime.block_on(async { Daemon::start(config).await?.run().await })
}
