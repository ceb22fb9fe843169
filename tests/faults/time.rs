//! The clocks of the desk under test, by libfaketime: hours pass in a moment, and the wall clock
//! jumps while the steady one goes on.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
};

use crate::harness::DeskSetup;

/// How far the desk's clocks are from ours.
pub struct Time {
    file: PathBuf,
    seconds: Mutex<i64>,
}

impl Time {
    /// Both clocks move together: time passes.
    pub fn passing(setup: DeskSetup) -> (Self, DeskSetup) {
        Self::of(setup, "0")
    }

    /// The wall clock alone is set; the steady one goes on.
    pub fn jumping(setup: DeskSetup) -> (Self, DeskSetup) {
        Self::of(setup, "1")
    }

    fn of(setup: DeskSetup, is_wall_alone: &str) -> (Self, DeskSetup) {
        let file = setup.dir().join("clock");
        fs::write(&file, "+0").unwrap();
        let setup = setup
            .env("LD_PRELOAD", &library())
            .env("FAKETIME_TIMESTAMP_FILE", file.to_str().unwrap())
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", is_wall_alone)
            .env("DONT_FAKE_MONOTONIC", is_wall_alone);
        let seconds = Mutex::new(0);
        (Self { file, seconds }, setup)
    }

    /// Moves the clocks by so many seconds, back where it is less than none.
    pub fn shift(&self, by: i64) {
        let mut seconds = self.seconds.lock().unwrap();
        *seconds += by;
        let next = self.file.with_extension("next");
        fs::write(&next, format!("{:+}", *seconds)).unwrap();
        fs::rename(&next, &self.file).unwrap();
    }
}

fn library() -> String {
    let dirs = fs::read_dir("/usr/lib").unwrap();
    let mut found = dirs.filter_map(|dir| {
        let file = dir.ok()?.path().join("faketime/libfaketimeMT.so.1");
        Path::new(&file)
            .exists()
            .then(|| file.to_str().unwrap().to_owned())
    });
    found
        .next()
        .unwrap_or_else(|| panic!("libfaketime is missing; install it: tests/install-packages.sh"))
}
