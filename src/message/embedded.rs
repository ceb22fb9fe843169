//! Files inside a plain text, as mailers sent them before MIME: uuencode, yEnc, and PGP armour
//! (RFC 9580 section 6.2 and 7).

/// A file that stood in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct File {
    /// As written there, not yet safe.
    pub name: String,
    /// `type/subtype`.
    pub media_type: &'static str,
    /// Decoded; armour stays armour.
    pub bytes: Vec<u8>,
}

/// A text and what stood in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Embedded {
    /// The text without the files.
    pub text: Vec<u8>,
    /// The files, in order.
    pub files: Vec<File>,
}

const BINARY: &str = "application/octet-stream";
const SIGNED: &[u8] = b"-----BEGIN PGP SIGNED MESSAGE-----";
const MARKS: [&[u8]; 3] = [b"begin ", b"=ybegin ", b"-----BEGIN PGP "];

/// Takes the files out of a text; `None` when there are none. What has no end stays text.
///
/// Linear: the search for the end of one file stops where another begins.
pub(super) fn split(text: &[u8]) -> Option<Embedded> {
    if !MARKS.iter().any(|mark| has_line(text, mark)) {
        return None;
    }
    let mut found = Embedded::default();
    let mut is_signed = false;
    let mut is_changed = false;
    let mut rest = text;
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(line_length(rest));
        let bare = line.trim_ascii_end();
        let taken = if bare.starts_with(b"begin ") {
            uuencoded(bare, tail)
        } else if bare.starts_with(b"=ybegin ") {
            yencoded(bare, tail)
        } else if bare.starts_with(b"-----BEGIN PGP ") {
            armoured(line, tail)
        } else {
            None
        };
        rest = tail;
        if let Some((file, length)) = taken {
            is_signed &= file.media_type != "application/pgp-signature";
            found.files.push(file);
            rest = tail.get(length..).unwrap_or_default();
        } else if bare == SIGNED {
            // the armour headers end at a blank line
            let mut headers = lines(tail).take(10);
            let blank = headers.find(|(_, line)| line.trim_ascii().is_empty());
            let length = blank.map_or(0, |(end, _)| end);
            is_signed = true;
            is_changed = true;
            rest = tail.get(length..).unwrap_or_default();
        } else {
            let shown = line.strip_prefix(b"- ").filter(|_| is_signed);
            found.text.extend_from_slice(shown.unwrap_or(line));
        }
    }
    (is_changed || !found.files.is_empty()).then_some(found)
}

/// Whether a line begins so.
fn has_line(text: &[u8], mark: &[u8]) -> bool {
    let is_start = |at: usize| {
        at.checked_sub(1)
            .is_none_or(|before| text.get(before) == Some(&b'\n'))
    };
    memchr::memmem::find_iter(text, mark).any(is_start)
}

fn line_length(text: &[u8]) -> usize {
    memchr::memchr(b'\n', text).map_or(text.len(), |end| end + 1)
}

/// Lines with their line ends, each with the place where it ends.
fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut end = 0usize;
    text.split_inclusive(|byte| *byte == b'\n')
        .map(move |line| {
            end += line.len();
            (end, line)
        })
}

