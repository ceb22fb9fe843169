//! One line of the matrix, and the story that is the same for all of them.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::stage::{Setting, Stage};

/// How the acknowledgements end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Each went out once.
    Once,
    /// One may have gone out twice, as the same mail: the server had taken it, and we were not told.
    Window,
    /// The relay refused one for good, which its ticket tells.
    Refused,
}

impl End {
    pub fn words(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Window => "once, or twice as the same mail (the named window)",
            Self::Refused => "the refused one is told in its ticket",
        }
    }
}

type Act = Box<dyn Fn(&mut Stage) + Send + Sync>;

/// A fault at a step.
pub struct Case {
    pub step: String,
    pub fault: String,
    /// How it is brought about.
    pub how: String,
    /// What the log says, once; empty where there is nothing to say.
    pub says: &'static str,
    /// What the log says when it is over.
    pub over: &'static str,
    pub end: End,
    /// How many mails it is about.
    pub mails: usize,
    pub setting: Setting,
    /// Before the mails come.
    pub arm: Act,
    /// After they came, until the fault has struck and is over.
    pub meanwhile: Act,
}

impl Case {
    /// Three mails come in, the fault strikes, heals, and everything ends well.
    fn play(&self) {
        let mut stage = Stage::new(self.setting);
        (self.arm)(&mut stage);
        for number in 1..=3 {
            stage.deliver(number);
        }
        (self.meanwhile)(&mut stage);
        let refused = usize::from(self.end == End::Refused);
        let copies = stage.settle(self.mails, self.mails - refused);
        for (customer, sent) in &copies {
            let most = if self.end == End::Window { 2 } else { 1 };
            assert!(sent.len() <= most, "{customer} got {} copies", sent.len());
            let first = sent[0].header("Message-ID");
            assert!(sent.iter().all(|mail| mail.header("Message-ID") == first));
        }
        let twice = copies.values().filter(|sent| sent.len() > 1).count();
        // a kill may hit the window of every mail that is being sent
        let most = if self.fault == "killed" { 3 } else { 1 };
        assert!(twice <= most, "{twice} acknowledgements were sent twice");
        if self.end == End::Refused {
            let told = (1..=3).filter(|ticket| {
                let events = stage.desk.ticket(*ticket)["events"].to_string();
                events.contains("delivery_failed")
            });
            assert_eq!(told.count(), 1, "one ticket tells of the refusal");
        }
        // whole once the desk has ended
        assert_eq!(stage.desk.terminate(), 0);
        self.check_log(&stage.desk.log());
    }

    /// The trouble is said once, its end is said, and nothing else is complained of.
    fn check_log(&self, log: &str) {
        let loud: Vec<&str> = log
            .lines()
            .filter(|line| line.contains("ERROR") || line.contains(" WARN"))
            .collect();
        if self.says.is_empty() {
            assert!(loud.len() <= 1, "nothing was to be said: {loud:#?}");
            return;
        }
        let said = loud.iter().filter(|line| line.contains(self.says)).count();
        assert_eq!(said, 1, "{:?} is said once: {loud:#?}", self.says);
        assert!(loud.len() <= 4, "too much is said: {loud:#?}");
        if !self.over.is_empty() {
            let (_, later) = log.split_once(self.says).unwrap();
            let count = later
                .lines()
                .filter(|line| line.contains(self.over))
                .count();
            assert_eq!(count, 1, "its end is said once: {log}");
        }
    }

    pub fn name(&self) -> String {
        format!("{}, {}", self.step, self.fault)
    }
}

/// Plays the cases, several at a time, and tells of all that failed.
pub fn play_all(cases: Vec<Case>) {
    let only = std::env::var("MAILDESK_FAULT").unwrap_or_default();
    let cases: Vec<Case> = cases
        .into_iter()
        .filter(|case| case.name().contains(&only))
        .collect();
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| case.play())) {
                        let words = panic
                            .downcast_ref::<String>()
                            .cloned()
                            .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
                        let words = words.unwrap_or_default();
                        failed
                            .lock()
                            .unwrap()
                            .push(format!("{}: {words}", case.name()));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    let (count, total) = (failed.len(), cases.len());
    assert!(
        failed.is_empty(),
        "{count} of {total} cases:\n{}",
        failed.join("\n\n")
    );
}

/// Waits until the log has said it, then heals everything.
pub fn until_said(says: &'static str) -> Act {
    Box::new(move |stage| {
        stage.wait_log(says);
        stage.heal();
    })
}
