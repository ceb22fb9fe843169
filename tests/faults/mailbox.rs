//! Faults between the desk and its mailbox.

use std::time::Duration;

use crate::{
    case::{Case, End, play_all, until_said},
    harness::{Act, Fault, Tls, What, When},
    relay::shown,
    stage::{Setting, Stage},
};

/// The steps, by the command of each.
const STEPS: [(&str, &str, &str); 7] = [
    ("connect", "GREETING", ""),
    ("login", "LOGIN", ""),
    ("select", "SELECT", ""),
    ("list", "UID FETCH", "RFC822.SIZE"),
    ("fetch", "UID FETCH", "BODY.PEEK[]"),
    ("flag", "UID STORE", ""),
    ("move", "UID MOVE", ""),
];

const UP: &str = "watching the mailbox";

pub fn setting_of(step: &str) -> Setting {
    Setting {
        after: if step == "move" { "move" } else { "seen" },
        ..Setting::default()
    }
}

/// Steps that come before the mails: a connection that is up has passed them.
pub fn needs_new_connection(step: &str) -> bool {
    matches!(step, "connect" | "login" | "select")
}

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (step, command, argument) in STEPS {
        for (fault, act, says) in faults(step, command) {
            let name = shown(command);
            let how = match &act {
                Act::Reply(text) => format!("{name}: `{text}`"),
                Act::Say(text) => format!("{name}: `{}`", text.trim()),
                Act::DoThenClose => format!("{name} is done, the connection ends"),
                Act::Stall => format!("{name} is never answered"),
                _ => format!("{name} ends the connection"),
            };
            cases.push(Case {
                step: step.to_owned(),
                fault: fault.to_owned(),
                how,
                says,
                over: match (step, fault) {
                    ("flag" | "move", "NO" | "BAD") => "dealt with again",
                    _ => UP,
                },
                end: End::Once,
                mails: 3,
                setting: setting_of(step),
                arm: Box::new(move |stage| {
                    let fault = Fault::on(command, act.clone()).with(argument);
                    stage.imap().fault(fault);
                    if needs_new_connection(step) {
                        stage.to_mailbox.cut_all();
                    }
                }),
                meanwhile: until_said(says),
            });
        }
    }
    cases.extend(on_the_way());
    cases
}

/// What a server can do at a command, and what the desk says of it.
fn faults(step: &str, command: &str) -> Vec<(&'static str, Act, &'static str)> {
    let is_mark = matches!(step, "flag" | "move");
    let refused = match step {
        "login" => "refuses the login",
        _ if is_mark => "after = ",
        _ => "answers NO",
    };
    let not_understood = match step {
        "login" | "flag" | "move" => refused,
        _ => "answers BAD",
    };
    let mut faults = vec![("timeout", Act::Stall, "is silent after")];
    // at the login a BYE is of no account unless the connection ends with it: see below
    if step != "login" {
        let bye = Act::Say("* BYE maintenance\r\n".into());
        faults.push(("BYE", bye, "maintenance"));
    }
    if command != "GREETING" {
        faults.extend([
            (
                "NO",
                Act::Reply("NO [UNAVAILABLE] try later".into()),
                refused,
            ),
            (
                "BAD",
                Act::Reply("BAD what was that".into()),
                not_understood,
            ),
        ]);
    }
    // a step of a new connection follows a cut that is said in the same words
    if !needs_new_connection(step) {
        faults.extend([
            ("cut", Act::Close, "closed the connection"),
            ("answer lost", Act::DoThenClose, "closed the connection"),
        ]);
    }
    faults
}

