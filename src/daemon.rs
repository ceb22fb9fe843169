//! The life of the process on one page: start order, tasks, readiness, reload, stop.

mod edits;

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use arc_swap::ArcSwap;
use sd_notify::NotifyState;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    task::JoinSet,
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use edits::{Edits, GLANCE};

use crate::{
    config::Config,
    desk::{Desk, chores, nps, survey_door},
    ingest::{self, Ingest},
    mailbox::{self, Intake},
    oauth::Consents,
    observe::{Mailboxes, Metrics, Settings},
    outbox::{self, Sender},
    store::{DaemonLock, Store, StoreError},
    token::Signer,
    toml_reader::{Fault, FaultList},
    web::{self, Web},
};

/// How long the mails in hand may take at the end.
const FAREWELL: Duration = Duration::from_secs(30);
/// READY waits for the first attempt at every mailbox, but not forever.
const FIRST_CONTACT: Duration = Duration::from_secs(25);

/// Why a desk does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Rules or templates are faulty.
    #[error("{}", FaultList(.0))]
    Faults(Vec<Fault>),
    /// Anything else.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

/// A running desk.
pub struct Daemon {
    /// The ledgers.
    pub store: Store,
    /// The state of the mailboxes.
    pub mailboxes: Mailboxes,
    /// Where the pages are; `None` with `[web].enabled = false`.
    pub listening: Option<SocketAddr>,
    desk: Arc<ArcSwap<Desk>>,
    settings: Settings,
    edits: Edits,
    tasks: JoinSet<&'static str>,
    consents: Consents,
    stop: CancellationToken,
    // held until the end: one daemon a database
    _lock: DaemonLock,
}

