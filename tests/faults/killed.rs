//! SIGKILL at every step: while a server is asked, and while the database is written.

use std::time::Duration;

use crate::{
    case::{Case, End, play_all},
    harness::{Act, Fault},
    mailbox::{needs_new_connection, setting_of},
    relay::shown,
    stage::{Setting, Side, arm},
    trace::Trace,
};

/// Every step at which a server is asked.
pub const STEPS: [(&str, Side, &str, &str); 14] = [
    ("connect", Side::Mailbox, "GREETING", ""),
    ("login", Side::Mailbox, "LOGIN", ""),
    ("select", Side::Mailbox, "SELECT", ""),
    ("list", Side::Mailbox, "UID FETCH", "RFC822.SIZE"),
    ("fetch", Side::Mailbox, "UID FETCH", "BODY.PEEK[]"),
    ("flag", Side::Mailbox, "UID STORE", ""),
    ("move", Side::Mailbox, "UID MOVE", ""),
    ("send: connect", Side::Relay, "GREETING", ""),
    ("send: greet", Side::Relay, "EHLO", ""),
    ("send: login", Side::Relay, "AUTH", ""),
    ("send: sender", Side::Relay, "MAIL", ""),
    ("send: recipient", Side::Relay, "RCPT", ""),
    ("send: data", Side::Relay, "DATA", ""),
    ("accept", Side::Relay, ".", ""),
];

/// The transactions of a mail, by their number after it came; from the third on the lease, the
/// record and the mark at the mailbox come in any order.
const COMMITS: [(&str, usize); 5] = [
    ("store", 1),
    ("file, compose", 2),
    ("send: lease", 3),
    ("record", 4),
    ("mark recorded", 5),
];

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (step, side, command, argument) in STEPS {
        let is_window = command == ".";
        cases.push(Case {
            step: step.to_owned(),
            fault: "killed".to_owned(),
            how: format!("SIGKILL while {} is not yet answered", shown(command)),
            says: "",
            over: "",
            end: if is_window { End::Window } else { End::Once },
            mails: 3,
            setting: setting_of(step),
            arm: Box::new(move |stage| {
                // the relay's final answer is the window: there it is done, and we are not told
                let act = match is_window {
                    true => Act::Delay(Duration::from_secs(4)),
                    false => Act::Stall,
                };
                let fault = Fault::on(command, act).with(argument);
                // no mail gets by, or the kill would hit the window of another one
                let fault = if is_window { fault } else { fault.always() };
                arm(stage, side, fault);
                if side == Side::Mailbox && needs_new_connection(step) {
                    stage.to_mailbox.cut_all();
                }
            }),
            meanwhile: Box::new(move |stage| {
                stage.wait_struck(side, 0);
                if matches!(step, "flag" | "move") {
                    stage.wait_sent(3);
                }
                stage.desk.kill9();
                stage.heal();
                stage.desk.restart();
            }),
        });
    }
    for (step, number) in COMMITS {
        let how = format!("SIGKILL at the sync of commit {number} after the mail came");
        // the fourth and the fifth may be the record of a delivery
        let end = if number < 4 { End::Once } else { End::Window };
        let kill = format!("inject=fsync,fdatasync:signal=KILL:when={number}");
        cases.push(traced(step, how, kill, "fsync,fdatasync", end));
    }
    for number in [2, 9, 17, 31] {
        let how = format!("SIGKILL at write {number} into the database: a torn transaction");
        let kill = format!("inject=pwrite64:signal=KILL:when={number}");
        cases.push(traced("store, file", how, kill, "pwrite64", End::Once));
    }
    cases
}

/// Killed by the tracer; the next life ends the work.
fn traced(step: &str, how: String, inject: String, call: &'static str, end: End) -> Case {
    Case {
        step: step.to_owned(),
        fault: "killed".to_owned(),
        how,
        says: "",
        over: "",
        end,
        mails: 4,
        setting: Setting::default(),
        arm: Box::new(move |stage| {
            let trace = Trace::attach(&stage.desk, call, &["-e", &inject]);
            stage.deliver(4);
            assert_eq!(stage.desk.wait_end(), 137, "killed: {:?}", trace.lines());
            stage.desk.restart();
        }),
        meanwhile: Box::new(|_| {}),
    }
}

#[test]
fn killed_at_any_step_it_loses_nothing_and_sends_nothing_twice() {
    play_all(cases());
}
