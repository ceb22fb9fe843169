//! How mail leaves: signed, with wishes about reports, no faster than the relay wants it.

use std::{fs, path::Path, process::Command};

use mail_auth::{AuthenticatedMessage, DkimResult, MessageAuthenticator};

use super::agent_answers::question;
use crate::{
    harness::{DeskSetup, FakeDns, SmtpMail},
    story::{SOON, Story},
};

const IVAN: &str = "ivan@shop.example";

/// A private key in PEM, made for this run.
fn key(setup: &DeskSetup, algorithm: &[&str]) -> String {
    let path = setup.dir().join("dkim.pem");
    let status = Command::new("openssl")
        .args(["genpkey", "-algorithm"])
        .args(algorithm)
        .arg("-out")
        .arg(&path)
        .output()
        .expect("openssl is installed");
    assert!(status.status.success(), "{status:?}");
    path.display().to_string()
}

/// What receivers find out about the signatures of a mail.
fn verified(dns: &FakeDns, mail: &SmtpMail) -> Vec<bool> {
    let server = dns.toml();
    let server = server.trim_matches(['[', ']', '"']);
    let (ip, port) = server.split_once(':').unwrap();
    let mut config = mail_auth::hickory_resolver::config::ResolverConfig::default();
    let mut name_server =
        mail_auth::hickory_resolver::config::NameServerConfig::udp(ip.parse().unwrap());
    for connection in &mut name_server.connections {
        connection.port = port.parse().unwrap();
    }
    config.add_name_server(name_server);
    let options = mail_auth::hickory_resolver::config::ResolverOpts::default();
    let dns = MessageAuthenticator::new(config, options).unwrap();
    let message = AuthenticatedMessage::parse(&mail.data).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let outputs = runtime.block_on(dns.verify_dkim(&message));
    outputs
        .iter()
        .map(|output| *output.result() == DkimResult::Pass)
        .collect()
}

/// Whatever leaves is signed so that receivers believe it, and DNS must say what `check` prints.
fn leaves_signed(algorithm: &[&str]) {
    let dns = FakeDns::start();
    let story = Story::new(|setup| {
        let path = key(&setup, algorithm);
        setup
            .set("dkim", "selector", "\"mail1\"")
            .set("dkim", "key_file", &format!("{path:?}"))
    });
    let said = story.desk.cli_text(&["check"], "");
    let line = said.lines().find(|line| line.contains("dkim ")).unwrap();
    assert!(line.contains("mail1._domainkey.example.com"), "{line}");
    let record = line.split('"').nth(1).unwrap();
    assert!(!said.contains("PRIVATE"), "{said}");
    dns.txt("mail1._domainkey.example.com", record);

    story.tell(&question("one", "Здравствуйте, где заказ 5?"));
    let acknowledgement = story.sent(IVAN, 1);
    story.answer(1, "Он уехал вчера.\n.\n\n.. -- Анна  \n\n", &[]);
    let answer = story.sent(IVAN, 2);
    for mail in [&acknowledgement, &answer] {
        assert_eq!(verified(&dns, mail), [true]);
        let mut forged = mail.clone();
        let text = String::from_utf8(mail.data.clone()).unwrap();
        forged.data = text
            .replacen("\r\nSubject:", "\r\nCc: <eve@evil.example>\r\nSubject:", 1)
            .into();
        assert_eq!(verified(&dns, &forged), [false], "a Cc was put in");
    }
}

#[test]
fn what_leaves_is_signed_with_an_rsa_key() {
    leaves_signed(&["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]);
}

#[test]
fn what_leaves_is_signed_with_an_ed25519_key() {
    leaves_signed(&["ED25519"]);
}

#[test]
fn a_key_that_cannot_sign_is_a_fault_of_the_config() {
    for algorithm in [
        &["RSA", "-pkeyopt", "rsa_keygen_bits:1024"] as &[&str],
        &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    ] {
        let setup = DeskSetup::new();
        let path = key(&setup, algorithm);
        let secret = fs::read_to_string(Path::new(&path)).unwrap();
        let desk = setup
            .set("dkim", "selector", "\"mail1\"")
            .set("dkim", "key_file", &format!("{path:?}"))
            .write();
        let output = desk.cli_output(&["check"], "");
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        let words = "must be a private key in PEM: RSA of 2048 to 4096 bits, or Ed25519 (PKCS#8)";
        assert!(
            said.contains("dkim.key_file") && said.contains(words),
            "{said}"
        );
        assert!(!said.contains(secret.lines().nth(1).unwrap()));
    }
}

#[test]
fn a_relay_that_takes_wishes_is_asked_to_report() {
    let story = Story::new(|setup| setup);
    story.tell(&question("one", "Hello, where is order 5?"));
    assert_eq!(story.sent(IVAN, 1).parameters, "");
    story.answer(1, "It leaves today.", &[]);
    let answer = story.sent(IVAN, 2);
    assert_eq!(answer.parameters, "RET=HDRS ENVID=md-2");
    let commands = story.smtp.commands();
    let recipients: Vec<&String> = commands.iter().filter(|c| c.contains(" RCPT ")).collect();
    assert!(recipients[0].ends_with("> NOTIFY=NEVER"), "{recipients:?}");
    assert!(
        recipients[1].ends_with("> NOTIFY=FAILURE,DELAY"),
        "{recipients:?}"
    );
}

#[test]
fn a_relay_gets_no_more_mails_a_minute_than_it_wants() {
    let story = Story::new(|setup| setup.set("smtp", "max_per_minute", "60"));
    let mails: Vec<Vec<u8>> = (0..6)
        .map(|number| question(&format!("q{number}"), "Hello, where is my order?"))
        .collect();
    story.tell_all(&mails);
    let sent = story.smtp.wait_for(IVAN, 5, SOON);
    story.desk.wait_outbox_empty(SOON);
    // five an hour is what one address gets: one a second
    let first = sent.first().unwrap().at;
    let last = sent.last().unwrap().at;
    assert!((last - first).as_secs_f64() > 3.5, "{:?}", last - first);
}