impl Daemon {
    /// Opens the store, binds the port, starts every task.
    ///
    /// # Errors
    /// What keeps the desk from running at all. A mailbox that cannot be reached does not.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let lock = lock(&config.storage.path)?;
        let store = open_store(&config).await?;
        let signer = open_signer(&config)?;
        let mut edits = Edits::default();
        edits.remember(&config);
        let settings = Settings::default();
        let desk = Desk::load(config.clone(), signer).map_err(StartError::Faults)?;
        let desk = Arc::new(ArcSwap::from_pointee(desk));
        let released = store
            .write(|pen| {
                pen.release_consents()?;
                pen.release_leases()
            })
            .await
            .map_err(anyhow::Error::from)?;
        if released > 0 {
            tracing::warn!(
                released,
                "mails were being sent when the desk last ended: trying again"
            );
        }
        let consents = Consents::new(&config, Some(&store));
        let sender = Sender::new(&config.smtp, &consents, config.dkim.clone())
            .context("preparing [smtp]")?;
        let listener = bind(&config).await?;
        let listening = listener
            .as_ref()
            .map(TcpListener::local_addr)
            .transpose()
            .context("asking for the port that was bound")?;
        let (metrics, stop) = (Metrics::default(), CancellationToken::new());
        let mailboxes = Mailboxes::new(config.mailboxes.iter().map(|mailbox| mailbox.name.clone()));
        let mut tasks = JoinSet::new();
        let ingest = Ingest {
            desk: Arc::clone(&desk),
            store: store.clone(),
            metrics: metrics.clone(),
            verifier: Arc::default(),
            avatars: Arc::default(),
        };
        spawn(&mut tasks, "filing", ingest::run(ingest, stop.clone()));
        let door = survey_door(Arc::clone(&desk));
        let out = outbox::run(sender, store.clone(), metrics.clone(), door, stop.clone());
        spawn(&mut tasks, "sending", out);
        let doing = chores::run(Arc::clone(&desk), store.clone(), stop.clone());
        spawn(&mut tasks, "doing chores", doing);
        let asking = nps::run(Arc::clone(&desk), store.clone(), stop.clone());
        spawn(&mut tasks, "asking for NPS", asking);
        if let Some(listener) = listener {
            let web = Web {
                desk: Arc::clone(&desk),
                store: store.clone(),
                metrics: metrics.clone(),
                mailboxes: mailboxes.clone(),
                settings: settings.clone(),
            };
            let serving = stop.clone();
            spawn(&mut tasks, "serving", async move {
                if let Err(error) = web::serve(listener, web, serving).await {
                    tracing::error!("the pages are down: {error}");
                }
            });
        }
        for mailbox in &config.mailboxes {
            let intake = Intake {
                store: store.clone(),
                states: mailboxes.clone(),
                metrics: metrics.clone(),
                consents: consents.clone(),
                max_message_size: config.limits.max_message_size,
                timezone: config.desk.timezone.clone(),
                stop: stop.clone(),
            };
            if mailbox.sent_folder().is_some() {
                let copying = mailbox::keep_copies(mailbox.clone(), intake.clone());
                spawn(&mut tasks, "copying answers", copying);
            }
            spawn(
                &mut tasks,
                "watching",
                mailbox::watch(mailbox.clone(), intake),
            );
        }
        Ok(Self {
            store,
            mailboxes,
            listening,
            desk,
            settings,
            edits,
            tasks,
            consents,
            stop,
            _lock: lock,
        })
    }

    /// Waits until every mailbox was reached, or failed once and is being tried again.
    pub async fn first_contact(&self) {
        let deadline = Instant::now() + FIRST_CONTACT;
        while Instant::now() < deadline
            && !self.mailboxes.all().iter().all(|mailbox| mailbox.was_tried)
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Runs until SIGTERM or SIGINT; SIGHUP reloads, and so does an edit of rules or templates. Tells systemd (sd_notify(3)).
    ///
    /// # Errors
    /// When a task ended by itself: the process is to be started anew.
    pub async fn run(mut self) -> anyhow::Result<()> {
        let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
        let mut hangup = signal(SignalKind::hangup()).context("listening for SIGHUP")?;
        self.first_contact().await;
        tell_systemd(&[NotifyState::Ready]);
        tracing::info!(listening = ?self.listening, "maildesk is ready");
        if let Some(limit) = sd_notify::watchdog_enabled() {
            let life = feed_watchdog(self.store.clone(), limit / 2, self.stop.clone());
            spawn(&mut self.tasks, "living", life);
        }
        let mut glance = tokio::time::interval(GLANCE);
        let ended = loop {
            tokio::select! {
                _ = terminate.recv() => break Ok(()),
                _ = interrupt.recv() => break Ok(()),
                _ = hangup.recv() => self.reload(),
                _ = glance.tick() => {
                    let running = self.desk.load_full();
                    if self.edits.are_new(&running.config) {
                        self.reload();
                    }
                }
                Some(ended) = self.tasks.join_next() => {
                    break Err(anyhow::anyhow!("a task ended by itself: {ended:?}"));
                }
            }
        };
        tell_systemd(&[NotifyState::Stopping]);
        self.stop().await;
        ended
    }

    /// Stops fetching and accepting, lets the mails in hand finish, closes the database.
    pub async fn stop(mut self) {
        tracing::info!("stopping");
        self.stop.cancel();
        let all = async {
            while self.tasks.join_next().await.is_some() {}
            // a token that is on its way must be stored: it may be the only one that counts
            self.consents.settled().await;
        };
        if tokio::time::timeout(FAREWELL, all).await.is_err() {
            tracing::warn!("some mails in hand did not finish; they go on at the next start");
        }
    }

    /// Reads config, rules and templates again. A fault is told with its line, and what runs
    /// stays as it is.
    fn reload(&mut self) {
        tell_systemd(&[NotifyState::Reloading]);
        let running = self.desk.load_full();
        // before they are read: an edit meanwhile is a new one
        self.edits.remember(&running.config);
        let edits = &mut self.edits;
        let loaded = Config::load(&running.config.path).and_then(|config| {
            edits.remember(&config);
            let needs_restart = restart_needed(&running.config, &config);
            Desk::load(config, running.signer.clone()).map(|desk| (desk, needs_restart))
        });
        match loaded {
            Ok((desk, needs_restart)) => {
                self.desk.store(Arc::new(desk));
                self.settings.taken();
                tracing::info!("config, rules and templates were read again");
                for table in needs_restart {
                    tracing::warn!("{table} has changed: restart maildesk for it to count");
                }
            }
            Err(faults) => {
                for fault in &faults {
                    tracing::error!("not reloaded: {fault}");
                }
                self.settings
                    .refused(faults.iter().map(Fault::to_string).collect());
            }
        }
        tell_systemd(&[NotifyState::Ready]);
    }
}

