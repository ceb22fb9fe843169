//! The line to DNS: open while somebody answers, else shut for a while.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use mail_auth::{
    MessageAuthenticator,
    hickory_resolver::{
        config::{NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts},
        net::NetError,
        proto::rr::RecordType,
        system_conf::read_system_conf,
    },
};
use tokio::{sync::Mutex, time::timeout};

/// How long a server may think about a question before it is asked again, and how often.
const PATIENCE: Duration = Duration::from_millis(1500);
const ATTEMPTS: usize = 2;
/// A server that answers at all answers this soon what it knows by heart.
const PROBE: Duration = Duration::from_secs(1);
/// An answered probe holds good for so long.
const PROVEN: Duration = Duration::from_secs(10);
/// How long the line stays shut: doubled from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
const LAST_PAUSE: Duration = Duration::from_secs(15 * 60);
/// Answers kept, for as long as they may be.
const CACHE: u64 = 4096;

/// Servers that answer, or did so until shortly.
pub(super) struct Servers {
    /// To verify with.
    pub(super) dns: MessageAuthenticator,
    /// The same servers, nothing remembered: to ask whether they are there.
    probe: MessageAuthenticator,
    is_silent: AtomicBool,
}

impl Servers {
    /// Whether they were found silent: what was not asked yet need not be.
    pub(super) fn is_silent(&self) -> bool {
        self.is_silent.load(Ordering::Relaxed)
    }

    /// Whether anybody answers a question about the root; what is answered does not matter.
    async fn answer(&self) -> bool {
        let asked = self.probe.resolver().lookup(".", RecordType::NS);
        matches!(
            timeout(PROBE, asked).await,
            Ok(Ok(_) | Err(NetError::Dns(_)))
        )
    }
}

enum State {
    Open {
        servers: Arc<Servers>,
        proven: Instant,
    },
    Shut {
        until: Instant,
        pause: Duration,
    },
}

/// The line to the servers of the config, or of the system.
#[derive(Default)]
pub(super) struct Line(Mutex<Option<(Vec<SocketAddr>, State)>>);

impl Line {
    /// The servers, if they answer; opened where the config names others or a pause is over.
    pub(super) async fn servers(&self, wanted: &[SocketAddr]) -> Option<Arc<Servers>> {
        let mut line = self.0.lock().await;
        let pause = match line.as_ref().filter(|(known, _)| known == wanted) {
            Some((_, State::Open { servers, .. })) => return Some(Arc::clone(servers)),
            Some((_, State::Shut { until, .. })) if Instant::now() < *until => return None,
            Some((_, State::Shut { pause, .. })) => Some(*pause),
            None => None,
        };
        let opened = open(wanted).await;
        let state = match &opened {
            Ok(servers) => {
                if pause.is_some() {
                    tracing::info!("DNS answers again: DKIM and DMARC are verified");
                }
                State::Open {
                    servers: Arc::clone(servers),
                    proven: Instant::now(),
                }
            }
            Err(why) => shut(pause, why),
        };
        *line = Some((wanted.to_vec(), state));
        opened.ok()
    }

    /// A question to these servers found no answer. Strangers choose whom we ask about: only
    /// servers that say nothing at all shut the line.
    pub(super) async fn doubt(&self, doubted: &Arc<Servers>) {
        let mut line = self.0.lock().await;
        let Some((_, state)) = line.as_mut() else {
            return;
        };
        match state {
            State::Open { servers, proven }
                if Arc::ptr_eq(servers, doubted) && proven.elapsed() > PROVEN =>
            {
                if doubted.answer().await {
                    *proven = Instant::now();
                } else {
                    doubted.is_silent.store(true, Ordering::Relaxed);
                    *state = shut(None, SILENT);
                }
            }
            _ => {}
        }
    }
}

const SILENT: &str = "no DNS server answers";

/// Says it once: a line that stays shut is shut in silence.
fn shut(before: Option<Duration>, why: &str) -> State {
    if before.is_none() {
        tracing::warn!(
            "{why}: DKIM and DMARC of new mail are not verified until it does, see [trust]"
        );
    }
    let pause = before.map_or(FIRST_PAUSE, |pause| (pause * 2).min(LAST_PAUSE));
    State::Shut {
        until: Instant::now() + pause,
        pause,
    }
}

