//! Whether new mails are from whom they say: by servers that we believe, else by DKIM and DMARC.
//!
//! Nothing here may cost a mail: what cannot be found out in time is not known.

mod entry;
mod line;
mod proof;

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use futures_util::{FutureExt as _, StreamExt as _, stream};
use jiff::Timestamp;
use tokio::{runtime::Handle, time::timeout};

use self::line::{Line, Servers};
use super::Read;
use crate::{
    config::Trust,
    message::{
        Message,
        authentication::{Verdict, believed},
    },
    store::Waiting,
};

/// How long DNS may take over one mail, and over a batch of them.
const PER_MAIL: Duration = Duration::from_secs(3);
const PER_BATCH: Duration = Duration::from_secs(5);
/// Mails that are asked about at the same time.
const AT_ONCE: usize = 16;

/// Verifies what comes in, with the settings of the moment.
#[derive(Default)]
pub struct Verifier {
    line: Line,
}

impl Verifier {
    /// What is known of the author of a whole mail of these bytes that came at `arrived_at`.
    pub async fn verdict(
        &self,
        trust: &Trust,
        bytes: &[u8],
        message: &Message,
        arrived_at: Timestamp,
    ) -> Verdict {
        if let Some(verdict) = believed(message, &trust.authserv_ids) {
            return verdict;
        }
        if !trust.verify {
            return Verdict::None;
        }
        match self.line.servers(&trust.dns_servers).await {
            Some(servers) => prove(&servers, bytes, message, arrived_at, PER_MAIL).await,
            None => Verdict::Trouble,
        }
    }

    /// Says of each mail what is known of its author's domain. Blocks its thread: signatures are
    /// reckoned here.
    pub(super) fn verify(&self, runtime: &Handle, trust: &Trust, batch: &mut [Read]) {
        let mut open = Vec::new();
        for (waiting, message) in batch {
            let Some(message) = message else { continue };
            match believed(message, &trust.authserv_ids) {
                Some(verdict) => message.dmarc = verdict,
                None if waiting.whole && !waiting.history => open.push((&*waiting, message)),
                None => {}
            }
        }
        if trust.verify && !open.is_empty() {
            runtime.block_on(self.ask(trust, open));
        }
    }

    async fn ask(&self, trust: &Trust, mails: Vec<(&Waiting, &mut Message)>) {
        let Some(servers) = self.line.servers(&trust.dns_servers).await else {
            return;
        };
        let end = Instant::now() + PER_BATCH;
        stream::iter(mails)
            .for_each_concurrent(AT_ONCE, |(waiting, message)| {
                let servers = &servers;
                async move {
                    let left = end.saturating_duration_since(Instant::now());
                    if servers.is_silent() || left.is_zero() {
                        return;
                    }
                    let (bytes, at) = (&waiting.bytes, waiting.arrived_at);
                    message.dmarc = prove(servers, bytes, message, at, left).await;
                    if message.dmarc == Verdict::Trouble {
                        self.line.doubt(servers).await;
                    }
                }
            })
            .await;
    }
}

async fn prove(
    servers: &Servers,
    bytes: &[u8],
    message: &Message,
    arrived_at: Timestamp,
    left: Duration,
) -> Verdict {
    let proof = proof::proof(&servers.dns, bytes, message, arrived_at);
    let proof = AssertUnwindSafe(proof).catch_unwind();
    match timeout(left.min(PER_MAIL), proof).await {
        Ok(Ok(verdict)) => verdict,
        Ok(Err(_)) => {
            tracing::error!("verifying a mail panicked: it counts as not verified");
            Verdict::None
        }
        Err(_) => Verdict::Trouble,
    }
}
