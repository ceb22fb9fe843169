//! The harness' own tests: every server does what the stories rely on.
// the lints' exception for tests does not reach the functions that tests share
#![allow(clippy::unwrap_used)]

mod harness;

#[path = "harness_servers/dovecot.rs"]
mod dovecot;
#[path = "harness_servers/fake_imap.rs"]
mod fake_imap;
#[path = "harness_servers/fake_smtp.rs"]
mod fake_smtp;

use std::time::{Duration, Instant};

use harness::{
    Account, Act, Ca, Certificate, Client, Desk, Dovecot, DovecotOptions, FakeImap, FakeSmtp,
    Fault, ImapOptions, Postfix, SmtpOptions, SmtpSink, Tls, eventually, free_port,
};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate as Root, Tls as LettreTls, TlsParameters},
    },
};

const USER: &str = "support@example.com";
const SOON: Duration = Duration::from_secs(10);
const MAIL: &[u8] = b"From: a@b.example\r\nSubject: one\r\n\r\nhello\r\n";

fn authority() -> (tempfile::TempDir, Ca) {
    let dir = tempfile::tempdir().unwrap();
    let ca = Ca::new(dir.path());
    (dir, ca)
}

#[test]
fn nothing_is_left_of_a_server_when_a_test_panics() {
    let (_dir, ca) = authority();
    let port = std::sync::Mutex::new(0);
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let dovecot = Dovecot::start(&ca, DovecotOptions::default());
        *port.lock().unwrap() = dovecot.imap;
        panic!("on purpose");
    }));
    assert!(outcome.is_err());
    let port = *port.lock().unwrap();
    eventually(SOON, "the port is free", || {
        std::net::TcpListener::bind(("127.0.0.1", port))
    });
}

fn transport(account: Account, ca: &Ca) -> AsyncSmtpTransport<Tokio1Executor> {
    let root = Root::from_pem(&std::fs::read(ca.file()).unwrap()).unwrap();
    let tls = TlsParameters::builder(account.host.clone())
        .add_root_certificate(root)
        .build_rustls()
        .unwrap();
    let tls = match account.tls {
        Tls::Implicit => LettreTls::Wrapper(tls),
        Tls::Starttls => LettreTls::Required(tls),
        Tls::None => LettreTls::None,
    };
    AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(account.host)
        .port(account.port)
        .tls(tls)
        .credentials(Credentials::new(account.username, account.password))
        .timeout(Some(SOON))
        .build()
}

fn letter(to: &str) -> Message {
    Message::builder()
        .from("Desk <support@example.com>".parse().unwrap())
        .to(to.parse().unwrap())
        .subject("Проверка")
        .header(lettre::message::header::ContentType::TEXT_PLAIN)
        .body(String::from("Здравствуйте.\n.точка в начале\n"))
        .unwrap()
}

#[test]
#[should_panic(expected = "waited 10ms in vain: the sun rises; last seen: night")]
fn a_wait_in_vain_says_what_it_saw() {
    eventually(Duration::from_millis(10), "the sun rises", || {
        Err::<(), _>("night")
    });
}

#[test]
fn ports_differ_and_are_free() {
    let ports: std::collections::BTreeSet<u16> = (0..50).map(|_| free_port()).collect();
    assert_eq!(ports.len(), 50);
}

