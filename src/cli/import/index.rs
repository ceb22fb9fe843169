//! What stands where, when it came, and what it answers: less than 100 bytes a mail.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::PathBuf,
};

use ring::digest::{Context as Digest, SHA256};

use super::{super::Failure, progress::Progress};
use crate::{
    clock,
    mailbox::{
        archive::{Mail, MailFile, Spot},
        oversize::cut_to_headers,
    },
    message,
};

/// A mail of the files.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) file: u32,
    pub(super) spot: Spot,
    /// When it came, in milliseconds.
    pub(super) at: i64,
    digest: [u8; 32],
    /// Its Message-ID, hashed; 0 without one.
    id: u64,
    /// What it answers, and what began the conversation.
    answers: [u64; 2],
}

pub(super) struct Index {
    pub(super) files: Vec<MailFile>,
    pub(super) entries: Vec<Entry>,
    /// Files that are mail by their names alone.
    pub(super) skipped: Vec<PathBuf>,
}

impl Index {
    /// Reads all files once.
    pub(super) fn build(
        files: Vec<MailFile>,
        limit: u64,
        progress: &Progress,
    ) -> Result<Self, Failure> {
        let (mut entries, mut skipped) = (Vec::new(), Vec::new());
        for (number, file) in (0..).zip(&files) {
            let before = entries.len();
            let failed = |error: io::Error| {
                let words = format!("reading {}: {error}", file.path.display());
                Failure::Failed(format!("{words}: let this user read it"))
            };
            let mails = match file.mails(limit) {
                // a Maildir lives on: another program has moved it
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                mails => mails.map_err(failed)?,
            };
            for mail in mails {
                let entry = Entry::new(number, &mail.map_err(failed)?);
                progress.add(entry.spot.length);
                entries.push(entry);
            }
            let is_empty = file.path.metadata().is_ok_and(|file| file.len() == 0);
            if entries.len() == before && !(file.is_mbox && is_empty) {
                skipped.push(file.path.clone());
            }
        }
        Ok(Self {
            files,
            entries,
            skipped,
        })
    }

    /// Leaves one of mails that are the same to the byte.
    pub(super) fn leave_out_copies(&mut self) {
        let mut seen = HashSet::new();
        self.entries.retain(|entry| seen.insert(entry.digest));
    }

    /// The mails in the order in which they came; an answer never before what it answers, whatever
    /// the clocks of their authors said.
    pub(super) fn in_order(&mut self) -> Vec<Entry> {
        let mut entries = std::mem::take(&mut self.entries);
        entries.sort_by_key(|entry| entry.at);
        let mut places = HashMap::new();
        for (place, entry) in entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.id != 0)
        {
            places.entry(entry.id).or_insert(place);
        }
        let mut is_met = vec![false; entries.len()];
        let mut order = Vec::with_capacity(entries.len());
        for place in 0..entries.len() {
            // before a mail comes what it answers, and before that what that one answers
            let mut open = Vec::from_iter(meet(&mut is_met, place));
            while let Some(top) = open.last().copied() {
                let answers = entries.get(top).map(|entry| entry.answers);
                let found = answers.iter().flatten().filter_map(|id| places.get(id));
                match found.copied().find_map(|place| meet(&mut is_met, place)) {
                    Some(answered) => open.push(answered),
                    None => order.extend(open.pop()),
                }
            }
        }
        order
            .into_iter()
            .filter_map(|place| entries.get(place).cloned())
            .collect()
    }
}

impl Entry {
    fn new(file: u32, mail: &Mail) -> Self {
        let mut head = mail
            .bytes
            .get(..mail.bytes.len().min(64 << 10))
            .unwrap_or_default()
            .to_vec();
        cut_to_headers(&mut head);
        let read = message::read(&head);
        let at = read
            .came_at()
            .or(mail.envelope_at)
            .unwrap_or_else(clock::now);
        let answered = read.in_reply_to.first().or(read.references.last());
        Self {
            file,
            spot: mail.spot,
            at: at.min(clock::now()).as_millisecond(),
            digest: digest(mail),
            id: read.message_id.as_deref().map_or(0, hash),
            answers: [answered, read.references.first()].map(|id| id.map_or(0, |id| hash(id))),
        }
    }

    /// Its place: the same bytes are one mail, wherever they stand.
    pub(super) fn source(&self) -> String {
        let hex: String = self
            .digest
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("import:{hex}")
    }

    /// Whether what was read again is what was read first.
    pub(super) fn is(&self, mail: &Mail) -> bool {
        self.digest == digest(mail)
    }
}

/// The place, the first time that it is met: mails may answer each other in a circle.
fn meet(is_met: &mut [bool], place: usize) -> Option<usize> {
    let met = is_met.get_mut(place)?;
    (!std::mem::replace(met, true)).then_some(place)
}

/// Of a mail over the limit only the headers are known, and how large it was.
fn digest(mail: &Mail) -> [u8; 32] {
    let mut context = Digest::new(&SHA256);
    context.update(&mail.bytes);
    if !mail.whole {
        context.update(&mail.size.to_be_bytes());
    }
    context.finish().as_ref().try_into().unwrap_or_default()
}

/// Two ids of one hash cost an order, nothing else.
fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(at: i64, id: &str, answers: [&str; 2]) -> Entry {
        let hashed = |id: &str| if id.is_empty() { 0 } else { hash(id) };
        Entry {
            file: 0,
            spot: Spot::default(),
            at,
            digest: [at as u8; 32],
            id: hashed(id),
            answers: answers.map(hashed),
        }
    }

    fn order(entries: Vec<Entry>) -> Vec<i64> {
        let mut index = Index {
            files: Vec::new(),
            entries,
            skipped: Vec::new(),
        };
        index.in_order().iter().map(|entry| entry.at).collect()
    }

    #[test]
    fn an_answer_comes_after_what_it_answers() {
        // by the clocks: 1 answers 9, which answers 5; 2 knows only how 9's conversation began
        let entries = vec![
            entry(9, "nine", ["five", "five"]),
            entry(5, "five", ["", ""]),
            entry(1, "one", ["nine", "five"]),
            entry(2, "two", ["unknown", "nine"]),
            entry(3, "", ["", ""]),
        ];
        assert_eq!(order(entries), [5, 9, 1, 2, 3]);
        let circle = vec![entry(1, "a", ["b", ""]), entry(2, "b", ["a", "b"])];
        assert_eq!(order(circle), [2, 1]);
        let long: Vec<Entry> = (0..50_000)
            .map(|n| entry(n, &n.to_string(), [&(n + 1).to_string(), ""]))
            .collect();
        assert_eq!(order(long).first(), Some(&49_999));
    }
}
