//! Bytes to text, in the charsets that mail really uses and with the labels that it really bears.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, KOI8_R, KOI8_U, UTF_8, WINDOWS_1251, WINDOWS_1252};

use super::parse::fields::rare_decoder;

/// A guess needs no more of a text than this.
const GUESS_FROM: usize = 16 * 1024;

/// The encoding of a charset label (WHATWG Encoding Standard, and the vendor names it lacks).
pub(super) fn by_label(label: &str) -> Option<&'static Encoding> {
    let label = label.trim().trim_matches(['"', '\'']);
    let known = match label.to_ascii_lowercase().as_str() {
        "cp932" | "windows-932" | "mskanji" => "shift_jis",
        "ms949" | "cp949" | "uhc" | "windows-949-2000" => "euc-kr",
        "cp936" | "ms936" | "windows-936" => "gbk",
        "cp950" | "ms950" => "big5",
        "win-1251" | "win1251" | "windows1251" | "1251" | "ansi-1251" | "cp-1251" => "windows-1251",
        "win-1252" | "windows1252" | "cp-1252" => "windows-1252",
        "cp-866" | "cp866u" | "ibm-866" | "dos-866" | "alt" => "ibm866",
        "koi8" | "koi-8" | "koi8r" | "koi8-rus" | "koi-8-r" | "cskoi8" => "koi8-r",
        "koi8u" | "koi8-ru" | "koi-8-u" => "koi8-u",
        "mac-cyrillic" | "maccyrillic" | "x-mac-ce-cyrillic" | "macintosh-cyrillic"
        | "mac-ukrainian" => "x-mac-cyrillic",
        "utf8mb4" | "utf-8n" | "utf_8" | "cp65001" | "65001" => "utf-8",
        _ => return Encoding::for_label_no_replacement(label.as_bytes()),
    };
    Encoding::for_label(known.as_bytes())
}

/// The likely encoding of bytes that are not UTF-8 and bear no label.
///
/// `country` is the country code of the sender's domain, which tells close relatives apart.
pub(super) fn guess<'a>(
    samples: impl IntoIterator<Item = &'a [u8]>,
    country: Option<&str>,
) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let mut left = GUESS_FROM;
    for sample in samples {
        let cut = sample.get(..left).unwrap_or(sample);
        left = left.saturating_sub(cut.len());
        detector.feed(cut, false);
        detector.feed(b"\n", false);
    }
    detector.feed(b"", true);
    // the crate panics on anything but lower-case ASCII letters
    let country = country.filter(|c| c.len() == 2 && c.bytes().all(|b| b.is_ascii_lowercase()));
    detector.guess(country.map(str::as_bytes), Utf8Detection::Deny)
}

/// Decodes bytes: by the declared charset unless it is plainly a lie, then as UTF-8 if they are
/// that, then in the encoding that `likely` gives.
pub(super) fn decode<'a>(
    bytes: &'a [u8],
    label: Option<&str>,
    likely: &dyn Fn() -> &'static Encoding,
) -> Cow<'a, str> {
    let declared = label.and_then(by_label);
    match declared {
        Some(encoding) if encoding == UTF_8 => decode_utf8(bytes, likely),
        Some(encoding) if encoding.is_single_byte() => {
            // bytes of a one-byte charset form valid UTF-8 by accident almost never
            if let Ok(text) = std::str::from_utf8(bytes) {
                return Cow::Borrowed(text);
            }
            if encoding == WINDOWS_1252 && is_not_latin(bytes) {
                return in_encoding(likely(), bytes);
            }
            let text = in_encoding(encoding, bytes);
            match twin(encoding, bytes, &text) {
                Some(twin) => in_encoding(twin, bytes),
                None => text,
            }
        }
        Some(encoding) => in_encoding(encoding, bytes),
        None => {
            let label = label.map(|label| match label.trim().to_ascii_lowercase().as_str() {
                "unicode-1-1-utf-7" | "unicode-2-0-utf-7" | "csutf7" | "x-utf-7" => "utf-7",
                _ => label,
            });
            if let Some(decoder) = label.and_then(rare_decoder) {
                return Cow::Owned(decoder(bytes));
            }
            decode_utf8(bytes, likely)
        }
    }
}

/// UTF-8; a few broken characters do not make it another encoding.
fn decode_utf8<'a>(bytes: &'a [u8], likely: &dyn Fn() -> &'static Encoding) -> Cow<'a, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text));
    }
    let lossy = String::from_utf8_lossy(bytes);
    let (mut good, mut bad) = (0usize, 0usize);
    for c in lossy.chars().filter(|c| !c.is_ascii()) {
        if c == char::REPLACEMENT_CHARACTER {
            bad += 1;
        } else {
            good += 1;
        }
    }
    if bad * 20 <= good {
        lossy
    } else {
        in_encoding(likely(), bytes)
    }
}

