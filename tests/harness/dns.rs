//! A scripted DNS server on loopback UDP (RFC 1035): TXT and A records, or silence.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, UdpSocket},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

const TXT: u16 = 16;
const A: u16 = 1;
const NO_SUCH_NAME: u8 = 3;

/// A running server; gone when dropped.
pub struct FakeDns {
    port: u16,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    records: Mutex<HashMap<(String, u16), Vec<u8>>>,
    asked: Mutex<Vec<String>>,
    muted: Mutex<Vec<String>>,
    is_silent: AtomicBool,
    is_over: AtomicBool,
}

impl FakeDns {
    /// Starts one that knows nothing: every name is unknown.
    pub fn start() -> Self {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
        let pause = Duration::from_millis(50);
        socket.set_read_timeout(Some(pause)).unwrap();
        let port = socket.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let serving = Arc::clone(&shared);
        let thread = thread::spawn(move || serve(&socket, &serving));
        Self {
            port,
            shared,
            thread: Some(thread),
        }
    }

    /// Its address for `dns_servers`, as TOML.
    pub fn toml(&self) -> String {
        format!("[\"127.0.0.1:{}\"]", self.port)
    }

    /// A TXT record.
    pub fn txt(&self, name: &str, text: &str) {
        let mut data = Vec::new();
        for chunk in text.as_bytes().chunks(255) {
            data.push(u8::try_from(chunk.len()).unwrap());
            data.extend(chunk);
        }
        self.put(name, TXT, data);
    }

    /// An A record.
    pub fn a(&self, name: &str, address: Ipv4Addr) {
        self.put(name, A, address.octets().to_vec());
    }

    fn put(&self, name: &str, kind: u16, data: Vec<u8>) {
        let mut records = self.shared.records.lock().unwrap();
        records.insert((name.to_lowercase(), kind), data);
    }

    /// From now on it answers nothing, or answers again.
    pub fn be_silent(&self, is_silent: bool) {
        self.shared.is_silent.store(is_silent, Ordering::SeqCst);
    }

    /// It answers nothing about this domain.
    pub fn mute(&self, domain: &str) {
        self.shared.muted.lock().unwrap().push(domain.to_owned());
    }

    /// The names that it was asked for, in order, without the final dot.
    pub fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().unwrap().clone()
    }
}

impl Drop for FakeDns {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(socket: &UdpSocket, shared: &Shared) {
    let mut buffer = [0; 1500];
    while !shared.is_over.load(Ordering::SeqCst) {
        let Ok((length, from)) = socket.recv_from(&mut buffer) else {
            continue;
        };
        let Some((name, question)) = question(&buffer[..length]) else {
            continue;
        };
        shared.asked.lock().unwrap().push(name.clone());
        let muted = shared.muted.lock().unwrap();
        let is_muted = muted.iter().any(|domain| name.ends_with(domain));
        if !is_muted && !shared.is_silent.load(Ordering::SeqCst) {
            let answer = answer(&buffer[..2], &name, question, shared);
            let _ = socket.send_to(&answer, from);
        }
    }
}

/// The name asked for, and the question section as it came.
fn question(query: &[u8]) -> Option<(String, &[u8])> {
    let mut at = 12;
    let mut labels = Vec::new();
    loop {
        let length = usize::from(*query.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        let label = query.get(at..at + length)?;
        labels.push(String::from_utf8_lossy(label).to_lowercase());
        at += length;
    }
    Some((labels.join("."), query.get(12..at + 4)?))
}

fn answer(id: &[u8], name: &str, question: &[u8], shared: &Shared) -> Vec<u8> {
    let kind = &question[question.len() - 4..question.len() - 2];
    let kind = u16::from_be_bytes([kind[0], kind[1]]);
    let records = shared.records.lock().unwrap();
    let found = records.get(&(name.to_owned(), kind));
    let is_known = records.keys().any(|(known, _)| known == name);
    let code = if is_known { 0 } else { NO_SUCH_NAME };
    let count = u8::from(found.is_some());
    let mut message = id.to_vec();
    // an authoritative answer with recursion; one question, so many answers
    message.extend([0x85, 0x80 | code, 0, 1, 0, count, 0, 0, 0, 0]);
    message.extend(question);
    if let Some(data) = found {
        // the name of the question, its type, class IN, an hour to live
        message.extend([0xc0, 12]);
        message.extend(kind.to_be_bytes());
        message.extend([0, 1, 0, 0, 0x0e, 0x10]);
        message.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        message.extend(data);
    }
    message
}
