//! maildesk verifies DKIM, SPF and DMARC by itself.

use std::{fs, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use mail_auth::{
    common::{crypto::Ed25519Key, headers::HeaderWriter as _},
    dkim::{Canonicalization, DkimSigner},
};

use super::agent_answers::{answer_to, by_mail, question};
use crate::{
    harness::{DeskSetup, FakeDns, mail::plain},
    story::{DESK, SOON, Story, text},
};

/// Signs the mails of a domain, whose key stands in DNS.
struct Domain {
    name: &'static str,
    key: Vec<u8>,
}

impl Domain {
    /// A domain that wants mails without its signature refused.
    fn strict(dns: &FakeDns, name: &'static str) -> Self {
        dns.txt(&format!("_dmarc.{name}"), "v=DMARC1; p=reject");
        Self::new(dns, name)
    }

    fn new(dns: &FakeDns, name: &'static str) -> Self {
        let key = Ed25519Key::generate_pkcs8().unwrap();
        let public = Ed25519Key::from_pkcs8_der(&key).unwrap().public_key();
        let record = format!("v=DKIM1; k=ed25519; p={}", BASE64.encode(public));
        dns.txt(&format!("s1._domainkey.{name}"), &record);
        Self { name, key }
    }

    /// The mail with a signature above it.
    fn sign(&self, mail: &[u8]) -> Vec<u8> {
        let signer = DkimSigner::from_key(Ed25519Key::from_pkcs8_der(&self.key).unwrap())
            .domain(self.name)
            .selector("s1")
            .headers(["From", "To", "Subject", "Message-ID"])
            .header_canonicalization(Canonicalization::Relaxed)
            .body_canonicalization(Canonicalization::Relaxed);
        let signature = signer.sign(mail).unwrap().to_header();
        [signature.as_bytes(), mail].concat()
    }
}

fn verifying(setup: DeskSetup, dns: &FakeDns) -> DeskSetup {
    setup
        .set("trust", "authserv_ids", "[]")
        .set("trust", "verify", "true")
        .set("trust", "dns_servers", &dns.toml())
}

/// What the last server writes above a mail that it took from a machine outside.
fn from_outside(envelope: &str, ip: &str, mail: &[u8]) -> Vec<u8> {
    let head = format!(
        "Return-Path: <{envelope}>\r\nReceived: from out.example (out.example [{ip}])\r\n\
         \tby mx.example.com (Postfix) with ESMTPS id 4; Mon, 4 May 2026 10:00:00 +0000\r\n"
    );
    [head.as_bytes(), mail].concat()
}

/// Of today: an old mail is not called forged.
fn order(from: &str, id: &str, more: &[&str]) -> Vec<u8> {
    let id = format!("Message-ID: <{id}@mail.example>");
    let date = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC);
    let date = format!("Date: {}", jiff::fmt::rfc2822::to_string(&date).unwrap());
    let headers = [id.as_str(), &date];
    let headers: Vec<&str> = headers.iter().chain(more).copied().collect();
    plain(from, DESK, "My order", &headers, "Where is my order?")
}

const NOT_FROM_THERE: &str =
    "the sender failed DMARC: the mail is not from the domain that it names";

#[test]
fn a_signed_answer_of_an_agent_goes_out_and_a_changed_one_does_not() {
    let dns = FakeDns::start();
    let domain = Domain::strict(&dns, "example.com");
    let story = Story::over_imap(|setup| verifying(by_mail(setup), &dns));
    story.tell(&question("one", "Hello, where is order 5?"));
    let told = story.sent("anna@example.com", 1);
    assert!(
        !told.text().contains("kept in the ticket"),
        "{}",
        told.text()
    );

    let answer = domain.sign(&answer_to(&told, "a1", &[], "It leaves today."));
    let filed = story.tell(&answer);
    assert_eq!(filed.reason, "agent_answer");
    let sent = story.sent("ivan@shop.example", 2);
    assert!(sent.text().contains("It leaves today."));

    let signed = domain.sign(&answer_to(&told, "a2", &[], "We owe you 10 dollars."));
    let changed = String::from_utf8(signed).unwrap();
    let changed = changed.replace("owe you 10", "owe you 9999");
    story.tell(changed.as_bytes());
    assert_eq!(story.written("reply"), ["ivan@shop.example"]);
    assert_eq!(story.events(1, "not_sent").len(), 1);
    let anna = story.smtp.wait_for("anna@example.com", 2, SOON);
    assert!(anna[1].text().contains("not sent to the customer"));
}