/// `begin 644 name`, lines of a length and six-bit digits, `end` (POSIX uuencode).
fn uuencoded(begin: &[u8], rest: &[u8]) -> Option<(File, usize)> {
    let begin = String::from_utf8_lossy(begin).into_owned();
    let (mode, name) = begin.strip_prefix("begin ")?.split_once(' ')?;
    let is_mode = (3..=4).contains(&mode.len()) && mode.bytes().all(|b| (b'0'..=b'7').contains(&b));
    if !is_mode || name.trim().is_empty() {
        return None;
    }
    let mut bytes = Vec::new();
    for (end, line) in lines(rest) {
        let line = line.trim_ascii_end();
        if line == b"end" {
            let file = file(name, BINARY, bytes);
            return (!file.bytes.is_empty()).then_some((file, end));
        }
        let Some((length, digits)) = line.split_first() else {
            continue;
        };
        let is_digit = |byte: &u8| (b' '..=b'`').contains(byte);
        let length = usize::from(length.wrapping_sub(b' ') & 63);
        let most = length.div_ceil(3) * 4;
        if !line.iter().all(is_digit) || digits.len() > most + 2 {
            return None;
        }
        // spaces at the end may have been lost on the way
        let value = |at: usize| digits.get(at).map_or(0, |b| b.wrapping_sub(b' ') & 63);
        let wanted = bytes.len() + length;
        for group in (0..most).step_by(4) {
            let (a, b, c, d) = (
                value(group),
                value(group + 1),
                value(group + 2),
                value(group + 3),
            );
            bytes.extend([a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
        }
        bytes.truncate(wanted);
    }
    None
}

/// `=ybegin ... name=x`, bytes shifted by 42, `=yend` (yEnc draft 1.3).
fn yencoded(begin: &[u8], rest: &[u8]) -> Option<(File, usize)> {
    let begin = String::from_utf8_lossy(begin).into_owned();
    let (_, name) = begin.split_once(" name=")?;
    let mut bytes = Vec::new();
    for (end, line) in lines(rest) {
        if line.starts_with(b"=yend") {
            return Some((file(name, BINARY, bytes), end));
        }
        if line.starts_with(b"=ybegin ") {
            return None;
        }
        if line.starts_with(b"=ypart ") {
            continue;
        }
        let mut is_escaped = false;
        for byte in line.iter().filter(|byte| !matches!(byte, b'\r' | b'\n')) {
            if *byte == b'=' && !is_escaped {
                is_escaped = true;
                continue;
            }
            let shift = if is_escaped { 42 + 64 } else { 42 };
            is_escaped = false;
            bytes.push(byte.wrapping_sub(shift));
        }
    }
    None
}

fn armoured(begin: &[u8], rest: &[u8]) -> Option<(File, usize)> {
    let (name, media_type, last) = match begin.trim_ascii_end() {
        b"-----BEGIN PGP MESSAGE-----" => (
            "message.asc",
            "application/pgp-encrypted",
            &b"-----END PGP MESSAGE-----"[..],
        ),
        b"-----BEGIN PGP SIGNATURE-----" => (
            "signature.asc",
            "application/pgp-signature",
            &b"-----END PGP SIGNATURE-----"[..],
        ),
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----" => (
            "key.asc",
            "application/pgp-keys",
            &b"-----END PGP PUBLIC KEY BLOCK-----"[..],
        ),
        _ => return None,
    };
    let mut bytes = begin.to_vec();
    for (end, line) in lines(rest) {
        bytes.extend_from_slice(line);
        if line.trim_ascii_end() == last {
            return Some((file(name, media_type, bytes), end));
        }
        if line.starts_with(b"-----BEGIN ") {
            return None;
        }
    }
    None
}

fn file(name: &str, media_type: &'static str, bytes: Vec<u8>) -> File {
    File {
        name: name.trim().trim_matches('"').to_owned(),
        media_type,
        bytes,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_uuencoded_file_leaves_the_text() {
        let text = b"See file.\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\nBye\r\n";
        let found = split(text).unwrap();
        assert_eq!(found.text, b"See file.\r\nBye\r\n");
        assert_eq!(found.files, [file("cat.txt", BINARY, b"Cat".to_vec())]);
    }

    #[test]
    fn a_yencoded_file_leaves_the_text() {
        // 19 + 42 is `=`, which must be escaped
        let text = b"hi\n=ybegin line=128 size=4 name=a b.bin\n\x6b\x6c=\x7d\x6d\n=yend size=4\n";
        let found = split(text).unwrap();
        assert_eq!(found.text, b"hi\n");
        assert_eq!(found.files, [file("a b.bin", BINARY, b"AB\x13C".to_vec())]);
    }

    #[test]
    fn what_only_looks_like_a_file_stays_text() {
        for text in [
            "begin with the end",
            "begin 644 x\nnot encoded\nend\n",
            "begin 644 x\n#0V%T\n",
            "begin 644 x\nend\n",
            "=ybegin line=128 name=x\nabc\n",
            "-----BEGIN PGP MESSAGE-----\nabc\n",
            "> begin 644 x\n> #0V%T\n> end\n",
            "",
        ] {
            assert_eq!(split(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_clear_signed_text_is_shown_without_its_armour() {
        let text = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello\n- -- \nIvan\n\
            -----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n";
        let found = split(text.as_bytes()).unwrap();
        assert_eq!(found.text, b"Hello\n-- \nIvan\n");
        assert_eq!(found.files.len(), 1);
        assert_eq!(found.files[0].media_type, "application/pgp-signature");
    }

    #[test]
    fn many_beginnings_are_no_bomb() {
        for mark in [
            "begin 644 x\n",
            "=ybegin name=x\n",
            "-----BEGIN PGP MESSAGE-----\n",
        ] {
            assert_eq!(split(mark.repeat(200_000).as_bytes()), None);
        }
    }

    proptest! {
        #[test]
        fn any_lines_are_split(lines in prop::collection::vec(prop_oneof![
            Just("begin 644 x".to_owned()), Just("end".to_owned()), Just("#0V%T".to_owned()),
            Just("=ybegin name=x".to_owned()), Just("=yend".to_owned()),
            Just("-----BEGIN PGP SIGNED MESSAGE-----".to_owned()),
            Just("-----BEGIN PGP SIGNATURE-----".to_owned()),
            Just("-----END PGP SIGNATURE-----".to_owned()), "[ -~]{0,70}",
        ], 0..30)) {
            let text = lines.join("\n");
            if let Some(found) = split(text.as_bytes()) {
                prop_assert!(found.text.len() < text.len());
            }
        }
    }
}
