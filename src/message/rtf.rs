//! Rich text to plain: what Outlook keeps as the body in a winmail.dat (MS-OXRTFCP, RTF 1.9).

use super::charset;

/// The longest text that comes out, in bytes; a small packed body can grow eightfold.
const LIMIT: usize = 8 * 1024 * 1024;
const UNPACKED: u32 = 0x414c_454d;
const PACKED: u32 = 0x7546_5a4c;
/// The words that the window holds before the first byte (MS-OXRTFCP section 2.2.1).
const WINDOW: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \
\\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\
\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// PR_RTF_COMPRESSED undone; `None` when it is neither form.
pub(super) fn decompress(bytes: &[u8]) -> Option<Vec<u8>> {
    let kind = u32::from_le_bytes(bytes.get(8..12)?.try_into().ok()?);
    let body = bytes.get(16..)?;
    if kind == UNPACKED {
        return Some(body.to_vec());
    }
    if kind != PACKED {
        return None;
    }
    let mut out = WINDOW.to_vec();
    let mut rest = body.iter().copied();
    'all: while let Some(flags) = rest.next() {
        for bit in 0..8 {
            let Some(byte) = rest.next() else { break 'all };
            if flags >> bit & 1 == 0 {
                out.push(byte);
                continue;
            }
            let Some(low) = rest.next() else { break 'all };
            let offset = usize::from(byte) << 4 | usize::from(low >> 4);
            // the window is a ring of 4096 bytes: a place in it, as a distance back
            let distance = (out.len().wrapping_sub(offset)) & 4095;
            if distance == 0 {
                break 'all;
            }
            for _ in 0..usize::from(low & 15) + 2 {
                let from = out.len().checked_sub(distance);
                let byte = from.and_then(|from| out.get(from).copied());
                out.push(byte.unwrap_or(b' '));
            }
        }
        if out.len() > LIMIT {
            break;
        }
    }
    out.drain(..WINDOW.len());
    Some(out)
}

/// The words of an RTF document.
pub(super) fn text(rtf: &[u8], label: Option<&str>) -> String {
    let mut page = label.map(str::to_owned);
    let mut out = String::new();
    // bytes of the code page that wait for their neighbours: a character may have two
    let mut waiting: Vec<u8> = Vec::new();
    // the depth at which a group began that shows nothing
    let mut hidden: Option<usize> = None;
    let (mut depth, mut skip) = (0usize, 0usize);
    let mut rest = rtf;
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        if *byte != b'\\' {
            match byte {
                b'{' => depth += 1,
                b'}' => {
                    depth = depth.saturating_sub(1);
                    hidden = hidden.filter(|at| depth >= *at);
                }
                b'\r' | b'\n' | 0 => {}
                _ if skip > 0 => skip -= 1,
                _ if hidden.is_none() => waiting.push(*byte),
                _ => {}
            }
            continue;
        }
        let Some((word, number, after)) = control(tail) else {
            break;
        };
        rest = after;
        let shown = match word {
            b"'" => {
                if skip > 0 {
                    skip -= 1;
                } else if hidden.is_none() {
                    waiting.push(u8::try_from(number).unwrap_or(b'?'));
                }
                continue;
            }
            b"\\" | b"{" | b"}" => {
                waiting.extend(word.iter().filter(|_| hidden.is_none()));
                continue;
            }
            b"*" | b"fonttbl" | b"colortbl" | b"stylesheet" | b"info" | b"pict" => {
                hidden = hidden.or(Some(depth));
                continue;
            }
            b"ansicpg" => {
                page = Some(format!("windows-{number}"));
                continue;
            }
            b"par" | b"line" | b"row" => '\n',
            b"tab" | b"cell" => '\t',
            b"~" => ' ',
            b"emdash" => '—',
            b"endash" => '–',
            b"bullet" => '•',
            b"u" => {
                skip = 1;
                let code = u32::try_from(number.rem_euclid(65_536)).unwrap_or_default();
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => continue,
        };
        if hidden.is_none() {
            settle(&mut waiting, page.as_deref(), &mut out);
            out.push(shown);
        }
    }
    settle(&mut waiting, page.as_deref(), &mut out);
    out
}

fn settle(waiting: &mut Vec<u8>, page: Option<&str>, out: &mut String) {
    if !waiting.is_empty() {
        let likely = || charset::guess([waiting.as_slice()], None);
        out.push_str(&charset::decode(waiting, page, &likely));
        waiting.clear();
    }
}

/// A control word with its number after the backslash, or a control symbol, and what follows.
fn control(text: &[u8]) -> Option<(&[u8], i32, &[u8])> {
    let letters = text.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    if letters == 0 {
        let (symbol, rest) = text.split_at_checked(1)?;
        if symbol == b"'" {
            let (digits, rest) = rest.split_at_checked(2)?;
            let digits = std::str::from_utf8(digits).unwrap_or_default();
            let byte = i32::from_str_radix(digits, 16).unwrap_or(i32::from(b'?'));
            return Some((symbol, byte, rest));
        }
        return Some((symbol, 0, rest));
    }
    let (word, rest) = text.split_at_checked(letters)?;
    let sign = usize::from(rest.first() == Some(&b'-'));
    let digits = rest
        .iter()
        .skip(sign)
        .take(10)
        .take_while(|b| b.is_ascii_digit());
    let length = match digits.count() {
        0 => 0,
        digits => sign + digits,
    };
    let (number, rest) = rest.split_at_checked(length)?;
    let number = std::str::from_utf8(number).unwrap_or_default();
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    Some((word, number.parse().unwrap_or_default(), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_come_out_and_tables_stay_in() {
        for (rtf, expected) in [
            (
                r"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0 Arial;}}\f0 Hello\par World}",
                "Hello\nWorld",
            ),
            (r"{\rtf1\ansicpg1251 \'cf\'f0\'e8}", "При"),
            (r"{\rtf1 \u1055?\u1088?\u-10179?x}", "Пр\u{fffd}x"),
            (r"{\rtf1{\*\generator x;}a\{b\}{\*\htmltag <b>}c}", "a{b}c"),
            (r"{\rtf1 open", "open"),
            ("", ""),
        ] {
            assert_eq!(text(rtf.as_bytes(), None), expected, "{rtf}");
        }
    }

    #[test]
    fn the_example_of_the_specification_is_unpacked() {
        // MS-OXRTFCP section 3.1
        let packed = [
            0x2d, 0, 0, 0, 0x2b, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03,
            0x00, 0x0a, 0x00, 0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3,
            0x20, 0x68, 0x65, 0x6c, 0x09, 0x00, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d,
            0x0a, 0x80, 0x0f, 0xa0,
        ];
        let rtf = decompress(&packed).unwrap();
        assert_eq!(
            String::from_utf8_lossy(&rtf),
            "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
        );
        assert_eq!(text(&rtf, None), "hello world");
    }

    proptest! {
        #[test]
        fn any_bytes_are_unpacked_and_read(bytes in prop::collection::vec(any::<u8>(), 0..300), rtf in "[{}\\\\'*a-z0-9 -]{0,200}") {
            let packed = [&[0; 8][..], &PACKED.to_le_bytes(), &[0; 4], &bytes].concat();
            prop_assert!(decompress(&packed).is_some());
            text(rtf.as_bytes(), None);
            text(&bytes, None);
        }
    }
}