#[test]
fn nothing_but_an_own_signature_gives_powers() {
    let dns = FakeDns::start();
    let domain = Domain::strict(&dns, "example.com");
    let stranger = Domain::new(&dns, "evil.example");
    dns.txt("example.com", "v=spf1 ip4:203.0.113.5 -all");
    let story = Story::new(|setup| verifying(by_mail(setup), &dns));
    story.tell(&question("one", "Hello, where is order 5?"));
    let told = story.sent("anna@example.com", 1);
    let answer = |id: &str, more: &[&str]| answer_to(&told, id, more, "Send the money.");

    let claims = "Authentication-Results: mx.example.com; dmarc=pass header.from=example.com";
    story.tell(&answer("a1", &[claims]));
    story.tell(&stranger.sign(&answer("a2", &[])));
    // SPF passes by a header, which anybody can write
    let by_spf = answer("a3", &[]);
    story.tell(&from_outside("anna@example.com", "203.0.113.5", &by_spf));
    // a second author above the signed one
    let signed = domain.sign(&plain("bob@example.com", DESK, "x", &[], "Send the money."));
    let headers = answer("a4", &[]);
    let headers = String::from_utf8(headers).unwrap();
    let head = headers.split("To: ").next().unwrap().to_owned();
    story.tell(&[head.as_bytes(), &signed].concat());
    assert_eq!(story.written("reply").len(), 0);
    assert_eq!(story.events(1, "not_sent").len(), 3);

    // as an MTA's pipe gives it, without CR
    let signed = domain.sign(&answer("a5", &[]));
    let signed = String::from_utf8(signed).unwrap().replace("\r\n", "\n");
    story.tell(signed.as_bytes());
    assert_eq!(story.written("reply"), ["ivan@shop.example"]);
}

const RULES: &str = r#"
[[rule]]
id = "forged"
when = { equals = "fail", field = "auth.dmarc" }
then = { tags = ["forged"] }

[[rule]]
id = "genuine"
when = { equals = "pass", field = "auth.dmarc" }
then = { tags = ["genuine"] }
"#;

fn with_rules(setup: DeskSetup) -> DeskSetup {
    let rules = setup.dir().join("rules");
    fs::create_dir_all(&rules).unwrap();
    fs::write(rules.join("10.toml"), RULES).unwrap();
    setup.set("rules", "directory", "\"rules\"")
}

#[test]
fn a_forged_sender_gets_a_ticket_and_no_acknowledgement() {
    let dns = FakeDns::start();
    let bank = Domain::strict(&dns, "bank.example");
    dns.txt("bank.example", "v=spf1 ip4:203.0.113.5 -all");
    let story = Story::over_imap(|setup| with_rules(verifying(setup, &dns)));
    let tags = |ticket: i64| story.desk.ticket(ticket)["tags"].clone();
    let bob = "bob@bank.example";

    let forged = order(
        bob,
        "m1",
        &["Authentication-Results: mx.example.com; dmarc=pass"],
    );
    let forged = from_outside("x@evil.example", "198.51.100.9", &forged);
    story.tell(&forged);
    assert_eq!(story.events(1, "not_acknowledged"), [NOT_FROM_THERE]);
    assert_eq!(tags(1), serde_json::json!(["forged"]));
    let explained = story.desk.cli(&["rules", "explain", "1", "--json"]);
    assert_eq!(explained["triage"]["tags"], serde_json::json!(["forged"]));
    let inspected = story.desk.cli_text(&["inspect", "-"], &forged);
    assert!(inspected.contains("dmarc         fail"), "{inspected}");
    // the domain's own envelope, from a machine that is not its own
    story.tell(&from_outside(bob, "198.51.100.9", &order(bob, "m2", &[])));
    assert_eq!(story.events(2, "not_acknowledged"), [NOT_FROM_THERE]);
    assert_eq!(tags(2), serde_json::json!(["forged"]));
    // and from one of its own: nothing is proven, nothing is wrong
    story.tell(&from_outside(bob, "203.0.113.5", &order(bob, "m3", &[])));
    assert_eq!(tags(3), serde_json::json!([]));
    // no header tells where it came from
    story.tell(&order(bob, "m4", &[]));
    assert_eq!(tags(4), serde_json::json!([]));
    let signed = bank.sign(&order(bob, "m5", &[]));
    story.tell(&from_outside("x@evil.example", "198.51.100.9", &signed));
    assert_eq!(tags(5), serde_json::json!(["genuine"]));
    // a domain that asks for nothing
    let carol = order("carol@shop.example", "m6", &[]);
    story.tell(&from_outside("x@evil.example", "198.51.100.9", &carol));
    assert_eq!(tags(6), serde_json::json!([]));
    assert_eq!(
        story.written("acknowledgement"),
        [bob, bob, bob, "carol@shop.example"]
    );
}

