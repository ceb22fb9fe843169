//! `maildesk demo`: the main job with nothing to set up.
//!
//! The same daemon as `run`, over a Maildir of shipped mails and a directory for what goes out.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};

use super::{demo_mails::MAILS, output};
use crate::{config::Config, daemon::Daemon, store::JournalLine, token, toml_reader::FaultList};

/// What the demo is asked for.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Demo {
    /// Where its files go [default: a new temporary directory]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Where its pages are [default: 127.0.0.1:8025, or any free port when that is taken or with --once]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// End when all is processed
    #[arg(long)]
    once: bool,
}

/// A demo takes a second; this is for a machine that is very busy.
const PATIENCE: Duration = Duration::from_secs(60);
const USUAL_PORT: u16 = 8025;

/// Runs the demo.
///
/// # Errors
/// What keeps the desk from running.
pub(super) fn run(demo: &Demo, is_json: bool) -> anyhow::Result<()> {
    let dir = place(demo.dir.as_deref())?;
    let config = write_config(&dir, listen(demo))?;
    let runtime = tokio::runtime::Runtime::new().context("starting the runtime")?;
    runtime.block_on(async {
        let daemon = Daemon::start(config).await?;
        daemon.first_contact().await;
        deliver(&dir.join("Maildir"))?;
        let lines = processed(&daemon).await?;
        if is_json {
            output::json(&lines)?;
        } else {
            print(&lines, &dir, daemon.listening, demo.once)?;
        }
        if demo.once {
            daemon.stop().await;
            return Ok(());
        }
        daemon.run().await
    })
}

fn place(wanted: Option<&Path>) -> anyhow::Result<PathBuf> {
    let dir = match wanted {
        Some(dir) => dir.to_owned(),
        None => std::env::temp_dir().join(format!("maildesk-demo-{}", token::random_name()?)),
    };
    fs::create_dir_all(&dir).with_context(|| format!("making {}", dir.display()))?;
    let dir = std::path::absolute(&dir)?;
    if fs::read_dir(&dir)?.next().is_some() {
        bail!(
            "{} is not empty: name a new directory with --dir",
            dir.display()
        );
    }
    for part in ["tmp", "new", "cur"] {
        fs::create_dir_all(dir.join("Maildir").join(part))?;
    }
    Ok(dir)
}

fn listen(demo: &Demo) -> SocketAddr {
    let usual = SocketAddr::from((Ipv4Addr::LOCALHOST, USUAL_PORT));
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    // nobody looks at the pages of a demo that ends by itself: it leaves the port to others
    let is_free = |address: &SocketAddr| !demo.once && TcpListener::bind(address).is_ok();
    demo.listen.or(Some(usual).filter(is_free)).unwrap_or(any)
}

fn write_config(dir: &Path, listen: SocketAddr) -> anyhow::Result<Config> {
    let text = format!(
        "[desk]\nname = \"Acme Support\"\naddress = \"support@example.com\"\n\n\
         [storage]\npath = \"maildesk.db\"\n\n\
         [[mailbox]]\nname = \"support\"\nsource = \"maildir\"\npath = \"Maildir\"\n\
         start = \"now\"\npoll_interval = \"1s\"\ngroup = \"support\"\n\n\
         [smtp]\ntransport = \"directory\"\ndirectory = \"outgoing\"\n\n\
         [notify]\nnew_ticket = false\nnew_answer = false\nassigned = false\nhigh_priority = false\n\n\
         [survey]\ndelay = \"0s\"\nhours = \"00:00-24:00\"\n\n\
         [web]\nlisten = \"{listen}\"\n\n\
         [[agent]]\nname = \"Anna\"\naddress = \"anna@example.com\"\ngroups = [\"support\"]\n"
    );
    let path = dir.join("config.toml");
    fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
    Config::load(&path).map_err(|faults| anyhow::anyhow!("{}", FaultList(&faults)))
}

fn deliver(maildir: &Path) -> anyhow::Result<()> {
    for (name, bytes) in MAILS {
        let waiting = maildir.join("tmp").join(name);
        fs::write(&waiting, bytes).with_context(|| format!("writing {}", waiting.display()))?;
        fs::rename(&waiting, maildir.join("new").join(name))?;
    }
    Ok(())
}

/// Waits until every mail was filed and everything that goes out is out.
async fn processed(daemon: &Daemon) -> anyhow::Result<Vec<JournalLine>> {
    let started = Instant::now();
    loop {
        let (lines, health) = daemon
            .store
            .read(|view| Ok((view.journal(1000)?, view.health()?)))
            .await?;
        let is_done = lines.len() == MAILS.len()
            && lines.iter().all(|line| line.state != "received")
            && health.outbox_pending == 0;
        if is_done {
            return Ok(lines);
        }
        if started.elapsed() > PATIENCE {
            let filed = lines.iter().filter(|line| line.state != "received").count();
            bail!(
                "after a minute only {filed} of {} mails are filed",
                MAILS.len()
            );
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn print(
    lines: &[JournalLine],
    dir: &Path,
    listening: Option<SocketAddr>,
    is_over: bool,
) -> anyhow::Result<()> {
    let mut table = output::Table::new(&[
        "FROM",
        "SUBJECT",
        "KIND",
        "WHAT BECAME OF IT",
        "TICKET",
        "PRIORITY",
        "CATEGORY",
    ]);
    for line in lines {
        table.row([
            line.from.clone(),
            line.subject.clone(),
            line.kind.clone(),
            format!("{} ({})", line.disposition, line.reason),
            line.ticket
                .map(|number| format!("#{number}"))
                .unwrap_or_default(),
            line.priority.clone(),
            line.category.clone(),
        ]);
    }
    let config = dir.join("config.toml");
    let config = config.display();
    let mut text = format!(
        "{table}\n{} mails went through the desk.\n\n  what went out   {}\n  \
         look at one     maildesk --config {config} ticket show 1\n  \
         why             maildesk --config {config} rules explain 1\n  \
         answer it       echo 'Already mended.' | maildesk --config {config} ticket reply 1 --agent Anna --close\n",
        lines.len(),
        dir.join("outgoing").display(),
    );
    if let Some(address) = listening.filter(|_| !is_over) {
        text.push_str(&format!(
            "  health          http://{address}/readyz   http://{address}/metrics\n\n\
             The desk goes on watching {}: put a mail into its `new`. Ctrl-C ends it.\n",
            dir.join("Maildir").display()
        ));
    }
    output::text(&text)
}
