//! One connection of the fake IMAP server.

use std::{
    io,
    sync::{Arc, Mutex},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use rustls::ServerConfig;
use tokio::sync::watch;

use super::{
    ImapOptions, State,
    command::Command,
    folder::{Folder, Mail, UidSet},
};
use crate::harness::{
    Act, Tls,
    wire::{Wire, Wired, stall},
};

/// A connection and who it is.
pub(super) struct Session {
    pub(super) state: Arc<Mutex<State>>,
    pub(super) options: Arc<ImapOptions>,
    pub(super) tls: Arc<ServerConfig>,
    pub(super) news: watch::Sender<()>,
    pub(super) is_in: bool,
    pub(super) selected: Option<View>,
}

/// The folder as this session knows it: what it has been told.
pub(super) struct View {
    folder: String,
    uids: Vec<u32>,
}

/// The untagged lines, and the tagged answer without its tag.
struct Answer {
    untagged: Vec<u8>,
    tagged: String,
    flow: Flow,
}

enum Flow {
    Command,
    StartTls,
    End,
}

impl Session {
    pub(super) async fn run(mut self, mut wire: Wire) -> Wired<()> {
        let mut command = Command::greeting();
        loop {
            match self.answer(&command, &mut wire).await? {
                Flow::Command => {}
                Flow::StartTls => wire = wire.start_tls(self.tls.clone()).await?,
                Flow::End => {
                    wire.close().await;
                    return Ok(());
                }
            }
            command = Command::read(&mut wire).await?;
        }
    }

    async fn answer(&mut self, command: &Command, wire: &mut Wire) -> Wired<Flow> {
        let (name, tag) = (&command.name, &command.tag);
        let act = self
            .state
            .lock()
            .unwrap()
            .script
            .next(name, &command.line, wire.number);
        let mut late = None;
        match act.clone() {
            Some(Act::Reply(text)) => {
                wire.send(format!("{tag} {text}\r\n")).await?;
                return Ok(Flow::Command);
            }
            Some(Act::Stall) => return stall().await.map(|()| Flow::End),
            Some(Act::Close) => return Err(io::ErrorKind::ConnectionAborted.into()),
            Some(Act::Delay(time)) => tokio::time::sleep(time).await,
            Some(Act::Say(text)) => wire.send(text).await?,
            Some(Act::Cut(count)) => wire.quota = Some(count),
            Some(Act::ArriveBefore(mail)) => self.arrive(mail),
            Some(Act::ArriveAfter(mail)) => late = Some(mail),
            Some(Act::UidValidity(number)) => {
                let mut state = self.state.lock().unwrap();
                state.folders.get_mut("INBOX").unwrap().uidvalidity = number;
            }
            Some(Act::DoThenClose) | None => {}
        }
        let mut answer = self.obey(command, wire).await?;
        if matches!(act, Some(Act::DoThenClose)) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        if let Some(mail) = late {
            self.arrive(mail);
        }
        // RFC 3501 section 7.4.1: no EXPUNGE while sequence numbers are in flight
        let may_expunge = !matches!(name.as_str(), "FETCH" | "STORE" | "SEARCH");
        answer.untagged.extend(self.news(may_expunge).into_bytes());
        wire.send(&answer.untagged).await?;
        wire.send(format!("{tag} {}\r\n", answer.tagged)).await?;
        Ok(answer.flow)
    }

    fn arrive(&self, mail: Vec<u8>) {
        self.state
            .lock()
            .unwrap()
            .folders
            .get_mut("INBOX")
            .unwrap()
            .add(mail);
        self.news.send_replace(());
    }

    /// What changed in the selected folder since the session was last told.
    fn news(&mut self, may_expunge: bool) -> String {
        let state = self.state.lock().unwrap();
        let Some(view) = &mut self.selected else {
            return String::new();
        };
        let Some(folder) = state.folders.get(&view.folder) else {
            return String::new();
        };
        let now: Vec<u32> = folder.mails.iter().map(|mail| mail.uid).collect();
        let mut text = String::new();
        if may_expunge {
            while let Some(gone) = view.uids.iter().position(|uid| !now.contains(uid)) {
                view.uids.remove(gone);
                text.push_str(&format!("* {} EXPUNGE\r\n", gone + 1));
            }
        }
        let fresh: Vec<u32> = now
            .into_iter()
            .filter(|uid| !view.uids.contains(uid))
            .collect();
        if !fresh.is_empty() {
            view.uids.extend(fresh);
            text.push_str(&format!("* {} EXISTS\r\n", view.uids.len()));
        }
        text
    }

    async fn obey(&mut self, command: &Command, wire: &mut Wire) -> Wired<Answer> {
        let word = |index: usize| command.words.get(index).map_or("", String::as_str);
        let needs_tls = self.options.tls == Tls::Starttls && !wire.is_tls;
        let answer = match command.name.as_str() {
            "GREETING" => Answer::ok("OK fake.example ready"),
            "CAPABILITY" => Answer::with(self.capability(wire), "OK done"),
            "NOOP" | "CHECK" => Answer::ok("OK done"),
            "ID" => Answer::with("* ID NIL\r\n".into(), "OK done"),
            "LOGOUT" => Answer {
                flow: Flow::End,
                ..Answer::with("* BYE bye\r\n".into(), "OK done")
            },
            "STARTTLS" if needs_tls && !wire.has_more() => Answer {
                flow: Flow::StartTls,
                ..Answer::ok("OK go ahead")
            },
            "LOGIN" | "AUTHENTICATE" if needs_tls => Answer::ok("NO [PRIVACYREQUIRED] TLS first"),
            "LOGIN" => self.login(word(0), word(1)),
            "AUTHENTICATE" => self.authenticate(word(0), word(1), wire).await?,
            _ if !self.is_in => Answer::ok("BAD log in first"),
            "IDLE" if self.offers("IDLE") => self.idle(wire).await?,
            "UID MOVE" | "MOVE" if !self.offers("MOVE") => Answer::ok("BAD unknown command"),
            "UID EXPUNGE" if !self.offers("UIDPLUS") => Answer::ok("BAD unknown command"),
            "LIST" => self.list(),
            "CREATE" => self.create(word(0)),
            "SUBSCRIBE" => Answer::ok("OK done"),
            "APPEND" => self.append(word(0), command),
            "SELECT" | "EXAMINE" => self.select(word(0)),
            "STATUS" => self.status(word(0)),
            "CLOSE" | "UNSELECT" => {
                self.selected = None;
                Answer::ok("OK done")
            }
            _ => self.on_folder(command),
        };
        Ok(answer)
    }

    fn offers(&self, word: &str) -> bool {
        self.options.capabilities.iter().any(|one| one == word)
    }

    fn capability(&self, wire: &Wire) -> String {
        let mut words = vec!["IMAP4rev1".to_owned()];
        if self.options.tls == Tls::Starttls && !wire.is_tls {
            words.extend(["STARTTLS".to_owned(), "LOGINDISABLED".to_owned()]);
        } else {
            words.extend(self.options.capabilities.iter().cloned());
        }
        format!("* CAPABILITY {}\r\n", words.join(" "))
    }

    fn login(&mut self, user: &str, password: &str) -> Answer {
        let is_right = password == self.state.lock().unwrap().password;
        if user != self.options.user || !is_right {
            return Answer::ok("NO [AUTHENTICATIONFAILED] wrong name or password");
        }
        self.is_in = true;
        Answer::ok("OK welcome")
    }

    async fn authenticate(
        &mut self,
        mechanism: &str,
        initial: &str,
        wire: &mut Wire,
    ) -> Wired<Answer> {
        let response = if initial.is_empty() {
            wire.send("+ \r\n").await?;
            wire.text().await?
        } else {
            initial.to_owned()
        };
        let response = BASE64_STANDARD.decode(response).unwrap_or_default();
        let response = String::from_utf8_lossy(&response).into_owned();
        let (user, secret) = match mechanism.to_uppercase().as_str() {
            "PLAIN" => {
                let mut fields = response.split('\0').skip(1);
                (fields.next(), fields.next())
            }
            "XOAUTH2" => {
                let mut fields = response.split('\u{1}');
                let user = fields.next().and_then(|field| field.strip_prefix("user="));
                let token = fields
                    .next()
                    .and_then(|field| field.strip_prefix("auth=Bearer "));
                (user, token)
            }
            _ => return Ok(Answer::ok("NO unknown mechanism")),
        };
        let (user, secret) = (user.unwrap_or_default(), secret.unwrap_or_default());
        match &self.options.gate {
            Some(gate) if mechanism.eq_ignore_ascii_case("XOAUTH2") => {
                if !gate.admits(user, secret) {
                    // {"status":"400","schemes":"Bearer"}, as Google does it
                    wire.send("+ eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIn0=\r\n")
                        .await?;
                    return Ok(match wire.text().await?.as_str() {
                        "" => Answer::ok("NO [AUTHENTICATIONFAILED] token not accepted"),
                        _ => Answer::ok("BAD an empty line is expected"),
                    });
                }
                self.is_in = true;
                Ok(Answer::ok("OK welcome"))
            }
            _ => Ok(self.login(user, secret)),
        }
    }

    async fn idle(&mut self, wire: &mut Wire) -> Wired<Answer> {
        let mut bell = self.news.subscribe();
        wire.send("+ idling\r\n").await?;
        loop {
            let news = self.news(true);
            if !news.is_empty() {
                wire.send(news).await?;
            }
            tokio::select! {
                changed = bell.changed() => changed.map_err(io::Error::other)?,
                line = wire.text() => {
                    let act = self.state.lock().unwrap().script.next("DONE", &line?, wire.number);
                    return match act {
                        Some(Act::Reply(text)) => Ok(Answer::ok(&text)),
                        Some(Act::Stall) => stall().await.map(|()| Answer::ok("")),
                        Some(_) => Err(io::ErrorKind::ConnectionAborted.into()),
                        None => Ok(Answer::ok("OK idle done")),
                    };
                }
            }
        }
    }

    fn list(&self) -> Answer {
        let state = self.state.lock().unwrap();
        let names = state.folders.keys();
        let lines = names.map(|name| format!("* LIST () \"/\" \"{name}\"\r\n"));
        Answer::with(lines.collect(), "OK done")
    }

    fn create(&self, name: &str) -> Answer {
        let mut state = self.state.lock().unwrap();
        if state.folders.contains_key(name) {
            return Answer::ok("NO [ALREADYEXISTS] it is there");
        }
        state.folders.insert(name.to_owned(), Folder::new(77));
        Answer::ok("OK done")
    }

    /// APPEND with flags and date (RFC 3501 section 6.3.11); the date is not kept.
    fn append(&self, name: &str, command: &Command) -> Answer {
        let flags = command.words.iter().find_map(|word| word.strip_prefix('('));
        let flags = flags.unwrap_or_default().trim_end_matches(')');
        let mut state = self.state.lock().unwrap();
        let Some(folder) = state.folders.get_mut(name) else {
            return Answer::ok("NO [TRYCREATE] no such folder");
        };
        let uid = folder.take(Mail {
            uid: 0,
            flags: flags.split_whitespace().map(str::to_owned).collect(),
            bytes: command.literal.clone(),
        });
        let uidvalidity = folder.uidvalidity;
        drop(state);
        self.news.send_replace(());
        Answer::ok(&format!("OK [APPENDUID {uidvalidity} {uid}] done"))
    }

    fn select(&mut self, name: &str) -> Answer {
        self.selected = None;
        let state = self.state.lock().unwrap();
        let Some(folder) = state.folders.get(name) else {
            return Answer::ok("NO [NONEXISTENT] no such folder");
        };
        let uids: Vec<u32> = folder.mails.iter().map(|mail| mail.uid).collect();
        let text = format!(
            "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n\
             * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] ok\r\n\
             * {} EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY {}] ok\r\n* OK [UIDNEXT {}] ok\r\n",
            uids.len(),
            folder.uidvalidity,
            folder.uidnext,
        );
        self.selected = Some(View {
            folder: name.to_owned(),
            uids,
        });
        Answer::with(text, "OK [READ-WRITE] done")
    }

    fn status(&self, name: &str) -> Answer {
        let state = self.state.lock().unwrap();
        let Some(folder) = state.folders.get(name) else {
            return Answer::ok("NO [NONEXISTENT] no such folder");
        };
        let (count, next, validity) = (folder.mails.len(), folder.uidnext, folder.uidvalidity);
        let text = format!(
            "* STATUS \"{name}\" (MESSAGES {count} UIDNEXT {next} UIDVALIDITY {validity})\r\n"
        );
        Answer::with(text, "OK done")
    }

    /// The commands of the selected state.
    fn on_folder(&mut self, command: &Command) -> Answer {
        let Some(view) = &mut self.selected else {
            return Answer::ok("BAD select a folder first");
        };
        let state = &mut *self.state.lock().unwrap();
        let word = |index: usize| command.words.get(index).map_or("", String::as_str);
        let is_uid = command.name.starts_with("UID ");
        let Some(folder) = state.folders.get_mut(&view.folder) else {
            return Answer::ok("NO [NONEXISTENT] it is gone");
        };
        let last = if is_uid {
            view.uids.last().copied()
        } else {
            view.uids.len().try_into().ok()
        };
        let set = UidSet::parse(word(0), last.unwrap_or(0));
        let chosen: Vec<(usize, u32)> = (1..)
            .zip(view.uids.iter().copied())
            .filter(|(number, uid)| {
                let number = u32::try_from(*number).unwrap();
                set.as_ref()
                    .is_some_and(|set| set.has(if is_uid { *uid } else { number }))
            })
            .collect();
        let verb = command.name.trim_start_matches("UID ");
        if set.is_none() && !matches!(verb, "SEARCH" | "EXPUNGE") {
            return Answer::ok("BAD what numbers?");
        }
        let rest = command.words.get(1..).unwrap_or_default().join(" ");
        match verb {
            "FETCH" => folder
                .fetch(&chosen, &rest)
                .map_or_else(Answer::bad, |bytes| Answer::raw(bytes, "OK done")),
            "SEARCH" => folder
                .search(&command.words, &view.uids, is_uid)
                .map_or_else(Answer::bad, |text| Answer::with(text, "OK done")),
            "STORE" => folder
                .store(&chosen, word(1), word(2))
                .map_or_else(Answer::bad, |text| Answer::with(text, "OK done")),
            "EXPUNGE" => {
                let only = is_uid.then_some(set).flatten();
                folder.expunge(only.as_ref());
                Answer::ok("OK done")
            }
            "COPY" | "MOVE" => {
                let uids: Vec<u32> = chosen.iter().map(|(_, uid)| *uid).collect();
                let mails = folder.copies(&uids);
                if !state.folders.contains_key(word(1)) {
                    return Answer::ok("NO [TRYCREATE] no such folder");
                }
                let from = state.folders.get_mut(&view.folder).unwrap();
                if verb == "MOVE" {
                    from.mails.retain(|mail| !uids.contains(&mail.uid));
                }
                let to = state.folders.get_mut(word(1)).unwrap();
                let new: Vec<String> = mails
                    .into_iter()
                    .map(|mail| to.take(mail).to_string())
                    .collect();
                let old: Vec<String> = uids.iter().map(ToString::to_string).collect();
                if new.is_empty() {
                    return Answer::ok("OK nothing to do");
                }
                let (old, new) = (old.join(","), new.join(","));
                let code = format!("OK [COPYUID {} {old} {new}] done", to.uidvalidity);
                match verb {
                    // RFC 6851 section 4.3: with MOVE the code comes before the EXPUNGEs
                    "MOVE" => Answer::with(format!("* {code}\r\n"), "OK done"),
                    _ => Answer::ok(&code),
                }
            }
            _ => Answer::ok("BAD unknown command"),
        }
    }
}

impl Answer {
    fn raw(untagged: Vec<u8>, tagged: &str) -> Self {
        Self {
            untagged,
            tagged: tagged.to_owned(),
            flow: Flow::Command,
        }
    }

    fn with(untagged: String, tagged: &str) -> Self {
        Self::raw(untagged.into_bytes(), tagged)
    }

    fn ok(tagged: &str) -> Self {
        Self::raw(Vec::new(), tagged)
    }

    fn bad(why: String) -> Self {
        Self::ok(&format!("BAD {why}"))
    }
}