/// Signed by another implementation with RSA, since no crate of the tests makes such keys.
#[test]
fn signatures_count_that_cover_the_whole_mail_with_a_good_hash() {
    let dns = FakeDns::start();
    let folder = Path::new("tests/conversation/signed");
    let key = fs::read_to_string(folder.join("key.txt")).unwrap();
    dns.txt("s1._domainkey.bank.example", key.trim());
    dns.txt("_dmarc.bank.example", "v=DMARC1; p=quarantine");
    let story = Story::new(|setup| with_rules(verifying(setup, &dns)));
    let tag = |mail: &[u8]| {
        let line = story.tell(mail);
        text(&story.desk.ticket(line.ticket.unwrap())["tags"][0])
    };
    let named = |name: &str| {
        let mail = fs::read(folder.join(name)).unwrap();
        from_outside("x@evil.example", "198.51.100.9", &mail)
    };
    assert_eq!(tag(&named("relaxed.eml")), "genuine");
    // as a Maildir holds it
    let without_cr = String::from_utf8(named("simple.eml")).unwrap();
    let without_cr = without_cr.replace("\r\n", "\n");
    assert_eq!(tag(without_cr.as_bytes()), "genuine");
    // l= leaves room for more words below; RFC 8301 forbids SHA-1
    assert_eq!(tag(&named("length.eml")), "forged");
    assert_eq!(tag(&named("sha1.eml")), "forged");
}

#[test]
fn a_server_that_is_believed_is_asked_before_dns() {
    let dns = FakeDns::start();
    Domain::strict(&dns, "bank.example");
    let story = Story::new(|setup| {
        let setup = with_rules(verifying(setup, &dns));
        setup.set("trust", "authserv_ids", "[\"mx.example.com\"]")
    });
    let passed = "Authentication-Results: mx.example.com; dmarc=pass";
    let mail = order("bob@bank.example", "m1", &[passed]);
    story.tell(&from_outside("x@evil.example", "198.51.100.9", &mail));
    assert_eq!(story.desk.ticket(1)["tags"], serde_json::json!(["genuine"]));
    let of_bank = |name: &String| name.contains("bank.example");
    assert!(!dns.asked().iter().any(of_bank), "{:?}", dns.asked());
}

#[test]
fn dead_dns_costs_no_mail_and_hardly_any_time() {
    let dns = FakeDns::start();
    let bank = Domain::strict(&dns, "bank.example");
    dns.be_silent(true);
    let story = Story::over_imap(|setup| verifying(setup, &dns));
    // asked one after the other, three seconds each, these would take minutes
    let mails: Vec<Vec<u8>> = (0..120)
        .map(|n| {
            let from = format!("bob{n}@bank.example");
            let mail = bank.sign(&order(&from, &format!("m{n}"), &[]));
            from_outside(&from, "198.51.100.9", &mail)
        })
        .collect();
    let lines = story.tell_all(&mails);
    assert!(lines.iter().all(|line| line.disposition == "open_ticket"));
    let told = "no DNS server answers";
    story.desk.wait_log(told, SOON);
    assert_eq!(story.desk.log().matches(told).count(), 1);
    // nobody is asked about a mail while nobody answers
    let asked = dns.asked();
    assert!(asked.iter().all(String::is_empty), "{asked:?}");
    assert!(!story.written("acknowledgement").is_empty());
}

#[test]
fn one_domain_without_dns_does_not_shut_the_others_out() {
    let dns = FakeDns::start();
    Domain::strict(&dns, "bank.example");
    let story = Story::new(|setup| with_rules(verifying(setup, &dns)));
    dns.mute("slow.example");
    let slow = order("eve@slow.example", "m1", &[]);
    let forged = order("bob@bank.example", "m2", &[]);
    story.tell(&from_outside("eve@slow.example", "198.51.100.9", &slow));
    story.tell(&from_outside("x@evil.example", "198.51.100.9", &forged));
    assert_eq!(story.written("acknowledgement"), ["eve@slow.example"]);
    assert_eq!(story.events(2, "not_acknowledged"), [NOT_FROM_THERE]);
}
