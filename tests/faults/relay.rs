//! Faults between the desk and its relay.

use crate::{
    case::{Case, End, play_all, until_said},
    harness::{Act, Fault, Tls, What, When},
    stage::{Setting, Stage},
};

/// The steps, by the command of each.
const STEPS: [(&str, &str); 7] = [
    ("send: connect", "GREETING"),
    ("send: greet", "EHLO"),
    ("send: login", "AUTH"),
    ("send: sender", "MAIL"),
    ("send: recipient", "RCPT"),
    ("send: data", "DATA"),
    ("accept", "."),
];

const AGAIN: &str = "mails go out again";

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (step, command) in STEPS {
        let is_about_mail = matches!(command, "MAIL" | "RCPT" | "DATA" | ".");
        let faults = [
            ("4xx", Act::Reply("451 4.3.0 try again later".into())),
            ("5xx", Act::Reply("554 5.7.0 not from you".into())),
            ("cut", Act::Close),
            ("answer lost", Act::DoThenClose),
            ("timeout", Act::Stall),
        ];
        for (fault, act) in faults {
            let is_refusal = fault == "5xx" && is_about_mail;
            let says = if is_refusal {
                "mail refused"
            } else {
                "mail delayed"
            };
            let name = shown(command);
            let how = match &act {
                Act::Reply(text) => format!("{name}: `{text}`"),
                Act::DoThenClose => format!("{name} is done, the connection ends"),
                Act::Stall => format!("{name} is never answered"),
                _ => format!("{name} ends the connection"),
            };
            cases.push(Case {
                step: step.to_owned(),
                fault: fault.to_owned(),
                how,
                says,
                over: if is_refusal { "" } else { AGAIN },
                end: match (fault, command) {
                    _ if is_refusal => End::Refused,
                    ("answer lost", ".") => End::Window,
                    _ => End::Once,
                },
                mails: 3,
                setting: Setting::default(),
                arm: Box::new(move |stage| {
                    stage.smtp.fault(Fault::on(command, act.clone()));
                }),
                meanwhile: until_said(says),
            });
        }
    }
    cases.extend(on_the_way());
    cases
}

/// A command as the table shows it.
pub fn shown(command: &str) -> &str {
    match command {
        "." => "the final dot",
        "GREETING" => "the greeting",
        other => other,
    }
}

/// TCP and TLS.
fn on_the_way() -> Vec<Case> {
    let plain = Setting::default();
    let encrypted = Setting {
        tls: Tls::Implicit,
        ..plain
    };
    let case = |step: &str, fault: &str, how: &str, setting, end, arm: fn(&mut Stage)| Case {
        step: step.to_owned(),
        fault: fault.to_owned(),
        how: how.to_owned(),
        says: "mail delayed",
        over: AGAIN,
        end,
        mails: 3,
        setting,
        arm: Box::new(arm),
        meanwhile: until_said("mail delayed"),
    };
    vec![
        case(
            "send: connect",
            "refused",
            "nobody listens",
            plain,
            End::Once,
            |stage| {
                stage.to_relay.refuse();
            },
        ),
        case(
            "send: connect",
            "garbage",
            "HTTP instead of a greeting",
            plain,
            End::Once,
            |stage| {
                let web = What::Garbage(b"HTTP/1.1 400 Bad Request\r\n\r\n");
                stage.to_relay.strike(When::AtOnce, web, 1);
            },
        ),
        case(
            "send: TLS",
            "timeout",
            "the handshake is never answered",
            encrypted,
            End::Once,
            |stage| {
                stage.to_relay.strike(When::AtOnce, What::Stall, 1);
            },
        ),
        case(
            "send: TLS",
            "cut",
            "cut inside the handshake",
            encrypted,
            End::Once,
            |stage| {
                stage.to_relay.strike(When::AfterBytes(1), What::Cut, 1);
            },
        ),
        case(
            "send: TLS",
            "garbage",
            "plain text instead of a handshake",
            encrypted,
            End::Once,
            |stage| {
                let words = What::Garbage(b"220 this is no TLS\r\n");
                stage.to_relay.strike(When::AtOnce, words, 1);
            },
        ),
        case(
            "send: data",
            "half-close",
            "the relay's side ends before the mail",
            plain,
            End::Once,
            |stage| {
                stage
                    .to_relay
                    .strike(When::ClientSays("DATA"), What::HalfClose, 1);
            },
        ),
        case(
            "accept",
            "garbage",
            "rubbish instead of the 250",
            plain,
            End::Window,
            |stage| {
                let rubbish = What::Garbage(b"\x00\xff rubbish\r\n");
                stage
                    .to_relay
                    .strike(When::ServerSays("queued as"), rubbish, 1);
            },
        ),
        case(
            "accept",
            "half-close",
            "the relay's side ends before the 250",
            plain,
            End::Window,
            |stage| {
                stage
                    .to_relay
                    .strike(When::ServerSays("queued as"), What::HalfClose, 1);
            },
        ),
    ]
}

#[test]
fn whatever_the_relay_does_no_answer_is_lost_or_sent_twice() {
    play_all(cases());
}

#[test]
fn a_relay_that_is_down_is_said_once_and_not_with_each_mail() {
    let stage = Stage::new(Setting::default());
    stage.to_relay.refuse();
    for number in 1..=60 {
        stage.deliver(number);
    }
    let tried = |attempts: u64| {
        stage.wait("each mail was tried again", || {
            let rows = stage.desk.cli(&["outbox", "list", "--json"]);
            let rows = rows.as_array().unwrap();
            let tried = rows
                .iter()
                .filter(|row| row["attempts"].as_u64() >= Some(attempts))
                .count();
            match tried {
                60 => Ok(()),
                _ => Err(format!("{tried} mails {attempts} times")),
            }
        });
    };
    tried(1);
    tried(3);
    // a minute that passes inside an attempt is another trouble, which has words of its own
    let few = 1..=6;
    let said = stage.said("mail delayed");
    assert!(
        few.contains(&said),
        "{said} lines for 180 attempts: {}",
        stage.desk.log()
    );
    assert_eq!(stage.said(AGAIN), 0);
    stage.heal();
    let copies = stage.settle(60, 60);
    assert!(copies.values().all(|sent| sent.len() == 1));
    assert!(few.contains(&stage.said("mail delayed")));
    stage.assert_said(AGAIN, 1);
}
