//! What goes wrong at a scripted server, and when. One vocabulary for SMTP and IMAP.

use std::time::Duration;

/// What a scripted server does instead of the usual.
#[derive(Clone, Debug)]
pub enum Act {
    /// Answers with this and does nothing. SMTP: `"450 4.2.0 busy"`; IMAP: `"NO [INUSE] busy"`
    /// or `"BAD what"`, without the tag.
    Reply(String),
    /// Never answers; the connection stays open.
    Stall,
    /// Closes the connection without an answer.
    Close,
    /// Does what was asked, then closes instead of answering: the client cannot know.
    DoThenClose,
    /// Answers as usual, later.
    Delay(Duration),
    /// Sends these bytes first, then goes on as usual (IMAP: `"* BYE x\r\n"`, `"* 9 EXISTS\r\n"`,
    /// anything).
    Say(String),
    /// Sends this many bytes of the usual answer, then closes.
    Cut(usize),
    /// IMAP: a mail arrives in the INBOX just before the command runs.
    ArriveBefore(Vec<u8>),
    /// IMAP: a mail arrives after the command has run and before its tagged answer, so that its
    /// `EXISTS` is said here and never again.
    ArriveAfter(Vec<u8>),
    /// IMAP: the INBOX gets another UIDVALIDITY before the command runs; the mails keep their
    /// numbers.
    UidValidity(u32),
}

/// An [`Act`] and the command that it waits for.
#[derive(Clone, Debug)]
pub struct Fault {
    on: String,
    argument: String,
    connection: Option<usize>,
    skip: usize,
    times: usize,
    act: Act,
}

impl Fault {
    /// Strikes at the next command of this name: `GREETING`, `EHLO`, `STARTTLS`, `AUTH`, `MAIL`,
    /// `RCPT`, `DATA`, `.` (the end of a mail), `QUIT`; or `LOGIN`, `SELECT`, `UID FETCH`,
    /// `IDLE`, `DONE` and so on.
    pub fn on(command: &str, act: Act) -> Self {
        Self {
            on: command.to_uppercase(),
            argument: String::new(),
            connection: None,
            skip: 0,
            times: 1,
            act,
        }
    }

    /// Short for [`Act::Reply`].
    pub fn reply(command: &str, text: &str) -> Self {
        Self::on(command, Act::Reply(text.to_owned()))
    }

    /// Only where the command line holds this text (a recipient; for `.`: all recipients).
    pub fn with(mut self, argument: &str) -> Self {
        self.argument = argument.to_lowercase();
        self
    }

    /// Only on the N-th connection, counted from 1.
    pub fn connection(mut self, number: usize) -> Self {
        self.connection = Some(number);
        self
    }

    /// Only after this many matching commands have passed unharmed.
    pub fn skip(mut self, count: usize) -> Self {
        self.skip = count;
        self
    }

    /// This many times (once, when not said).
    pub fn times(mut self, count: usize) -> Self {
        self.times = count;
        self
    }

    /// Until [`Script::clear`].
    pub fn always(self) -> Self {
        self.times(usize::MAX)
    }

    fn strikes(&mut self, command: &str, line: &str, connection: usize) -> bool {
        let meant = self.on == command
            && line.to_lowercase().contains(&self.argument)
            && self.connection.is_none_or(|number| number == connection);
        if !meant || self.times == 0 {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        self.times = self.times.saturating_sub(1);
        true
    }
}

/// The faults that are still to come, and every command seen.
#[derive(Default)]
pub struct Script {
    faults: Vec<Fault>,
    seen: Vec<String>,
    struck: usize,
}

impl Script {
    /// Adds a fault.
    pub fn add(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Forgets the faults.
    pub fn clear(&mut self) {
        self.faults.clear();
    }

    /// Notes a command and says what to do about it, if anything.
    pub fn next(&mut self, command: &str, line: &str, connection: usize) -> Option<Act> {
        let is_secret = matches!(command, "AUTH" | "LOGIN" | "AUTHENTICATE");
        let shown = if is_secret { command } else { line };
        self.seen.push(format!("{connection} {shown}"));
        let fault = self
            .faults
            .iter_mut()
            .find_map(|fault| fault.strikes(command, line, connection).then_some(&*fault));
        let act = fault.map(|fault| fault.act.clone());
        self.struck += usize::from(act.is_some());
        act
    }

    /// How often a fault has struck so far.
    pub fn struck(&self) -> usize {
        self.struck
    }

    /// Every command so far, as `connection line`.
    pub fn seen(&self) -> Vec<String> {
        self.seen.clone()
    }
}
