//! Dovecot, as the stories use it.

use super::*;

pub fn login(dovecot: &Dovecot, ca: &Ca) -> Client {
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
