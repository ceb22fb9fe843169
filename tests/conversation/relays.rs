//! What relays and servers between the desk and a customer do to ids and addresses.

use maildesk::store::{JournalLine, Store};
use tempfile::TempDir;

use crate::{
    harness::{
        Ca, Desk, DeskSetup, Dovecot, DovecotOptions, Postfix, SmtpSink, SunkMail, Tls, eventually,
        mail::{decoded, header, plain},
    },
    story::{
        DESK, SOON, addresses,
        program::{answer, bare, send},
    },
};

/// As Amazon SES does it: an id of its own, at its own domain.
const REWRITES: &str = r"/^Message-ID: <md\.([a-z2-7]{16})[^@]*@.*$/ REPLACE Message-ID: <0102$1-000000@eu-west-1.amazonses.example>";
const OLGA: &str = "Olga <olga@shop.example>";
const EVE: &str = "Eve <eve@evil.example>";

/// A desk behind the real Dovecot and Postfix; the world is a sink.
struct Place {
    desk: Desk,
    dovecot: Dovecot,
    postfix: Postfix,
    world: SmtpSink,
    _dir: TempDir,
}

impl Place {
    /// `None` where the operator goes without Postfix.
    fn start(header_checks: &[&str], change: impl FnOnce(DeskSetup) -> DeskSetup) -> Option<Self> {
        if Postfix::is_skipped() {
            return None;
        }
        let dir = TempDir::new().unwrap();
        let ca = Ca::new(dir.path());
        let dovecot = Dovecot::start(&ca, DovecotOptions::default());
        let world = SmtpSink::start();
        let postfix = Postfix::start_with(&ca, &dovecot, world.port, header_checks);
        let setup = Desk::setup()
            .mailbox("support", &dovecot.account(DESK))
            .smtp(&postfix.account(Tls::Starttls, &dovecot, DESK))
            .set("survey", "enabled", "false");
        Some(Self {
            desk: change(setup).start(),
            dovecot,
            postfix,
            world,
            _dir: dir,
        })
    }

    fn journal(&self) -> Vec<JournalLine> {
        let store = Store::open_existing(&self.desk.dir().join("maildesk.db")).unwrap();
        store.read_here(|view| view.journal(1_000)).unwrap()
    }

    /// A mail from the world through Postfix into the desk; what became of it.
    #[track_caller]
    fn post(&self, from: &str, to: &str, mail: &[u8]) -> JournalLine {
        let before = self.journal().len();
        send(self.postfix.smtp, from, &[to], mail);
        self.filed(before + 1)
    }

    /// Waits for the mail of this number.
    #[track_caller]
    fn filed(&self, number: usize) -> JournalLine {
        eventually(SOON, "the mail is filed", || {
            let mut lines = self.journal();
            let is_done = lines.len() == number && lines.iter().all(|l| l.state != "received");
            if is_done {
                lines.pop().ok_or_else(String::new)
            } else {
                Err(format!("{lines:#?}"))
            }
        })
    }

    /// The last of so many mails that reached the customer.
    #[track_caller]
    fn received(&self, count: usize) -> SunkMail {
        self.world.wait_for(count, SOON).pop().unwrap()
    }

    fn answer(&self, ticket: i64, words: &str) {
        let number = ticket.to_string();
        self.desk.cli_text(&["ticket", "reply", &number], words);
    }
}

fn question() -> Vec<u8> {
    plain(
        OLGA,
        DESK,
        "Import fails",
        &["Message-ID: <first@shop.example>"],
        "Hello, the import of my price list fails.",
    )
}

fn joined(line: &JournalLine, reason: &str) {
    assert_eq!(
        (line.disposition.as_str(), line.reason.as_str(), line.ticket),
        ("append", reason, Some(1))
    );
}

