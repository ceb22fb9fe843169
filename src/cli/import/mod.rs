//! `maildesk import`: mail of before the desk, from files into closed tickets. Nothing is sent.
//!
//! First every file is read once for an index: where each mail stands, when it came, what it
//! answers, and its digest. What is stored already is left out by the digest, so that a run which
//! was cut off is taken up by the same command. The rest is stored in the order in which it came,
//! and filed like any other mail, by the daemon where one runs.

mod feed;
mod filer;
mod index;
mod progress;
mod summary;

use std::{path::PathBuf, time::Instant};

use anyhow::Context as _;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use self::{feed::Feed, filer::Filer, index::Index, progress::Progress, summary::Summary};
use super::{Context, Failure, deliver::refuse_unknown, failure::say, output::count};
use crate::{
    mailbox::archive::{self, ArchiveError, MailFile},
    store::Store,
};

#[derive(Debug, Args)]
pub(super) struct Import {
    /// The mailbox of the config that it belongs to
    #[arg(long, value_name = "NAME")]
    mailbox: String,
    /// Take the folders of a Maildir too (`.Sent`, `.Archive`)
    #[arg(long)]
    folders: bool,
    /// Say what would be imported, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// An mbox, a Maildir, an .eml file, or a directory of .eml and .mbox files
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

pub(super) async fn run(context: &Context, args: Import) -> Result<(), Failure> {
    let config = context.config()?;
    refuse_unknown(&config, &args.mailbox)?;
    let store = context.store(&config)?;
    let limit = config.limits.max_message_size;
    let desk = context.desk(config)?;
    let files = files(&args)?;

    let progress = Progress::of_bytes(&files);
    let shown = progress.clone();
    let indexing = tokio::task::spawn_blocking(move || Index::build(files, limit, &shown));
    let mut index = indexing.await.context("reading the mails")??;
    progress.end();
    tell_skipped(&index.skipped);
    let mut summary = Summary::new(&args.mailbox, &index);
    summary.known = leave_out_known(&store, &args.mailbox, &mut index).await?;
    if args.dry_run {
        return summary.print_plan(context, &index);
    }

    let stop = stop_on_signals()?;
    let started = Instant::now();
    let first = store.read(|view| view.newest_message()).await?;
    let (wanted, entries) = (index.entries.len(), index.in_order());
    let mut filer = Filer::new(&store, desk);
    let mut feed = Feed {
        store: &store,
        mailbox: &args.mailbox,
        files: index.files.into(),
        limit,
        progress: Progress::of_mails(wanted),
        stop,
        vanished: 0,
    };
    let done = feed.run(&entries, &mut filer).await;
    filer.end().await;
    feed.progress.end();
    let name = args.mailbox.clone();
    summary.fates = store
        .read(move |view| view.fates_of_import(&name, first))
        .await?;
    summary.vanished = feed.vanished;
    summary.took(started.elapsed());
    if !done? {
        let filed = count(summary.filed(), "mail");
        return Err(Failure::Failed(format!(
            "stopped after {filed} of {wanted}: run the same command again, and it goes on there"
        )));
    }
    context.print(&summary, || summary.page())
}

/// Files below a directory that are no mail keep the others from nothing.
fn tell_skipped(skipped: &[PathBuf]) {
    const MOST: usize = 20;
    for path in skipped.iter().take(MOST) {
        say(&format!("left out {}: it is not mail", path.display()));
    }
    if let Some(more) = skipped.len().checked_sub(MOST).filter(|more| *more > 0) {
        say(&format!(
            "left out {} more; --json names them",
            count(more, "file")
        ));
    }
}

/// All are looked at before anything is read, so that a slip of the pen costs no time.
fn files(args: &Import) -> Result<Vec<MailFile>, Failure> {
    let mut files = Vec::new();
    for path in &args.paths {
        let found = archive::files(path, args.folders);
        files.extend(found.map_err(|error: ArchiveError| Failure::Failed(error.to_string()))?);
    }
    Ok(files)
}

/// Leaves out what was imported before, and what stands in the files twice. Returns how much.
async fn leave_out_known(
    store: &Store,
    mailbox: &str,
    index: &mut Index,
) -> Result<usize, Failure> {
    let before = index.entries.len();
    index.leave_out_copies();
    let (name, entries) = (mailbox.to_owned(), std::mem::take(&mut index.entries));
    index.entries = store
        .read(move |view| {
            let mut new = Vec::new();
            for entry in entries {
                if !view.has_source(&name, &entry.source())? {
                    new.push(entry);
                }
            }
            Ok(new)
        })
        .await?;
    Ok(before - index.entries.len())
}

fn stop_on_signals() -> Result<CancellationToken, Failure> {
    let stop = CancellationToken::new();
    for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
        let mut signals = signal(kind).context("listening for signals")?;
        let stop = stop.clone();
        tokio::spawn(async move {
            signals.recv().await;
            stop.cancel();
        });
    }
    Ok(stop)
}
