//! Free TCP ports on loopback.

use std::{
    net::TcpListener,
    sync::atomic::{AtomicU32, Ordering},
};

/// First port handed out: above the ports that browsers refuse (10080), below Linux' ephemeral
/// range (32768), so that no outgoing connection can take one in between.
const FIRST: u32 = 11_000;
const PER_PROCESS: u32 = 64;
const PROCESSES: u32 = 330;

/// A port that nothing listens on, and that no other test process is handed meanwhile: each
/// process counts through a window chosen by its id.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let window = std::process::id() % PROCESSES * PER_PROCESS;
    for _ in 0..PER_PROCESS * PROCESSES {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + (window + step) % (PER_PROCESS * PROCESSES);
        let port = u16::try_from(port).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port on 127.0.0.1 from {FIRST} on");
}
