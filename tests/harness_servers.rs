//! The harness' own tests: every server does what the stories rely on.
// the lints' exception for tests does not reach the functions that tests share
#![allow(clippy::unwrap_used)]

mod harness;

use std::time::{Duration, Instant};

use harness::{
    Act, Ca, Certificate, Client, Dovecot, DovecotOptions, FakeSmtp, Fault, SmtpOptions, Tls,
    eventually, free_port,
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

fn login(dovecot: &Dovecot, ca: &Ca) -> Client {
    let mut client = Client::connect(dovecot.imap, Some(ca.client_config())).unwrap();
    assert!(client.line().starts_with("* OK"));
    let answer = client.imap(&format!("LOGIN {USER} secret"));
    assert!(answer.last().unwrap().starts_with("OK"), "{answer:?}");
    client
}

#[test]
fn dovecot_delivers_in_order_flags_moves_and_expunges() {
    let (_dir, ca) = authority();
    let dovecot = Dovecot::start(&ca, DovecotOptions::default());
    let bodies = (0..20).map(|n| format!("Subject: {n}\r\n\r\nmail {n}\r\n"));
    dovecot.deliver_many(USER, bodies);
    let mut client = login(&dovecot, &ca);
    let select = client.imap("SELECT INBOX").join("\n");
    assert!(select.contains("* 20 EXISTS"), "{select}");
    let subjects = client.imap("UID FETCH 1:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]");
    let subjects: Vec<&str> = subjects
        .iter()
        .filter_map(|l| l.strip_prefix("Subject: "))
        .collect();
    let expected: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    assert_eq!(subjects, expected);
    assert!(dovecot.flags(USER, "INBOX").iter().all(String::is_empty));

    client.imap("UID STORE 1 +FLAGS (\\Seen)");
    assert_eq!(dovecot.flags(USER, "INBOX")[0], "S");
    dovecot.add_flags(USER, "INBOX", "\\Seen", &["uid", "2"]);
    assert_eq!(dovecot.flags(USER, "INBOX")[1], "S");
    dovecot.create_folder(USER, "Processed");
    let moved = client.imap("UID MOVE 3:4 Processed");
    assert!(moved.last().unwrap().starts_with("OK"), "{moved:?}");
    assert_eq!(dovecot.fetch_all(USER, "Processed").len(), 2);
    dovecot.expunge(USER, "INBOX", &["uid", "5:20"]);
    let left = dovecot.fetch_all(USER, "INBOX");
    assert_eq!(
        left,
        [
            b"Subject: 0\r\n\r\nmail 0\r\n",
            b"Subject: 1\r\n\r\nmail 1\r\n"
        ]
    );
}

#[test]
fn dovecot_wakes_an_idle_client_kicks_it_and_comes_back_on_its_port() {
    let (_dir, ca) = authority();
    let mut dovecot = Dovecot::start(&ca, DovecotOptions::default());
    let mut client = login(&dovecot, &ca);
    client.imap("SELECT INBOX");
    client.send("i IDLE\r\n");
    assert!(client.line().starts_with('+'));
    let start = Instant::now();
    dovecot.deliver(USER, MAIL);
    assert_eq!(client.line(), "* 1 EXISTS");
    println!("woken after {:?}", start.elapsed());
    dovecot.kick(USER);
    let rest = (0..5)
        .map(|_| client.line())
        .find(|line| line.starts_with("* BYE"));
    assert!(rest.is_some(), "a BYE");

    let before = dovecot.uidvalidity(USER, "INBOX");
    dovecot.change_uidvalidity(USER, "INBOX");
    assert_ne!(dovecot.uidvalidity(USER, "INBOX"), before);
    assert_eq!(dovecot.fetch_all(USER, "INBOX"), [MAIL]);

    dovecot.stop();
    assert!(Client::connect(dovecot.imap, None).is_err());
    dovecot.restart();
    let select = login(&dovecot, &ca).imap("SELECT INBOX").join("\n");
    assert!(select.contains("* 1 EXISTS"), "{select}");
}

#[test]
fn dovecot_hides_capabilities_and_refuses_a_wrong_password() {
    let (_dir, ca) = authority();
    let hide = vec!["IDLE".into(), "MOVE".into(), "UIDPLUS".into()];
    let mut dovecot = Dovecot::start(
        &ca,
        DovecotOptions {
            hide,
            tls: Tls::Starttls,
            ..Default::default()
        },
    );
    let mut client = Client::connect(dovecot.imap, None).unwrap();
    assert!(client.line().contains("STARTTLS"));
    assert!(client.imap("STARTTLS").last().unwrap().starts_with("OK"));
    let mut client = client.start_tls(ca.client_config()).unwrap();
    assert!(
        client
            .imap(&format!("LOGIN {USER} wrong"))
            .last()
            .unwrap()
            .starts_with("NO")
    );
    dovecot.set_password(USER, "other");
    let answer = client.imap(&format!("LOGIN {USER} other"));
    assert!(answer.last().unwrap().starts_with("OK"), "{answer:?}");
    let shown = client.imap("CAPABILITY").join(" ");
    for word in ["IDLE", "MOVE", "UIDPLUS"] {
        assert!(
            !shown.split_whitespace().any(|one| one == word),
            "{word} in {shown}"
        );
    }
    assert!(shown.contains("IMAP4rev1"), "{shown}");
}

#[test]
fn a_client_refuses_a_wrong_name_an_expired_certificate_and_another_authority() {
    let (_dir, ca) = authority();
    let (_other_dir, other) = authority();
    for (certificate, trusted, expected) in [
        (Certificate::Good, &ca, None),
        (Certificate::WrongName, &ca, Some("NotValidForName")),
        (Certificate::Expired, &ca, Some("Expired")),
        (Certificate::Good, &other, Some("UnknownIssuer")),
    ] {
        let options = SmtpOptions {
            certificate,
            ..Default::default()
        };
        let server = FakeSmtp::start(&ca, options);
        let port = server.account().port;
        let error = Client::connect(port, Some(trusted.client_config())).err();
        let error = error.map(|error| format!("{error:?}"));
        match expected {
            None => assert_eq!(error, None),
            Some(word) => assert!(error.clone().is_some_and(|e| e.contains(word)), "{error:?}"),
        }
    }
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

fn transport(server: &FakeSmtp, ca: &Ca) -> AsyncSmtpTransport<Tokio1Executor> {
    let account = server.account();
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

#[tokio::test]
async fn fake_smtp_takes_a_mail_with_each_kind_of_tls() {
    let (_dir, ca) = authority();
    for tls in [Tls::Implicit, Tls::Starttls, Tls::None] {
        let options = SmtpOptions {
            tls,
            ..Default::default()
        };
        let server = FakeSmtp::start(&ca, options);
        transport(&server, &ca)
            .send(letter("a@b.example"))
            .await
            .unwrap();
        let mails = server.wait_for("A@b.example", 1, SOON);
        assert_eq!(mails[0].sender, USER);
        assert_eq!(mails[0].login.as_deref(), Some(USER));
        assert_eq!(mails[0].is_tls, tls != Tls::None);
        assert_eq!(mails[0].subject(), "Проверка");
        assert_eq!(
            mails[0].text().replace("\r\n", "\n"),
            "Здравствуйте.\n.точка в начале\n"
        );
    }
}

#[tokio::test]
async fn fake_smtp_goes_wrong_where_it_is_told_to_and_then_heals() {
    let (_dir, ca) = authority();
    let server = FakeSmtp::start(&ca, SmtpOptions::default());
    server.fault(Fault::reply("RCPT", "450 4.2.0 busy").with("a@b.example"));
    server.fault(Fault::reply(".", "554 5.7.1 spam").with("c@d.example"));
    server.fault(Fault::reply("AUTH", "454 4.7.0 later").connection(3));
    server.fault(Fault::on(".", Act::DoThenClose).with("e@f.example"));
    server.fault(Fault::on("EHLO", Act::Close).connection(5));
    let send = async |to: &str| {
        // a new transport each time: no pooled connection
        let outcome = transport(&server, &ca).send(letter(to)).await;
        outcome
            .map(|_| ())
            .map_err(|error| error.status().map(u16::from))
    };
    assert_eq!(send("a@b.example").await, Err(Some(450)));
    assert_eq!(send("c@d.example").await, Err(Some(554)));
    assert_eq!(send("a@b.example").await, Err(Some(454)));
    assert_eq!(server.mails().len(), 0);
    assert_eq!(send("e@f.example").await, Err(None));
    assert_eq!(
        server.mails_to("e@f.example").len(),
        1,
        "taken, but never confirmed"
    );
    assert_eq!(send("a@b.example").await, Err(None));
    assert_eq!(send("a@b.example").await, Ok(()));
    server.fault(Fault::reply("MAIL", "421 4.3.2 closing").always());
    assert_eq!(send("a@b.example").await, Err(Some(421)));
    server.heal();
    assert_eq!(send("a@b.example").await, Ok(()));
    assert_eq!(server.mails_to("a@b.example").len(), 2);
    assert!(
        server
            .commands()
            .iter()
            .all(|line| !line.contains("secret"))
    );
}

#[test]
fn fake_smtp_is_as_strict_as_a_relay() {
    let (_dir, ca) = authority();
    let options = SmtpOptions {
        tls: Tls::Starttls,
        ..Default::default()
    };
    let server = FakeSmtp::start(&ca, options);
    let mut client = Client::connect(server.account().port, None).unwrap();
    assert!(client.smtp("").starts_with("220"));
    client.smtp("EHLO x");
    assert!(
        client
            .smtp("MAIL FROM:<a@b.example>")
            .starts_with("530 5.7.0 must")
    );
    assert!(client.smtp("STARTTLS").starts_with("220"));
    let mut client = client.start_tls(ca.client_config()).unwrap();
    client.smtp("EHLO x");
    assert!(
        client
            .smtp("MAIL FROM:<a@b.example>")
            .starts_with("530 5.7.0 auth")
    );
    assert!(client.smtp("AUTH PLAIN AHgAeQ==").starts_with("535"));
    assert!(client.smtp("AUTH LOGIN").starts_with("334"));
    assert!(
        client
            .smtp("c3VwcG9ydEBleGFtcGxlLmNvbQ==")
            .starts_with("334")
    );
    assert!(client.smtp("c2VjcmV0").starts_with("235"));
    assert!(client.smtp("DATA").starts_with("554"));
    for (body, expected) in [
        ("a: b\r\n\r\nx\ny\r\n.\r\n".to_owned(), "550"),
        (format!("a: b\r\n\r\n{}\r\n.\r\n", "x".repeat(999)), "550"),
        (
            format!("a: b\r\n\r\n{}\r\n..\r\n.\r\n", "x".repeat(998)),
            "250",
        ),
    ] {
        assert!(client.smtp("MAIL FROM:<>").starts_with("250"));
        assert!(client.smtp("RCPT TO:<c@d.example>").starts_with("250"));
        assert!(client.smtp("DATA").starts_with("354"));
        client.send(&body);
        assert!(client.line().starts_with(expected), "{body}");
    }
    assert_eq!(server.mails().len(), 1);
    assert!(server.mails()[0].data.ends_with(b"x\r\n.\r\n"));
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
