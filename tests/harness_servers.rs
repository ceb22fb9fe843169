//! The harness' own tests: every server does what the stories rely on.
// the lints' exception for tests does not reach the functions that tests share
#![allow(clippy::unwrap_used)]

mod harness;

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

#[tokio::test]
async fn fake_smtp_takes_a_mail_with_each_kind_of_tls() {
    let (_dir, ca) = authority();
    for tls in [Tls::Implicit, Tls::Starttls, Tls::None] {
        let options = SmtpOptions {
            tls,
            ..Default::default()
        };
        let server = FakeSmtp::start(&ca, options);
        transport(server.account(), &ca)
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
        let outcome = transport(server.account(), &ca).send(letter(to)).await;
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

fn fake_login(server: &FakeImap, ca: &Ca) -> Client {
    let mut client = Client::connect(server.account().port, Some(ca.client_config())).unwrap();
    assert!(client.line().starts_with("* OK"));
    client.imap(&format!("LOGIN {USER} \"secret\""));
    client
}

#[test]
fn fake_imap_fetches_stores_searches_and_moves_as_dovecot_does() {
    let (_dir, ca) = authority();
    let dovecot = Dovecot::start(&ca, DovecotOptions::default());
    let fake = FakeImap::start(&ca, ImapOptions::default());
    dovecot.create_folder(USER, "Processed");
    fake.create_folder("Processed");
    for n in 0..5 {
        let mail = format!("Subject: {n}\r\nTo: x@y.example\r\n\r\nmail {n}\r\n");
        dovecot.deliver(USER, mail.as_bytes());
        fake.deliver(mail.as_bytes());
    }
    let mut clients = [login(&dovecot, &ca), fake_login(&fake, &ca)];
    let mut both = |command: &str| {
        let answers = clients.each_mut().map(|client| {
            let mut lines = client.imap(command);
            // the words of the tagged answer are free
            let last = lines.pop().unwrap();
            lines.push(last.split(' ').next().unwrap().to_owned());
            lines.retain(|line| line.starts_with(['*', 'O', 'N', 'B', 'S', 'm']));
            lines.retain(|line| !line.ends_with("RECENT"));
            lines
        });
        let [real, fake] = answers;
        (real, fake)
    };
    let (real, fake) = both("SELECT INBOX");
    for line in ["* 5 EXISTS", "OK"] {
        assert!(
            real.iter().any(|l| l == line) && fake.iter().any(|l| l == line),
            "{fake:?}"
        );
    }
    for command in [
        "UID FETCH 2:3 (UID RFC822.SIZE FLAGS)",
        "UID FETCH 1:* (BODY.PEEK[]<5.8>)",
        "UID FETCH 4:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]",
        "UID FETCH 9 (FLAGS)",
        "UID FETCH 1 (NOSUCHITEM)",
        "UID SEARCH UID 3:*",
        "UID STORE 1:2 +FLAGS (\\Seen)",
        "UID SEARCH NOT SEEN",
        "UID SEARCH UNSEEN UID 1:3",
        "SEARCH SEEN",
        "XYZZY",
        "UID FETCH 3 BODY[TEXT]",
        "UID SEARCH SEEN",
        "UID STORE 5 +FLAGS.SILENT (\\Deleted)",
        "UID EXPUNGE 4:5",
        "UID COPY 1 Nowhere",
        "NOOP",
    ] {
        let (mut real, mut fake) = both(command);
        for lines in [&mut real, &mut fake] {
            lines
                .iter_mut()
                .for_each(|line| *line = line.replace("UID 1 UID 1", "UID 1"));
            // Dovecot adds \Recent, and tells of flags that BODY[] has set: both as it likes
            lines
                .iter_mut()
                .for_each(|line| *line = line.replace(" \\Recent", "").replace("\\Recent", ""));
        }
        assert_eq!(fake.last(), real.last(), "{command}: {fake:?} {real:?}");
        assert_eq!(sorted(&fake), sorted(&real), "{command}");
    }
    let (real, fake) = both("UID MOVE 1:2 Processed");
    let shape = |lines: &[String]| {
        let lines = lines
            .iter()
            .map(|line| line.split(" [COPYUID").next().unwrap())
            // Dovecot counts the removed ones downwards, which comes to the same
            .map(|line| line.replace("* 2 EXPUNGE", "* 1 EXPUNGE"));
        lines.collect::<Vec<String>>()
    };
    assert_eq!(shape(&fake), shape(&real));
}

fn sorted(lines: &[String]) -> Vec<Vec<&str>> {
    // items of a FETCH may come in any order
    let words = lines.iter().map(|line| {
        let mut words: Vec<&str> = line
            .split([' ', '(', ')'])
            .filter(|w| !w.is_empty())
            .collect();
        words.sort_unstable();
        words
    });
    words.collect()
}

#[test]
fn fake_imap_goes_wrong_where_it_is_told_to() {
    let (_dir, ca) = authority();
    let server = FakeImap::start(&ca, ImapOptions::default());
    server.deliver(MAIL);
    let last = |lines: Vec<String>| lines.last().unwrap().clone();

    let mut client = fake_login(&server, &ca);
    server.fault(Fault::reply("SELECT", "NO [INUSE] busy").times(2));
    assert_eq!(last(client.imap("SELECT INBOX")), "NO [INUSE] busy");
    assert_eq!(last(client.imap("SELECT INBOX")), "NO [INUSE] busy");
    server.fault(Fault::on("SELECT", Act::UidValidity(9)).skip(1));
    assert!(
        client
            .imap("SELECT INBOX")
            .iter()
            .any(|line| line.contains("UIDVALIDITY 1]"))
    );
    assert!(
        client
            .imap("SELECT INBOX")
            .iter()
            .any(|line| line.contains("UIDVALIDITY 9]"))
    );

    // a mail that comes between SELECT and IDLE is announced once, in the answer before
    server.fault(Fault::on("UID SEARCH", Act::ArriveAfter(MAIL.to_vec())));
    let answer = client.imap("UID SEARCH ALL");
    assert_eq!(answer, ["* SEARCH 1", "* 2 EXISTS", "OK done"]);
    client.send("i IDLE\r\n");
    assert_eq!(client.line(), "+ idling");
    server.deliver(MAIL);
    assert_eq!(client.line(), "* 3 EXISTS");
    server.expunge("INBOX", 1);
    assert_eq!(client.line(), "* 1 EXPUNGE");
    client.send("DONE\r\n");
    assert_eq!(client.line(), "i OK idle done");

    server.fault(Fault::on("UID FETCH", Act::Cut(20)));
    let answer = client.imap("UID FETCH 2 BODY.PEEK[]");
    assert_eq!(last(answer.clone()), "closed", "{answer:?}");
    let mut client = fake_login(&server, &ca);
    server.fault(Fault::on("NOOP", Act::Say("* BYE too old\r\n".into())));
    assert_eq!(client.imap("NOOP")[0], "* BYE too old");
    client.imap("SELECT INBOX");
    server.fault(Fault::on("UID STORE", Act::DoThenClose));
    assert_eq!(last(client.imap("UID STORE 2 +FLAGS (\\Seen)")), "closed");
    assert!(server.mails("INBOX")[0].flags.contains("\\Seen"));
    assert_eq!(server.connections(), 2);
    assert!(
        server
            .commands()
            .contains(&"2 UID STORE 2 +FLAGS (\\Seen)".to_owned())
    );
    assert!(
        server
            .commands()
            .iter()
            .all(|line| !line.contains("secret"))
    );
}

#[test]
fn fake_imap_hides_what_it_does_not_offer_and_logs_in_in_every_way() {
    let (_dir, ca) = authority();
    let options = ImapOptions {
        tls: Tls::Starttls,
        capabilities: vec!["AUTH=XOAUTH2".into()],
        ..Default::default()
    };
    let server = FakeImap::start(&ca, options);
    let last = |lines: Vec<String>| lines.last().unwrap().clone();
    let mut client = Client::connect(server.account().port, None).unwrap();
    client.line();
    assert!(last(client.imap(&format!("LOGIN {USER} secret"))).starts_with("NO [PRIVACY"));
    assert!(last(client.imap("STARTTLS")).starts_with("OK"));
    let mut client = client.start_tls(ca.client_config()).unwrap();
    assert!(
        last(client.imap("LOGIN {19+}\r\nsupport@example.com {5+}\r\nwrong")).starts_with("NO")
    );
    server.set_password("token");
    // user=support@example.com^Aauth=Bearer token^A^A
    let bearer = "dXNlcj1zdXBwb3J0QGV4YW1wbGUuY29tAWF1dGg9QmVhcmVyIHRva2VuAQE=";
    assert!(last(client.imap(&format!("AUTHENTICATE XOAUTH2 {bearer}"))).starts_with("OK"));
    client.imap("SELECT INBOX");
    for command in ["IDLE", "UID MOVE 1 X", "UID EXPUNGE 1"] {
        assert!(last(client.imap(command)).starts_with("BAD"), "{command}");
    }
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
