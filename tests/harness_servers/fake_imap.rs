//! The scripted IMAP server.

use super::{dovecot::login, *};

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
