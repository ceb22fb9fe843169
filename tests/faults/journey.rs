//! A mail at every step of its way while the settings are read again, or the clock jumps: one life
//! of the desk, one mail a step.

use std::time::Duration;

use crate::{
    harness::{Act, Fault},
    killed::STEPS,
    mailbox::{needs_new_connection, setting_of},
    stage::{Setting, Side, Stage, arm},
};

const DAY: i64 = 24 * 3600;

/// What happens while a step is under way.
pub struct Event {
    pub fault: &'static str,
    pub how: &'static str,
    happens: fn(&mut Stage, usize),
}

pub const EVENTS: [Event; 5] = [
    Event {
        fault: "config reloaded",
        how: "SIGHUP while the server is asked",
        happens: |stage, _| {
            let before = stage.said("were read again");
            stage.desk.hup();
            stage.wait("it is read again", || {
                match stage.said("were read again") > before {
                    true => Ok(()),
                    false => Err(String::new()),
                }
            });
        },
    },
    Event {
        fault: "faulty config reloaded",
        how: "SIGHUP with a fault in the file, then without",
        happens: |stage, step| {
            stage.desk.edit("desk", "language", "\"tlh\"");
            stage.desk.hup();
            let is_told = |stage: &Stage| stage.said("not reloaded") > step;
            stage.wait("the fault is told", || match is_told(stage) {
                true => Ok(()),
                false => Err(String::new()),
            });
            stage.desk.edit("desk", "language", "\"en\"");
            stage.desk.hup();
        },
    },
    Event {
        fault: "clock jumps forth",
        how: "the wall clock is set a day ahead while the server is asked",
        happens: |stage, _| {
            stage.time.shift(DAY);
            std::thread::sleep(Duration::from_millis(700));
        },
    },
    Event {
        fault: "clock jumps back",
        how: "the wall clock is set back by a day while the server is asked",
        happens: |stage, _| {
            stage.time.shift(-DAY);
            std::thread::sleep(Duration::from_millis(700));
        },
    },
    Event {
        fault: "clock jumps forth and back",
        how: "the wall clock is a day ahead for a second while the server is asked",
        happens: |stage, _| {
            stage.time.shift(DAY);
            std::thread::sleep(Duration::from_millis(1000));
            stage.time.shift(-DAY);
        },
    },
];

/// The journey of one mail a step, with the event at each.
fn travel(event: &Event, after: &'static str) {
    let mut stage = Stage::new(Setting {
        jumps: true,
        ..setting_of(after)
    });
    let mut count = 0;
    for (step, side, command, argument) in STEPS {
        // the other way to mark a mail is a desk of its own, for that step alone
        if (step == "move") != (after == "move") {
            continue;
        }
        // a kept connection to the relay has passed the first steps; one that was used a moment
        // ago is taken without asking whether it lives
        std::thread::sleep(Duration::from_millis(600));
        stage.to_relay.cut_all();
        let before = stage.struck(side);
        let slow = Act::Delay(Duration::from_millis(1800));
        arm(&stage, side, Fault::on(command, slow).with(argument));
        if side == Side::Mailbox && needs_new_connection(step) {
            stage.to_mailbox.cut_all();
        }
        // nobody else reads what is told to systemd, and a full socket would block the daemon
        stage.desk.notifications();
        count += 1;
        stage.deliver(count);
        stage.wait_struck(side, before);
        (event.happens)(&mut stage, count - 1);
        let copies = stage.settle(count, count);
        let twice: Vec<_> = copies.values().filter(|sent| sent.len() > 1).collect();
        assert!(twice.is_empty(), "{step}: sent twice: {}", stage.desk.log());
    }
    let delayed = stage.said("mail delayed");
    assert_eq!(delayed, 0, "nothing was put off: {}", stage.desk.log());
    assert_eq!(stage.desk.terminate(), 0);
}

#[test]
fn no_reload_and_no_clock_disturbs_a_mail_at_any_step() {
    std::thread::scope(|scope| {
        for event in &EVENTS {
            for after in ["flag", "move"] {
                scope.spawn(move || travel(event, after));
            }
        }
    });
}

#[test]
fn what_was_put_off_by_a_clock_that_was_ahead_goes_out_when_it_is_set_right() {
    let mut stage = Stage::new(Setting {
        jumps: true,
        ..Setting::default()
    });
    stage.time.shift(DAY);
    stage
        .smtp
        .fault(Fault::reply("RCPT", "451 4.3.0 later").always());
    stage.deliver(1);
    stage.deliver(2);
    stage.wait("both were tried", || match stage.smtp.struck() {
        0 | 1 => Err(String::new()),
        _ => Ok(()),
    });
    stage.wait_log("mail delayed");
    stage.smtp.heal();
    stage.time.shift(-DAY);
    stage.wait_log("the clock was set back");
    stage.settle(2, 2);

    // the same where the clock is set right while the desk is off
    stage.time.shift(DAY);
    stage
        .smtp
        .fault(Fault::reply("RCPT", "451 4.3.0 later").always());
    let before = stage.smtp.struck();
    stage.deliver(3);
    stage.wait_struck(Side::Relay, before);
    stage.wait("it is put off", || match stage.said("mail delayed") {
        0 | 1 => Err(stage.desk.log()),
        _ => Ok(()),
    });
    assert_eq!(stage.desk.terminate(), 0);
    stage.smtp.heal();
    stage.time.shift(-DAY);
    stage.desk.restart();
    let copies = stage.settle(3, 3);
    assert!(copies.values().all(|sent| sent.len() == 1));
}
