//! A TCP proxy that misbehaves: between the desk and a real server.
//!
//! What it does is told beforehand ([`Proxy::strike`]) and happens on as many connections as were
//! asked for. It reads what passes, so texts can be waited for where there is no TLS.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use super::{Account, port::free_port};

/// When a fault strikes a connection.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// As soon as it is there, before a byte has passed.
    AtOnce,
    /// When the server has sent this many bytes on it; one that has passed more goes on.
    AfterBytes(usize),
    /// When the client says this: the server never hears of it.
    ClientSays(&'static str),
    /// When the server answers this: it has done what was asked, and the client is not told.
    ServerSays(&'static str),
}

/// What happens then.
#[derive(Clone, Copy, Debug)]
pub enum What {
    /// The connection ends on both sides.
    Cut,
    /// The server's side ends; what the client says still gets through.
    HalfClose,
    /// Nothing passes any more, and nobody is told: a dead NAT.
    Stall,
    /// The client reads this instead of what the server says; then the connection ends.
    Garbage(&'static [u8]),
    /// Everything from here on passes later.
    Delay(Duration),
    /// From here on no more than this many bytes a second pass to the client.
    Throttle(usize),
}

struct Strike {
    when: When,
    what: What,
    times: usize,
}

struct Shared {
    upstream: AtomicU16,
    is_refusing: AtomicBool,
    is_over: AtomicBool,
    struck: AtomicUsize,
    connections: AtomicUsize,
    strikes: Mutex<Vec<Strike>>,
    open: Mutex<Vec<(TcpStream, TcpStream)>>,
    /// By connection: whether the client spoke last and no fault has struck.
    asked: Mutex<Vec<Weak<AtomicBool>>>,
}

/// The proxy; its connections end when it is dropped.
pub struct Proxy {
    /// Where clients connect to.
    pub port: u16,
    shared: Arc<Shared>,
    accepting: Option<thread::JoinHandle<()>>,
}

impl Proxy {
    /// Stands before the server on this port of 127.0.0.1, and passes everything.
    pub fn before(upstream: u16) -> Self {
        // not one that the system picks: while it refuses, nobody else may be given it
        let (listener, port) = loop {
            let port = free_port();
            if let Ok(listener) = listen(port) {
                break (listener, port);
            }
        };
        let shared = Arc::new(Shared {
            upstream: AtomicU16::new(upstream),
            is_refusing: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            struck: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
            strikes: Mutex::default(),
            open: Mutex::default(),
            asked: Mutex::default(),
        });
        let serving = Arc::clone(&shared);
        let accepting = thread::spawn(move || accept(listener, port, &serving));
        Self {
            port,
            shared,
            accepting: Some(accepting),
        }
    }

    /// The same login, by way of the proxy.
    pub fn account(&self, account: &Account) -> Account {
        Account {
            port: self.port,
            ..account.clone()
        }
    }

    /// Does this on so many connections, open ones among them.
    pub fn strike(&self, when: When, what: What, times: usize) {
        let strike = Strike { when, what, times };
        self.shared.strikes.lock().unwrap().push(strike);
    }

    /// Nobody listens any more; open connections go on.
    pub fn refuse(&self) {
        self.shared.is_refusing.store(true, Ordering::SeqCst);
    }

    /// New connections lead to another server.
    pub fn lead_to(&self, upstream: u16) {
        self.shared.upstream.store(upstream, Ordering::SeqCst);
    }

    /// All goes well from here, on new connections at least.
    pub fn heal(&self) {
        self.shared.strikes.lock().unwrap().clear();
        self.shared.is_refusing.store(false, Ordering::SeqCst);
    }

    /// Ends every open connection.
    pub fn cut_all(&self) {
        for (client, server) in self.shared.open.lock().unwrap().drain(..) {
            let _ = client.shutdown(Shutdown::Both);
            let _ = server.shutdown(Shutdown::Both);
        }
    }

    /// How often a fault has struck so far.
    pub fn struck(&self) -> usize {
        self.shared.struck.load(Ordering::SeqCst)
    }

    /// Whether a client waits for a server's answer that no fault of ours withholds.
    pub fn is_asked(&self) -> bool {
        let mut asked = self.shared.asked.lock().unwrap();
        asked.retain(|one| one.strong_count() > 0);
        let mut open = asked.iter().filter_map(Weak::upgrade);
        open.any(|one| one.load(Ordering::SeqCst))
    }

    /// How many connections came so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
        self.cut_all();
    }
}

fn listen(port: u16) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn accept(listener: TcpListener, port: u16, shared: &Arc<Shared>) {
    let mut listener = Some(listener);
    while !shared.is_over.load(Ordering::SeqCst) {
        if shared.is_refusing.load(Ordering::SeqCst) {
            listener = None;
        } else if listener.is_none() {
            listener = listen(port).ok();
        }
        if let Some(Ok((client, _))) = listener.as_ref().map(TcpListener::accept) {
            shared.connections.fetch_add(1, Ordering::SeqCst);
            let _ = serve(client, shared);
        } else {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn serve(client: TcpStream, shared: &Arc<Shared>) -> std::io::Result<()> {
    client.set_nonblocking(false)?;
    client.set_nodelay(true)?;
    let server = TcpStream::connect(("127.0.0.1", shared.upstream.load(Ordering::SeqCst)))?;
    server.set_nodelay(true)?;
    // the greeting is waited for
    let asked = Arc::new(AtomicBool::new(true));
    shared.asked.lock().unwrap().push(Arc::downgrade(&asked));
    let (to_server, to_client) = (
        Pump::new(&client, &server, Side::Client, shared, &asked)?,
        Pump::new(&server, &client, Side::Server, shared, &asked)?,
    );
    let mut open = shared.open.lock().unwrap();
    // what has ended is forgotten, or a long run would keep every socket
    open.retain(|(client, _)| client.take_error().is_ok() && client.peer_addr().is_ok());
    open.push((client, server));
    drop(open);
    thread::spawn(move || to_server.run());
    thread::spawn(move || to_client.run());
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Client,
    Server,
}

/// One direction of one connection.
struct Pump {
    from: TcpStream,
    to: TcpStream,
    side: Side,
    shared: Arc<Shared>,
    asked: Arc<AtomicBool>,
    passed: usize,
    /// The end of what passed: a text may come in two pieces.
    tail: Vec<u8>,
    delay: Option<Duration>,
    rate: Option<usize>,
}

impl Pump {
    fn new(
        from: &TcpStream,
        to: &TcpStream,
        side: Side,
        shared: &Arc<Shared>,
        asked: &Arc<AtomicBool>,
    ) -> std::io::Result<Self> {
        Ok(Self {
            from: from.try_clone()?,
            to: to.try_clone()?,
            side,
            shared: Arc::clone(shared),
            asked: Arc::clone(asked),
            passed: 0,
            tail: Vec::new(),
            delay: None,
            rate: None,
        })
    }

    fn run(mut self) {
        if let Some(what) = self.due(&[])
            && self.suffer(what)
        {
            return;
        }
        let mut chunk = [0; 16 * 1024];
        while let Ok(count @ 1..) = self.from.read(&mut chunk) {
            if let Some(what) = self.due(&chunk[..count])
                && self.suffer(what)
            {
                return;
            }
            self.asked
                .store(self.side == Side::Client, Ordering::SeqCst);
            if self.pass(&chunk[..count]).is_err() {
                break;
            }
            self.passed += count;
        }
        self.asked.store(false, Ordering::SeqCst);
        let _ = self.to.shutdown(Shutdown::Write);
    }

    fn pass(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        if let Some(delay) = self.delay {
            thread::sleep(delay);
        }
        let Some(rate) = self.rate else {
            return self.to.write_all(bytes);
        };
        for piece in bytes.chunks((rate / 20).max(1)) {
            self.to.write_all(piece)?;
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// The fault that these bytes call for.
    fn due(&mut self, bytes: &[u8]) -> Option<What> {
        let mut seen = std::mem::take(&mut self.tail);
        seen.extend_from_slice(bytes);
        let says = |text: &str| seen.windows(text.len()).any(|part| part == text.as_bytes());
        let (side, count) = (self.side, self.passed + bytes.len());
        let mut strikes = self.shared.strikes.lock().unwrap();
        let found = strikes.iter_mut().find(|strike| {
            strike.times > 0
                && match strike.when {
                    When::AtOnce => side == Side::Server && bytes.is_empty(),
                    When::AfterBytes(least) => {
                        side == Side::Server && self.passed < least && count >= least
                    }
                    When::ClientSays(text) => side == Side::Client && says(text),
                    When::ServerSays(text) => side == Side::Server && says(text),
                }
        });
        let what = found.map(|strike| {
            strike.times -= 1;
            strike.what
        });
        drop(strikes);
        match what {
            Some(_) => {
                self.shared.struck.fetch_add(1, Ordering::SeqCst);
            }
            None => self.tail = seen.split_off(seen.len().saturating_sub(60)),
        }
        what
    }

    /// Returns whether this direction is over.
    fn suffer(&mut self, what: What) -> bool {
        self.asked.store(false, Ordering::SeqCst);
        let client = match self.side {
            Side::Client => &mut self.from,
            Side::Server => &mut self.to,
        };
        match what {
            What::Cut => {}
            What::HalfClose => {
                let _ = client.shutdown(Shutdown::Write);
                // what still comes from the server is read and lost
                return self.swallow();
            }
            What::Stall => return self.swallow(),
            What::Garbage(bytes) => {
                let _ = client.write_all(bytes);
                thread::sleep(Duration::from_millis(200));
            }
            What::Delay(delay) => {
                self.delay = Some(delay);
                return false;
            }
            What::Throttle(rate) => {
                self.rate = Some(rate);
                return false;
            }
        }
        let _ = self.from.shutdown(Shutdown::Both);
        let _ = self.to.shutdown(Shutdown::Both);
        true
    }

    fn swallow(&mut self) -> bool {
        let mut chunk = [0; 4096];
        while let Ok(1..) = self.from.read(&mut chunk) {}
        true
    }
}