/// KOI8 read as windows-1251, or the other way round, swaps capitals and small letters: a text in
/// capitals whose bytes look like the other one is in the other one.
fn twin(declared: &'static Encoding, bytes: &[u8], text: &str) -> Option<&'static Encoding> {
    let is_koi8 = |encoding| encoding == KOI8_R || encoding == KOI8_U;
    if !is_koi8(declared) && declared != WINDOWS_1251 {
        return None;
    }
    let letters = text.chars().filter(|c| !c.is_ascii() && c.is_alphabetic());
    let (mut capitals, mut small) = (0usize, 0usize);
    for c in letters.take(GUESS_FROM) {
        if c.is_uppercase() {
            capitals += 1;
        } else {
            small += 1;
        }
    }
    if capitals < 8 || capitals < small * 4 {
        return None;
    }
    let guessed = guess([bytes], None);
    let is_twin = match is_koi8(declared) {
        true => guessed == WINDOWS_1251,
        false => is_koi8(guessed),
    };
    is_twin.then_some(guessed)
}

fn in_encoding<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Cow<'a, str> {
    encoding.decode_with_bom_removal(bytes).0
}

/// Latin texts have few letters above 0x7F; a text of mostly such letters is in another script.
fn is_not_latin(bytes: &[u8]) -> bool {
    let high = bytes.iter().filter(|b| **b >= 0x80).count();
    let low = bytes.iter().filter(|b| b.is_ascii_alphabetic()).count();
    high > 3 && high > low
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Здравствуйте, не работает импорт прайса от поставщика";

    fn encoded(label: &str, text: &str) -> Vec<u8> {
        let (bytes, _, unmappable) = by_label(label).unwrap().encode(text);
        assert!(!unmappable, "{label}");
        bytes.into_owned()
    }

    fn read(bytes: &[u8], label: Option<&str>) -> String {
        decode(bytes, label, &|| guess([bytes], None)).into_owned()
    }

    #[test]
    fn reads_every_cyrillic_charset_by_its_label() {
        for label in [
            "koi8-r",
            "KOI8-U",
            "windows-1251",
            "cp1251",
            "win-1251",
            "cp866",
            "ibm866",
            "iso-8859-5",
            "x-mac-cyrillic",
            "mac-cyrillic",
            "utf-8",
            "\"utf-8\"",
        ] {
            assert_eq!(read(&encoded(label, TEXT), Some(label)), TEXT, "{label}");
        }
    }

    #[test]
    fn knows_the_labels_that_the_standard_lacks() {
        let japanese = "修理の件について";
        assert_eq!(
            read(&encoded("shift_jis", japanese), Some("CP932")),
            japanese
        );
        let korean = "안녕하세요";
        assert_eq!(read(&encoded("euc-kr", korean), Some("ms949")), korean);
        assert_eq!(read(b"+BB8EQAQ4BDIENQRC-", Some("utf-7")), "Привет");
    }

    #[test]
    fn guesses_where_nothing_or_nonsense_is_declared() {
        for label in ["koi8-r", "windows-1251", "cp866", "iso-8859-5"] {
            let bytes = encoded(label, TEXT);
            for declared in [
                None,
                Some("x-unknown"),
                Some("us-ascii"),
                Some("iso-8859-1"),
            ] {
                assert_eq!(read(&bytes, declared), TEXT, "{label} as {declared:?}");
            }
        }
        let ukrainian = "Добрий день, не працює імпорт, її немає у списку";
        let bytes = encoded("windows-1251", ukrainian);
        assert_eq!(read(&bytes, None), ukrainian);
    }

    #[test]
    fn a_lie_about_utf8_is_seen_both_ways() {
        assert_eq!(read(TEXT.as_bytes(), Some("windows-1251")), TEXT);
        assert_eq!(read(TEXT.as_bytes(), Some("iso-8859-1")), TEXT);
        assert_eq!(read(&encoded("windows-1251", TEXT), Some("utf-8")), TEXT);
        // one broken character in a long text stays one broken character
        let mut broken = TEXT.as_bytes().to_vec();
        broken.push(0xd0);
        assert!(read(&broken, Some("utf-8")).starts_with(TEXT));
    }

    #[test]
    fn a_lie_between_koi8_and_1251_is_seen() {
        for (real, declared) in [("koi8-r", "windows-1251"), ("windows-1251", "koi8-r")] {
            assert_eq!(read(&encoded(real, TEXT), Some(declared)), TEXT, "{real}");
        }
        let shouted = TEXT.to_uppercase();
        for label in ["koi8-r", "windows-1251"] {
            assert_eq!(read(&encoded(label, &shouted), Some(label)), shouted);
        }
        assert_eq!(
            read(b"+BB8EQAQ4BDIENQRC-", Some("UNICODE-1-1-UTF-7")),
            "Привет"
        );
    }

    #[test]
    fn western_text_stays_western() {
        let text = "Grüße aus Köln, die Größe stimmt nicht";
        let bytes = encoded("iso-8859-1", text);
        assert_eq!(read(&bytes, Some("iso-8859-1")), text);
        assert_eq!(read(&bytes, None), text);
    }
}
