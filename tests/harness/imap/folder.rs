//! The folders of [`super::FakeImap`]: mails in memory, and the commands that work on them.

use std::{collections::BTreeSet, fmt::Write as _};

/// One mail of a folder.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Its UID.
    pub uid: u32,
    /// Flags with their backslash.
    pub flags: BTreeSet<String>,
    /// The mail itself.
    pub bytes: Vec<u8>,
}

/// A folder.
pub struct Folder {
    /// UIDVALIDITY.
    pub uidvalidity: u32,
    /// The UID that the next mail gets.
    pub uidnext: u32,
    /// The mails, by UID.
    pub mails: Vec<Mail>,
}

/// `1:5,9,12:*` (RFC 3501 section 9, sequence-set).
pub struct UidSet(Vec<(u32, u32)>);

impl UidSet {
    /// Reads a set; `*` stands for `last`.
    pub fn parse(text: &str, last: u32) -> Option<Self> {
        let number = |word: &str| match word {
            "*" => Some(last),
            _ => word.parse::<u32>().ok(),
        };
        text.split(',')
            .map(|range| {
                let (from, to) = range.split_once(':').unwrap_or((range, range));
                let (from, to) = (number(from)?, number(to)?);
                Some((from.min(to), from.max(to)))
            })
            .collect::<Option<Vec<_>>>()
            .map(Self)
    }

    /// Whether a number is in it.
    pub fn has(&self, number: u32) -> bool {
        self.0
            .iter()
            .any(|(from, to)| (*from..=*to).contains(&number))
    }
}

/// A search key: whether a mail with this sequence number matches.
type Test = Box<dyn Fn(usize, &Mail) -> bool>;

impl Folder {
    /// An empty folder.
    pub fn new(uidvalidity: u32) -> Self {
        Self {
            uidvalidity,
            uidnext: 1,
            mails: Vec::new(),
        }
    }

    /// A mail arrives; returns its UID.
    pub fn add(&mut self, bytes: Vec<u8>) -> u32 {
        self.take(Mail {
            uid: 0,
            flags: BTreeSet::new(),
            bytes,
        })
    }

    /// A mail comes with its flags; returns its new UID.
    pub fn take(&mut self, mail: Mail) -> u32 {
        let uid = self.uidnext;
        self.uidnext += 1;
        self.mails.push(Mail { uid, ..mail });
        uid
    }

    /// The mails with these UIDs.
    pub fn copies(&self, uids: &[u32]) -> Vec<Mail> {
        let mails = self.mails.iter().filter(|mail| uids.contains(&mail.uid));
        mails.cloned().collect()
    }

    /// Removes what is flagged `\Deleted`, of a set or of all.
    pub fn expunge(&mut self, only: Option<&UidSet>) {
        self.mails.retain(|mail| {
            let is_meant = only.is_none_or(|set| set.has(mail.uid));
            !(is_meant && mail.flags.contains("\\Deleted"))
        });
    }

    /// FETCH of mails given as (sequence number, UID).
    ///
    /// # Errors
    /// The item that this server does not know.
    pub fn fetch(&mut self, chosen: &[(usize, u32)], items: &str) -> Result<Vec<u8>, String> {
        let items = items
            .trim_start_matches('(')
            .trim_end_matches(')')
            .to_uppercase();
        let items = items_of(&items);
        let mut bytes = Vec::new();
        for (number, uid) in chosen {
            let Some(mail) = self.mails.iter_mut().find(|mail| mail.uid == *uid) else {
                continue;
            };
            let mut parts = vec![format!("UID {uid}").into_bytes()];
            let before = mail.flags.len();
            for item in items.iter().filter(|item| *item != "UID") {
                parts.push(mail.item(item)?);
            }
            if mail.flags.len() > before && !items.iter().any(|item| item == "FLAGS") {
                parts.insert(1, mail.flag_list().into_bytes());
            }
            bytes.extend(format!("* {number} FETCH (").into_bytes());
            bytes.extend(parts.join(&b' '));
            bytes.extend(b")\r\n");
        }
        Ok(bytes)
    }

    /// STORE of mails given as (sequence number, UID).
    ///
    /// # Errors
    /// The item that this server does not know.
    pub fn store(
        &mut self,
        chosen: &[(usize, u32)],
        item: &str,
        flags: &str,
    ) -> Result<String, String> {
        let item = item.to_uppercase();
        let flags = flags
            .trim_matches(['(', ')'])
            .split_whitespace()
            .map(str::to_owned);
        let flags: BTreeSet<String> = flags.collect();
        let mut text = String::new();
        for (number, uid) in chosen {
            let Some(mail) = self.mails.iter_mut().find(|mail| mail.uid == *uid) else {
                continue;
            };
            match item.trim_end_matches(".SILENT") {
                "+FLAGS" => mail.flags.extend(flags.iter().cloned()),
                "-FLAGS" => mail.flags.retain(|flag| !flags.contains(flag)),
                "FLAGS" => mail.flags = flags.clone(),
                _ => return Err(format!("unknown item {item}")),
            }
            if !item.ends_with(".SILENT") {
                let _ = write!(
                    text,
                    "* {number} FETCH (UID {uid} {})\r\n",
                    mail.flag_list()
                );
            }
        }
        Ok(text)
    }