async fn open(wanted: &[SocketAddr]) -> Result<Arc<Servers>, &'static str> {
    let (config, mut options) = match wanted {
        [] => read_system_conf().map_err(|_| "the system names no DNS server")?,
        servers => {
            let servers = servers.iter().map(server).collect();
            let config = ResolverConfig::from_parts(None, Vec::new(), servers);
            (config, ResolverOpts::default())
        }
    };
    options.timeout = PATIENCE;
    options.attempts = ATTEMPTS;
    options.use_hosts_file = ResolveHosts::Never;
    options.cache_size = CACHE;
    let mut forgetful = options.clone();
    forgetful.cache_size = 0;
    let make = |options| {
        let made = MessageAuthenticator::new(config.clone(), options);
        made.map_err(|_| "the DNS servers cannot be used")
    };
    let servers = Servers {
        dns: make(options)?,
        probe: make(forgetful)?,
        is_silent: AtomicBool::new(false),
    };
    match servers.answer().await {
        true => Ok(Arc::new(servers)),
        false => Err(SILENT),
    }
}

fn server(address: &SocketAddr) -> NameServerConfig {
    let mut server = NameServerConfig::udp_and_tcp(address.ip());
    for connection in &mut server.connections {
        connection.port = address.port();
    }
    server
}

#[cfg(test)]
mod tests {
    use std::{net::UdpSocket, sync::atomic::AtomicUsize, thread};

    use super::*;

    /// A server that knows no name, while it answers at all.
    #[derive(Default)]
    struct Fake {
        answers: AtomicBool,
        asked: AtomicUsize,
    }

    impl Fake {
        fn start() -> (Arc<Self>, SocketAddr) {
            let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
            let address = socket.local_addr().unwrap();
            let fake = Arc::new(Self::default());
            let shared = Arc::clone(&fake);
            thread::spawn(move || {
                let mut query = [0; 512];
                while let Ok((length, from)) = socket.recv_from(&mut query) {
                    shared.asked.fetch_add(1, Ordering::SeqCst);
                    if shared.answers.load(Ordering::SeqCst) {
                        // an answer, no such name
                        query[2..4].copy_from_slice(&[0x85, 0x83]);
                        let _ = socket.send_to(&query[..length], from);
                    }
                }
            });
            (fake, address)
        }
    }

    /// Time goes by: a pause is over, a proof is old.
    async fn later(line: &Line) {
        let long_ago = Instant::now().checked_sub(2 * PROVEN).unwrap();
        match &mut line.0.lock().await.as_mut().unwrap().1 {
            State::Open { proven, .. } => *proven = long_ago,
            State::Shut { until, .. } => *until = long_ago,
        }
    }

    #[tokio::test]
    async fn a_line_is_shut_while_nobody_answers() {
        let (fake, address) = Fake::start();
        let line = Line::default();
        assert!(line.servers(&[address]).await.is_none());
        let asked = fake.asked.load(Ordering::SeqCst);
        assert!(asked > 0);
        assert!(line.servers(&[address]).await.is_none());
        assert_eq!(fake.asked.load(Ordering::SeqCst), asked);

        fake.answers.store(true, Ordering::SeqCst);
        later(&line).await;
        let servers = line.servers(&[address]).await.unwrap();
        // a domain without an answer is no reason to shut it
        later(&line).await;
        line.doubt(&servers).await;
        assert!(!servers.is_silent());
        assert!(line.servers(&[address]).await.is_some());

        fake.answers.store(false, Ordering::SeqCst);
        later(&line).await;
        line.doubt(&servers).await;
        assert!(servers.is_silent());
        assert!(line.servers(&[address]).await.is_none());
        // other servers in the config are another line
        let (other, address) = Fake::start();
        other.answers.store(true, Ordering::SeqCst);
        assert!(line.servers(&[address]).await.is_some());
    }
}
