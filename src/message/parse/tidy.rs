//! The raw mail made fit for the readers.

use std::{borrow::Cow, sync::LazyLock};

use regex::bytes::{Captures, Regex};

/// The mail as the readers take it: from its first header on, with line feeds, and with the folds
/// mended that mail-parser 0.11 stumbles over (`boundary=` and `filename=` at a line end).
pub(super) fn tidy(raw: &[u8]) -> Cow<'_, [u8]> {
    let mut start = raw
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(raw)
        .trim_ascii_start();
    // a line of an mbox file is no header
    if start.starts_with(b"From ") || start.starts_with(b">From ") {
        let end = memchr::memchr(b'\n', start);
        start = end.and_then(|end| start.get(end + 1..)).unwrap_or(start);
    }
    if memchr::memchr(b'\n', start).is_none() && start.contains(&b'\r') {
        return Cow::Owned(
            start
                .iter()
                .map(|b| if *b == b'\r' { b'\n' } else { *b })
                .collect(),
        );
    }
    mend_folds(start)
}

/// A parameter, whose loss loses a part or its name, folded right behind its `=`.
static OPEN_FOLD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names = "boundary|filename|name|charset|report-type";
    Regex::new(&format!(
        r"(?i-u)(?:{names})(?:\*[0-9]*\*?)?=( ?\r?\n[ \t]+)"
    ))
    .ok()
});

fn mend_folds(raw: &[u8]) -> Cow<'_, [u8]> {
    // for the many mails without one; encoded words end in `?=`
    let ends: [&[u8]; 4] = [b"=\n", b"=\r\n", b"= \n", b"= \r\n"];
    let is_open = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| raw.get(before));
        before.is_some_and(|before| *before != b'?')
    };
    let may_have = ends
        .iter()
        .any(|end| memchr::memmem::find_iter(raw, end).any(is_open));
    match OPEN_FOLD.as_ref().filter(|_| may_have) {
        Some(pattern) => pattern.replace_all(raw, |found: &Captures<'_>| {
            let group = |at| found.get(at).map_or(&[][..], |group| group.as_bytes());
            let (whole, fold) = (group(0), group(1));
            let kept = whole.len() - fold.len();
            whole.get(..kept).unwrap_or(whole).to_vec()
        }),
        None => Cow::Borrowed(raw),
    }
}