    /// SEARCH by ALL, UID sets, flags, HEADER, NOT and the dates (which every mail fulfils).
    ///
    /// # Errors
    /// The key that this server does not know.
    pub fn search(&self, keys: &[String], view: &[u32], is_uid: bool) -> Result<String, String> {
        let last = view.last().copied().unwrap_or(0);
        let mut tests: Vec<Test> = Vec::new();
        let mut keys = keys.iter().map(|key| key.to_uppercase());
        let mut is_negated = false;
        while let Some(key) = keys.next() {
            let flag = |name: &str| {
                let name = format!("\\{name}");
                Box::new(move |_: usize, mail: &Mail| mail.flags.contains(&name)) as Box<_>
            };
            let test: Test = match key.as_str() {
                "NOT" => {
                    is_negated = !is_negated;
                    continue;
                }
                "ALL" => Box::new(|_, _| true),
                "UID" => {
                    let set = UidSet::parse(&keys.next().unwrap_or_default(), last);
                    let set = set.ok_or("what numbers?")?;
                    Box::new(move |_, mail| set.has(mail.uid))
                }
                "SEEN" => flag("Seen"),
                "DELETED" => flag("Deleted"),
                "UNSEEN" => Box::new(|_, mail| !mail.flags.contains("\\Seen")),
                "UNDELETED" => Box::new(|_, mail| !mail.flags.contains("\\Deleted")),
                "HEADER" => {
                    let (name, wanted) = (keys.next(), keys.next().unwrap_or_default());
                    let name = name.unwrap_or_default();
                    Box::new(move |_, mail| {
                        let value = crate::harness::mail::header(&mail.bytes, &name);
                        value.is_some_and(|value| value.to_uppercase().contains(&wanted))
                    })
                }
                "SINCE" | "BEFORE" | "SENTSINCE" => {
                    keys.next();
                    Box::new(|_, _| true)
                }
                "CHARSET" => {
                    keys.next();
                    continue;
                }
                other => {
                    let count = u32::try_from(view.len()).unwrap_or(0);
                    let set = UidSet::parse(other, count).ok_or(format!("unknown key {other}"))?;
                    Box::new(move |number, _| set.has(u32::try_from(number).unwrap_or(0)))
                }
            };
            let negate = std::mem::take(&mut is_negated);
            tests.push(Box::new(move |number, mail| test(number, mail) != negate));
        }
        let mut text = String::from("* SEARCH");
        for (number, uid) in (1..).zip(view) {
            let found = self.mails.iter().find(|mail| mail.uid == *uid);
            if found.is_some_and(|mail| tests.iter().all(|test| test(number, mail))) {
                let shown = if is_uid {
                    *uid
                } else {
                    u32::try_from(number).unwrap_or(0)
                };
                let _ = write!(text, " {shown}");
            }
        }
        Ok(text + "\r\n")
    }
}

impl Mail {
    fn flag_list(&self) -> String {
        let flags: Vec<&str> = self.flags.iter().map(String::as_str).collect();
        format!("FLAGS ({})", flags.join(" "))
    }

    fn item(&mut self, item: &str) -> Result<Vec<u8>, String> {
        let text = match item {
            "FLAGS" => self.flag_list(),
            "INTERNALDATE" => "INTERNALDATE \"17-Jul-2026 02:44:25 +0000\"".to_owned(),
            "RFC822.SIZE" => format!("RFC822.SIZE {}", self.bytes.len()),
            _ => return self.body(item),
        };
        Ok(text.into_bytes())
    }

    /// `BODY.PEEK[section]<offset.length>` and its kin.
    fn body(&mut self, item: &str) -> Result<Vec<u8>, String> {
        let unknown = || format!("unknown item {item}");
        let (head, rest) = item.split_once('[').ok_or_else(unknown)?;
        let (section, partial) = rest.rsplit_once(']').ok_or_else(unknown)?;
        match head {
            "BODY" => {
                self.flags.insert("\\Seen".into());
            }
            "BODY.PEEK" => {}
            _ => return Err(unknown()),
        }
        let end = self.bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.map_or(self.bytes.len(), |end| end + 4);
        let (header, text) = self.bytes.split_at(end);
        let wanted: Vec<u8> = match section.split(' ').next().unwrap_or_default() {
            "" => self.bytes.clone(),
            "HEADER" => header.to_vec(),
            "TEXT" => text.to_vec(),
            "HEADER.FIELDS" => fields(header, section),
            _ => return Err(unknown()),
        };
        let mut name = format!("BODY[{section}]");
        let mut wanted = wanted.as_slice();
        if let Some(partial) = partial.strip_prefix('<').and_then(|p| p.strip_suffix('>')) {
            let (offset, length) = partial.split_once('.').ok_or_else(unknown)?;
            let offset: usize = offset.parse().map_err(|_| unknown())?;
            let length: usize = length.parse().map_err(|_| unknown())?;
            let from = offset.min(wanted.len());
            wanted = &wanted[from..(from + length).min(wanted.len())];
            let _ = write!(name, "<{offset}>");
        }
        let mut bytes = format!("{name} {{{}}}\r\n", wanted.len()).into_bytes();
        bytes.extend_from_slice(wanted);
        Ok(bytes)
    }
}

/// The named header fields, unfolded ones at that.
fn fields(header: &[u8], section: &str) -> Vec<u8> {
    let names = section.split_once('(').map_or("", |(_, names)| names);
    let names: Vec<&str> = names.trim_end_matches(')').split_whitespace().collect();
    let mut bytes = Vec::new();
    for (name, value) in crate::harness::mail::headers(header) {
        if names
            .iter()
            .any(|wanted| wanted.eq_ignore_ascii_case(&name))
        {
            bytes.extend(format!("{name}: {value}\r\n").into_bytes());
        }
    }
    bytes.extend(b"\r\n");
    bytes
}

/// Splits FETCH items at spaces outside of brackets.
fn items_of(items: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut depth = 0_i32;
    for c in items.chars() {
        depth += i32::from(c == '[') - i32::from(c == ']');
        match c {
            ' ' if depth == 0 => words.push(String::new()),
            _ => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