/// Opens the database, looks for damage, and deals with a restore.
async fn open_store(config: &Config) -> anyhow::Result<Store> {
    let path = &config.storage.path;
    let is_empty = path.metadata().is_ok_and(|file| file.len() == 0);
    // a desk that ran here made the secret after the database
    if is_empty && config.desk.secret_file.exists() {
        anyhow::bail!(
            "the database {} is empty, and a desk has run here: put the last file of `maildesk \
             backup` in its place, or remove it to begin anew",
            path.display()
        );
    }
    let store = Store::open(path)?;
    store.check()?;
    let restored: Result<_, StoreError> = store.write(|pen| pen.notice_restore()).await;
    if let Some(restored) = restored? {
        tracing::warn!(
            taken_at = %restored.taken_at,
            held = restored.held,
            next_ticket = restored.next_ticket,
            "the database was restored from a backup: mail that was due then is held, see `maildesk \
             outbox list --state failed`; mail that came since gets tickets and no automatic answer"
        );
    }
    Ok(store)
}

/// A writer that hangs is not alive. A task of its own: a locked database must not hold up the
/// signals.
async fn feed_watchdog(store: Store, period: Duration, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let round = async {
            if store.write(|pen| pen.ping_write()).await.is_ok() {
                tell_systemd(&[NotifyState::Watchdog]);
            }
            tokio::time::sleep(period).await;
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = round => {}
        }
    }
}

/// The key of all tokens.
///
/// # Errors
/// When it cannot be read or made.
pub fn open_signer(config: &Config) -> anyhow::Result<Signer> {
    let path = &config.desk.secret_file;
    Signer::open(path).with_context(|| format!("reading the secret file {}", path.display()))
}

fn spawn(
    tasks: &mut JoinSet<&'static str>,
    name: &'static str,
    task: impl Future<Output = ()> + Send + 'static,
) {
    tasks.spawn(async move {
        task.await;
        name
    });
}

/// One daemon a database: a second one would take the first one's leases for its own.
fn lock(database: &Path) -> anyhow::Result<DaemonLock> {
    let taken = DaemonLock::take(database).with_context(|| {
        format!(
            "opening the lock file {}: create its directory, or let this user write to it",
            DaemonLock::path(database).display()
        )
    })?;
    taken.with_context(|| {
        let shown = database.display();
        format!("another maildesk runs on {shown}: stop it first (`systemctl stop maildesk`)")
    })
}

async fn bind(config: &Config) -> anyhow::Result<Option<TcpListener>> {
    if !config.web.enabled {
        return Ok(None);
    }
    let listen = config.web.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("listening on {listen}: give [web].listen a free address, or stop what uses it")
    })?;
    Ok(Some(listener))
}

/// The tables whose changes only a restart brings in.
fn restart_needed(old: &Config, new: &Config) -> Vec<&'static str> {
    let differs =
        |a: &dyn std::fmt::Debug, b: &dyn std::fmt::Debug| format!("{a:?}") != format!("{b:?}");
    let tables = [
        ("[[mailbox]]", differs(&old.mailboxes, &new.mailboxes)),
        ("[smtp]", differs(&old.smtp, &new.smtp)),
        ("[web]", differs(&old.web, &new.web)),
        ("[storage]", differs(&old.storage, &new.storage)),
        (
            "[desk].secret_file",
            old.desk.secret_file != new.desk.secret_file,
        ),
    ];
    tables
        .iter()
        .filter(|(_, differs)| *differs)
        .map(|(table, _)| *table)
        .collect()
}

fn tell_systemd(states: &[NotifyState<'_>]) {
    // not under systemd: nobody listens, which is fine
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!("sd_notify: {error}");
    }
}
