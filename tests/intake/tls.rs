//! TLS on both sides: what is trusted, what is refused, and that nothing is said in the clear.

use tempfile::TempDir;

use crate::{
    harness::{
        Account, Ca, Certificate, Desk, Dovecot, DovecotOptions, FakeImap, FakeSmtp, Fault,
        ImapOptions, SmtpOptions, Tls, eventually,
    },
    place::{Place, SOON, USER, but, customer, question, shown, wait_acknowledged},
};

fn imap_desk(account: &Account) -> Desk {
    let nowhere = TempDir::new().unwrap();
    Desk::setup()
        .mailbox("support", account)
        .outgoing_directory(nowhere.path())
        .without_waiting()
        .start()
}

/// The mailbox is down, for a reason that page and log give.
#[track_caller]
fn is_refused(desk: &Desk, reason: &str) {
    desk.wait_log(reason, SOON);
    let state = shown(desk, "support");
    assert_eq!(state["up"], false);
    assert!(state["last_error"].to_string().contains(reason), "{state}");
}

#[test]
fn starttls_protects_both_sides() {
    let dir = TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    let dovecot = Dovecot::start(
        &ca,
        DovecotOptions {
            tls: Tls::Starttls,
            ..DovecotOptions::default()
        },
    );
    let smtp = FakeSmtp::start(
        &ca,
        SmtpOptions {
            tls: Tls::Starttls,
            ..SmtpOptions::default()
        },
    );
    let desk = Desk::setup()
        .mailbox("support", &dovecot.account(USER))
        .smtp(&smtp.account())
        .start();
    dovecot.deliver(USER, &question(1));
    wait_acknowledged(&desk, &smtp, [1]);
    let mail = smtp.mails().remove(0);
    assert!(mail.is_tls);
    assert_eq!(mail.login.as_deref(), Some(USER));
    let log = dovecot.log();
    let login = log.lines().find(|line| line.contains("Login: user"));
    assert!(login.unwrap().contains(", TLS,"), "{log}");
}

#[test]
fn passwords_with_awkward_characters_work() {
    for password in [
        "two words %s {5}",
        "a\"quote",
        "back\\slash",
        "пароль-ї",
        "tilde~*(x)",
    ] {
        let place = Place::with(DovecotOptions {
            users: vec![(USER.into(), password.into())],
            ..DovecotOptions::default()
        });
        let smtp = FakeSmtp::start(
            &place.ca,
            SmtpOptions {
                login: Some((USER.into(), password.into())),
                ..SmtpOptions::default()
            },
        );
        let desk = Desk::setup()
            .mailbox("support", &place.dovecot.account(USER))
            .smtp(&smtp.account())
            .without_waiting()
            .start();
        desk.wait_log("maildesk is ready", SOON);
        assert_eq!(shown(&desk, "support")["last_error"], "", "{password}");
        place.deliver(&question(1));
        wait_acknowledged(&desk, &smtp, [1]);
    }
}

#[test]
fn no_password_is_told_to_an_imap_server_that_withdraws_starttls() {
    let dir = TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    let imap = FakeImap::start(
        &ca,
        ImapOptions {
            tls: Tls::Starttls,
            ..ImapOptions::default()
        },
    );
    imap.fault(Fault::reply("STARTTLS", "BAD unknown command").always());
    let desk = imap_desk(&imap.account());
    is_refused(&desk, "refuses STARTTLS");
    eventually(SOON, "it tried again", || imap.connections() >= 3);
    let commands = imap.commands();
    let logins = commands
        .iter()
        .filter(|command| command.contains("LOGIN") || command.contains("AUTHENTICATE"));
    assert_eq!(logins.count(), 0, "{commands:?}");
}

