//! `maildesk run`: the daemon, in the foreground.

use anyhow::Context as _;

use super::Failure;
use crate::{
    config::Config,
    daemon::{Daemon, StartError},
};

/// Runs until a signal.
pub(super) fn run(config: Config) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    runtime.block_on(async { Ok(Daemon::start(config).await?.run().await?) })
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Faults(faults) => Self::Faults(faults),
            StartError::Other(error) => error.into(),
        }
    }
}