#[tokio::test]
async fn postfix_takes_a_login_delivers_to_dovecot_hands_on_and_bounces() {
    if Postfix::is_skipped() {
        return;
    }
    let (_dir, ca) = authority();
    let dovecot = Dovecot::start(&ca, DovecotOptions::default());
    let sink = SmtpSink::start();
    let postfix = Postfix::start(&ca, &dovecot, sink.port);
    for tls in [Tls::Implicit, Tls::Starttls] {
        let account = postfix.account(tls, &dovecot, USER);
        let wrong = Account {
            password: "wrong".into(),
            ..account.clone()
        };
        let refused = transport(wrong, &ca).send(letter("a@b.example")).await;
        assert_eq!(refused.unwrap_err().status().map(u16::from), Some(535));
        transport(account, &ca)
            .send(letter("a@b.example"))
            .await
            .unwrap();
    }
    let mails = sink.wait_for(2, SOON);
    assert_eq!(
        (mails[0].sender.as_str(), mails[0].recipients.len()),
        (USER, 1)
    );
    assert_eq!(mails[0].recipients, ["a@b.example"]);
    let (subject, text) = harness::mail::decoded(&mails[0].data);
    assert_eq!(subject, "Проверка");
    assert_eq!(
        text.replace("\r\n", "\n"),
        "Здравствуйте.\n.точка в начале\n"
    );

    // the world writes to a sub-address; a mail to nobody comes back as a DSN
    let mut world = Client::connect(postfix.smtp, None).unwrap();
    assert!(world.smtp("").starts_with("220"));
    world.smtp("EHLO x");
    world.smtp("MAIL FROM:<a@b.example>");
    assert!(
        world.smtp("RCPT TO:<c@d.example>").starts_with("554"),
        "no open relay"
    );
    assert!(
        world
            .smtp("RCPT TO:<support+r1@example.com>")
            .starts_with("250")
    );
    world.smtp("DATA");
    world.send("Subject: in\r\n\r\nhello\r\n.\r\n");
    assert!(world.line().starts_with("250"));
    let mails = eventually(SOON, "the mail is in the INBOX", || {
        let mails = dovecot.fetch_all(USER, "INBOX");
        (!mails.is_empty()).then_some(mails)
    });
    assert_eq!(
        harness::mail::header(&mails[0], "Subject").as_deref(),
        Some("in")
    );
    let account = postfix.account(Tls::Implicit, &dovecot, USER);
    transport(account, &ca)
        .send(letter("nobody@example.com"))
        .await
        .unwrap();
    eventually(SOON, "the bounce is in the INBOX", || {
        let mails = dovecot.fetch_all(USER, "INBOX");
        mails
            .iter()
            .any(|mail| String::from_utf8_lossy(mail).contains("Status: 5."))
    });
    eventually(SOON, "the queue is empty", || postfix.queued() == 0);
    assert!(
        postfix.log().contains("status=bounced"),
        "{}",
        postfix.log()
    );
}

#[test]
fn the_sink_takes_everything_and_remembers_the_envelope() {
    let sink = SmtpSink::start();
    let mut client = Client::connect(sink.port, None).unwrap();
    client.smtp("");
    client.smtp("EHLO x");
    client.smtp("MAIL FROM:<> BODY=8BITMIME");
    client.smtp("RCPT TO:<a@b.example>");
    client.smtp("RCPT TO:<c@d.example>");
    client.smtp("DATA");
    client.send("Subject: one\r\n\r\n..dot\r\n\r\n.\r\n");
    assert!(client.line().starts_with("250"));
    let mails = sink.wait_for(1, SOON);
    assert_eq!(mails[0].sender, "");
    assert_eq!(mails[0].recipients, ["a@b.example", "c@d.example"]);
    assert_eq!(mails[0].data, b"Subject: one\r\n\r\n.dot\r\n\r\n");
}

#[test]
fn the_desk_starts_answers_reloads_and_comes_back_after_a_kill() {
    let (_dir, ca) = authority();
    let imap = FakeImap::start(&ca, ImapOptions::default());
    let smtp = FakeSmtp::start(&ca, SmtpOptions::default());
    imap.deliver(MAIL);
    let mut desk = Desk::setup()
        .mailbox("support", &imap.account())
        .smtp(&smtp.account())
        .start();
    eventually(SOON, "systemd hears that it is ready", || {
        desk.notifications().contains(&"READY=1".to_owned())
    });
    desk.kill9();
    assert!(!desk.is_running());
    imap.deliver(b"From: c@d.example\r\nSubject: two\r\n\r\nhello\r\n");
    desk.restart();
    smtp.wait_for("c@d.example", 1, SOON);
    desk.hup();
    eventually(SOON, "systemd hears of the reload", || {
        desk.notifications()
            .iter()
            .any(|word| word == "RELOADING=1")
    });
    assert_eq!(desk.terminate(), 0);
}
