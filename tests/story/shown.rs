//! A mail as a person would describe it, whole, by a reader that is not the one under test.

use std::{fs, path::Path};

use regex::Regex;

/// The mail with decoded headers and parts; what differs from run to run is blanked.
///
/// What no relay likes is refused at once: bytes above 127, bare line ends, long lines.
#[track_caller]
pub fn shown(mail: &[u8]) -> String {
    let raw = String::from_utf8(mail.to_vec()).unwrap();
    assert!(raw.is_ascii(), "8-bit bytes: {raw}");
    assert!(
        !raw.replace("\r\n", "").contains(['\r', '\n']),
        "bare line end: {raw}"
    );
    let longest = raw.split("\r\n").map(str::len).max().unwrap_or_default();
    assert!(longest <= 998, "a line of {longest} octets: {raw}");
    let parsed = mailparse::parse_mail(mail).unwrap();
    let mut text = String::new();
    for header in &parsed.headers {
        text.push_str(&format!("{}: {}\n", header.get_key(), header.get_value()));
    }
    for part in &parsed.subparts {
        text.push_str("\n--- part\n");
        for header in &part.headers {
            text.push_str(&format!("{}: {}\n", header.get_key(), header.get_value()));
        }
        let body = part.get_body().unwrap().replace("\r\n", "\n");
        text.push_str(&format!("\n{body}"));
    }
    blanked(&text)
}

/// Names, tokens and dates that differ from run to run.
fn blanked(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, with) in [
        (r"(?m)^Date: .*$", "Date: DATE"),
        (r"md\.[a-z2-7]+\.[0-9a-z]+-[a-z2-7]+@", "md.NAME@"),
        (r"=_[a-z2-7]+", "=_BOUNDARY"),
        (r"\+([rsbn])[0-9a-z]+-[a-z2-7]+@", "+${1}TOKEN@"),
        (r"/([sn])/[0-9a-z]+-[a-z2-7]+", "/${1}/TOKEN"),
        (r"127\.0\.0\.1:[0-9]+", "127.0.0.1:PORT"),
    ] {
        text = Regex::new(pattern)
            .unwrap()
            .replace_all(&text, with)
            .into_owned();
    }
    text
}

/// Compares a mail with the file of a name in `tests/story/golden`. A difference is
/// written beside the build, to be looked at and copied.
#[track_caller]
pub fn assert_golden(name: &str, mail: &[u8]) {
    let path = Path::new("tests/story/golden").join(name);
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let actual = shown(mail);
    if actual != expected {
        let written = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&written, &actual).unwrap();
        panic!(
            "{} differs from {}:\n{actual}",
            path.display(),
            written.display()
        );
    }
}
