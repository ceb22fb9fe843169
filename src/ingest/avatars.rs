//! Whether customers have pictures, by the server that the admin names (Libravatar's way of asking:
//! the SHA-256 of the address, and 404 for nobody; wiki.libravatar.org/api, 2026-11).
//!
//! The author's domain could name a server of its own (SRV records): strangers would then choose
//! whom we ask, so they do not. Nothing here may cost a mail: what is not told in time is a no.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream};
use hyper::Uri;
use ring::digest::{SHA256, digest};
use tokio::{runtime::Handle, time::timeout};

use super::Read;
use crate::{
    address::Address,
    desk::Desk,
    message::{Kind, Message},
    net::http::Client,
};

/// How long the server may take over all mails of a batch.
const PER_BATCH: Duration = Duration::from_secs(2);
/// How long a server that does not answer is left alone.
const SHUT: Duration = Duration::from_secs(5 * 60);
/// How long an answer is good for.
const FRESH: Duration = Duration::from_secs(24 * 60 * 60);
/// Answers kept.
const MOST: usize = 10_000;
/// Questions at the same time.
const AT_ONCE: usize = 8;

/// What was asked and answered of late.
#[derive(Default)]
pub struct Avatars(Mutex<Known>);

#[derive(Default)]
struct Known {
    shut_until: Option<Instant>,
    pictures: HashMap<String, (bool, Instant)>,
}

impl Avatars {
    /// Says of each new mail of a customer whether its author has a picture, where a rule asks for
    /// that and the admin has named a server. Blocks its thread.
    pub(super) fn look(&self, runtime: &Handle, desk: &Desk, batch: &mut [Read]) {
        let Some(server) = &desk.config.rules.avatars else {
            return;
        };
        if !desk.rules.asks_for_pictures() || self.is_shut() {
            return;
        }
        let mails = batch.iter_mut().filter_map(|(waiting, message)| {
            let message = message.as_mut()?;
            let is_meant = !waiting.history && message.kind == Kind::Customer;
            (is_meant && message.from.is_usable()).then_some(message)
        });
        let mails: Vec<&mut Message> = mails.collect();
        if mails.is_empty() {
            return;
        }
        runtime.block_on(async {
            let asking = stream::iter(mails).for_each_concurrent(AT_ONCE, |message| async move {
                message.has_picture = self.has_picture(server, &message.from).await;
            });
            if timeout(PER_BATCH, asking).await.is_err() {
                self.shut("no answer in time");
            }
        });
    }

    async fn has_picture(&self, server: &Uri, who: &Address) -> bool {
        let hash = hash(who);
        if let Some(known) = self.known(&hash) {
            return known;
        }
        if self.is_shut() {
            return false;
        }
        let base = server.to_string();
        let url = format!("{}/{hash}?s=1&d=404", base.trim_end_matches('/'));
        let Ok(url) = url.parse::<Uri>() else {
            return false;
        };
        match Client::default()
            .get(&url)
            .await
            .map(|answer| answer.status)
        {
            Ok(status @ (200 | 404)) => {
                self.learn(hash, status == 200);
                status == 200
            }
            Ok(status) => {
                self.shut(&format!("it answers {status}"));
                false
            }
            Err(error) => {
                self.shut(&error.to_string());
                false
            }
        }
    }

    fn known(&self, hash: &str) -> Option<bool> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (has, at) = known.pictures.get(hash)?;
        (at.elapsed() < FRESH).then_some(*has)
    }

    fn learn(&self, hash: String, has: bool) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.pictures.len() >= MOST {
            known.pictures.clear();
        }
        known.pictures.insert(hash, (has, Instant::now()));
    }

    fn is_shut(&self) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.shut_until.is_some_and(|until| Instant::now() < until)
    }

    fn shut(&self, why: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = known.shut_until.is_none_or(|until| Instant::now() >= until);
        if is_new {
            let minutes = SHUT.as_secs() / 60;
            tracing::warn!(
                "the server of pictures ([rules] avatars) is not asked for {minutes} minutes: {why}"
            );
        }
        known.shut_until = Some(Instant::now() + SHUT);
    }
}

/// As Libravatar and Gravatar have it: the address in lower case, without blanks around it.
fn hash(who: &Address) -> String {
    let hash = digest(&SHA256, who.address.trim().to_lowercase().as_bytes());
    hash.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