/// TCP and TLS, before Dovecot.
fn on_the_way() -> Vec<Case> {
    let real = Setting {
        is_real: true,
        ..Setting::default()
    };
    let encrypted = Setting {
        tls: Tls::Implicit,
        ..real
    };
    let case =
        |step: &str, fault: &str, how: &str, says: &'static str, setting, arm: fn(&mut Stage)| {
            Case {
                step: step.to_owned(),
                fault: fault.to_owned(),
                how: how.to_owned(),
                says,
                over: if says.is_empty() { "" } else { UP },
                end: End::Once,
                mails: 3,
                setting,
                arm: Box::new(arm),
                meanwhile: match says {
                    "" => Box::new(|stage| {
                        stage.wait("it has struck", || match stage.to_mailbox.struck() {
                            0 => Err(String::new()),
                            _ => Ok(()),
                        });
                    }),
                    _ => until_said(says),
                },
            }
        };
    vec![
        case(
            "connect",
            "refused",
            "nobody listens",
            "connecting to",
            real,
            |stage| {
                stage.to_mailbox.refuse();
                stage.to_mailbox.cut_all();
            },
        ),
        case(
            "connect",
            "cut",
            "the proxy closes at once, thrice",
            "",
            real,
            |stage| {
                // the loss of the connection is said in the same words, so it is the one line
                stage.to_mailbox.strike(When::AtOnce, What::Cut, 3);
                stage.to_mailbox.cut_all();
            },
        ),
        case(
            "connect",
            "garbage",
            "HTTP instead of a greeting",
            "cannot be read",
            real,
            |stage| {
                let web = What::Garbage(b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n");
                stage.to_mailbox.strike(When::AtOnce, web, 1);
                stage.to_mailbox.cut_all();
            },
        ),
        case(
            "TLS",
            "timeout",
            "the handshake is never answered",
            "no answer within",
            encrypted,
            |stage| {
                stage.to_mailbox.strike(When::AtOnce, What::Stall, 1);
                stage.to_mailbox.cut_all();
            },
        ),
        case(
            "TLS",
            "cut",
            "cut inside the handshake",
            "TLS with",
            encrypted,
            |stage| {
                stage.to_mailbox.strike(When::AfterBytes(1), What::Cut, 1);
                stage.to_mailbox.cut_all();
            },
        ),
        case(
            "TLS",
            "garbage",
            "plain text instead of a handshake",
            "TLS with",
            encrypted,
            |stage| {
                let plain = What::Garbage(b"* OK this is no TLS\r\n");
                stage.to_mailbox.strike(When::AtOnce, plain, 1);
                stage.to_mailbox.cut_all();
            },
        ),
        case(
            "login",
            "cut",
            "cut before the server hears of it",
            "",
            real,
            |stage| {
                stage
                    .to_mailbox
                    .strike(When::ClientSays("LOGIN"), What::Cut, 1);
                stage.to_mailbox.cut_all();
            },
        ),
        case(
            "login",
            "BYE",
            "`* BYE overloaded`, and the connection ends",
            "",
            real,
            |stage| {
                let bye = What::Garbage(b"* BYE overloaded\r\n");
                stage.to_mailbox.strike(When::ClientSays("LOGIN"), bye, 1);
                stage.to_mailbox.cut_all();
            },
        ),
        case(
            "select",
            "cut",
            "cut before the client hears of it",
            "",
            real,
            |stage| {
                stage
                    .to_mailbox
                    .strike(When::ServerSays("UIDNEXT"), What::Cut, 1);
                stage.to_mailbox.cut_all();
            },
        ),
        case(
            "wait",
            "cut",
            "cut in IDLE",
            "closed the connection",
            real,
            |stage| {
                stage
                    .to_mailbox
                    .strike(When::ServerSays("EXISTS"), What::Cut, 1);
            },
        ),
        case(
            "wait",
            "timeout",
            "a dead NAT: nothing passes any more",
            "is silent after",
            real,
            |stage| {
                stage
                    .to_mailbox
                    .strike(When::ServerSays("EXISTS"), What::Stall, 1);
            },
        ),
        case(
            "wait",
            "half-close",
            "the server's side of IDLE ends",
            "closed the connection",
            real,
            |stage| {
                stage
                    .to_mailbox
                    .strike(When::ServerSays("EXISTS"), What::HalfClose, 1);
            },
        ),
        case(
            "wait",
            "garbage",
            "rubbish inside IDLE",
            "cannot be read",
            real,
            |stage| {
                let rubbish = What::Garbage(b"\x16\x03\x01\x00rubbish\r\n");
                stage
                    .to_mailbox
                    .strike(When::ServerSays("EXISTS"), rubbish, 1);
            },
        ),
        case(
            "fetch",
            "half-close",
            "inside a mail",
            "closed the connection",
            real,
            |stage| {
                stage
                    .to_mailbox
                    .strike(When::ServerSays("BODY["), What::HalfClose, 1);
            },
        ),
        case(
            "fetch",
            "garbage",
            "rubbish instead of a mail",
            "cannot be read",
            real,
            |stage| {
                let rubbish = What::Garbage(b"* 1 FETCH (UID {oops \xff\xfe\r\n");
                stage
                    .to_mailbox
                    .strike(When::ServerSays("BODY["), rubbish, 1);
            },
        ),
        case(
            "fetch",
            "delay",
            "every answer comes a second later",
            "",
            real,
            |stage| {
                let slow = What::Delay(Duration::from_secs(1));
                stage.to_mailbox.strike(When::ServerSays("EXISTS"), slow, 1);
            },
        ),
        case(
            "fetch",
            "throttle",
            "500 bytes a second",
            "",
            real,
            |stage| {
                stage
                    .to_mailbox
                    .strike(When::ServerSays("BODY["), What::Throttle(500), 1);
            },
        ),
    ]
}

#[test]
fn whatever_the_mailbox_does_nothing_is_lost_or_filed_twice() {
    play_all(cases());
}

#[test]
fn a_certificate_that_ended_is_refused_until_there_is_a_new_one() {
    let setting = Setting {
        tls: Tls::Implicit,
        ..Setting::default()
    };
    let stage = Stage::new(setting);
    let (bad_mailbox, bad_relay) = (stage.expired_mailbox(), stage.expired_relay());
    stage.to_mailbox.lead_to(bad_mailbox.account().port);
    stage.to_relay.lead_to(bad_relay.account().port);
    stage.to_mailbox.cut_all();
    stage.wait_log("TLS with");
    for number in 1..=3 {
        stage.deliver(number);
    }
    stage.to_mailbox.lead_to(stage.imap().account().port);
    stage.wait_log("mail delayed: TLS with");
    stage.to_relay.lead_to(stage.smtp.account().port);
    let copies = stage.settle(3, 3);
    assert!(copies.values().all(|sent| sent.len() == 1));
    assert!(bad_mailbox.commands().is_empty() && bad_relay.mails().is_empty());
    stage.assert_said("TLS with", 2);
    stage.assert_said("mails go out again", 1);
}