#[test]
fn nothing_is_told_to_an_smtp_server_that_withdraws_starttls() {
    let place = Place::new();
    let smtp = FakeSmtp::start(
        &place.ca,
        SmtpOptions {
            tls: Tls::None,
            ..SmtpOptions::default()
        },
    );
    let account = but(smtp.account(), |account| {
        account.tls = Tls::Starttls;
        account.ca_file = Some(place.ca.file().to_owned());
    });
    let desk = Desk::setup()
        .mailbox("support", &place.dovecot.account(USER))
        .smtp(&account)
        .start();
    place.deliver(&question(1));
    desk.wait_log("offers no STARTTLS", SOON);
    let commands = smtp.commands();
    let told = commands
        .iter()
        .filter(|command| command.contains("AUTH") || command.contains("MAIL"));
    assert_eq!(told.count(), 0, "{commands:?}");
    let row = desk.cli(&["outbox", "list", "--json"])[0].clone();
    assert_eq!(row["state"], "pending");
    assert!(row["last_error"].to_string().contains("STARTTLS"), "{row}");
}

#[test]
fn imap_certificates_that_prove_nothing_are_refused() {
    let dir = TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    for (certificate, reason) in [
        (Certificate::WrongName, "not valid for"),
        (Certificate::Expired, "expired"),
    ] {
        for tls in [Tls::Implicit, Tls::Starttls] {
            let imap = FakeImap::start(
                &ca,
                ImapOptions {
                    tls,
                    certificate,
                    ..ImapOptions::default()
                },
            );
            let desk = imap_desk(&imap.account());
            is_refused(&desk, reason);
            assert!(!imap.commands().iter().any(|one| one.contains("LOGIN")));
        }
    }
}

#[test]
fn a_certificate_of_an_unknown_authority_is_refused_by_dovecot_too() {
    let (dir, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (ca, stranger) = (Ca::new(dir.path()), Ca::new(other.path()));
    for tls in [Tls::Implicit, Tls::Starttls] {
        let options = DovecotOptions {
            tls,
            ..DovecotOptions::default()
        };
        let dovecot = Dovecot::start(&stranger, options);
        let account = but(dovecot.account(USER), |account| {
            account.ca_file = Some(ca.file().to_owned());
        });
        is_refused(&imap_desk(&account), "UnknownIssuer");
        assert!(!dovecot.log().contains("Login: user"), "{tls:?}");
    }
}

#[test]
fn smtp_certificates_that_prove_nothing_are_refused() {
    let place = Place::new();
    let other = TempDir::new().unwrap();
    let stranger = Ca::new(other.path());
    for (authority, certificate, reason) in [
        (&place.ca, Certificate::WrongName, "not valid for"),
        (&place.ca, Certificate::Expired, "expired"),
        (&stranger, Certificate::Good, "UnknownIssuer"),
    ] {
        for tls in [Tls::Implicit, Tls::Starttls] {
            let smtp = FakeSmtp::start(
                authority,
                SmtpOptions {
                    tls,
                    certificate,
                    ..SmtpOptions::default()
                },
            );
            let account = but(smtp.account(), |account| {
                account.ca_file = Some(place.ca.file().to_owned());
            });
            let desk = Desk::setup()
                .mailbox_with(
                    "support",
                    &place.dovecot.account(USER),
                    &[("start", "\"now\"")],
                )
                .smtp(&account)
                .start();
            place.deliver(&question(1));
            let line = desk.wait_log("mail delayed", SOON);
            assert!(line.contains(reason), "{tls:?} {certificate:?}: {line}");
            assert!(!line.contains(&customer(1)));
            let commands = smtp.commands();
            let told = commands
                .iter()
                .filter(|command| command.contains("AUTH") || command.contains("MAIL"));
            assert_eq!(told.count(), 0, "{commands:?}");
        }
    }
}

#[test]
fn plaintext_is_for_this_machine_alone() {
    let account = |host: &str| Account {
        host: host.into(),
        port: 143,
        tls: Tls::None,
        username: USER.into(),
        password: "secret".into(),
        ..Account::default()
    };
    let out = TempDir::new().unwrap();
    let check = |host: &str| {
        let desk = Desk::setup()
            .mailbox("support", &account(host))
            .outgoing_directory(out.path())
            .write();
        let output = desk.cli_output(&["check"], "");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code().unwrap(), said)
    };
    let (code, said) = check("imap.example.com");
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("allow_plaintext"), "{said}");
    let (code, said) = check("localhost");
    assert_eq!(code, 0, "{said}");
}
