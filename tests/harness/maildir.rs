//! A Maildir as a delivery agent and a test see it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use super::process::RunAs;

/// One folder: `tmp`, `new` and `cur`.
pub struct Maildir {
    path: PathBuf,
    owner: Option<RunAs>,
}

impl Maildir {
    /// The Maildir at a path; it need not be there yet.
    pub fn new(path: PathBuf) -> Self {
        Self { path, owner: None }
    }

    /// The Maildir of a server that runs as somebody else.
    pub fn owned_by(path: PathBuf, owner: RunAs) -> Self {
        let owner = Some(owner);
        Self { path, owner }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes what is missing of it.
    pub fn create(&self) {
        let missing = self.path.ancestors().take_while(|path| !path.exists());
        let mut missing: Vec<PathBuf> = missing.map(Path::to_owned).collect();
        missing.reverse();
        missing.extend(["tmp", "new", "cur"].map(|part| self.path.join(part)));
        for path in missing {
            // it may be there already, or a server may be making it at the same moment
            if fs::create_dir(&path).is_ok() {
                self.hand_over(&path);
            }
        }
    }

    /// Delivers a mail: whole or not at all, unseen.
    pub fn deliver(&self, mail: &[u8]) {
        // zero-padded, so that the order of names is the order of arrival, also within a second
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let (seconds, micros) = (now.as_secs(), now.subsec_micros());
        let process = std::process::id();
        let name = format!("{seconds}.M{micros:06}Q{count:08}P{process}.localhost");
        self.create();
        let file = self.path.join("tmp").join(&name);
        fs::write(&file, mail).unwrap();
        self.hand_over(&file);
        fs::rename(&file, self.path.join("new").join(&name)).unwrap();
    }

    /// The mails, in order of arrival.
    pub fn mails(&self) -> Vec<Vec<u8>> {
        let files = self.files().into_values();
        files.map(|file| fs::read(file).unwrap()).collect()
    }

    /// The flags of the mails (`S` seen, `T` deleted, `R`, `F`, `D`), in order of arrival.
    pub fn flags(&self) -> Vec<String> {
        let flags = |file: PathBuf| {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            let (_, flags) = name.split_once(":2,").unwrap_or_default();
            flags.to_owned()
        };
        self.files().into_values().map(flags).collect()
    }

    fn hand_over(&self, path: &Path) {
        if let Some(owner) = &self.owner {
            owner.own(path);
        }
    }

    fn files(&self) -> BTreeMap<String, PathBuf> {
        ["new", "cur"]
            .iter()
            .filter_map(|part| fs::read_dir(self.path.join(part)).ok())
            .flatten()
            .map(|entry| {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                let stem = name.split(":2,").next().unwrap_or_default().to_owned();
                (stem, path)
            })
            .collect()
    }
}
