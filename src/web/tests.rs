//! What no request from outside can bring about in a healthy desk.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::*;
use crate::{config::Config, token::Signer};

const DESK: &str = "[desk]\naddress = \"support@example.com\"\nlanguage = \"ru\"\n\
    [[mailbox]]\nname = \"support\"\nsource = \"maildir\"\npath = \"/var/mail/support\"\n\
    [smtp]\nhost = \"smtp.example.com\"\n";

fn web(directory: &std::path::Path) -> Web {
    let config = Config::parse("c.toml", DESK, directory, &|_| None).unwrap();
    let Ok(desk) = Desk::load(config, Signer::new(b"0123456789abcdef")) else {
        panic!("the built-in rules and templates have faults");
    };
    Web {
        desk: Arc::new(ArcSwap::from_pointee(desk)),
        store: Store::open(&directory.join("desk.db")).unwrap(),
        metrics: Metrics::default(),
        mailboxes: Mailboxes::default(),
        settings: Settings::default(),
    }
}

async fn get_from(at: std::net::SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(at).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: desk\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_page_that_panics_or_never_ends_says_to_try_again() {
    let directory = tempfile::tempdir().unwrap();
    let panics = || async { panic!("secret detail") as StatusCode };
    let never_ends = std::future::pending::<StatusCode>;
    let pages = Router::new()
        .route("/panics", get(panics))
        .route("/never-ends", get(never_ends));
    let app = guarded(pages, web(directory.path()), Duration::from_millis(20));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, app).into_future());
    for (path, status) in [("/panics", "500"), ("/never-ends", "503")] {
        let answer = get_from(at, path).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
        assert!(answer.contains("через несколько минут"), "{answer}");
        assert!(answer.contains("content-security-policy: "), "{answer}");
        assert!(!answer.contains("secret"), "{answer}");
    }
}

#[tokio::test]
async fn silent_clients_make_room_for_others() {
    let directory = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let bounded = listener::Bounded::new(listener, 1, Duration::from_millis(50));
    tokio::spawn(axum::serve(bounded, router(web(directory.path()))).into_future());
    let _silent = TcpStream::connect(at).await.unwrap();
    let _half_a_word = {
        let mut stream = TcpStream::connect(at).await.unwrap();
        stream.write_all(b"GET /heal").await.unwrap();
        stream
    };
    assert!(get_from(at, "/healthz").await.ends_with("ok\n"));
}