#[test]
fn a_relay_that_writes_its_own_message_id_breaks_no_thread() {
    let Some(place) = Place::start(&[REWRITES], |setup| setup) else {
        return;
    };
    place.post(OLGA, DESK, &question());
    place.received(1);
    place.answer(1, "Which file is it?");
    let got = place.received(2).data;
    let rewritten = header(&got, "Message-ID").unwrap();
    assert!(rewritten.contains("amazonses"), "{rewritten}");
    let references = header(&got, "References").unwrap();
    let ours = references.split(' ').next_back().unwrap().to_owned();
    assert!(ours.starts_with("<md."), "{references}");

    // her program answers what it got: to the token
    let plainly = answer(&got, OLGA, "second@shop.example", "It is prices.xlsx.");
    assert_eq!(plainly.in_reply_to.as_ref(), Some(&rewritten));
    assert!(plainly.references.contains(&ours));
    let line = place.post(OLGA, &plainly.to, &plainly.bytes());
    joined(&line, "reply_token");

    // she writes to the plain address: our id stands in References still
    let mut untokened = plainly.clone();
    untokened.to = DESK.to_owned();
    untokened.id = "third@shop.example".to_owned();
    untokened.words = "The second sheet.".to_owned();
    joined(
        &place.post(OLGA, DESK, &untokened.bytes()),
        "answers_our_mail",
    );
    // somebody else with the same ids stays outside
    let mut strange = untokened.clone();
    strange.from = EVE.to_owned();
    strange.id = "e1@evil.example".to_owned();
    let line = place.post(EVE, DESK, &strange.bytes());
    assert_eq!(
        (line.reason.as_str(), line.ticket),
        ("stranger_points_to_ticket", Some(2))
    );

    // and nothing is left but the relay's id, which nobody knows here, and the tag
    let mut bare = untokened.clone();
    bare.references = Vec::new();
    bare.id = "fourth@shop.example".to_owned();
    bare.words = "Row 7.".to_owned();
    assert!(bare.subject.contains("[#1]"), "{}", bare.subject);
    joined(&place.post(OLGA, DESK, &bare.bytes()), "subject_tag");
    bare.from = EVE.to_owned();
    bare.id = "e2@evil.example".to_owned();
    let line = place.post(EVE, DESK, &bare.bytes());
    assert_eq!(
        (line.reason.as_str(), line.ticket),
        ("subject_tag", Some(2)),
        "into the ticket that she was given"
    );

    // the next answer hangs on hers, and still carries an id of ours
    place.answer(1, "Mended.");
    let to_olga = || {
        let mails = place.world.mails();
        let mut mails: Vec<SunkMail> = mails
            .into_iter()
            .filter(|mail| mail.recipients == ["olga@shop.example"])
            .collect();
        if mails.len() < 3 {
            return None;
        }
        mails.pop()
    };
    let got = eventually(SOON, "the second answer", to_olga).data;
    assert_eq!(
        header(&got, "In-Reply-To").unwrap(),
        "<fourth@shop.example>"
    );
    assert!(header(&got, "References").unwrap().contains("<md."));
    let ticket = place.desk.ticket(1);
    assert_eq!(addresses(&ticket["participants"]), ["olga@shop.example"]);
    assert_eq!(ticket["messages"].as_array().unwrap().len(), 6);
    place.desk.wait_outbox_empty(SOON);
}

#[test]
fn without_sub_addresses_ids_and_tag_carry_the_thread_and_bounces_find_their_mail() {
    let no_tokens = |setup: DeskSetup| setup.set("smtp", "subaddress_delimiter", "\"\"");
    let Some(place) = Place::start(&[], no_tokens) else {
        return;
    };
    place.post(OLGA, DESK, &question());
    place.received(1);
    place.answer(1, "Which file is it?");
    let got = place.received(2).data;
    let mut by_ids = answer(&got, OLGA, "second@shop.example", "It is prices.xlsx.");
    assert_eq!(bare(&by_ids.to), DESK);
    joined(&place.post(OLGA, DESK, &by_ids.bytes()), "answers_our_mail");
    // only the last id, only the first one
    by_ids.in_reply_to = None;
    let all = by_ids.references.clone();
    for (id, references, reason) in [
        ("third", all.last(), "answers_our_mail"),
        ("fourth", all.first(), "answers_mail_of_ticket"),
        ("fifth", None, "subject_tag"),
    ] {
        let mut mail = by_ids.clone();
        mail.id = format!("{id}@shop.example");
        mail.words = format!("My {id} mail.");
        mail.references = references.into_iter().cloned().collect();
        joined(&place.post(OLGA, DESK, &mail.bytes()), reason);
        mail.from = EVE.to_owned();
        mail.id = format!("{id}@evil.example");
        let line = place.post(EVE, DESK, &mail.bytes());
        assert_eq!(line.ticket, Some(2), "{id}: a ticket of her own");
    }
    // a subject alone, and one with another ticket's number, join nothing
    for subject in ["Re: Import fails", "Re: [#999] Import fails"] {
        let mail = plain(OLGA, DESK, subject, &[], "A new matter.");
        let line = place.post(OLGA, DESK, &mail);
        assert_eq!(
            (line.disposition.as_str(), line.reason.as_str()),
            ("open_ticket", "new_mail"),
            "{subject}"
        );
    }
    // a mail of ours that nobody takes: Dovecot refuses it, Postfix tells us
    let gone = "gone@example.com";
    let asked = plain(gone, DESK, "Prices", &[], "Hello, where are the prices?");
    let before = place.journal().len();
    let number = place.post(gone, DESK, &asked).ticket.unwrap();
    // the acknowledgement has no sender to tell; the answer has
    place.answer(number, "Under \"Prices\".");
    let line = place.filed(before + 2);
    assert_eq!(
        (line.disposition.as_str(), line.reason.as_str(), line.ticket),
        ("bounce", "bounce_of_our_mail", Some(number))
    );
    let rows = place.desk.cli(&["outbox", "list", "--json"]);
    let row = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["recipient"] == gone && row["kind"] == "reply");
    let row = row.unwrap();
    assert_eq!(row["state"], "failed", "{row}");
    // nothing that left shows a token
    let dovecot_has = place.dovecot.fetch_all(DESK, "INBOX").len();
    assert_eq!(dovecot_has, place.journal().len());
    for mail in place.world.mails() {
        let all = String::from_utf8_lossy(&mail.data).into_owned();
        assert!(!all.contains("support+"), "{all}");
        assert!(!mail.sender.contains('+'), "{}", mail.sender);
        let (subject, text) = decoded(&mail.data);
        assert!(!subject.contains('+') && !text.contains("support+"));
    }
}
